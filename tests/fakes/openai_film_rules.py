"""What /v1/videos took until 2026-09-24, and takes where a gateway kept it. Marks as in `openai_rules.py`.

[az] MicrosoftDocs/azure-ai-docs. Not made here: /videos/edits, /videos/characters; /videos/extensions takes films by
their ids alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from tests.fakes.openai_edits import Link, attached, linked, open_picture, options_of
from tests.fakes.openai_rules import No, Schema, read

_SMALL = frozenset({"720x1280", "1280x720"})
_LARGE = _SMALL | {"1024x1792", "1792x1024"}
# [spec] the sizes; which model takes which is [U]
FILM_MODELS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("sora-2", "sora-2-2025-10-06", "sora-2-2025-12-08"), _SMALL),
    **dict.fromkeys(("sora-2-pro", "sora-2-pro-2025-10-06"), _LARGE),
}
_PICTURES = ("png", "jpeg", "webp")


class Create(Schema):
    """POST /v1/videos. There never was n, fps, a negative prompt, audio, quality or a seed."""

    prompt: str = Field(min_length=1, max_length=32_000)  # [spec]
    model: str = "sora-2"  # [spec]
    seconds: Literal["4", "8", "12"] = "4"  # [spec] text, not a number
    size: Literal["720x1280", "1280x720", "1024x1792", "1792x1024"] = "720x1280"  # [spec]


class JsonCreate(Create):
    input_reference: Link | None = None  # [spec]; whether it may be null is [U]


class Remix(Schema):
    """POST /v1/videos/{id}/remix"""

    prompt: str = Field(min_length=1, max_length=32_000)  # [sdk]; the lengths as at create [U]


class Known(Schema):
    """A film by its id [spec]."""

    id: str


class Extension(Schema):
    """POST /v1/videos/extensions as JSON; it names no model [spec]."""

    prompt: str = Field(min_length=1, max_length=32_000)  # [spec]
    seconds: Literal["4", "8", "12"]  # [spec] the text also names 16 and 20
    video: Known  # [spec]


class Page(Schema):
    """GET /v1/videos"""

    after: str | None = None
    limit: int = Field(default=20, ge=0, le=100)  # [spec]; the default is [U]
    order: Literal["asc", "desc"] = "desc"  # [spec]; the default is [U]


@dataclass(frozen=True, kw_only=True)
class FilmOrder:
    """A checked request for a film."""

    prompt: str
    model: str
    size: str
    seconds: str

    @property
    def edges(self) -> tuple[int, int]:
        width, _, height = self.size.partition("x")
        return int(width), int(height)


def read_create(body: Mapping[str, Any], *, form: bool) -> tuple[Create, Any]:
    """The request and its picture, unread: a File, a Link, or None. Raises No."""
    if not form:
        asked = read(JsonCreate, body)
        return asked, asked.input_reference
    options = {name: value for name, value in body.items() if name != "input_reference"}
    return read(Create, options_of(options)), body.get("input_reference")


def check_film(asked: Create, reference: Any, sizes: Collection[str]) -> FilmOrder:
    """The rules that need the model's sizes, and the picture itself. Raises No."""
    if asked.size not in sizes:
        raise No(f"Invalid size '{asked.size}' for {asked.model}.", "size")
    order = FilmOrder(prompt=asked.prompt, model=asked.model, size=asked.size, seconds=asked.seconds)
    if reference is not None:
        come_in = linked if isinstance(reference, Link) else attached
        picture = open_picture(come_in("input_reference", reference), _PICTURES)
        if picture and picture.size != order.edges:  # [az], the wording [gh]
            raise No("Inpaint image must match the requested width and height", None, code=None)
    return order


def read_page(query: Mapping[str, str]) -> Page:
    """Raises No."""
    limit = query.get("limit", "")
    return read(Page, {**query} | ({"limit": int(limit)} if limit.isdecimal() else {}))
