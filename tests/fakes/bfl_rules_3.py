"""FLUX 3: pictures, and films in four modes. Every schema here refuses what it does not know [V].

[V] the docs page of POST /v1/flux-3-video and tryAGI/BlackForestLabs' generated types; other marks: `bfl_rules.py`.
"""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from tests.fakes import bfl_models as facts
from tests.fakes.bfl_rules import No, Order, Picture, Picture3, Schema, Text, _picture
from tests.fakes.inputs import film_seconds, raw_base64

PictureRatio = Literal[
    "auto", "21:9", "2:1", "16:9", "3:2", "7:5", "4:3", "5:4", "1:1", "4:5", "3:4", "5:7", "2:3", "9:16", "1:2", "9:21"
]  # [V]
FilmRatio = Literal["auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"]  # [V]
_AUTO_SECONDS = 5  # what `auto` picks is [U]
_STAGES = ("Reasoning", "Generating")  # [V2]


def _one_or_more(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


class Flux3Image(Schema):
    """No seed, size in pixels, format or webhook."""

    prompt: str = Field(pattern=r"\S")
    images: Annotated[list[Picture3], BeforeValidator(_one_or_more)] = Field(default=[], min_length=1, max_length=10)
    aspect_ratio: PictureRatio = "auto"
    resolution: Literal["768sq", "1k", "1.5k", "2k", "4k"] = "1k"
    safety_tolerance: int = Field(default=2, ge=0, le=4)
    grounding: bool = True
    version: Literal["latest"] = "latest"

    def order(self, path: str) -> Order:
        if self.resolution not in facts.prices_of(path):  # klein's tiers by its price list [V2]
            raise ValueError(f"resolution {self.resolution} is not offered")
        size = facts.picture_size_3(_ratio(self.aspect_ratio, self.images, "1:1"), self.resolution)
        bill = facts.bill_picture(path, size, [image.size for image in self.images], tier=self.resolution)
        return Order(
            kind="image",
            prompt=self.prompt,
            size=size,
            bill=bill,
            fmt="jpeg",  # [U]
            ttl_s=3600,  # [V2]
            told_at="result",  # [V]
            stages=_STAGES,
        )


Moment = tuple[float | None, Picture]
_keyframe = _picture(1, 20, url=True)


def _keyframes(given: Any) -> list[Moment]:
    """One string; 1 to 10 strings; one [seconds, image] pair; or pairs in time order [V]"""
    match given:
        case str():
            return [(None, _keyframe(given))]
        case [int() | float() as at, str(image)]:
            return [(float(at), _keyframe(image))]
        case [str(), *_] if len(given) <= 10:
            return [(None, _keyframe(image)) for image in given]
        case [[int() | float(), str()], *_] if len(given) <= 10:
            moments: list[Moment] = [(float(at), _keyframe(image)) for at, image in given]
            if any(after[0] <= before[0] for before, after in pairwise(moments) if None not in (before[0], after[0])):  # type: ignore[operator]
                raise ValueError("keyframes must be in time order")
            return moments
    raise ValueError("keyframes must be a picture, 1 to 10 pictures, or [seconds, picture] pairs")


def _film(given: Any) -> str:
    if isinstance(given, str) and given.startswith(("http://", "https://")):
        return given
    if not isinstance(given, str):
        raise ValueError("Input should be a valid string")
    film_seconds(raw_base64(given))
    return "film"


class _Film(Schema):
    mode: str
    safety_tolerance: int = Field(default=2, ge=0, le=4)  # with media the service itself caps it at 2 [V]
    user: str = Field(default="u", min_length=1, max_length=256)


class _Made(_Film):
    """What the three modes share that make something new."""

    prompt: Text
    duration: Annotated[int, Field(ge=5, le=20)] | Literal["auto"] = "auto"
    aspect_ratio: FilmRatio = "auto"
    resolution: Literal["hd", "fhd", "qhd", "uhd"] = "hd"
    generate_audio: bool = True
    draft: bool = False
    version: Literal["latest"] = "latest"

    def pictures(self) -> list[Picture]:
        return []

    def order(self, path: str) -> Order:
        seconds = _AUTO_SECONDS if self.duration == "auto" else self.duration
        from_film = isinstance(self, FilmFromFilm)
        return Order(
            kind="video",
            prompt=self.prompt,
            size=facts.film_size(_ratio(self.aspect_ratio, self.pictures(), "16:9"), self.resolution),
            bill=facts.bill_film(self.resolution, seconds, from_film=from_film, draft=self.draft),
            fmt="mp4",
            seconds=seconds,
            audio=self.generate_audio,
            draft=self.draft,
            ttl_s=7200,  # [V2]
            told_at="result",
            stages=_STAGES,
        )


class FilmFromText(_Made):
    mode: Literal["t2v", "text-to-video"]


class FilmFromPictures(_Made):
    mode: Literal["i2v", "image-continuation"]
    keyframes: Annotated[list[Any], BeforeValidator(_keyframes)]

    def pictures(self) -> list[Picture]:
        return [picture for _, picture in self.keyframes]

    def order(self, path: str) -> Order:
        times = [at for at, _ in self.keyframes]
        if len(times) > 2 and None in times and self.duration == "auto":
            raise ValueError("three or more keyframes need a set duration")
        order = super().order(path)
        if any(at is not None and not 0 <= at <= order.seconds for at in times):  # [U]
            raise ValueError("keyframes must lie within the duration")
        return order


class FilmFromFilm(_Made):
    mode: Literal["v2v", "video-continuation"]
    start_video: Annotated[str, BeforeValidator(_film)]
    duration: Annotated[int, Field(ge=5, le=15)] | Literal["auto"] = "auto"


class FilmFromDraft(_Film):
    """The fake takes only a cache that it gave, by URL or as base64; it is of the draft's own length."""

    mode: Literal["draft_enhance", "draft-enhance"]
    draft_cache: str
    resolution: Literal["hd", "fhd", "qhd", "uhd"] = "fhd"


_MODES: dict[str, type[_Film]] = {
    **dict.fromkeys(("t2v", "text-to-video"), FilmFromText),
    **dict.fromkeys(("i2v", "image-continuation"), FilmFromPictures),
    **dict.fromkeys(("v2v", "video-continuation"), FilmFromFilm),
    **dict.fromkeys(("draft_enhance", "draft-enhance"), FilmFromDraft),
}


def film_schema(body: dict[str, Any]) -> type[_Film]:
    """The schema of this mode. Raises No."""
    mode = body.get("mode")
    if not isinstance(mode, str) or mode not in _MODES:
        why = f"Input tag {mode!r} found using 'mode' does not match any of the expected tags"
        raise No([{"type": "union_tag_invalid", "loc": ["body"], "msg": why}])
    return _MODES[mode]


def _ratio(asked: str, pictures: list[Picture], otherwise: str) -> float:
    if asked != "auto":
        return facts.ratio_of(asked)
    return pictures[0].size[0] / pictures[0].size[1] if pictures else facts.ratio_of(otherwise)
