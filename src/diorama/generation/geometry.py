"""Sizes, aspect ratios and resolutions, and how one becomes the other. Arithmetic only.

A model thinks either in pixels (it lists sizes or has a rule for them) or in a ratio and a resolution. Distances are
taken between logarithms, so that twice as much is as far as half as much. `480p` names the short edge; `1k` an area of
1024 x 1024, for films 1080p and its multiples; `768` or `768sq` the area of that square.
"""

import math
import re
from collections.abc import Iterator
from itertools import chain, product

from diorama.catalog.entry import FreeSize, Model

SAME_RATIO = 0.01
"""Ratios nearer than this are the same one, met on a grid of pixels."""
SAME_AREA = 0.05

_SHORT_EDGES = {"1k": 1080, "2k": 1440, "4k": 2160}
_RATIO_WEIGHT = 100
_BENT_WEIGHT = 3

Size = tuple[int, int]


def size_of(text: str) -> Size:
    width, _, height = text.partition("x")
    return int(width), int(height)


def ratio_of(text: str) -> float | None:
    """Width over height; None for one with a zero in it."""
    width, _, height = text.partition(":")
    return float(width) / float(height) if float(width) and float(height) else None


def shape_of(size: Size) -> float:
    return size[0] / size[1]


def apart(one: float, other: float) -> float:
    return abs(math.log(one / other))


def area_of(resolution: str, ratio: float, *, film: bool) -> float | None:
    """The pixels of this resolution in this ratio; None for a word that says nothing about pixels."""
    word = resolution.lower()
    short = _SHORT_EDGES.get(word) if film else None
    if edge := re.fullmatch(r"([1-9]\d*)p", word):
        short = int(edge[1])
    if short:
        return short * short * max(ratio, 1 / ratio)
    if side := re.fullmatch(r"(\d+(?:\.\d+)?)k", word):
        return (1024 * float(side[1])) ** 2 or None
    square = re.fullmatch(r"([1-9]\d{2,3})(sq)?", word)
    return float(square[1]) ** 2 if square else None


def thinks_in_pixels(model: Model) -> bool:
    return bool(model.sizes or model.free_size)


def takes_size(model: Model, size: Size) -> bool:
    listed = f"{size[0]}x{size[1]}" in model.sizes
    return listed or (model.free_size is not None and model.free_size.takes(*size))


def nearest_size(model: Model, width: float, height: float) -> Size:
    """The legal size closest to this one, in shape before all; of two equally near the one with fewer pixels."""
    width, height = _scaled_into(model.free_size, width, height) if model.free_size else (width, height)

    def far(size: Size) -> tuple[float, int]:
        bent = max(0, apart(shape_of(size), width / height) - SAME_RATIO)
        off = math.hypot(apart(size[0], width), apart(size[1], height))
        return round(off + _BENT_WEIGHT * bent, 9), size[0] * size[1]

    return min(_candidates(model, width / height, (width, height)), key=far)


def size_for_resolution(model: Model, ratio: float, area: float) -> Size:
    """The legal size closest to this ratio with this area."""
    return nearest_size(model, math.sqrt(area * ratio), math.sqrt(area / ratio))


def size_for_ratio(model: Model, ratio: float, area: float) -> Size:
    """The legal size that has this ratio, exactly if one of about this area does."""

    def far(size: Size) -> tuple[float, int]:
        off_ratio, off_area = apart(shape_of(size), ratio), apart(size[0] * size[1], area)
        return round(_RATIO_WEIGHT * off_ratio + off_area, 9), size[0] * size[1]

    return min(_candidates(model, ratio), key=far)


def nearest_ratio(ratio: float, choices: tuple[str, ...]) -> str:
    return min(choices, key=lambda choice: round(apart(ratio_of(choice) or 1, ratio), 9))


def nearest_resolution(area: float, ratio: float, choices: tuple[str, ...], *, film: bool) -> str:
    """The resolution with about this area; of two equally near the smaller."""

    def far(choice: str) -> tuple[float, float]:
        pixels = area_of(choice, ratio, film=film) or math.inf
        return round(apart(pixels, area), 9), pixels

    return min(choices, key=far)


def agrees(size: Size, ratio: float, resolution: str, *, film: bool) -> bool:
    """Whether a picture of this ratio and resolution can have exactly this size."""
    area = area_of(resolution, ratio, film=film)
    if area is None or apart(shape_of(size), ratio) > SAME_RATIO:
        return False
    if resolution.lower().endswith("p"):
        return min(size) == int(resolution[:-1])
    return apart(size[0] * size[1], area) <= SAME_AREA / 2


def _candidates(model: Model, ratio: float, near: tuple[float, float] | None = None) -> Iterator[Size]:
    yield from (size_of(size) for size in model.sizes)
    free = model.free_size
    if free is not None:
        around = product(_around(free, near[0]), _around(free, near[1])) if near else ()
        yield from (size for size in chain(around, _of_ratio(free, ratio)) if free.takes(*size))


def _scaled_into(free: FreeSize, width: float, height: float) -> tuple[float, float]:
    """The same shape, as large or small as the limits want it."""
    short, long = sorted((width, height))
    down = min(1, free.max_edge / long, math.sqrt(free.max_pixels / (width * height)))
    up = max(1, free.min_edge / short, math.sqrt(free.min_pixels / (width * height)))
    scale = down if down < 1 else up
    return width * scale, height * scale


def _of_ratio(free: FreeSize, ratio: float) -> Iterator[Size]:
    """Every size on the grid that is closest to this ratio, or to the most extreme one that is allowed."""
    ratio = min(max(ratio, 1 / free.max_ratio), free.max_ratio)
    for height in range(math.ceil(free.min_edge / free.multiple) * free.multiple, free.max_edge + 1, free.multiple):
        for width in _around(free, height * ratio):
            yield width, height


def _around(free: FreeSize, edge: float) -> set[int]:
    steps = min(max(edge, free.min_edge), free.max_edge) / free.multiple
    return {math.floor(steps) * free.multiple, math.ceil(steps) * free.multiple}
