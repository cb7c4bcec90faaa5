"""xAI's Grok Imagine: pictures, answered at once, and films, asked for and then asked about.

Sources go in as data: addresses. A film of its own goes by its address, for as long as that lives.

Wire facts from xai-sdk==1.21.0, xai-org/xai-proto:proto/xai/api/v1, @ai-sdk/xai==5.0.12 and the pages of docs.x.ai.
Checked 2026-11-20.
"""

import re
import time
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

import pybase64
from pydantic import BaseModel, Field

from diorama.errors import ConfigurationError, UnsupportedError, ValidationError
from diorama.providers.base import (
    EXTRA,
    Blocked,
    CallFacts,
    Complaint,
    Done,
    Inline,
    InputBytes,
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
LAST_HOUR_S = 3600  # an address this old is not relied on: the vendor fetches it when the call's turn comes
LONGEST_EDIT_S = 8.75  # 8.7 by its documents; containers round
IMAGES, IMAGE_EDITS = "/images/generations", "/images/edits"
VIDEOS, VIDEO_EDITS, EXTENSIONS = "/videos/generations", "/videos/edits", "/videos/extensions"
EDIT = "edit"  # our option: change the film that goes in, instead of going on from it
ROLES = {"image": {"reference"}, "video": {"first_frame", "last_frame", "reference", "source"}}
MODERATION = re.compile(r"moderat|content[ _-]?polic|usage polic", re.IGNORECASE)
WITHHELD = Blocked(reason="xAI's moderation withheld it.")


class XAI(Provider):
    vendor = "xai"

    def prepare(self, request: Request, inputs: Inputs, call: CallFacts) -> Prepared:
        kind = request.kind or "image"
        if unusable := sorted({given.role for given in inputs} - ROLES[kind]):
            raise UnsupportedError(f"xai:{call.model} cannot start from a {' or '.join(unusable)} here.")
        path, body = _film(request, inputs, call.model) if kind == "video" else _picture(request, inputs)
        options = {name: value for name, value in request.options.items() if name != EDIT}
        body = {**options, "model": call.model, "prompt": request.prompt, **body}
        given = {name: value for name, value in body.items() if value is not None}
        return Prepared(method="POST", path=path, json=given)

    async def submit(self, prepared: Prepared, on_partial: OnPartial | None = None) -> Done | Pending:
        reply = await self.wire.send(prepared)
        if prepared.path.startswith("/videos/"):
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
                own = ref | {"model": film.model, "url": address, "url_until": int(time.time()) + URL_LIVES_S}
                made = Remote(url=address, expires_s=URL_LIVES_S, vendor_ref=own)
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


def _picture(request: Request, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = {
        "n": request.n,
        "response_format": "b64_json",  # the addresses are short-lived and pick their readers
        "aspect_ratio": request.aspect_ratio,
        "resolution": request.resolution,
        "quality": request.quality,
    }
    if not inputs:
        return IMAGES, body
    pictures = [{"url": _data_url(given), "type": "image_url"} for given in inputs]
    return IMAGE_EDITS, body | ({"image": pictures[0]} if len(pictures) == 1 else {"images": pictures})


def _film(request: Request, inputs: Inputs, model: str) -> tuple[str, dict[str, Any]]:
    seconds = None if request.seconds is None else int(request.seconds)
    of = {role: [given for given in inputs if given.role == role] for role in ROLES["video"]}
    if not of["source"]:
        return VIDEOS, _new_film(request, seconds, of)
    (film,) = of["source"]
    video = {"url": _living_url(film.vendor_ref) or _data_url(film)}
    if not request.options.get(EDIT):
        return EXTENSIONS, {"video": video, "duration": seconds}  # the seconds that are added
    if (film.seconds or 0) > LONGEST_EDIT_S:
        raise ValidationError(
            f"xai:{model} edits films of at most 8.7 s; this one lasts {film.seconds:g} s.",
            field="inputs",
            hint="Cut it, or leave the option edit out to have it extended.",
        )
    return VIDEO_EDITS, {"video": video}


def _new_film(request: Request, seconds: int | None, of: dict[str, list[InputBytes]]) -> dict[str, Any]:
    first, last = (next((_url(given) for given in of[role]), None) for role in ("first_frame", "last_frame"))
    return {
        "duration": seconds,
        "resolution": request.resolution,
        # With a first frame the film has its shape; one source says that a ratio stretches it.
        "aspect_ratio": None if first else request.aspect_ratio,
        "image": first,
        "last_frame": last,
        "reference_images": [_url(given) for given in of["reference"]] or None,
        "generate_audio": request.audio,
    }


def _url(given: InputBytes) -> dict[str, str]:
    return {"url": _data_url(given)}


def _data_url(given: InputBytes) -> str:
    return f"data:{given.mime};base64,{pybase64.b64encode(given.data).decode('ascii')}"


def _living_url(vendor_ref: Any) -> str | None:
    """Where the vendor itself keeps its film, if it surely still does."""
    known = vendor_ref if isinstance(vendor_ref, dict) else {}
    return known.get("url") if time.time() < known.get("url_until", 0) - LAST_HOUR_S else None


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
