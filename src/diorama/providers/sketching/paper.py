"""Sheets of paper: cut with soft edges, coloured, grained, lit from above and casting a shadow. Blocking (Pillow)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from diorama.providers.sketching.curves import Point
from diorama.providers.sketching.palette import Colour, mix

TILE = 256
STEEP = [min(255, max(0, value - 80) * 3 // 2) for value in range(256)]
LARGE = 5_000_000
"""Desks with more pixels than this are cut without oversampling: their edges are fine enough."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One sheet in the box: its picture, where it lies, how near it is (0 far, 1 near) and how it moves.

    `hung` sheets hang from above; all others stand or lie.
    """

    image: Image.Image
    left: int
    top: int
    depth: float
    motion: str = "still"
    subject: bool = False
    hung: bool = False


class Pen:
    """Marks what is to be cut out, in pixels of the desk."""

    def __init__(self, mask: Image.Image, *, scale: int, left: float, top: float) -> None:
        self._draw = ImageDraw.Draw(mask)
        self._scale = scale
        self._left = left
        self._top = top

    def shape(self, points: Sequence[Point], ink: int = 255) -> None:
        """A closed outline."""
        self._draw.polygon(self._scaled(points), fill=ink)

    def oval(self, x: float, y: float, across: float, down: float, ink: int = 255) -> None:
        """An ellipse around (x, y) with these radii."""
        self._draw.ellipse(self._scaled([(x - across, y - down), (x + across, y + down)]), fill=ink)

    def disc(self, x: float, y: float, radius: float, ink: int = 255) -> None:
        """A circle."""
        self.oval(x, y, radius, radius, ink)

    def box(self, left: float, top: float, right: float, bottom: float, ink: int = 255) -> None:
        """An upright rectangle."""
        if right > left and bottom > top:
            self._draw.rectangle(self._scaled([(left, top), (right, bottom)]), fill=ink)

    def stroke(self, points: Sequence[Point], width: float, ink: int = 255) -> None:
        """A line with round ends."""
        self._draw.line(self._scaled(points), fill=ink, width=max(1, round(width * self._scale)), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, width / 2, ink)

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [((x - self._left) * self._scale, (y - self._top) * self._scale) for x, y in points]


class Desk:
    """The table on which a picture's sheets are cut: `width` includes the margin beyond the frame on both sides."""

    def __init__(self, *, width: int, height: int, margin: int, random: Random) -> None:
        self.width = width
        self.height = height
        self.margin = margin
        self.random = random
        self.unit = min(width - 2 * margin, height) / 100
        self._oversample = 2 if width * height <= LARGE else 1
        self._grain = _grain(random, width, height)

    @property
    def breadth(self) -> float:
        """How much wider than high the desk is, at least 1: wide pictures need more trees than square ones."""
        return max(1.0, self.width / self.height)

    def x(self, share: float) -> float:
        """Pixels from the left edge of the sheet for a share (0 to 1) of the visible width."""
        return self.margin + share * (self.width - 2 * self.margin)

    def cut(self, left: int, top: int, width: int, height: int, paint: Callable[[Pen], None]) -> Image.Image:
        """A mask of what is painted in this part of the desk, with soft edges."""
        scale = self._oversample
        mask = Image.new("L", (width * scale, height * scale))
        paint(Pen(mask, scale=scale, left=left, top=top))
        return mask.reduce(scale) if scale > 1 else mask

    def fill(self, width: int, height: int, top: Colour, bottom: Colour, ease: float = 1.0) -> Image.Image:
        """Grained paper running from one colour to another."""
        rows = bytearray()
        for step in range(height):
            share = (step / max(1, height - 1)) ** ease
            rows += bytes(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        paper = Image.frombytes("RGB", (1, height), bytes(rows)).resize((width, height), Image.Resampling.NEAREST)
        left, up = self.random.randrange(TILE), self.random.randrange(TILE)
        grain = self._grain.crop((left, up, left + width, up + height))
        return ImageChops.add(paper, Image.merge("RGB", (grain, grain, grain)), 1, -128)

    def sheet(
        self,
        mask: Image.Image,
        *,
        top: Colour,
        bottom: Colour,
        shadow: Colour,
        strength: float = 0.5,
        spread: float = 1.6,
        shift: tuple[float, float] = (0.0, -0.25),
        rim: float = 0.25,
        ease: float = 1.0,
    ) -> Image.Image:
        """The cut shape as paper: lit upper edge, and a soft shadow around it (`spread`, `shift` in units)."""
        width, height = mask.size
        paper = self.fill(width, height, top, bottom, ease)
        if rim:
            thick = max(1, round(self.unit * 0.16))
            edge = upper_edge(mask, thick)
            paper.paste(mix(top, (255, 255, 255), rim), (0, 0), edge)
        if strength <= 0:
            paper.putalpha(mask)
            return paper
        dark = _shadow(mask, spread * self.unit, strength)
        dark = _moved(dark, round(shift[0] * self.unit), round(shift[1] * self.unit))
        whole = Image.composite(paper, Image.new("RGB", mask.size, shadow), mask)
        whole.putalpha(ImageChops.screen(mask, dark))
        return whole


def _moved(mask: Image.Image, right: int, down: int) -> Image.Image:
    moved = Image.new("L", mask.size)
    moved.paste(mask, (right, down))
    return moved


def upper_edge(mask: Image.Image, thick: int) -> Image.Image:
    """The rim on which light from above falls; faint steps of steep edges are left out, or they would look dashed."""
    return ImageChops.subtract(mask, _moved(mask, 0, thick)).point(STEEP)


def _shadow(mask: Image.Image, radius: float, strength: float) -> Image.Image:
    factor = max(1, min(8, int(radius / 2)))
    small = mask.reduce(factor).filter(ImageFilter.GaussianBlur(radius / factor))
    small = small.point([round(value * strength) for value in range(256)])
    return small.resize(mask.size, Image.Resampling.BILINEAR)


def _grain(random: Random, width: int, height: int) -> Image.Image:
    """Paper noise around 128, a tile larger than the desk so that every sheet can take its own piece."""
    side = TILE
    table = bytes(128 + round((value - 127.5) / 127.5 * 3.4) for value in range(256))
    fine = Image.frombytes("L", (side, side), random.randbytes(side * side).translate(table))
    strong = bytes(round(128 + (value - 127.5) * 0.14) for value in range(256))
    coarse = Image.frombytes("L", (side, side), random.randbytes(side * side).translate(strong))
    tile = ImageChops.add(fine, coarse.filter(ImageFilter.BoxBlur(3)), 1, -128)
    sheet = Image.new("L", (width + side, height + side))
    for left in range(0, width + side, side):
        for top in range(0, height + side, side):
            sheet.paste(tile, (left, top))
    return sheet


def glow(size: tuple[int, int], centre: tuple[float, float], radius: float, power: float = 2.0) -> Image.Image:
    """A mask of light that fades from 255 at the centre to nothing at the radius."""
    # Pillow's gradient reaches 255 in the corners of its square, so 181 at the middle of an edge.
    ramp = [round(255 * max(0.0, 1 - value / 180) ** power) for value in range(256)]
    wide = max(2, round(radius * 2))
    ball = Image.radial_gradient("L").resize((wide, wide), Image.Resampling.BILINEAR).point(ramp)
    mask = Image.new("L", size)
    mask.paste(ball, (round(centre[0] - radius), round(centre[1] - radius)))
    return mask
