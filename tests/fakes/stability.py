"""Stability AI's v2beta image API as of 2026-11-20: forms in; bytes or JSON out, at once or by an id to ask about.

Any bearer key is taken, though real ones begin with sk-. The rules, and what the marks mean, are in
`stability_rules.py`.
"""

import io
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from zlib import crc32

import anyio
import pybase64
from PIL import Image, ImageFilter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.fakes import media
from tests.fakes.base import ALWAYS, Broken, Fake, Fault, Refusal, Submit
from tests.fakes.forms import read_form
from tests.fakes.stability_edits import SCHEMAS
from tests.fakes.stability_rules import No, Order, check

NAMES = {  # [V] 402 [V2]; 404, 422 and 500 [U]
    400: "bad_request", 401: "unauthorized", 402: "payment_required", 403: "content_moderation", 404: "not_found",
    413: "payload_too_large", 422: "unprocessable_entity", 429: "rate_limit_exceeded", 500: "internal_error",
}  # fmt: skip
_MODERATED = (
    "Your request was flagged by our content moderation system, as a result your request was denied and you were not "
    "charged."
)
MODERATED = Fault.moderated()  # 403, not charged [V]
FILTERED = Fault.moderated("filtered")  # 200 with a blurred picture [V]; whether it is charged is [U]
NO_CREDITS = Fault.status(402)
NOT_ENGLISH = Fault.status(422)  # [V] the code; the reason [U]
NO_SEED = Fault.variant("no_seed")  # the seed is optional in JSON [V]
V1_ERROR = Fault.status(403, {"id": "x", "name": "permission_denied", "message": "Denied."})  # of the older API [V]

OUTCOMES: dict[str, list[Fault]] = {
    "ok": [],
    "refused": [Fault.refused()],
    "moderated": [MODERATED],
    "busy": [Fault.status(429)],
    "server_error": [Fault.status(500)],
    "dropped": [Fault.drop()],
    "garbage": [Fault.garbage(b'{"finish_reason": "SUCC')],
    "empty": [Fault.empty()],
    "never_ending": [Fault.never_ending()],
    "poll_server_error": [Fault.status(500, on="poll")],
    "expired": [Fault.expired()],
    "download_gone": [Fault.status(404, on="poll", times=ALWAYS)],  # the result is what the last poll carries
    "failed_422": [Fault.failed("422", "The task could not be finished.")],  # how a task fails is [U]
}
_MAX_BODY = 10 * 1024 * 1024  # [V]
_KEPT_S = 86_400.0  # [V]


@dataclass(kw_only=True)
class Task:
    """One task under way; the same key alone may ask about it."""

    id: str
    order: Order
    key: str
    born: float
    fate: Fault
    polls: int = 0
    polled_at: float = float("-inf")


class Stability(Fake):
    """More than `busy_after` requests in 10 s lock the key out for 60 s; polls need `poll_every_s` between them."""

    vendor = "stability"
    env = "STABILITY_API_BASE_URL"
    host = "stability.fake"
    prefix = ""
    outcomes = OUTCOMES
    film_only = frozenset({"poll_server_error", "expired", "download_gone", "failed_422"})  # what is answered at once

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.credits = Decimal(100_000)
        self.tasks: dict[str, Task] = {}
        self.start_status = 200  # 200 or 202 for what takes longer [V]
        self.busy_after = 150  # [V]
        self.poll_every_s = 10.0  # [V]
        self._recent: deque[float] = deque()
        self._locked_until = float("-inf")

    def routes(self) -> list[Route]:
        return [
            *(self.submit_route(f"/v2beta/stable-image/{p}", "image", partial(self._make, p)) for p in SCHEMAS),
            self.get_route("/v2beta/results/{id}", self._poll, poll=True),
            self.get_route("/v1/user/balance", self._balance),
        ]

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        return self._errors(status, [message or _WORDS.get(status, f"The fake answers {status}.")])

    def _errors(self, status: int, errors: list[str]) -> Response:
        return JSONResponse({"id": uuid.uuid4().hex, "name": NAMES.get(status, "error"), "errors": errors}, status)

    def check_key(self, headers: Mapping[str, str]) -> None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key or key != key.strip() or self.key not in (None, key):
            raise Refusal(self.error(401))

    async def _lost(self, scope: Scope, receive: Receive, send: Send) -> None:
        """[V2] an unknown path is told like a wrong key."""
        await self.error(401)(scope, receive, send)

    def read_body(self, request: Request, raw: bytes) -> dict[str, Any]:
        """The form; empty where it is none, which `_make` then refuses."""
        try:
            return dict(read_form(request.headers.get("content-type", ""), raw))
        except ValueError:
            return {}

    def prompt_of(self, body: dict[str, Any]) -> Any:
        return body.get("prompt") or body.get("background_prompt") or ""

    async def _balance(self, _: Request) -> Response:
        return JSONResponse({"credits": float(self.credits)})

    # Requests

    async def _make(self, path: str, submit: Submit) -> Response:
        self._count_request()
        wants_json = self._wants_json(submit)
        if not submit.body:
            raise Refusal(self.error(400, "content-type: must be multipart/form-data"))  # [V2]
        if int(submit.headers.get("content-length", "0")) > _MAX_BODY:
            raise Refusal(self.error(413))
        schema = SCHEMAS[path]
        try:
            order = check(schema, submit.body)
        except No as no:
            raise Refusal(self._errors(400, no.errors)) from None
        if order.credits > self.credits:
            raise Refusal(self.error(402))
        fault = self.strike("submit") or Fault.ok()
        if fault.kind == "moderated" and not fault.name:
            raise Refusal(self.error(403))
        if schema.waits:
            return self._start(submit, order, fault)
        return await self._at_once(order, fault, wants_json=wants_json)

    def _start(self, submit: Submit, order: Order, fault: Fault) -> Response:
        if fault.kind == "empty":
            return JSONResponse({}, self.start_status)
        if fault.kind not in ("ok", "moderated", "never_ending", "expired", "failed") and fault != NO_SEED:
            raise self.unknown_fault(fault)
        key = submit.headers["authorization"]
        task = Task(id=uuid.uuid4().hex * 2, order=order, key=key, born=self.now(), fate=fault)
        self.tasks[task.id] = task
        self.credits -= order.credits
        return JSONResponse({"id": task.id}, self.start_status)

    async def _at_once(self, order: Order, fault: Fault, *, wants_json: bool) -> Response:
        if fault.kind == "never_ending":
            raise Broken("stall")
        if fault.kind == "empty":
            return JSONResponse({"finish_reason": "SUCCESS"}) if wants_json else Response(b"", media_type="image/png")
        if fault.kind not in ("ok", "moderated") and fault != NO_SEED:
            raise self.unknown_fault(fault)
        self.credits -= order.credits
        return await self._answer(order, fault, wants_json=wants_json)

    def _count_request(self) -> None:
        """[V] more than 150 requests in 10 s lock the key out for 60 s."""
        now = self.now()
        self._recent.append(now)
        while self._recent[0] <= now - 10:
            self._recent.popleft()
        if len(self._recent) > self.busy_after and now >= self._locked_until:
            self._locked_until = now + 60
        if now < self._locked_until:
            raise Refusal(self.error(429))

    def _wants_json(self, submit: Submit) -> bool:
        accept = submit.headers.get("accept", "image/*")
        if accept not in ("image/*", "application/json", "*/*"):
            raise Refusal(self.error(400, "accept: must be either image/* or application/json"))
        return accept == "application/json"

    # Results

    async def _poll(self, request: Request) -> Response:
        accept = request.headers.get("accept", "*/*")
        if accept not in ("*/*", "application/json"):  # [V]; the refusal is [U]
            raise Refusal(self.error(400, "accept: must be either */* or application/json"))
        now = self.now()
        task = self.tasks.get(request.path_params["id"])
        if task is None or task.key != request.headers["authorization"] or now >= task.born + _KEPT_S:
            raise Refusal(self.error(404))
        if now < task.polled_at + self.poll_every_s:
            raise Refusal(self.error(429))
        task.polled_at = now
        if fault := self.strike("poll"):
            raise self.unknown_fault(fault)
        task.polls += 1
        never = task.fate.kind == "never_ending"
        if never or task.polls <= self.film_polls or now < task.born + self.film_delay:
            return JSONResponse({"id": task.id, "status": "in-progress"}, 202)
        if task.fate.kind == "expired":
            raise Refusal(self.error(404))
        if task.fate.kind == "failed":
            raise Refusal(self.error(int(task.fate.name), task.fate.message))
        return await self._answer(task.order, task.fate, wants_json=accept == "application/json")

    async def _answer(self, order: Order, fault: Fault, *, wants_json: bool) -> Response:
        """[V] two shapes, with exactly these content types."""
        filtered, mime = fault.kind == "moderated", f"image/{order.fmt}"
        reason = "CONTENT_FILTERED" if filtered else "SUCCESS"
        seed = order.seed or crc32(order.prompt.encode()) % 4_294_967_294 + 1
        data = await anyio.to_thread.run_sync(partial(_picture, order, blurred=filtered))
        if not wants_json:
            return Response(data, media_type=mime, headers={"finish-reason": reason, "seed": str(seed)})
        body: dict[str, Any] = {"image": pybase64.b64encode(data).decode(), "finish_reason": reason}
        told = {} if fault == NO_SEED else {"seed": seed}
        return JSONResponse(body | told, media_type=f"application/json; type={mime}")


_WORDS = {
    401: "authorization: invalid or missing header value",  # [V2]
    402: "You do not have enough credits to make this request.",
    403: _MODERATED,
    404: "id: no such result",
    413: "The request exceeds 10 MiB.",
    422: "prompt: must be in English",
    429: "You have exceeded the rate limit of 150 requests within a 10 second period and have been timed out for 60 "
    "seconds.",
    500: "An unexpected server error has occurred, please try again later.",
}


def _picture(order: Order, *, blurred: bool) -> bytes:
    data = media.picture(*order.size, order.fmt, media.tint(order.prompt), transparent=order.transparent)
    if not blurred:
        return data
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).filter(ImageFilter.GaussianBlur(max(order.size) / 16)).save(out, order.fmt.upper())
    return out.getvalue()
