"""A film: the camera glides past the sheets of one diorama. Blocking (Pillow, PyAV)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from PIL import Image, ImageChops

from diorama.providers.sketching.paper import Desk, Layer, glow
from diorama.providers.sketching.planes import Planes, Plate, plate, zoomed
from diorama.providers.sketching.stage import build
from diorama.providers.sketching.still import shade
from diorama.providers.sketching.words import Scene

PUSH = 0.07
"""Share of the picture that the camera has moved into by the end."""

FALLING = {"snow": 0.085, "rain": 1.1}
"""Heights of the picture that the nearest flakes and drops fall in a second."""


def frames(
    scene: Scene, references: Sequence[bytes], *, width: int, height: int, count: int, fps: int
) -> Iterator[Planes]:
    """The film's frames one by one; every sheet is cut once, each frame only lays them anew."""
    margin = 2 * math.ceil(width * 0.03)
    desk = Desk(width=width + 2 * margin, height=height, margin=margin, random=scene.dice("paper"))
    plates = [plate(layer) for layer in seen(build(desk, scene, references))]
    travel = margin * 0.85 * scene.dice("camera").choice((-1, 1))
    dark = shade(width, height)
    for index in range(count):
        progress = index / max(1, count - 1)
        canvas = _blank(width, height)
        for sheet in plates:
            x, y = offset(sheet.layer, progress, index / fps, travel, desk.unit)
            left, top = sheet.layer.left - margin + x, sheet.layer.top + y
            sheet.lay(canvas, left, top, _strength(sheet.layer, index / fps))
            if sheet.layer.motion in FALLING:
                sheet.lay(canvas, left, top % height - height)
        yield _darkened(zoomed(canvas, push(width, height, progress, 0.5, 0.6), Image.Resampling.BILINEAR), dark)


def seen(layers: list[Layer]) -> list[Layer]:
    """The sheets cut off where nearer ones hide them from edge to edge: less to hold and to lay in every frame."""
    bottom = floor = max(layer.top + layer.image.height for layer in layers if not layer.subject)
    kept: list[Layer] = []
    while layers:
        layer = layers.pop()
        # Figures bob and float, so a part that is hidden now may rise into sight.
        height = layer.image.height if layer.subject else min(layer.image.height, max(2, floor - layer.top))
        kept.append(replace(layer, image=layer.image.crop((0, 0, layer.image.width, height))))
        if layer.image.mode == "RGBA" and not layer.subject and layer.top + layer.image.height == bottom:
            gaps = ImageChops.invert(layer.image.getchannel("A")).getbbox()
            floor = min(floor, layer.top + gaps[3]) if gaps else floor
    return kept[::-1]


def shine(width: int, height: int) -> Plate:
    """A wide ball of light that wanders over a given picture."""
    side = max(width, height)
    image = Image.new("RGB", (side, side), (255, 250, 235))
    image.putalpha(glow(image.size, (side / 2, side / 2), side / 2, 1.6))
    return plate(Layer(image=image, left=0, top=0, depth=1.0, motion="star"))


def _blank(width: int, height: int) -> Planes:
    half = (width // 2, height // 2)
    return Image.new("L", (width, height)), Image.new("L", half), Image.new("L", half)


def offset(layer: Layer, progress: float, seconds: float, travel: float, unit: float) -> tuple[float, float]:
    """How far a sheet has moved from its place, in pixels."""
    eased = progress * progress * (3 - 2 * progress) * 0.6 + progress * 0.4
    x, y = (eased - 0.5) * 2 * travel * layer.depth, 0.0
    turn = seconds * math.tau
    if layer.motion == "drift":
        x += unit * 1.8 * (2 * eased - 1)
    elif layer.motion == "sway":
        x += unit * 0.7 * math.sin(turn / 3.2 + layer.depth * 9)
    elif layer.motion == "bob":
        y += unit * 0.8 * math.sin(turn / 3.5)
    elif layer.motion == "float":
        x += unit * 0.8 * math.sin(turn / 6)
        y += unit * 1.3 * math.sin(turn / 5) - unit * 2.4 * progress
    elif layer.motion in FALLING:
        y = FALLING[layer.motion] * (0.55 + 0.45 * layer.depth) * seconds * layer.image.height
        y = float(round(y % layer.image.height))
        x += unit * math.sin(turn / 4 + layer.depth * 5) if layer.motion == "snow" else 0.0
    return x, y


def _strength(layer: Layer, seconds: float) -> float:
    """How opaque a sheet is now: stars and glints come and go."""
    if layer.motion not in ("twinkle", "star"):
        return 1.0
    return 0.62 + 0.38 * math.sin(math.tau * (seconds / 1.9 + layer.depth * 370))


def push(width: int, height: int, progress: float, across: float, down: float) -> tuple[float, float, float, float]:
    """The part of the picture that the camera sees by now."""
    eased = progress * progress * (3 - 2 * progress)
    share = PUSH * (0.5 * eased + 0.5 * progress)
    left, top = width * share * across, height * share * down
    return left, top, left + width * (1 - share), top + height * (1 - share)


def _darkened(planes: Planes, dark: Image.Image) -> Planes:
    planes[0].paste(16, (0, 0), dark)
    return planes
