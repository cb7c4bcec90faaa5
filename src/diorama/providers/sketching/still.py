"""One picture: the sheets laid over each other, seen from the front. Blocking (Pillow)."""

import io
from collections.abc import Sequence

from PIL import Image

from diorama.providers.sketching.paper import Desk, Layer
from diorama.providers.sketching.stage import build
from diorama.providers.sketching.words import Scene


def picture(
    scene: Scene, *, width: int, height: int, transparent: bool, references: Sequence[bytes] = ()
) -> Image.Image:
    """The scene as an image of this size: RGB, or RGBA with the figures alone when `transparent`.

    `references` hang in it as photographs.
    """
    desk = Desk(width=width, height=height, margin=0, random=scene.dice("paper"))
    layers = build(desk, scene, references)
    if transparent:
        canvas = Image.new("RGBA", (width, height))
        for layer in _foreground(layers):
            canvas.alpha_composite(
                layer.image, (max(0, layer.left), max(0, layer.top)), (max(0, -layer.left), max(0, -layer.top))
            )
        return canvas
    canvas = layers[0].image.copy()
    for layer in layers[1:]:
        canvas.paste(layer.image, (layer.left, layer.top), layer.image)
    canvas.paste((0, 0, 0), (0, 0), shade(width, height))
    return canvas


def shade(width: int, height: int) -> Image.Image:
    """A mask of darkness in the corners."""
    ramp = [round(46 * max(0.0, (value - 110) / 145) ** 1.6) for value in range(256)]
    return Image.radial_gradient("L").point(ramp).resize((width, height), Image.Resampling.BILINEAR)


def encode(image: Image.Image, output_format: str, quality: str) -> bytes:
    """The image as PNG, JPEG or WebP bytes."""
    level = {"low": 80, "standard": 90, "medium": 88, "high": 94, "hd": 94}.get(quality, 90)
    buffer = io.BytesIO()
    if output_format == "png":
        image.save(buffer, "PNG", compress_level=2)
    elif output_format == "jpeg":
        image.save(buffer, "JPEG", quality=level)
    else:
        image.save(buffer, "WEBP", quality=level, method=2)
    return buffer.getvalue()


def _foreground(layers: list[Layer]) -> list[Layer]:
    figures = [layer for layer in layers if layer.subject]
    return figures or [layer for layer in layers if layer.depth >= 0.45]
