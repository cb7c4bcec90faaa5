"""Google, at two doors: the Gemini API, by key, and Vertex, by project, when GOOGLE_GENAI_USE_VERTEXAI says so.

Pictures by generateContent, films by Interactions; on Vertex also films by Veo and, formerly, pictures by Imagen. Wire
facts from google-genai==3.3.0 on a loopback server and the vendor's pages; each module of `googling` names its own.
Checked 2026-11-20.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from diorama.providers.base import (
    EXTRA,
    CallFacts,
    Complaint,
    Done,
    Held,
    Inline,
    Inputs,
    Keys,
    Lost,
    OnPartial,
    Pending,
    Prepared,
    Provider,
    Ref,
)
from diorama.providers.googling import decoded, gemini, imagen, omni, safety, veo
from diorama.providers.googling.doors import gemini_api, vertex
from diorama.providers.googling.tokens import Tokens
from diorama.providers.wire import Reply
from diorama.schemas import Request

if TYPE_CHECKING:
    from diorama.providers.wire import Wire

PROJECT = "GOOGLE_CLOUD_PROJECT"
FILMS_COME_S = 180.0
"""How long an answer may take that holds films: up to four, each of some tens of megabytes."""


class Google(Provider):
    vendor = "google"
    can_cancel = True

    def __init__(self, wire: "Wire | None" = None, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(wire, settings)
        self.door = gemini_api(self.settings)
        if PROJECT in self.wire.key_names:
            self.door = vertex(self.settings)
            self.wire.sign = Tokens(self.wire.plain, self.settings.get("GOOGLE_APPLICATION_CREDENTIALS")).sign

    @classmethod
    def authorize(cls, keys: Keys) -> dict[str, str]:
        """The key; on Vertex a token has to be fetched first."""
        if PROJECT in keys:
            return {}
        (key,) = keys.values()
        return {"x-goog-api-key": key.get_secret_value()}

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        path, body = self._asked(request, inputs, call.model)
        return Prepared(method="POST", path=path, json=body)

    def _asked(self, request: Request, inputs: Inputs, model: str) -> tuple[str, dict[str, Any]]:
        if model.startswith("veo"):
            return self.door.model(model, "predictLongRunning"), veo.body(request, inputs)
        if model.startswith("imagen"):
            return self.door.model(model, "predict"), imagen.body(request, inputs, model)
        if request.kind == "video":
            return self.door.interactions, omni.body(request, inputs, model, inline=self.door.is_vertex)
        return self.door.model(model, "generateContent"), gemini.body(request, inputs)

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        reply, body = await self.wire.send(prepared), prepared.json or {}
        where, _, verb = prepared.path.rpartition(":")
        match verb:
            case "generateContent":
                return gemini.read(reply)
            case "predict":
                return imagen.read(reply)
            case "predictLongRunning":
                name = reply.parse(_Started).name
                url, seconds = f"{where}:fetchPredictOperation", veo.seconds_of(body)
                return Pending(ref={"operation": name, "url": url, "seconds": seconds})
        name, task = reply.parse(_Receipt).id, body["generation_config"]["video_config"]["task"]
        return Pending(ref={"interaction": name, "url": f"{prepared.path}/{quote(name, safe='')}", "task": task})

    async def check(self, ref: Ref) -> Done | Pending:
        return await (self._check_operation(ref) if "operation" in ref else self._check_interaction(ref))

    async def _check_operation(self, ref: Ref) -> Done | Pending:
        asking = Prepared(method="POST", path=ref["url"], json={"operationName": ref["operation"]})
        reply = await self.wire.ask(asking, within_s=FILMS_COME_S)
        operation = reply.parse(veo.Operation)
        if operation.error:
            raise self.wire.failure(operation.complaint)
        return operation.read(reply, ref["seconds"]) if operation.done else Pending(ref=ref)

    async def _check_interaction(self, ref: Ref) -> Done | Pending:
        asking = Prepared(method="GET", path=f"{ref['url']}?stream=false")
        reply = await self.wire.ask(asking, within_s=FILMS_COME_S)
        film = reply.parse(omni.Interaction)
        if (block := film.film) is not None:
            return await self._made(film, block, ref, reply)
        if (complaint := film.complaint) is not None:
            raise self.wire.failure(complaint)
        if film.status == "completed":
            return Done(outputs=(omni.withheld(edited=ref.get("task") == "edit"),), usage=film.used)
        if film.status is None:
            raise self.wire.no_news(reply)
        return Pending(ref=ref)

    async def _made(self, film: omni.Interaction, block: omni.Block, ref: Ref, reply: Reply) -> Done | Pending:
        """A film that came along, or one that waits behind the key, where it may not be whole yet."""
        until = int(time.time()) + omni.KEPT_S
        own = {"interaction": ref["interaction"], "until": until, "vertex": self.door.is_vertex}
        if block.data:
            return Done(outputs=(Inline(data=decoded(block.data, reply), vendor_ref=own),), usage=film.used)
        named = omni.FILE.search(block.uri or "")
        if named is None or self.door.files is None:
            return Done(outputs=(Lost(reason="Google made it and does not say where it is."),), usage=film.used)
        file = f"{self.door.files}/{named[1]}"
        match (await self.wire.get(file)).parse(_File).state:
            case "PROCESSING":
                return Pending(ref=ref)
            case "FAILED":
                return Done(outputs=(Lost(reason="Google made it and could not keep it."),), usage=film.used)
        held = Held(path=f"{file}:download?alt=media", vendor_ref=own | {"file": named[1]})
        return Done(outputs=(held,), usage=film.used)

    async def cancel(self, ref: Ref) -> bool:
        """Interactions can be; operations cannot."""
        if "interaction" not in ref:
            return False
        reply = await self.wire.ask(Prepared(method="POST", path=f"{ref['url']}/cancel"))
        return reply.parse(omni.Interaction).status == "cancelled"

    def preview(self, prepared: Prepared) -> tuple[str, dict[str, str]]:
        url, headers = super().preview(prepared)
        return url, headers | ({"authorization": "Bearer [key]"} if self.door.is_vertex else {})

    async def probe(self) -> str:
        listed = (await self.wire.get(self.door.listing)).parse(_Listing)
        return f"lists {len(listed.models or listed.publisherModels)} models"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        return safety.explain(status, body)


class _Receipt(BaseModel):
    id: str = Field(min_length=1)


class _Started(BaseModel):
    name: str = Field(min_length=1)


class _File(BaseModel):
    state: Annotated[str | None, EXTRA] = None


class _Listing(BaseModel):
    models: list[Any] = []
    publisherModels: list[Any] = []  # noqa: N815 - as Vertex spells it
