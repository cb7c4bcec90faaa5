"""The things that the prompt names, built of paper parts and put where they belong. Blocking (Pillow)."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from PIL import Image, ImageChops, ImageFilter

from diorama.providers.sketching import creatures, curves, things
from diorama.providers.sketching.curves import Point
from diorama.providers.sketching.ground import Ground
from diorama.providers.sketching.palette import NAMED, Colour, hex_colour, lighter, mix, turned
from diorama.providers.sketching.paper import Layer, Pen, glow, upper_edge
from diorama.providers.sketching.words import Figure

ART = creatures.ART | things.ART
FLOCKS = {"bird": 3, "butterfly": 3, "balloon": 3, "flower": 3, "mushroom": 3, "cactus": 2, "tree": 2}
MOUNTS = ("horse", "deer", "bear", "whale", "fish", "owl", "bird", "rocket", "car", "train", "cat", "dog", "fox")
DECOR = {
    "hills": ("house", "tree", "windmill", "deer"),
    "mountains": ("deer", "house", "balloon"),
    "forest": ("deer", "owl", "house"),
    "desert": ("cactus", "balloon"),
    "sea": ("boat", "whale", "lighthouse"),
    "space": ("planet", "rocket"),
    "table": ("cup", "flower"),
}
"""What may stand in a picture whose prompt names nothing that can stand."""

FLOORS = {"table": 0.42, "city": 0.78, "space": 0.76, "sea": 0.66, "forest": 0.74}
"""Depth of land at whose beginning a figure's feet are, by setting."""
DEPTHS = {"table": 0.63, "city": 0.67, "space": 0.67, "sea": 0.47, "forest": 0.63, "desert": 0.65, "abstract": 0.7}
TONES: dict[str, Colour] = {
    "white": (251, 246, 236),
    "ink": (43, 36, 54),
    "glow": (255, 226, 140),
    "glass": (159, 211, 224),
    "wood": (128, 84, 58),
    "leaf": (84, 142, 92),
    "stone": (150, 146, 152),
    "skin": (232, 178, 142),
    "steam": (255, 252, 246),
}


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a figure is put: the middle of its feet in pixels, its height in pixels, its depth."""

    x: float
    y: float
    height: float
    depth: float
    motion: str
    flip: bool


def sheets(ground: Ground) -> list[Layer]:
    """A sheet for each figure of the scene, or for one that suits the place."""
    figures = ground.scene.figures or _decor(ground)
    layers = []
    for index, figure in enumerate(figures):
        for spot, turn in _spots(ground, figure, index, len(figures)):
            if figure.name == "lighthouse":
                layers.append(_beam(ground, spot))
            layers.append(_figure(ground, figure, spot, turn))
    return layers


def _decor(ground: Ground) -> tuple[Figure, ...]:
    names = DECOR.get(ground.scene.setting)
    if not names:
        return ()
    return (Figure(name=ground.scene.word_dice("decor").choice(names), colour=None),)


def _spots(ground: Ground, figure: Figure, index: int, count: int) -> Iterator[tuple[Spot, float]]:
    """The places of one figure (a flock has several) with a turn of hue for each."""
    spot = _spot(ground, figure, index, count)
    names = [other.name for other in ground.scene.figures]
    if ground.scene.riding and count > 1 and index < 2 and names[1] in MOUNTS:
        yield _saddled(ground, spot, names[1], rider=index == 0), 0.0
        return
    yield spot, 0.0
    if ground.scene.setting != "table":
        yield from _flock(ground, figure.name, spot, count)


def _spot(ground: Ground, figure: Figure, index: int, count: int) -> Spot:
    """Where a figure stands, swims or hangs: in the middle if it is alone, else beside the others."""
    desk, setting, random = ground.desk, ground.scene.setting, ground.scene.dice("figure", index)
    size, stand = _traits(figure.name)
    high = (max(size, 36) if setting == "table" else size) * desk.unit * (1.0 if ground.scene.figures else 0.6)
    share = random.uniform(0.42, 0.58) if count == 1 else (0.33, 0.68, 0.5)[index] + random.uniform(-0.03, 0.03)
    floor, motion = ground.down(FLOORS.get(setting, 0.8)), "still"
    if setting == "table":
        share, floor = 0.5 if count == 1 else 0.5 + (share - 0.5) * 0.8, floor + desk.unit * 10.5
    elif setting == "sea":
        motion = "bob" if stand == "water" else motion
    if stand == "air":
        floor, motion = ground.horizon * random.uniform(0.62, 0.74) + high * 0.42, "float"
        floor = desk.height / 2 + high / 2 if setting == "abstract" else floor
    depth = DEPTHS.get(setting, 0.69)
    return Spot(x=desk.x(share), y=floor, height=high, depth=depth, motion=motion, flip=random.random() < 0.5)


def _saddled(ground: Ground, spot: Spot, mount: str, *, rider: bool) -> Spot:
    """Rider and mount in the middle, the rider behind the mount's back so that it hides the legs."""
    tall = _traits(mount)[0] * 1.15 * ground.desk.unit
    spot = replace(spot, x=ground.desk.x(0.5), y=ground.down(FLOORS.get(ground.scene.setting, 0.8)), flip=False)
    if rider:
        return replace(spot, y=spot.y - tall * 0.36, height=tall * 0.72, depth=spot.depth - 0.005, motion="still")
    return replace(spot, height=tall, motion="still")


def _flock(ground: Ground, name: str, main: Spot, count: int) -> Iterator[tuple[Spot, float]]:
    random, unit = ground.scene.dice("flock", name), ground.desk.unit
    for turn in range(1, FLOCKS.get(name, 1) if count == 1 else 1):
        side = 1 if (turn % 2) == (main.x > ground.desk.x(0.5)) else -1
        share = random.uniform(0.38, 0.58)
        rise = unit * random.uniform(6, 16) if main.motion == "float" else -unit * random.uniform(0.5, 2.5)
        yield (
            Spot(
                x=main.x - side * unit * random.uniform(22, 34),
                y=main.y - rise,
                height=main.height * share,
                depth=main.depth + 0.002 * turn if main.motion != "float" else 0.08 + 0.02 * turn,
                motion=main.motion,
                flip=main.flip,
            ),
            random.uniform(40, 150) * (-1) ** turn,
        )


def _traits(name: str) -> tuple[float, str]:
    size, stand, _ = ART[name].split("\n", 1)[0].split()
    return float(size), stand


def _figure(ground: Ground, figure: Figure, spot: Spot, turn: float) -> Layer:
    """The figure as one sheet: parts over parts, each with its small shadow, and one shadow behind them all."""
    scale = spot.height / 100
    pad = math.ceil(spot.height * 0.22)
    left, top = round(spot.x - spot.height / 2) - pad, round(spot.y - spot.height) - pad
    side = math.ceil(spot.height) + 2 * pad
    builder = _Builder(ground, side, turned(_main(figure), turn), scale, pad)
    for line in ART[figure.name].split("\n")[1:]:
        builder.add(line.split())
    image = builder.finished(spot.motion == "still")
    if spot.flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return Layer(image=image, left=left, top=top, depth=spot.depth, motion=spot.motion, subject=True)


def _beam(ground: Ground, spot: Spot) -> Layer:
    """The light that a lighthouse throws to both sides, fading with distance."""
    desk, y = ground.desk, spot.y - spot.height * 0.79
    reach, spread = desk.unit * 62, desk.unit * 9
    left, top, width, height = round(spot.x - reach), round(y - spread), round(reach * 2), round(spread * 2)

    def paint(pen: Pen) -> None:
        for side in (-1, 1):
            pen.shape([(spot.x, y), (spot.x + side * reach, y - spread), (spot.x + side * reach, y + spread)])

    strength = 190 if ground.palette.dark else 105
    fading = glow((width, height), (width / 2, height / 2), reach, 1.3).point([v * strength // 255 for v in range(256)])
    image = Image.new("RGB", (width, height), TONES["glow"])
    image.putalpha(ImageChops.multiply(desk.cut(left, top, width, height, paint), fading))
    return Layer(image=image, left=left, top=top, depth=spot.depth - 0.004, motion="twinkle")


def _main(figure: Figure) -> Colour:
    usual = hex_colour(ART[figure.name].split("\n", 1)[0].split()[2])
    return mix(usual, hex_colour(NAMED[figure.colour]), 0.85) if figure.colour else usual


class _Builder:
    """Glues part after part on one square of paper; part coordinates are hundredths of the figure's height."""

    def __init__(self, ground: Ground, side: int, main: Colour, scale: float, pad: int) -> None:
        self.ground = ground
        self.image = Image.new("RGB", (side, side), ground.shadow)
        self.alpha = Image.new("L", (side, side))
        self.main = main
        self.scale = scale
        self.pad = pad

    def add(self, words: list[str]) -> None:
        """Glues on the part that a line of the art describes, and its mirror image if the line asks for it."""
        shape, tone, *rest = words
        if shape.startswith("*"):
            self._glue(shape[1:], tone, rest, mirrored=True)
        self._glue(shape.lstrip("*"), tone, rest, mirrored=False)

    def finished(self, standing: bool) -> Image.Image:
        """The figure with its shadow on what lies behind, and under its feet if it stands."""
        unit, side = self.ground.desk.unit, self.image.width
        radius = max(0.5, unit * 1.1)
        dark = self.alpha.filter(ImageFilter.GaussianBlur(radius)).point([round(v * 0.5) for v in range(256)])
        moved = Image.new("L", dark.size)
        moved.paste(dark, (round(unit * 0.5), round(unit * 0.6)))
        if standing:
            feet = Image.new("L", dark.size)
            Pen(feet, scale=1, left=0, top=0).oval(side / 2, side - self.pad, 46 * self.scale, 3.2 * self.scale, 130)
            moved = ImageChops.lighter(moved, feet.filter(ImageFilter.GaussianBlur(max(0.5, 2.2 * self.scale))))
        self.image.putalpha(ImageChops.screen(self.alpha, moved))
        return self.image

    def _glue(self, shape: str, tone: str, rest: list[str], *, mirrored: bool) -> None:
        points = [self._place(text, mirrored) for text in rest if "," in text]
        widths = [float(text) * self.scale for text in rest if "," not in text]
        if shape == "oval":
            # The second pair of an oval is its radii, no place.
            across, down = (float(number) * self.scale for number in rest[1].split(","))
            box = (points[0][0] - across, points[0][1] - down, points[0][0] + across, points[0][1] + down)
        else:
            points = curves.rounded(points, 9) if shape == "blob" else points
            box = _box(points, widths[0] if widths else 0.0)

        def paint(pen: Pen) -> None:
            if shape == "oval":
                pen.oval(*points[0], across, down)
            elif shape == "line":
                pen.stroke(_smooth(points), widths[0])
            else:
                pen.shape(points)

        self._lay(paint, box, tone)

    def _lay(self, paint: Callable[[Pen], None], box: tuple[float, float, float, float], tone: str) -> None:
        desk, side = self.ground.desk, self.image.width
        soft = max(0.6, self.scale * 1.5)
        room = math.ceil(soft * 3)
        left, top = max(0, math.floor(box[0]) - room), max(0, math.floor(box[1]) - room)
        width = max(1, min(side, math.ceil(box[2]) + room) - left)
        height = max(1, min(side, math.ceil(box[3]) + room) - top)
        mask = desk.cut(left, top, width, height, paint)
        under = self.alpha.crop((left, top, left + width, top + height))
        dark = mask.filter(ImageFilter.GaussianBlur(soft)).point([round(v * 0.42) for v in range(256)])
        self.image.paste(self.ground.shadow, (left, top), ImageChops.multiply(dark, under))
        colour = self._tone(tone)
        paper = desk.fill(width, height, lighter(colour, 0.03), lighter(colour, -0.045))
        edge = upper_edge(mask, max(1, round(self.scale * 0.5)))
        paper.paste(mix(colour, (255, 255, 255), 0.35), (0, 0), edge)
        self.image.paste(paper, (left, top), mask)
        if tone == "steam":
            mask = mask.point([round(v * 0.6) for v in range(256)])
        self.alpha.paste(ImageChops.lighter(under, mask), (left, top))

    def _place(self, text: str, mirrored: bool) -> Point:
        x, y = (float(number) for number in text.split(","))
        return (self.pad + (100 - x if mirrored else x) * self.scale, self.pad + y * self.scale)

    def _tone(self, tone: str) -> Colour:
        """Paper of this tone in the light of the scene."""
        palette = self.ground.palette
        own = {"main": self.main, "deep": lighter(self.main, -0.1), "pale": mix(self.main, (255, 246, 232), 0.45)}
        own["accent"] = palette.accent
        colour = hex_colour(tone) if tone.startswith("#") else own.get(tone) or TONES[tone]
        if tone == "glow":
            return colour
        return mix(colour, palette.high, 0.26) if palette.dark else mix(colour, palette.low, 0.07)


def _smooth(points: list[Point]) -> list[Point]:
    """A line through the points, bent softly when there are more than two."""
    if len(points) < 3:
        return points
    closed = curves.rounded([*points, *points[-2:0:-1]], 8)
    return closed[: 8 * (len(points) - 1) + 1]


def _box(points: list[Point], width: float) -> tuple[float, float, float, float]:
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across) - width, min(down) - width, max(across) + width, max(down) + width
