"""Google's picture and film APIs as of 2026-11-20, at both doors: the Gemini API and Vertex.

Pictures by generateContent (rules in `google_rules.py`) and, before its last day, Imagen; films by Interactions
(`google_omni.py`) and, on Vertex, Veo (`google_predict.py`); files to send and to fetch (`google_files.py`).
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.fakes.base import Broken, Fake, Fault, Refusal, Submit
from tests.fakes.google_files import Files
from tests.fakes.google_models import (
    IMAGE_MODELS,
    IMAGEN_MODELS,
    OMNI_MODELS,
    RETIRED_ON_DEVELOPER,
    VEO_MODELS,
    Door,
    Retiring,
)
from tests.fakes.google_omni import Interactions
from tests.fakes.google_pictures import answer
from tests.fakes.google_predict import Predictions
from tests.fakes.google_rules import GenerateContent, No, check_image, read
from tests.fakes.google_tokens import HOST as TOKEN_HOST
from tests.fakes.google_tokens import Tokens

# Films by Interactions: moderation is a film completed without video [L]; or, all [U]:
MODERATED_AT_SUBMIT = Fault.moderated("refused")  # pictures of Imagen and films of Veo, too
MODERATED_AS_FAILURE = Fault.moderated("failed")
MODERATED_STEP = Fault.moderated("step")
INCOMPLETE = Fault.variant("incomplete")
BUDGET_EXCEEDED = Fault.variant("budget_exceeded")
CANCELLED = Fault.variant("cancelled")
QUEUED = Fault.variant("queued")
STRANGE_STEP = Fault.variant("strange_step")
# Refusals that look as if another try would help, and do not [P]; Interactions alone.
QUOTA_EXCEEDED = Fault.status(429, {"error": {"code": "quota_exceeded", "message": "Daily quota exceeded."}})
UNIMPLEMENTED = Fault.status(501, {"error": {"code": "unimplemented", "message": "Not implemented."}})
PAYMENT_REQUIRED = Fault.status(402, {"error": {"code": "payment_required", "message": "Prepaid balance is used up."}})
# Busy, with the pause in the body alone [U]
_RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}
BUSY_IN_BODY = Fault.status(
    429,
    {"error": {"code": 429, "message": "Too many.", "status": "RESOURCE_EXHAUSTED", "details": [_RETRY_INFO]}},
)
FAILURES = ("api_error", "service_unavailable", "step")  # the last is a completed film whose step holds an error

OUTCOMES: dict[str, list[Fault]] = {
    "ok": [],
    "refused": [Fault.refused()],
    "moderated": [Fault.moderated()],
    "busy": [Fault.status(429, headers={"retry-after": "2"})],
    "server_error": [Fault.status(500)],
    "dropped": [Fault.drop()],
    "garbage": [Fault.garbage(b'{"candidates": [{"con')],
    "empty": [Fault.empty()],
    "never_ending": [Fault.never_ending()],
    "poll_server_error": [Fault.status(502, "<html>Bad Gateway</html>", on="poll")],
    "expired": [Fault.expired()],
    "download_gone": [Fault.status(404, on="download")],
    **{f"failed_{code}": [Fault.failed(code)] for code in FAILURES},
}

_STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED",
    429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}  # fmt: skip  # [P]
_WORD = {
    400: "invalid_request", 401: "authentication", 402: "payment_required", 403: "permission_denied",
    404: "not_found", 409: "aborted", 416: "out_of_range", 429: "rate_limit_exceeded", 499: "cancelled",
    500: "api_error", 501: "unimplemented", 503: "service_unavailable", 504: "deadline_exceeded",
}  # fmt: skip  # [P]; the last [U]
_scope: ContextVar[Scope] = ContextVar("_scope")
_M = TypeVar("_M", bound=Retiring)


class Google(Fake):
    """Films pend as the base says. `withdrawn` ids answer 404 whatever their date; `bucket` is Cloud Storage."""

    vendor = "google"
    env = "GOOGLE_GEMINI_BASE_URL"
    host = "google.fake"
    prefix = ""
    outcomes = OUTCOMES
    film_only = frozenset({"poll_server_error", "expired", "download_gone", *(f"failed_{code}" for code in FAILURES)})

    def __init__(self, **options: Any) -> None:
        self.today = date(2026, 11, 20)
        self.withdrawn: set[str] = set()
        self.token: str | None = (
            None  # when set, the only bearer token that opens Vertex; else any, until one was given out
        )
        self.project: str | None = None  # when set, the only project of that token
        self.bucket: dict[str, Callable[[], bytes]] = {}  # by gs:// URI; they block
        self.file_looks = 0  # how often a file is PROCESSING before it is ACTIVE
        self.redirects = False  # whether a download leads to another host, where the key has no business
        self.files_api = Files(self)
        self.interactions = Interactions(self)
        self.predictions = Predictions(self)
        self.tokens = Tokens(self)
        super().__init__(**options)
        self.app = _Noted(self.app)

    def settings(self) -> dict[str, str]:
        return {self.env: self.base_url, "GOOGLE_VERTEX_BASE_URL": self.base_url}

    def papers(self, folder: Path) -> dict[str, str]:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "service-account.json"
        file.write_text(json.dumps(self.tokens.service_account()))
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}

    def hosts(self) -> dict[str, ASGIApp]:
        return super().hosts() | {TOKEN_HOST: self.app}

    def routes(self) -> list[Route]:
        found = [
            *self.files_api.routes(),
            *self.interactions.routes(),
            *self.predictions.routes(),
            *self.tokens.routes(),
        ]
        for path, door in self.doors():
            models = f"{path}/publishers/google/models" if door == "vertex" else f"{path}/models"
            found += [
                self.model_route(f"{models}/{{model}}:generateContent", "image", partial(self._generate, door)),
                self.get_route(f"{models}/{{model}}", partial(self._model, door)),
                self.get_route(models, partial(self._models, door)),
            ]
        return found

    def doors(self) -> list[tuple[str, Door]]:
        """Each path that leads in. The short ones of Vertex are those of its express mode, by key."""
        developer: list[tuple[str, Door]] = [("/v1", "developer"), ("/v1beta", "developer")]
        project = "/projects/{project}/locations/{location}"
        return [*developer, ("/v1" + project, "vertex"), ("/v1beta1" + project, "vertex"), ("/v1beta1", "vertex")]

    def model_route(self, path: str, kind: Any, handle: Callable[[str, Submit], Awaitable[Response]]) -> Route:
        """A submit whose model stands in the path."""

        async def named(submit: Submit) -> Response:
            model = submit.path.rpartition("/")[2].partition(":")[0]
            self.require_json(submit)
            try:
                return await handle(model, submit)
            except No as no:
                raise Refusal(self.error(no.status, str(no), code=no.code)) from None

        return self.submit_route(path, kind, named)

    def plain_route(self, method: str, path: str, handle: Callable[[Request], Awaitable[Response]]) -> Route:
        """One that is neither paid for nor a poll."""

        async def endpoint(request: Request) -> Response:
            self.check_key(request.headers)
            return await handle(request)

        return Route(path, endpoint, methods=[method])

    def prompt_of(self, body: dict[str, Any]) -> Any:
        return "\n".join(_words(body.get("contents") or body.get("input") or body.get("instances")))

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        """Interactions name their errors by a word, everything else by a number and a status [P]."""
        words = message or f"The fake answers {status}."
        if "/interactions" in _scope.get()["path"]:
            return JSONResponse({"error": {"code": code or _WORD.get(status, "api_error"), "message": words}}, status)
        error: dict[str, Any] = {"code": status, "message": words, "status": _STATUS.get(status, "UNKNOWN")}
        if code == "failed_precondition":
            error["status"] = "FAILED_PRECONDITION"
        if code == "API_KEY_INVALID":
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            error["details"] = [{"@type": kind, "reason": code, "domain": "googleapis.com"}]
        return JSONResponse({"error": error}, status)

    def check_key(self, headers: Mapping[str, str]) -> None:
        """A key for the Gemini API and for Vertex's express mode, a bearer token for projects; never in the URL.

        Vertex's models are listed outside any project, to a token too [W].
        """
        scope = _scope.get()
        path, query = scope["path"], scope["query_string"]
        listing = "/v1beta1/" in path and scope["method"] == "GET" and "authorization" in headers
        if "/projects/" in path or listing:
            return self._check_token(headers, path)
        key = headers.get("x-goog-api-key", "")
        if not key or self.key not in (None, key) or "authorization" in headers or b"key=" in query:
            if "/interactions" in path:
                raise Refusal(self.error(401, "API key not valid. Please pass a valid API key."))
            raise Refusal(self.error(400, "API key not valid. Please pass a valid API key.", code="API_KEY_INVALID"))
        return None

    def _check_token(self, headers: Mapping[str, str], path: str) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        known = (self.token is None and not self.tokens.given) or self.tokens.given.get(token, 0) > self.now()
        if scheme != "Bearer" or not token or "x-goog-api-key" in headers or not (known or token == self.token):
            words = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            raise Refusal(self.error(401, words))
        project = path.partition("/projects/")[2].partition("/")[0]
        if project and self.project not in (None, project):
            raise Refusal(self.error(403, f"Permission denied on resource project {project}."))

    def require_json(self, submit: Submit) -> None:
        if submit.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Refusal(self.error(400, "The content type must be application/json."))
        if not submit.body:
            raise Refusal(self.error(400, "Invalid JSON payload received. Unexpected end of string."))

    def living(self, models: Mapping[str, _M], name: str, door: Door) -> _M:
        """Raises No: 404, in one way for what never was and in another for what is gone [L]."""
        model = models.get(name)
        if door == "developer" and name.startswith(RETIRED_ON_DEVELOPER):
            raise No(f"models/{name} is no longer available. Please use a newer model.", 404)
        if model is None or door not in model.doors:
            raise No(
                f"models/{name} is not found, or is not supported here. Call ListModels.", 404, code="model_not_found"
            )
        if name in self.withdrawn or model.is_gone(door, self.today):
            raise No(f"models/{name} is no longer available. Please use a newer model.", 404, code="model_not_found")
        return model

    def _listed(self, door: Door) -> dict[str, list[str]]:
        """The methods of every model that lives at this door."""
        families: list[tuple[Mapping[str, Retiring], str]] = [
            (IMAGE_MODELS, "generateContent"),
            (OMNI_MODELS, "createInteraction"),
            (VEO_MODELS, "predictLongRunning"),
            (IMAGEN_MODELS, "predict"),
        ]
        return {
            model.id: [method]
            for models, method in families
            for model in models.values()
            if door in model.doors and not model.is_gone(door, self.today) and model.id not in self.withdrawn
            if not (door == "developer" and model.id.startswith(RETIRED_ON_DEVELOPER))
        }

    async def _models(self, door: Door, request: Request) -> Response:
        """[W] the path and names; what else a listing holds is [U]. The page is never full."""
        if set(request.query_params) - {"pageSize", "pageToken"}:
            raise Refusal(self.error(400, f"Invalid query: {request.query_params}."))
        listed = [_listing(door, name, methods) for name, methods in self._listed(door).items()]
        return JSONResponse({"publisherModels" if door == "vertex" else "models": listed})

    async def _model(self, door: Door, request: Request) -> Response:
        name = request.path_params["model"]
        methods = self._listed(door).get(name)
        if methods is None:
            raise Refusal(self.error(404, f"Model is not found: models/{name}."))
        return JSONResponse(_listing(door, name, methods))

    # Pictures

    async def _generate(self, door: Door, name: str, submit: Submit) -> Response:
        if name in OMNI_MODELS:  # [L]; the status [U]
            raise No(f"{name} is only supported in the Interactions API.", 404)
        model = self.living(IMAGE_MODELS, name, door)
        asked = read(GenerateContent, submit.body)
        order = await anyio.to_thread.run_sync(check_image, asked, model, door, partial(self.files_api.read, door))
        fault = self.strike("submit")
        if fault and fault.kind == "never_ending":
            raise Broken("stall")
        if fault and fault.kind not in ("empty", "moderated", "variant"):
            raise self.unknown_fault(fault)
        how = (fault.name or fault.kind) if fault else "drafted" if model.thinks else "plain"
        body = await anyio.to_thread.run_sync(answer, order, how)
        if body is None:
            assert fault
            raise self.unknown_fault(fault)
        return JSONResponse(body)


def _listing(door: Door, name: str, methods: list[str]) -> dict[str, Any]:
    if door == "vertex":
        return {"name": f"publishers/google/models/{name}", "versionId": "default", "launchStage": "GA"}
    return {"name": f"models/{name}", "displayName": name, "version": "001", "supportedGenerationMethods": methods}


def _words(body: Any) -> list[str]:
    """Every text in a body that is not yet checked, as it comes."""
    match body:
        case str():
            return [body]
        case list():
            return [word for item in body for word in _words(item)]
        case dict():
            found = [body.get(key) for key in ("text", "prompt", "parts", "content")]
            return [word for item in found if item is not None for word in _words(item)]
    return []


class _Noted:
    """Remembers which request is answered: the shape of an error depends on its path."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _scope.set(scope)
        await self._inner(scope, receive, send)
