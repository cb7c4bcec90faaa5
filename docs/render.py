"""Renders docs/reference/ from the code, and puts the files that written pages show into them.

`--check` changes nothing and fails when a page is stale. With a FOLDER it writes the reference there instead, about
this installation: the vendors that DIORAMA_VENDORS brings are in it.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from diorama.catalog.catalog import Catalog, catalog_of, load_catalog
from diorama.settings import load_settings
from docs.pages.aliases import aliases_page
from docs.pages.doors import commands_page, routes_page
from docs.pages.errors import errors_page
from docs.pages.included import renewed
from docs.pages.models import models_page
from docs.pages.settings import settings_page
from docs.pages.vendors import vendor_page

OUT = Path(__file__).parent / "reference"
SHOWING = sorted((Path(__file__).parent / "how-to").glob("*.md"))


def render(catalog: Catalog | None = None) -> dict[str, str]:
    """Every page by its path below docs/reference/, of the packaged vendors unless others are given."""
    catalog = catalog or load_catalog()
    return {
        "settings.md": settings_page(catalog),
        "errors.md": errors_page(),
        "models.md": models_page(catalog),
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
    for path in out.rglob("*.md"):
        path.unlink()
    put(out, render())


def put(out: Path, pages: Mapping[str, str]) -> None:
    for name, text in pages.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")


def not_renewed(pages: Iterable[Path] = SHOWING) -> list[str]:
    """Written pages that show a file as it is no more."""
    return [page.name for page in pages if renewed(page.read_text(encoding="utf-8")) != page.read_text("utf-8")]


def renew(pages: Iterable[Path] = SHOWING) -> None:
    for page in pages:
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    match arguments:
        case []:
            write()
            renew()
        case ["--check"]:
            found = [f"reference/{name}" for name in stale()] + [f"how-to/{name}" for name in not_renewed()]
            for name in found:
                print(f"docs/{name} is stale. Run: make docs", file=sys.stderr)
            return int(bool(found))
        case [folder]:
            put(Path(folder), render(catalog_of(load_settings())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
