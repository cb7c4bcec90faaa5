"""The backdrop: bands of sky, sun or moon with rings of light, stars, clouds and far birds. Blocking (Pillow)."""

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageFilter

from diorama.providers.sketching import curves
from diorama.providers.sketching.ground import Ground
from diorama.providers.sketching.palette import Colour, lighter, mix
from diorama.providers.sketching.paper import Layer, Pen, glow

WHITE: Colour = (255, 255, 255)
WARM: Colour = (255, 170, 110)
LOW_SUN = {"sunset": 0.84, "dawn": 0.78, "golden": 0.62, "dusk": 0.7}
WET = ("rain", "storm")
HEAVY = (*WET, "snow")


def sheets(ground: Ground) -> list[Layer]:
    """Everything behind the land, farthest first."""
    scene, dark = ground.scene, ground.palette.dark
    layers = [_backdrop(ground)]
    if scene.setting == "table":
        return layers
    if dark and scene.weather not in WET:
        layers += [_stars(ground, turn) for turn in range(3)]
    if scene.weather == "aurora":
        layers += [_curtain(ground, turn) for turn in range(3)]
    if scene.setting == "abstract" or scene.mood == "space" or scene.weather == "aurora":
        return layers
    layers += _clouds(ground)
    if not dark and scene.weather == "clear":
        layers.append(_birds(ground))
    return layers


def sun_place(ground: Ground) -> tuple[float, float]:
    """Where the sun or moon stands, in pixels of the desk."""
    random = ground.scene.dice("sun")
    if ground.scene.setting in ("table", "abstract"):
        return ground.desk.x(0.5), ground.desk.height * 0.46
    across = random.choice((random.uniform(0.2, 0.36), random.uniform(0.64, 0.8)))
    height = LOW_SUN.get(ground.scene.mood, random.uniform(0.34, 0.5))
    return ground.desk.x(across), ground.horizon * height


def _backdrop(ground: Ground) -> Layer:
    desk, palette, scene = ground.desk, ground.palette, ground.scene
    upper = max(2, round(ground.horizon if scene.setting != "abstract" else desk.height * 0.8))
    half = round(upper * 0.55)
    sky = Image.new("RGB", (desk.width, desk.height), palette.low)
    sky.paste(desk.fill(desk.width, half, palette.high, palette.middle), (0, 0))
    sky.paste(desk.fill(desk.width, desk.height - half, palette.middle, palette.low, 0.62), (0, half))
    if scene.weather != "aurora" and (scene.weather not in WET or palette.dark):
        _sun(ground, sky)
    return Layer(image=sky, left=0, top=0, depth=0.0)


def _sun(ground: Ground, sky: Image.Image) -> None:
    desk, palette, random = ground.desk, ground.palette, ground.scene.dice("sun face")
    x, y = sun_place(ground)
    radius = desk.unit * random.uniform(7.5, 10.5)
    veil = 0.5 if ground.scene.weather in ("mist", "rain", "storm") else 1.0
    halo = glow(sky.size, (x, y), radius * 7, 1.9).point(_times((0.55 if palette.dark else 0.85) * veil))
    sky.paste(mix(palette.light, palette.low, 0.25), (0, 0), halo)
    for ring, strength in ((3.1, 0.10), (2.3, 0.13), (1.6, 0.17)):
        _round(ground, sky, x, y, radius * ring, palette.light, strength * veil)
    low = mix(palette.light, palette.low if palette.dark else mix(palette.accent, WARM, 0.75), 0.3)
    side = round(radius * 2.4)
    left, top = round(x - side / 2), round(y - side / 2)
    face = desk.fill(side, side, palette.light, low)
    if palette.dark:
        craters = desk.cut(left, top, side, side, _craters(random, x, y, radius))
        face.paste(lighter(palette.light, -0.08), (0, 0), craters)
    disc = desk.cut(left, top, side, side, lambda pen: pen.disc(x, y, radius))
    sky.paste(face, (left, top), disc.point(_times(0.55 + 0.45 * veil)))


def _craters(random: Random, x: float, y: float, radius: float) -> Callable[[Pen], None]:
    spots = [(random.uniform(-0.55, 0.55), random.uniform(-0.55, 0.55), random.uniform(0.08, 0.22)) for _ in range(6)]

    def paint(pen: Pen) -> None:
        for across, down, size in spots:
            pen.disc(x + across * radius, y + down * radius, size * radius, 150)

    return paint


def _round(
    ground: Ground, sky: Image.Image, x: float, y: float, radius: float, colour: Colour, strength: float
) -> None:
    side = round(radius * 2) + 4
    left, top = round(x - side / 2), round(y - side / 2)
    disc = ground.desk.cut(left, top, side, side, lambda pen: pen.disc(x, y, radius))
    sky.paste(colour, (left, top), disc.point(_times(strength)))


def _times(factor: float) -> list[int]:
    return [round(value * factor) for value in range(256)]


def _stars(ground: Ground, turn: int) -> Layer:
    """A third of the stars: the three sheets twinkle in turns."""
    desk, random = ground.desk, ground.scene.dice("stars", turn)
    many = 1.0 if ground.scene.mood in ("night", "space") else 0.4
    upper = round(max(ground.horizon, desk.height * 0.4))
    stars = []
    for _ in range(round(44 * many * desk.breadth)):
        share = random.random() ** 1.25
        ink = round(255 * random.uniform(0.35, 1.0) * (1 - 0.65 * share))
        x, y = random.uniform(0, desk.width), upper * share
        if math.dist((x, y), sun_place(ground)) < desk.unit * 12:
            continue
        stars.append((x, y, desk.unit * random.choice((0.1, 0.13, 0.16, 0.22, 0.34)), ink))

    def paint(pen: Pen) -> None:
        for x, y, r, ink in stars:
            pen.disc(x, y, r, ink)
            if r > 0.3 * desk.unit:
                pen.shape([(x - r * 3.4, y), (x, y - r * 0.35), (x + r * 3.4, y), (x, y + r * 0.35)], ink)
                pen.shape([(x, y - r * 3.4), (x + r * 0.35, y), (x, y + r * 3.4), (x - r * 0.35, y)], ink)

    image = Image.new("RGB", (desk.width, upper), (255, 250, 235))
    image.putalpha(desk.cut(0, 0, desk.width, upper, paint))
    return Layer(image=image, left=0, top=0, depth=0.001 * turn, motion="star")


def _curtain(ground: Ground, turn: int) -> Layer:
    """One bent curtain of northern light, bright at its hem and fading upwards."""
    desk, random = ground.desk, ground.scene.dice("aurora", turn)
    hem, sway = ground.horizon * (0.82 - 0.17 * turn), curves.rolling(random, 1.1 * desk.breadth)
    high, bottom = ground.horizon * 0.5, max(2, round(ground.horizon))
    mask = Image.new("L", (desk.width, bottom))
    strip = max(1, round(desk.unit * 0.6))
    light = Image.linear_gradient("L").resize((strip, max(1, round(high))), Image.Resampling.BILINEAR)
    for left in range(0, desk.width, strip):
        share = left / desk.width
        strength = 0.34 + 0.3 * sway(share * 2.3 + 0.4) + 0.1 * random.random()
        fold = light.point(_times(max(0.08, min(0.8, strength))))
        mask.paste(fold, (left, round(hem + desk.unit * 9 * sway(share) - high)))
    colour = ((96, 240, 178), (84, 214, 226), (190, 130, 240))[turn]
    image = Image.new("RGB", mask.size, colour)
    image.putalpha(mask.filter(ImageFilter.BoxBlur(max(1, strip // 3))))
    return Layer(image=image, left=0, top=0, depth=0.004 + 0.002 * turn, motion="drift")


def _clouds(ground: Ground) -> list[Layer]:
    """Banks of paper cloud, each its own drifting sheet."""
    random = ground.scene.dice("clouds")
    banks = 3 if ground.scene.weather in HEAVY else random.choice((1, 2, 2))
    return [_bank(ground, random, index / max(1, banks - 1), 0.01 + 0.006 * index) for index in range(banks)]


def _bank(ground: Ground, random: Random, place: float, depth: float) -> Layer:
    desk, palette, heavy = ground.desk, ground.palette, ground.scene.weather in HEAVY
    room = desk.unit * (20 if heavy else 17)
    top = round(ground.horizon * (0.03 + 0.4 * place))
    count = round(random.choice((2, 3) if heavy else (1, 2)) * desk.breadth)
    clouds = []
    for index in range(count):
        wide, high = desk.unit * random.uniform(24, 46), desk.unit * random.uniform(7, 11)
        x = (index + random.uniform(0.1, 0.9)) / count * desk.width
        floor = top + room * random.uniform(0.66, 0.86)
        clouds.append((x, floor, wide, [(x + a, floor + b, r) for a, b, r in curves.cloud(random, wide, high)]))

    def paint(pen: Pen) -> None:
        for _, _, _, puffs in clouds:
            for x, y, r in puffs:
                pen.disc(x, y, r)
        for x, floor, wide, _ in clouds:
            base = desk.unit * 1.5
            pen.box(x - wide * 0.42, floor - 2 * base, x + wide * 0.42, floor)
            pen.disc(x - wide * 0.42, floor - base, base)
            pen.disc(x + wide * 0.42, floor - base, base)

    tone = mix(palette.middle, palette.low if palette.dark else WHITE, 0.35 if palette.dark else 0.66)
    tone = mix(tone, palette.far, 0.4) if heavy and ground.scene.weather != "snow" else tone
    image = desk.sheet(
        desk.cut(0, top, desk.width, round(room), paint),
        top=lighter(tone, 0.04),
        bottom=mix(tone, palette.low, 0.4),
        shadow=lighter(palette.middle, -0.25),
        strength=0.3,
        spread=1.2,
        shift=(0.4, 0.8),
        rim=0.35,
    )
    return Layer(image=image, left=0, top=top, depth=depth, motion="drift")


def _birds(ground: Ground) -> Layer:
    """A few far birds: two bent strokes each."""
    desk, random = ground.desk, ground.scene.dice("birds")
    x0, y0 = desk.x(random.uniform(0.25, 0.75)), ground.horizon * random.uniform(0.45, 0.7)
    flock = [
        (
            x0 + desk.unit * random.uniform(-12, 12),
            y0 + desk.unit * random.uniform(-5, 5),
            desk.unit * random.uniform(0.7, 1.5),
        )
        for _ in range(random.randint(3, 6))
    ]

    def paint(pen: Pen) -> None:
        for x, y, size in flock:
            for side in (-1, 1):
                wing = [(x + side * size * t / 6, y - size * 0.6 * math.sin(math.pi * t / 7)) for t in range(7)]
                pen.stroke(wing, size * 0.16)

    top, height = max(0, round(y0 - desk.unit * 8)), round(desk.unit * 16)
    mask = desk.cut(0, top, desk.width, height, paint)
    image = Image.new("RGB", mask.size, mix(ground.palette.far, ground.palette.near, 0.45))
    image.putalpha(mask)
    return Layer(image=image, left=0, top=top, depth=0.03, motion="drift")
