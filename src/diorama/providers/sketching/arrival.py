"""What comes over a picture in a film: the prompt's paper sheets, or another picture in strips. Blocking (Pillow)."""

import math
from collections.abc import Iterator, Sequence

from PIL import Image, ImageChops, ImageFilter

from diorama.providers.sketching import curves
from diorama.providers.sketching.edit import props
from diorama.providers.sketching.motion import FALLING, offset, push, shine
from diorama.providers.sketching.palette import Colour
from diorama.providers.sketching.paper import Desk, Layer, upper_edge
from diorama.providers.sketching.planes import Planes, Plate, plate, to_planes, zoomed
from diorama.providers.sketching.stage import stage
from diorama.providers.sketching.words import Scene

RISE_S, RISE_SHARE, APART = 1.1, 0.4, 0.12
"""A sheet rises for so many seconds (or this share of a short film); the next one sets out this much of it later."""
COVER_S, COVER_SHARE, LAG = 2.0, 0.6, 0.09
"""Strips slide in for so many seconds (or this share of a short film); each later than the one before."""
STRIPS = 5


def onto(picture: Planes, scene: Scene, references: Sequence[bytes], *, count: int, fps: float) -> Iterator[Planes]:
    """A slow push into a given picture, onto which the prompt's sheets come. The frame at 0 shows it as it is."""
    width, height = picture[0].size
    desk = Desk(width=width, height=height, margin=0, random=scene.dice("paper"))
    random = scene.dice("camera")
    across, down = random.uniform(0.35, 0.65), random.uniform(0.4, 0.6)
    plates = [plate(layer) for layer in props(stage(desk, scene), references)]
    light, length = shine(width, height), min(RISE_S, RISE_SHARE * count / fps)
    for index in range(count):
        progress, seconds = index / max(1, count - 1), index / fps
        canvas = zoomed(picture, push(width, height, progress, across, down), Image.Resampling.BICUBIC)
        if index:
            side, strength = max(width, height), 0.4 * math.sin(math.pi * progress)
            light.lay(canvas, width * (0.2 + 0.8 * progress) - side / 2, height * 0.4 - side / 2, strength)
            for place, sheet in enumerate(plates):
                _lay(canvas, sheet, seconds, eased(seconds / length - APART * place), desk.unit)
        yield canvas


def covered(frames: Iterator[Planes], last: Image.Image, scene: Scene, *, count: int, fps: float) -> Iterator[Planes]:
    """The frames, over which another picture slides in paper strips; the frame at `count` - 1 is that picture."""
    strips = _strips(last, scene)
    length = min(COVER_S, COVER_SHARE * count / fps)
    for index, canvas in enumerate(frames):
        if index == count - 1:
            yield to_planes(last)
            return
        left = (count - 1 - index) / fps
        for place, (strip, edge) in enumerate(strips):
            progress = (1 - left / length - LAG * place) / (1 - LAG * (STRIPS - 1))
            _slide(canvas, strip, edge, progress, 1 if place % 2 else -1)
        yield canvas


def eased(share: float) -> float:
    """From 0 to 1 with a soft start and a softer end."""
    share = min(1.0, max(0.0, share))
    smooth: float = 1 - (1 - share * share * (3 - 2 * share)) ** 1.5
    return smooth


def _lay(canvas: Planes, sheet: Plate, seconds: float, come: float, unit: float) -> None:
    """The sheet where it is now: rain and snow fade in, photographs come down, all others rise."""
    layer = sheet.layer
    x, y = offset(layer, 0.5, seconds, 0.0, unit)
    if layer.motion in FALLING:
        sheet.lay(canvas, x, y - layer.image.height, come)
        sheet.lay(canvas, x, y, come)
    elif layer.motion in ("twinkle", "drift"):
        sheet.lay(canvas, layer.left + x, layer.top + y, come)
    else:
        height = canvas[0].height
        away = -(layer.top + layer.image.height) if layer.hung else height - layer.top
        sheet.lay(canvas, layer.left + x, layer.top + y + (1 - come) * away)


def _slide(canvas: Planes, strip: Plate, edge: Plate, progress: float, side: int) -> None:
    if progress <= 0:
        return
    come = eased(progress)
    away = round(side * (1 - come) * (strip.layer.image.width + 2))
    strip.lay(canvas, strip.layer.left + away, strip.layer.top)
    # The lit edge and the shadow fade as the strip settles, so that at last there is only the picture.
    edge.lay(canvas, edge.layer.left + away, edge.layer.top, 1 - come**3)


def _strips(picture: Image.Image, scene: Scene) -> list[tuple[Plate, Plate]]:
    """The picture cut in wavy strips, the upper ones first; each lies over the lower rim of the one above."""
    width, height = picture.size
    desk = Desk(width=width, height=height, margin=0, random=scene.dice("paper"))
    random, swing, pad = scene.dice("strips"), height / STRIPS * 0.22, math.ceil(desk.unit * 4)
    waves = [curves.rolling(random, 1.4 * desk.breadth) for _ in range(STRIPS + 1)]
    shadow, strips = stage(desk, scene).shadow, []
    for index in range(STRIPS):
        upper = _cut(waves[index], width, height * index / STRIPS, swing)
        lower = _cut(waves[index + 1], width, height * (index + 1) / STRIPS + desk.unit * 2, swing)
        # The outermost edges are those of the picture itself.
        upper = upper if index else [(0, -pad), (width, -pad)]
        lower = lower if index < STRIPS - 1 else [(0, height + pad), (width, height + pad)]
        top = math.floor(min(y for _, y in upper)) - pad
        bottom = math.ceil(max(y for _, y in lower)) + pad
        shape = [*upper, *reversed(lower)]
        mask = desk.cut(-pad, top, width + 2 * pad, bottom - top, lambda pen, shape=shape: pen.shape(shape))  # type: ignore[misc]
        image = Image.new("RGB", mask.size, shadow)
        image.paste(picture, (pad, -top))
        image.putalpha(mask)
        strip = plate(Layer(image=image, left=-pad, top=top, depth=1.0))
        strips.append((strip, _edge(mask, -pad, top, desk.unit, shadow)))
    return strips


def _cut(wave: curves.Height, width: int, base: float, swing: float) -> list[curves.Point]:
    """A wavy cut from edge to edge of the picture."""
    return [(width * step / 90, base - swing * wave(step / 90)) for step in range(91)]


def _edge(mask: Image.Image, left: int, top: int, unit: float, shadow: Colour) -> Plate:
    """The light on a strip's upper edge and its shadow on what lies under it."""
    rim = upper_edge(mask, max(1, round(unit * 0.5)))
    dark = mask.filter(ImageFilter.GaussianBlur(max(0.5, unit * 1.2))).point([v // 2 for v in range(256)])
    dark = ImageChops.multiply(dark, ImageChops.invert(mask))
    image = Image.new("RGB", mask.size, shadow)
    image.paste((255, 252, 244), (0, 0), mask)
    image.putalpha(ImageChops.lighter(rim.point([v * 7 // 10 for v in range(256)]), dark))
    return plate(Layer(image=image, left=left, top=top, depth=1.0))
