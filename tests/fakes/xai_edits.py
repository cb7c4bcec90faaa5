"""What xAI's API takes to change what is there: pictures and films. Marks as in `xai_rules.py`."""

import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from tests.fakes.xai_models import VIDEO_MODELS, VideoModel, film_size
from tests.fakes.xai_rules import (
    Fetch,
    ImageGeneration,
    ImageOrder,
    No,
    Schema,
    Source,
    Storage,
    VideoOrder,
    bytes_of,
    check_image,
    check_picture,
    no_model,
)

_FILMS = ("video/mp4",)  # [P]
_EDIT_MAX_S = 8.7  # [P]; what becomes of a longer one is [U]: refused
_EXTEND_MIN_S, _EXTEND_MAX_S = 2.0, 15.0  # [L] of September; [P] says 2 to 30
_SLACK_S = 0.05  # containers round


class ImageSource(Source):
    type: Literal["image_url"] = "image_url"  # [C] optional


class ImageEdit(ImageGeneration):
    """POST /v1/images/edits: the options of a generation, and one picture or several. There is no mask."""

    image: ImageSource | None = None  # [C]
    images: list[ImageSource] = Field(default=[], min_length=1, max_length=5)  # [P] five since August 2026

    @model_validator(mode="after")
    def _one_of_both(self) -> "ImageEdit":
        if (self.image is None) == (not self.images):
            raise ValueError("exactly one of image and images is needed")
        return self

    def sources(self) -> list[ImageSource]:
        return [self.image] if self.image else self.images


class _VideoChange(Schema):
    """There is no aspect_ratio and no resolution: the film has its own [P]."""

    model: str  # [P]
    prompt: str = Field(min_length=1)  # [P]
    video: Source  # [P]
    storage_options: Storage | None = None  # [P]


class VideoEdit(_VideoChange):
    """POST /v1/videos/edits"""

    user: str = ""  # [C]


class VideoExtension(_VideoChange):
    """POST /v1/videos/extensions"""

    duration: int = Field(default=6, ge=2, le=10)  # [P] of the added part; the minimum [L], [P] says 1


@dataclass(frozen=True, kw_only=True)
class Footage:
    """A film that was sent."""

    width: int
    height: int
    seconds: float


_ELSEWHERE = Footage(width=854, height=480, seconds=6)  # what is taken of a film that is not fetched


def check_image_edit(asked: ImageEdit, today: date, fetch: Fetch) -> ImageOrder:
    """Raises No."""
    return check_image(asked, today, [check_picture(source, fetch) for source in asked.sources()])


def check_edit(asked: VideoEdit, fetch: Fetch) -> VideoOrder:
    """The film comes back as long and as large as it was, at most 720p [P]. Raises No."""
    model, footage = _model(asked.model), _footage(asked.video, fetch)
    if footage.seconds > _EDIT_MAX_S + _SLACK_S:
        raise No(f"The video is {footage.seconds:.1f} s long; at most {_EDIT_MAX_S} s can be edited.")
    return _order(asked, model, footage, paid_s=footage.seconds, seconds=footage.seconds)


def check_extension(asked: VideoExtension, fetch: Fetch) -> VideoOrder:
    """The film comes back whole, longer by `duration` [U]. Raises No."""
    model, footage = _model(asked.model), _footage(asked.video, fetch)
    if not _EXTEND_MIN_S - _SLACK_S <= footage.seconds <= _EXTEND_MAX_S + _SLACK_S:
        raise No(f"The video is {footage.seconds:.1f} s long; 2 to 15 s can be extended.")
    return _order(asked, model, footage, paid_s=asked.duration, seconds=footage.seconds + asked.duration)


def _model(name: str) -> VideoModel:
    model = VIDEO_MODELS.get(name)
    if model is None:
        raise no_model(name)
    if not model.films:
        raise No(f"Video editing and extension are not supported by {name}.")
    return model


def _order(asked: _VideoChange, model: VideoModel, footage: Footage, *, paid_s: float, seconds: float) -> VideoOrder:
    """No price of edits and extensions is known [U]: the seconds that are made, and one input."""
    short = min(footage.width, footage.height)
    width, height = footage.width, footage.height
    if short > 720:
        width, height = film_size(footage.width / footage.height, "720p")
    usd = Decimal(model.usd["480p" if short <= 480 else "720p"]) * Decimal(str(paid_s)) + Decimal(model.usd_per_input)
    return VideoOrder(
        model=asked.model,
        prompt=asked.prompt,
        seconds=seconds,
        width=width,
        height=height,
        usd=usd,
        storage=asked.storage_options,
    )


def _footage(source: Source, fetch: Fetch) -> Footage:
    raw = bytes_of(source, _FILMS, fetch)
    if raw is None:
        return _ELSEWHERE
    import av  # slow to import, and pictures never need it

    try:
        with av.open(io.BytesIO(raw), "r", format="mp4") as film:
            stream = film.streams.video[0]
            return Footage(width=stream.width, height=stream.height, seconds=round((film.duration or 0) / 1e6, 3))
    except (av.FFmpegError, IndexError):
        raise No("The video is no valid MP4.") from None
