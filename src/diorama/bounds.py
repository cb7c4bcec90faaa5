"""What may be taken in at all: nothing that a store would refuse, or give back as something else. Pure.

Found out late, such a thing costs: the picture is made and paid for, and then its row cannot be written.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

DEEPEST: Final = 32
MOST_BYTES: Final = 64_000
MOST_DIGITS: Final = 300
_HALF: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """What is wrong with a value and what to do about it. `where` leads to it from the outermost value."""

    where: tuple[str, ...] = ()
    why: str
    way_out: str


def find_flaw(value: Any, *, deepest: int = DEEPEST) -> Flaw | None:
    """The first thing in here that could not be kept as it is, at any depth up to `deepest`."""
    return next(_flaws(value, (), deepest), None)


def find_excess(value: Any) -> Flaw | None:
    """What is wrong with the size of a value that `find_flaw` has passed."""
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    if size <= MOST_BYTES:
        return None
    why = f"has {size / 1000:.1f} kB as JSON; at most {MOST_BYTES // 1000} kB are kept"
    return Flaw(why=why, way_out="Keep it elsewhere and give its id or address.")


def _flaws(value: Any, where: tuple[str, ...], deepest: int) -> Iterator[Flaw]:
    match value:
        case None | bool():
            return
        case str():
            yield from _flaws_of_text(value, where)
        case int() | float():
            yield from _flaws_of_number(value, where)
        case dict() | list() | tuple() if deepest == 0:
            yield Flaw(where=where, why="is nested too deep to be kept", way_out="Give it flatter, or as text.")
        case dict():
            for key, inner in value.items():
                yield from _flaws_of_key(key, where)
                yield from _flaws(inner, (*where, key), deepest - 1)
        case list() | tuple():
            for place, inner in enumerate(value):
                yield from _flaws(inner, (*where, str(place)), deepest - 1)
        case _:
            why = f"is of the type {type(value).__name__}, which cannot be kept"
            yield Flaw(
                where=where, why=why, way_out="Give texts, numbers, true or false, and lists and dicts of those."
            )


def _flaws_of_number(number: float, where: tuple[str, ...]) -> Iterator[Flaw]:
    if isinstance(number, int):
        if abs(number) >= 10**MOST_DIGITS:
            yield Flaw(where=where, why=f"is a number of more than {MOST_DIGITS} digits", way_out="Give it as text.")
    elif not math.isfinite(number):
        way_out = "Give a finite number, or leave it out."
        yield Flaw(where=where, why=f"is {number}, which cannot be kept", way_out=way_out)


def _flaws_of_text(text: str, where: tuple[str, ...]) -> Iterator[Flaw]:
    if "\0" in text:
        yield Flaw(where=where, why="holds the character U+0000, which cannot be kept", way_out="Take it out.")
    if not text.isascii() and _HALF.search(text):
        why = "holds half a character (a lone surrogate), which cannot be kept"
        yield Flaw(where=where, why=why, way_out="Give text that can be written as UTF-8.")


def _flaws_of_key(key: Any, where: tuple[str, ...]) -> Iterator[Flaw]:
    if not isinstance(key, str):
        yield Flaw(where=where, why=f"has the name {key!r}, which is no text", way_out="Let all names be text.")
        return
    for flaw in _flaws_of_text(key, where):
        yield Flaw(where=where, why=f"has a name that {flaw.why}", way_out=flaw.way_out)
