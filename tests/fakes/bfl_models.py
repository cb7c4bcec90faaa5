"""What Black Forest Labs charges on 2026-11-20, and how large its results are. Marks as in `bfl_rules.py`.

Money is in credits of 0.01 USD [V]. A megapixel counts as 1024 x 1024 and a begun one as a whole [U].
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

MEGAPIXEL = 1024 * 1024
Size = tuple[int, int]

# The first megapixel that comes out, each further one that comes out or goes in. [V], the further ones SKILLS
_PER_MEGAPIXEL = {
    "flux-2-pro": ("3", "1.5"),
    "flux-2-pro-preview": ("3", "1.5"),
    "flux-2-flex": ("5", "5"),
    "flux-2-max": ("7", "3"),
    "flux-2-klein-4b": ("1.4", "0.1"),
    "flux-2-klein-9b": ("1.5", "0.2"),
    "flux-2-klein-9b-preview": ("1.5", "0.2"),
}
# [V] litellm==1.109.1 and docs; the tools are observed costs [V2]
_EACH = {
    "flux-pro-1.1": "4", "flux-pro-1.1-ultra": "6", "flux-dev": "2.5", "flux-pro-1.0-fill": "5",
    "flux-pro-1.0-expand": "5", "flux-kontext-pro": "4", "flux-kontext-max": "8", "flux-tools/erase-v1": "3",
    "flux-tools/deblur-v1": "3", "flux-tools/vto-v1": "4.75", "flux-tools/vto-v2": "4.75",
}  # fmt: skip
_OUTPAINTING = {"fast": "4.5", "high": "20"}  # [V2]
_FLUX_3 = {  # [V2], 1k [V]; 1.5k is not listed [U]
    "flux-3-image": {"768sq": "4.1", "1k": "4.8", "1.5k": "7.4", "2k": "10", "4k": "60.7"},
    "flux-3-image-klein": {"1k": "0.9", "2k": "1.4", "4k": "3.6"},
}
_FILM = {"hd": "17", "fhd": "29", "qhd": "40", "uhd": "80", "draft": "6"}  # [V2] per second
_FILM_FROM_FILM = {"hd": "41", "fhd": "53", "qhd": "65", "uhd": "95", "draft": "12"}  # [V2]
_TIERS = {"768sq": 768, "1k": 1024, "1.5k": 1536, "2k": 2048, "4k": 4096}  # the edge of the square one [V]
_FILM_EDGES = {"hd": 960, "fhd": 1440, "qhd": 1920, "uhd": 2880}  # [V2] the edge of the square one
_WIDE = {"hd": (1280, 704), "fhd": (1920, 1088), "qhd": (2560, 1440), "uhd": (3840, 2160)}  # [V2]


@dataclass(frozen=True, kw_only=True)
class Bill:
    """Credits for one result; the megapixels are what the submit answer tells beside them."""

    credits: Decimal
    input_mp: float = 0.0
    output_mp: float = 0.0


def prices_of(path: str) -> Mapping[str, str]:
    """The resolutions of a FLUX 3 picture model and their prices."""
    return MappingProxyType(_FLUX_3[path])


def megapixels(size: Size) -> int:
    return math.ceil(size[0] * size[1] / MEGAPIXEL)


def bill_picture(path: str, out: Size, inputs: Sequence[Size], *, tier: str = "") -> Bill:
    """`tier`: resolution of FLUX 3, mode of outpainting."""
    into = sum(width * height for width, height in inputs)
    shown = {"input_mp": round(into / 1e6, 2), "output_mp": round(out[0] * out[1] / 1e6, 2)}
    if path in _PER_MEGAPIXEL:
        first, further = (Decimal(part) for part in _PER_MEGAPIXEL[path])
        extra = megapixels(out) - 1 + sum(megapixels(size) for size in inputs)
        return Bill(credits=first + further * extra, **shown)
    if path in _FLUX_3:
        return Bill(credits=Decimal(_FLUX_3[path][tier]), **shown)
    return Bill(credits=Decimal(_OUTPAINTING[tier] if tier else _EACH[path]), **shown)


def bill_film(resolution: str, seconds: int, *, from_film: bool, draft: bool) -> Bill:
    table = _FILM_FROM_FILM if from_film else _FILM
    return Bill(credits=Decimal(table["draft" if draft else resolution]) * seconds)


def picture_size_3(ratio: float, tier: str) -> Size:
    """Equal areas [V]; the exact pixels are [U], here multiples of 16."""
    return _of_area(_TIERS[tier] ** 2, ratio, 16)


def film_size(ratio: float, resolution: str) -> Size:
    """Known for 16:9 and its mirror; the others are of the same area, in multiples of 32 [V2]."""
    wide, high = _WIDE[resolution]
    if math.isclose(ratio, 16 / 9, rel_tol=0.03):
        return wide, high
    if math.isclose(ratio, 9 / 16, rel_tol=0.03):
        return high, wide
    return _of_area(_FILM_EDGES[resolution] ** 2, ratio, 32)


def ultra_size(ratio: float) -> Size:
    """About 4 megapixels; the exact pixels are [U]."""
    return _of_area(4 * MEGAPIXEL, ratio, 32)


def kontext_size(ratio: float) -> Size:
    """About 1 megapixel; the exact pixels are [U]."""
    return _of_area(MEGAPIXEL, ratio, 16)


def ratio_of(text: str) -> float:
    """Raises ValueError for what is no W:H of whole numbers."""
    width, _, height = text.partition(":")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ValueError(f"{text!r} is no ratio")
    return int(width) / int(height)


def _of_area(area: int, ratio: float, step: int) -> Size:
    width, height = (area * ratio) ** 0.5, (area / ratio) ** 0.5
    return round(width / step) * step, round(height / step) * step
