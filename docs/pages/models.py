"""`models.md`: what there is, and what it costs; and the cells that other pages about models share."""

from decimal import Decimal

from diorama.catalog.catalog import Catalog
from diorama.catalog.entry import FreeSize, Model, Span, Vendor
from diorama.schemas import plain_usd
from docs.pages.markdown import code, page, table


def models_page(catalog: Catalog) -> str:
    parts: list[str] = []
    for vendor in catalog.vendors.values():
        staying = [model for model in vendor.models if model.retired is None]
        ending = [model for model in vendor.models if model.retired is not None]
        parts += [f"## [{vendor.display_name}](vendors/{vendor.vendor}.md)", _vendor_words(vendor)]
        parts.append(table(("model", "makes", "shapes", "price in USD"), map(_staying_row, staying)))
        if ending:
            parts.append(table(("ending or ended", "refused from", "instead"), map(_ending_row, ending)))
    return page(
        "Models",
        "What the catalog says. Everything that a model takes, with its options, is on its vendor's page, in `diorama "
        "models ID` and in `GET /v1/models/{id}`; [short names](aliases.md) have a page of their own. A model that has "
        "ended is refused before anything is sent, naming the date and what to use instead.",
        *parts,
    )


def _vendor_words(vendor: Vendor) -> str:
    return f"Read from {vendor.source} on {vendor.checked}." if vendor.keys else "Needs no key and sends nothing."


def _staying_row(model: Model) -> tuple[str, ...]:
    return code(model.name), makes(model), shapes(model), _price(model)


def _ending_row(model: Model) -> tuple[str, ...]:
    return code(model.name), str(model.retired), code(model.successor) if model.successor else "nothing"


def makes(model: Model) -> str:
    given = [role.replace("_", " ") for role in model.inputs]
    return model.makes + (f", from {', '.join(given)}" if given else "")


def shapes(model: Model) -> str:
    sizes = [free(model.free_size)] if model.free_size else list(model.sizes)
    parts = [", ".join(sizes), ", ".join(model.resolutions), _count(model.aspect_ratios, "ratio"), seconds(model)]
    return "; ".join(part for part in parts if part)


def free(rule: FreeSize) -> str:
    """Any size up to an edge, in steps."""
    step = f" in steps of {rule.multiple}" if rule.multiple > 1 else ""
    return f"any up to {rule.max_edge} pixels an edge{step}"


def _count(values: tuple[str, ...], noun: str) -> str:
    return f"{len(values)} {noun}s" if len(values) > 2 else ", ".join(values)


def seconds(model: Model) -> str:
    match model.seconds:
        case None | ():
            return ""
        case Span(min=low, max=high):
            return f"{low:g} to {high:g} s"
        case lengths:
            return ", ".join(f"{length:g}" for length in lengths) + " s"


PER = {"image": "an image", "second": "a second", "input_image": "an input image"}


def _price(model: Model) -> str:
    parts = [_range([row.usd for row in model.prices if row.per == unit], noun) for unit, noun in PER.items()]
    per_token = [row.usd / 1_000_000 for row in model.prices if row.per == "image_out"]
    counts = [count.image_out for count in model.tokens if "size" not in count.when]
    parts.append(_range([usd * count for usd in per_token for count in counts], "an image of 1024x1024, by tokens"))
    per_token = [row.usd / 1_000_000 for row in model.prices if row.per == "video_out"]
    counts = [count.video_out for count in model.tokens]
    parts.append(_range([usd * count for usd in per_token for count in counts], "a second, by tokens"))
    return "; ".join(filter(None, parts)) or "unknown"


def _range(amounts: list[Decimal], noun: str) -> str:
    if not amounts:
        return ""
    if not any(amounts):
        return "free"
    low, high = (plain_usd(round(amount, 4)) for amount in (min(amounts), max(amounts)))
    return f"{low if low == high else f'{low} to {high}'} {noun}"
