"""Which model a name means, today, with the keys that are there. Decided before any network call, from data alone.

A numbered id is that model or a refusal; a family name is today's choice of that family; an id that only matches a
pattern passes through with the family's capabilities, so that a new model works on its first day. A model is never
changed in silence: whatever else is used instead is a note.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from difflib import get_close_matches

from diorama.catalog.catalog import Catalog
from diorama.catalog.entry import Alias, Model, Pattern, Vendor
from diorama.errors import ConfigurationError, DioramaError, UnsupportedError, ValidationError
from diorama.schemas import Kind, Note, NoteCode
from diorama.settings import pairs

SUNSET_NOTICE = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What this installation can reach, and what its owner prefers.

    `keyed` are vendors with a key, `key_names` the variables that hold it, `overridden` those whose base URL somebody
    replaced; `substitutes` maps names as callers write them to names of ours, `follow_successors` does the same for
    every retired model, and for what the key here does not open. `deployments` says for a vendor under which names its
    models run here, as the environment does: `my-name=model,...`.
    """

    keyed: frozenset[str] = frozenset()
    key_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    overridden: frozenset[str] = frozenset()
    default_image_model: str | None = None
    default_video_model: str | None = None
    substitutes: dict[str, str] = field(default_factory=dict)
    follow_successors: bool = False
    deployments: dict[str, str] = field(default_factory=dict)

    def default_model(self, kind: Kind) -> str | None:
        return self.default_image_model if kind == "image" else self.default_video_model


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The model that will work, and the id that its vendor is told. `asked` is null when the default was taken."""

    model: Model
    wire_id: str
    asked: str | None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Hit:
    model: Model
    wire_id: str
    deployed: bool = False


def resolve(catalog: Catalog, asked: str | None, kind: Kind | None, reach: Reach, today: date) -> Resolved:
    """The model for this name (None: the default), to make this kind (None: what the name makes, else an image).

    Raises ConfigurationError (`unknown_model`, `missing_key`), ValidationError (`model_retired`) or UnsupportedError
    (the model makes the other kind).
    """
    name = (asked or "").strip()
    if name:
        return _named(catalog, name, kind, reach, today)
    return _default(catalog, kind or "image", reach, today)


def _named(catalog: Catalog, asked: str, kind: Kind | None, reach: Reach, today: date) -> Resolved:
    name = _substituted(catalog, asked, kind, reach)
    hit = _by_deployment(catalog, name, kind, reach) or _look_up(catalog, name, kind)
    if hit is None:
        raise _unknown(catalog, name, asked)
    heir = _heir(catalog, hit.model, reach, today) if reach.follow_successors else hit.model
    swapped = name != asked or heir is not hit.model
    if heir is not hit.model:
        hit = _Hit(model=heir, wire_id=heir.id)
    vendor = catalog.vendor_of(hit.model)
    _refuse_retired(hit, reach, today)
    _require_key(vendor, hit.model, reach)
    notes = tuple(_notes(vendor, hit, asked, today, swapped=swapped))
    wire_id = hit.wire_id if hit.deployed else _deployment_of(catalog, hit, reach)
    return Resolved(model=hit.model, wire_id=wire_id, asked=asked, notes=notes)


def _default(catalog: Catalog, kind: Kind, reach: Reach, today: date) -> Resolved:
    """The setting, else the best ranked model among vendors with a key, else the built-in sketch."""
    setting = reach.default_model(kind)
    if setting:
        return replace(_from_setting(catalog, setting, kind, reach, today), asked=None)
    ranked = [vendor for vendor in _ranked(catalog, kind) if vendor.vendor in reach.keyed and not vendor.free]
    if ranked:
        best = f"{ranked[0].vendor}:{ranked[0].default_for[kind].model}"
        return replace(_named(catalog, best, kind, reach, today), asked=None)
    return _sketched(catalog, kind, reach)


def _from_setting(catalog: Catalog, setting: str, kind: Kind, reach: Reach, today: date) -> Resolved:
    try:
        return _named(catalog, setting, kind, reach, today)
    except DioramaError as error:
        error.hint = f"DIORAMA_DEFAULT_{kind.upper()}_MODEL is {setting!r}. {error.hint or ''}".strip()
        raise


def _sketched(catalog: Catalog, kind: Kind, reach: Reach) -> Resolved:
    """The keyless default. With any vendor key the sketch comes by name only."""
    paid = [vendor for vendor in _ranked(catalog, kind) if not vendor.free]
    variables = " or ".join(_variables(vendor) for vendor in paid)
    free = [vendor for vendor in _ranked(catalog, kind) if vendor.free]
    if not free or any(not vendor.free for vendor in catalog.vendors.values() if vendor.vendor in reach.keyed):
        raise ConfigurationError(
            f"No vendor with a key makes {kind}s here.",
            code="missing_key",
            key=paid[0].keys[0][0] if paid and paid[0].keys else None,
            hint=f"Set {variables}, or name the built-in sketch: --model sketch.",
        )
    model = catalog.find(f"{free[0].vendor}:{free[0].default_for[kind].model}")
    assert model is not None, "the catalog checks its defaults when it is read"
    message = f"No vendor key is set, so the built-in sketch drew this; set {variables} for a real model."
    return Resolved(model=model, wire_id=model.id, asked=None, notes=(_note("sketch", None, model.name, message),))


def _ranked(catalog: Catalog, kind: Kind) -> list[Vendor]:
    able = [vendor for vendor in catalog.vendors.values() if kind in vendor.default_for]
    return sorted(able, key=lambda vendor: vendor.default_for[kind].rank)


# Names ---------------------------------------------------------------------------------------------------------------


def _look_up(catalog: Catalog, name: str, kind: Kind | None) -> _Hit | None:
    """Exact name first, then alias, then the longest pattern. Raises UnsupportedError for a name of the other kind."""
    row = catalog.find(name)
    if row is not None:
        if kind not in (None, row.makes):
            raise _other_kind(catalog, row.name, kind)
        return _Hit(model=row, wire_id=_wire_id(row, name))
    prefix, _, rest = name.lower().strip().rpartition(":")
    vendors = [
        vendor for vendor in catalog.vendors.values() if prefix == vendor.vendor or (not prefix and vendor.bare_ids)
    ]
    return _by_alias(catalog, vendors, rest, kind) or _by_pattern(catalog, vendors, rest, kind)


def _by_alias(catalog: Catalog, vendors: list[Vendor], name: str, kind: Kind | None) -> _Hit | None:
    found = [
        (vendor, alias)
        for vendor in vendors
        for alias in vendor.aliases
        if name in (known.lower() for known in alias.names)
    ]
    for vendor, alias in found:
        target = _target(alias, kind)
        if target is not None:
            row = catalog.find(f"{vendor.vendor}:{target}")
            return _Hit(model=row, wire_id=row.id) if row else None
    if found:
        raise _other_kind(catalog, repr(name), kind or "image")
    return None


def _by_pattern(catalog: Catalog, vendors: list[Vendor], name: str, kind: Kind | None) -> _Hit | None:
    found = [
        (vendor, pattern)
        for vendor in vendors
        for pattern in vendor.patterns
        if not vendor.free and name.startswith(pattern.match[:-1].lower())
    ]
    if not found:
        return None
    vendor, pattern = max(found, key=lambda pair: len(pair[1].match))
    row = catalog.find(f"{vendor.vendor}:{_target(pattern, kind)}")
    if row is None:
        raise _other_kind(catalog, repr(name), kind or "image")
    unknown = {"id": name, "names": (), "display_name": name, "prices": (), "tokens": (), "unpriced": True}
    return _Hit(model=row.model_copy(update=unknown | {"released": None}), wire_id=name)


def _by_deployment(catalog: Catalog, name: str, kind: Kind | None, reach: Reach) -> _Hit | None:
    """`vendor:my-name`, for a name under which this vendor's customer runs a model of it."""
    prefix, _, asked = name.strip().partition(":")
    vendor = catalog.vendors.get(prefix.lower())
    if vendor is None:
        return None
    for deployment, model in _deployments(vendor, reach).items():
        if deployment.lower() == asked.lower():
            hit = _look_up(catalog, f"{vendor.vendor}:{model}", kind)
            return None if hit is None else replace(hit, wire_id=deployment, deployed=True)
    if not vendor.deployments or catalog.find(name) is not None:
        return None
    hit = _look_up(catalog, name, kind)
    return None if hit is None else replace(hit, wire_id=asked, deployed=True)  # as it is written


def _deployment_of(catalog: Catalog, hit: _Hit, reach: Reach) -> str:
    """The name under which a model runs; its own where none is given."""
    vendor = catalog.vendor_of(hit.model)
    given = _deployments(vendor, reach).items()
    named = (name for name, model in given if catalog.find(f"{vendor.vendor}:{model}") is hit.model)
    return next(named, hit.wire_id)


def _deployments(vendor: Vendor, reach: Reach) -> dict[str, str]:
    try:
        return pairs(reach.deployments.get(vendor.vendor, ""))
    except ValueError as error:
        hint = "Write it as my-name=model,other-name=model."
        raise ConfigurationError(f"{vendor.deployments}: {error}.", key=vendor.deployments, hint=hint) from None


def _target(entry: Alias | Pattern, kind: Kind | None) -> str | None:
    return entry.image or entry.video if kind is None else getattr(entry, kind)


def _wire_id(model: Model, name: str) -> str:
    """A dated name is what the vendor is told too: whoever pins a snapshot gets it."""
    bare = name.strip().lower().removeprefix(f"{model.vendor}:")
    return next(known for known in (model.id, *model.names) if known.lower() == bare)


# What stands in its way ----------------------------------------------------------------------------------------------


def _substituted(catalog: Catalog, asked: str, kind: Kind | None, reach: Reach) -> str:
    """The name after the owner's substitutes, each used at most once."""
    name, trail = asked, [asked]
    while (pair := _pair_for(catalog, name, kind, reach.substitutes)) is not None:
        left, name = pair
        if left in trail[1:]:
            circle = " -> ".join([*trail[1:], left])
            raise ConfigurationError(
                f"DIORAMA_SUBSTITUTES goes in a circle: {circle}.", key="DIORAMA_SUBSTITUTES", hint="Take one pair out."
            )
        trail.append(left)
    return name


def _pair_for(catalog: Catalog, name: str, kind: Kind | None, pairs: dict[str, str]) -> tuple[str, str] | None:
    """The pair whose left side is this name, or another name of the same model."""
    if not pairs:
        return None
    spelled = next((left for left in pairs if left.lower() == name.lower()), None)
    if spelled is None:
        hit = _look_up(catalog, name, kind)
        same = (left for left, right in pairs.items() if hit and catalog.find(left) is hit.model and right != name)
        spelled = next(same, None)
    return None if spelled is None else (spelled, pairs[spelled])


def _heir(catalog: Catalog, model: Model, reach: Reach, today: date) -> Model:
    """The last of the line of successors; the model itself while it lives and the key here opens it."""
    seen: set[str] = set()
    while (model.is_retired(today) or not _is_open(model, reach)) and model.successor and model.name not in seen:
        seen.add(model.name)
        model = catalog.find(model.successor) or model
    return model


def _refuse_retired(hit: _Hit, reach: Reach, today: date) -> None:
    model = hit.model
    if not model.is_retired(today) or model.vendor in reach.overridden:
        return
    hint = f"Use {model.successor}, or map it: DIORAMA_SUBSTITUTES={model.id}={model.successor}."
    raise ValidationError(
        f"{model.name} is retired since {model.retired:%Y-%m-%d}.",
        field="model",
        code="model_retired",
        hint=hint if model.successor else "`diorama models` lists what is there.",
        details={"retired": f"{model.retired:%Y-%m-%d}", "successor": model.successor},
    )


def _require_key(vendor: Vendor, model: Model, reach: Reach) -> None:
    if not vendor.keys or (vendor.vendor in reach.keyed and _is_open(model, reach)):
        return
    if vendor.vendor in reach.keyed:
        raise _shut(model, reach)
    raise ConfigurationError(
        f"{model.name} needs a key of {vendor.display_name}, and none is set.",
        code="missing_key",
        key=vendor.keys[0][0],
        hint=f"Set {_variables(vendor)}, or try without a key: --model sketch.",
    )


def _is_open(model: Model, reach: Reach) -> bool:
    return model.is_open_to(reach.key_names.get(model.vendor))


def _shut(model: Model, reach: Reach) -> ConfigurationError:
    """The vendor's key is here, but this model is to be had with another one alone."""
    heir = model.successor
    other = f", or use {heir}, for good by DIORAMA_SUBSTITUTES={model.id}={heir}" if heir else ""
    return ConfigurationError(
        f"{model.name} is not to be had with {' and '.join(reach.key_names[model.vendor])}.",
        code="missing_key",
        key=model.keys[0][0],
        hint=f"Set {_spelled(model.keys)} instead{other}.",
    )


def _variables(vendor: Vendor) -> str:
    return _spelled(vendor.needed)


def _spelled(sets: tuple[tuple[str, ...], ...]) -> str:
    return " or ".join(" and ".join(names) for names in sets)


def _unknown(catalog: Catalog, name: str, asked: str) -> ConfigurationError:
    close = get_close_matches(name.lower(), list(_known_names(catalog)), n=3, cutoff=0.6)
    meant = f"Did you mean {', '.join(close)}? " if close else ""
    mapped = "" if name == asked else f" DIORAMA_SUBSTITUTES puts it in place of {asked!r}."
    return ConfigurationError(
        f"There is no model {name!r}.{mapped}",
        code="unknown_model",
        key="model",
        hint=f"{meant}`diorama models` lists them.",
    )


def _known_names(catalog: Catalog) -> Iterator[str]:
    for vendor in catalog.vendors.values():
        for model in (model for model in vendor.models if model.retired is None):
            yield model.name.lower()
            yield from (model.id.lower(),) if vendor.bare_ids else ()
        for alias in vendor.aliases:
            yield from (name.lower() for name in alias.names)


def _other_kind(catalog: Catalog, name: str, kind: Kind) -> UnsupportedError:
    able = [f"{vendor.vendor}:{vendor.default_for[kind].model}" for vendor in _ranked(catalog, kind)]
    return UnsupportedError(
        f"{name} makes no {kind}s.", param="model", hint=f"These do: {', '.join(able)}; `diorama models` lists all."
    )


# Notes ---------------------------------------------------------------------------------------------------------------


def _notes(vendor: Vendor, hit: _Hit, asked: str, today: date, *, swapped: bool) -> Iterator[Note]:
    model = hit.model
    if swapped:
        yield _note("substituted", asked, model.name, f"{model.name} works in place of {asked!r}.")
    if model.retired is not None and today < model.retired <= today + SUNSET_NOTICE:
        then = f"; then use {model.successor}" if model.successor else ""
        yield _note("sunset", asked, model.name, f"{model.name} ends on {model.retired:%Y-%m-%d}{then}.")
    if not model.prices:
        yield _note("unpriced", asked, model.name, f"No price of {model.name} is known, so there is no quote.")
    if vendor.free:
        yield _note("sketch", asked, model.name, "Drawn by the built-in sketch, not by an AI model.")


def _note(code: NoteCode, asked: str | None, used: str, message: str) -> Note:
    return Note(code=code, field="model", asked=asked, used=used, message=message)
