"""`diorama models`."""

import json

import pytest

from tests.doors.cli.conftest import Run


def test_models_show_prices_and_what_they_need(run: Run) -> None:
    lines = {line.split()[0]: line for line in run("models").lines}

    assert lines["sketch:still"].split()[1:] == ["image", "free"]
    assert "needs XAI_API_KEY" in lines["xai:grok-imagine-video"]
    assert "a second" in lines["xai:grok-imagine-video"]


def test_a_key_that_is_set_is_not_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_KEY", "secret")

    said = run("models")

    assert "XAI_API_KEY" not in said.out
    assert "secret" not in said.out + said.err


def test_only_one_kind_is_shown(run: Run) -> None:
    assert {line.split()[1] for line in run("models", "--kind", "video").lines} == {"video"}


def test_models_that_ended_are_shown_when_asked(run: Run) -> None:
    assert "ended 20" not in run("models").out
    assert "ended 20" in run("models", "--all").out


@pytest.mark.parametrize("name", ["sketch:still", "still", "SKETCH:Still"])
def test_one_model_is_told_in_full(run: Run, name: str) -> None:
    said = run("models", name)

    assert "output_format            png, jpeg, webp" in said.lines
    assert "rule                     a transparent background needs png or webp" in said.lines


def test_an_unknown_model_is_refused_with_a_guess(run: Run) -> None:
    said = run("models", "sketch:stil")

    assert (said.code, said.out) == (3, "")
    assert "Did you mean sketch:still" in said.err


def test_both_answers_are_there_as_json(run: Run) -> None:
    everything = json.loads(run("models", "--json").out)

    assert json.loads(run("models", "sketch:still", "--json").out) in everything


def test_what_ends_is_told_with_its_day_and_its_heir(run: Run) -> None:
    lines = run("models", "sunset", "--within", "3000", "--all").lines

    (dalle,) = [line for line in lines if "openai:dall-e-3" in line]
    assert dalle.split() == ["2026-05-12", "has", "ended", "openai:dall-e-3", "use", "openai:gpt-image-2.5-flare"]
    days = [line.split()[0] for line in lines]
    assert days == sorted(days)


def test_what_has_ended_already_is_told_when_asked(run: Run) -> None:
    assert "has ended" not in run("models", "sunset").out
    assert "Nothing ends within 0 days." in run("models", "sunset", "--within", "0").err


def test_what_ends_is_there_as_json(run: Run) -> None:
    found = json.loads(run("models", "sunset", "--within", "3000", "--all", "--json").out)

    assert found
    assert all(model["lifecycle"]["retired"] for model in found)


def test_the_list_needs_no_name(run: Run) -> None:
    assert run("models", "list", "--kind", "video").out == run("models", "--kind", "video").out
    assert "sunset" in run("models", "--help").out
