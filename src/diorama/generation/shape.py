"""Fits size, aspect ratio and resolution to a model that thinks in pixels, or in a ratio and a resolution.

The fitted request holds either a size or a ratio with a resolution, whichever the model is told.
"""

import math

from diorama.catalog.entry import Model
from diorama.generation.draft import Draft
from diorama.generation.geometry import (
    SAME_AREA,
    SAME_RATIO,
    Size,
    agrees,
    apart,
    area_of,
    nearest_ratio,
    nearest_resolution,
    nearest_size,
    ratio_of,
    shape_of,
    size_for_ratio,
    size_for_resolution,
    size_of,
    takes_size,
    thinks_in_pixels,
)

SHAPE = ("size", "aspect_ratio")
_SAME_WORD = 0.001
"""Ratios nearer than this are one ratio in two spellings, such as 16:9 and 1920:1080."""


def fit_shape(draft: Draft, picture: Size | None) -> None:
    """One way of saying the shape, and one that the model understands."""
    if "aspect_ratio" in draft and ratio_of(draft.get("aspect_ratio")) is None:
        draft.drop("aspect_ratio", f"has no aspect_ratio {draft.get('aspect_ratio')!r}", "A ratio has no zero in it.")
    _settle(draft)
    _follow_picture(draft, picture)
    if thinks_in_pixels(draft.model):
        _to_pixels(draft)
    else:
        _to_ratio(draft)


def _settle(draft: Draft) -> None:
    """A size says ratio and resolution too: the one that the caller wrote wins, contradictions are refused."""
    if "size" not in draft:
        return
    rest = [field for field in ("aspect_ratio", "resolution") if field in draft]
    if not draft.is_hard("size") and any(draft.is_hard(field) for field in rest):
        draft.remove("size")
        return
    for field in rest:
        value, size = draft.get(field), draft.get("size")
        if not draft.is_hard(field) or _says_the_same(draft, size_of(size), field, value):
            draft.remove(field)
        else:
            draft.drop(field, f"cannot make size {size!r} with {field} {value!r}", "Give one of the two.")


def _says_the_same(draft: Draft, size: Size, field: str, value: str) -> bool:
    if field == "aspect_ratio":
        return apart(ratio_of(value) or 1, shape_of(size)) <= SAME_RATIO
    return agrees(size, shape_of(size), value, film=_films(draft.model))


def _follow_picture(draft: Draft, picture: Size | None) -> None:
    """Unless the caller wants a shape, the output has that of the picture that goes in."""
    if any(draft.is_hard(field) for field in SHAPE):
        return
    in_pixels = thinks_in_pixels(draft.model) and draft.is_hard("resolution")
    if draft.roles.keys() & set(draft.model.follows_picture) and not in_pixels:
        draft.leave_open(*SHAPE)
    elif picture and "size" in draft:
        width, height = size_of(draft.get("size"))
        side = math.sqrt(width * height)
        tilt = math.sqrt(shape_of(picture))
        draft.fill("size", f"{max(1, round(side * tilt))}x{max(1, round(side / tilt))}")
    elif picture:
        draft.fill("aspect_ratio", f"{picture[0]}:{picture[1]}")


def _to_pixels(draft: Draft) -> None:
    if "size" in draft:
        asked = draft.get("size")
        if not takes_size(draft.model, size_of(asked)):
            used = _text(nearest_size(draft.model, *size_of(asked)))
            draft.change("size", used, f"has no size {asked!r}", f"{_sizes(draft.model)} The nearest is {used}.")
        return
    ratio = ratio_of(draft.get("aspect_ratio") or "0:0") or _default_shape(draft.model)
    area = area_of(draft.get("resolution") or "", ratio, film=_films(draft.model))
    if "resolution" in draft and area is None:
        draft.drop("resolution", f"has no resolution {draft.get('resolution')!r}", _sizes(draft.model))
    if "aspect_ratio" in draft or "resolution" in draft:
        _say_as_size(draft, ratio, area)


def _say_as_size(draft: Draft, ratio: float, area: float | None) -> None:
    """The size of this ratio and area; without an area, one about as large as the default."""
    model = draft.model
    size = size_for_resolution(model, ratio, area) if area else size_for_ratio(model, ratio, _default_area(model))
    used = _text(size)
    off = {
        "aspect_ratio": apart(shape_of(size), ratio) > SAME_RATIO,
        "resolution": area is not None and apart(size[0] * size[1], area) > SAME_AREA,
    }
    said = [field for field in off if field in draft]
    missed = [field for field in said if off[field]]
    for field in missed:
        hint = f"{_sizes(model)} The nearest is {used}."
        draft.change(field, used, f"has no {field} {draft.get(field)!r}", hint)
    source = next((field for field in said if draft.is_hard(field)), said[0])
    for field in said:
        if field != source:
            draft.remove(field)
    draft.convert(source, size=used)


def _to_ratio(draft: Draft) -> None:
    if "size" in draft:
        _say_as_ratio(draft)
    if "aspect_ratio" in draft:
        _fit_ratio(draft)
    if "resolution" in draft:
        _fit_resolution(draft)


def _say_as_ratio(draft: Draft) -> None:
    model, asked = draft.model, draft.get("size")
    size, into = size_of(asked), {}
    ratio = shape_of(size)
    if model.aspect_ratios:
        into["aspect_ratio"] = nearest_ratio(ratio, model.aspect_ratios)
        ratio = ratio_of(into["aspect_ratio"]) or ratio
    if model.resolutions:
        area = size[0] * size[1]
        into["resolution"] = nearest_resolution(area, ratio, model.resolutions, film=_films(model))
    if not into:
        draft.drop("size", f"takes no size, and {asked!r} was asked for", "Leave it out.")
        return
    met = len(into) == 2 and agrees(size, ratio, into["resolution"], film=_films(model))
    if not met:
        used = " at ".join(into.values())
        choices = " and ".join(f"{field} ({', '.join(getattr(model, f'{field}s'))})" for field in into)
        draft.change("size", used, f"has no size {asked!r}", f"Ask for {choices}; the nearest is {used}.")
    draft.convert("size", **into)


def _fit_ratio(draft: Draft) -> None:
    asked, choices = draft.get("aspect_ratio"), draft.model.aspect_ratios
    if not choices:
        draft.drop("aspect_ratio", f"takes no aspect_ratio, and {asked!r} was asked for", "Leave it out.")
        return
    ratio = ratio_of(asked) or 1
    used = nearest_ratio(ratio, choices)
    if apart(ratio_of(used) or 1, ratio) < _SAME_WORD:
        draft.spell("aspect_ratio", used)
    else:
        draft.change("aspect_ratio", used, f"has no aspect_ratio {asked!r}", f"One of {', '.join(choices)}.")


def _fit_resolution(draft: Draft) -> None:
    asked, choices, film = draft.get("resolution"), draft.model.resolutions, _films(draft.model)
    if not choices:
        draft.drop("resolution", f"takes no resolution, and {asked!r} was asked for", "Leave it out.")
        return
    spelled = next((choice for choice in choices if choice.lower() == asked.lower()), None)
    if spelled:
        draft.spell("resolution", spelled)
        return
    ratio = ratio_of(draft.get("aspect_ratio") or "1:1") or 1
    area = area_of(asked, ratio, film=film)
    default = draft.model.defaults.get("resolution", choices[0])
    used = nearest_resolution(area, ratio, choices, film=film) if area else default
    draft.change("resolution", used, f"has no resolution {asked!r}", f"One of {', '.join(choices)}.")


def _films(model: Model) -> bool:
    return model.makes == "video"


def _text(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _default_size(model: Model) -> Size:
    return size_of(model.defaults.get("size", "1024x1024"))


def _default_shape(model: Model) -> float:
    return shape_of(_default_size(model))


def _default_area(model: Model) -> float:
    width, height = _default_size(model)
    return width * height


def _sizes(model: Model) -> str:
    """What a person may choose from, as a sentence."""
    listed = f"One of {', '.join(model.sizes)}." if model.sizes else ""
    free = model.free_size
    if free is None:
        return listed
    grid = f"multiples of {free.multiple}" if free.multiple > 1 else "whole numbers"
    least = f" from {free.min_edge}" if free.min_edge > free.multiple else ""
    rule = f"edges in {grid}{least} up to {free.max_edge}, {free.min_pixels} to {free.max_pixels} pixels"
    return f"{listed} {'Or any' if listed else 'Any'} with {rule}, no longer than {free.max_ratio:g}:1.".strip()
