"""Reads the catalog files and holds them together: every row consistent, every name pointing at one model.

A model row may say `like = "other-id"` (a row above it in the same file): it then takes over everything that it does
not say itself, except who it is and when it lives, and the keys that it names in `less`. `vendor`, `provider_group`,
`source` and `checked` come from the head of the file unless the row has its own.

Operators bring further vendors in folders of their own: `<vendor>.toml`, and beside it the adapter `<vendor>.py`.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError as SchemaError

from diorama.catalog.entry import Model, Span, Vendor
from diorama.errors import ConfigurationError
from diorama.schemas import Kind, Request, Role
from diorama.settings import Settings

PACKAGED = Path(__file__).parent
SETTING = "DIORAMA_VENDORS"
HINT = "docs/how-to/add-a-vendor.md shows a whole file."
KINDS: tuple[Kind, ...] = ("image", "video")
_OWN = {"id", "names", "display_name", "released", "deprecated", "retired", "successor"}
ROLES: frozenset[str] = frozenset(get_args(Role))
_OUTPUT_UNITS = {"image", "second", "image_out", "video_out"}


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All vendors and models. Names are looked up without regard to case.

    `brought` holds the folder of each vendor that is not packaged: there lies its adapter, too.
    """

    vendors: dict[str, Vendor]
    models: tuple[Model, ...]
    brought: dict[str, Path]

    @cached_property
    def _by_name(self) -> dict[str, Model]:
        return {name: model for model in self.models for name in _names(self.vendors[model.vendor], model)}

    def find(self, name: str) -> Model | None:
        """The row of exactly this `vendor:model`, bare id or dated name; aliases and patterns are not looked at."""
        return self._by_name.get(name.strip().lower())

    def vendor_of(self, model: Model) -> Vendor:
        return self.vendors[model.vendor]


def catalog_of(settings: Settings) -> Catalog:
    """The catalog of this installation: the packaged vendors, and those that its operator brings.

    Raises ConfigurationError naming file, row and key.
    """
    for folder in settings.vendors:
        if not folder.is_dir():
            hint = "Name folders that hold <vendor>.toml and <vendor>.py."
            raise ConfigurationError(f"{SETTING} names {str(folder)!r}, which is no folder.", key=SETTING, hint=hint)
    return load_catalog(PACKAGED, *settings.vendors)


@cache
def load_catalog(*folders: Path) -> Catalog:
    """The catalog of every `*.toml` in these folders (default: the packaged ones), checked; read once in a process.

    Raises ConfigurationError naming file, row and key.
    """
    vendors: dict[str, Vendor] = {}
    files: dict[str, Path] = {}
    for file in (file for folder in folders or (PACKAGED,) for file in sorted(folder.glob("*.toml"))):
        vendor = _read(file)
        if vendor.vendor != file.stem:
            raise _bad(_shown(file), "vendor", f"{vendor.vendor!r} is not the name of the file")
        if other := files.get(vendor.vendor):
            raise _bad(_shown(file), "vendor", f"{vendor.vendor!r} is taken by {other}; give yours another name")
        vendors[vendor.vendor], files[vendor.vendor] = vendor, file
    brought = {name: file.parent for name, file in files.items() if file.parent != PACKAGED}
    models = tuple(model for vendor in vendors.values() for model in vendor.models)
    catalog = Catalog(vendors=vendors, models=models, brought=brought)
    _check_names(catalog)
    for vendor in vendors.values():
        _check_head(catalog, vendor)
        for model in vendor.models:
            _check_row(catalog, model)
    return catalog


def _read(file: Path) -> Vendor:
    shown = _shown(file)
    try:
        head = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{shown} cannot be read as text.", key=file.name, hint="Make it UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{shown} is not TOML: {error}.", key=file.name, hint=HINT) from None
    rows = head.get("model", [])
    head["model"] = list(_completed(shown, head, rows))
    try:
        return Vendor.model_validate(head)
    except SchemaError as error:
        raise _explained(shown, head, error) from None


def _shown(file: Path) -> str:
    """Packaged files by their name; others where they lie."""
    return file.name if file.parent == PACKAGED else str(file)


def _completed(file: str, head: dict[str, Any], rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows with `like` followed and the head's values filled in."""
    shared = {"vendor": head.get("vendor"), "provider_group": head.get("display_name")}
    shared |= {name: head.get(name) for name in ("source", "checked")}
    seen: dict[str, dict[str, Any]] = {}
    for row in rows:
        own = dict(row)
        if "vendor" in own:
            raise _bad(f"{file}, model {own.get('id')!r}", "vendor", "it stands at the head of the file")
        like, less = own.pop("like", None), own.pop("less", ())
        if like is not None and like not in seen:
            raise _bad(f"{file}, model {own.get('id')!r}", "like", f"no row {like!r} above it")
        base = {name: value for name, value in seen.get(like, {}).items() if name not in _OWN | set(less)}
        seen[str(own.get("id"))] = shared | base | own
        yield shared | base | own


def _explained(file: str, head: dict[str, Any], error: SchemaError) -> ConfigurationError:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    if path[0] == "model" and len(path) > 1:
        file, path = f"{file}, model {head['model'][int(path[1])].get('id')!r}", path[2:]
    return _bad(file, ".".join(path), first["msg"])


def _bad(where: str, key: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"{where}, key {key!r}: {why}.", key=key, hint=HINT)


def _names(vendor: Vendor, model: Model) -> list[str]:
    plain = [model.id, *model.names]
    full = [f"{vendor.vendor}:{name}" for name in plain]
    return [name.lower() for name in (full + plain if vendor.bare_ids else full)]


def _check_names(catalog: Catalog) -> None:
    owners: dict[tuple[str, Kind], str] = {}
    for model in catalog.models:
        for name in _names(catalog.vendor_of(model), model):
            for kind in KINDS:
                _claim(owners, name, kind, f"{model.name} of {model.vendor}.toml")
    for vendor in catalog.vendors.values():
        for alias in vendor.aliases:
            for kind in KINDS:
                target = getattr(alias, kind)
                for name in alias.names if target else ():
                    _claim(owners, name.lower(), kind, f"{vendor.vendor}.toml's alias for {target!r}")


def _claim(owners: dict[tuple[str, Kind], str], name: str, kind: Kind, owner: str) -> None:
    other = owners.setdefault((name, kind), owner)
    if other != owner:
        way_out = "take another one, or say bare_ids = false, and ids count with the vendor's name before them only"
        raise _bad(owner, "names", f"{name!r} already means {other}; {way_out}")


def _check_head(catalog: Catalog, vendor: Vendor) -> None:
    """Aliases, patterns and defaults name rows of this file, of the right kind."""
    named = [("aliases", alias) for alias in vendor.aliases] + [("patterns", pattern) for pattern in vendor.patterns]
    for key, entry in named:
        for kind in KINDS:
            target = getattr(entry, kind)
            if target is not None:
                _row_of(catalog, vendor, key, target, kind)
    for kind, default in vendor.default_for.items():
        row = _row_of(catalog, vendor, "default_for", default.model, kind)
        if row.is_retired(row.checked):
            raise _bad(f"{vendor.vendor}.toml", "default_for", f"{row.id!r} is retired since {row.retired}")
    for pattern in vendor.patterns:
        if not pattern.match.endswith("*") or "*" in pattern.match[:-1]:
            raise _bad(f"{vendor.vendor}.toml", "patterns", f"{pattern.match!r} needs its one * at the end")


def _row_of(catalog: Catalog, vendor: Vendor, key: str, target: str, kind: Kind) -> Model:
    row = catalog.find(f"{vendor.vendor}:{target}")
    if row is None or row.makes != kind:
        raise _bad(f"{vendor.vendor}.toml", key, f"there is no {kind} model {target!r}")
    return row


def _check_row(catalog: Catalog, model: Model) -> None:
    where = f"{model.vendor}.toml, model {model.id!r}"
    vendor = catalog.vendor_of(model)
    if model.lane == "polled" and model.makes not in vendor.pace:
        raise _bad(where, "lane", f"a polled model needs the file's pace.{model.makes}")
    for field, value in model.defaults.items():
        if not _takes(model, field, value):
            raise _bad(where, f"defaults.{field}", f"{value!r} is not among the model's values")
    if lacking := sorted(set(model.requires) - model.inputs.keys()):
        raise _bad(where, "requires", f"the model takes no {lacking[0]!r}")
    if strange := [names for names in model.keys if names not in vendor.keys]:
        raise _bad(where, "keys", f"{' and '.join(strange[0])} is none of the file's keys")
    _check_words(where, model)
    _check_price(where, model)
    _check_successor(where, catalog, model)


def _check_words(where: str, model: Model) -> None:
    """Options, rules and prices speak of fields that there are."""
    if clash := sorted(model.option_names & (Request.model_fields.keys() | ROLES)):
        raise _bad(where, "options", f"{clash[0]!r} is a field or an input role of every request")
    known = Request.model_fields.keys() | model.option_names
    priced = [dict.fromkeys(price.when.keys() - {"input"}, ()) for price in model.prices]
    said = {"prices": priced, "tokens": [count.when for count in model.tokens]}
    said["further_tokens"] = [dict.fromkeys(model.further_tokens, ())]
    said["rules"] = [part for rule in model.rules for part in (rule.only, dict.fromkeys(rule.drop, ()))]
    said["rules"] += [dict.fromkeys({*rule.without, *rule.at_most, *rule.needs} - ROLES, ()) for rule in model.rules]
    said["rules"] += [{field: () for field in rule.when if field != "input"} for rule in model.rules]
    for key, parts in said.items():
        for field in (field for part in parts for field in part if field not in known):
            raise _bad(where, key, f"there is no field or option {field!r}")


def _check_price(where: str, model: Model) -> None:
    priced = any(price.per in _OUTPUT_UNITS for price in model.prices)
    if not priced and not model.unpriced and not model.is_retired(model.checked):
        raise _bad(where, "prices", "a living model needs a price per output, or unpriced = true")
    if any(price.per in ("image_out", "video_out") for price in model.prices) and not model.tokens:
        raise _bad(where, "tokens", "a price per output token needs token counts")


def _check_successor(where: str, catalog: Catalog, model: Model) -> None:
    if model.successor is None:
        return
    heir = catalog.find(model.successor)
    if heir is None or heir.name != model.successor:
        raise _bad(where, "successor", f"{model.successor!r} is no vendor:model of the catalog")
    if heir.is_retired(model.checked):
        raise _bad(where, "successor", f"{model.successor!r} is itself retired since {heir.retired}")
    if heir.makes != model.makes:
        raise _bad(where, "successor", f"{model.successor!r} makes no {model.makes}")


def _takes(model: Model, field: str, value: Any) -> bool:
    """Whether the model has this value of this request field (or option)."""
    option = next((option for option in model.options if option.name == field), None)
    if option is not None:
        return not option.values or value in option.values
    match field:
        case "size":
            edges = [int(edge) for edge in str(value).split("x")]
            return value in model.sizes or (model.free_size is not None and model.free_size.takes(*edges))
        case "aspect_ratio" | "resolution":
            return value in getattr(model, f"{field}s")
        case "seconds":
            return model.seconds.takes(value) if isinstance(model.seconds, Span) else value in (model.seconds or ())
        case "audio":
            return value is (model.audio == "always") or model.audio == "optional"
        case "fps" | "quality" | "background" | "output_format" | "input_fidelity":
            return value in getattr(model, field)
        case _:
            return False
