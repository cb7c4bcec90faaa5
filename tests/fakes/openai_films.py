"""The Videos API of OpenAI, which ended on 2026-09-24: here for gateways that kept it. Rules in `openai_film_rules.py`.

Facts from openai==3.51.0 and openai/openai-openapi:openapi.yaml at f85dbe2.
"""

import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.base import Fault, Submit
from tests.fakes.openai_film_rules import (
    FILM_MODELS,
    Extension,
    FilmOrder,
    Remix,
    check_film,
    read_create,
    read_page,
)
from tests.fakes.openai_rules import No, read
from tests.fakes.openai_speech import Speech

FILM_FAILURES = ("video_generation_failed", "internal_error")  # codes of failed films are [U]
_T = TypeVar("_T")


@dataclass(kw_only=True)
class Film:
    """One film under way. `fate` is the fault that decides how it ends; None: well."""

    id: str
    order: FilmOrder
    born: float
    created: int
    fate: str = ""
    error: dict[str, str] | None = None
    remix_of: str | None = None
    polls: int = 0


class Films(Speech):
    """`videos` opens the API; a film is queued at first, and its content lives `content_ttl_s` of `now`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.videos = False
        self.poll_after_ms: int | None = None  # told on every retrieve by `openai-poll-after-ms`
        self.content_ttl_s = 86_400.0  # [az] a sample
        self.films: dict[str, Film] = {}

    def film_routes(self) -> list[Route]:
        return [
            self.submit_route(f"{self.root}/videos", "video", self._if_alive(self._create)),
            self.get_route(f"{self.root}/videos", self._if_alive(self._list)),
            self.submit_route(f"{self.root}/videos/extensions", "video", self._if_alive(self._extend)),
            self.submit_route(f"{self.root}/videos/{{id}}/remix", "video", self._if_alive(self._remix)),
            self.get_route(f"{self.root}/videos/{{id}}/content", self._content),
            self.get_route(f"{self.root}/videos/{{id}}", self._if_alive(self._retrieve), poll=True),
            Route(f"{self.root}/videos/{{id}}", self._delete, methods=["DELETE"]),
        ]

    def film_sizes(self, model: str) -> frozenset[str]:
        """Which sizes this model makes. Raises No."""
        if model not in FILM_MODELS:
            words = f"The model `{model}` does not exist or you do not have access to it."
            raise No(words, None, code="model_not_found", status=404)
        return FILM_MODELS[model]

    def _if_alive(self, handle: Callable[[_T], Awaitable[Response]]) -> Callable[[_T], Awaitable[Response]]:
        async def served(what: _T) -> Response:
            with self.saying_no():
                if not self.videos:  # how the live service words it is [U]
                    raise No("The Videos API was shut down on September 24, 2026.", None, code=None, status=404)
                return await handle(what)

        return served

    # Making

    async def _create(self, submit: Submit) -> Response:
        form = self.media_type(submit, "application/json", "multipart/form-data") == "multipart/form-data"
        asked, reference = read_create(submit.body, form=form)
        return self._begin(check_film(asked, reference, self.film_sizes(asked.model)))

    async def _remix(self, submit: Submit) -> Response:
        self.media_type(submit, "application/json")
        source = self._film(submit.path.split("/")[-2])
        if self._status(source) != "completed":  # [U]
            raise No("Only a completed video can be remixed.", "video_id")
        order = replace(source.order, prompt=read(Remix, submit.body).prompt)
        return self._begin(order, remix_of=source.id)

    async def _extend(self, submit: Submit) -> Response:
        self.media_type(submit, "application/json")
        asked = read(Extension, submit.body)
        source = self._film(asked.video.id)
        if self._status(source) != "completed":  # [U]
            raise No("Only a completed video can be extended.", "video")
        whole = int(source.order.seconds) + int(asked.seconds)  # [spec] the stitched total
        return self._begin(replace(source.order, prompt=asked.prompt, seconds=str(whole)))

    def _begin(self, order: FilmOrder, remix_of: str | None = None) -> Response:
        fault = self.strike("submit") or Fault.ok()
        film = Film(id=f"video_{uuid.uuid4().hex}", order=order, born=self.now(), created=int(time.time()))
        film.fate, film.remix_of = fault.kind, remix_of
        match fault.kind:
            case "moderated" if fault.name != "output":
                return self.moderated(fault.name)
            case "moderated":
                film.error = {"code": "moderation_blocked", "message": self.blocked}
            case "failed":
                film.error = {"code": fault.name, "message": fault.message}
            case "empty":
                return JSONResponse({})
            case "ok" | "never_ending" | "expired":
                pass
            case _:
                raise self.unknown_fault(fault)
        self.films[film.id] = film
        return JSONResponse(self._told(film, "queued"))

    # Watching

    async def _retrieve(self, request: Request) -> Response:
        film = self._film(request.path_params["id"])
        fault = self.strike("poll")
        if fault:
            raise self.unknown_fault(fault)
        film.polls += 1
        headers = {} if self.poll_after_ms is None else {"openai-poll-after-ms": str(self.poll_after_ms)}
        return JSONResponse(self._told(film), headers=headers)

    async def _list(self, request: Request) -> Response:
        page = read_page(request.query_params)
        films = [*self.films.values()]  # in the order they were made
        if page.order == "desc":
            films.reverse()
        if page.after is not None:
            films = films[films.index(self._film(page.after)) + 1 :]
        shown = [self._told(film) for film in films[: page.limit]]
        first, last = (shown[0]["id"], shown[-1]["id"]) if shown else (None, None)
        more = len(films) > page.limit
        return JSONResponse({"object": "list", "data": shown, "first_id": first, "last_id": last, "has_more": more})

    async def _delete(self, request: Request) -> Response:
        self.check_key(request.headers)
        return await self._if_alive(self._forget)(request)

    async def _forget(self, request: Request) -> Response:
        film = self._film(request.path_params["id"])
        if self._status(film) not in ("completed", "failed"):  # [sdk]; the refusal is [U]
            raise No("Only completed or failed videos can be deleted.", "video_id")
        del self.films[film.id]
        return JSONResponse({"id": film.id, "object": "video.deleted", "deleted": True})

    # Its bytes

    async def _content(self, request: Request) -> Response:
        path = f"{self.prefix}{self.root}/videos/{request.path_params['id']}/content"
        return await self.fetched(path, dict(request.headers), self._if_alive(self._bytes)(request))

    async def _bytes(self, request: Request) -> Response:
        film = self._film(request.path_params["id"])
        if self._status(film) != "completed":  # [U]
            raise No(
                "Video is not ready yet, use GET /v1/videos/{video_id} to check status.", None, code=None, status=404
            )
        if film.fate == "expired" or self.now() >= film.born + self.content_ttl_s:  # [U]
            raise No("The content of this video has expired.", None, code=None, status=404)
        fault = self.strike("download")
        if fault:
            raise self.unknown_fault(fault)
        colour, edges = media.tint(film.order.prompt), film.order.edges
        makers: dict[str, tuple[str, Callable[[], bytes]]] = {
            "video": ("video/mp4", partial(media.film, *edges, int(film.order.seconds), colour)),
            "thumbnail": ("image/webp", partial(media.picture, *edges, "webp", colour)),
            "spritesheet": ("image/jpeg", partial(media.picture, *edges, "jpeg", colour)),  # the type [U]
        }
        variant = request.query_params.get("variant", "video")
        if variant not in makers:
            raise No(f"Invalid value: '{variant}'. Supported values are: {', '.join(makers)}.", "variant")
        mime, make = makers[variant]
        return Response(await anyio.to_thread.run_sync(make), media_type=mime)

    # Inside

    def _film(self, name: str) -> Film:
        if name not in self.films:
            raise No(f"Video with id '{name}' not found.", None, code=None, status=404)
        return self.films[name]

    def _status(self, film: Film) -> str:
        unasked = self.film_polls > 0 and film.polls <= self.film_polls
        waiting = unasked or self.now() < film.born + self.film_delay
        if waiting or film.fate == "never_ending":
            return "queued" if film.polls < 2 else "in_progress"
        return "failed" if film.error else "completed"

    def _progress(self, film: Film, status: str) -> int:
        if status != "in_progress":
            return 100 if status == "completed" else 0
        done = (self.now() - film.born) / self.film_delay if self.film_delay else film.polls / (self.film_polls + 1)
        return min(99, int(100 * done))

    def _told(self, film: Film, status: str | None = None) -> dict[str, Any]:
        """[spec] every key is there, some are null."""
        status = status or self._status(film)
        made = status == "completed"
        ttl_s = 0 if film.fate == "expired" else self.content_ttl_s
        return {
            "id": film.id,
            "object": "video",
            "model": film.order.model,
            "status": status,
            "progress": self._progress(film, status),
            "created_at": film.created,
            "completed_at": film.created + int(self.film_delay) if made else None,
            "expires_at": film.created + int(ttl_s) if made else None,
            "prompt": film.order.prompt,
            "size": film.order.size,
            "seconds": film.order.seconds,
            "remixed_from_video_id": film.remix_of,
            "error": film.error if status == "failed" else None,
        }
