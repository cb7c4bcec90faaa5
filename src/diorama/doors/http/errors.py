"""Failures as answers: one tree, a body for each dialect. What is not of the tree never reaches a caller."""

import json
import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from diorama.doors.http.reading import explain
from diorama.errors import DioramaError, NotFoundError, StillRunning, ValidationError
from diorama.ids import new_id

SEED_PATHS = ("/image/", "/video/")
CORS_HEADERS = "diorama.cors"
"""Where in a request's scope the guard leaves the headers that let the calling page read the answer."""

log = logging.getLogger("diorama.http")


def install(app: FastAPI) -> None:
    """Make every failure of this app an answer of ours."""
    app.add_exception_handler(DioramaError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


def answer(error: DioramaError, path: str, headers: Mapping[str, str] | None = None) -> Response:
    """This failure in the dialect that is spoken on this path."""
    seeds = path.startswith(SEED_PATHS)
    status = error.seed_status if seeds else error.status
    body = seed_body(error) if seeds else {"error": native_body(error)}
    # Callers may send half of a surrogate pair; escaped, it is JSON.
    content = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
    return Response(content, status, {**_headers(error), **(headers or {})}, "application/json")


def seed_body(error: DioramaError) -> dict[str, Any]:
    """The envelope of `/image` and `/video`. `error` holds the way out too: their front ends show nothing else."""
    return {
        "success": False,
        "data": None,
        "error": str(error),
        "code": error.seed_status,
        "error_code": error.code,
        "hint": error.hint,
        "job_id": error.job_id,
    }


def native_body(error: DioramaError) -> dict[str, Any]:
    return error.as_dict()


def with_status(error: DioramaError, status: int) -> DioramaError:
    """For what HTTP has a number for and the tree has not (413, 415)."""
    error.status = error.seed_status = status
    return error


def _headers(error: DioramaError) -> dict[str, str]:
    return {} if error.retry_after_s is None else {"retry-after": str(math.ceil(error.retry_after_s))}


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DioramaError)
    headers = {}
    if isinstance(error, StillRunning):
        headers["location"] = f"{request.app.state.settings.own_url}/v1/jobs/{error.job_id}"
    return answer(error, request.url.path, headers)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return answer(explain(error.errors()), request.url.path)


async def _on_http(request: Request, error: Exception) -> Response:
    """What the framework itself answers: no such route, no such method, a body that is too large."""
    assert isinstance(error, HTTPException)
    if error.status_code < HTTPStatus.BAD_REQUEST:
        return Response(status_code=error.status_code, headers=error.headers)
    return answer(_of_http(request, error), request.url.path, error.headers)


def _of_http(request: Request, error: HTTPException) -> DioramaError:
    asked = f"{request.method} {request.url.path!r}"
    if isinstance(error.__cause__, DioramaError):
        return error.__cause__
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFoundError(
            f"There is no {asked} here.", hint="GET /docs shows what there is, GET /openapi.json tells it to programs."
        )
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "another method")
        return with_status(ValidationError(f"There is no {asked} here.", hint=f"This path takes {allowed}."), 405)
    message = f"The request cannot be read ({HTTPStatus(error.status_code).phrase.lower()})."
    return with_status(ValidationError(message, hint="Send a JSON object."), error.status_code)


async def _on_fault(request: Request, error: Exception) -> Response:
    """A fault of ours: the log has everything, the caller a number to ask about."""
    request_id = new_id()
    log.error("request %s (%s %s) failed", request_id, request.method, request.url.path, exc_info=error)
    failed = DioramaError(
        "Something went wrong here.", code="internal", hint=f"The log has it as request {request_id}."
    )
    failed.details = {"request_id": request_id}
    return answer(failed, request.url.path, {"x-request-id": request_id, **request.scope.get(CORS_HEADERS, {})})
