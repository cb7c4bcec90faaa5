"""What hangs and falls between the sheets: mist, rain, snow, and light on water. Blocking (Pillow)."""

from PIL import Image, ImageFilter

from diorama.providers.sketching.ground import Ground
from diorama.providers.sketching.palette import Colour, mix
from diorama.providers.sketching.paper import Layer, Pen
from diorama.providers.sketching.sky import sun_place

INDOORS = ("table", "abstract")


def sheets(ground: Ground) -> list[Layer]:
    """All of the scene's weather, and the sun's path if there is a sea."""
    weather, setting = ground.scene.weather, ground.scene.setting
    layers: list[Layer] = []
    if setting == "sea" and weather in ("clear", "mist"):
        layers += [_path(ground, depth) for depth in (0.11, 0.301, 0.462)]
    if setting in INDOORS:
        return layers
    if weather == "mist" or setting == "forest":
        layers += [_mist(ground, depth) for depth in ((0.13, 0.35, 0.6) if weather == "mist" else (0.3,))]
    if weather == "snow":
        layers += [
            _snow(ground, depth, size, count)
            for depth, size, count in ((0.4, 0.28, 90), (0.85, 0.48, 55), (1.1, 0.85, 20))
        ]
    if weather in ("rain", "storm"):
        layers += [_rain(ground, depth, length) for depth, length in ((0.35, 3.2), (1.1, 6.0))]
    return layers


def _path(ground: Ground, depth: float) -> Layer:
    """Strokes of sunlight on the water; two sheets of them shimmer in turns."""
    desk, unit, random = ground.desk, ground.desk.unit, ground.scene.dice("path", depth)
    x, _ = sun_place(ground)
    top, reach = round(ground.horizon + unit * 2), ground.down(0.2 + depth) - ground.horizon
    strokes = []
    for _ in range(26):
        share = random.random()
        spread = unit * (3 + 10 * share)
        strokes.append(
            (
                x + random.gauss(0, 0.5) * spread,
                top + unit * 0.5 + share * reach,
                unit * random.uniform(1.2, 3.6) * (0.5 + share),
                unit * (0.16 + 0.26 * share),
            )
        )

    def paint(pen: Pen) -> None:
        for across, y, wide, high in strokes:
            pen.shape([(across - wide, y), (across, y - high), (across + wide, y), (across, y + high)], 215)

    return _veil(
        ground,
        desk.cut(0, top, desk.width, max(2, round(reach + unit * 2)), paint),
        top,
        depth,
        "twinkle",
        ground.palette.light,
    )


def _veil(ground: Ground, mask: Image.Image, top: int, depth: float, motion: str, colour: Colour) -> Layer:
    image = Image.new("RGB", mask.size, colour)
    image.putalpha(mask)
    return Layer(image=image, left=0, top=top, depth=depth, motion=motion)


def _mist(ground: Ground, depth: float) -> Layer:
    """A bank of mist: wide soft ovals, blurred at a small size."""
    desk, unit, random = ground.desk, ground.desk.unit, ground.scene.dice("mist", depth)
    high = round(unit * 24)
    top = round(ground.down(depth) - high * 0.45)
    strength = 0.62 if ground.scene.weather == "mist" else 0.4
    small = Image.new("L", (max(8, desk.width // 8), max(8, high // 8)))
    pen = Pen(small, scale=1, left=0, top=0)
    for _ in range(round(9 * desk.breadth)):
        pen.oval(
            random.random() * small.width,
            small.height * random.uniform(0.42, 0.6),
            small.width * random.uniform(0.08, 0.2) / desk.breadth**0.5,
            small.height * random.uniform(0.05, 0.14),
            round(255 * strength),
        )
    soft = small.filter(ImageFilter.GaussianBlur(small.height / 9)).resize((desk.width, high), Image.Resampling.BICUBIC)
    return _veil(ground, soft, top, depth, "drift", mix(ground.palette.low, ground.palette.light, 0.5))


def _snow(ground: Ground, depth: float, size: float, count: int) -> Layer:
    """Flakes on a sheet that can be laid under itself again, so that a film may let it fall for ever."""
    desk, random = ground.desk, ground.scene.dice("snow", depth)
    flakes = [
        (
            random.random() * desk.width,
            random.random() * desk.height,
            desk.unit * size * random.uniform(0.5, 1.1),
            random.randint(130, 240),
        )
        for _ in range(round(count * desk.breadth))
    ]

    def paint(pen: Pen) -> None:
        for x, y, r, ink in flakes:
            for wrap in (-desk.height, 0, desk.height):
                pen.disc(x, y + wrap, r, ink)

    return _veil(ground, desk.cut(0, 0, desk.width, desk.height, paint), 0, depth, "snow", (252, 253, 255))


def _rain(ground: Ground, depth: float, length: float) -> Layer:
    desk, unit, random = ground.desk, ground.desk.unit, ground.scene.dice("rain", depth)
    drops = [
        (
            random.random() * desk.width,
            random.random() * desk.height,
            unit * length * random.uniform(0.6, 1.2),
            random.randint(40, 115),
        )
        for _ in range(round(110 * desk.breadth))
    ]
    thick = unit * 0.11 * (1 + depth * 0.5)

    def paint(pen: Pen) -> None:
        for x, y, long, ink in drops:
            for wrap in (-desk.height, 0, desk.height):
                pen.stroke([(x, y + wrap), (x - long * 0.05, y + wrap + long)], thick, ink)

    mask = desk.cut(0, 0, desk.width, desk.height, paint)
    return _veil(ground, mask, 0, depth, "rain", mix(ground.palette.low, (255, 255, 255), 0.55))
