"""The FLUX API of Black Forest Labs as of 2026-11-20: submit, poll elsewhere, fetch from a third host.

The rules are in `bfl_rules.py` (whose marks are used here) and `bfl_rules_3.py`.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.fakes import bfl_models as facts
from tests.fakes import media
from tests.fakes.base import Fake, Fault, Refusal, Submit
from tests.fakes.bfl_rules import Flux2, Flux2Flex, Flux2Small, No, Order, Schema, place, read
from tests.fakes.bfl_rules_1 import Deblur, Erase, Expand, Fill, Flux11, FluxDev, Kontext, Outpainting, TryOn, Ultra
from tests.fakes.bfl_rules_3 import FilmFromDraft, Flux3Image, film_schema
from tests.fakes.inputs import raw_base64

# Submits: answers in other shapes, and refusals with a body of their own.
NO_COST = Fault.variant("no_cost")  # cost and megapixels are optional [V]
BARE_POLLING_URL = Fault.variant("bare_polling_url")  # without ?id=, which the client then appends [V]
NO_CREDITS = Fault.status(402, {"detail": "Insufficient credits"})  # [V2]; also seen as back-pressure
NOT_ALLOWED = Fault.status(403, {"detail": "Not authenticated"})  # [V2] a good key on an endpoint it has no access to
# How a task ends.
REQUEST_MODERATED = Fault.moderated("Request Moderated")
CONTENT_MODERATED = Fault.moderated("Content Moderated")
FAILED_422 = Fault.variant("error_422")  # the poll answers HTTP 422 with a status body [V2]
FAILED_503 = Fault.variant("error_503")  # the same with 503 [V2]
NO_SAMPLE = Fault.variant("no_sample")  # Ready, without a sample
STATE_WORD = Fault.variant("state_word")  # `state` in place of `status`, all the way [V]
DEAD_LINK = Fault.variant("dead_link")  # Ready, and the link has expired already
# Single polls.
UNKNOWN_STATUS = Fault.status(200, {"id": "x", "status": "Pausing"}, on="poll")
TRUNCATED = Fault.status(200, b'{"id": "x", "stat', on="poll")

OUTCOMES: dict[str, list[Fault]] = {
    "ok": [],
    "refused": [Fault.refused()],
    "moderated": [REQUEST_MODERATED],
    "busy": [Fault.status(429, headers={"retry-after": "2"})],
    "server_error": [Fault.status(500, b"")],
    "dropped": [Fault.drop()],
    "garbage": [Fault.garbage(b'{"id": "b2')],
    "empty": [Fault.empty()],
    "never_ending": [Fault.never_ending()],
    "poll_server_error": [Fault.status(503, b"", on="poll")],
    "expired": [Fault.expired()],
    "download_gone": [Fault.status(404, on="download")],
    "failed_Error": [Fault.failed("Error", "Invalid or corrupted image input")],
    "failed_Failed": [Fault.failed("Failed")],  # not in the enum, but the vendor's samples look for it [V]
    "failed_422": [FAILED_422],
}
PICTURES: dict[str, type[Schema]] = {  # by path after /v1/
    **dict.fromkeys(("flux-2-max", "flux-2-pro", "flux-2-pro-preview"), Flux2),
    "flux-2-flex": Flux2Flex,
    **dict.fromkeys(("flux-2-klein-9b", "flux-2-klein-9b-preview", "flux-2-klein-4b"), Flux2Small),
    "flux-3-image": Flux3Image,
    "flux-3-image-klein": Flux3Image,  # the path is presumed from the model's name [U]
    "flux-pro-1.1": Flux11,
    "flux-dev": FluxDev,
    "flux-pro-1.1-ultra": Ultra,
    "flux-kontext-pro": Kontext,
    "flux-kontext-max": Kontext,
    "flux-pro-1.0-fill": Fill,
    "flux-pro-1.0-expand": Expand,
    "flux-tools/outpainting-v1": Outpainting,
    "flux-tools/erase-v1": Erase,
    "flux-tools/deblur-v1": Deblur,
    "flux-tools/vto-v1": TryOn,
    "flux-tools/vto-v2": TryOn,
}
_FATES = ("error_422", "error_503", "no_sample", "state_word", "dead_link")
_CACHE = b"FLUX3DRAFT"


@dataclass(kw_only=True)
class Task:
    """One task under way, known at `polling_url` alone. `fate` decides how it ends; None: well."""

    id: str
    order: Order
    key: str
    polling_url: str
    born: float
    fate: Fault | None
    polls: int = 0
    pending_until: float = 0.0
    result: dict[str, Any] | None = None


class BFL(Fake):
    """Tasks run in another region than they were sent to. Nothing is known of them anywhere else."""

    vendor = "bfl"
    env = "FLUX_API_BASE_URL"
    host = "api.bfl.fake"
    file_host = "delivery-eu2.bfl.fake"  # beside the API's own name, as in life: a key may not follow the domain
    region_host = "api.eu2.bfl.fake"
    prefix = ""
    outcomes = OUTCOMES
    polls_pictures = True
    expired_status = 403  # as signed blob links do

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tasks: dict[str, Task] = {}
        self.credits = Decimal(100_000)
        self.most_active: int | None = None  # unfinished tasks beyond this many are refused with 429

    def routes(self) -> list[Route]:
        return [
            *(self.submit_route(f"/v1/{path}", "image", partial(self._draw, path)) for path in PICTURES),
            self.submit_route("/v1/flux-3-video", "video", self._film),
            self.get_route("/v1/get_result", self._poll),
            self.get_route("/eu2/v1/get_result", self._poll),  # the region, where there is but one host
            self.get_route("/v1/credits", self._credits),
        ]

    def hosts(self) -> dict[str, ASGIApp]:
        return super().hosts() | {self.region_host: self.app}

    @property
    def _region_url(self) -> str:
        in_process = httpx2.URL(self.base_url).host == self.host
        return f"http://{self.region_host}" if in_process else f"{self.base_url}/eu2"

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        return JSONResponse({"detail": message or f"The fake answers {status}."}, status)

    def check_key(self, headers: Mapping[str, str]) -> None:
        """[V2] 403 without a key, 422 for one of a wrong shape."""
        key = headers.get("x-key", "")
        if key and not key.replace("-", "").replace("_", "").isalnum():
            raise Refusal(self.error(422, "Invalid API key format"))
        if not key or self.key not in (None, key):
            raise Refusal(self.error(403, "Not authenticated"))

    async def _credits(self, _: Request) -> Response:
        return JSONResponse({"credits": float(self.credits)})

    # Submits

    async def _draw(self, path: str, submit: Submit) -> Response:
        self._require_json(submit)
        return self._accept(submit, partial(_read_picture, path, submit.body))

    async def _film(self, submit: Submit) -> Response:
        self._require_json(submit)
        return self._accept(submit, partial(self._read_film, submit.body))

    def _require_json(self, submit: Submit) -> None:
        if submit.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            why = "Input should be a valid dictionary or object to extract fields from"
            raise Refusal(JSONResponse({"detail": [{"type": "model_type", "loc": ["body"], "msg": why}]}, 422))

    def _accept(self, submit: Submit, read_order: Callable[[], Order]) -> Response:
        try:
            order = read_order()
        except No as no:
            raise Refusal(JSONResponse({"detail": no.detail}, 422)) from None
        if (
            self.most_active is not None
            and sum(not self._over(task) for task in self.tasks.values()) >= self.most_active
        ):
            raise Refusal(self.error(429, "Too many active tasks."))  # the wording is [U]
        if order.bill.credits > self.credits:
            raise Refusal(self.error(402, "Insufficient credits"))
        fault = self.strike("submit")
        if fault and fault.kind == "empty":
            return JSONResponse({})
        told = fault.name if fault and fault.kind == "variant" else ""
        fate = None if told in ("no_cost", "bare_polling_url") else fault
        if fate and not _is_fate(fate):
            raise self.unknown_fault(fate)
        task = self._start(submit, order, fate)
        return JSONResponse(self._receipt(submit, task, told))

    def _start(self, submit: Submit, order: Order, fate: Fault | None) -> Task:
        name = str(uuid.uuid4())
        url, key = f"{self._region_url}/v1/get_result", submit.headers["x-key"]
        task = Task(id=name, order=order, key=key, polling_url=url, born=self.now(), fate=fate)
        self.tasks[name] = task
        self.credits -= order.bill.credits
        return task

    def _receipt(self, submit: Submit, task: Task, told: str) -> dict[str, Any]:
        """[V] two shapes; FLUX.1 and FLUX 3 tell the cost with the result [V2]."""
        bill = task.order.bill
        cost: dict[str, Any] = {}
        if task.order.told_at == "submit" and told != "no_cost":
            cost = {"cost": float(bill.credits), "input_mp": bill.input_mp, "output_mp": bill.output_mp}
        if hook := submit.body.get("webhook_url"):
            return {"id": task.id, "status": "Pending", "webhook_url": hook} | cost
        query = "" if told == "bare_polling_url" else f"?id={task.id}"
        return {"id": task.id, "polling_url": task.polling_url + query} | cost

    def _read_film(self, body: dict[str, Any]) -> Order:
        asked = read(film_schema(body), body)
        return self._enhanced(asked) if isinstance(asked, FilmFromDraft) else place(asked, "flux-3-video")

    def _enhanced(self, asked: FilmFromDraft) -> Order:
        """A draft once more and in full. Raises No when we never made that draft."""
        draft = self.tasks.get(self._draft_id(asked.draft_cache))
        if draft is None or not draft.order.draft:
            raise No([{"type": "value_error", "loc": ["body", "draft_cache"], "msg": "Value error, unknown draft"}])
        size = facts.film_size(draft.order.size[0] / draft.order.size[1], asked.resolution)
        bill = facts.bill_film(asked.resolution, draft.order.seconds, from_film=False, draft=False)  # [U]
        return replace(draft.order, size=size, bill=bill, draft=False)

    def _draft_id(self, cache: str) -> str:
        kept = self.results.get("/" + cache.removeprefix(f"{self.files_url}/"))
        try:
            raw = kept.make() if kept and self.now() < kept.expires_at else raw_base64(cache)
        except ValueError:
            return ""
        return raw.removeprefix(_CACHE).decode("ascii", "replace") if raw.startswith(_CACHE) else ""

    # Polls

    async def _poll(self, request: Request) -> Response:
        name = request.query_params.get("id", "")
        self.polls.append(name)
        task = self.tasks.get(name)
        here = str(request.url.replace(query=""))
        if task is None or task.polling_url != here or task.key != request.headers["x-key"]:
            return JSONResponse(_status(name, "Task not found"), 404)  # [V2]; the body is [U]
        fault = self.strike("poll")
        if fault:
            raise self.unknown_fault(fault)
        task.polls += 1
        if self._pending(task):
            task.pending_until = self.now()
            return self._answer(task, _status(name, self._stage(task)))
        return self._ending(task)

    def _pending(self, task: Task) -> bool:
        never = task.fate is not None and task.fate.kind == "never_ending"
        return never or task.polls <= self.film_polls or self.now() < task.born + self._delay(task)

    def _over(self, task: Task) -> bool:
        return task.polls >= self.film_polls and self.now() >= task.born + self._delay(task)

    def _delay(self, task: Task) -> float:
        return self.film_delay if task.order.kind == "video" else self.image_delay

    def _stage(self, task: Task) -> str:
        walk = ("Pending", *task.order.stages)
        return walk[min(task.polls, len(walk)) - 1]

    def _answer(self, task: Task, body: dict[str, Any], status: int = 200) -> Response:
        if task.fate and task.fate.name == "state_word":
            body = {("state" if key == "status" else key): value for key, value in body.items()}
        return JSONResponse(body, status)

    def _ending(self, task: Task) -> Response:
        fate = task.fate or Fault.ok()
        name = fate.name
        match fate.kind:
            case "moderated":
                word = name or "Request Moderated"
                details: Any = {"Moderation Reasons": ["Violence"]} if word == "Request Moderated" else "Withheld."
                return self._answer(task, _status(task.id, word) | {"details": details})
            case "failed":
                return self._answer(task, _status(task.id, name) | {"details": {"error": fate.message}})
            case "expired":
                return self._answer(task, _status(task.id, "Task not found"), 404)
        if name in ("error_422", "error_503"):
            error = _status(task.id, "Error") | {"details": {"error": "Invalid or corrupted image input"}}
            return self._answer(task, error, int(name[-3:]))
        if task.result is None:
            task.result = self._render(task)
        result = {k: v for k, v in task.result.items() if not (name == "no_sample" and k == "sample")}
        cost = {"cost": float(task.order.bill.credits)} if task.order.told_at == "result" else {}
        return self._answer(task, _status(task.id, "Ready") | {"result": result} | cost)

    def _render(self, task: Task) -> dict[str, Any]:
        order, colour = task.order, media.tint(task.order.prompt)
        if order.kind == "video":
            make = partial(media.film, *order.size, order.seconds, colour, audio=order.audio)
        else:
            make = partial(media.picture, *order.size, order.fmt, colour)
        # The link's life begins when the result is there, not when somebody first asks.
        ready_at = max(task.pending_until, task.born + self._delay(task))
        dead = task.fate is not None and task.fate.name == "dead_link"
        ttl_s = 0.0 if dead else ready_at + order.ttl_s - self.now()
        mime = f"{order.kind}/{order.fmt}"
        signature = f"se=2026-11-20T12%3A00%3A00Z&sig={uuid.uuid4().hex}"
        sample = self.publish(f"results/{task.id}/sample.{order.fmt}?{signature}", make, mime, ttl_s=ttl_s)
        # FLUX 3 tells the prompt that it made of ours [V2]; the other keys [V].
        result = {"sample": sample, "prompt": order.prompt, "start_time": 1_795_000_000.0, "end_time": 1_795_000_002.0}
        if order.draft:
            cache = partial(bytes, _CACHE + task.id.encode())
            name = f"results/{task.id}/draft.bin?{signature}"
            result["draft_cache"] = self.publish(name, cache, "application/octet-stream", ttl_s=ttl_s)
        return result | {"duration": 2.0} | ({"seed": order.seed or 42} if order.kind == "image" else {})


def _read_picture(path: str, body: dict[str, Any]) -> Order:
    return place(read(PICTURES[path], body), path)


def _status(name: str, status: str) -> dict[str, Any]:
    return {"id": name, "status": status, "result": None, "progress": None, "details": None, "preview": None}


def _is_fate(fault: Fault) -> bool:
    if fault.kind == "variant":
        return fault.name in _FATES
    return fault.kind in ("moderated", "never_ending", "expired", "failed")
