"""How OpenAI's API speaks on every route: its errors, its moderation, and forms beside JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.base import Fake, Refusal, Submit
from tests.fakes.forms import read_form
from tests.fakes.openai_rules import No


class Speech(Fake):
    root: ClassVar[str] = ""  # of all routes, below the base URL
    blocked: ClassVar[str] = (
        "Your request was rejected by the safety system. If you believe this is an error, contact us with "
        "request ID 3f0c0c1e-0000-4000-8000-000000000000. safety_violations=[sexual]."
    )

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        kind = {429: "rate_limit_error"}.get(status, "server_error" if status >= 500 else "invalid_request_error")
        code = code or {429: "rate_limit_exceeded"}.get(status)
        words = message or f"The fake answers {status}."
        return JSONResponse({"error": {"message": words, "type": kind, "param": param, "code": code}}, status)

    def moderated(self, stage: str) -> Response:
        """[gh] bodies; `moderation_details` is optional."""
        error: dict[str, Any] = {
            "message": self.blocked,
            "type": "image_generation_user_error",
            "param": None,
            "code": "moderation_blocked",
        }
        if stage:
            error["moderation_details"] = {"moderation_stage": stage, "categories": ["sexual"]}
        return JSONResponse({"error": error}, 400)

    def read_body(self, request: Request, raw: bytes) -> dict[str, Any]:
        """A form's parts by name, too; empty where it is no good form."""
        content_type = request.headers.get("content-type", "")
        if not content_type.startswith("multipart/form-data"):
            return super().read_body(request, raw)
        try:
            return dict(read_form(content_type, raw))
        except ValueError:
            return {}

    @contextmanager
    def saying_no(self) -> Iterator[None]:
        """A No out of the rules becomes the answer it is."""
        try:
            yield
        except No as no:
            raise Refusal(self.error(no.status, str(no), code=no.code, param=no.param)) from None

    def media_type(self, submit: Submit, *taken: str) -> str:
        """Which of these it came as. Raises No."""
        given = submit.headers.get("content-type", "").partition(";")[0].strip()
        if given not in taken or not submit.body:
            raise No(f"Send {' or '.join(taken)} with something in it.", None, code=None)
        return given
