"""Pages that are rendered say what the code says; pages that are written name only what exists."""

import re
from pathlib import Path

import pytest

from diorama.catalog.catalog import load_catalog
from diorama.errors import CLASSES
from diorama.settings import Settings
from docs import render

ROOT = Path(__file__).parents[2]
WRITTEN = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "decisions").glob("*.md")})


def test_reference_pages_are_fresh() -> None:
    assert render.stale() == [], "Run: make docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_says_what_it_means(name: str) -> None:
    assert f"`DIORAMA_{name.upper()}`" in render.settings_page()
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("model", [model.name for model in load_catalog().models])
def test_a_model_is_listed_once(model: str) -> None:
    assert render.models_page().count(f"| `{model}` | ") == 1


@pytest.mark.parametrize("name", CLASSES)
def test_an_error_has_its_row(name: str) -> None:
    assert f"`{name}`" in render.errors_page()


def test_help_speaks_to_its_readers() -> None:
    assert "seeds" not in render.commands_page() + render.routes_page()


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#\s]+)", page.read_text())

    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_commands_that_are_shown_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    shown = set(re.findall(r"^(?: {4}|\$ ?)?make ([a-z]+)", page.read_text(), re.MULTILINE))

    assert shown <= targets
