"""OpenAI's image API as of 2026-11-20: models, generations and edits, plain and streamed. Read from openai==3.51.0.

The marks beside rules are told in `openai_rules.py`.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.base import Broken, Fake, Fault, Refusal, Submit
from tests.fakes.forms import read_form
from tests.fakes.openai_edits import check_edit, from_form, from_json
from tests.fakes.openai_models import MODELS, Model
from tests.fakes.openai_rules import Generation, No, Order, check, read

# Answers in other documented shapes.
BARE = Fault.variant("bare")  # only `created` and `data`, as Azure's documented sample
FILTERED_200 = Fault.variant("filtered_200")  # an `error` in a 200 without `data`, as Azure documents contentFilter
CUT_STREAM = Fault.variant("cut_stream")  # the stream closes without a completed event
STREAM_ERROR = Fault.variant("stream_error")  # an `error` object inside the stream
EARLY_STREAM = Fault.variant("early_stream")  # completed arrives before all partials
NO_QUOTA = Fault.status(
    429, {"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota",
                    "param": None, "code": "insufficient_quota"}},
)  # fmt: skip  # not worth a retry; wording [U]
UNVERIFIED = Fault.status(
    403, {"error": {"message": "Your organization must be verified to use the model `gpt-image-2`. Please go to: "
                    "https://platform.openai.com/settings/organization/general and click on Verify Organization.",
                    "type": "invalid_request_error", "param": None, "code": None}},
)  # fmt: skip  # [gh]
MODERATED_BARE = Fault.moderated("")  # without moderation_details
MODERATED_OUTPUT = Fault.moderated("output")

OUTCOMES: dict[str, list[Fault]] = {
    "ok": [],
    "refused": [Fault.refused()],
    "moderated": [Fault.moderated("input")],
    "busy": [Fault.status(429, headers={"retry-after": "2"})],
    "server_error": [Fault.status(500, "<html>Internal Server Error</html>")],
    "dropped": [Fault.drop()],
    "garbage": [Fault.garbage()],
    "empty": [Fault.empty()],
    "never_ending": [Fault.never_ending()],
}


class OpenAI(Fake):
    """`today` moves the sunset clock; `previews` holds what the account was given: gif svg xhigh-2.6 transparent-2."""

    vendor = "openai"
    env = "OPENAI_BASE_URL"
    host = "openai.fake"
    outcomes = OUTCOMES
    json_edits: ClassVar[bool] = True
    blocked: ClassVar[str] = (
        "Your request was rejected by the safety system. If you believe this is an error, contact us with "
        "request ID 3f0c0c1e-0000-4000-8000-000000000000. safety_violations=[sexual]."
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.today = date(2026, 11, 20)
        self.previews: set[str] = set()

    def routes(self) -> list[Route]:
        return [
            self.submit_route("/images/generations", "image", self._generate),
            self.submit_route("/images/edits", "image", self._edit),
            self.get_route("/models", self._models),
            self.get_route("/models/{id}", self._model),
        ]

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

    # Models: GET /v1/models, /v1/models/{id} [sdk]

    async def _models(self, _: Request) -> Response:
        listed = [_listing(model) for model in MODELS.values() if not model.gone(self.today)]
        return JSONResponse({"object": "list", "data": listed})

    async def _model(self, request: Request) -> Response:
        return JSONResponse(_listing(self.model(request.path_params["id"])))

    def model(self, name: str) -> Model:
        model = MODELS.get(name)
        if model is None or model.gone(self.today):
            words = f"The model `{name}` does not exist or you do not have access to it."
            raise Refusal(self.error(404, words, code="model_not_found"))
        return model

    # Pictures

    async def _generate(self, submit: Submit) -> Response:
        with self._saying_no():
            if media_type(submit) != "application/json" or not submit.body:
                raise No("You must send a JSON object with Content-Type application/json.", None, code=None)
            asked = read(Generation, submit.body)
            return self._deliver(check(asked, self.model(asked.model), self.previews))

    async def _edit(self, submit: Submit) -> Response:
        with self._saying_no():
            readers = {"multipart/form-data": from_form} | ({"application/json": from_json} if self.json_edits else {})
            reader = readers.get(media_type(submit))
            if reader is None or not submit.body:
                raise No(f"You must send one of {', '.join(readers)}, and something in it.", None, code=None)
            asked, inputs = reader(submit.body)
            return self._deliver(check_edit(asked, inputs, self.model(asked.model), self.previews))

    def _deliver(self, order: Order) -> Response:
        fault = self.strike("submit")
        if fault and fault.kind == "never_ending":
            raise Broken("stall")
        if fault and fault.kind == "moderated":
            raise Refusal(self.moderated(fault.name))
        if order.asked.stream:
            how = (fault.name or fault.kind) if fault else ""
            if fault and how not in ("empty", "cut_stream", "stream_error", "early_stream"):
                raise self.unknown_fault(fault)
            return StreamingResponse(self._events(order, how), media_type="text/event-stream")
        return self._answer(order, fault)

    def _answer(self, order: Order, fault: Fault | None) -> Response:
        body = {"created": int(time.time()), "data": [{"b64_json": order.picture(i)} for i in range(order.asked.n)]}
        extras = order.echo | {"usage": order.usage()}
        if order.asked.safety_identifier or order.asked.user:
            extras["safety_identifier"] = order.asked.safety_identifier or order.asked.user
        if order.asked.output_format == "svg":
            extras["svg_usage"] = _svg_usage(order)
        match (fault.kind, fault.name) if fault else None:
            case None:
                return JSONResponse(body | extras)
            case ("empty", _):
                return JSONResponse(body | extras | {"data": []})
            case ("variant", "bare"):
                return JSONResponse(body)
            case ("variant", "filtered_200"):
                error = {"code": "contentFilter", "message": "Your task failed as a result of our safety system."}
                return JSONResponse({"created": body["created"], "error": error})
        assert fault
        raise self.unknown_fault(fault)

    async def _events(self, order: Order, how: str) -> AsyncIterator[bytes]:
        """Partials, then one completed event per picture ([U] for n > 1); there is no [DONE] line."""
        if how == "empty":
            return
        common = {"created_at": int(time.time())} | order.echo
        for index in range(order.asked.partial_images - (how == "early_stream")):
            yield _event(
                order, "partial_image", common | {"b64_json": order.picture(index), "partial_image_index": index}
            )
        if how == "stream_error":
            error = {"message": "The server had an error.", "type": "server_error", "code": "server_error"}
            yield _event(order, "failed", {"error": error | {"param": None}})
        if how in ("cut_stream", "stream_error"):
            return
        share = order.usage(details=False)
        for index in range(order.asked.n):
            yield _event(order, "completed", common | {"b64_json": order.picture(index), "usage": share})
            share = dict.fromkeys(share, 0) | {"input_tokens_details": {"text_tokens": 0, "image_tokens": 0}}

    @contextmanager
    def _saying_no(self) -> Iterator[None]:
        try:
            yield
        except No as no:
            raise Refusal(self.error(no.status, str(no), code=no.code, param=no.param)) from None


def media_type(submit: Submit) -> str:
    return submit.headers.get("content-type", "").partition(";")[0].strip()


def _svg_usage(order: Order) -> dict[str, Any]:
    author = order.asked.svg.model if "svg" in order.asked.model_fields_set else "gpt-6-luna"
    tokens = {"input_tokens": 900, "output_tokens": 1400, "reasoning_tokens": 300, "total_tokens": 2300}
    return {"model": author} | tokens


def _event(order: Order, kind: str, body: dict[str, Any]) -> bytes:
    name = f"{order.event}.{kind}"
    return f"event: {name}\ndata: ".encode() + JSONResponse({"type": name} | body).body + b"\n\n"


def _listing(model: Model) -> dict[str, Any]:
    shutdown = model.shutdown.isoformat() if model.shutdown else None
    return {
        "id": model.id,
        "object": "model",
        "created": 1_760_000_000,
        "owned_by": "system",
        "shutdown_date": shutdown,
    }
