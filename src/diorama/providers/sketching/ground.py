"""How sheets of land are cut: colours by depth, haze at the feet of each sheet. Blocking (Pillow)."""

from collections.abc import Callable

from PIL import Image

from diorama.providers.sketching import curves
from diorama.providers.sketching.palette import Colour, Palette, lighter, mix
from diorama.providers.sketching.paper import Desk, Layer, Pen
from diorama.providers.sketching.words import Scene

Skyline = Callable[[float], float]
"""Pixels from the top of the picture for a place from 0 to 1 across the desk."""
Paint = Callable[[Pen], None]

SNOW: Colour = (243, 246, 252)
POINTS = 180


class Ground:
    """One picture's land: the desk it is cut on, its scene and colours, and where its horizon lies."""

    def __init__(self, desk: Desk, scene: Scene, palette: Palette, horizon: float) -> None:
        self.desk = desk
        self.scene = scene
        self.palette = palette
        self.horizon = horizon * desk.height
        self.random = scene.dice("land")
        self.snowy = scene.weather == "snow"
        self._haze = {"mist": 0.75, "snow": 0.4, "rain": 0.5}.get(scene.weather, 0.42)

    @property
    def shadow(self) -> Colour:
        """What paper turns to where no light falls."""
        return lighter(mix(self.palette.near, self.palette.high, 0.15), -0.1)

    def colour(self, depth: float) -> Colour:
        """Paper of the land at this depth (0 far, 1 near)."""
        plain = mix(self.palette.far, self.palette.near, depth**0.95)
        return mix(plain, mix(SNOW, self.palette.middle, 0.12 + 0.3 * depth), 0.82) if self.snowy else plain

    def growth(self, depth: float) -> Colour:
        """Paper of what grows at this depth: a step nearer in tone than the land under it."""
        return mix(self.palette.far, self.palette.near, min(1.0, 0.14 + depth * 0.98))

    def down(self, depth: float) -> float:
        """Where land of this depth begins, in pixels from the top."""
        share: float = depth**1.2
        return self.horizon + (self.desk.height - self.horizon) * share * 0.9

    def sheet(
        self,
        top: float,
        depth: float,
        paint: Paint,
        *,
        colour: Colour | None = None,
        motion: str = "still",
        haze: float | None = None,
        bottom: float | None = None,
    ) -> Layer:
        """A sheet from `top` (pixels) to the floor or `bottom`, as wide as the desk."""
        desk = self.desk
        lift = max(0, min(desk.height - 2, int(top - desk.unit * 4)))
        height = max(2, min(desk.height, round(bottom) if bottom is not None else desk.height) - lift)
        mask = desk.cut(0, lift, desk.width, height, paint)
        paper = colour or self.colour(depth)
        share = (self._haze if haze is None else haze) * (1 - depth) ** 0.8
        image = desk.sheet(
            mask,
            top=lighter(paper, 0.02),
            bottom=mix(lighter(paper, -0.015), self.palette.low, share),
            shadow=self.shadow,
            strength=0.36 + 0.22 * depth,
            spread=0.9 + 1.5 * depth,
            rim=0.75 if self.snowy and colour is not None else 0.22,
            ease=0.75,
        )
        return Layer(image=image, left=0, top=lift, depth=depth, motion=motion)

    def ridge(
        self,
        skyline: Skyline,
        depth: float,
        *,
        colour: Colour | None = None,
        motion: str = "still",
        haze: float | None = None,
    ) -> Layer:
        """A sheet under a skyline."""
        width, floor = self.desk.width, self.desk.height
        points = [(index / POINTS * width, skyline(index / POINTS)) for index in range(POINTS + 1)]
        outline = [*points, (width + 2, floor + 2), (-2, floor + 2)]
        top = min(y for _, y in points)
        return self.sheet(top, depth, lambda pen: pen.shape(outline), colour=colour, motion=motion, haze=haze)

    def rolling(self, depth: float, swing: float, waves: float = 1.6) -> Skyline:
        """A soft skyline at this depth; `swing` in units."""
        height, base = curves.rolling(self.random, waves * self.desk.breadth**0.5), self.down(depth)
        return lambda x: base - swing * self.desk.unit * height(x)

    def stain(self, layer: Layer, colour: Colour, strength: float, paint: Paint) -> None:
        """Paints a colour on a sheet, only where there is paper."""
        size = layer.image.size
        alpha = layer.image.getchannel("A")
        solid = alpha.point([255 if value > 250 else 0 for value in range(256)])
        mask = self.desk.cut(layer.left, layer.top, *size, paint).point([round(v * strength) for v in range(256)])
        layer.image.paste(colour, (0, 0), Image.composite(mask, Image.new("L", size), solid))
        layer.image.putalpha(alpha)
