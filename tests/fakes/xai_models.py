"""xAI's Imagine models on 2026-11-20, what they cost and how large their results are. Marks as in `xai_rules.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

TICKS_PER_USD = 10_000_000_000  # [P] xai-sdk==1.21.0 cost.py
_MEGAPIXELS = {"1k": 1024**2, "1.5k": 1536**2, "2k": 2048**2}  # [P] about 1 and 4 MP; 1.5k [L]
_SHORT_EDGE = {"480p": 480, "720p": 720, "1080p": 1080}


@dataclass(frozen=True, kw_only=True)
class ImageModel:
    """`usd` is per picture by (quality, resolution); `retired` is the day from which `instead` (or a 404) answers."""

    id: str
    usd: Mapping[tuple[str, str], str]
    usd_per_input: str = "0.01"  # [L]
    takes_quality: bool = False
    retired: date | None = None
    instead: str | None = None


@dataclass(frozen=True, kw_only=True)
class VideoModel:
    """`usd` is per second by resolution, which also says which resolutions there are."""

    id: str
    usd: Mapping[str, str]
    usd_per_input: str
    frames: bool = False  # last_frame, keyframes and reference_audios
    films: bool = False  # whether it edits and extends films
    references: bool = True
    reference_seconds: int = 15
    prompt_optional: bool = False
    beside_references: bool = True  # whether `image` may stand beside `reference_images`


def ticks(usd: Decimal) -> int:
    return int(usd * TICKS_PER_USD)


def image_size(ratio: float, resolution: str) -> tuple[int, int]:
    """Edges are multiples of 16 [P]."""
    width = (_MEGAPIXELS[resolution] * ratio) ** 0.5
    return round(width / 16) * 16, round(width / ratio / 16) * 16


def film_size(ratio: float, resolution: str) -> tuple[int, int]:
    """The short edge is what the resolution says; both are even, as H.264 needs."""
    short = _SHORT_EDGE[resolution]
    long = round(short * max(ratio, 1 / ratio) / 2) * 2
    return (long, short) if ratio >= 1 else (short, long)


def ratio_of(text: str) -> float:
    width, _, height = text.partition(":")
    return float(width) / float(height)


def _flat(usd: str) -> Mapping[tuple[str, str], str]:
    return MappingProxyType({("low", "1k"): usd, ("low", "2k"): usd})


# 1k from litellm==1.109.1, the others [L]
_USD_2 = MappingProxyType(
    {
        ("low", "1k"): "0.04", ("low", "1.5k"): "0.05", ("low", "2k"): "0.06",
        ("medium", "1k"): "0.06", ("medium", "1.5k"): "0.07", ("medium", "2k"): "0.08",
    }
)  # fmt: skip
_V2 = "grok-imagine-image-2.0"
_QUALITY = ("grok-imagine-image-quality", "grok-imagine-image-quality-20260403", "grok-imagine-image-quality-latest")

IMAGE_MODELS = {
    model.id: model
    for model in (
        ImageModel(id=_V2, usd=_USD_2, takes_quality=True),
        ImageModel(id="grok-imagine-image", usd=_flat("0.02"), usd_per_input="0.002"),
        ImageModel(id="grok-imagine-image-2026-03-02", usd=_flat("0.02"), usd_per_input="0.002"),
        # [P] the retired slugs still answer, served by 2.0 at low; -pro was their alias [L]
        *(ImageModel(id=name, usd=_flat("0.05"), retired=date(2026, 11, 2), instead=_V2) for name in _QUALITY),
        ImageModel(id="grok-imagine-image-pro", usd=_flat("0.05"), retired=date(2026, 5, 15), instead=_V2),
        ImageModel(id="grok-2-image", usd=_flat("0.07"), retired=date(2026, 5, 15)),  # [L]; 404 or redirect is [U]
        ImageModel(id="grok-2-image-1212", usd=_flat("0.07"), retired=date(2026, 5, 15)),
    )
}


def _video_15(name: str) -> VideoModel:
    usd = MappingProxyType({"480p": "0.08", "720p": "0.14", "1080p": "0.25"})
    return VideoModel(id=name, usd=usd, usd_per_input="0.01", frames=True, prompt_optional=True)


VIDEO_MODELS = {
    model.id: model
    for model in (
        _video_15("grok-imagine-video-1.5"),
        _video_15("grok-imagine-video-1.5-2026-05-30"),
        _video_15("grok-imagine-video-1.5-preview"),
        VideoModel(
            id="grok-imagine-video-1.5-lite",
            usd=MappingProxyType({"480p": "0.02", "720p": "0.03", "1080p": "0.14"}),
            usd_per_input="0.01",
            references=False,  # [L]
        ),
        VideoModel(
            id="grok-imagine-video",
            usd=MappingProxyType({"480p": "0.05", "720p": "0.07"}),
            usd_per_input="0.002",
            films=True,  # [P] the only one they name; @ai-sdk/xai==5.0.12 claims 1.5 too, and was refused [L]
            reference_seconds=10,
            beside_references=False,
        ),
    )
}
