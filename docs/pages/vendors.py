"""`vendors/<vendor>.md`: everything that a catalog file says about a vendor and its models."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from diorama.catalog.catalog import Catalog
from diorama.catalog.entry import Model, Option, Pace, Price, TokenCount, Vendor
from diorama.schemas import plain_usd
from docs.pages.aliases import families, patterns
from docs.pages.markdown import code, page, plain, table
from docs.pages.models import free, seconds

BILLED = {
    "no": "are not billed, so a call that is answered by one is sent again",
    "yes": "may be billed, so a call that is answered by one ends `uncertain` and is not sent again by itself",
    "unknown": "nobody says whether they are billed, so a call that is answered by one ends `uncertain` and is not "
    "sent again by itself",
}
UNITS = {
    "image": "a picture",
    "second": "a second of film",
    "input_image": "a picture that goes in",
    "text_in": "a million text tokens in",
    "text_out": "a million text tokens out",
    "image_in": "a million picture tokens in",
    "image_out": "a million picture tokens out",
    "video_out": "a million film tokens out",
}
SOUND = {"never": "none", "always": "always", "optional": "on or off"}


def vendor_page(catalog: Catalog, vendor: Vendor) -> str:
    intro = f"Read from {vendor.source} on {vendor.checked}. All vendors: [models](../models.md)."
    parts = ["## Reaching it", table(("", ""), facts(vendor))]
    if names := [(name, image, film) for name, image, film, _ in families(catalog, [vendor])]:
        parts += ["## Short names", table(("name", "for a picture", "for a film"), names)]
    if beginnings := [(name, image, film) for name, image, film, _ in patterns(catalog, [vendor])]:
        parts.append(table(("an id that begins with", "works as, for a picture", "for a film"), beginnings))
    for model in vendor.models:
        parts += [f"## {model.name}", *_model(model)]
    return page(vendor.display_name, intro, *parts)


def facts(vendor: Vendor) -> Iterator[tuple[str, str]]:
    """How it is reached, asked and paid."""
    yield "key", _sets(vendor.keys) or "none is needed"
    if vendor.base:
        yield "address", code(vendor.base)
    if vendor.base_env:
        yield "replaced whole by", " or ".join(map(code, vendor.base_env))
    if vendor.hosts:
        yield "its other hosts", ", ".join(map(code, vendor.hosts))
    if vendor.deployments:
        yield "own names of models", f"{code(vendor.deployments)}, as `my-name=model,...`"
    if vendor.settings:
        yield "further settings", ", ".join(map(code, vendor.settings))
    for kind, default in vendor.default_for.items():
        yield f"default for a {_made(kind)}", f"{code(f'{vendor.vendor}:{default.model}')}, rank {default.rank}"
    if not vendor.bare_ids:
        yield "names", f"always with {code(f'{vendor.vendor}:')}, because other vendors have models of the same ids"
    yield "calls at once", _limits(vendor)
    for kind, pace in vendor.pace.items():
        yield f"pace of a {_made(kind)}", _pace(pace)
    if not vendor.free:
        yield "an answer is awaited", f"{vendor.submit_timeout_s:g} s"
    yield "answers of 5xx", "nothing is ever billed" if vendor.free else BILLED[vendor.bills_on_5xx]


def _sets(keys: tuple[tuple[str, ...], ...]) -> str:
    return ", or ".join(" and ".join(map(code, names)) for names in keys)


def _made(kind: str) -> str:
    return {"image": "picture", "video": "film"}[kind]


def _limits(vendor: Vendor) -> str:
    limits = vendor.limits
    rate = f", {limits.submits_per_s:g} begun a second" if limits.submits_per_s else ""
    return f"{limits.concurrent}{rate}" + (f" ({limits.source})" if limits.source else "")


def _pace(pace: Pace) -> str:
    grows = f", each wait {pace.growth:g} times the last up to {pace.cap_s:g} s" if pace.growth > 1 else ""
    steady = "" if grows else f", then every {pace.cap_s:g} s"
    return f"first asked about after {pace.first_s:g} s{grows}{steady}; {pace.total_s:g} s in all"


# Models --------------------------------------------------------------------------------------------------------------


def _model(model: Model) -> Iterator[str]:
    yield table(("", ""), _abilities(model))
    if model.input_limits:
        limits = ((role, plain_limits(limit.model_dump(exclude_defaults=True))) for role, limit in _limited(model))
        yield table(("input", "must be"), limits)
    if model.options:
        yield table(("option", "values", "meaning"), map(_option, model.options))
    if model.rules:
        yield "\n".join(f"- {rule.because[0].upper()}{rule.because[1:]}." for rule in model.rules)
    if not model.prices and model.retired is None:
        yield "No price is known."
    if model.prices:
        yield table(("price in USD", "for", "when", "source"), (_price(price, model) for price in model.prices))
    if model.tokens:
        unit = "picture tokens out" if model.makes == "image" else "film tokens out, a second"
        yield table((unit, "when", "source"), (_count(count, model) for count in model.tokens))


def _abilities(model: Model) -> Iterator[tuple[str, str]]:
    """What says something; what a model does not have is left out."""
    yield "name", ", ".join([model.display_name, *map(code, model.names)])
    yield "makes", "pictures" if model.makes == "image" else "films"
    if model.keys:
        yield "only with", _sets(model.keys)
    if model.inputs:
        yield "takes", ", ".join(f"{count} {code(role)}" for role, count in model.inputs.items())
    if model.requires:
        yield "needs", ", ".join(map(code, model.requires))
    yield from _shape(model)
    for field in ("fps", "quality", "background", "output_format", "input_fidelity"):
        if values := getattr(model, field):
            yield field.replace("_", " "), plain(values)
    if also := [word for word in ("seed", "negative_prompt") if getattr(model, word)]:
        yield "takes also", ", ".join(map(code, also))
    yield "prompt", f"up to {model.prompt_max} characters"
    yield "outputs of one call", f"up to {model.outputs_per_call}"
    if model.defaults:
        yield "when left open", ", ".join(f"{field} {code(plain(value))}" for field, value in model.defaults.items())
    if flags := [name.replace("_", " ") for name, is_so in model.flags.items() if is_so]:
        yield "and", ", ".join(flags)
    yield from _life(model)
    yield "source", f"{model.source}, read on {model.checked}"


def _shape(model: Model) -> Iterator[tuple[str, str]]:
    """How large, how long, and whether it is heard."""
    if model.free_size:
        yield "size", free(model.free_size) + (f"; usually {', '.join(model.sizes)}" if model.sizes else "")
    elif model.sizes:
        yield "size", ", ".join(model.sizes)
    if model.resolutions:
        yield "resolution", ", ".join(model.resolutions)
    if model.aspect_ratios:
        yield "ratio", ", ".join(model.aspect_ratios)
    if model.makes == "video":
        yield "length", seconds(model) or "its own"
        yield "sound", SOUND[model.audio]


def _life(model: Model) -> Iterator[tuple[str, str]]:
    for word in ("released", "deprecated"):
        if day := getattr(model, word):
            yield word, str(day)
    if model.retired:
        then = f"; then {code(model.successor)}" if model.successor else ""
        yield "refused from", f"{model.retired}{then}"


def _limited(model: Model) -> Iterable[tuple[str, Any]]:
    return ((code(role), limits) for role, limits in model.input_limits.items())


def plain_limits(limits: Mapping[str, Any]) -> str:
    """`max_edge 8000, types image/png, image/jpeg`: the catalog's own words are plain enough."""
    return "; ".join(f"{name.replace('_', ' ')} {plain(value)}" for name, value in limits.items()) or "anything"


def _option(option: Option) -> tuple[str, ...]:
    bounds = (("at least", option.min), ("at most", option.max))
    edges = [f"{words} {edge:g}" for words, edge in bounds if edge is not None]
    values = plain(option.values) if option.values else ", ".join([option.type, *edges])
    return code(option.name), values, option.description


def _price(price: Price, model: Model) -> tuple[str, ...]:
    amount = "free" if price.usd == Decimal(0) else plain_usd(price.usd)
    return amount, UNITS.get(price.per, price.per.replace("_", " ")), when(price.when), price.source or model.source


def _count(count: TokenCount, model: Model) -> tuple[str, ...]:
    tokens = count.image_out if model.makes == "image" else count.video_out
    return str(tokens), when(count.when), count.source or model.source


def when(choices: Mapping[str, tuple[Any, ...]]) -> str:
    """`quality low or auto, resolution 1k`."""
    return ", ".join(f"{field} {' or '.join(map(plain, values))}" for field, values in choices.items())
