"""Acme: pictures, answered at once, and films, asked for and then asked about.

Wire facts from acme-sdk==4.2.0. Checked 2026-11-20.
"""

from typing import Any
from urllib.parse import quote

from pydantic import Base64Bytes, BaseModel

from diorama.providers.base import (
    CallFacts,
    Complaint,
    Done,
    Inline,
    Inputs,
    Lost,
    OnPartial,
    Pending,
    Prepared,
    Provider,
    Ref,
    Remote,
    words,
)
from diorama.schemas import Request

PICTURES, FILMS = "/pictures", "/films"
URL_LIVES_S = 3600


class Acme(Provider):
    vendor = "acme"

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        body = {"model": call.model, "prompt": request.prompt, "size": request.size, **request.options}
        if request.kind != "video":
            return Prepared(method="POST", path=PICTURES, json=body)
        return Prepared(method="POST", path=FILMS, json=body | {"seconds": int(request.seconds or 4)})

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        reply = await self.wire.send(prepared)
        if prepared.path == FILMS:
            return Pending(ref={"id": reply.parse(_Film).id})
        return Done(outputs=(Inline(data=reply.parse(_Picture).png),))

    async def check(self, ref: Ref) -> Done | Pending:
        reply = await self.wire.get(f"{FILMS}/{quote(ref['id'], safe='')}")
        film = reply.parse(_Film)
        match film.state:
            case "done" if film.url:
                return Done(outputs=(Remote(url=film.url, expires_s=URL_LIVES_S),))
            case "failed":
                raise self.wire.failure(self.explain(200, {"error": film.error}))
            case "expired":
                return Done(outputs=(Lost(reason="Acme made the film and no longer keeps it."),))
        return Pending(ref=ref)  # "waiting", "painting", and any word that is new

    async def probe(self) -> str:
        await self.wire.get("/account")
        return "knows the key"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        error = body.get("error") if isinstance(body, dict) else None
        said = error if isinstance(error, dict) else {}
        code = words(said.get("code"))
        return Complaint(message=words(said.get("message")), code=code or None, moderated=code == "moderated")


class _Picture(BaseModel):
    png: Base64Bytes


class _Film(BaseModel):
    id: str
    state: str
    url: str | None = None
    error: Any = None
