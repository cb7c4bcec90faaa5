"""What a prompt asks to see: words become a `Scene`. Pure; the same words give the same scene on every machine."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from diorama.providers.sketching import vocabulary

HANGUL = ("\uac00", "\ud7a3")
WEATHER_MOODS = {"mist": "mist", "storm": "storm", "aurora": "night"}
WILD_SETTINGS = ("mountains", "hills", "sea", "desert", "forest", "abstract")
STORMY_SETTINGS = ("mountains", "hills", "sea", "forest")
WILD_MOODS = ("dawn", "day", "day", "golden", "sunset", "sunset", "dusk", "night")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A thing the prompt names, with the colour word that stands before it."""

    name: str
    colour: str | None


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A prompt as the sketch reads it. `key` comes from the words alone, `seed` also from the request and slot."""

    setting: str
    mood: str
    weather: str
    figures: tuple[Figure, ...]
    hues: tuple[str, ...]
    riding: bool
    key: int
    seed: int

    def dice(self, *purpose: object) -> Random:
        """Chance for one purpose, so that a new use of it elsewhere leaves this one's draws as they were."""
        return dice(self.seed, *purpose)

    def word_dice(self, purpose: str) -> Random:
        """Chance that the words alone decide: the same for every seed and slot."""
        return dice(self.key, purpose)


def digest(*parts: object) -> int:
    """A number of 64 bits for these parts, the same in every process (unlike `hash`)."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def dice(*parts: object) -> Random:
    """A source of chance that repeats for the same parts."""
    return Random(digest(*parts))  # noqa: S311 (pictures, no secrets)


def read(*, prompt: str, seed: int, slot: int, negative: str | None = None) -> Scene:
    """The scene that these words, this seed and this slot describe; words of `negative` are left out of it."""
    found = _found(prompt)
    if negative:
        unwanted = {(topic, meaning) for topic, meaning, _ in _found(negative)}
        found = [item for item in found if (item[0], item[1]) not in unwanted]
    words = " ".join(sorted({match.group() for match in _tokens(_plain(prompt))}))
    key = digest(words)
    figures, hues = _figures(found)
    weather = _first(found, "weather") or "clear"
    setting = _setting(found, figures, weather, key)
    return Scene(
        setting=setting,
        mood=_mood(found, setting, weather, key),
        weather=weather,
        figures=figures,
        hues=hues,
        riding=bool(re.search(r"\b(rid(e|es|ing)|on (a|the|top)|reitet|cheval|monta)|骑|乗", _plain(prompt))),
        key=key,
        seed=digest(words, seed, slot),
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _tokens(text: str) -> list[re.Match[str]]:
    """Words as people part them. `\\w` would cut words of Indian scripts at their vowel signs."""
    return list(re.finditer(r"[^\s!-/:-@\[-`{-~、。，！？：；「」…–—“”‘’]+", text))


@cache
def _index() -> dict[str, list[tuple[str, str]]]:
    index: dict[str, list[tuple[str, str]]] = {}
    topics: dict[str, Mapping[str, str]] = {
        "setting": vocabulary.SETTINGS,
        "time": vocabulary.TIMES,
        "weather": vocabulary.WEATHERS,
        "colour": vocabulary.COLOURS,
        "figure": vocabulary.FIGURES,
    }
    for topic, meanings in topics.items():
        for meaning, words in meanings.items():
            for word in _plain(words).split():
                index.setdefault(word, []).append((topic, meaning))
    return index


@cache
def _unspaced() -> tuple[str, ...]:
    """Words of scripts that put no spaces between words, longest first so that 猫头鹰 is an owl and no cat."""
    words = (word for word in _index() if "\u2e80" <= word[0] < HANGUL[0])
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


def _known(word: str) -> list[tuple[str, str]]:
    """What a word means, also in its plural or with a Korean particle of one or two syllables behind it."""
    forms = [word, word.removesuffix("s")]
    if HANGUL[0] <= word[0] <= HANGUL[1]:
        forms += [word[:-1], word[:-2]]
    return next((_index()[form] for form in forms if form in _index()), [])


def _found(prompt: str) -> list[tuple[str, str, int]]:
    """Everything understood as (topic, meaning, place), in the order of the prompt; places count letters."""
    found: list[tuple[str, str, int]] = []
    text = _plain(prompt)
    for match in _tokens(text):
        found += [(topic, meaning, match.start()) for topic, meaning in _known(match.group())]
    for word in _unspaced():
        place = text.find(word)
        if place >= 0:
            found += [(topic, meaning, place) for topic, meaning in _index()[word]]
            text = text.replace(word, "\x00" * len(word))
    return sorted(dict.fromkeys(found), key=lambda item: item[2])


def _first(found: list[tuple[str, str, int]], topic: str) -> str | None:
    return next((meaning for kind, meaning, _ in found if kind == topic), None)


def _figures(found: list[tuple[str, str, int]]) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Figures with the colour that stands just before each; colours that nobody claims belong to the whole picture."""
    figures: dict[str, str | None] = {}
    free: dict[str, None] = {}
    waiting: tuple[str, int] | None = None
    for topic, meaning, place in found:
        if topic == "colour":
            if waiting:
                free[waiting[0]] = None
            waiting = (meaning, place)
        elif topic == "figure" and meaning not in figures:
            claimed = waiting is not None and place - waiting[1] < 18
            figures[meaning] = waiting[0] if waiting and claimed else None
            waiting = None if claimed else waiting
    if waiting:
        free[waiting[0]] = None
    chosen = tuple(Figure(name=name, colour=colour) for name, colour in list(figures.items())[:3])
    return chosen, tuple(free)


def _setting(found: list[tuple[str, str, int]], figures: tuple[Figure, ...], weather: str, key: int) -> str:
    named = _first(found, "setting")
    if named:
        return named
    homes = [vocabulary.HOMES[figure.name] for figure in figures if figure.name in vocabulary.HOMES]
    if homes:
        return homes[0]
    if figures:
        return "hills"
    wild = WILD_SETTINGS if weather == "clear" else STORMY_SETTINGS
    return dice(key, "place").choice(wild)


def _mood(found: list[tuple[str, str, int]], setting: str, weather: str, key: int) -> str:
    times = [meaning for topic, meaning, _ in found if topic == "time"]
    if "neon" in times:
        return "neon"
    if setting == "space":
        return "space"
    named = next((time for time in times if time != "space"), None)
    if named:
        return named
    if weather in WEATHER_MOODS:
        return WEATHER_MOODS[weather]
    if setting == "abstract":
        return "abstract"
    pick = dice(key, "mood")
    if weather == "rain":
        return pick.choice(("storm", "dusk", "mist"))
    if weather == "snow":
        return pick.choice(("dawn", "dusk", "day"))
    if setting == "table":
        return pick.choice(("golden", "dawn", "day"))
    return pick.choice(WILD_MOODS)
