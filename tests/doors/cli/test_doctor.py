"""`diorama doctor`: one line for everything that is set up."""

import json
from pathlib import Path

import pytest

from tests.doors.cli.conftest import Run, Said
from tests.fakes.base import Fake

KEY = "xai-0123456789-abcdef-9876"


def lines(said: Said) -> dict[str, str]:
    return {line[4:].split()[0]: line for line in said.lines}


def test_a_fresh_installation_is_well(run: Run) -> None:
    said = run("doctor")

    found = lines(said)
    assert said.code == 0
    assert all(found[part].startswith("ok ") for part in ("home", "database", "storage", "sketch"))
    assert found["xai"].startswith("- ")
    assert "set XAI_API_KEY" in found["xai"]


def test_a_good_key_is_tried_and_named(run: Run, xai: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_KEY", KEY)

    said = run("doctor")

    assert said.code == 0
    assert lines(said)["xai"].startswith("ok ")
    assert f"XAI_API_KEY …9876 from the environment, {xai.base_url} (by XAI_API_BASE_URL)" in said.out
    assert KEY not in said.out + said.err
    assert xai.submits == []


def test_a_wrong_key_fails(run: Run, xai: Fake) -> None:
    xai.key = "another-key"

    said = run("doctor")

    assert said.code == 1
    assert lines(said)["xai"].startswith("FAIL")
    assert "Check XAI_API_KEY" in said.out


def test_an_address_where_nobody_is_fails_and_the_rest_is_looked_at(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")

    said = run("doctor")

    assert said.code == 1
    assert lines(said)["openai"].startswith("FAIL")
    assert lines(said)["sketch"].startswith("ok ")


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("DIORAMA_HOME", "file/home", "home"),
        ("DIORAMA_STORAGE_URL", "ftp://example.com", "storage"),
        ("DIORAMA_DATABASE_URL", "mysql://me:swordfish@db/a", "database"),
        ("DIORAMA_DATABASE_URL", "postgresql://me:swordfish@127.0.0.1:9/a", "database"),
    ],
)
def test_a_part_that_fails_is_named_without_its_password(
    run: Run, variable: str, value: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("not a folder")
    monkeypatch.setenv(variable, value)

    said = run("doctor")

    assert said.code == 1
    assert lines(said)[part].startswith("FAIL")
    assert "swordfish" not in said.out + said.err


def test_it_is_there_as_json(run: Run, xai: Fake) -> None:
    found = json.loads(run("doctor", "--json").out)

    assert found["ok"]
    assert [part["part"] for part in found["house"]] == ["home", "database", "storage"]
    (vendor,) = [one for one in found["vendors"] if one["vendor"] == "xai"]
    assert (vendor["ok"], vendor["overridden_by"], vendor["base_url"]) == (True, "XAI_API_BASE_URL", xai.base_url)
