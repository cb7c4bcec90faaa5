"""Kling's models on 2026-11-20, what they cost and how large their results are. Marks as in `kling_rules.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

USD_PER_FILM_UNIT = Decimal("0.14")  # [P]
USD_PER_PICTURE_UNIT = Decimal("0.0035")  # [P]
_FILM_EDGES = {"720p": 960, "1080p": 1440, "4k": 2880}  # of the square one; 16:9 is then what its name says
_PICTURE_EDGES = {"1k": 1024, "2k": 2048, "4k": 4096}  # [U]
_MODES = {"std": "720p", "pro": "1080p", "4k": "4k"}  # [P]
Size = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class FilmModel:
    """`usd` per second by (resolution, what it has: "" or "native", "video", "voice"); it says what there is."""

    id: str
    legacy: str | None
    products: tuple[str, ...]
    usd: Mapping[tuple[str, str], str]
    seconds: range = range(3, 16)
    audio: tuple[str, ...] = ()  # words that `settings.audio` may take; none = there is no such field
    sounds: bool = False  # the film has sound though there is no field for it
    last_frame: tuple[str, ...] = ()  # resolutions at which a last frame is taken
    last_frame_silent: bool = False
    multi_shot: bool = False
    elements: int = 0
    voices: int = 0
    prompt_length: int = 2500

    @property
    def resolutions(self) -> set[str]:
        return {resolution for resolution, _ in self.usd}

    def price(self, resolution: str, extra: str) -> Decimal:
        """Dollars per second; what has no price of its own costs the plain one [U]."""
        return Decimal(self.usd.get((resolution, extra), self.usd.get((resolution, ""), "0")))


def film_size(ratio: float, resolution: str) -> Size:
    return _of_area(_FILM_EDGES[resolution] ** 2, ratio, 2)


def picture_size(ratio: float, resolution: str) -> Size:
    return _of_area(_PICTURE_EDGES[resolution] ** 2, ratio, 16)


def resolution_of(mode: str) -> str:
    """The legacy standard's word in the new one's."""
    return _MODES[mode]


def ratio_of(text: str) -> float:
    width, _, height = text.partition(":")
    return int(width) / int(height)


def picture_usd(model: str, resolution: str, *, image_in: bool) -> Decimal:
    """[P] each"""
    if model == "kling-v2-1":
        return Decimal("0.028" if image_in else "0.014")
    return Decimal("0.056" if resolution == "4k" else "0.028")


def _of_area(area: int, ratio: float, step: int) -> Size:
    width, height = (area * ratio) ** 0.5, (area / ratio) ** 0.5
    return round(width / step) * step, round(height / step) * step


def _usd(**prices: str) -> Mapping[tuple[str, str], str]:
    """Prices by what the film has, each of 720p, 1080p and 4k in this order; - where there is none."""
    table = {}
    for extra, text in prices.items():
        for resolution, usd in zip(("720p", "1080p", "4k"), text.split(), strict=True):
            if usd != "-":
                table[resolution, "" if extra == "plain" else extra] = usd
    return MappingProxyType(table)


_BOTH = ("text-to-video", "image-to-video")
FILM_MODELS = {
    model.id: model
    for model in (
        FilmModel(
            id="kling-3.0-turbo", legacy=None, products=_BOTH, usd=_usd(plain="0.112 0.14 -"),
            sounds=True, prompt_length=3072,
        ),
        FilmModel(
            id="kling-3.0", legacy="kling-v3", products=_BOTH, audio=("native", "off"), multi_shot=True, elements=3,
            usd=_usd(plain="0.084 0.112 0.42", native="0.126 0.168 0.42"), last_frame=("720p", "1080p", "4k"),
            prompt_length=3072,
        ),
        FilmModel(
            id="kling-3.0-omni", legacy="kling-v3-omni", products=("omni-video",), audio=("native", "original", "off"),
            usd=_usd(plain="0.084 0.112 0.42", native="0.112 0.14 0.42", video="0.126 0.168 0.42"),
            last_frame=("720p", "1080p", "4k"), multi_shot=True, elements=7,
        ),
        FilmModel(
            id="kling-o1", legacy="kling-video-o1", products=("omni-video",), audio=("original", "off"),
            usd=_usd(plain="0.084 0.112 -", video="0.126 0.168 -"), seconds=range(3, 11),
            last_frame=("720p", "1080p"), elements=7,
        ),
        FilmModel(
            id="kling-2.6", legacy="kling-v2-6", products=_BOTH, audio=("native", "off"), seconds=range(5, 11, 5),
            usd=_usd(plain="0.042 0.07 -", native="- 0.14 -", voice="- 0.168 -"), last_frame=("1080p",),
            last_frame_silent=True, voices=2,
        ),
        FilmModel(
            id="kling-2.5-turbo", legacy="kling-v2-5-turbo", products=_BOTH, seconds=range(5, 11, 5),
            usd=_usd(plain="0.042 0.07 -"), last_frame=("1080p",),
        ),
    )
}  # fmt: skip
LEGACY_FILM_MODELS = {model.legacy: model for model in FILM_MODELS.values() if model.legacy}
# Resolutions by picture model, per endpoint. The retired names have none.
PICTURE_MODELS = MappingProxyType({"kling-v3": ("1k", "2k"), "kling-v2-1": ("1k", "2k")})
OMNI_PICTURE_MODELS = MappingProxyType({"kling-v3-omni": ("1k", "2k", "4k"), "kling-image-o1": ("1k", "2k")})
