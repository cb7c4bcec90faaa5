"""Outlines of hills, peaks, clouds and rounded shapes as lists of points. Pure geometry, seeded."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

Point = tuple[float, float]
Height = Callable[[float], float]


def rounded(points: Sequence[Point], steps: int = 10) -> list[Point]:
    """A closed Catmull-Rom curve through the points."""
    count = len(points)
    curve: list[Point] = []
    for index in range(count):
        p0, p1, p2, p3 = (points[(index + shift) % count] for shift in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            curve.append((_between(p0[0], p1[0], p2[0], p3[0], t), _between(p0[1], p1[1], p2[1], p3[1], t)))
    return curve


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


def rolling(random: Random, waves: float = 2.0) -> Height:
    """A soft skyline over 0 to 1: heights between about -1 and 1, `waves` big swells and smaller ones on them."""
    parts = [
        (waves * scale * random.uniform(0.8, 1.2), random.uniform(0, math.tau), weight)
        for scale, weight in ((1, 0.62), (2.1, 0.27), (4.7, 0.11))
    ]
    return lambda x: sum(weight * math.sin(math.tau * beat * x + phase) for beat, phase, weight in parts)


def dunes(random: Random, waves: float = 1.6) -> Height:
    """A skyline of long windward slopes that break off at sharp crests."""
    phase, lean = random.random(), random.uniform(0.58, 0.78)
    slow = rolling(random, waves * 0.5)

    def height(x: float) -> float:
        place = (x * waves + phase) % 1.0
        slope = place / lean if place < lean else (1 - place) / (1 - lean)
        eased: float = (slope * slope * (3 - 2 * slope)) ** 0.85
        return 1.5 * eased - 0.75 + 0.35 * slow(x)

    return height


def jagged(random: Random, peaks: int = 4, rough: float = 0.5) -> list[Point]:
    """A mountain skyline by halving: points over 0 to 1 with heights 0 (valley) to 1 (summit)."""
    points: list[Point] = [(-0.05, random.uniform(0.1, 0.4))]
    for index in range(peaks):
        middle = (index + 0.5 + random.uniform(-0.25, 0.25)) / peaks
        points.append((middle, random.uniform(0.6, 1.0)))
        points.append(((index + 1) / peaks, random.uniform(0.08, 0.4)))
    points.append((1.05, random.uniform(0.2, 0.5)))
    spread = 0.09 * rough
    for _ in range(4):
        points = _halved(points, random, spread)
        spread *= 0.55
    return points


def _halved(points: list[Point], random: Random, spread: float) -> list[Point]:
    finer = [points[0]]
    for (x1, y1), (x2, y2) in pairwise(points):
        share = random.uniform(0.4, 0.6)
        finer.append((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share + random.uniform(-spread, spread)))
        finer.append((x2, y2))
    return finer


def cloud(random: Random, width: float, height: float) -> list[tuple[float, float, float]]:
    """Circles (x, y, radius) of a cloud that sits on y = 0, `width` wide and about `height` high."""
    count = random.randint(4, 6)
    puffs = []
    for index in range(count):
        place = (index + 0.5) / count
        swell = math.sin(math.pi * place) * random.uniform(0.75, 1.1)
        radius = height * (0.2 + 0.32 * swell)
        puffs.append(((place - 0.5) * width * 0.8, -radius, radius))
    return puffs


def pine(x: float, base: float, height: float, tiers: int = 4) -> list[Point]:
    """A fir: stacked skirts that narrow to the top."""
    half = height * 0.21
    left: list[Point] = []
    for tier in range(tiers):
        low = base - height * (0.08 + 0.9 * tier / tiers)
        wide = half * (1 - tier / tiers) ** 0.85
        left.append((x - wide, low))
        left.append((x - wide * 0.42, low - height * 0.9 / tiers * 0.82))
    left.append((x, base - height))
    right = [(2 * x - px, py) for px, py in reversed(left[:-1])]
    trunk = height * 0.018
    return [
        *left,
        *right,
        (x + trunk, base - height * 0.08),
        (x + trunk, base + 2),
        (x - trunk, base + 2),
        (x - trunk, base - height * 0.08),
    ]
