"""Pictures as the three planes of yuv420p, so that a film's frames are composed in a third of the bytes. Blocking.

Values are BT.709 in video range, made by Pillow's colour matrix; no array library and no scaler is needed.
"""

import math
from dataclasses import dataclass, field, replace

import av
from PIL import Image, ImageChops

from diorama.providers.sketching.paper import Layer

# Rows give Y, Cb, Cr from R, G, B (BT.709, 16-235 and 16-240), scaled from 0-255.
TO_YUV = (
    *(0.1826, 0.6142, 0.0620, 16.0),
    *(-0.1006, -0.3386, 0.4392, 128.0),
    *(0.4392, -0.3989, -0.0403, 128.0),
)
FINE, COARSE, WIDE = 4, 2, 1600
"""A sheet moves in quarters of a pixel, for whole ones would be seen to jump; in halves on sheets wider than this."""
COLOURLESS = ("snow", "rain", "star")
DIMS = 12
"""Steps of brightness of what twinkles."""
COPIES = 20
"""Copies that one sheet keeps; a sheet seldom needs more, and memory is not for hoarding."""

Planes = tuple[Image.Image, Image.Image, Image.Image]


def to_planes(image: Image.Image) -> Planes:
    """Y at full size, Cb and Cr at half size; both edges of the image are even."""
    luma, blue, red = image.convert("RGB", TO_YUV).split()
    return luma, blue.reduce(2), red.reduce(2)


def to_frame(planes: Planes) -> av.VideoFrame:
    """The planes as a frame for the encoder, rows padded to what it wants."""
    width, height = planes[0].size
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, image in zip(frame.planes, planes, strict=True):
        if plane.line_size == image.width:
            plane.update(image.tobytes())
        else:
            padded = Image.new("L", (plane.line_size, image.height))
            padded.paste(image, (0, 0))
            plane.update(padded.tobytes())
    return frame


def zoomed(planes: Planes, box: tuple[float, float, float, float], sampling: Image.Resampling) -> Planes:
    """The part of the picture inside the box (left, top, right, bottom in luma pixels), at the picture's size."""
    left, top, right, bottom = box
    half = (left / 2, top / 2, right / 2, bottom / 2)
    luma, blue, red = planes
    return (
        luma.resize(luma.size, sampling, box=box),
        blue.resize(blue.size, Image.Resampling.BILINEAR, box=half),
        red.resize(red.size, Image.Resampling.BILINEAR, box=half),
    )


@dataclass(kw_only=True)
class Plate:
    """A sheet as planes with its masks; quarter-pixel and dimmed copies are made when first needed."""

    layer: Layer
    planes: Planes
    masks: tuple[Image.Image, Image.Image]
    _copies: dict[tuple[int, int, int, int], tuple[Image.Image, ...]] = field(default_factory=dict)

    @property
    def _steps(self) -> int:
        return FINE if self.masks[0].width <= WIDE else COARSE

    def lay(self, canvas: Planes, left: float, top: float, strength: float = 1.0) -> None:
        """Lays the sheet on the canvas, its upper left corner at this place (in luma pixels), more or less opaque."""
        dim, steps = round(strength * DIMS), self._steps
        # Flakes, drops and stars are too small for their colour to be seen: their light alone is laid.
        places = ((left, top),) if self.layer.motion in COLOURLESS else ((left, top), (left / 2, top / 2))
        for size, (x, y) in enumerate(places):
            column, right = divmod(round(x * steps), steps)
            row, down = divmod(round(y * steps), steps)
            *colours, mask = self._copy(size, right, down, dim)
            for target, colour in zip((canvas[:1], canvas[1:])[size], colours, strict=True):
                target.paste(colour, (column, row), mask)

    def _copy(self, size: int, right: int, down: int, dim: int) -> tuple[Image.Image, ...]:
        key = (size, right, down, dim)
        if key not in self._copies:
            if len(self._copies) >= COPIES:
                self._copies.clear()
            *colours, mask = (self.planes[0], self.masks[0]) if size == 0 else (*self.planes[1:], self.masks[1])
            if dim < DIMS:
                mask = mask.point([round(value * dim / DIMS) for value in range(256)])
            self._copies[key] = tuple(
                _nudged(image, right / self._steps, down / self._steps) for image in (*colours, mask)
            )
        return self._copies[key]


def plate(layer: Layer) -> Plate:
    """The sheet as planes. It is padded to even edges and places, so that colour and light stay together."""
    left, top = layer.left - layer.left % 2, layer.top - layer.top % 2
    width = 2 * math.ceil((layer.left - left + layer.image.width + 2) / 2)
    height = 2 * math.ceil((layer.top - top + layer.image.height + 2) / 2)
    image = layer.image.convert("RGBA")
    colour = image.convert("RGB").resize((width, height), Image.Resampling.NEAREST)
    colour.paste(image.convert("RGB"), (layer.left - left, layer.top - top))
    mask = Image.new("L", (width, height))
    mask.paste(image.getchannel("A"), (layer.left - left, layer.top - top))
    # The picture in colour has done its work; its mask keeps the sheet's size.
    moved = replace(layer, image=mask, left=left, top=top)
    return Plate(layer=moved, planes=to_planes(colour), masks=(mask, mask.reduce(2)))


def _nudged(image: Image.Image, right: float, down: float) -> Image.Image:
    for share, step in ((right, (1, 0)), (down, (0, 1))):
        if share:
            image = Image.blend(image, ImageChops.offset(image, *step), share)
    return image
