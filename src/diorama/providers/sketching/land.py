"""Open country from the horizon to the viewer's feet: hills, mountains, forest, desert, sea. Blocking (Pillow)."""

from diorama.providers.sketching import curves, growth
from diorama.providers.sketching.curves import Point
from diorama.providers.sketching.ground import SNOW, Ground, Skyline
from diorama.providers.sketching.palette import lighter, mix
from diorama.providers.sketching.paper import Layer, Pen


def hills(ground: Ground) -> list[Layer]:
    """Soft hills with round trees on the middle ones."""
    layers = [mountain(ground, 0.02, 13, 0.45)]
    for depth, trees in ((0.14, 0), (0.3, 9), (0.48, 7), (0.68, 0), (0.9, 0)):
        skyline = ground.rolling(depth, 3.5 + 3 * depth, 1.2 + 0.5 * (1 - depth))
        if trees:
            layers.append(growth.grove(ground, skyline, depth - 0.01, round(trees * ground.desk.breadth)))
        layers.append(ground.ridge(skyline, depth))
    return [*layers, growth.wings(ground)]


def mountains(ground: Ground) -> list[Layer]:
    """Ranges behind ranges, firs on the near slopes."""
    ranges = ((0.03, 20, False), (0.12, 30, True), (0.26, 20, True))
    layers = [mountain(ground, depth, swing, 0.6, caps=caps) for depth, swing, caps in ranges]
    for depth, firs in ((0.44, 18), (0.68, 11), (0.9, 0)):
        skyline = ground.rolling(depth, 4.5, 1.3)
        if firs:
            layers.append(growth.firs(ground, skyline, depth - 0.01, firs, (5 + 5 * depth, 10 + 9 * depth)))
        layers.append(ground.ridge(skyline, depth))
    return [*layers, growth.wings(ground, fronds=False)]


def forest(ground: Ground) -> list[Layer]:
    """Rows of firs that fade into the light, with two great ones at the sides."""
    layers = [mountain(ground, 0.01, 14, 0.5)]
    for depth, count, tall in (
        (0.1, 26, (12, 22)),
        (0.24, 20, (14, 27)),
        (0.42, 13, (16, 32)),
        (0.62, 0, (0, 0)),
        (0.86, 0, (0, 0)),
    ):
        skyline = ground.rolling(depth, 3, 1.4)
        if count:
            layers.append(growth.firs(ground, skyline, depth - 0.01, count, tall))
        layers.append(ground.ridge(skyline, depth))
    return [*layers, _sentinels(ground), growth.wings(ground, fronds=False)]


def _sentinels(ground: Ground) -> Layer:
    desk, random = ground.desk, ground.random
    trees: list[list[Point]] = []
    for side in (0, 1):
        for _ in range(2):
            x = desk.x(side) + (1 - 2 * side) * desk.unit * random.uniform(-6, 9)
            height = desk.unit * random.uniform(48, 80)
            trees.append(curves.pine(x, desk.height + height * 0.12, height, 8))

    def paint(pen: Pen) -> None:
        for tree in trees:
            pen.shape(tree)

    return ground.sheet(min(y for tree in trees for _, y in tree), 0.95, paint, colour=ground.growth(0.9))


def desert(ground: Ground) -> list[Layer]:
    """Mesas far away, then dunes with sharp crests and dark lee sides."""
    layers = [mountain(ground, 0.0, 9, 0.2)]
    for depth in (0.08, 0.24, 0.42, 0.64, 0.88):
        height, base = (
            curves.dunes(ground.random, (0.9 + 0.7 * (1 - depth)) * ground.desk.breadth**0.7),
            ground.down(depth),
        )
        swing = (5 + 4.5 * depth) * ground.desk.unit
        layers.append(_dune(ground, height, base, swing, depth))
    return [*layers, growth.wings(ground, grass=False)]


def _dune(ground: Ground, height: curves.Height, base: float, swing: float, depth: float) -> Layer:
    def skyline(x: float) -> float:
        return base - swing * height(x)

    layer = ground.ridge(skyline, depth)
    width, steps = ground.desk.width, 240
    places = [index / steps for index in range(steps + 1)]
    crests = [x for x in places if skyline(x) < min(skyline(x - 1 / steps), skyline(x + 1 / steps)) + 1e-9]
    for crest in crests:
        lee = [(x * width, skyline(x)) for x in places if crest <= x <= crest + 0.36 / ground.desk.breadth]
        x, y = crest * width, skyline(crest)
        back = curves.rounded(
            [
                (x, y),
                (x - swing * 0.05, y + swing * 0.5),
                (x + swing * 0.5, y + swing * 1.2),
                (x + swing * 0.3, y + swing * 2.6),
            ]
        )[:31]
        shape = [*lee, (lee[-1][0], lee[-1][1] + swing * 2.8), *reversed(back)]
        ground.stain(layer, lighter(ground.colour(depth), -0.075), 0.6, lambda pen, shape=shape: pen.shape(shape))  # type: ignore[misc]
    return layer


def sea(ground: Ground) -> list[Layer]:
    """Open water to the horizon with the light on it, and waves of paper in front."""
    water = mix(ground.colour(0.2), ground.palette.middle, 0.4)
    layers = [
        mountain(ground, 0.0, 9, 0.5),
        ground.ridge(lambda _: ground.horizon + ground.desk.unit * 2, 0.1, colour=water, haze=0.15),
    ]
    for depth in (0.3, 0.46, 0.64, 0.86):
        skyline = _waves(ground, depth)
        layers.append(ground.ridge(skyline, depth, motion="sway"))
        _stripe(ground, layers[-1], skyline)
    return [*layers, growth.wings(ground)]


def _stripe(ground: Ground, layer: Layer, skyline: Skyline) -> None:
    """Two lighter bands that follow a wave's crest."""
    unit, width, depth = ground.desk.unit, ground.desk.width, layer.depth
    colour = mix(ground.colour(depth), ground.palette.low, 0.4)
    for down, thick, strength in ((1.6, 0.5, 0.5), (3.0, 0.3, 0.3)):
        upper = [(x / 180 * width, skyline(x / 180) + unit * down * (0.6 + depth)) for x in range(181)]
        lower = [(x, y + unit * thick * (0.6 + depth)) for x, y in reversed(upper)]
        band = [*upper, *lower]
        ground.stain(layer, colour, strength, lambda pen, band=band: pen.shape(band))  # type: ignore[misc]


def _waves(ground: Ground, depth: float) -> Skyline:
    random, unit, breadth = ground.random, ground.desk.unit, ground.desk.breadth
    slow, base = curves.rolling(random, 1.2 * breadth), ground.down(depth)
    beat, phase = (8 - 4.5 * depth) * breadth, random.random()

    def skyline(x: float) -> float:
        crest: float = abs(((x * beat + phase) % 1.0) * 2 - 1) ** 1.8
        return base - unit * (1.5 * slow(x) + (1.0 + 2.6 * depth) * crest)

    return skyline


def mountain(ground: Ground, depth: float, swing: float, rough: float, caps: bool = False) -> Layer:
    """One jagged range, folded at its summits; `swing` is its height in units."""
    desk, random = ground.desk, ground.random
    points = curves.jagged(random, max(2, round(random.uniform(2.6, 4.2) * desk.breadth**0.8)), rough)
    base = ground.down(depth) + desk.unit * 3
    outline = [(x * desk.width, base - y * swing * desk.unit) for x, y in points]
    floor = desk.height + 2
    shape = [*outline, (desk.width * 1.1, floor), (-desk.width * 0.1, floor)]
    layer = ground.sheet(min(y for _, y in outline), depth, lambda pen: pen.shape(shape))
    _fold(ground, layer, outline, swing * desk.unit, caps or ground.snowy)
    return layer


def _fold(ground: Ground, layer: Layer, outline: list[Point], reach: float, caps: bool) -> None:
    """A darker side right of every summit, and snow on top."""
    near = [(place, outline[max(0, place - 14) : place + 15]) for place in range(2, len(outline) - 2)]
    summits = [place for place, around in near if outline[place][1] == min(y for _, y in around)]
    dark = [_shaded(outline, place, reach) for place in summits]
    ground.stain(layer, lighter(ground.colour(layer.depth), -0.07), 0.6, lambda pen: _all(pen, dark))
    if caps:
        lowest = min(outline[place][1] for place in summits) + reach * 0.45
        high = [place for place in summits if outline[place][1] < lowest]
        white = [_cap(outline, place, reach * ground.random.uniform(0.2, 0.28)) for place in high]
        ground.stain(layer, mix(SNOW, ground.palette.low, 0.2), 0.94, lambda pen: _all(pen, white))


def _all(pen: Pen, shapes: list[list[Point]]) -> None:
    for shape in shapes:
        pen.shape(shape)


def _shaded(outline: list[Point], place: int, reach: float) -> list[Point]:
    x, y = outline[place]
    right = [point for point in outline[place:] if point[0] <= x + reach * 1.3]
    lowest = max(range(len(right)), key=lambda index: right[index][1])
    right = right[: lowest + 1]
    foot = (x + 0.3 * (right[-1][0] - x), y + reach * 1.3)
    fold = ((-0.1, 1.15), (0.1, 0.75), (-0.06, 0.42), (0.04, 0.2))
    return [*right, foot, *((x + a * reach, y + b * reach) for a, b in fold)]


def _cap(outline: list[Point], place: int, deep: float) -> list[Point]:
    """The part of the summit above `deep` pixels, with a toothed lower edge."""
    y = outline[place][1]
    first = last = place
    while first > 0 and outline[first - 1][1] < y + deep:
        first -= 1
    while last < len(outline) - 1 and outline[last + 1][1] < y + deep:
        last += 1
    left, right = outline[max(0, first - 1)], outline[min(len(outline) - 1, last + 1)]
    teeth = 6
    edge = [
        (right[0] + (left[0] - right[0]) * t / teeth, y + deep * (1.45 if t % 2 else 0.85)) for t in range(1, teeth)
    ]
    return [*outline[first : last + 1], *edge]
