"""A given picture, drawn over: paper sheets of the prompt laid on it, or on the part that a mask marks. Blocking."""

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image, ImageChops, ImageFilter

from diorama.providers.sketching import figures, photos, still, weather
from diorama.providers.sketching.ground import Ground
from diorama.providers.sketching.palette import Colour, mix
from diorama.providers.sketching.paper import Desk, Layer
from diorama.providers.sketching.stage import build, stage
from diorama.providers.sketching.words import Scene

GRADE, GRADE_ALONE, GRADE_IN_MASK = 0.34, 0.58, 0.16
"""Share of the scene's palette in the colours of the picture: beside figures, without any, and in a marked area."""
NEAR = 0.84
"""Sheets of land nearer than this are laid over a picture, whose lower edge they become."""
FILL = 0.9
"""Share of the marked area that a figure takes, in height or width."""
MOST = 4.0


def over(scene: Scene, base: Image.Image, references: Sequence[bytes]) -> Image.Image:
    """The picture as the backdrop of the scene: graded, with near land, figures, photographs and weather before it."""
    desk = Desk(width=base.width, height=base.height, margin=0, random=scene.dice("paper"))
    ground = stage(desk, scene)
    canvas = graded(base, ground, GRADE if scene.figures or references else GRADE_ALONE)
    laid(canvas, props(ground, references))
    canvas.paste((0, 0, 0), (0, 0), still.shade(*canvas.size))
    return canvas


def within(scene: Scene, base: Image.Image, area: Image.Image, references: Sequence[bytes]) -> Image.Image:
    """The picture with the scene in its marked area alone: figures stand before it, or else a window opens in it.

    `area` is 0 where the picture must stay as it is.
    """
    left, top, right, bottom = area.getbbox() or (0, 0, 1, 1)
    if scene.figures or references:
        inside = _peopled(scene, base.crop((left, top, right, bottom)), references)
    else:
        inside = _window(scene, area.crop((left, top, right, bottom)))
    edited = base.copy()
    edited.paste(inside, (left, top))
    return Image.composite(edited, base, area)


def props(ground: Ground, references: Sequence[bytes]) -> list[Layer]:
    """The sheets that can stand before a given picture, farthest first."""
    whole = build(ground.desk, replace(ground.scene, weather="clear"))
    near = [layer for layer in whole if layer.depth >= NEAR and not layer.subject]
    people = figures.sheets(ground) if ground.scene.figures else []
    layers = [*near, *people, *photos.sheets(ground, references), *_weather(ground)]
    return sorted(layers, key=lambda layer: layer.depth)


def graded(picture: Image.Image, ground: Ground, share: float) -> Image.Image:
    """The picture drawn towards the scene's colours: its shadows to the near land's, its lights to the light's."""
    palette = ground.palette
    stops = (ground.shadow, palette.near, palette.far, palette.low, palette.light)
    ramp = [_along(stops, value / 255) for value in range(256)]
    light = picture.convert("L")
    tinted = Image.merge("RGB", [light.point([colour[band] for colour in ramp]) for band in range(3)])
    return Image.blend(picture, tinted, share)


def laid(canvas: Image.Image, layers: Sequence[Layer]) -> None:
    """Lays the sheets on an RGB picture."""
    for layer in layers:
        canvas.paste(layer.image, (layer.left, layer.top), layer.image)


def _weather(ground: Ground) -> list[Layer]:
    """What was asked to fall or drift, without the mist and glints that only belong to a drawn place."""
    wanted = ("drift",) if ground.scene.weather == "mist" else ("snow", "rain")
    return [layer for layer in weather.sheets(ground) if layer.motion in wanted]


def _along(stops: tuple[Colour, ...], share: float) -> Colour:
    place = share * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    return mix(stops[index], stops[index + 1], place - index)


def _peopled(scene: Scene, base: Image.Image, references: Sequence[bytes]) -> Image.Image:
    """The figures as large as this piece of the picture allows, in its middle and on its floor."""
    ground = stage(Desk(width=base.width, height=base.height, margin=0, random=scene.dice("paper")), scene)
    canvas = graded(base, ground, GRADE_IN_MASK)
    if scene.figures:
        laid(canvas, _grown(scene, base.width, base.height))
    laid(canvas, [*photos.sheets(ground, references), *_weather(ground)])
    return canvas


def _grown(scene: Scene, width: int, height: int) -> list[Layer]:
    """The figures drawn on a desk of such a size that together they fill this width or height."""
    layers, box = _company(scene, width, height)
    factor = min(MOST, FILL * min(width / (box[2] - box[0]), height / (box[3] - box[1])))
    layers, box = _company(scene, max(8, round(width * factor)), max(8, round(height * factor)))
    across = round((width - box[0] - box[2]) / 2)
    floating = all(layer.motion == "float" for layer in layers)
    room = height - (box[3] - box[1])
    down = round(room / 2 if floating else room - height * (1 - FILL) / 2) - box[1]
    return [replace(layer, left=layer.left + across, top=layer.top + down) for layer in layers]


def _company(scene: Scene, width: int, height: int) -> tuple[list[Layer], tuple[int, int, int, int]]:
    """The figures on a desk of this size, and the box around what is solid of them."""
    ground = stage(Desk(width=width, height=height, margin=0, random=scene.dice("paper")), scene)
    layers = figures.sheets(ground)
    solid = [layer.image.getchannel("A").point([255 * (v > 200) for v in range(256)]).getbbox() for layer in layers]
    boxes = [
        (layer.left + box[0], layer.top + box[1], layer.left + box[2], layer.top + box[3])
        for layer, box in zip(layers, solid, strict=True)
        if box and layer.subject
    ] or [(0, 0, width, height)]
    left, top, right, bottom = zip(*boxes, strict=True)
    return layers, (min(left), min(top), max(right), max(bottom))


def _window(scene: Scene, area: Image.Image) -> Image.Image:
    """The whole scene behind the picture, in the shadow of the edge that was cut."""
    inside = still.picture(scene, width=area.width, height=area.height, transparent=False)
    unit = min(area.size) / 100
    rim = ImageChops.invert(area).filter(ImageFilter.GaussianBlur(max(0.5, unit * 2.2)))
    dark = ImageChops.offset(rim, round(unit * 0.6), round(unit * 1.4)).point([v * 6 // 10 for v in range(256)])
    inside.paste((20, 16, 28), (0, 0), dark)
    return inside
