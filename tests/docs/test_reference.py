"""Pages that are rendered say what the code says; pages that are written name only what exists."""

import os
import re
from pathlib import Path

import pytest

from diorama.catalog.catalog import load_catalog
from diorama.errors import CLASSES
from diorama.settings import Settings
from docs import render

ROOT = Path(__file__).parents[2]
CATALOG = load_catalog()
PAGES = render.render()
WRITTEN = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("[dh]*/*.md")})


def test_reference_pages_are_fresh() -> None:
    assert render.stale() == [], "Run: make docs"


def test_a_page_that_is_changed_missing_or_nobodys_is_stale(tmp_path: Path) -> None:
    render.write(tmp_path)
    assert render.stale(tmp_path) == []

    (tmp_path / "vendors" / "acme.md").write_text("gone")
    (tmp_path / "models.md").write_text("old")
    (tmp_path / "vendors" / "sketch.md").unlink()

    assert render.stale(tmp_path) == ["models.md", "vendors/acme.md", "vendors/sketch.md"]


def test_writing_takes_away_what_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "vendors").mkdir()
    (tmp_path / "vendors" / "acme.md").write_text("gone")

    render.write(tmp_path)

    assert not (tmp_path / "vendors" / "acme.md").exists()


def test_pages_show_files_as_they_are() -> None:
    assert render.not_renewed() == [], "Run: make docs"


def test_a_shown_file_that_has_changed_is_put_into_its_page(tmp_path: Path) -> None:
    page, file = tmp_path / "page.md", "tests/brought/acme/acme.toml"
    page.write_text(f"Before.\n\n<!-- file: {file} -->\n```toml\nold = 1\n```\n\nAfter.\n")
    assert render.not_renewed([page]) == ["page.md"]

    render.renew([page])

    shown = f"```toml\n{(ROOT / file).read_text()}```\n\nAfter.\n"
    assert page.read_text() == f"Before.\n\n<!-- file: {file} -->\n{shown}"
    assert render.not_renewed([page]) == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_says_what_it_means(name: str) -> None:
    assert f"`DIORAMA_{name.upper()}`" in PAGES["settings.md"]
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("model", [model.name for model in CATALOG.models])
def test_a_model_is_listed_once(model: str) -> None:
    assert PAGES["models.md"].count(f"| `{model}` | ") == 1


@pytest.mark.parametrize("name", CLASSES)
def test_an_error_has_its_row(name: str) -> None:
    assert f"`{name}`" in PAGES["errors.md"]


def test_help_speaks_to_its_readers() -> None:
    assert "seeds" not in PAGES["commands.md"] + PAGES["routes.md"]


@pytest.mark.parametrize("vendor", CATALOG.vendors)
def test_a_vendor_has_a_page_with_its_keys_and_models(vendor: str) -> None:
    entry, text = CATALOG.vendors[vendor], PAGES[f"vendors/{vendor}.md"]

    assert not [name for names in entry.keys for name in names if f"`{name}`" not in text]
    assert re.findall(r"^## (\w+:.+)$", text, re.MULTILINE) == [model.name for model in entry.models]
    assert not [option.name for model in entry.models for option in model.options if f"`{option.name}`" not in text]


@pytest.mark.parametrize("vendor", CATALOG.vendors)
def test_every_short_name_is_explained(vendor: str) -> None:
    entry = CATALOG.vendors[vendor]
    names = {name for alias in entry.aliases for name in alias.names}
    names |= {one.match[:-1] or f"{vendor}:" for one in entry.patterns}

    explained = set(re.findall(r"^\| `(?:\w+:)?([^`]+)` ", PAGES["aliases.md"], re.MULTILINE))

    assert names <= explained


@pytest.mark.parametrize("name", PAGES)
def test_links_of_the_reference_lead_to_its_pages(name: str) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#\s]+)", PAGES[name])

    assert {os.path.normpath(Path(name).parent / target) for target in targets} <= PAGES.keys()


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#\s]+)", page.read_text())

    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_commands_that_are_shown_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    shown = set(re.findall(r"^(?: {4}|\$ ?)?make ([a-z]+)", page.read_text(), re.MULTILINE))

    assert shown <= targets
