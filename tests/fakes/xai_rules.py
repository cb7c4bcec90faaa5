"""What xAI's Imagine API takes, field by field, and what it refuses. State of 2026-11-20.

Marks: [P] first party (xai-sdk==1.21.0, xai-org/xai-proto:proto/xai/api/v1 at 9700be4, pages of docs.x.ai),
[C] a maintained client or price map (@ai-sdk/xai==5.0.12, litellm==1.109.1), [L] others' published live calls,
[U] unverified. No field may be null. Where sources disagree the fake takes the narrower reading.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeVar

import pybase64
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tests.fakes.xai_models import IMAGE_MODELS, VIDEO_MODELS, VideoModel, film_size, image_size, ratio_of

_TEAM = "00000000-0000-4000-8000-000000000000"
_PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}  # [P]
_MAX_INPUT = 10 * 1024 * 1024  # [P] xai-proto; newer notes say 20 MiB [U]
VOICES = ("ara", "eve", "leo", "rex", "sal")  # ids are case-insensitive [P]; which there are is [U] but for eve

ImageRatio = Literal[
    "1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "9:19.5", "19.5:9", "9:20", "20:9", "1:2", "2:1", "auto",
    "21:9", "5:2",
]  # fmt: skip  # [P]
VideoRatio = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9", "5:2"]  # [P]


class No(Exception):  # noqa: N818  it is an answer, not an error of ours
    """The service refuses."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict) and (nulls := [key for key, value in data.items() if value is None]):
            raise ValueError(f"{nulls[0]} must not be null")
        return data


class PublicUrl(_Schema):
    expires_after: int = Field(ge=3600, le=2_592_000)  # [C] seconds


class Storage(_Schema):
    filename: str = Field(min_length=1)  # [P] required
    expires_after: int | None = Field(default=None, ge=1, le=2_592_000)  # [C] seconds
    public_url: Literal[True] | PublicUrl | None = None  # [P]


class Source(_Schema):
    """A picture to start from: exactly one of the two. No `type` here, that belongs to image edits [C]."""

    url: str | None = None  # [C] https or a data URI with MIME prefix
    file_id: str | None = None  # [P] of the Files API

    @model_validator(mode="after")
    def _one_of_both(self) -> "Source":
        if (self.url is None) == (self.file_id is None):
            raise ValueError("exactly one of url and file_id is needed")
        return self


class Keyframe(_Schema):
    image: Source  # [P]
    timestamp_s: float  # [P]


class Voice(_Schema):
    voice_id: str  # [P]; own clips only for trusted partners


class ImageGeneration(_Schema):
    """POST /v1/images/generations"""

    model: str  # [P]
    prompt: str = Field(min_length=1, max_length=64_000)  # [P]; the length [L] for 2.0
    n: int = Field(default=1, ge=1, le=10)  # [P]
    response_format: Literal["url", "b64_json"] = "url"  # [C]
    aspect_ratio: ImageRatio = "1:1"  # the default may also be auto [U]
    resolution: Literal["1k", "1.5k", "2k"] = "1k"  # [P]; 1.5k [L], on 2.0 alone because only 2.0 has a price for it
    quality: Literal["low", "medium", "auto"] = "auto"  # [P] 2.0 only; `high` is not among the SDK's values
    user: str = ""  # [P]
    storage_options: Storage | None = None  # [P]


class VideoGeneration(_Schema):
    """POST /v1/videos/generations"""

    model: str  # [P]
    prompt: str = ""  # [P] required unless 1.5 has pictures
    duration: int = Field(default=8, ge=1, le=15)  # [P] whole seconds
    aspect_ratio: VideoRatio = "16:9"  # [P] ignored with `image`
    resolution: Literal["480p", "720p", "1080p"] = "480p"  # [P]
    image: Source | None = None  # [P] first frame
    last_frame: Source | None = None  # [P] 1.5 only
    keyframes: list[Keyframe] = Field(default=[], min_length=1, max_length=4)  # [P] 1.5 only
    reference_images: list[Source] = Field(default=[], min_length=1, max_length=7)  # [C]
    reference_audios: list[Voice] = Field(default=[], min_length=1, max_length=3)  # [P] 1.5 only
    generate_audio: bool = True  # [P]
    user: str = ""  # [C]
    storage_options: Storage | None = None  # [P]

    def sources(self) -> list[Source]:
        single = [source for source in (self.image, self.last_frame) if source]
        return [*single, *(frame.image for frame in self.keyframes), *self.reference_images]


@dataclass(frozen=True, kw_only=True)
class ImageOrder:
    """A checked request for pictures; `usd` is for each."""

    asked: ImageGeneration
    width: int
    height: int
    usd: Decimal


@dataclass(frozen=True, kw_only=True)
class VideoOrder:
    """A checked request for a film; `usd` is for all of it."""

    asked: VideoGeneration
    width: int
    height: int
    usd: Decimal


_S = TypeVar("_S", bound=_Schema)


def read(schema: type[_S], body: Mapping[str, Any]) -> _S:
    """The body by the schema alone. Raises No."""
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise No(f"Invalid request content: {where}: {first['msg']}.") from None


def check_image(asked: ImageGeneration, today: date) -> ImageOrder:
    """The rules that need the model. Raises No."""
    model = IMAGE_MODELS.get(asked.model)
    if model is None:
        raise _no_model(asked.model)
    if "quality" in asked.model_fields_set and not model.takes_quality:
        raise No(f"Argument not supported on this model: quality ({asked.model}).")
    if model.retired and today >= model.retired:
        if model.instead is None:
            raise _no_model(asked.model)
        model = IMAGE_MODELS[model.instead]
    quality = "medium" if asked.quality == "medium" else "low"  # [P] auto is low for generations
    usd = model.usd.get((quality, asked.resolution))
    if usd is None:
        raise No(f"Resolution {asked.resolution} is not supported by {asked.model}.")
    width, height = image_size(asked.aspect_ratio, asked.resolution)
    return ImageOrder(asked=asked, width=width, height=height, usd=Decimal(usd))


def check_video(asked: VideoGeneration) -> VideoOrder:
    """The rules that need the model, and the pictures themselves. Raises No."""
    model = VIDEO_MODELS.get(asked.model)
    if model is None:
        raise _no_model(asked.model)
    sources = asked.sources()
    if not asked.prompt and not (sources and model.prompt_optional):
        raise No("A prompt is required.")
    _check_resolution(asked, model)
    _check_references(asked, model)
    _check_frames(asked, model)
    pictures = [check_source(source) for source in sources]
    first = pictures[0] if asked.image else None  # [P] the output follows the first frame
    ratio = first[0] / first[1] if first else ratio_of(asked.aspect_ratio)
    width, height = film_size(ratio, asked.resolution)
    usd = Decimal(model.usd[asked.resolution]) * asked.duration + Decimal(model.usd_per_input) * len(sources)
    return VideoOrder(asked=asked, width=width, height=height, usd=usd)


def check_source(source: Source) -> tuple[int, int] | None:
    """Size of a picture sent as a data URI; None for one behind a URL, which the fake does not fetch. Raises No."""
    if source.file_id is not None:
        raise No(f"File {source.file_id} was not found.")  # the fake keeps no files
    url = source.url or ""
    if url.startswith("https://"):
        return None
    mime, marker, data = url.removeprefix("data:").partition(";base64,")
    if not (url.startswith("data:") and marker and mime in _PICTURES):
        raise No("Image URL must be https or a data URI of a PNG, JPEG or WebP.")
    try:
        raw = pybase64.b64decode(data, validate=True)
        picture = Image.open(io.BytesIO(raw), formats=[_PICTURES[mime]])
        picture.verify()
    except (ValueError, UnidentifiedImageError, OSError, SyntaxError):
        raise No(f"The image is no valid {mime}.") from None
    if len(raw) > _MAX_INPUT:
        raise No("The image is larger than 10 MiB.")
    return picture.size


def _no_model(name: str) -> No:
    return No(f"The model {name} does not exist or your team {_TEAM} does not have access to it.", 404)


def _check_resolution(asked: VideoGeneration, model: VideoModel) -> None:
    if asked.resolution not in model.usd:
        raise No(f"Resolution {asked.resolution} is not supported by {asked.model}.")
    plain = not (asked.reference_images or asked.last_frame or asked.keyframes)
    if asked.resolution == "1080p" and not plain:  # [P] text and image to video only
        raise No("1080p is only available for text-to-video and image-to-video.")


def _check_references(asked: VideoGeneration, model: VideoModel) -> None:
    if not asked.reference_images:
        return
    if not model.references:  # [L]
        raise No(f"reference_images is not supported by {asked.model}.")
    if asked.image and not model.beside_references:  # [P]
        raise No(f"reference_images cannot be combined with image on {asked.model}.")
    if asked.duration > model.reference_seconds:  # [P]
        raise No(f"duration must be at most {model.reference_seconds} with reference_images on {asked.model}.")


def _check_frames(asked: VideoGeneration, model: VideoModel) -> None:
    for name in ("last_frame", "keyframes", "reference_audios"):
        if name in asked.model_fields_set and not model.frames:  # [P]
            raise No(f"{name} is not supported by {asked.model}.")
    for voice in asked.reference_audios:
        if voice.voice_id.lower() not in VOICES:  # [P] the refusal lists the voices
            raise No(f"Unknown voice {voice.voice_id}. Available voices: {', '.join(VOICES)}.")
    times = [frame.timestamp_s for frame in asked.keyframes]
    if any(not 0 < at < asked.duration for at in times):  # [P]
        raise No("Keyframe timestamps must lie between 0 and the duration.")
    if any(abs(at * 3 - round(at * 3)) > 0.02 for at in times):  # [P] room for 0.33
        raise No("Keyframe timestamps must lie on a grid of 1/3 s.")
    if len({round(at * 3) for at in times}) < len(times):  # [P]
        raise No("Keyframes must be at least 1/3 s apart.")
