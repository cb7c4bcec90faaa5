"""xAI's Imagine API as of 2026-11-20: pictures, films (submit and poll), and a result host.

Rules in `xai_rules.py`, those of edits and extensions in `xai_edits.py`.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pybase64
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.base import Broken, Fake, Fault, Refusal, Submit
from tests.fakes.xai_edits import (
    ImageEdit,
    VideoEdit,
    VideoExtension,
    check_edit,
    check_extension,
    check_image_edit,
)
from tests.fakes.xai_models import IMAGE_MODELS, VIDEO_MODELS, ticks
from tests.fakes.xai_rules import (
    ImageGeneration,
    ImageOrder,
    No,
    Storage,
    VideoGeneration,
    VideoOrder,
    check_image,
    check_video,
    read,
)

# Pictures: answers in other shapes.
SOME_BLOCKED = Fault.variant("some_blocked")  # the last of n is blocked, its siblings are good
PREFIXED = Fault.variant("prefixed")  # b64_json carries a data: prefix, as the gRPC field does
BARE = Fault.variant("bare")  # no usage, MIME type, revised prompt or flag
# Films: answers in other shapes, for the whole life of the film.
NO_STATUS = Fault.variant("no_status")  # done, but the status field is absent
PUBLIC_URL = Fault.variant("public_url")  # done, no url, but file_output.public_url
NO_USAGE = Fault.variant("no_usage")  # done, with neither usage nor progress, as the docs' sample
# Films: single polls.
EMPTY_202 = Fault.status(202, b"", on="poll")
PROGRESS_202 = Fault.status(202, {"status": "pending", "progress": 37}, on="poll")
TRUNCATED_202 = Fault.status(202, b'{"status": "pend', on="poll")
PENDING_200 = Fault.status(200, {"status": "pending", "progress": 5}, on="poll")
# Moderation has three faces: flagged in a 200 or a done film (the default), a 400 at submit, a failed film.
MODERATED_AT_SUBMIT = Fault.moderated("refused")
MODERATED_AS_FAILURE = Fault.failed("invalid_argument", "The request was rejected by content moderation.")
FAILURES = ("invalid_argument", "permission_denied", "failed_precondition", "service_unavailable", "internal_error")

OUTCOMES: dict[str, list[Fault]] = {
    "ok": [],
    "refused": [Fault.refused()],
    "moderated": [Fault.moderated()],
    "busy": [Fault.status(429, headers={"retry-after": "2"})],
    "server_error": [Fault.status(500, "<html>Internal Server Error</html>")],
    "dropped": [Fault.drop()],
    "garbage": [Fault.garbage(b'{"request_id": "b2')],
    "empty": [Fault.empty()],
    "never_ending": [Fault.never_ending()],
    "poll_server_error": [Fault.status(502, "<html>Bad Gateway</html>", on="poll")],
    "expired": [Fault.expired()],
    "download_gone": [Fault.status(404, on="download")],
    **{f"failed_{code}": [Fault.failed(code)] for code in FAILURES},
}


@dataclass(kw_only=True)
class Film:
    """One film under way. `fate` is the fault that decides how it ends; None: well."""

    id: str
    order: VideoOrder
    born: float
    fate: Fault | None
    polls: int = 0
    url: str = ""
    url_dies_at: float = 0.0


class XAI(Fake):
    """A film starts with an empty 202, goes on with 202s that tell progress, and its URL lives `url_ttl_s` of `now`."""

    vendor = "xai"
    env = "XAI_API_BASE_URL"
    host = "xai.fake"
    file_host = "vidgen.fake"
    outcomes = OUTCOMES
    film_only = frozenset({"poll_server_error", "expired", "download_gone", *(f"failed_{code}" for code in FAILURES)})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.today = date(2026, 11, 20)
        self.url_ttl_s = 86_400.0  # [P]
        self.bars: set[str] = set()  # what is wrong with the key, of `api_key_blocked api_key_disabled team_blocked`
        self.submit_status = 200  # 200, 201 or 202 [U]
        self.wrong_key_status = 401  # 400 was seen too [L]
        self.films: dict[str, Film] = {}

    def routes(self) -> list[Route]:
        return [
            self.submit_route("/images/generations", "image", self._generate_image),
            self.submit_route("/images/edits", "image", self._edit_image),
            self.submit_route("/videos/generations", "video", self._generate_video),
            self.submit_route("/videos/edits", "video", self._edit_video),
            self.submit_route("/videos/extensions", "video", self._extend_video),
            self.get_route("/videos/{id}", self._poll, poll=True),
            self.get_route("/models", self._models),
            self.get_route("/api-key", self._api_key),
        ]

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        """Three shapes exist [C]; which comes when is [U], so each has its statuses here and a client must read all."""
        words = message or f"The fake answers {status}."
        if status == 401:
            status = self.wrong_key_status
        if status in (400, 404):
            label = {400: "Client specified an invalid argument", 404: "Some requested entity was not found"}[status]
            return JSONResponse({"code": code or label, "error": words}, status)
        if status in (401, 403, 429):
            return JSONResponse({"error": words}, status)
        error = {"message": words, "type": "invalid_request_error", "param": param, "code": code}
        return JSONResponse({"error": error}, status)

    async def _models(self, _: Request) -> Response:
        """[L]"""
        live = [m.id for m in IMAGE_MODELS.values() if not (m.retired and self.today >= m.retired)] + [*VIDEO_MODELS]
        listed = [{"id": name, "object": "model", "created": 1_760_000_000, "owned_by": "xai"} for name in live]
        return JSONResponse({"object": "list", "data": listed})

    async def _api_key(self, _: Request) -> Response:
        """[L]"""
        flags = ("api_key_blocked", "api_key_disabled", "team_blocked")
        return JSONResponse({"name": "fake"} | {flag: flag in self.bars for flag in flags})

    @contextmanager
    def _saying_no(self, submit: Submit) -> Iterator[None]:
        """Only JSON goes in [C], and a No out of the rules becomes the answer it is."""
        if submit.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Refusal(self.error(415, "Expected request with `Content-Type: application/json`."))
        if not submit.body:
            raise Refusal(self.error(400, "Failed to parse the request body as JSON."))
        try:
            yield
        except No as no:
            raise Refusal(self.error(no.status, str(no))) from None

    def _fetch(self, url: str) -> bytes | None:
        """A result of ours may be an input [L]; what lies elsewhere is believed."""
        if url.startswith(f"{self.files_url}/"):
            result = self.results.get(url.removeprefix(self.files_url))
            if result is None or self.now() >= result.expires_at:
                raise No(f"Failed to fetch {url}.")  # [P] a failed fetch fails the request
            return result.make()
        if not url.startswith("https://"):
            raise No("A URL must be https, or a data URI.")
        return None

    def _moderation(self, fault: Fault | None) -> None:
        if fault and fault.kind == "moderated" and fault.name == "refused":  # [L]
            raise Refusal(self.error(400, "The prompt violates our content policy."))

    # Pictures

    async def _generate_image(self, submit: Submit) -> Response:
        with self._saying_no(submit):
            return self._deliver(check_image(read(ImageGeneration, submit.body), self.today))

    async def _edit_image(self, submit: Submit) -> Response:
        with self._saying_no(submit):
            return self._deliver(check_image_edit(read(ImageEdit, submit.body), self.today, self._fetch))

    def _deliver(self, order: ImageOrder) -> Response:
        fault = self.strike("submit")
        self._moderation(fault)
        usage = {"cost_in_usd_ticks": ticks(order.usd * order.asked.n + order.usd_inputs)}
        match (fault.kind, fault.name) if fault else None:
            case None | ("expired", _):
                return JSONResponse({"data": self._pictures(order, gone=bool(fault)), "usage": usage})
            case ("empty", _):
                return JSONResponse({"data": [], "usage": usage})
            case ("moderated", _):
                return JSONResponse({"data": [_BLOCKED] * order.asked.n, "usage": usage})  # charged all the same [L]
            case ("variant", "some_blocked"):
                return JSONResponse({"data": [*self._pictures(order)[:-1], _BLOCKED], "usage": usage})
            case ("variant", "prefixed"):
                return JSONResponse({"data": self._pictures(order, prefix="data:image/jpeg;base64,"), "usage": usage})
            case ("variant", "bare"):
                kept = [{k: v for k, v in item.items() if k in ("url", "b64_json")} for item in self._pictures(order)]
                return JSONResponse({"data": kept})
            case ("never_ending", _):
                raise Broken("stall")
        assert fault
        raise self.unknown_fault(fault)

    def _pictures(self, order: ImageOrder, *, prefix: str = "", gone: bool = False) -> list[dict[str, Any]]:
        items = []
        for index in range(order.asked.n):
            colour = media.tint(order.asked.prompt, index)
            make = partial(media.picture, order.width, order.height, "jpeg", colour)
            item: dict[str, Any] = {"mime_type": "image/jpeg", "revised_prompt": "", "respect_moderation": True}
            if order.asked.response_format == "b64_json":
                item["b64_json"] = prefix + pybase64.b64encode(make()).decode()
            else:
                ttl_s = 0 if gone else self.url_ttl_s
                item["url"] = self.publish(f"{uuid.uuid4()}/image.jpg", make, "image/jpeg", ttl_s=ttl_s)
            if storage := order.asked.storage_options:
                stored = self.publish(f"{uuid.uuid4()}/{storage.filename}", make, "image/jpeg", ttl_s=self.url_ttl_s)
                item["file_output"] = _file_output(storage, stored)
            items.append(item)
        return items

    # Films

    async def _generate_video(self, submit: Submit) -> Response:
        with self._saying_no(submit):
            return self._begin(check_video(read(VideoGeneration, submit.body), self._fetch))

    async def _edit_video(self, submit: Submit) -> Response:
        with self._saying_no(submit):
            return self._begin(check_edit(read(VideoEdit, submit.body), self._fetch))

    async def _extend_video(self, submit: Submit) -> Response:
        with self._saying_no(submit):
            return self._begin(check_extension(read(VideoExtension, submit.body), self._fetch))

    def _begin(self, order: VideoOrder) -> Response:
        fault = self.strike("submit")
        self._moderation(fault)
        if fault and fault.kind == "empty":
            return JSONResponse({}, self.submit_status)
        if fault and not _is_fate(fault):
            raise self.unknown_fault(fault)
        film = Film(id=str(uuid.uuid4()), order=order, born=self.now(), fate=fault)
        self.films[film.id] = film
        return JSONResponse({"request_id": film.id}, self.submit_status)

    async def _poll(self, request: Request) -> Response:
        film = self.films.get(request.path_params["id"])
        if film is None:
            raise Refusal(self.error(404, "The requested video was not found."))
        fault = self.strike("poll")
        if fault:
            raise self.unknown_fault(fault)
        film.polls += 1
        if self._pending(film):
            progress = self._progress(film)
            return Response(status_code=202) if film.polls == 1 else JSONResponse(progress, 202)
        return JSONResponse(self._ending(film))

    def _pending(self, film: Film) -> bool:
        never = film.fate is not None and film.fate.kind == "never_ending"
        return never or film.polls <= self.film_polls or self.now() < film.born + self.film_delay

    def _progress(self, film: Film) -> dict[str, Any]:
        done = (self.now() - film.born) / self.film_delay if self.film_delay else film.polls / (self.film_polls + 1)
        return {"status": "pending", "progress": min(99, int(100 * done))}

    def _ending(self, film: Film) -> dict[str, Any]:
        fate = film.fate or Fault.ok()
        bill = {"usage": {"cost_in_usd_ticks": ticks(film.order.usd)}, "progress": 100}
        done = {"status": "done", "model": film.order.model}
        if fate.kind == "failed":
            return {"status": "failed", "error": {"code": fate.name, "message": fate.message}, "progress": 0}
        if fate.kind == "moderated":
            return done | {"video": {"url": "", "duration": 0, "respect_moderation": False}} | bill
        if not film.url:
            self._render(film)
        if fate.kind == "expired" or self.now() >= film.url_dies_at:
            return {"status": "expired"}
        video: dict[str, Any] = {"url": film.url, "duration": _number(film.order.seconds), "respect_moderation": True}
        if film.order.storage:
            video["file_output"] = _file_output(film.order.storage, film.url)
        match fate.name:
            case "no_status":
                return {"video": video, "model": done["model"]} | bill
            case "public_url":
                del video["url"]
                stored = _file_output(Storage(filename="film.mp4", public_url=True), film.url)
                return done | {"video": video | {"file_output": stored}} | bill
            case "no_usage":
                return done | {"video": video}
        return done | {"video": video} | bill

    def _render(self, film: Film) -> None:
        order, colour = film.order, media.tint(film.order.prompt)
        make = partial(media.film, order.width, order.height, order.seconds, colour, audio=order.audio)
        # The URL's life began when the film was ready, not when somebody first asked.
        film.url_dies_at = film.born + self.film_delay + self.url_ttl_s
        film.url = self.publish(f"{film.id}/video.mp4", make, "video/mp4", ttl_s=film.url_dies_at - self.now())


_BLOCKED = {"url": None, "b64_json": None, "mime_type": "image/jpeg", "respect_moderation": False}


def _number(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else seconds


def _is_fate(fault: Fault) -> bool:
    if fault.kind == "variant":
        return fault.name in ("no_status", "public_url", "no_usage")
    return fault.kind in ("moderated", "never_ending", "expired", "failed")


def _file_output(storage: Storage, url: str) -> dict[str, Any]:
    """[P] the keys; times are numbers."""
    expires = time.time() + storage.expires_after if storage.expires_after else None
    public = {"public_url": url, "public_url_expires_at": None} if storage.public_url else {}
    return {"file_id": f"file_{uuid.uuid4()}", "filename": storage.filename, "expires_at": expires} | public
