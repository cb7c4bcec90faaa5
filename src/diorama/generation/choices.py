"""The closest of several values. Of two equally near it is the cheaper: the lower number, the lower quality."""

import math
from typing import Any, Final

from diorama.catalog.entry import Model, Span
from diorama.generation.geometry import area_of, nearest_ratio, nearest_resolution, ratio_of

QUALITIES: Final = ("low", "standard", "medium", "hd", "high", "xhigh", "max")
"""Every vendor's words in one order, cheapest first."""
_SAME = {"jpg": "jpeg"}


def spelled(value: Any, choices: tuple[Any, ...]) -> Any:
    """The choice that this is another spelling of, else None."""
    word = _plain(value)
    return next((choice for choice in choices if _plain(choice) == word), None)


def closest(model: Model, field: str, value: Any, choices: tuple[Any, ...]) -> Any:
    """The choice nearest to a value; among words without an order the model's default, else the first."""
    default = model.defaults.get(field)
    fallback = default if default in choices else choices[0]
    if field == "quality":
        return closest_quality(value, choices, fallback)
    if field == "aspect_ratio":
        return nearest_ratio(ratio_of(value) or 1, choices)
    if field == "resolution":
        film = model.makes == "video"
        area = area_of(value, 1, film=film)
        return nearest_resolution(area, 1, choices, film=film) if area else fallback
    if isinstance(value, int | float) and not isinstance(value, bool):
        return closest_number(value, choices)
    return fallback


def closest_quality(value: Any, choices: tuple[Any, ...], fallback: Any) -> Any:
    word = _plain(value)
    ranked = [choice for choice in choices if choice in QUALITIES]
    if word not in QUALITIES or not ranked:
        return fallback
    rank = QUALITIES.index(word)
    return min(ranked, key=lambda choice: (abs(QUALITIES.index(choice) - rank), QUALITIES.index(choice)))


def closest_number(value: float, choices: Span | tuple[Any, ...]) -> float:
    if isinstance(choices, Span):
        inside = min(max(value, choices.min), choices.max)
        steps = (inside - choices.min) / choices.step
        last = math.floor((choices.max - choices.min) / choices.step + 1e-9)
        choices = tuple(
            round(choices.min + min(step, last) * choices.step, 6) for step in (math.floor(steps), math.ceil(steps))
        )
    nearest: float = min(choices, key=lambda choice: (round(abs(choice - value), 9), choice))
    return nearest


def _plain(value: Any) -> str:
    word = str(value).lower()
    return _SAME.get(word, word)
