"""A quiet pad of slow chords as float samples. Pure, seeded, cheap: each chord is one looped second of sines."""

import math
from array import array
from collections.abc import Iterator

from diorama.providers.sketching.words import dice

RATE = 24_000
"""Samples per second, mono."""
CHUNK = 1024
LOUDNESS = 0.09
FADE_S = 0.8
# Whole numbers of hertz, so that one second of a chord loops without a click.
CHORDS = ((110, 220, 330, 440, 554), (98, 196, 294, 392, 494), (131, 262, 330, 392, 523), (87, 175, 262, 349, 440))


def chunks(seconds: float, seed: int) -> Iterator[bytes]:
    """Native 32-bit floats, `CHUNK` samples at a time, `seconds` long in all."""
    random = dice(seed, "sound")
    loops = [_chord(random.choice(CHORDS)) for _ in range(2)]
    total = round(seconds * RATE)
    for start in range(0, total, CHUNK):
        stop = min(start + CHUNK, total)
        yield array("f", _mixed(loops, start, stop, total)).tobytes()


def _chord(notes: tuple[int, ...]) -> list[float]:
    sine = [math.sin(math.tau * step / RATE) for step in range(RATE)]
    parts = [(note, 1 / (1 + index)) for index, note in enumerate(notes)]
    return [sum(weight * sine[step * note % RATE] for note, weight in parts) for step in range(RATE)]


def _mixed(loops: list[list[float]], start: int, stop: int, total: int) -> list[float]:
    """One chord slowly gives way to the other; the whole fades in and out. Gains are held for a chunk's slope."""
    first, second = (_gains(place, total) for place in (start, stop))
    a, b = loops
    count = stop - start
    return [
        a[(start + i) % RATE] * (first[0] + (second[0] - first[0]) * i / count)
        + b[(start + i) % RATE] * (first[1] + (second[1] - first[1]) * i / count)
        for i in range(count)
    ]


def _gains(place: int, total: int) -> tuple[float, float]:
    fade = min(1.0, place / RATE / FADE_S, (total - place) / RATE / FADE_S) * LOUDNESS
    turn = 0.5 - 0.5 * math.cos(math.tau * place / RATE / 8)
    return fade * (1 - turn), fade * turn
