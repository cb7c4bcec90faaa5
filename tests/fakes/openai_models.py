"""OpenAI's image models on 2026-11-20 and what a picture of each costs in tokens. Marks as in `openai.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

_PRESETS = ((1024, 1024), (1024, 1536), (1536, 1024))
# Output tokens of 1024x1024, 1024x1536, 1536x1024 by quality.
# One number: only the square is known, other sizes scale by pixels.
# 2.5: [3p] tokens. 2.6: low and medium take 3 to 4 times as many [3p], here 4; high and up are equal.
_TOKENS_25 = {"low": (196,), "medium": (439,), "high": (1756,), "xhigh": (3122,), "max": (7024,)}
_TOKENS_26 = _TOKENS_25 | {"low": (784,), "medium": (1756,)}


def _from_prices(usd_per_million: float, **usd: tuple[float, float, float]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(round(price / usd_per_million * 1e6) for price in prices) for name, prices in usd.items()}


# promptfoo/promptfoo:src/providers/openai/image.ts, at 30 USD per million
_TOKENS_2 = _from_prices(30, low=(0.006, 0.005, 0.005), medium=(0.053, 0.041, 0.041), high=(0.211, 0.165, 0.165))
# litellm==1.109.1, at 32 and 8 USD per million
_TOKENS_15 = _from_prices(32, low=(0.009, 0.013, 0.013), medium=(0.034, 0.05, 0.05), high=(0.133, 0.2, 0.2))
_TOKENS_1_MINI = _from_prices(8, low=(0.005, 0.006, 0.006), medium=(0.011, 0.015, 0.015), high=(0.036, 0.052, 0.052))


@dataclass(frozen=True, kw_only=True)
class Model:
    """One id. `shutdown` is the day from which it answers 404.

    What is true of a host and not of a model (its output and input formats, the quality behind `auto`) stands here too,
    so that another host serves the same model by `replace`.
    """

    id: str
    family: str
    tokens: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    free_sizes: bool = True
    extra_qualities: frozenset[str] = frozenset()
    auto_quality: str = "medium"  # what `auto` picks is [U]; the answer always names the one that was served [sdk]
    fidelities: frozenset[str] = frozenset()  # values of input_fidelity; none: it must be omitted
    formats: tuple[str, ...] = ("png", "jpeg", "webp", "gif", "svg")
    inputs: tuple[str, ...] = ("png", "jpeg", "webp")  # [sdk]
    shutdown: date | None = None

    def gone(self, today: date) -> bool:
        return self.shutdown is not None and today >= self.shutdown


def output_tokens(model: Model, quality: str, width: int, height: int) -> int:
    """Of one picture: the known number of a preset, else the square's scaled by pixels."""
    known = model.tokens[quality]
    if (width, height) in _PRESETS[: len(known)]:
        return known[_PRESETS.index((width, height))]
    return round(known[0] * width * height / (1024 * 1024))


def _models() -> list[Model]:
    fine = frozenset({"xhigh", "max"})
    soon = date(2026, 12, 1)  # litellm==1.109.1
    both = frozenset({"high", "low"})
    old = [
        ("gpt-image-1.5", _TOKENS_15, both),
        ("gpt-image-1.5-2025-12-16", _TOKENS_15, both),
        ("chatgpt-image-latest", _TOKENS_15, frozenset[str]()),  # its input_fidelity is [U]
        ("gpt-image-1-mini", _TOKENS_1_MINI, frozenset({"low"})),
    ]  # [sdk]
    dead = [
        ("gpt-image-1", date(2026, 10, 23)),
        ("dall-e-3", date(2026, 5, 12)),
        ("dall-e-2", date(2026, 5, 12)),
    ]  # [sdk]
    return [
        *(
            Model(id=f"gpt-image-2.6-{tier}", family="2.6", tokens=_TOKENS_26) for tier in ("flare", "sunburst")
        ),  # [sdk]
        *(
            Model(id=f"gpt-image-2.5-{tier}{snapshot}", family="2.5", tokens=_TOKENS_25, extra_qualities=fine)
            for tier in ("flare", "sunburst")
            for snapshot in ("", "-2026-09-08")
        ),  # [sdk]
        *(
            Model(id=f"gpt-image-2{snapshot}", family="2", tokens=_TOKENS_2) for snapshot in ("", "-2026-04-21")
        ),  # [sdk]
        *(
            Model(id=name, family="old", tokens=tokens, free_sizes=False, fidelities=fidelities, shutdown=soon)
            for name, tokens, fidelities in old
        ),  # [llm] [ck]
        *(Model(id=name, family="old", tokens=_TOKENS_15, free_sizes=False, shutdown=day) for name, day in dead),
    ]


MODELS = {model.id: model for model in _models()}
