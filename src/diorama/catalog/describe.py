"""A model as `GET /v1/models` shows it: OpenAI's four fields, then everything that the house decides by."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, Protocol

from diorama.catalog.catalog import Catalog
from diorama.catalog.entry import FreeSize, InputLimits, Model, Option, Price, Rule, Span, Vendor
from diorama.schemas import Kind, Role, Shape

CAPABILITIES = ("audio_input", "image_to_video", "reasoning", "streaming")


class Keyed(Protocol):
    """What there is to know about this installation: vendors with a key, the variables that hold it, and vendors with a
    base URL of somebody else."""

    @property
    def keyed(self) -> frozenset[str]: ...
    @property
    def key_names(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def overridden(self) -> frozenset[str]: ...


class Lifecycle(Shape):
    """When a model came, was announced to end, ended or will end; and which one to use then."""

    released: date | None
    deprecated: date | None
    retired: date | None
    successor: str | None


class ModelInfo(Shape):
    """One model. Empty lists and nulls mean that it has no such setting.

    `id` is `vendor:model`, `name` the vendor's bare id, `names` its dated ones. `inputs` counts pictures and films by
    role, `input_limits` says what they must be. `available` says that its key is set and that it has not ended.
    `prices` are dollars per unit, tokens per million.
    """

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    vendor: str
    name: str
    names: tuple[str, ...]
    makes: Kind
    display_name: str
    provider_group: str
    api_key_env: str | None
    available: bool
    prompt_max: int
    inputs: dict[Role, int]
    input_limits: dict[Role, InputLimits]
    requires: tuple[Role, ...]
    sizes: tuple[str, ...]
    free_size: FreeSize | None
    aspect_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    seconds: tuple[float, ...] | Span | None
    fps: tuple[int, ...]
    audio: Literal["never", "always", "optional"]
    seed: bool
    negative_prompt: bool
    quality: tuple[str, ...]
    background: tuple[str, ...]
    output_format: tuple[str, ...]
    input_fidelity: tuple[str, ...]
    supports_input_fidelity: bool
    options: tuple[Option, ...]
    rules: tuple[Rule, ...]
    defaults: dict[str, Any]
    outputs_per_call: int
    prices: tuple[Price, ...]
    flags: dict[str, bool]
    lifecycle: Lifecycle
    source: str
    checked: date


def describe_all(catalog: Catalog, reach: Keyed, today: date) -> tuple[ModelInfo, ...]:
    """Every model, by vendor and in the order of its file."""
    return tuple(describe(model, catalog.vendor_of(model), reach, today) for model in catalog.models)


def choose(
    models: Iterable[ModelInfo], today: date, *, kind: Kind | None = None, sunset_within: int | None = None
) -> tuple[ModelInfo, ...]:
    """Those that make this kind; and that work today and end within so many days, the soonest first."""
    of_kind = (model for model in models if kind in (None, model.makes))
    if sunset_within is None:
        return tuple(of_kind)
    until = today + timedelta(days=sunset_within)
    ends = [(end, model) for model in of_kind if (end := model.lifecycle.retired) and today < end <= until]
    return tuple(model for _, model in sorted(ends, key=lambda pair: pair[0]))


def describe(model: Model, vendor: Vendor, reach: Keyed, today: date) -> ModelInfo:
    """One row, as the world sees it."""
    same = {name: getattr(model, name) for name in ModelInfo.model_fields if name in Model.model_fields}
    born = datetime.combine(model.released or model.checked, time(), UTC)
    own = {
        "id": model.name,
        "object": "model",
        "created": int(born.timestamp()),
        "owned_by": vendor.vendor,
        "name": model.id,
        "api_key_env": " + ".join((model.keys or vendor.keys)[0]) if vendor.keys else None,
        "available": is_available(model, vendor, reach, today),
        "supports_input_fidelity": model.flags.get("supports_input_fidelity", bool(model.input_fidelity)),
        "flags": _flags(model),
        "lifecycle": Lifecycle(**{name: getattr(model, name) for name in Lifecycle.model_fields}),
    }
    return ModelInfo(**(same | own))


def is_available(model: Model, vendor: Vendor, reach: Keyed, today: date) -> bool:
    """Whether it can be asked here today."""
    served = vendor.vendor in reach.overridden or not model.is_retired(today)
    if not vendor.keys:
        return served
    return served and vendor.vendor in reach.keyed and model.is_open_to(reach.key_names.get(vendor.vendor))


def _flags(model: Model) -> dict[str, bool]:
    """What a model can do beside its plain trade; what can be read off the row need not be said in it."""
    seen = {"image_to_video": model.makes == "video" and "first_frame" in model.inputs}
    said = dict.fromkeys(CAPABILITIES, False) | seen | model.flags
    return {name: said[name] for name in sorted(said) if name != "supports_input_fidelity"}
