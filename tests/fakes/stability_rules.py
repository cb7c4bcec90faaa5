"""What Stability AI's v2beta image API takes, part by part, and what it refuses. State of 2026-11-20.

Marks: [V] the vendor's own OpenAPI document (tryAGI/StabilityAI:src/libs/StabilityAI/openapi.yaml and
tadasant/mcp-server-stability-ai:src/stabilityAi/types.ts), [V2] a published client (aself101/stability-ai-api) or
others' live probes, [U] unverified. Parts that are unknown are refused, which may be stricter than the service is.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationError, model_validator

from tests.fakes.forms import File
from tests.fakes.inputs import picture_size

Size = tuple[int, int]
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}  # [V]
_MEGAPIXEL = 1024 * 1024

Ratio = Literal["21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21"]  # [V] these nine
Style = Literal[
    "enhance", "anime", "photographic", "digital-art", "comic-book", "fantasy-art", "line-art", "analog-film",
    "neon-punk", "isometric", "low-poly", "origami", "modeling-compound", "cinematic", "3d-model", "pixel-art",
    "tile-texture",
]  # fmt: skip  # [V]
Prompt = Annotated[str, Field(min_length=1, max_length=10_000)]  # [V]
Share = Annotated[float, Field(ge=0, le=1)]
_SD3 = {  # [V] credits
    "sd3.5-large": "6.5",
    "sd3.5-large-turbo": "4",
    "sd3.5-medium": "3.5",
    "sd3.5-flash": "2.5",
    "sd3-large": "6.5",  # the three older names are served by their successors
    "sd3-large-turbo": "4",
    "sd3-medium": "3.5",
}


class No(Exception):  # noqa: N818  it is an answer, not an error of ours
    """The service refuses, with one line for each fault."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Picture:
    size: Size


@dataclass(frozen=True, kw_only=True)
class Order:
    """A checked request, with all that its result needs."""

    prompt: str
    size: Size
    fmt: str
    seed: int
    credits: Decimal
    transparent: bool = False


def picture_within(
    least: int = 4096, most: int = 9_437_184, *, side: int = 64, longest: int = 2**20, banded: bool = False
) -> BeforeValidator:
    """A file of its declared type: sides from `side` to `longest`, pixels within bounds; `banded`: 1:2.5 to 2.5:1."""

    def read(given: Any) -> Picture:
        if not isinstance(given, File):
            raise ValueError("must be a file")
        if given.mime not in _FORMATS:
            raise ValueError(f"has the content type {given.mime}")
        width, height = size = picture_size(given.data, [_FORMATS[given.mime]])
        if min(size) < side or max(size) > longest or not least <= width * height <= most:
            raise ValueError(f"must have sides of at least {side} and {least} to {most} pixels")
        if banded and not 0.4 <= width / height <= 2.5:
            raise ValueError("must have an aspect ratio between 1:2.5 and 2.5:1")
        return Picture(size=size)

    return BeforeValidator(read)


AnyPicture = Annotated[InstanceOf[Picture], picture_within()]  # [V]
BandedPicture = Annotated[InstanceOf[Picture], picture_within(banded=True)]  # [V]
UltraPicture = Annotated[InstanceOf[Picture], picture_within(most=16_384**2, longest=16_384)]  # [V]
Sd3Picture = Annotated[InstanceOf[Picture], picture_within(1, 2**40)]  # [V] only the sides


class Schema(BaseModel):
    """A form. Texts become numbers here, since all parts are texts on the wire."""

    model_config = ConfigDict(extra="forbid")
    credits: ClassVar[str]
    waits: ClassVar[bool] = False  # answered with an id, to be asked about
    transparent: ClassVar[bool] = False

    output_format: Literal["png", "jpeg", "webp"] = "png"  # [V]

    @property
    def words(self) -> str:
        """What the picture is of."""
        return str(getattr(self, "prompt", ""))

    def size(self) -> Size:
        raise NotImplementedError

    def price(self) -> Decimal:
        return Decimal(self.credits)

    def order(self) -> Order:
        return Order(
            prompt=self.words,
            size=self.size(),
            fmt=self.output_format,
            seed=getattr(self, "seed", 0),
            credits=self.price(),
            transparent=self.transparent,
        )


class Seeded(Schema):
    seed: int = Field(default=0, ge=0, le=4_294_967_294)  # [V] 0 = any


# Generate


class Core(Seeded):
    credits = "3"

    prompt: Prompt
    negative_prompt: str = Field(default="", max_length=10_000)
    aspect_ratio: Ratio = "1:1"
    style_preset: Style | None = Field(default=None)

    def size(self) -> Size:
        return of_area(1.5, ratio_of(self.aspect_ratio))  # [V] about 1.5 MP; the exact pixels are [U]


class Ultra(Core):
    credits = "8"

    image: UltraPicture | None = Field(default=None)
    strength: Share | None = Field(default=None)

    @model_validator(mode="after")
    def _both_or_none(self) -> "Ultra":
        if (self.image is None) != (self.strength is None):  # [V]
            raise ValueError("strength: required with image, and only then")
        return self

    def size(self) -> Size:
        return of_area(1, ratio_of(self.aspect_ratio))


class Sd3(Core):
    mode: Literal["text-to-image", "image-to-image"] = "text-to-image"
    model: str = "sd3.5-large"
    cfg_scale: float = Field(default=4.0, ge=1, le=10)
    image: Sd3Picture | None = Field(default=None)
    strength: Share | None = Field(default=None)

    @model_validator(mode="after")
    def _of_one_mode(self) -> "Sd3":
        given, anew = self.model_fields_set, self.mode == "text-to-image"
        if self.model not in _SD3:
            raise ValueError(f"model: must be one of {', '.join(_SD3)}")
        if anew and given & {"image", "strength"}:  # [V]
            raise ValueError("image: only with mode image-to-image")
        if not anew and not {"image", "strength"} <= given:  # [V]
            raise ValueError("image: required with mode image-to-image, and so is strength")
        if not anew and "aspect_ratio" in given:  # [V]
            raise ValueError("aspect_ratio: only with mode text-to-image")
        return self

    def price(self) -> Decimal:
        return Decimal(_SD3[self.model])

    def size(self) -> Size:
        return of_area(1, self.image.size[0] / self.image.size[1] if self.image else ratio_of(self.aspect_ratio))


def check(schema: type[Schema], form: dict[str, Any]) -> Order:
    """Raises No."""
    try:
        return schema.model_validate(form).order()
    except ValidationError as error:
        raise No([_line(fault["loc"], fault["msg"]) for fault in error.errors()]) from None


def _line(where: tuple[int | str, ...], why: str) -> str:
    said = why.removeprefix("Value error, ")
    return f"{where[0]}: {said}" if where else said


def ratio_of(text: str) -> float:
    width, _, height = text.partition(":")
    return int(width) / int(height)


def of_area(megapixels: float, ratio: float) -> Size:
    width, height = (megapixels * _MEGAPIXEL * ratio) ** 0.5, (megapixels * _MEGAPIXEL / ratio) ** 0.5
    return round(width / 16) * 16, round(height / 16) * 16
