"""What a catalog file says, as schemas that refuse unknown keys.

One TOML file per vendor: who it is and how it is reached, its pace and limits, and one row per model with everything
the house decides by: what it makes and from what, which values it takes, what it costs, and when it ends.
"""

from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from diorama.schemas import Kind, Ratio, Role, Size, Usd

Lane = Literal["at_once", "polled"]
Unit = Literal[
    "image", "further_megapixel", "second", "input_image", "text_in", "text_out", "image_in", "image_out", "video_out"
]
"""What a price is per: one output image, each begun megapixel of it beyond the first, one second of film, one input
image, or one million tokens of a sort."""

ANY = "*"
"""In a rule's `when`: whatever the value, as long as there is one."""
NONE = "none"
"""In a rule's `when`, as the value of `input`: nothing goes in."""


def _one_is_a_list(value: Any) -> Any:
    """`{quality = "low"}` and `{quality = ["low"]}` say the same."""
    if not isinstance(value, dict):
        return value
    return {name: item if isinstance(item, list | tuple) else (item,) for name, item in value.items()}


Choices = Annotated[dict[str, tuple[Any, ...]], BeforeValidator(_one_is_a_list)]
"""Request fields (or options, or `input` for a role that is present) and the values of each that count."""


class Row(BaseModel):
    # What a row leaves out is there when it is shown, so clients may rely on every field.
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Span(Row):
    """Any number from `min` to `max` in steps of `step`."""

    min: float
    max: float
    step: float = Field(default=1, gt=0)

    def takes(self, value: float) -> bool:
        steps = (value - self.min) / self.step
        return self.min <= value <= self.max and abs(steps - round(steps)) < 1e-6


class FreeSize(Row):
    """Sizes by rule instead of by list. Edges and pixels in pixels; `max_ratio` is the long edge over the short."""

    multiple: int
    min_pixels: int
    max_pixels: int
    max_edge: int
    max_ratio: float
    min_edge: int = 1

    def takes(self, width: int, height: int) -> bool:
        short, long = sorted((width, height))
        return (
            width % self.multiple == height % self.multiple == 0
            and self.min_edge <= short
            and long <= self.max_edge
            and self.min_pixels <= width * height <= self.max_pixels
            and long <= short * self.max_ratio
        )


class Option(Row):
    """A setting that only some models have; it goes into `Request.options`. `max` of a string is its length."""

    name: str
    type: Literal["string", "integer", "number", "boolean"]
    values: tuple[Any, ...] = ()
    min: float | None = None
    max: float | None = None
    description: str


class Rule(Row):
    """A limit that holds only together with something else: when every field of `when` has one of its values.

    Without a `when` it always holds. Then `only` narrows other fields to the values listed (or left open), `at_most`
    caps numbers, `without` names fields that must not be given, and `drop` names fields that are allowed but have no
    effect. `needs` are input roles, fields or options of which at least one must be there; `at_most` (their count) and
    `without` may name roles too. What breaks a rule about roles, or lacks what is needed, is refused in every fit:
    inputs are never left out, and nothing is made up.
    """

    when: Choices = {}
    only: Choices = {}
    at_most: dict[str, float] = {}
    without: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    because: str


class InputLimits(Row):
    """What the files of one input role must be.

    `types` are mime types (`image/png`, `video/*`); none means any film for the `source` of a model that makes films,
    else any picture. Edges and pixels are as displayed; `max_ratio` is the long edge over the short; seconds count for
    films only. `any_size` lets a mask differ in size from the picture that it belongs to (the first `source`, else the
    first `reference`).
    """

    types: tuple[str, ...] = ()
    max_bytes: int | None = None
    min_edge: int = 1
    max_edge: int | None = None
    min_pixels: int = 1
    max_pixels: int | None = None
    max_ratio: float | None = None
    min_seconds: float = 0
    max_seconds: float | None = None
    any_size: bool = False


class Price(Row):
    """`usd` per `per`, for requests that match every field of `when`; the first such row counts. Tokens are priced per
    million."""

    per: Unit
    usd: Usd = Field(ge=0)
    when: Choices = {}
    source: str | None = None


class TokenCount(Row):
    """Output tokens of one image, or of one second of film, for requests that match `when`; without a size in it, of
    1024x1024."""

    image_out: int = Field(default=0, ge=0)
    video_out: int = Field(default=0, ge=0)
    when: Choices = {}
    source: str | None = None


class Model(Row):
    """One AI model. Empty tuples mean that the model has no such setting.

    `names` are other ids of the same model, such as dated snapshots. `prompt_max` is in characters; 0 means that the
    model reads no prompt. `inputs` counts how many pictures or films it
    takes at most as each role, `input_limits` says what they must be, `requires` which roles it cannot do without.
    `follows_picture` lists the input roles whose picture or film gives the output its shape while nobody asks for
    another: then nothing is sent, and the vendor (or its adapter) follows. `input_tokens` are the `image_in` tokens of
    one input picture at most, `further_tokens` the `image_out` tokens that each unit of an option adds to one output.
    `keys` are those of the vendor's sets of key variables that open this model, where not all do.
    `modes` are resolutions under the names of the vendor's older interface. `unpriced` admits that no price is known.
    `frame_exact`: frames must have exactly the film's own size, so pictures of another are cut and scaled to it.
    """

    id: str
    vendor: str
    names: tuple[str, ...] = ()
    makes: Kind
    display_name: str
    provider_group: str
    keys: tuple[tuple[str, ...], ...] = ()
    lane: Lane
    prompt_required: bool = True
    prompt_max: int = 32_000
    inputs: dict[Role, int] = {}
    input_limits: dict[Role, InputLimits] = {}
    requires: tuple[Role, ...] = ()
    follows_picture: tuple[Role, ...] = ()
    frame_exact: bool = False
    sizes: tuple[Size, ...] = ()
    free_size: FreeSize | None = None
    aspect_ratios: tuple[Ratio, ...] = ()
    resolutions: tuple[str, ...] = ()
    modes: dict[str, str] = {}
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
    input_tokens: int = Field(default=0, ge=0)
    further_tokens: dict[str, int] = {}
    unpriced: bool = False
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

    def input_types(self, role: Role) -> tuple[str, ...]:
        """The mime types that are taken as this role, such as `image/png` or `video/*`."""
        limits = self.input_limits.get(role)
        if limits and limits.types:
            return limits.types
        return ("video/*",) if role == "source" and self.makes == "video" else ("image/*",)

    def is_open_to(self, key: tuple[str, ...] | None) -> bool:
        """Whether the key in these variables opens it; None: whatever key there is."""
        return not self.keys or key is None or key in self.keys

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
    """One catalog file.

    `bare_ids` is false for a vendor that serves another vendor's models under the same ids: there `vendor:model` is
    needed. `free` means that a call costs nothing, so that it may be sent again. `own_hosts` are further hosts, with
    `*` for any part of a name, at which the vendor itself answers: a base URL there is not somebody else's.
    `deployments` names the variable by which its customers say under which names they run its models:
    `my-name=model,...`.
    """

    vendor: str
    display_name: str
    seed_name: str
    keys: tuple[tuple[str, ...], ...] = ()
    base_env: tuple[str, ...] = ()
    base: str = ""
    own_hosts: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    deployments: str | None = None
    free: bool = False
    bare_ids: bool = True
    bills_on_5xx: Literal["yes", "no", "unknown"] = "unknown"
    submit_timeout_s: float = 300
    default_for: dict[Kind, DefaultFor] = {}
    aliases: tuple[Alias, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    pace: dict[Kind, Pace] = {}
    limits: Limits = Limits()
    source: str
    checked: date
    models: tuple[Model, ...] = Field(default=(), alias="model")

    @property
    def needed(self) -> tuple[tuple[str, ...], ...]:
        """The sets of variables of which one is enough: a key, and the address where the vendor has none of its own."""
        address = () if self.base else self.base_env[:1]
        return tuple((*names, *address) for names in self.keys)

    @property
    def variables(self) -> tuple[str, ...]:
        """Everything that may be set about the vendor."""
        keys = (name for names in self.keys for name in names)
        named = (self.deployments,) if self.deployments else ()
        return tuple(dict.fromkeys((*keys, *self.base_env, *named, *self.settings)))

    def answers_at(self, base_url: str) -> bool:
        """Whether this base URL is the vendor's own."""
        host = urlsplit(base_url).hostname or ""
        own = urlsplit(self.base).hostname
        return host == own or any(fnmatchcase(host, pattern) for pattern in self.own_hosts)
