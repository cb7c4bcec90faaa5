"""What OpenAI's image API takes, field by field, and what it refuses. Facts read from openai==3.51.0 on 2026-11-20.

Marks beside rules: [sdk] types and docstrings of openai==3.51.0, [spec] openai/openai-openapi:openapi.yaml at f85dbe2,
[ais] @ai-sdk/openai 4.0.118, [ck] openai/openai-cookbook's image prompting guide, [gh] a body quoted in a public issue,
[3p] others' measurements, [U] unverified. Where sources disagree the fake refuses; `previews` opens such a door.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pybase64
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.fakes import media
from tests.fakes.openai_models import Model, output_tokens


class No(Exception):  # noqa: N818  it is an answer, not an error of ours
    """The service refuses, with the parts of its error body."""

    def __init__(self, message: str, param: str | None, *, code: str | None = "invalid_value", status: int = 400):
        super().__init__(message)
        self.param, self.code, self.status = param, code, status


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Reasoning(Schema):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None  # [sdk]


class Svg(Schema):
    model: str  # [sdk] required
    reasoning: Reasoning | None = None  # [sdk]


class Generation(Schema):
    """The JSON body of POST /v1/images/generations. A field with null allowed says so; no other may be null."""

    prompt: str = Field(min_length=1, max_length=32_000)  # [sdk] characters; the minimum [spec] of JSON edits
    model: str  # [sdk] "specify a model explicitly"; what the service takes when it is missing is [U]: refused
    n: int = Field(default=1, ge=1, le=10)  # [sdk]
    size: str | None = None  # [spec] nullable; rules in `_size`
    quality: Literal["low", "medium", "high", "xhigh", "max", "auto"] = "auto"  # [sdk]; standard and hd are retired
    background: Literal["transparent", "opaque", "auto"] = "auto"  # [sdk]
    output_format: Literal["png", "jpeg", "webp", "gif", "svg"] = "png"  # [sdk]
    output_compression: int = Field(default=100, ge=0, le=100)  # [sdk] jpeg and webp only
    moderation: Literal["auto", "low"] = "auto"  # [sdk]
    stream: bool = False  # [sdk]
    partial_images: int = Field(default=0, ge=0, le=3)  # [sdk] streaming only
    complexity: Literal["low", "medium", "high"] = "high"  # [sdk]; default and 2.6 only [ais]
    frame_count: int = Field(default=9, ge=2, le=16)  # [sdk] gif only
    frame_duration_ms: int = Field(default=200, ge=1, le=655_350)  # [sdk] gif only
    svg: Svg = Field(default_factory=lambda: Svg(model="gpt-6-luna"))  # [sdk] svg only; the default author [U]
    safety_identifier: str | None = Field(default=None, max_length=128)  # [sdk] nullable; the length [ais]
    user: str = ""  # [sdk] deprecated, still accepted
    # response_format and style are in the SDK's types but unsupported by GPT image models; seed never existed [sdk].


@dataclass(frozen=True, kw_only=True)
class Order:
    """A checked request with everything `auto` resolved; `made_of` is what its input pictures count in tokens."""

    asked: Generation
    model: Model
    width: int
    height: int
    quality: str
    transparent: bool
    event: str = "image_generation"  # how the events of its stream are called
    made_of: int = 0
    text_in: int = field(init=False)
    tokens_in: int = field(init=False)
    tokens_out: int = field(init=False)

    def __post_init__(self) -> None:
        tokens = output_tokens(self.model, self.quality, self.width, self.height)
        extra = 100 * self.asked.partial_images  # [3p] each partial bills 100 tokens more
        object.__setattr__(self, "tokens_out", tokens * self.asked.n + extra)
        object.__setattr__(self, "text_in", math.ceil(len(self.asked.prompt) / 4))
        object.__setattr__(self, "tokens_in", self.text_in + self.made_of)

    @property
    def echo(self) -> dict[str, Any]:
        return {
            "background": "transparent" if self.transparent else "opaque",
            "output_format": self.asked.output_format,
            "quality": self.quality,
            "size": f"{self.width}x{self.height}",
        }

    def usage(self, *, details: bool = True) -> dict[str, Any]:
        usage: dict[str, Any] = {
            "total_tokens": self.tokens_in + self.tokens_out,
            "input_tokens": self.tokens_in,
            "output_tokens": self.tokens_out,
            "input_tokens_details": {"text_tokens": self.text_in, "image_tokens": self.made_of},
        }
        if details:
            usage["output_tokens_details"] = {"image_tokens": self.tokens_out, "text_tokens": 0}
        return usage

    def picture(self, index: int) -> str:
        """Base64 without prefix; siblings differ in colour."""
        colour = media.tint(self.asked.prompt, index)
        match self.asked.output_format:
            case "gif":
                frames, pause = self.asked.frame_count, round(self.asked.frame_duration_ms, -1)
                data = media.animation(self.width, self.height, frames, pause, colour)
            case "svg":
                data = media.drawing(self.width, self.height, colour)
            case fmt:
                data = media.picture(self.width, self.height, fmt, colour, transparent=self.transparent)
        return pybase64.b64encode(data).decode()


_S = TypeVar("_S", bound=Schema)


def read(schema: type[_S], body: Mapping[str, Any]) -> _S:
    """The body by the schema alone. Raises No."""
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        raise _wrong(error) from None


def check(asked: Generation, model: Model, previews: Collection[str]) -> Order:
    """The rules that need the model. Raises No."""
    if asked.output_format not in model.formats:
        known = ", ".join(model.formats)
        raise No(f"Invalid value: '{asked.output_format}'. Supported values are: {known}.", "output_format")
    _check_format(asked, model, previews)
    _check_stream(asked)
    width, height = _size(asked.size or "auto", model)
    if asked.output_format == "gif" and asked.frame_count * width * height > 8_294_400:  # [3p]
        raise No("The requested size is too large for this many GIF frames.", "size")
    return Order(
        asked=asked,
        model=model,
        width=width,
        height=height,
        quality=_quality(asked.quality, model, previews),
        transparent=asked.background == "transparent",
    )


def _wrong(error: ValidationError) -> No:
    first = error.errors()[0]
    param = ".".join(str(part) for part in first["loc"])
    match first["type"]:
        case "extra_forbidden":
            return No(f"Unknown parameter: '{param}'.", param, code="unknown_parameter")
        case "missing":
            return No(f"Missing required parameter: '{param}'.", param, code="missing_required_parameter")
        case kind:
            code = "invalid_type" if kind.endswith("_type") else "invalid_value"
            return No(f"Invalid value for '{param}': {first['msg']}.", param, code=code)


def _quality(quality: str, model: Model, previews: Collection[str]) -> str:
    if quality == "auto":
        return model.auto_quality
    granted = {"xhigh", "max"} if model.family == "2.6" and "xhigh-2.6" in previews else set()
    if quality not in {*model.tokens} - {"xhigh", "max"} | model.extra_qualities | granted:
        raise No(f"Invalid value: '{quality}' for {model.id}.", "quality")
    return quality


def _size(size: str, model: Model) -> tuple[int, int]:
    if size == "auto":
        return 1024, 1024  # [U] which one; the answer names it [sdk]
    width, x, height = size.partition("x")
    if not (x and width.isdecimal() and height.isdecimal() and size == f"{int(width)}x{int(height)}"):
        raise No(f"Invalid size '{size}'. Use WIDTHxHEIGHT or 'auto'.", "size")
    w, h = int(width), int(height)
    if why := _bad_size(w, h, model):
        raise No(f"Invalid size '{size}': {why}.", "size")
    return w, h


def _check_format(asked: Generation, model: Model, previews: Collection[str]) -> None:
    fmt, given = asked.output_format, asked.model_fields_set
    if fmt in ("gif", "svg"):
        if model.family != "2.6":  # [ais]
            raise No(f"{model.id} does not support output_format '{fmt}'.", "output_format")
        if fmt not in previews:  # [sdk] needs account access; how the denial looks is [U]
            raise No(f"Your organization has no access to '{fmt}' output.", None, code=None, status=403)
    if asked.background == "transparent":
        if fmt not in ("png", "webp"):  # [sdk]
            raise No("Transparent background needs png or webp.", "background")
        # In preview [sdk]; others saw it refused [3p].
        if model.family == "2" and "transparent-2" not in previews:
            raise No(f"Transparent background is not supported for {model.id}.", "background")
    for param, allowed in _ONLY_WITH.items():
        if param in given and fmt not in allowed:  # [sdk]; whether the service ignores some of these is [U]
            raise No(f"'{param}' is only supported with {', '.join(allowed)}.", param)
    if "complexity" in given and model.family != "2.6":  # [ais]
        raise No(f"'complexity' is not supported for {model.id}.", "complexity")


def _check_stream(asked: Generation) -> None:
    if asked.output_format in ("gif", "svg") and (asked.stream or asked.partial_images):  # [sdk]
        raise No(f"'{asked.output_format}' output cannot be streamed.", "stream")
    if asked.partial_images and not asked.stream:  # [sdk]
        raise No("'partial_images' needs 'stream': true.", "partial_images")
    if asked.output_format == "svg" and asked.n != 1:  # [sdk]
        raise No("SVG output needs n=1.", "n")


_ONLY_WITH = {
    "output_compression": ("jpeg", "webp"),
    "frame_count": ("gif",),
    "frame_duration_ms": ("gif",),
    "svg": ("svg",),
}


def _bad_size(width: int, height: int, model: Model) -> str:
    """Why a model refuses this size; empty when it does not. [sdk] except the least and most pixels [ck]."""
    if (width, height) in ((1024, 1024), (1536, 1024), (1024, 1536)):
        return ""
    if not model.free_sizes:
        return "supported are 1024x1024, 1536x1024, 1024x1536 and auto"
    if width % 16 or height % 16:
        return "both edges must be divisible by 16"
    if not (width <= 3 * height and height <= 3 * width):
        return "the aspect ratio must be between 1:3 and 3:1"
    if max(width, height) > 3840:  # [ck] says below 3840
        return "the maximum is 3840x2160"
    if not 655_360 <= width * height <= 8_294_400:
        return "the number of pixels must be between 655,360 and 8,294,400"
    return ""
