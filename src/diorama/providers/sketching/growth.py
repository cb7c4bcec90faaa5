"""What grows: firs, round trees, grass and fronds, each a sheet of its own. Blocking (Pillow)."""

import math

from diorama.providers.sketching import curves
from diorama.providers.sketching.curves import Point
from diorama.providers.sketching.ground import Ground, Skyline
from diorama.providers.sketching.palette import lighter
from diorama.providers.sketching.paper import Layer, Pen


def firs(ground: Ground, skyline: Skyline, depth: float, count: int, tall: tuple[float, float]) -> Layer:
    """A row of firs whose feet the land at this depth will hide; `tall` is their least and greatest height in units."""
    desk, random = ground.desk, ground.random
    trees: list[list[Point]] = []
    for index in range(round(count * desk.breadth)):
        place = (index + random.uniform(0.1, 0.9)) / round(count * desk.breadth)
        height = desk.unit * random.uniform(*tall)
        trees.append(
            curves.pine(place * desk.width, skyline(place) + height * 0.2 + desk.unit, height, random.choice((4, 5, 6)))
        )
    top = min(y for tree in trees for _, y in tree)
    bottom = max(y for tree in trees for _, y in tree)

    def paint(pen: Pen) -> None:
        for tree in trees:
            pen.shape(tree)

    return ground.sheet(top, depth, paint, colour=ground.growth(depth), bottom=bottom, haze=0.25)


def grove(ground: Ground, skyline: Skyline, depth: float, count: int) -> Layer:
    """A few round trees with short trunks."""
    desk, random = ground.desk, ground.random
    trees = [(random.random(), random.uniform(2.0, 3.6) * desk.unit * (0.6 + depth)) for _ in range(count)]
    feet = [(place * desk.width, skyline(place), radius) for place, radius in trees]

    def paint(pen: Pen) -> None:
        for x, y, r in feet:
            pen.box(x - r * 0.1, y - r * 2, x + r * 0.1, y + r)
            for across, up, share in ((0, 2.3, 1.0), (-0.55, 1.7, 0.7), (0.6, 1.75, 0.68)):
                pen.disc(x + across * r, y - up * r, share * r)

    top = min(y - 3.5 * r for _, y, r in feet)
    bottom = max(y + r for _, y, r in feet)
    return ground.sheet(top, depth, paint, colour=ground.growth(depth), bottom=bottom, haze=0.1)


def wings(ground: Ground, *, fronds: bool = True, grass: bool = True) -> Layer:
    """The nearest sheet: grass along the floor and fronds that lean in from the lower corners."""
    desk, random, floor = ground.desk, ground.random, ground.desk.height
    blades = [
        _blade(random.random() * desk.width, floor, desk.unit * random.uniform(3, 8), random.uniform(-0.5, 0.5))
        for _ in range(round(70 * desk.breadth) if grass else 0)
    ]
    leaves: list[list[Point]] = []
    for side in (0, 1) if fronds else ():
        for _ in range(3):
            x = desk.x(side) + (1 - 2 * side) * desk.unit * random.uniform(-3, 14)
            angle = math.radians(90 - (1 - 2 * side) * random.uniform(-8, 42))
            leaves += _frond(x, floor + desk.unit, angle, desk.unit * random.uniform(16, 30), 1 - 2 * side)
    bank = curves.rolling(random, 2)

    def paint(pen: Pen) -> None:
        line = [(x / 60 * desk.width, floor - desk.unit * (1.6 + 0.8 * bank(x / 60))) for x in range(61)]
        pen.shape([*line, (desk.width + 2, floor + 2), (-2, floor + 2)])
        for shape in (*blades, *leaves):
            pen.shape(shape)

    top = min(y for shape in (*blades, *leaves) for _, y in shape)
    colour = lighter(ground.palette.near, -0.05)
    return ground.sheet(top, 1.0, paint, colour=colour, motion="sway")


def _blade(x: float, floor: float, height: float, lean: float) -> list[Point]:
    wide = height * 0.07
    tip = (x + lean * height, floor - height)
    bend = (x + lean * height * 0.3, floor - height * 0.6)
    return [(x - wide, floor), (bend[0] - wide * 0.7, bend[1]), tip, (bend[0] + wide * 0.7, bend[1]), (x + wide, floor)]


def _frond(x: float, y: float, angle: float, length: float, side: int) -> list[list[Point]]:
    """A bent stem with leaflets in pairs that shrink towards its tip."""
    shapes: list[list[Point]] = []
    stem: list[Point] = [(x, y)]
    steps = 11
    for step in range(steps):
        angle -= side * 0.075
        x, y = x + math.cos(angle) * length / steps, y - math.sin(angle) * length / steps
        stem.append((x, y))
        size = length * 0.3 * math.sin(math.pi * (0.16 + 0.84 * (step + 1) / (steps + 1)))
        shapes += [_leaf(x, y, angle + turn, size) for turn in (0.95, -0.95)]
    wide = length * 0.012
    shapes.append([*((px - wide, py) for px, py in stem), *((px + wide, py) for px, py in reversed(stem))])
    return shapes


def _leaf(x: float, y: float, angle: float, length: float) -> list[Point]:
    along, across = (math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))
    outline = [(0.0, 0.0), (0.3, 0.13), (0.65, 0.11), (1.0, 0.0), (0.65, -0.11), (0.3, -0.13)]
    points = [
        (x + length * (a * along[0] + b * across[0]), y + length * (a * along[1] + b * across[1])) for a, b in outline
    ]
    return curves.rounded(points, 4)
