"""Google's picture and film models on 2026-11-20: what each takes, and when it goes. Marks as in `google_rules.py`.

Google serves two doors: "developer" (Gemini API, a key) and "vertex" (a project, bearer tokens). A model's last day
differs between them. Where Google's own page and a price map disagree about a day, Google's page is taken, and
`Google.withdrawn` switches the other reading on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Door = Literal["developer", "vertex"]


@dataclass(frozen=True, kw_only=True)
class Retiring:
    """`gone` is the day from which a door answers 404; `doors` are those that ever had it."""

    id: str
    gone: Mapping[Door, date] = field(default_factory=dict)
    doors: tuple[Door, ...] = ("developer", "vertex")

    def is_gone(self, door: Door, today: date) -> bool:
        last = self.gone.get(door)
        return last is not None and today >= last


@dataclass(frozen=True, kw_only=True)
class ImageModel(Retiring):
    """`pixels` are width and height at 1K by ratio; `tokens` are what a picture of each `imageSize` bills."""

    pixels: Mapping[str, tuple[int, int]]
    tokens: Mapping[str, int]
    inputs: int = 14
    levels: tuple[str, ...] = ()  # thinking levels that may be asked for
    thinks: bool = True  # drafts before it answers
    takes_size: bool = True


@dataclass(frozen=True, kw_only=True)
class OmniModel(Retiring):
    """Seconds are (least, most). `last_frame_seconds`, `extend_seconds`: None where the model has no such thing."""

    seconds: tuple[float, float] = (3, 10)
    resolutions: tuple[str, ...] = ("360p", "720p", "1080p", "4k")
    references: int = 3
    last_frame_seconds: tuple[float, float] | None = (3, 10)
    extend_seconds: tuple[float, float] | None = (3, 10)
    total_seconds: float = 40
    edit_seconds: tuple[float, float] = (0, 10)


@dataclass(frozen=True, kw_only=True)
class VeoModel(Retiring):
    resolutions: tuple[str, ...]
    references: tuple[str, ...] = ()  # reference types
    seconds: tuple[int, ...] = (4, 6, 8)
    audio: bool = True  # and whether it may be switched
    last_frame: bool = True
    masks: bool = False
    doors: tuple[Door, ...] = ("vertex",)


@dataclass(frozen=True, kw_only=True)
class ImagenModel(Retiring):
    job: Literal["generate", "edit", "upscale"]
    sizes: tuple[str, ...] = ("1K", "2K")


_TALL_AND_WIDE = {"1:4": (512, 2048), "4:1": (2048, 512), "1:8": (384, 3072), "8:1": (3072, 384)}  # [U] pixels
_TEN = {
    "1:1": (1024, 1024), "2:3": (848, 1264), "3:2": (1264, 848), "3:4": (896, 1200), "4:3": (1200, 896),
    "4:5": (928, 1152), "5:4": (1152, 928), "9:16": (768, 1376), "16:9": (1376, 768), "21:9": (1584, 672),
}  # fmt: skip  # ratios [C]; pixels of 1:1 and 16:9 [L], the others [U]
_TEN_OF_25 = {
    "1:1": (1024, 1024), "2:3": (832, 1248), "3:2": (1248, 832), "3:4": (864, 1184), "4:3": (1184, 864),
    "4:5": (896, 1152), "5:4": (1152, 896), "9:16": (768, 1344), "16:9": (1344, 768), "21:9": (1536, 672),
}  # fmt: skip  # pixels [U]
_SCALE = {"512": 0.5, "1K": 1, "2K": 2, "4K": 4}


def picture_size(model: ImageModel, ratio: str, size: str) -> tuple[int, int]:
    width, height = model.pixels[ratio]
    return int(width * _SCALE[size]), int(height * _SCALE[size])


def nearest_ratio(model: ImageModel, width: int, height: int) -> str:
    """[U] what the model picks for an edit that names none."""
    return min(model.pixels, key=lambda name: abs(model.pixels[name][0] / model.pixels[name][1] - width / height))


_SHORT_EDGE = {"360p": 360, "720p": 720, "1080p": 1080, "4k": 2160}
TOKENS_PER_SECOND = {"360p": 1_931, "720p": 5_792, "1080p": 8_688, "4k": 17_376}  # 720p [P] of 1.1, the others [L]


def film_size(ratio: str, resolution: str) -> tuple[int, int]:
    short = _SHORT_EDGE[resolution]
    return (short * 16 // 9, short) if ratio == "16:9" else (short, short * 16 // 9)


def _both(day: date) -> Mapping[Door, date]:
    return {"developer": day, "vertex": day}


_FLASH_TOKENS = {"1K": 1120, "2K": 1680, "4K": 2520}  # 1K [C]; 2K and 4K are those of 3.1-flash [U]
_PRO_TOKENS = {"1K": 1120, "2K": 1120, "4K": 2000}  # [C]
_ANY_LEVEL = ("MINIMAL", "MEDIUM", "HIGH")

IMAGE_MODELS = {
    model.id: model
    for model in (
        ImageModel(
            id="gemini-nano-banana-2.1", pixels=_TEN | _TALL_AND_WIDE, tokens=_FLASH_TOKENS, levels=_ANY_LEVEL
        ),  # [P] GA 2026-10-06; ratios [C]; `512` is refused [L]
        *(
            ImageModel(id=name, pixels=_TEN, tokens=_PRO_TOKENS, gone={"vertex": date(2027, 5, 28)})
            for name in ("gemini-3-pro-image", "nano-banana-pro-preview")
        ),  # always thinks, at its own level [L]
        ImageModel(
            id="gemini-3.1-flash-image",
            pixels=_TEN | _TALL_AND_WIDE,
            tokens={"512": 747} | _FLASH_TOKENS,  # [C]
            levels=("MINIMAL", "HIGH"),
            thinks=False,
            gone={"vertex": date(2027, 5, 28)},  # [C]; that the developer door closed it on 2026-10-29 is [L]
        ),
        ImageModel(
            id="gemini-3.1-flash-lite-image",
            pixels=_TEN,
            tokens={"1K": 1120},
            levels=("MINIMAL", "HIGH"),
            thinks=False,
        ),
        ImageModel(
            id="gemini-2.5-flash-image",
            pixels=_TEN_OF_25,
            tokens={"1K": 1290},
            inputs=3,
            thinks=False,
            takes_size=False,
            gone={"developer": date(2026, 10, 2), "vertex": date(2027, 3, 15)},  # [P] by genai-prices==0.2.3; [C]
        ),
        *(
            ImageModel(id=name, pixels=_TEN, tokens=_PRO_TOKENS, gone=_both(last))
            for name, last in (
                ("gemini-3-pro-image-preview", date(2026, 6, 25)),
                ("gemini-3.1-flash-image-preview", date(2026, 6, 25)),
                ("gemini-2.5-flash-image-preview", date(2026, 1, 15)),
                ("gemini-2.0-flash-exp-image-generation", date(2025, 11, 14)),
            )
        ),  # [P]
    )
}

OMNI_MODELS = {
    model.id: model
    for model in (
        OmniModel(id="gemini-omni-1.2-flash", seconds=(3, 15), references=6, total_seconds=30, edit_seconds=(3, 15)),
        OmniModel(id="gemini-omni-1.1-flash", doors=("developer",)),
        OmniModel(id="gemini-omni-1.1-flash-preview", doors=("vertex",)),  # [P]
        OmniModel(
            id="gemini-omni-flash-preview",
            resolutions=("720p",),
            references=10,
            last_frame_seconds=None,
            extend_seconds=None,
            gone={"developer": date(2026, 10, 22)},  # [C]; announced for 2026-09-30 [P]
        ),
    )
}  # seconds, references and totals [L]

_VEO_GONE: Mapping[Door, date] = {"vertex": date(2026, 6, 30)}  # [P] and [C]

VEO_MODELS = {
    model.id: model
    for model in (
        # A price map dates the first two 2026-11-17 [C]; Google's pages of November list them [P].
        VeoModel(id="veo-3.1-generate-001", resolutions=("720p", "1080p", "4k"), references=("ASSET",)),
        VeoModel(id="veo-3.1-fast-generate-001", resolutions=("720p", "1080p", "4k")),
        VeoModel(id="veo-3.1-lite-generate-001", resolutions=("720p", "1080p")),
        VeoModel(id="veo-3.0-generate-001", resolutions=("720p", "1080p"), last_frame=False, gone=_VEO_GONE),
        VeoModel(id="veo-3.0-fast-generate-001", resolutions=("720p", "1080p"), last_frame=False, gone=_VEO_GONE),
        VeoModel(
            id="veo-2.0-generate-001",
            resolutions=("720p",),
            references=("ASSET", "STYLE"),
            seconds=(5, 6, 7, 8),  # [U]
            audio=False,
            masks=True,  # [U]
            gone=_VEO_GONE,
        ),
    )
}

_IMAGEN_GONE: Mapping[Door, date] = {"vertex": date(2026, 6, 24)}  # [P] firebase pages

IMAGEN_MODELS = {
    model.id: model
    for model in (
        ImagenModel(id="imagen-4.0-generate-001", job="generate", gone=_IMAGEN_GONE),
        ImagenModel(id="imagen-4.0-ultra-generate-001", job="generate", gone=_IMAGEN_GONE),
        ImagenModel(id="imagen-4.0-fast-generate-001", job="generate", sizes=("1K",), gone=_IMAGEN_GONE),
        ImagenModel(id="imagen-3.0-capability-001", job="edit", sizes=("1K",), gone=_IMAGEN_GONE),  # [U] its day
        ImagenModel(id="imagen-4.0-upscale-preview", job="upscale", gone=_IMAGEN_GONE),  # [U] its day
    )
}
RETIRED_ON_DEVELOPER = ("imagen-", "veo-")  # [P] 2026-08-17 and 2026-10-22
