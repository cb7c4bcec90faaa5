"""`diorama vendors`: keys are kept, found and told apart, and never shown."""

import json
import stat
from pathlib import Path

import pytest

from diorama.settings import load_settings
from tests.doors.cli.conftest import Run

KEY = "xai-0123456789-abcdef-9876"


def test_without_a_key_it_says_what_to_set(run: Run) -> None:
    lines = {line.split()[0]: line for line in run("vendors", "list").lines}

    assert lines["xai"].endswith("no key; set XAI_API_KEY")
    assert lines["sketch"].endswith("needs no key")


@pytest.mark.parametrize("where", ["the environment", ".env", "vendors.env"])
def test_a_key_is_told_by_its_end_and_its_place(run: Run, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match where:
        case "the environment":
            monkeypatch.setenv("XAI_API_KEY", KEY)
        case ".env":
            Path(".env").write_text(f"XAI_API_KEY={KEY}\n")
        case _:
            run("vendors", "set", "xai", stdin=f"{KEY}\n")

    said = run("vendors", "list")

    assert f"XAI_API_KEY …9876 from {where}" in said.out
    assert KEY not in said.out + said.err


def test_a_short_key_is_not_shown_at_all(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_KEY", "hunter2")

    assert "ter2" not in run("vendors", "list").out


def test_a_key_that_is_set_is_used_and_one_that_is_unset_is_not(run: Run) -> None:
    said = run("vendors", "set", "xai", stdin=f"{KEY}\n")
    assert (said.code, said.out) == (0, "")
    assert KEY not in said.err
    assert "needs XAI_API_KEY" not in run("models").out

    assert run("vendors", "unset", "xai").code == 0
    assert "needs XAI_API_KEY" in run("models").out


def test_the_file_is_its_owners_alone(run: Run) -> None:
    run("vendors", "set", "xai", stdin=KEY)

    assert stat.S_IMODE((load_settings().home / "vendors.env").stat().st_mode) == 0o600


def test_one_variable_can_be_set_by_its_name(run: Run) -> None:
    run("vendors", "set", "xai", "XAI_API_BASE_URL", stdin="https://gateway.example/v1")

    (found,) = [one for one in json.loads(run("vendors", "list", "--json").out) if one["vendor"] == "xai"]
    assert (found["base_url"], found["overridden_by"]) == ("https://gateway.example/v1", "XAI_API_BASE_URL")


def test_what_goes_before_it_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_KEY", "another")

    assert "XAI_API_KEY is set in the environment, too" in run("vendors", "set", "xai", stdin=KEY).err
    assert "XAI_API_KEY is still set in the environment" in run("vendors", "unset", "xai").err


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("acme",), KEY, "There is no vendor 'acme'"),
        (("sketch",), KEY, "needs no key"),
        (("xai", "OPENAI_API_KEY"), KEY, "has no variable 'OPENAI_API_KEY'"),
        (("xai",), "", "0 lines, not 1"),
        (("xai",), f"{KEY}\nmore\n", "2 lines, not 1"),
        (("xai",), f"{KEY}\x07", "holds what no key can hold"),
    ],
)
def test_what_cannot_be_set_is_refused(run: Run, arguments: tuple[str, ...], stdin: str, said: str) -> None:
    refused = run("vendors", "set", *arguments, stdin=stdin)

    assert refused.code != 0
    assert said in refused.err
    assert KEY not in refused.err
    assert not (load_settings().home / "vendors.env").exists()


def test_a_key_is_no_argument(run: Run) -> None:
    assert run("vendors", "set", "xai", "XAI_API_KEY", KEY).code == 2


def test_a_password_in_an_address_is_not_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_BASE_URL", "https://me:swordfish@gateway.example/v1")

    said = run("vendors", "list")

    assert "gateway.example" in said.out
    assert "swordfish" not in said.out
