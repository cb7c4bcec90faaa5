"""Given pictures as paper photographs, pegged to strings that hang across the scene. Blocking (Pillow)."""

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageFilter

from diorama.providers.sketching import pictures
from diorama.providers.sketching.ground import Ground
from diorama.providers.sketching.palette import lighter
from diorama.providers.sketching.paper import Layer, Pen

CARD = (252, 249, 242)
STRING = (88, 74, 66)
DEPTH = 0.8
ALONE, EACH = 40.0, 92.0
"""Long edge of a single photograph, and what those on one string share of the picture's breadth, in units."""


def sheets(ground: Ground, references: Sequence[bytes]) -> list[Layer]:
    """A string for every row of photographs, and the photographs on it. Raises ValueError for an unreadable one."""
    per_row = max(1, round(2.2 * ground.desk.breadth)) if ground.desk.breadth > 1 else 2
    rows = [references[start : start + per_row] for start in range(0, len(references), per_row)]
    layers: list[Layer] = []
    for index, row in enumerate(rows):
        top = ground.desk.height * (0.09 + 0.46 * index)
        layers += _row(ground, row, index, top)
    return layers


def _row(ground: Ground, row: Sequence[bytes], index: int, top: float) -> list[Layer]:
    desk, random = ground.desk, ground.scene.dice("photos", index)
    room = min(ALONE, EACH * desk.breadth / (len(row) + 0.5), 0.5 * desk.height / desk.unit)
    sag = desk.unit * random.uniform(4, 7)
    layers = [_string(ground, top, sag, index)]
    # A photograph alone hangs beside the figures, not before them.
    side = random.choice((0.24, 0.76)) if ground.scene.figures else 0.5
    for place, picture in enumerate(row):
        share = ((place + 0.5) / len(row) if len(row) > 1 else side) + random.uniform(-0.03, 0.03)
        y = top + sag * (1 - (2 * share - 1) ** 2)
        photo = pictures.whole(picture, max(8, round(room * desk.unit)), "reference")
        layers.append(_card(ground, photo, desk.x(share), y, random))
    return layers


def _string(ground: Ground, top: float, sag: float, index: int) -> Layer:
    """A thread that sags from edge to edge, with its shadow."""
    desk = ground.desk
    points = [(desk.width * step / 40, top + sag * (1 - (step / 20 - 1) ** 2)) for step in range(41)]
    left, high = 0, round(top - desk.unit * 2)

    def paint(pen: Pen) -> None:
        pen.stroke(points, desk.unit * 0.32)

    mask = desk.cut(left, high, desk.width, round(sag + desk.unit * 5), paint)
    colour = lighter(STRING, 0.45) if ground.palette.dark else STRING
    image = desk.sheet(mask, top=colour, bottom=colour, shadow=ground.shadow, strength=0.5, spread=0.5, shift=(0, 0.7))
    return Layer(image=image, left=left, top=high, depth=DEPTH - 0.002 - index / 1000, hung=True)


def _card(ground: Ground, photo: Image.Image, x: float, y: float, random: Random) -> Layer:
    """A photograph on white card, tilted a little, hanging from a peg at (x, y), with its shadow."""
    unit = ground.desk.unit
    rim, foot = max(2, round(unit * 1.4)), max(3, round(unit * 4.2))
    card = ground.desk.fill(photo.width + 2 * rim, photo.height + rim + foot, CARD, lighter(CARD, -0.03))
    card.paste(photo, (rim, rim))
    card.putalpha(255)
    tilted = card.rotate(random.uniform(-4.5, 4.5), Image.Resampling.BICUBIC, expand=True)
    pad = math.ceil(unit * 3)
    image = Image.new("RGBA", (tilted.width + 2 * pad, tilted.height + 2 * pad))
    image.paste(tilted, (pad, pad))
    _shade(image, ground, unit)
    peg = _peg(ground, unit)
    image.alpha_composite(peg, (image.width // 2 - peg.width // 2, max(0, pad - peg.height // 3)))
    return Layer(
        image=image,
        left=round(x - image.width / 2),
        top=round(y - pad - unit * 0.6),
        depth=DEPTH,
        motion="sway",
        subject=True,
        hung=True,
    )


def _shade(image: Image.Image, ground: Ground, unit: float) -> None:
    """A soft shadow behind what is on the sheet."""
    alpha = image.getchannel("A")
    dark = alpha.filter(ImageFilter.GaussianBlur(max(0.5, unit * 0.9))).point([v // 2 for v in range(256)])
    dark = ImageChops.offset(dark, round(unit * 0.4), round(unit * 0.8))
    under = Image.new("RGB", image.size, ground.shadow)
    under.paste(image.convert("RGB"), (0, 0), alpha)
    under.putalpha(ImageChops.screen(alpha, dark))
    image.paste(under)


def _peg(ground: Ground, unit: float) -> Image.Image:
    """A small wooden peg."""
    width, height = max(3, round(unit * 1.6)), max(6, round(unit * 4.4))
    mask = ground.desk.cut(0, 0, width + 4, height + 4, lambda pen: pen.box(2, 2, width + 1, height + 1))
    wood = (214, 164, 108)
    return ground.desk.sheet(mask, top=lighter(wood, 0.05), bottom=lighter(wood, -0.08), shadow=ground.shadow, rim=0.5)
