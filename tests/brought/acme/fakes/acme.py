"""Acme as of 2026-11-20 (acme-sdk==4.2.0): it refuses what Acme refuses, and makes tiny pictures and films."""

from base64 import b64encode
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.base import Broken, Fake, Fault, Refusal, Submit

Order = TypeVar("Order", bound=BaseModel)
FILM_ONLY = ("poll_server_error", "expired", "download_gone", "failed")
OUTCOMES: dict[str, list[Fault]] = {
    "ok": [],
    "refused": [Fault.refused()],
    "moderated": [Fault.moderated()],
    "busy": [Fault.status(429, headers={"retry-after": "2"})],
    "server_error": [Fault.status(500)],
    "dropped": [Fault.drop()],
    "garbage": [Fault.garbage()],
    "empty": [Fault.empty()],
    "never_ending": [Fault.never_ending()],
    "poll_server_error": [Fault.status(502, on="poll")],
    "expired": [Fault.expired()],
    "download_gone": [Fault.status(404, on="download")],
    "failed": [Fault.failed("paint_dried")],
}


class PictureOrder(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: Literal["acme-picture-2"]
    prompt: str = Field(min_length=1, max_length=4000)
    size: Literal["1024x1024", "1536x1024"]
    brush: Literal["ink", "oil"] = "ink"


class FilmOrder(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: Literal["acme-film-1"]
    prompt: str = Field(min_length=1, max_length=4000)
    size: Literal["1280x720", "720x1280"]
    seconds: Literal[4, 8]


@dataclass(kw_only=True)
class Film:
    """A film under way. `fate` decides how it ends; "ok" is well."""

    order: FilmOrder
    born: float
    fate: str
    polls: int = 0


class Acme(Fake):
    vendor = "acme"
    env = "ACME_BASE_URL"
    host = "acme.fake"
    prefix = "/v2"
    film_only = frozenset(FILM_ONLY)
    outcomes = OUTCOMES

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.films: dict[str, Film] = {}

    def routes(self) -> list[Route]:
        return [
            self.submit_route("/pictures", "image", self._paint),
            self.submit_route("/films", "video", self._begin),
            self.get_route("/films/{id}", self._look, poll=True),
            self.get_route("/account", self._account),
        ]

    def error(self, status: int, message: str = "", *, code: str | None = None, param: str | None = None) -> Response:
        return JSONResponse({"error": {"code": code or "no", "message": message or f"Acme says {status}."}}, status)

    async def _account(self, _: Request) -> Response:
        return JSONResponse({"name": "fake"})

    async def _paint(self, submit: Submit) -> Response:
        order = self._read(PictureOrder, submit)
        match self._fate():
            case "never_ending":
                raise Broken("stall")
            case "empty":
                return JSONResponse({})
        width, height = map(int, order.size.split("x"))
        return JSONResponse({"png": b64encode(media.picture(width, height, colour=media.tint(order.prompt))).decode()})

    async def _begin(self, submit: Submit) -> Response:
        order = self._read(FilmOrder, submit)
        fate = self._fate()
        if fate == "empty":
            return JSONResponse({})
        name = f"film-{len(self.films)}"
        self.films[name] = Film(order=order, born=self.now(), fate=fate)
        return JSONResponse({"id": name, "state": "waiting"}, 202)

    async def _look(self, request: Request) -> Response:
        name = request.path_params["id"]
        if name not in self.films:
            raise Refusal(self.error(404, f"There is no film {name}."))
        self.strike("poll")
        film = self.films[name]
        film.polls += 1
        return JSONResponse({"id": name, **self._state(name, film)})

    def _state(self, name: str, film: Film) -> dict[str, Any]:
        early = film.polls <= self.film_polls or self.now() < film.born + self.film_delay
        match film.fate:
            case fate if early or fate == "never_ending":
                return {"state": "painting"}
            case "failed":
                return {"state": "failed", "error": {"code": "paint_dried", "message": "The paint has dried."}}
            case "expired":
                return {"state": "expired"}
        width, height = map(int, film.order.size.split("x"))
        make = partial(media.film, width, height, film.order.seconds, media.tint(film.order.prompt))
        return {"state": "done", "url": self.publish(f"{name}.mp4", make, "video/mp4", ttl_s=3600)}

    def _fate(self) -> str:
        """What a scripted fault means for this order; moderation is told here."""
        fault = self.strike("submit")
        if fault is not None and fault.kind == "moderated":
            raise Refusal(self.error(400, "Acme does not paint that.", code="moderated"))
        return "ok" if fault is None else fault.kind

    def _read(self, schema: type[Order], submit: Submit) -> Order:
        try:
            return schema.model_validate(submit.body)
        except ValidationError as error:
            raise Refusal(self.error(422, str(error), code="bad_order")) from None
