"""Sheets of land for each setting, from the horizon to the feet of the viewer. Blocking (Pillow)."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

from diorama.providers.sketching import curves
from diorama.providers.sketching.palette import Colour, Palette, lighter, mix
from diorama.providers.sketching.paper import Desk, Layer
from diorama.providers.sketching.words import Scene

Skyline = Callable[[float], float]
"""Height in pixels from the top of the picture for a place from 0 to 1 across the desk."""


class Ground:
    """Cuts the sheets of one picture: colours by depth, haze at the feet of each sheet."""

    def __init__(self, desk: Desk, scene: Scene, palette: Palette, horizon: float) -> None:
        self.desk = desk
        self.scene = scene
        self.palette = palette
        self.horizon = horizon * desk.height
        self.random = Random(scene.seed ^ 21)
        self.haze = {"mist": 0.8, "snow": 0.45, "rain": 0.5}.get(scene.weather, 0.42)

    def colour(self, depth: float) -> Colour:
        """Paper at this depth (0 far, 1 near)."""
        near = self.palette.near
        far = self.palette.far
        if self.scene.weather == "snow":
            far, near = mix(far, (240, 244, 252), 0.45), mix(near, (232, 238, 250), 0.5 + 0.25 * (1 - depth))
        return mix(far, near, depth**1.15)

    def down(self, depth: float) -> float:
        """Where a sheet of this depth begins, in pixels from the top."""
        return self.horizon + (self.desk.height - self.horizon) * depth**1.25 * 0.92

    def sheet(
        self,
        top: float,
        depth: float,
        paint: Callable[[ImageDraw.ImageDraw, float, float], None],
        *,
        colour: Colour | None = None,
        motion: str = "still",
        haze: float | None = None,
    ) -> Layer:
        """A sheet from `top` to the floor. `paint` gets the drawing, its scale and the pixels above the sheet."""
        desk = self.desk
        lift = max(0, min(desk.height - 2, int(top - desk.unit * 4)))
        height = desk.height - lift
        mask = desk.cut(desk.width, height, lambda draw, s: paint(draw, s, lift))
        paper = colour or self.colour(depth)
        share = (self.haze if haze is None else haze) * (1 - depth * 0.75)
        image = desk.sheet(
            mask,
            top=lighter(paper, 0.015),
            bottom=mix(paper, self.palette.low, share),
            shadow=lighter(self.palette.near, -0.06),
            strength=0.34 + 0.2 * depth,
            spread=1.0 + 1.6 * depth,
            shift=(0.2, -0.2),
            ease=0.8,
        )
        return Layer(image=image, left=0, top=lift, depth=depth, motion=motion)

    def ridge(
        self,
        skyline: Skyline,
        depth: float,
        extra: Callable[[ImageDraw.ImageDraw, float, float], None] | None = None,
        **style: object,
    ) -> Layer:
        """A sheet under a skyline, with things standing on it."""
        points = [(index / 160, skyline(index / 160)) for index in range(161)]
        tallest = min(y for _, y in points)

        def paint(draw: ImageDraw.ImageDraw, s: float, lift: float) -> None:
            outline = [(x * self.desk.width * s, (y - lift) * s) for x, y in points]
            draw.polygon(
                [*outline, (self.desk.width * s + 2, self.desk.height * s), (-2, self.desk.height * s)], fill=255
            )
            if extra:
                extra(draw, s, lift)

        room = float(style.pop("room", 0.0))  # type: ignore[arg-type]
        return self.sheet(tallest - room, depth, paint, **style)  # type: ignore[arg-type]

    def rolling(self, depth: float, swing: float, waves: float = 1.6) -> Skyline:
        """A soft skyline at this depth; `swing` in units."""
        height, base = curves.rolling(self.random, waves), self.down(depth)
        return lambda x: base - swing * self.desk.unit * height(x)


def hills(ground: Ground) -> list[Layer]:
    """Soft hills, with trees on the middle ones."""
    layers = [mountain(ground, 0.02, 13, 0.45)]
    for depth in (0.14, 0.3, 0.48, 0.68, 0.9):
        skyline = ground.rolling(depth, 3.5 + 3 * depth, 1.3 + 0.5 * (1 - depth))
        extra = _round_trees(ground, skyline, depth) if depth in (0.3, 0.48) else None
        layers.append(ground.ridge(skyline, depth, extra, room=8 * ground.desk.unit if extra else 0.0))
    return layers


def mountains(ground: Ground) -> list[Layer]:
    """Ranges behind ranges, firs on the near slopes."""
    layers = [
        mountain(ground, depth, swing, 0.6, caps=depth > 0.1) for depth, swing in ((0.02, 20), (0.13, 27), (0.28, 20))
    ]
    for depth in (0.48, 0.7, 0.92):
        skyline = ground.rolling(depth, 4.5, 1.4)
        extra = _pines(ground, skyline, depth, 16) if depth < 0.9 else None
        layers.append(ground.ridge(skyline, depth, extra, room=14 * ground.desk.unit))
    return layers


def mountain(ground: Ground, depth: float, swing: float, rough: float, caps: bool = False) -> Layer:
    """One jagged range; `swing` is its height in units."""
    desk, random = ground.desk, ground.random
    points = curves.jagged(
        random, max(2, round(random.uniform(3, 4.6) * max(0.7, desk.width / desk.height) ** 0.6)), rough
    )
    base = ground.down(depth) + desk.unit * 3
    outline = [(x * desk.width, base - y * swing * desk.unit) for x, y in points]

    def paint(draw: ImageDraw.ImageDraw, s: float, lift: float) -> None:
        shape = [(x * s, (y - lift) * s) for x, y in outline]
        draw.polygon(
            [*shape, (desk.width * 1.1 * s, desk.height * s), (-desk.width * 0.1 * s, desk.height * s)], fill=255
        )

    layer = ground.sheet(min(y for _, y in outline), depth, paint)
    _facets(ground, layer, outline, swing, depth, caps)
    return layer


def _facets(
    ground: Ground, layer: Layer, outline: list[tuple[float, float]], swing: float, depth: float, caps: bool
) -> None:
    """Folds the range: a darker side right of every summit, and snow on the high ones."""
    desk, random = ground.desk, ground.random
    tops = [
        i for i in range(2, len(outline) - 2) if outline[i][1] == min(y for _, y in outline[max(0, i - 12) : i + 13])
    ]
    folds: list[list[tuple[float, float]]] = []
    snow: list[list[tuple[float, float]]] = []
    for i in tops:
        x, y = outline[i]
        reach = swing * desk.unit
        right = [p for p in outline[i:] if p[0] <= x + reach * 1.4]
        folds.append(
            [
                *right,
                (right[-1][0], y + reach * 1.3),
                (x - reach * 0.12, y + reach * 1.15),
                (x + reach * 0.1, y + reach * 0.75),
                (x - reach * 0.07, y + reach * 0.42),
                (x + reach * 0.03, y + reach * 0.2),
            ]
        )
        if caps or ground.scene.weather == "snow":
            deep = reach * random.uniform(0.2, 0.3)
            wide = deep * 2.4
            rim = [p for p in outline if x - wide <= p[0] <= x + wide and p[1] < y + deep]
            teeth = [
                (rim[-1][0] - (rim[-1][0] - rim[0][0]) * t / 6, y + deep * (1.25 if t % 2 else 0.72))
                for t in range(1, 6)
            ]
            snow.append([*rim, *teeth])
    size = layer.image.size

    def paint(shapes: list[list[tuple[float, float]]]) -> Image.Image:
        return desk.cut(
            size[0],
            size[1],
            lambda draw, s: (
                [
                    draw.polygon([(x * s, (y - layer.top) * s) for x, y in shape], fill=255)
                    for shape in shapes
                    if len(shape) > 2
                ]
                and None
            ),
        )

    alpha = layer.image.getchannel("A")
    solid = alpha.point([255 if value > 250 else 0 for value in range(256)])
    paper = ground.colour(depth)
    for shapes, colour, strength in (
        (folds, lighter(paper, -0.06), 0.55),
        (snow, mix((255, 255, 255), ground.palette.low, 0.25), 0.92),
    ):
        if shapes:
            mask = paint(shapes)
            mask = Image.composite(mask, Image.new("L", size), solid).point([round(v * strength) for v in range(256)])
            layer.image.paste(colour, (0, 0), mask)
    layer.image.putalpha(alpha)


def _pines(
    ground: Ground, skyline: Skyline, depth: float, count: int
) -> Callable[[ImageDraw.ImageDraw, float, float], None]:
    desk, random = ground.desk, ground.random
    trees = []
    for _ in range(round(count * max(1.0, desk.width / desk.height))):
        x = random.uniform(-0.02, 1.02)
        trees.append(
            curves.pine(
                x * desk.width,
                skyline(x) + desk.unit,
                desk.unit * random.uniform(6, 12) * (0.5 + depth),
                random.choice((4, 5)),
            )
        )
    return lambda draw, s, lift: (
        [draw.polygon([(x * s, (y - lift) * s) for x, y in tree], fill=255) for tree in trees] and None
    )


def _round_trees(ground: Ground, skyline: Skyline, depth: float) -> Callable[[ImageDraw.ImageDraw, float, float], None]:
    desk, random = ground.desk, ground.random
    trees = [(random.random(), random.uniform(2.0, 3.8) * desk.unit * (0.6 + depth)) for _ in range(9)]

    def paint(draw: ImageDraw.ImageDraw, s: float, lift: float) -> None:
        for place, r in trees:
            x, y = place * desk.width, skyline(place) - lift
            draw.rectangle([(x - r * 0.1) * s, (y - r * 2) * s, (x + r * 0.1) * s, (y + r) * s], fill=255)
            for dx, dy, k in ((0, -2.3, 1.0), (-0.55, -1.7, 0.7), (0.6, -1.75, 0.68)):
                draw.ellipse(
                    [(x + (dx - k) * r) * s, (y + (dy - k) * r) * s, (x + (dx + k) * r) * s, (y + (dy + k) * r) * s],
                    fill=255,
                )

    return paint


def forest(ground: Ground) -> list[Layer]:
    """Rows of firs that fade into the light."""
    layers = [mountain(ground, 0.01, 14, 0.5)]
    for depth in (0.1, 0.22, 0.38, 0.58):
        skyline = ground.rolling(depth, 3, 1.5)
        extra = _pines(ground, skyline, depth + 0.75, 26)
        layers.append(ground.ridge(skyline, depth, extra, room=26 * ground.desk.unit, haze=ground.haze + 0.2))
    layers += [ground.ridge(ground.rolling(depth, 2.5, 1.2), depth) for depth in (0.72, 0.92)]
    return layers


def desert(ground: Ground) -> list[Layer]:
    """Mesas far away, then dunes with sharp crests."""
    layers = [mountain(ground, 0.0, 10, 0.2)]
    for depth in (0.08, 0.24, 0.42, 0.64, 0.88):
        height, base = curves.dunes(ground.random, 1.1 + 0.5 * (1 - depth)), ground.down(depth)
        swing = (4 + 5 * depth) * ground.desk.unit
        layers.append(ground.ridge(lambda x, h=height, b=base, k=swing: b - k * h(x), depth))  # type: ignore[misc]
    return layers


def sea(ground: Ground) -> list[Layer]:
    """Open water to the horizon and paper waves in front."""
    layers = [mountain(ground, 0.0, 8, 0.5)]
    water = ground.colour(0.25)
    layers.append(
        ground.ridge(
            lambda x: ground.horizon + ground.desk.unit * 2,
            0.1,
            colour=mix(water, ground.palette.middle, 0.45),
            motion="shimmer",
        )
    )
    for depth in (0.34, 0.5, 0.68, 0.88):
        layers.append(ground.ridge(_waves(ground, depth), depth, motion="sway"))
    return layers


def _waves(ground: Ground, depth: float) -> Skyline:
    random, unit = ground.random, ground.desk.unit
    slow, base = curves.rolling(random, 1.2), ground.down(depth)
    beat, phase = (9 - 5 * depth) * max(1.0, ground.desk.width / ground.desk.height), random.random()

    def skyline(x: float) -> float:
        crest = abs(((x * beat + phase) % 1.0) * 2 - 1) ** 1.7
        return base - unit * (1.6 * slow(x) + (0.8 + 2.2 * depth) * crest)

    return skyline


def city(ground: Ground) -> list[Layer]:
    """Three rows of towers and a street of roofs; windows burn when it is dark."""
    layers = [_towers(ground, depth, high) for depth, high in ((0.06, 44), (0.2, 38), (0.4, 26))]
    layers += [ground.ridge(ground.rolling(depth, 1.2, 1.0), depth) for depth in (0.66, 0.9)]
    return layers


def _towers(ground: Ground, depth: float, high: float) -> Layer:
    desk, random, unit = ground.desk, ground.random, ground.desk.unit
    base, x = ground.down(depth) + unit * 4, -unit * 4
    boxes: list[tuple[float, float, float]] = []
    while x < desk.width + unit * 4:
        wide = unit * random.uniform(5, 10) * (0.7 + depth)
        boxes.append((x, x + wide, base - unit * high * random.uniform(0.3, 1.0) ** 1.3))
        x += wide * random.uniform(0.85, 1.15)
    roofs = [random.choice(("flat", "flat", "step", "mast", "slope")) for _ in boxes]

    def paint(draw: ImageDraw.ImageDraw, s: float, lift: float) -> None:
        draw.rectangle([0, (base - unit * 5 - lift) * s, desk.width * s, desk.height * s], fill=255)
        for (left, right, top), roof in zip(boxes, roofs, strict=True):
            draw.rectangle([left * s, (top - lift) * s, right * s, desk.height * s], fill=255)
            _roof(draw, s, left, right, top - lift, roof)

    layer = ground.sheet(min(top for _, _, top in boxes) - unit * 8, depth, paint)
    _windows(ground, layer, boxes, depth)
    return layer


def _roof(draw: ImageDraw.ImageDraw, s: float, left: float, right: float, top: float, roof: str) -> None:
    wide, middle = right - left, (left + right) / 2
    if roof == "step":
        draw.rectangle(
            [(left + wide * 0.22) * s, (top - wide * 0.35) * s, (right - wide * 0.22) * s, top * s], fill=255
        )
    elif roof == "mast":
        draw.rectangle([(left + wide * 0.3) * s, (top - wide * 0.2) * s, (right - wide * 0.3) * s, top * s], fill=255)
        draw.polygon(
            [
                ((middle - wide * 0.05) * s, top * s),
                (middle * s, (top - wide * 1.0) * s),
                ((middle + wide * 0.05) * s, top * s),
            ],
            fill=255,
        )
    elif roof == "slope":
        draw.polygon([(left * s, top * s), (right * s, (top - wide * 0.45) * s), (right * s, top * s)], fill=255)


def _windows(ground: Ground, layer: Layer, boxes: list[tuple[float, float, float]], depth: float) -> None:
    desk, random, unit = ground.desk, ground.random, ground.desk.unit
    lit = ground.palette.dark
    step_x, step_y = unit * (1.1 + 0.9 * depth), unit * (1.5 + 1.2 * depth)
    panes: list[tuple[float, float, int]] = []
    for left, right, top in boxes:
        columns, share = int((right - left) / step_x) - 1, random.uniform(0.25, 0.6)
        inset = ((right - left) - columns * step_x) / 2
        for row in range(int(min(desk.height - top, unit * 46) / step_y)):
            for column in range(columns):
                if random.random() < share:
                    panes.append(
                        (
                            left + inset + (column + 0.2) * step_x,
                            top + (row + 0.8) * step_y,
                            random.choice((110, 160, 220, 255)),
                        )
                    )

    def paint(draw: ImageDraw.ImageDraw, s: float) -> None:
        for x, y, value in panes:
            draw.rectangle(
                [x * s, (y - layer.top) * s, (x + step_x * 0.6) * s, (y - layer.top + step_y * 0.5) * s],
                fill=value if lit else value // 4,
            )

    alpha = layer.image.getchannel("A")
    colour = mix(ground.palette.accent, (255, 244, 214), 0.45) if lit else ground.palette.low
    layer.image.paste(colour, (0, 0), desk.cut(*layer.image.size, paint))
    layer.image.putalpha(alpha)


def space(ground: Ground) -> list[Layer]:
    """The ground of a moon: soft craters under a black sky."""
    layers = [mountain(ground, 0.04, 11, 0.35)]
    for depth in (0.16, 0.34, 0.58, 0.86):
        layer = ground.ridge(ground.rolling(depth, 3, 1.3), depth)
        _craters(ground, layer, depth)
        layers.append(layer)
    return layers


def _craters(ground: Ground, layer: Layer, depth: float) -> None:
    desk, random = ground.desk, ground.random
    holes = [
        (
            random.random() * desk.width,
            ground.down(depth) + desk.unit * random.uniform(5, 9 + 9 * depth),
            desk.unit * random.uniform(1.5, 4) * (0.5 + depth),
        )
        for _ in range(7)
    ]
    paper, alpha = ground.colour(depth), layer.image.getchannel("A")
    for shift, colour in ((0.16, lighter(paper, 0.07)), (0.0, lighter(paper, -0.07))):

        def paint(draw: ImageDraw.ImageDraw, s: float, shift: float = shift) -> None:
            for x, y, r in holes:
                top = y - layer.top + r * shift
                draw.ellipse([(x - r) * s, (top - r * 0.32) * s, (x + r) * s, (top + r * 0.32) * s], fill=255)

        layer.image.paste(colour, (0, 0), desk.cut(*layer.image.size, paint))
    layer.image.putalpha(alpha)


def table(ground: Ground) -> list[Layer]:
    """Curtains of soft paper behind and a table top in front."""
    unit, layers = ground.desk.unit, []
    for index, share in enumerate((0.5, 0.74)):
        height, base = curves.rolling(ground.random, 0.8), ground.horizon * share
        colour = mix(ground.palette.far, ground.palette.low, 0.55 - 0.3 * index)
        layers.append(
            ground.ridge(lambda x, h=height, b=base: b - 7 * unit * h(x), 0.1 + 0.1 * index, colour=colour, haze=0.3)
        )  # type: ignore[misc]
    layers.append(
        ground.ridge(
            lambda x: ground.horizon + unit * 10,
            0.55,
            colour=mix(ground.palette.near, ground.palette.far, 0.35),
            haze=0.1,
        )
    )
    return layers


def abstract(ground: Ground) -> list[Layer]:
    """Sheets of wave over sheets of wave, from rim to rim."""
    layers = []
    for index in range(8):
        depth = index / 7
        height, base = curves.rolling(ground.random, 1.0 + 0.5 * (index % 3)), ground.desk.height * (0.2 + 0.68 * depth)
        swing = ground.desk.unit * (10 - 2 * depth)
        colour = ground.colour(depth) if index % 3 else mix(ground.palette.accent, ground.colour(depth), 0.35)
        layers.append(
            ground.ridge(lambda x, h=height, b=base, k=swing: b - k * h(x), 0.05 + 0.9 * depth, colour=colour, haze=0.3)
        )  # type: ignore[misc]
    return layers


SETTINGS: dict[str, Callable[[Ground], list[Layer]]] = {
    "hills": hills,
    "mountains": mountains,
    "forest": forest,
    "desert": desert,
    "sea": sea,
    "city": city,
    "space": space,
    "table": table,
    "abstract": abstract,
}
