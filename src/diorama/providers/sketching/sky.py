"""The backdrop: bands of sky, sun or moon with rings of light, stars and clouds of paper. Blocking (Pillow)."""

import math
from random import Random

from PIL import Image, ImageDraw

from diorama.providers.sketching import curves
from diorama.providers.sketching.palette import Colour, Palette, lighter, mix
from diorama.providers.sketching.paper import Desk, Layer, glow
from diorama.providers.sketching.words import Scene

WHITE: Colour = (255, 255, 255)


def backdrop(desk: Desk, scene: Scene, palette: Palette, horizon: float) -> Layer:
    """The farthest sheet: sky down to the horizon (a share of the height), with its light."""
    random = Random(scene.seed ^ 11)
    upper = round(desk.height * horizon)
    sky = Image.new("RGB", (desk.width, desk.height), palette.low)
    half = round(upper * 0.55)
    sky.paste(desk.fill(desk.width, half, palette.high, palette.middle), (0, 0))
    sky.paste(desk.fill(desk.width, desk.height - half, palette.middle, palette.low, 0.7), (0, half))
    if scene.weather in ("rain", "storm") and not palette.dark:
        return Layer(image=sky, left=0, top=0, depth=0.0)
    if palette.dark:
        _stars(desk, sky, random, upper, 1.0 if scene.mood in ("night", "space") else 0.4)
    _sun(desk, scene, sky, palette, random, horizon)
    return Layer(image=sky, left=0, top=0, depth=0.0)


def sun_place(scene: Scene, horizon: float) -> tuple[float, float]:
    """Where the sun or moon stands, as shares of the visible width and the height."""
    random = Random(scene.seed ^ 12)
    across = random.choice((random.uniform(0.2, 0.38), random.uniform(0.6, 0.8)))
    height = {"sunset": 0.86, "dawn": 0.8, "golden": 0.66, "dusk": 0.72}.get(scene.mood, random.uniform(0.34, 0.5))
    return across, horizon * height


def _sun(desk: Desk, scene: Scene, sky: Image.Image, palette: Palette, random: Random, horizon: float) -> None:
    across, down = sun_place(scene, horizon)
    centre = (desk.x(across), desk.height * down)
    radius = desk.unit * random.uniform(7.5, 10.5)
    size = sky.size
    reach = 0.62 if palette.dark else 0.85
    sky.paste(mix(palette.light, palette.low, 0.25), (0, 0), glow(size, centre, radius * 7, 1.9).point(_times(reach)))
    for ring, strength in ((3.1, 0.10), (2.3, 0.13), (1.6, 0.17)):
        sky.paste(palette.light, (0, 0), _disc(desk, centre, radius * ring).point(_times(strength)))
    low = mix(palette.light, palette.accent, 0.3) if not palette.dark else mix(palette.light, palette.low, 0.12)
    side = round(radius * 2.6)
    face = desk.fill(side, side, palette.light, low)
    disc = desk.cut(
        side,
        side,
        lambda draw, s: draw.ellipse(
            [(side / 2 - radius) * s, (side / 2 - radius) * s, (side / 2 + radius) * s, (side / 2 + radius) * s],
            fill=255,
        ),
    )
    if palette.dark:
        _craters(desk, face, random, side, radius, lighter(palette.light, -0.07))
    sky.paste(face, (round(centre[0] - side / 2), round(centre[1] - side / 2)), disc)


def _disc(desk: Desk, centre: tuple[float, float], radius: float) -> Image.Image:
    x, y = centre
    return desk.cut(
        desk.width,
        desk.height,
        lambda draw, s: draw.ellipse(
            [(x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s], fill=255
        ),
    )


def _craters(desk: Desk, face: Image.Image, random: Random, side: int, radius: float, colour: Colour) -> None:
    spots = [(random.uniform(-0.55, 0.55), random.uniform(-0.55, 0.55), random.uniform(0.08, 0.22)) for _ in range(5)]

    def paint(draw: ImageDraw.ImageDraw, s: float) -> None:
        for x, y, r in spots:
            left, top, wide = side / 2 + (x - r) * radius, side / 2 + (y - r) * radius, 2 * r * radius
            draw.ellipse([left * s, top * s, (left + wide) * s, (top + wide) * s], fill=150)

    face.paste(colour, (0, 0), desk.cut(side, side, paint))


def _times(factor: float) -> list[int]:
    return [round(value * factor) for value in range(256)]


def star_places(desk: Desk, scene: Scene, horizon: float) -> list[tuple[float, float, float]]:
    """Stars as (x, y, radius) in pixels of the desk."""
    random = Random(scene.seed ^ 13)
    count = round(90 * (desk.width / desk.height) ** 0.5)
    return [
        (
            random.uniform(0, desk.width),
            horizon * desk.height * random.random() ** 1.3,
            desk.unit * random.choice((0.12, 0.14, 0.18, 0.28)),
        )
        for _ in range(count)
    ]


def _stars(desk: Desk, sky: Image.Image, random: Random, upper: int, strength: float) -> None:
    count = round(110 * strength * max(1.0, desk.width / desk.height))
    stars = [
        (
            random.uniform(0, desk.width),
            upper * 0.95 * random.random() ** 1.25,
            desk.unit * random.choice((0.1, 0.12, 0.15, 0.2, 0.3)),
        )
        for _ in range(count)
    ]

    def paint(draw: ImageDraw.ImageDraw, s: float) -> None:
        for x, y, r in stars:
            value = round(255 * random.uniform(0.35, 1.0) * (1 - 0.6 * y / upper))
            draw.ellipse([(x - r) * s, (y - r) * s, (x + r) * s, (y + r) * s], fill=value)

    sky.paste((255, 250, 235), (0, 0), desk.cut(desk.width, upper, paint))


def clouds(desk: Desk, scene: Scene, palette: Palette, horizon: float) -> list[Layer]:
    """Two or three banks of paper cloud, each its own drifting sheet."""
    random = Random(scene.seed ^ 14)
    heavy = scene.weather in ("rain", "storm", "snow")
    banks = 3 if heavy else random.choice((1, 2, 2))
    if scene.mood == "space":
        return []
    return [_bank(desk, random, palette, horizon, index / max(1, banks - 1), heavy) for index in range(banks)]


def _bank(desk: Desk, random: Random, palette: Palette, horizon: float, place: float, heavy: bool) -> Layer:
    top, height = round(desk.height * horizon * (0.05 + 0.42 * place)), round(desk.unit * (22 if heavy else 17))
    puffs: list[tuple[float, float, float, float]] = []
    for _ in range(random.randint(3, 4) if heavy else random.randint(1, 2)):
        wide, high = desk.unit * random.uniform(26, 48), desk.unit * random.uniform(8, 12)
        x, y = random.uniform(0.02, 0.98) * desk.width, height * random.uniform(0.72, 0.88)
        puffs += [(x + px, y, py, r) for px, py, r in curves.cloud(random, wide, high)]

    def paint(draw: ImageDraw.ImageDraw, s: float) -> None:
        for x, floor, y, r in puffs:
            draw.ellipse([(x - r) * s, (floor + y - r) * s, (x + r) * s, (floor + y + r) * s], fill=255)
        for floor in {puff[1] for puff in puffs}:
            row = [puff for puff in puffs if puff[1] == floor]
            left, right = min(p[0] - p[3] for p in row), max(p[0] + p[3] for p in row)
            draw.rectangle([0, (floor + 0.2) * s, desk.width * s, height * s], fill=0) if len(
                {p[1] for p in puffs}
            ) == 1 else draw.rectangle([left * s, (floor + 0.2) * s, right * s, height * s], fill=0)

    base = mix(palette.middle, WHITE if not palette.dark else palette.low, 0.62 if not palette.dark else 0.3)
    if heavy:
        base = mix(base, palette.far, 0.35)
    image = desk.sheet(
        desk.cut(desk.width, height, paint),
        top=lighter(base, 0.05),
        bottom=mix(base, palette.low, 0.35),
        shadow=lighter(palette.high, -0.2),
        strength=0.28,
        spread=1.4,
        shift=(0.5, 0.9),
        rim=0.35,
    )
    return Layer(image=image, left=0, top=top, depth=0.06 + 0.06 * place, motion="drift")


def sparkle(angle: float) -> float:
    """How bright a twinkling light is at this point of its turn, 0 to 1."""
    return 0.5 + 0.5 * math.sin(angle)
