"""Films by Interactions: created, asked about, cancelled and deleted. Rules in `google_omni_rules.py`."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pybase64
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.base import Broken, Fault, Refusal, Submit
from tests.fakes.google_models import OMNI_MODELS, Door
from tests.fakes.google_omni_rules import CreateInteraction, FilmOrder, check_film
from tests.fakes.google_rules import No, read

if TYPE_CHECKING:
    from tests.fakes.google import Google

QUERY = {"stream", "include_input"}  # [W] stream=false always stands there; the other [S]
VARIANTS = ("bare", "strange_step", "no_mime", "queued")
STATUSES = ("incomplete", "budget_exceeded", "requires_action", "cancelled")  # [S] ends without a film


@dataclass(kw_only=True)
class Film:
    """One film under way. `fate` is the fault that decides how it ends; None: well."""

    id: str
    order: FilmOrder
    door: Door
    born: float
    created: str
    fate: Fault | None
    polls: int = 0
    cancelled: bool = False
    output: dict[str, Any] | None = None


class Interactions:
    """All interactions that are kept, by id."""

    def __init__(self, fake: "Google") -> None:
        self._fake = fake
        self.films: dict[str, Film] = {}

    def routes(self) -> list[Route]:
        found = []
        for path, door in self._fake.doors():
            handle = partial(self._create, door)
            found += [
                self._fake.submit_route(f"{path}/interactions", "video", handle),
                self._fake.get_route(f"{path}/interactions/{{id}}", self._poll, poll=True),
                self._fake.plain_route("DELETE", f"{path}/interactions/{{id}}", self._delete),
                self._fake.plain_route("POST", f"{path}/interactions/{{id}}/cancel", self._cancel),
            ]
        return found

    async def _create(self, door: Door, submit: Submit) -> Response:
        self._fake.require_json(submit)
        try:
            order = await anyio.to_thread.run_sync(self._read, submit, door)
        except No as no:
            raise Refusal(self._fake.error(no.status, str(no), code=no.code)) from None
        fault = self._fake.strike("submit")
        if fault and (fault.kind, fault.name) == ("moderated", "refused"):  # [U]
            raise Refusal(self._fake.error(400, "The input was blocked by our safety filters."))
        if fault and fault.kind == "empty":
            return JSONResponse({})
        if fault and not _is_fate(fault):
            raise self._fake.unknown_fault(fault)
        film = Film(
            id=f"v1_{uuid.uuid4().hex}",
            order=order,
            door=door,
            born=self._fake.now(),
            created=_timestamp(),
            fate=fault,
        )
        if order.asked.store:
            self.films[film.id] = film
        if order.asked.background:
            return JSONResponse(self._head(film, "in_progress"))
        if fault and fault.kind == "never_ending":
            raise Broken("stall")
        answer = await self._ending(film)
        return JSONResponse(answer if order.asked.store else {k: v for k, v in answer.items() if k != "id"})

    def _read(self, submit: Submit, door: Door) -> FilmOrder:
        asked = read(CreateInteraction, submit.body)
        model = self._fake.living(OMNI_MODELS, asked.model, door)
        if door == "vertex" and "/projects/" in submit.path and "/locations/global/" not in submit.path:  # [L]
            raise No(f"{model.id} is only served in the location global.")
        return check_film(asked, model, door, partial(self._fake.files_api.read, door), self._earlier)

    def _earlier(self, ident: str) -> float:
        film = self.films.get(ident)
        if film is None or film.output is None:
            raise No(f"Interaction {ident} not found, or it holds no video.", 404)
        return film.order.seconds

    def _find(self, request: Request) -> Film:
        film = self.films.get(request.path_params["id"])
        if film is None:
            raise Refusal(self._fake.error(404, _UNKNOWN))
        return film

    async def _poll(self, request: Request) -> Response:
        query = request.query_params
        if set(query) - QUERY or query.get("stream", "false") != "false":
            raise Refusal(self._fake.error(400, f"Unknown parameter: {query}.", code="parameter_unknown"))
        film = self._find(request)
        fault = self._fake.strike("poll")
        if fault:
            raise self._fake.unknown_fault(fault)
        film.polls += 1
        if film.cancelled:
            return JSONResponse(self._head(film, "cancelled"))
        if self._pending(film):
            queued = film.fate is not None and film.fate.name == "queued"
            return JSONResponse(self._head(film, "queued" if queued else "in_progress"))
        if film.fate and film.fate.kind == "expired" and film.order.asked.format.delivery == "inline":
            raise Refusal(self._fake.error(404, _UNKNOWN))  # [U] how long interactions are kept
        return JSONResponse(await self._ending(film))

    async def _cancel(self, request: Request) -> Response:
        """[W] the path; that an ended one stays as it is is [U]."""
        film = self._find(request)
        if film.output is None:
            film.cancelled = True
            return JSONResponse(self._head(film, "cancelled"))
        return JSONResponse(await self._ending(film))

    async def _delete(self, request: Request) -> Response:
        del self.films[self._find(request).id]
        return JSONResponse({})

    def _pending(self, film: Film) -> bool:
        never = film.fate is not None and film.fate.kind == "never_ending"
        return never or film.polls <= self._fake.film_polls or self._fake.now() < film.born + self._fake.film_delay

    def _head(self, film: Film, status: str) -> dict[str, Any]:
        return {"id": film.id, "status": status, "model": film.order.asked.model, "created": film.created}

    async def _ending(self, film: Film) -> dict[str, Any]:
        fate = film.fate or Fault.ok()
        done = self._head(film, "completed") | {"updated": _timestamp()}
        match (fate.kind, fate.name):
            case ("failed" | "moderated" as kind, "step"):
                error = {"code": 3 if kind == "moderated" else 13, "message": fate.message or _BLOCKED}
                return done | {"steps": [{"type": "model_output", "error": error}], "usage": _usage(film, 0)}
            case ("failed", code):
                return done | {"status": "failed", "errors": [{"code": code, "message": fate.message}]}
            case ("moderated", "failed"):  # [U] the code
                return done | {"status": "failed", "errors": [{"code": "invalid_request", "message": _BLOCKED}]}
            case ("moderated", _):  # [L] completed, and no video
                return done | {"steps": [_THOUGHT], "usage": _usage(film, 0)}
            case ("variant", name) if name in STATUSES:
                return done | {"status": name}
        if film.output is None:
            film.output = await anyio.to_thread.run_sync(self._output, film)
        return _shaped(fate.name, done, film.output, _usage(film, film.order.tokens))

    def _output(self, film: Film) -> dict[str, Any]:
        make = _maker(film.order)
        wanted = film.order.asked.format
        block: dict[str, Any] = {"type": "video", "mime_type": "video/mp4"}
        if wanted.delivery == "inline":
            return block | {"data": pybase64.b64encode(make()).decode()}
        if wanted.gcs_uri:
            uri = f"{wanted.gcs_uri.rstrip('/')}/{film.id}.mp4"
            self._fake.bucket[uri] = make
            return block | {"uri": uri}
        gone = film.fate is not None and film.fate.kind == "expired"
        return block | {"uri": self._fake.files_api.keep(make, "video/mp4", gone=gone)}


_UNKNOWN = "Requested interaction was not found."
_THOUGHT = {"type": "thought", "signature": "c2ln"}
_BLOCKED = "The video could not be made because it might violate our policies. Support codes: 64151117"


def _maker(order: FilmOrder) -> Callable[[], bytes]:
    return partial(media.film, order.width, order.height, order.seconds, media.tint(order.asked.prompt))


def _is_fate(fault: Fault) -> bool:
    if fault.kind == "variant":
        return fault.name in VARIANTS + STATUSES
    if fault.kind == "moderated":
        return fault.name in ("", "failed", "step")
    return fault.kind in ("never_ending", "expired", "failed")


def _shaped(name: str, done: dict[str, Any], block: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
    if name == "no_mime":
        block = {key: value for key, value in block.items() if key != "mime_type"}
    steps = [_THOUGHT, {"type": "model_output", "content": [block]}]
    if name == "bare":
        return {"id": done["id"], "status": "completed", "steps": steps[1:]}
    if name == "strange_step":
        steps = [{"type": "storyboard_draft", "panels": 4}, *steps]
    return done | {"steps": steps, "usage": usage}


def _usage(film: Film, tokens: int) -> dict[str, Any]:
    told = -(-len(film.order.asked.prompt) // 4)
    split = [{"modality": "video", "tokens": tokens}] if tokens else []
    return {
        "total_input_tokens": told,
        "total_output_tokens": tokens,
        "total_tokens": told + tokens,
        "output_tokens_by_modality": split,
    }


def _timestamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
