"""What xAI's Imagine API takes, field by field, and what it refuses. State of 2026-11-20.

Marks: [P] first party (xai-sdk==1.21.0, xai-org/xai-proto:proto/xai/api/v1 at 9700be4, pages of docs.x.ai),
[C] a maintained client or price map (@ai-sdk/xai==5.0.12, litellm==1.109.1), [L] others' published live calls,
[U] unverified. No field may be null. Where sources disagree the fake takes the narrower reading.
"""

import io
from collections.abc import Callable, Collection, Mapping, Sequence
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
Size = tuple[int, int]
Fetch = Callable[[str], bytes | None]  # None: it lies elsewhere and is not fetched. Raises No
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


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict) and (nulls := [key for key, value in data.items() if value is None]):
            raise ValueError(f"{nulls[0]} must not be null")
        return data


class PublicUrl(Schema):
    expires_after: int = Field(ge=3600, le=2_592_000)  # [C] seconds


class Storage(Schema):
    filename: str = Field(min_length=1)  # [P] required
    expires_after: int | None = Field(default=None, ge=1, le=2_592_000)  # [C] seconds
    public_url: Literal[True] | PublicUrl | None = None  # [P]


class Source(Schema):
    """A picture to start from: exactly one of the two. No `type` here, that belongs to image edits [C]."""

    url: str | None = None  # [C] https or a data URI with MIME prefix
    file_id: str | None = None  # [P] of the Files API

    @model_validator(mode="after")
    def _one_of_both(self) -> "Source":
        if (self.url is None) == (self.file_id is None):
            raise ValueError("exactly one of url and file_id is needed")
        return self


class Keyframe(Schema):
    image: Source  # [P]
    timestamp_s: float  # [P]


class Voice(Schema):
    voice_id: str  # [P]; own clips only for trusted partners


class ImageGeneration(Schema):
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


class VideoGeneration(Schema):
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
    """A checked request for pictures; `usd` is for each, `usd_inputs` for all it starts from."""

    asked: ImageGeneration
    width: int
    height: int
    usd: Decimal
    usd_inputs: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class VideoOrder:
    """A checked request for a film; `usd` is for all of it."""

    model: str
    prompt: str
    seconds: float
    width: int
    height: int
    usd: Decimal
    audio: bool = True
    storage: Storage | None = None


_S = TypeVar("_S", bound=Schema)


def read(schema: type[_S], body: Mapping[str, Any]) -> _S:
    """The body by the schema alone. Raises No."""
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise No(f"Invalid request content: {where}: {first['msg']}.") from None


def check_image(asked: ImageGeneration, today: date, sources: Sequence[Size | None] = ()) -> ImageOrder:
    """The rules that need the model; `sources` are the sizes of what an edit starts from. Raises No."""
    model = IMAGE_MODELS.get(asked.model)
    if model is None:
        raise no_model(asked.model)
    if "quality" in asked.model_fields_set and not model.takes_quality:
        raise No(f"Argument not supported on this model: quality ({asked.model}).")
    # [P] auto is low for generations and medium for edits
    finer = model.takes_quality and (asked.quality == "medium" or (asked.quality == "auto" and bool(sources)))
    if model.retired and today >= model.retired:
        if model.instead is None:
            raise no_model(asked.model)
        model = IMAGE_MODELS[model.instead]
    usd = model.usd.get(("medium" if finer else "low", asked.resolution))
    if usd is None:
        raise No(f"Resolution {asked.resolution} is not supported by {asked.model}.")
    width, height = image_size(_ratio(asked, sources), asked.resolution)
    inputs = Decimal(model.usd_per_input) * len(sources)
    return ImageOrder(asked=asked, width=width, height=height, usd=Decimal(usd), usd_inputs=inputs)


def check_video(asked: VideoGeneration, fetch: Fetch) -> VideoOrder:
    """The rules that need the model, and the pictures themselves. Raises No."""
    model = VIDEO_MODELS.get(asked.model)
    if model is None:
        raise no_model(asked.model)
    sources = asked.sources()
    if not asked.prompt and not (sources and model.prompt_optional):
        raise No("A prompt is required.")
    _check_resolution(asked, model)
    _check_references(asked, model)
    _check_frames(asked, model)
    pictures = [check_picture(source, fetch) for source in sources]
    first = pictures[0] if asked.image else None  # [P] the output follows the first frame
    ratio = first[0] / first[1] if first else ratio_of(asked.aspect_ratio)
    width, height = film_size(ratio, asked.resolution)
    return VideoOrder(
        model=asked.model,
        prompt=asked.prompt,
        seconds=asked.duration,
        width=width,
        height=height,
        usd=Decimal(model.usd[asked.resolution]) * asked.duration + Decimal(model.usd_per_input) * len(sources),
        audio=asked.generate_audio,
        storage=asked.storage_options,
    )


def check_picture(source: Source, fetch: Fetch) -> Size | None:
    """Size of a picture; None where it lies elsewhere. Raises No."""
    raw = bytes_of(source, _PICTURES, fetch)
    if raw is None:
        return None
    if len(raw) > _MAX_INPUT:
        raise No("The image is larger than 10 MiB.")
    mime = (source.url or "").partition(";")[0].removeprefix("data:")
    formats = [_PICTURES[mime]] if mime in _PICTURES else [*_PICTURES.values()]
    try:
        picture = Image.open(io.BytesIO(raw), formats=formats)
        picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise No(f"The image is no valid {' or '.join(formats)}.") from None
    return picture.size


def bytes_of(source: Source, mimes: Collection[str], fetch: Fetch) -> bytes | None:
    """What a data URI of one of these types holds, or a URL leads to (None: it lies elsewhere). Raises No."""
    if source.file_id is not None:
        raise No(f"File {source.file_id} was not found.")  # the fake keeps no files
    url = source.url or ""
    if not url.startswith("data:"):
        return fetch(url)
    mime, marker, data = url.removeprefix("data:").partition(";base64,")
    if not (marker and mime in mimes):
        raise No(f"A data URI must hold base64 of {', '.join(mimes)}.")
    try:
        return pybase64.b64decode(data, validate=True)
    except ValueError:
        raise No("The data URI holds no valid base64.") from None


def no_model(name: str) -> No:
    return No(f"The model {name} does not exist or your team {_TEAM} does not have access to it.", 404)


def _ratio(asked: ImageGeneration, sources: Sequence[Size | None]) -> float:
    """[L] an edit follows its first picture unless told otherwise; without one `auto` is taken as 1:1 [U]."""
    told = "aspect_ratio" in asked.model_fields_set and asked.aspect_ratio != "auto"
    if sources and sources[0] and not told:
        width, height = sources[0]
        return width / height
    return ratio_of("1:1" if asked.aspect_ratio == "auto" else asked.aspect_ratio)


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
