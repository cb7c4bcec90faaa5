"""The command itself: help, version, and what a person sees of a fault."""

import sys

import pytest

import diorama
from diorama.doors.cli.main import apologise
from tests.doors.cli.conftest import Run


def test_help_names_every_command_with_an_example(run: Run) -> None:
    said = run("--help")

    assert said.code == 0
    assert {"image", "video", "jobs", "models", "serve"} <= {line.split()[0] for line in said.lines if line.strip()}
    assert 'diorama image "a red fox in the snow" -o fox.png' in said.out


COMMANDS = ["image", "video", "serve", "models", "models sunset", "jobs wait", "quote", "quote image", "quote video"]
COMMANDS += ["vendors", "vendors set", "doctor"]


@pytest.mark.parametrize("command", [words.split() for words in COMMANDS], ids=" ".join)
def test_every_command_explains_itself(run: Run, command: list[str]) -> None:
    said = run(*command, "-h")

    assert said.code == 0
    assert f"  diorama {' '.join(command)}" in said.out


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out == f"diorama {diorama.__version__}\n"


def test_a_fault_of_ours_is_an_apology(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("models")

    apologise(ZeroDivisionError, ZeroDivisionError("secret"), None)

    said = capsys.readouterr().err
    assert "Sorry" in said
    assert "DIORAMA_LOG=debug" in said
    assert "secret" not in said


@pytest.mark.parametrize("how", ["flag", "setting"])
def test_debugging_shows_where_it_happened(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "setting":
        monkeypatch.setenv("DIORAMA_LOG", "debug")
    run(*(["--debug"] if how == "flag" else []), "models")

    sys.excepthook(ZeroDivisionError, ZeroDivisionError("here"), None)

    assert "ZeroDivisionError: here" in capsys.readouterr().err
