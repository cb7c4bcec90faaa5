"""What a catalog file says, as schemas that refuse unknown keys.

One TOML file per vendor: who it is and how it is reached, its pace and limits, and one row per model with everything
the house decides by: what it makes and from what, which values it takes, what it costs, and when it ends.
"""

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from diorama.schemas import Kind, Role, Size

Lane = Literal["at_once", "polled"]
Unit = Literal["image", "second", "input_image", "text_in", "image_in", "image_out"]
"""What a price is per: one output image, one second of film, one input image, or one million tokens of a sort."""


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Row):
    """Any number from `min` to `max` in steps of `step`."""

    min: float
    max: float
    step: float = 1


class FreeSize(Row):
    """Sizes by rule instead of by list. Edges and pixels in pixels; `max_ratio` is the long edge over the short."""

    multiple: int
    min_pixels: int
    max_pixels: int
    max_edge: int
    max_ratio: float
    min_edge: int = 1


class Option(Row):
    """A setting that only some models have; it goes into `Request.options`."""

    name: str
    type: Literal["string", "integer", "number", "boolean"]
    values: tuple[Any, ...] = ()
    min: float | None = None
    max: float | None = None
    description: str


class Rule(Row):
    """A limit that holds only together with something else.

    `when` maps a request field to the values that trigger it; the field `input` names a role that is present. Then
    `only` narrows other fields to the values listed, and `drop` names fields that have no effect.
    """

    when: dict[str, tuple[Any, ...]]
    only: dict[str, tuple[Any, ...]] = {}
    at_most: dict[str, float] = {}
    drop: tuple[str, ...] = ()
    because: str

    @field_validator("when", "only", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {name: item if isinstance(item, list | tuple) else (item,) for name, item in value.items()}


class Price(Row):
    """`usd` per `per`, for requests that match every field of `when`. Tokens are priced per million."""

    per: Unit
    usd: Decimal
    when: dict[str, Any] = {}
    source: str | None = None


class TokenCount(Row):
    """Output tokens of one image for requests that match `when`; without a size in it, of 1024x1024."""

    image_out: int
    when: dict[str, Any] = {}
    source: str | None = None


class Model(Row):
    """One AI model. Empty tuples mean that the model has no such setting."""

    id: str
    vendor: str
    names: tuple[str, ...] = ()
    makes: Kind
    display_name: str
    provider_group: str
    lane: Lane
    prompt_required: bool = True
    prompt_max: int = 32_000
    inputs: dict[Role, int] = {}
    requires: tuple[Role, ...] = ()
    sizes: tuple[Size, ...] = ()
    free_size: FreeSize | None = None
    aspect_ratios: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    seconds: tuple[float, ...] | Span | None = None
    fps: tuple[int, ...] = ()
    audio: Literal["never", "always", "optional"] = "never"
    seed: bool = False
    negative_prompt: bool = False
    quality: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    output_format: tuple[str, ...] = ()
    input_fidelity: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    rules: tuple[Rule, ...] = ()
    defaults: dict[str, Any] = {}
    outputs_per_call: int = Field(default=1, ge=1)
    prices: tuple[Price, ...] = ()
    tokens: tuple[TokenCount, ...] = ()
    flags: dict[str, bool] = {}
    released: date | None = None
    deprecated: date | None = None
    retired: date | None = None
    successor: str | None = None
    source: str
    checked: date

    @property
    def name(self) -> str:
        """`vendor:model`, the name that is unique in the house."""
        return f"{self.vendor}:{self.id}"

    @cached_property
    def option_names(self) -> frozenset[str]:
        return frozenset(option.name for option in self.options)

    def is_retired(self, today: date) -> bool:
        return self.retired is not None and self.retired <= today


class Pace(Row):
    """When a polled call is asked about, and for how long, in seconds: first, then growing up to `cap_s`."""

    first_s: float
    growth: float = Field(default=1.0, ge=1)
    cap_s: float
    total_s: float


class Limits(Row):
    """What the vendor documents: calls at once, and submits per second."""

    concurrent: int = Field(default=32, ge=1)
    submits_per_s: float | None = None
    source: str | None = None


class Alias(Row):
    """Names that mean today's choice of a family; which one depends on what is to be made."""

    names: tuple[str, ...]
    image: str | None = None
    video: str | None = None


class Pattern(Row):
    """Ids that match (`*` at the end) and have no row pass through, with the capabilities of the row named."""

    match: str
    image: str | None = None
    video: str | None = None


class DefaultFor(Row):
    """The model that is taken when none is named; the lowest rank among vendors with a key wins."""

    model: str
    rank: int


class Vendor(Row):
    """One catalog file."""

    vendor: str
    display_name: str
    seed_name: str
    keys: tuple[tuple[str, ...], ...] = ()
    base_env: tuple[str, ...] = ()
    base: str = ""
    free: bool = False
    bills_on_5xx: Literal["yes", "no", "unknown"] = "unknown"
    submit_timeout_s: float = 300
    default_for: dict[Kind, DefaultFor] = {}
    aliases: tuple[Alias, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    pace: dict[Kind, Pace] = {}
    limits: Limits = Limits()
    source: str
    checked: date
    models: tuple[Model, ...] = ()
