"""Imports go down only. The floors are named in pyproject.toml, `[tool.importlinter]`."""

import tomllib
from pathlib import Path

import pytest
from importlinter import configuration
from importlinter.application.use_cases import lint_imports

import diorama

configuration.configure()
ROOT = Path(__file__).parents[2]
SOURCE = Path(diorama.__file__).parent


def test_imports_keep_the_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    # Not by its command, which would switch off the loggers of everybody else in this process.
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)

    assert kept, capsys.readouterr().out


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
