"""Renders docs/reference/ from the code. `--check` changes nothing and fails when a page is stale."""

import sys
from pathlib import Path

from diorama.catalog.catalog import load_catalog
from docs.pages.aliases import aliases_page
from docs.pages.doors import commands_page, routes_page
from docs.pages.errors import errors_page
from docs.pages.models import models_page
from docs.pages.settings import settings_page
from docs.pages.vendors import vendor_page

OUT = Path(__file__).parent / "reference"


def render() -> dict[str, str]:
    """Every page by its path below docs/reference/."""
    catalog = load_catalog()
    return {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "models.md": models_page(),
        "aliases.md": aliases_page(catalog),
        "routes.md": routes_page(),
        "commands.md": commands_page(),
        **{f"vendors/{vendor.vendor}.md": vendor_page(catalog, vendor) for vendor in catalog.vendors.values()},
    }


def stale(out: Path = OUT) -> list[str]:
    """Pages on disk that are not what the code says now, those that are missing, and those nobody renders any more."""
    there = {path.relative_to(out).as_posix(): path.read_text(encoding="utf-8") for path in out.rglob("*.md")}
    wanted = render()
    return sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))


def write(out: Path = OUT) -> None:
    """Put the pages there, and take away what is none."""
    pages = render()
    for path in out.rglob("*.md"):
        path.unlink()
    for name, text in pages.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")


def main() -> int:
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    found = stale()
    for name in found:
        print(f"docs/reference/{name} is stale. Run: make docs", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
