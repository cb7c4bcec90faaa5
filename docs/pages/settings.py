"""`settings.md`: every variable that is read."""

from collections.abc import Callable
from typing import Any

from pydantic.fields import FieldInfo

from diorama.catalog.catalog import Catalog
from diorama.catalog.entry import Vendor
from diorama.settings import Settings
from docs.pages.markdown import code, first_line, page, plain, table


def settings_page(catalog: Catalog) -> str:
    rows = (
        (code(f"DIORAMA_{name.upper()}"), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    )
    return page(
        "Settings",
        "Read from the environment and from `.env` in the working directory; the environment wins. Vendors' keys are "
        "looked for in `vendors.env` in the home, too, where `diorama vendors set` keeps them; both go before it.",
        table(("variable", "default", "meaning"), rows),
        "## Vendors",
        "A vendor can be used once its key is set. A base URL replaces the vendor's default whole: a gateway, a "
        "region, a stand-in. Each name leads to all there is about the vendor.",
        table(("vendor", "key", "base URL", "its default"), map(_keys_row, vendors_with_keys(catalog))),
    )


def _default(field: FieldInfo) -> str:
    factory: Callable[..., Any] | None = field.default_factory
    if factory is not None:
        text = first_line(factory.__doc__) if factory.__module__.startswith("diorama") else "none"
        return text[0].lower() + text[1:].rstrip(".")
    if field.default in (None, "", ()):
        return "none"
    shown = field.default if isinstance(field.default, tuple) else (field.default,)
    return ", ".join(code(plain(value)) for value in shown)


def vendors_with_keys(catalog: Catalog) -> list[Vendor]:
    return [vendor for vendor in catalog.vendors.values() if vendor.keys or vendor.base_env]


def _keys_row(vendor: Vendor) -> tuple[str, ...]:
    keys = " or ".join(" + ".join(map(code, names)) for names in vendor.keys)
    name = f"[{vendor.display_name}](vendors/{vendor.vendor}.md)"
    return name, keys, ", ".join(map(code, vendor.base_env)), code(vendor.base)
