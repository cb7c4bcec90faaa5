"""xAI's Grok Imagine: pictures, answered at once, and films, asked for and then asked about.

Wire facts from xai-sdk==1.21.0, xai-org/xai-proto:proto/xai/api/v1, @ai-sdk/xai==5.0.12 and the pages of docs.x.ai.
Checked 2026-11-20.
"""

import re
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

import pybase64
from pydantic import BaseModel, Field

from diorama.errors import ConfigurationError, UnsupportedError
from diorama.providers.base import (
    EXTRA,
    Blocked,
    CallFacts,
    Complaint,
    Done,
    Inline,
    Inputs,
    Lost,
    OnPartial,
    Output,
    Pending,
    Prepared,
    Provider,
    Ref,
    Refused,
    Remote,
    UnknownFate,
    words,
)
from diorama.schemas import Request

TICKS_PER_USD = 10**10
URL_LIVES_S = 24 * 3600
IMAGES, VIDEOS = "/images/generations", "/videos/generations"
MODERATION = re.compile(r"moderat|content[ _-]?polic|usage polic", re.IGNORECASE)
WITHHELD = Blocked(reason="xAI's moderation withheld it.")


class XAI(Provider):
    vendor = "xai"

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        film = request.kind == "video"
        usable = {"first_frame"} if film else set()
        if unusable := sorted({given.role for given in inputs} - usable):
            raise UnsupportedError(f"xai:{call.model} cannot start from a {' or '.join(unusable)} here.")
        body = _film_body(request, inputs) if film else _picture_body(request)
        body = {**request.options, "model": call.model, "prompt": request.prompt, **body}
        given = {name: value for name, value in body.items() if value is not None}
        return Prepared(method="POST", path=VIDEOS if film else IMAGES, json=given)

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        reply = await self.wire.send(prepared)
        if prepared.path == VIDEOS:
            return Pending(ref={"id": reply.parse(_Receipt).request_id})
        answer = reply.parse(_Answer)
        outputs = tuple(_output(picture) for picture in answer.data)
        if not any(isinstance(output, Inline | Remote | Blocked) for output in outputs):
            raise reply.unreadable("without a picture")
        return Done(outputs=outputs, cost_usd=_cost(answer.usage))

    async def check(self, ref: Ref) -> Done | Pending:
        reply = await self.wire.get(f"/videos/{quote(ref['id'], safe='')}")
        try:
            film = reply.parse(_Film)
        except UnknownFate:
            if reply.status == 202:  # while it works, the body may be empty or cut off
                return Pending(ref=ref)
            raise
        video, cost = film.video or _Video(), _cost(film.usage)
        if video.respect_moderation is False:  # whatever the status says
            return Done(outputs=(WITHHELD,), cost_usd=cost)
        match film.status:
            case "failed":
                raise self.wire.failure(self._why(film.error))
            case "expired":
                return Done(outputs=(Lost(reason="xAI made the film and no longer keeps it."),), cost_usd=cost)
            case "done" | None if address := video.address:
                made = Remote(url=address, expires_s=URL_LIVES_S, vendor_ref=ref | {"model": film.model})
                return Done(outputs=(made,), cost_usd=cost)
            case "done":
                raise reply.unreadable("that the film is done, but not where it is")
        return Pending(ref=ref, progress=None if film.progress is None else min(max(film.progress / 100, 0), 1))

    async def probe(self) -> str:
        """Asks about the key itself: free, and it says more than a list of models would."""
        key = (await self.wire.get("/api-key")).parse(_Key)
        barred = [word for word, is_so in key.model_dump().items() if is_so]
        if barred:
            raise Refused(ConfigurationError(f"xAI knows the key and bars it: {', '.join(barred)}."))
        return "knows the key"

    @classmethod
    def explain(cls, status: int, body: Any) -> Complaint:
        """Three shapes: an `error` object, an `error` sentence, and one with a `code` beside it."""
        said = super().explain(status, body)
        beside = words(body.get("code")) if isinstance(body, dict) else ""
        return replace(
            said,
            code=said.code or beside or None,
            moderated=MODERATION.search(said.message) is not None,
            key_rejected="api key" in said.message.lower(),  # a wrong key was answered with 400, too
        )

    def _why(self, error: Any) -> Complaint:
        """Only a film refused as `invalid_argument` can have been refused by moderation."""
        said = self.explain(200, {"error": error})
        return replace(said, moderated=said.moderated and said.code == "invalid_argument", key_rejected=False)


def _picture_body(request: Request) -> dict[str, Any]:
    return {
        "n": request.n,
        "response_format": "b64_json",  # the addresses are short-lived and pick their readers
        "aspect_ratio": request.aspect_ratio,
        "resolution": request.resolution,
        "quality": request.quality,
    }


def _film_body(request: Request, inputs: Inputs) -> dict[str, Any]:
    first = next((given for given in inputs if given.role == "first_frame"), None)
    return {
        "duration": None if request.seconds is None else int(request.seconds),
        "resolution": request.resolution,
        # With a first frame the film has its shape; one source says that a ratio stretches it.
        "aspect_ratio": None if first else request.aspect_ratio,
        "image": first and {"url": f"data:{first.mime};base64,{pybase64.b64encode(first.data).decode('ascii')}"},
        "generate_audio": request.audio,
    }


class _Key(BaseModel):
    """What bars a key from use. Seen in answers; no document lists them."""

    api_key_blocked: bool = False
    api_key_disabled: bool = False
    team_blocked: bool = False


class _Usage(BaseModel):
    cost_in_usd_ticks: int = Field(ge=0)


class _Picture(BaseModel):
    b64_json: str | None = None
    url: str | None = None
    respect_moderation: bool | None = None


class _Answer(BaseModel):
    data: list[_Picture]
    usage: Annotated[_Usage | None, EXTRA] = None


class _Receipt(BaseModel):
    request_id: str = Field(min_length=1)


class _Stored(BaseModel):
    public_url: str | None = None


class _Video(BaseModel):
    url: str | None = None
    respect_moderation: bool | None = None
    file_output: Annotated[_Stored | None, EXTRA] = None

    @property
    def address(self) -> str | None:
        return self.url or (self.file_output.public_url if self.file_output else None)


class _Film(BaseModel):
    status: Annotated[str | None, EXTRA] = None
    video: _Video | None = None
    model: Annotated[str | None, EXTRA] = None
    progress: Annotated[float | None, Field(allow_inf_nan=False), EXTRA] = None
    usage: Annotated[_Usage | None, EXTRA] = None
    error: Any = None


def _output(picture: _Picture) -> Output:
    if picture.respect_moderation is False:
        return WITHHELD
    if picture.url and not picture.b64_json:
        return Remote(url=picture.url, expires_s=URL_LIVES_S)
    text = picture.b64_json or ""
    if text.startswith("data:"):  # the same field carries one in the vendor's gRPC answers
        text = text.partition(",")[2]
    with suppress(ValueError):
        if data := pybase64.b64decode(text, validate=True):
            return Inline(data=data)
    return Lost(reason="xAI's answer held a picture that cannot be read.")


def _cost(usage: _Usage | None) -> Decimal | None:
    return Decimal(usage.cost_in_usd_ticks) / TICKS_PER_USD if usage else None
