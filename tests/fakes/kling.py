"""Kling's API as of 2026-11-20: films by the new standard, pictures (and films) by the legacy one, results elsewhere.

Callbacks are taken and never sent. The rules, and what the marks mean, are in `kling_rules.py`; those of the legacy
standard in `kling_rules_legacy.py`.
"""

import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from time import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import kling_rules as rules
from tests.fakes import kling_rules_legacy as legacy
from tests.fakes import media
from tests.fakes.base import Broken, Fake, Fault, Refusal, Submit
from tests.fakes.kling_codes import HTTP_OF, WORDS, refused_with
from tests.fakes.kling_keys import BadKey, check_token, is_token
from tests.fakes.kling_models import USD_PER_FILM_UNIT, USD_PER_PICTURE_UNIT
from tests.fakes.kling_rules import No, Order

IN_ARREARS, PACK_EMPTY, NO_RIGHT, WRONG_IP = (refused_with(code) for code in (1101, 1102, 1103, 1304))
TOO_MANY_TASKS = refused_with(1303)
REJECTED_IN_200 = Fault.status(200, {"code": 1201, "message": WORDS[1201], "request_id": "r"})  # check both [P]
# The task exists, and the client does not hear of it.
ACCEPTED_THEN_DROPPED = Fault.variant("accepted_then_dropped")
ACCEPTED_THEN_500 = Fault.variant("accepted_then_500")
# How a task ends.
RISK = "Failure to pass the risk control system"  # [P] says that the words tell moderation; these are [C]
MODERATED_AS_FAILURE = Fault.moderated("failed")
CASH = Fault.variant("cash")  # billed in money, not in units [P]
NO_BILL = Fault.variant("no_bill")
NO_OUTPUTS = Fault.variant("no_outputs")
UNKNOWN_STATUS = Fault.variant("unknown_status")  # one pending poll says a word that nobody knows

OUTCOMES: dict[str, list[Fault]] = {
    "ok": [],
    "refused": [Fault.refused()],
    "moderated": [Fault.moderated()],
    "busy": [Fault.status(429, headers={"retry-after": "2"})],
    "server_error": [refused_with(5000)],
    "dropped": [Fault.drop()],
    "garbage": [Fault.garbage(b'{"code": 0, "data": {"id": "89')],
    "empty": [Fault.empty()],
    "never_ending": [Fault.never_ending()],
    "poll_server_error": [refused_with(5000, on="poll")],
    "expired": [Fault.expired()],
    "download_gone": [Fault.status(404, on="download")],
    "failed_text": [Fault.failed("", "Task failed, please try again.")],
}
_FATES = ("cash", "no_bill", "no_outputs", "unknown_status")
_LOST = ("accepted_then_dropped", "accepted_then_500")
_MARK = "&watermark=1"
_RESULT_LIFE_S = 30 * 86_400.0  # [P]
# POST paths of the legacy standard, what is made there, and the check of the body.
_LEGACY: dict[str, Callable[[dict[str, Any]], Order]] = {
    "/v1/images/generations": legacy.check_generation,
    "/v1/images/omni-image": legacy.check_omni_picture,
    "/v1/images/editing/expand": legacy.check_expansion,
    "/v1/videos/text2video": legacy.check_text_film,
    "/v1/videos/image2video": legacy.check_picture_film,
}
_NEW = {
    "text-to-video": rules.check_text,
    "image-to-video": rules.check_image,
    "omni-video": rules.check_omni,
}


@dataclass(kw_only=True)
class Task:
    """One task under way. `path` is where it was made, in the legacy standard; "" in the new one."""

    id: str
    path: str
    order: Order
    born: float
    fate: Fault
    polls: int = 0
    updated_ms: int = 0
    urls: tuple[str, ...] = ()


class Kling(Fake):
    """`slots` limits the tasks in flight per model; a task can be found only `visible_after_s` after its submit."""

    vendor = "kling"
    env = "KLING_API_BASE_URL"
    host = "kling.fake"
    file_host = "klingcdn.fake"
    prefix = ""
    outcomes = OUTCOMES
    polls_pictures = True
    expired_status = 403  # signed links [P]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.pairs = {"ak_test": "sk_test"}  # access key and secret key
        self.wall: Callable[[], float] = time  # for tokens, which live by the clock on the wall
        self.tasks: dict[str, Task] = {}
        self.slots: int | None = None
        self.visible_after_s = 0.0
        self.url_ttl_s = _RESULT_LIFE_S
        self.unknown_is_error = False  # a task that is not there: [] or code 1201, both were seen [L]
        self._ids = itertools.count(893_605_946_402_811_985)

    def routes(self) -> list[Route]:
        new = [self.submit_route(f"/{product}/{{model}}", "video", self._film) for product in _NEW]
        old = [
            route
            for path, check in _LEGACY.items()
            for route in (
                self.submit_route(path, "image" if "images" in path else "video", partial(self._legacy, path, check)),
                self.get_route(path + "/{id}", partial(self._poll_legacy, path), poll=True),
            )
        ]
        return [*new, *old, self.get_route("/tasks", self._poll)]

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        number = int(
            code or {400: 1201, 401: 1002, 403: 1103, 404: 1203, 429: 1302, 503: 5001, 504: 5002}.get(status, 5000)
        )
        return JSONResponse({"code": number, "message": message or WORDS[number], "request_id": _name()}, status)

    def check_key(self, headers: Mapping[str, str]) -> None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        try:
            if not key:
                raise BadKey(1001, WORDS[1001])
            if scheme != "Bearer" or key != key.strip() or (not is_token(key) and self.key not in (None, key)):
                raise BadKey(1002, WORDS[1002])
            if is_token(key):
                check_token(key, self.pairs, self.wall())
        except BadKey as bad:
            raise Refusal(self.error(401, str(bad), code=str(bad.code))) from None

    def _require_static_key(self, headers: Mapping[str, str]) -> None:
        """[P] the new standard takes no tokens."""
        if is_token(headers["authorization"]):
            raise Refusal(self.error(401, code="1002"))

    def prompt_of(self, body: dict[str, Any]) -> Any:
        contents = body.get("contents")
        said = [c.get("text") for c in contents if isinstance(c, dict)] if isinstance(contents, list) else []
        return body.get("prompt") or "".join(text for text in said if isinstance(text, str))

    # Submits

    async def _film(self, submit: Submit) -> Response:
        self._require_static_key(submit.headers)
        product, _, name = submit.path.strip("/").partition("/")
        self._require_json(submit)
        try:
            order = _NEW[product](submit.body, rules.find_model(name, product))
        except No as no:
            raise Refusal(self.error(HTTP_OF[no.code], str(no), code=str(no.code))) from None
        return self._accept("", order)

    async def _legacy(self, path: str, check: Callable[[dict[str, Any]], Order], submit: Submit) -> Response:
        self._require_json(submit)
        try:
            order = check(submit.body)
        except No as no:
            raise Refusal(self.error(HTTP_OF[no.code], str(no), code=str(no.code))) from None
        return self._accept(path, order)

    def _require_json(self, submit: Submit) -> None:
        if submit.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Refusal(self.error(400, "Content-Type must be application/json.", code="1200"))

    def _accept(self, path: str, order: Order) -> Response:
        if any(task.order.external_id == order.external_id for task in self.tasks.values() if order.external_id):
            raise Refusal(self.error(400, "external_task_id already exists", code="1201"))  # [L], it is no repetition
        busy = sum(
            task.order.n for task in self.tasks.values() if task.order.model == order.model and self._alive(task)
        )
        if self.slots is not None and busy + order.n > self.slots:  # [P]
            raise Refusal(self.error(429, code="1303"))
        fault = self.strike("submit") or Fault.ok()
        if fault.kind == "moderated" and fault.name != "failed":
            raise Refusal(self.error(400, code="1301"))
        if fault.kind == "empty":
            return self._envelope({})
        if not _is_fate(fault) and fault.name not in _LOST:
            raise self.unknown_fault(fault)
        now = self.now()
        task = Task(id=str(next(self._ids)), path=path, order=order, born=now, fate=fault, updated_ms=int(now * 1000))
        self.tasks[task.id] = task
        if fault.name == "accepted_then_dropped":
            raise Broken("drop")
        if fault.name == "accepted_then_500":
            raise Refusal(self.error(500))
        return self._envelope(self._shown(task, "submitted"))

    # Polls

    async def _poll(self, request: Request) -> Response:
        """[P] one path for all products; up to 20 ids [L]."""
        self._require_static_key(request.headers)
        query = request.query_params
        if len(query) != 1 or not {"task_ids", "external_task_ids"} >= set(query):
            raise Refusal(self.error(400, "Exactly one of task_ids and external_task_ids is needed."))
        ((kind, text),) = query.items()
        asked = text.split(",")
        if len(asked) > 20 or not all(asked):
            raise Refusal(self.error(400, f"{kind} takes 1 to 20 ids."))
        self.polls.extend(asked)
        self._strike_poll()
        found = [task for task in self.tasks.values() if not task.path and self._visible(task)]
        wanted = [t for t in found if (t.id if kind == "task_ids" else t.order.external_id) in asked]
        if not wanted and self.unknown_is_error:
            raise Refusal(self.error(400, "task not found"))
        return self._envelope([self._asked(task) for task in wanted])

    async def _poll_legacy(self, path: str, request: Request) -> Response:
        """[P] by either id, under the path that made it."""
        name = request.path_params["id"]
        self._strike_poll()
        for task in self.tasks.values():
            if task.path == path and self._visible(task) and name in (task.id, task.order.external_id):
                return self._envelope(self._asked(task))
        raise Refusal(self.error(400, "Task not found"))  # [U]

    def _strike_poll(self) -> None:
        if fault := self.strike("poll"):
            raise self.unknown_fault(fault)

    def _visible(self, task: Task) -> bool:
        if task.fate.kind == "expired" and not self._alive(task):
            return False
        return self.now() >= task.born + self.visible_after_s

    def _alive(self, task: Task) -> bool:
        delay = self.film_delay if task.order.kind == "video" else self.image_delay
        never = task.fate.kind == "never_ending"
        return never or task.polls < self.film_polls or self.now() < task.born + delay

    def _asked(self, task: Task) -> dict[str, Any]:
        pending = self._alive(task)
        task.polls += 1
        if pending:
            task.updated_ms = int(self.now() * 1000)
            later = "paused" if task.fate.name == "unknown_status" else "processing"
            return self._shown(task, "submitted" if task.polls == 1 else later)
        if task.fate.kind in ("failed", "moderated"):
            return self._shown(task, "failed", task.fate.message if task.fate.kind == "failed" else RISK)
        if not task.urls and task.fate.name != "no_outputs":
            task.urls = tuple(self._publish(task, index) for index in range(task.order.n))
        return self._shown(task, "succeed" if task.path else "succeeded") | self._outcome(task)

    def _publish(self, task: Task, index: int) -> str:
        order, colour = task.order, media.tint(task.order.prompt, index)
        if order.kind == "video":
            film = partial(media.film, *order.size, order.seconds, colour, audio=order.audio)
            return self._put(task, f"{index}.mp4", film, "video/mp4")
        return self._put(task, f"{index}.png", partial(media.picture, *order.size, "png", colour), "image/png")

    def _put(self, task: Task, name: str, make: Callable[[], bytes], mime: str) -> str:
        """Where it lies; the one with a watermark, where asked for, beside it."""
        ttl_s = task.updated_ms / 1000 + self.url_ttl_s - self.now()
        name = f"{task.id}/{name}?x-kcdn-sign={uuid.uuid4().hex}"
        if task.order.watermark:
            self.publish(name + _MARK, make, mime, ttl_s=ttl_s)
        return self.publish(name, make, mime, ttl_s=ttl_s)

    # Shapes

    def _envelope(self, data: Any) -> Response:
        return JSONResponse({"code": 0, "message": "SUCCEED", "request_id": _name(), "data": data})

    def _shown(self, task: Task, status: str, why: str = "") -> dict[str, Any]:
        """[P] both standards' words for the same."""
        order, born = task.order, int(task.born * 1000)
        if task.path:
            shown = {"task_id": task.id, "task_status": status, "task_status_msg": why}
            info = {"external_task_id": order.external_id} if order.external_id else {}
            return shown | {"task_info": info, "created_at": born, "updated_at": task.updated_ms}
        shown = {"id": task.id, "status": status, "message": why, "external_id": order.external_id or ""}
        return shown | {"create_time": born, "update_time": task.updated_ms}

    def _outcome(self, task: Task) -> dict[str, Any]:
        order = task.order
        marks: list[dict[str, Any]] = [{"watermark_url": url + _MARK} if order.watermark else {} for url in task.urls]
        film = order.kind == "video"
        items = [{"url": url} | mark for url, mark in zip(task.urls, marks, strict=True)]
        if film:  # the duration is a text, and not exactly what was asked [P]
            items = [{"id": task.id} | item | {"duration": f"{order.seconds + 0.041:.3f}"} for item in items]
        if not task.path:
            return {"outputs": [{"type": "video"} | item for item in items], "billing": self._billing(task)}
        if not film:
            items = [{"index": index} | item for index, item in enumerate(items)]
        result = {"task_result": {"videos" if film else "images": items}}
        watermark = {"watermark_info": {"enabled": order.watermark}}
        if task.fate.name == "cash":
            usd = {"quota": str(order.usd), "list_price": str(order.usd)}
            return result | watermark | {"final_balance_deduction": usd}
        return result | watermark | ({} if task.fate.name == "no_bill" else {"final_unit_deduction": _units(order)})

    def _billing(self, task: Task) -> list[dict[str, Any]]:
        """[P] an amount means nothing without its kind."""
        usd, cash = str(task.order.usd), {"charge_type": "cash", "cash_type": "balance", "currency": "USD"}
        match task.fate.name:
            case "no_bill":
                return []
            case "cash":
                return [cash | {"amount": usd, "list_price": usd}]
        return [{"charge_type": "unit", "amount": _units(task.order), "package_type": "video"}]


def _units(order: Order) -> str:
    units = order.usd / (USD_PER_FILM_UNIT if order.kind == "video" else USD_PER_PICTURE_UNIT)
    return format(units.normalize(), "f")


def _name() -> str:
    return str(uuid.uuid4())


def _is_fate(fault: Fault) -> bool:
    if fault.kind == "variant":
        return fault.name in _FATES
    return fault.kind in ("ok", "moderated", "never_ending", "expired", "failed")
