"""`aliases.md`: every name that is not a model's own, and what it means."""

from collections.abc import Iterable

from diorama.catalog.catalog import Catalog
from diorama.catalog.entry import Alias, Model, Pattern, Vendor
from docs.pages.markdown import code, page, table


def aliases_page(catalog: Catalog) -> str:
    vendors = catalog.vendors.values()
    return page(
        "Short names",
        "A name is looked up as a model's own first, then here, then by the longest beginning that fits. Wherever one "
        "says `openai`, `openai:openai` says the same. Which model it is may depend on what is to be made; where a "
        "cell is empty, the name makes none. A model's numbered id always means that model, and is never replaced in "
        "silence.",
        "## Families",
        "Today's choice of each family.",
        table(("name", "for a picture", "for a film", "vendor"), families(catalog, vendors)),
        "## Beginnings",
        "An id that begins like this and is in no row goes through to the vendor as it is, with what the model named "
        "here can do, and without a price: a new model works on its first day.",
        table(
            ("an id that begins with", "works as, for a picture", "for a film", "vendor"), patterns(catalog, vendors)
        ),
    )


def families(catalog: Catalog, vendors: Iterable[Vendor]) -> list[tuple[str, ...]]:
    """One row for each name, by name."""
    named = [(vendor, name, alias) for vendor in vendors for alias in vendor.aliases for name in alias.names]
    return _rows(catalog, named)


def patterns(catalog: Catalog, vendors: Iterable[Vendor]) -> list[tuple[str, ...]]:
    """One row for each beginning, by beginning."""
    named = [(vendor, entry.match.removesuffix("*"), entry) for vendor in vendors for entry in vendor.patterns]
    return _rows(catalog, named)


def _rows(catalog: Catalog, named: Iterable[tuple[Vendor, str, Alias | Pattern]]) -> list[tuple[str, ...]]:
    return [
        (code(_prefixed(vendor, name)), *_meanings(catalog, vendor, entry), vendor_link(vendor))
        for vendor, name, entry in sorted(named, key=lambda one: (one[1], one[0].vendor))
    ]


def vendor_link(vendor: Vendor) -> str:
    return f"[{vendor.display_name}](vendors/{vendor.vendor}.md)"


def _prefixed(vendor: Vendor, name: str) -> str:
    return name if vendor.bare_ids else f"{vendor.vendor}:{name}"


def _meanings(catalog: Catalog, vendor: Vendor, entry: Alias | Pattern) -> tuple[str, str]:
    return _meaning(catalog, vendor, entry.image), _meaning(catalog, vendor, entry.video)


def _meaning(catalog: Catalog, vendor: Vendor, target: str | None) -> str:
    row = catalog.find(f"{vendor.vendor}:{target}") if target else None
    return "" if row is None else code(row.name) + _end(row)


def _end(model: Model) -> str:
    if model.retired is None:
        return ""
    return f", refused from {model.retired}" + (f"; then {code(model.successor)}" if model.successor else "")
