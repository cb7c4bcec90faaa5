"""Places that are made: a city, the ground of a moon, a stage for a still life, and sheets of pure form. Blocking."""

import math

from diorama.providers.sketching import curves, growth
from diorama.providers.sketching.curves import Point
from diorama.providers.sketching.ground import Ground
from diorama.providers.sketching.land import mountain
from diorama.providers.sketching.palette import Colour, lighter, mix, turned
from diorama.providers.sketching.paper import Layer, Pen

Tower = tuple[float, float, float, str]
"""Left, right and top in pixels, and the kind of roof."""


def city(ground: Ground) -> list[Layer]:
    """Three rows of towers above their light on the water."""
    layers = [_towers(ground, depth, high) for depth, high in ((0.05, 46), (0.16, 38), (0.3, 24))]
    water = mix(ground.colour(0.55), ground.palette.middle, 0.25)
    shore = ground.down(0.4)
    layers.append(ground.ridge(lambda _: shore, 0.4, colour=water, haze=0.0))
    layers += [_streaks(ground, shore, 0.41 + 0.01 * turn) for turn in range(2)]
    bank = ground.rolling(0.66, 1.6, 1.0)
    layers.append(growth.grove(ground, bank, 0.65, round(5 * ground.desk.breadth)))
    layers.append(ground.ridge(bank, 0.66))
    return [*layers, growth.wings(ground, fronds=False)]


def _towers(ground: Ground, depth: float, high: float) -> Layer:
    desk, random, unit = ground.desk, ground.random, ground.desk.unit
    base, x = ground.down(0.42), -unit * 4
    towers: list[Tower] = []
    while x < desk.width + unit * 4:
        wide = unit * random.uniform(5, 10) * (0.75 + depth)
        top = base - unit * (8 + high * random.uniform(0.15, 1.0) ** 1.4)
        towers.append((x, x + wide, top, random.choice(("flat", "flat", "step", "mast", "slope", "dome"))))
        x += wide * random.uniform(0.9, 1.25)

    def paint(pen: Pen) -> None:
        pen.box(0, base - unit * 6, desk.width, desk.height)
        for tower in towers:
            _tower(pen, tower, desk.height)

    layer = ground.sheet(min(top for _, _, top, _ in towers) - unit * 9, depth, paint, colour=_stone(ground, depth))
    _windows(ground, layer, towers)
    return layer


def _stone(ground: Ground, depth: float) -> Colour:
    """Walls of this depth: the far ones fade into the sky more than land does, so that the rows part."""
    palette, share = ground.palette, depth / 0.3
    return mix(mix(palette.far, palette.low, 0.3), mix(palette.far, palette.near, 0.62), share)


def _tower(pen: Pen, tower: Tower, floor: float) -> None:
    left, right, top, roof = tower
    wide, middle = right - left, (left + right) / 2
    pen.box(left, top, right, floor)
    if roof == "step":
        pen.box(left + wide * 0.2, top - wide * 0.35, right - wide * 0.2, top)
        pen.box(left + wide * 0.36, top - wide * 0.6, right - wide * 0.36, top)
    elif roof == "mast":
        pen.box(left + wide * 0.3, top - wide * 0.2, right - wide * 0.3, top)
        pen.shape([(middle - wide * 0.06, top), (middle, top - wide * 1.1), (middle + wide * 0.06, top)])
    elif roof == "slope":
        pen.shape([(left, top), (right, top - wide * 0.5), (right, top)])
    elif roof == "dome":
        pen.oval(middle, top, wide * 0.42, wide * 0.36)


def _windows(ground: Ground, layer: Layer, towers: list[Tower]) -> None:
    random, unit = ground.random, ground.desk.unit
    across, down = unit * (1.15 + 1.2 * layer.depth), unit * (1.6 + 1.6 * layer.depth)
    panes: list[tuple[float, float, int]] = []
    for left, right, top, _ in towers:
        columns, share = int((right - left) / across) - 1, random.uniform(0.2, 0.6)
        inset = (right - left - columns * across) / 2
        for row in range(int(min(ground.desk.height - top, unit * 60) / down)):
            for column in range(columns):
                if random.random() < share:
                    x, y = left + inset + (column + 0.2) * across, top + (row + 0.9) * down
                    panes.append((x, y, random.choice((90, 150, 215, 255))))

    def paint(pen: Pen) -> None:
        for x, y, ink in panes:
            pen.box(x, y, x + across * 0.58, y + down * 0.5, ink)

    lit = ground.palette.dark
    ground.stain(layer, _lamp(ground) if lit else ground.palette.low, 1.0 if lit else 0.5, paint)


def _lamp(ground: Ground) -> Colour:
    return mix(ground.palette.accent, (255, 240, 205), 0.35)


def _streaks(ground: Ground, shore: float, depth: float) -> Layer:
    """Light on the water below the towers: short strokes that fade with distance from the shore."""
    desk, random, unit = ground.desk, ground.random, ground.desk.unit
    marks: list[tuple[float, float, float, int]] = []
    for _ in range(round(26 * desk.breadth)):
        x, strength = random.random() * desk.width, random.uniform(0.3, 0.9)
        marks += [
            (
                x + unit * random.uniform(-0.4, 0.4),
                shore + unit * (0.9 + 1.9 * (step + random.uniform(-0.4, 0.4))),
                unit * random.uniform(0.7, 2.2),
                round(200 * strength * (1 - step / 9)),
            )
            for step in range(random.randint(3, 8))
        ]

    def paint(pen: Pen) -> None:
        for x, y, wide, ink in marks:
            pen.oval(x, y, wide, unit * 0.32, ink)

    top = round(shore)
    mask = desk.cut(0, top, desk.width, desk.height - top, paint)
    colour = _lamp(ground) if ground.palette.dark else ground.palette.low
    image = desk.fill(*mask.size, colour, colour)
    image.putalpha(mask)
    return Layer(image=image, left=0, top=top, depth=depth, motion="twinkle")


def space(ground: Ground) -> list[Layer]:
    """The ground of a moon: ranges without air, soft craters."""
    layers = [mountain(ground, 0.04, 13, 0.35), mountain(ground, 0.14, 9, 0.3)]
    for depth in (0.26, 0.46, 0.66, 0.88):
        layer = ground.ridge(ground.rolling(depth, 3, 1.3), depth)
        _craters(ground, layer)
        layers.append(layer)
    return layers


def _craters(ground: Ground, layer: Layer) -> None:
    desk, random, depth = ground.desk, ground.random, layer.depth
    holes = [
        (
            random.random() * desk.width,
            ground.down(depth) + desk.unit * random.uniform(4.5, 6 + 9 * depth),
            desk.unit * random.uniform(1.5, 4.2) * (0.45 + depth),
        )
        for _ in range(round(6 * desk.breadth))
    ]
    paper = ground.colour(depth)

    def paint(pen: Pen, shift: float, share: float) -> None:
        for x, y, r in holes:
            pen.oval(x, y + r * shift, r * share, r * 0.3 * share)

    ground.stain(layer, lighter(paper, 0.07), 0.8, lambda pen: paint(pen, 0.1, 1.06))
    ground.stain(layer, lighter(paper, -0.09), 0.9, lambda pen: paint(pen, 0.0, 1.0))
    ground.stain(layer, lighter(paper, -0.05), 0.9, lambda pen: paint(pen, 0.07, 0.9))


def table(ground: Ground) -> list[Layer]:
    """Arches within arches, and a round stand in front of them."""
    desk, unit, palette = ground.desk, ground.desk.unit, ground.palette
    floor, middle = ground.down(0.42), desk.x(0.5)
    layers = []
    for index in range(4):
        radius = unit * (62 - 11.5 * index)
        colour = mix(mix(palette.far, palette.low, 0.2), palette.low, index / 3.6)
        layers.append(_arch(ground, middle, floor - unit * 26, radius, 0.06 + 0.08 * index, colour))
    shelf = mix(palette.near, palette.far, 0.3)
    layers.append(ground.ridge(lambda _: floor, 0.5, colour=shelf, haze=0.0))
    layers += _stand(ground, middle, floor + unit * 10)
    return [*layers, growth.wings(ground, grass=False)]


def _arch(ground: Ground, x: float, y: float, radius: float, depth: float, colour: Colour) -> Layer:
    """An arch of paper that stands on the floor."""

    def paint(pen: Pen) -> None:
        pen.disc(x, y, radius)
        pen.box(x - radius, y, x + radius, ground.desk.height)

    return ground.sheet(y - radius, depth, paint, colour=colour, haze=0.0)


def _stand(ground: Ground, x: float, y: float) -> list[Layer]:
    unit, tone = ground.desk.unit, mix(ground.palette.accent, ground.palette.far, 0.45)

    def side(pen: Pen) -> None:
        pen.box(x - 34 * unit, y, x + 34 * unit, y + 9 * unit)
        pen.oval(x, y + 9 * unit, 34 * unit, 6 * unit)

    def lid(pen: Pen) -> None:
        pen.oval(x, y, 34 * unit, 6 * unit)

    return [
        ground.sheet(y - 6 * unit, 0.6, side, colour=lighter(tone, -0.09), haze=0.0),
        ground.sheet(y - 6 * unit, 0.61, lid, colour=lighter(tone, 0.05), haze=0.0),
    ]


def abstract(ground: Ground) -> list[Layer]:
    """Waves over waves, or a hollow of ever smaller openings with light at its end."""
    return _hollow(ground) if ground.scene.dice("form").random() < 0.5 else _swells(ground)


def _swells(ground: Ground) -> list[Layer]:
    layers = []
    for index in range(8):
        share = index / 7
        height, base = (
            curves.rolling(ground.random, 1.0 + 0.5 * (index % 3)),
            ground.desk.height * (0.24 + 0.64 * share),
        )
        swing = ground.desk.unit * (10 - 2 * share)

        def skyline(x: float, height: curves.Height = height, base: float = base, swing: float = swing) -> float:
            return base - swing * height(x)

        layers.append(ground.ridge(skyline, 0.05 + 0.9 * share, colour=_tone(ground, index, 7), haze=0.25))
    return layers


def _hollow(ground: Ground) -> list[Layer]:
    desk, random = ground.desk, ground.random
    middle = (desk.x(random.uniform(0.42, 0.58)), desk.height * random.uniform(0.44, 0.56))
    waves = [(beat, random.uniform(0, math.tau), random.uniform(0.4, 1.0) / beat) for beat in (2, 3, 4, 5)]
    layers = []
    for index in range(8):
        share = index / 7
        opening = _opening(ground, middle, 0.1 + 0.52 * share**1.1, waves, 0.35 * share)

        def paint(pen: Pen, opening: list[Point] = opening) -> None:
            pen.box(0, 0, desk.width, desk.height)
            pen.shape(opening, ink=0)

        layers.append(ground.sheet(0, 0.05 + 0.9 * share, paint, colour=_tone(ground, index, 7), haze=0.12))
    return layers


def _opening(
    ground: Ground, middle: Point, size: float, waves: list[tuple[int, float, float]], turn: float
) -> list[Point]:
    wide, high = size * (ground.desk.width - 2 * ground.desk.margin), size * ground.desk.height
    points = []
    for step in range(120):
        angle = math.tau * step / 120
        swell = 1 + 0.2 * sum(weight * math.sin(beat * angle + phase + turn * beat) for beat, phase, weight in waves)
        points.append((middle[0] + wide * swell * math.cos(angle), middle[1] + high * swell * math.sin(angle)))
    return points


def _tone(ground: Ground, index: int, last: int) -> Colour:
    plain = turned(ground.colour(index / last), 8 * math.sin(index * 2.1))
    return mix(ground.palette.accent, plain, 0.3) if index % 3 == 1 else plain
