"""Google: pictures by generateContent, films by Interactions, at two doors: the Gemini API, by key, and Vertex.

Wire facts from google-genai==3.3.0 on a loopback server and the pages of ai.google.dev; their places stand in the
modules of `googling`. Checked 2026-11-20.
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
from diorama.providers.googling import decoded, gemini, omni, safety
from diorama.providers.wire import Reply
from diorama.schemas import Request

if TYPE_CHECKING:
    from diorama.providers.wire import Wire


class Google(Provider):
    vendor = "google"
    can_cancel = True

    def __init__(self, wire: "Wire | None" = None, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(wire, settings)
        self.root = f"/{self.settings.get('GOOGLE_GENAI_API_VERSION', 'v1')}"

    @classmethod
    def authorize(cls, keys: Keys) -> dict[str, str]:
        (key,) = keys.values()
        return {"x-goog-api-key": key.get_secret_value()}

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        if request.kind == "video":
            body = omni.body(request, inputs, call.model, inline=False)
            return Prepared(method="POST", path=f"{self.root}/interactions", json=body)
        path = f"{self.root}/models/{quote(call.model, safe='')}:generateContent"
        return Prepared(method="POST", path=path, json=gemini.body(request, inputs))

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        reply = await self.wire.send(prepared)
        if prepared.path.endswith(":generateContent"):
            return gemini.read(reply)
        name = reply.parse(_Receipt).id
        task = (prepared.json or {})["generation_config"]["video_config"]["task"]
        return Pending(ref={"interaction": name, "url": f"{prepared.path}/{quote(name, safe='')}", "task": task})

    async def check(self, ref: Ref) -> Done | Pending:
        reply = await self.wire.get(f"{ref['url']}?stream=false")
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
        own = {"interaction": ref["interaction"], "until": int(time.time()) + omni.KEPT_S, "vertex": False}
        if block.data:
            return Done(outputs=(Inline(data=decoded(block.data, reply), vendor_ref=own),), usage=film.used)
        named = omni.FILE.search(block.uri or "")
        if named is None:
            return Done(outputs=(Lost(reason="Google made it and does not say where it is."),), usage=film.used)
        file = f"{self.root}/files/{named[1]}"
        match (await self.wire.get(file)).parse(_File).state:
            case "PROCESSING":
                return Pending(ref=ref)
            case "FAILED":
                return Done(outputs=(Lost(reason="Google made it and could not keep it."),), usage=film.used)
        held = Held(path=f"{file}:download?alt=media", vendor_ref=own | {"file": named[1]})
        return Done(outputs=(held,), usage=film.used)

    async def cancel(self, ref: Ref) -> bool:
        reply = await self.wire.ask(Prepared(method="POST", path=f"{ref['url']}/cancel"))
        return reply.parse(omni.Interaction).status == "cancelled"

    async def probe(self) -> str:
        listed = (await self.wire.get(f"{self.root}/models?pageSize=1000")).parse(_Models)
        return f"lists {len(listed.models)} models"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        return safety.explain(status, body)


class _Receipt(BaseModel):
    id: str = Field(min_length=1)


class _File(BaseModel):
    state: Annotated[str | None, EXTRA] = None


class _Models(BaseModel):
    models: list[Any] = []
