"""OpenAI's API as of 2026-11-20: models, and pictures made and edited, plain and streamed. Read from openai==3.51.0.

The marks beside rules are told in `openai_rules.py`; films, off by default, are in `openai_films.py`.
"""

import time
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.base import Broken, Fault, Refusal, Submit
from tests.fakes.openai_edits import check_edit, from_form, from_json
from tests.fakes.openai_films import FILM_FAILURES, Films
from tests.fakes.openai_models import MODELS, Model
from tests.fakes.openai_rules import Generation, Order, check, read

# Answers in other documented shapes.
BARE = Fault.variant("bare")  # only `created` and `data`, as Azure's documented sample
FILTERED_200 = Fault.variant("filtered_200")  # an `error` in a 200 without `data`, as Azure documents contentFilter
FILTERED = {
    "created": 1_760_000_000,
    "error": {"code": "contentFilter", "message": "Your task failed as a result of our safety system."},
}
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
    "poll_server_error": [Fault.status(502, "<html>Bad Gateway</html>", on="poll")],
    "expired": [Fault.expired()],
    "download_gone": [Fault.status(404, on="download")],
    **{f"failed_{code}": [Fault.failed(code)] for code in FILM_FAILURES},
}


class OpenAI(Films):
    """`today` moves the sunset clock; `previews` holds what the account was given: gif svg xhigh-2.6 transparent-2."""

    vendor = "openai"
    env = "OPENAI_BASE_URL"
    host = "openai.fake"
    outcomes = OUTCOMES
    film_only = frozenset({"poll_server_error", "expired", "download_gone", *(f"failed_{c}" for c in FILM_FAILURES)})
    models: ClassVar[Mapping[str, Model]] = MODELS
    json_edits: ClassVar[bool] = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.today = date(2026, 11, 20)
        self.previews: set[str] = set()

    def routes(self) -> list[Route]:
        return [
            self.submit_route(f"{self.root}/images/generations", "image", self._generate),
            self.submit_route(f"{self.root}/images/edits", "image", self._edit),
            self.get_route(f"{self.root}/models", self._models),
            self.get_route(f"{self.root}/models/{{id}}", self._model),
            *self.film_routes(),
        ]

    # Models: GET /v1/models, /v1/models/{id} [sdk]

    async def _models(self, _: Request) -> Response:
        listed = [_listing(model) for model in self.models.values() if not model.gone(self.today)]
        return JSONResponse({"object": "list", "data": listed})

    async def _model(self, request: Request) -> Response:
        return JSONResponse(_listing(self._known(request.path_params["id"])))

    def _known(self, name: str) -> Model:
        model = self.models.get(name)
        if model is None or model.gone(self.today):
            words = f"The model `{name}` does not exist or you do not have access to it."
            raise Refusal(self.error(404, words, code="model_not_found"))
        return model

    def model(self, name: str) -> Model:
        """Which model a request means that says this."""
        return self._known(name)

    # Pictures

    async def _generate(self, submit: Submit) -> Response:
        with self.saying_no():
            self.media_type(submit, "application/json")
            asked = read(Generation, submit.body)
            return self._deliver(check(asked, self.model(asked.model), self.previews))

    async def _edit(self, submit: Submit) -> Response:
        with self.saying_no():
            as_json = ("application/json",) if self.json_edits else ()
            came_as = self.media_type(submit, "multipart/form-data", *as_json)
            asked, inputs = (from_form if came_as == "multipart/form-data" else from_json)(submit.body)
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
                return JSONResponse(FILTERED)
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
