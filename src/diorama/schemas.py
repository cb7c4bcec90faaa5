"""The nouns that callers see: one request shape for images and videos, and what comes back.

Ids are uuid7 strings, times RFC 3339 in UTC, money decimal strings in US dollars. What comes back has no defaults, so
that generated clients know that every field is there.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from diorama.bounds import find_excess, find_flaw

Kind = Literal["image", "video"]
Role = Literal["reference", "first_frame", "last_frame", "mask", "source"]
Fit = Literal["strict", "nearest"]
JobState = Literal["queued", "running", "storing", "succeeded", "partial", "failed", "cancelled", "uncertain"]
SlotState = Literal["queued", "running", "storing", "succeeded", "failed", "cancelled", "uncertain"]
CancelState = Literal["asked", "confirmed", "too_late", "not_offered"]
NoteCode = Literal[
    "adjusted", "ignored", "substituted", "sunset", "sketch", "unpriced", "reencoded", "reference_dropped"
]
Basis = Literal["estimated", "reported", "computed"]

FINAL_STATES: frozenset[str] = frozenset({"succeeded", "partial", "failed", "cancelled", "uncertain"})


def plain_usd(amount: Decimal) -> str:
    """`0.04`, never `4E-2` and never `0.0400000000`."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Usd = Annotated[Decimal, PlainSerializer(plain_usd, return_type=str, when_used="json")]
Size = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$")]
Ratio = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}(\.[0-9]{1,3})?:[0-9]{1,4}(\.[0-9]{1,3})?$")]


def keepable(value: Any) -> Any:
    """A text or a dict that can be kept and given out again as it is; anything else is the schema's business."""
    if not isinstance(value, str | dict):
        return value
    flaw = find_flaw(value) or (find_excess(value) if isinstance(value, dict) else None)
    if flaw is not None:
        raise PydanticCustomError("unkeepable", "{why}", vars(flaw))
    return value


Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(keepable)]


class Shape(BaseModel):
    """What we answer: frozen, and every field always there."""

    model_config = ConfigDict(frozen=True)


class Wish(BaseModel):
    """What comes in: frozen, and without names or texts that we could not give out again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        return keepable(value)


class Input(Wish):
    """A picture or film that goes in. Exactly one of `asset`, `url`, `data`.

    `asset` is one of our asset ids, `url` an https URL or one of our own media URLs, `data` a data: URL.
    """

    role: Role = "reference"
    asset: str | None = None
    url: str | None = None
    data: str | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _one_source(self) -> "Input":
        given = [name for name in ("asset", "url", "data") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(f"an input needs exactly one of asset, url and data; this one has {found}")
        return self


class Request(Wish):
    """What somebody asks for: an image or a video, in any door's words, normalised.

    What is left open is taken from the model's defaults. Sizes are pixels as `WIDTHxHEIGHT`. `seconds` is the length
    of a film, or what is added to one that goes on (an input of role `source`). `options` are the model's own settings
    as `GET /v1/models/{id}` lists them. `fit` says what happens to a value the model does not have: `strict` refuses
    it, `nearest` takes the closest one and says so in a note.
    """

    model: str | None = Field(default=None, max_length=200)
    kind: Kind | None = None
    prompt: str = Field(min_length=1, max_length=64_000, repr=False)
    inputs: tuple[Input, ...] = Field(default=(), max_length=32)
    size: Size | None = None
    aspect_ratio: Ratio | None = None
    resolution: str | None = Field(default=None, max_length=16)
    n: int = Field(default=1, ge=1, le=100)
    seconds: float | None = Field(default=None, gt=0, le=600)
    fps: int | None = Field(default=None, ge=1, le=120)
    audio: bool | None = None
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1)
    negative_prompt: str | None = Field(default=None, max_length=10_000)
    quality: str | None = Field(default=None, max_length=32)
    background: str | None = Field(default=None, max_length=32)
    output_format: str | None = Field(default=None, max_length=16)
    input_fidelity: str | None = Field(default=None, max_length=16)
    options: dict[str, Any] = Field(default_factory=dict)
    fit: Fit = "strict"
    fallback: tuple[Name, ...] = Field(default=(), max_length=8)
    webhook_url: str | None = Field(default=None, max_length=2000)
    store: bool = True
    deadline_s: float | None = Field(default=None, gt=0, le=7 * 86400)
    resend_under_usd: Decimal | None = Field(default=None, ge=0)
    session_id: str | None = Field(default=None, max_length=200)
    message_id: str | None = Field(default=None, max_length=200)
    customer_id: int | None = Field(default=None, gt=0, le=2**53)
    metadata: dict[str, Any] = Field(default_factory=dict)

    @field_validator("prompt")
    @classmethod
    def _says_something(cls, prompt: str) -> str:
        if not prompt.strip():
            raise PydanticCustomError("string_too_short", "The prompt is empty.")
        return prompt


class Note(Shape):
    """Something we did that the caller did not ask for in so many words. Never silence."""

    code: NoteCode
    field: str | None
    asked: Any
    used: Any
    message: str


class Money(Shape):
    """An amount and where it comes from: our estimate, the vendor's report, or the price list times what was used."""

    usd: Usd
    basis: Basis
    source: str


class ModelUse(Shape):
    """The model the caller named (null: the default was taken) and the one that works, as `vendor:model`."""

    asked: str | None
    used: str


class Slot(Shape):
    """The place of one output. `asset_id` and `url` are there once the bytes are kept."""

    index: int
    state: SlotState
    asset_id: str | None
    url: str | None
    error: dict[str, Any] | None


class Asset(Shape):
    """A kept picture or film. `url` is stable; `bytes`, `sha256` and `mime` describe the vendor's untouched bytes."""

    id: str
    object: Literal["asset"]
    job_id: str | None
    kind: Kind
    mime: str
    bytes: int
    width: int | None
    height: int | None
    seconds: float | None
    fps: float | None
    has_audio: bool | None
    has_alpha: bool | None
    sha256: str
    url: str
    thumbnail_url: str
    expires_at: datetime | None
    prompt: str | None
    model: str | None
    folder: str | None
    tags: tuple[str, ...]
    starred: bool
    vendor_ref: Any
    metadata: dict[str, Any]
    created_at: datetime


class FormPart(Shape):
    """One part of a form that would go out. A file is named, not shown."""

    name: str
    value: str
    filename: str | None
    mime: str | None


class WireRequest(Shape):
    """A request as a vendor would get it, and how many like it would go out.

    Its body is `body` as JSON, or `form`. Keys read `[key]`, our id of the call `<call id>`, and bytes are told instead
    of shown: `<inputs[0]: image/png, 51200 bytes>`.
    """

    calls: int
    method: str
    url: str
    headers: dict[str, str]
    body: dict[str, Any] | None
    form: tuple[FormPart, ...] | None


class Alternative(Shape):
    """Another model that would do the very same. `retired` is the day on which it ends, where that is known."""

    model: str
    price: Money | None
    retired: date | None


class QuoteAnswer(Shape):
    """What asking for this would do, without doing it: nothing is spent, sent or kept.

    `calls` paid calls go out as `requests` say; `notes` are what would not be done quite as asked; `price` is null
    where none is known. `alternatives` could do the very request too, with the keys that are set: cheapest first.
    `unread` names inputs at other people's addresses, which are not fetched for this: what they turn out to be may
    still change the shape, or be refused.
    """

    object: Literal["quote"]
    kind: Kind
    model: ModelUse
    calls: int
    requests: tuple[WireRequest, ...]
    notes: tuple[Note, ...]
    price: Money | None
    alternatives: tuple[Alternative, ...]
    unread: tuple[str, ...]


class JobLinks(Shape):
    """Where to look, listen, stop and try again."""

    self: str
    events: str
    cancel: str
    retry: str


class Preview(Shape):
    """How an output begins to look while its vendor still draws. `url` is gone after an hour."""

    slot: int
    url: str


class Job(Shape):
    """What became of a request, folded from its paid calls. `revision` grows with every change."""

    id: str
    object: Literal["job"]
    state: JobState
    cancel: CancelState | None
    progress: float | None
    kind: Kind
    model: ModelUse
    request: dict[str, Any]
    slots: tuple[Slot, ...]
    assets: tuple[Asset, ...]
    notes: tuple[Note, ...]
    quote: Money | None
    cost: Money | None
    error: dict[str, Any] | None
    group_id: str | None
    parent_id: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    deadline_at: datetime | None
    revision: int
    links: JobLinks

    @property
    def ended(self) -> bool:
        return self.state in FINAL_STATES


T = TypeVar("T")


class Page(Shape, Generic[T]):
    """One page of a list; `next_cursor` goes into `after` for the next."""

    object: Literal["list"]
    data: tuple[T, ...]
    has_more: bool
    next_cursor: str | None
