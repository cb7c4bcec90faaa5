"""What `import diorama` shows is a list, and the list is the truth."""

import importlib.metadata
import subprocess
import sys

import pytest

import diorama


def test_everything_that_is_listed_is_there() -> None:
    assert [name for name in diorama.__all__ if getattr(diorama, name, None) is None] == []


def test_nothing_else_is_visible() -> None:
    assert dir(diorama) == sorted(diorama.__all__)


def test_a_new_process_sees_the_same() -> None:
    code = "from diorama import *; print(*sorted(name for name in dir() if not name.startswith('__')))"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.split() == [name for name in sorted(diorama.__all__) if name != "__version__"]


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Dyorama'"):
        diorama.Dyorama  # noqa: B018


def test_the_version_is_the_installed_one() -> None:
    assert diorama.__version__ == importlib.metadata.version("diorama")
