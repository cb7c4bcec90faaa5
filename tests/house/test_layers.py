"""Imports go down only. The floors are named in pyproject.toml, `[tool.importlinter]`."""

import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import diorama

ROOT = Path(__file__).parents[2]
SOURCE = Path(diorama.__file__).parent


def test_imports_keep_the_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)

    assert outcome == 0, capsys.readouterr().out


def test_every_floor_is_named_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = " ".join(next(contract["layers"] for contract in contracts if contract["id"] == "layers"))
    floors = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    unnamed = {floor for floor in floors - {"__init__", "__main__"} if f"diorama.{floor}" not in layers}

    assert not unnamed


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in SOURCE.rglob("*.py")}

    bare = [str(folder.relative_to(SOURCE)) for folder in folders if not (folder / "__init__.py").exists()]

    assert not bare, f"{bare} need an __init__.py; without one the layers are not checked there"
