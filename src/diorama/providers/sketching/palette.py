"""Colours of a scene: curated moods, bent by the colour words of the prompt. Pure arithmetic in Oklab."""

import math
from dataclasses import dataclass, replace

from diorama.providers.sketching.words import Scene

Colour = tuple[int, int, int]
Lab = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Paper of one diorama: three bands of sky, the light in it, and land from the farthest sheet to the nearest."""

    high: Colour
    middle: Colour
    low: Colour
    light: Colour
    far: Colour
    near: Colour
    accent: Colour
    dark: bool


def hex_colour(text: str) -> Colour:
    """`"#d9622b"` as red, green, blue."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mood(high: str, middle: str, low: str, light: str, far: str, near: str, accent: str, dark: bool = False) -> Palette:
    """A palette written as seven hex colours."""
    bands = [hex_colour(text) for text in (high, middle, low, light, far, near, accent)]
    return Palette(
        high=bands[0],
        middle=bands[1],
        low=bands[2],
        light=bands[3],
        far=bands[4],
        near=bands[5],
        accent=bands[6],
        dark=dark,
    )


MOODS: dict[str, tuple[Palette, ...]] = {
    "dawn": (
        mood("#7c8fc9", "#f0b6b5", "#ffe6c4", "#fff3d6", "#d9b3bd", "#4a3558", "#e8663c"),
        mood("#8fb3d9", "#f6c9b8", "#fff0cf", "#fffbe8", "#c8bccb", "#3d4268", "#ef7f5b"),
    ),
    "day": (
        mood("#4aa8dc", "#a9dcee", "#fbf3d9", "#fffbe6", "#a5d0cc", "#1d5a55", "#f2784b"),
        mood("#5cb8c9", "#c3e8dd", "#fdf6dc", "#fffdf0", "#b5d6ae", "#2a6148", "#ee6c4d"),
        mood("#5a93d8", "#b9d9f2", "#fdeedd", "#fffbe6", "#a3bfdd", "#274a78", "#f4a23c"),
    ),
    "golden": (
        mood("#e9a36a", "#f8cd8d", "#fff0c4", "#fffbe2", "#e3b27c", "#5b3a2e", "#d9482f"),
        mood("#d98e73", "#f5c08f", "#fdeac0", "#fff9e0", "#d6a98c", "#4b3a45", "#2f8f83"),
    ),
    "sunset": (
        mood("#43307a", "#d8517a", "#ffb765", "#fff0b8", "#c2607f", "#2a1645", "#ffcf56"),
        mood("#2f4a86", "#e2706a", "#ffc978", "#fff2c4", "#b76b7c", "#241c42", "#f9a03f"),
        mood("#6a2c70", "#e84a5f", "#ffb36b", "#ffeeb0", "#b34b6f", "#2b1238", "#ffd166"),
    ),
    "dusk": (
        mood("#2a2c62", "#7b5a9e", "#e9a6a6", "#ffeed0", "#8a6fa5", "#1c1a3a", "#f7a072", True),
        mood("#1f4068", "#5b7ea8", "#f0c3a8", "#fff1d6", "#7590b0", "#14233f", "#f4845f", True),
    ),
    "night": (
        mood("#0b1236", "#1f2f6e", "#5061ad", "#fdf4d2", "#3f529a", "#080c22", "#ffc857", True),
        mood("#071b33", "#124a6b", "#3f8c9a", "#f6f5dc", "#2b6d84", "#051420", "#ffb454", True),
        mood("#1a0f3a", "#43297a", "#8a5bb0", "#fff0dc", "#5c3f94", "#0d0720", "#ff8fa3", True),
    ),
    "neon": (
        mood("#12083a", "#5b1d8c", "#f0479b", "#ffd9f2", "#7a35b0", "#0b0524", "#2de2e6", True),
        mood("#06122e", "#20408f", "#ff5fa2", "#ffe0ee", "#3a4fae", "#07081e", "#19e6c8", True),
    ),
    "mist": (
        mood("#a9bcc4", "#cbd8d8", "#eff0e6", "#fffdf2", "#c3d0ce", "#2f4a4c", "#d98a5b"),
        mood("#b4b7cb", "#d7d4de", "#f5efe8", "#fffaf2", "#c9c7d6", "#3b3d58", "#d9776a"),
    ),
    "storm": (
        mood("#2b3a4d", "#566c82", "#a9b8bd", "#eef4f2", "#71879a", "#131e2b", "#f0b54a", True),
        mood("#2c3340", "#5f6270", "#b8a9a0", "#f5ecdf", "#797a88", "#16171f", "#e2725b", True),
    ),
    "space": (
        mood("#070920", "#1c1c52", "#4f3b8f", "#fdf3d0", "#8c86b8", "#221f45", "#ff8552", True),
        mood("#050d1c", "#102a4c", "#2f6a86", "#f6f3de", "#8fa3b5", "#1b2a3d", "#ffb347", True),
    ),
    "abstract": (
        mood("#123c69", "#3f7cac", "#bcd8e0", "#fff4d9", "#e2c79f", "#ac3b61", "#edb458"),
        mood("#264653", "#2a9d8f", "#e9d8a6", "#fff6dd", "#f4a261", "#9b2226", "#e76f51"),
        mood("#2d1e4f", "#7a4b9c", "#e6b8d4", "#fff0e6", "#f7a399", "#3a2a6b", "#ffd166"),
        mood("#0b3c49", "#16808a", "#bfe3d0", "#fff8e0", "#f2b880", "#c8553d", "#ffd275"),
        mood("#3b2c35", "#b5838d", "#ffcdb2", "#fff3e6", "#e5989b", "#6d6875", "#f6bd60"),
    ),
}

NAMED: dict[str, str] = {
    "red": "#d13b33",
    "orange": "#ee7d2d",
    "yellow": "#f4c33c",
    "gold": "#e3b04b",
    "green": "#3c8f5a",
    "teal": "#1f8a8a",
    "turquoise": "#2bb3b1",
    "cyan": "#2fc4dd",
    "blue": "#2f66c4",
    "indigo": "#3f3d9e",
    "purple": "#7c46a8",
    "violet": "#8a5bd0",
    "pink": "#ee7fa8",
    "magenta": "#d63c94",
    "brown": "#8a5a3a",
    "beige": "#e2cfae",
    "white": "#f7f3ea",
    "grey": "#8d939c",
    "silver": "#b9c2cc",
    "black": "#23222b",
}


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _gamma(value: float) -> int:
    value = min(1.0, max(0.0, value))
    return round(255 * (value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))


def to_lab(colour: Colour) -> Lab:
    """sRGB to Oklab (Björn Ottosson's published matrices)."""
    red, green, blue = (_linear(channel) for channel in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def to_rgb(lab: Lab) -> Colour:
    """Oklab to sRGB, cut off at the gamut's edge."""
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first, as the eye would mix paper."""
    a, b = to_lab(first), to_lab(second)
    return to_rgb((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share))


def lighter(colour: Colour, by: float) -> Colour:
    """The colour with its lightness moved by `by` (-1 to 1)."""
    light, a, b = to_lab(colour)
    return to_rgb((min(0.99, max(0.04, light + by)), a, b))


def turned(colour: Colour, degrees: float) -> Colour:
    """The colour with its hue turned, as light and as strong as before."""
    light, a, b = to_lab(colour)
    angle = math.radians(degrees)
    return to_rgb(
        (light, a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)),
    )


def _tinted(colour: Colour, towards: Colour, share: float) -> Colour:
    """The colour nearly at its own lightness, its hue and strength drawn towards the other."""
    light, a, b = to_lab(colour)
    target = to_lab(towards)
    light += (target[0] - light) * share * 0.22
    return to_rgb((light, a + (target[1] - a) * share, b + (target[2] - b) * share))


def _bent(palette: Palette, hues: tuple[str, ...]) -> Palette:
    """One colour word bends sky and land; a second one takes the land and a third the accent."""
    named = [hex_colour(NAMED[hue]) for hue in hues]
    sky, land = named[0], named[min(1, len(named) - 1)]
    share = 0.8 if len(hues) > 1 else 0.62
    accent = named[2] if len(named) > 2 else lighter(land, 0.08) if len(named) == 2 else palette.accent
    return replace(
        palette,
        high=_tinted(palette.high, sky, share),
        middle=_tinted(palette.middle, sky, share * 0.85),
        low=_tinted(palette.low, land, share * 0.5),
        far=_tinted(palette.far, land, share),
        near=_tinted(palette.near, sky, share * 0.8),
        accent=accent,
    )


def _pure(palette: Palette, hues: tuple[str, ...]) -> Palette:
    """Sheets in the named colours themselves, the first one nearest, the second as accent."""
    near = hex_colour(NAMED[hues[0]])
    accent = hex_colour(NAMED[hues[1]]) if len(hues) > 1 else lighter(turned(near, 150), 0.1)
    pale = mix(accent, (255, 250, 238), 0.7)
    return replace(
        palette,
        high=mix(near, pale, 0.45),
        middle=mix(near, pale, 0.75),
        low=pale,
        far=mix(near, (255, 250, 240), 0.62),
        near=lighter(near, -0.16),
        accent=hex_colour(NAMED[hues[2]]) if len(hues) > 2 else accent,
    )


def _earthly(palette: Palette, scene: Scene) -> Palette:
    """Sand is sandy in any light, and meadows are green by day."""
    if scene.setting == "desert":
        sand, rock = hex_colour("#ee7d2d"), hex_colour("#8a5a3a")
        return replace(palette, far=_tinted(palette.far, sand, 0.6), near=_tinted(palette.near, rock, 0.75))
    if scene.setting in ("hills", "forest") and scene.mood == "day":
        fresh, deep = hex_colour("#9ccf5e"), hex_colour("#2c7d4c")
        return replace(palette, far=_tinted(palette.far, fresh, 0.72), near=_tinted(palette.near, deep, 0.85))
    return palette


def choose(scene: Scene) -> Palette:
    """The palette of a scene: its mood and colour words, with a small turn of hue that the words alone decide."""
    pick = scene.word_dice("palette")
    palette = pick.choice(MOODS[scene.mood])
    angle = pick.uniform(-14, 14) if scene.mood not in ("golden", "neon") else pick.uniform(-5, 5)
    palette = replace(
        palette,
        high=turned(palette.high, angle),
        middle=turned(palette.middle, angle),
        low=turned(palette.low, angle),
        far=turned(palette.far, angle),
        near=turned(palette.near, angle),
    )
    if scene.hues:
        return _pure(palette, scene.hues) if scene.setting == "abstract" else _bent(palette, scene.hues)
    return _earthly(palette, scene)
