"""`diorama quote` and `--dry-run`: the same words, and nothing happens."""

import json
from pathlib import Path

import pytest

from tests.doors.cli.conftest import Run
from tests.fakes import media
from tests.fakes.base import Fake


@pytest.mark.parametrize("arguments", [("quote", "image"), ("image", "--dry-run")], ids=" ".join)
def test_it_says_what_would_be_sent_and_paid(run: Run, xai: Fake, arguments: tuple[str, ...]) -> None:
    said = run(*arguments, "a paper fox", "-m", "grok", "-n", "2")

    assert said.code == 0
    assert "model   xai:grok-imagine-image-2.0, asked for as grok" in said.lines
    assert "price   $0.08 (estimated)" in said.lines
    assert f"POST {xai.base_url}/images/generations" in said.lines
    assert "authorization: Bearer [key]" in said.lines
    assert '  "prompt": "a paper fox",' in said.lines
    assert "test-key" not in said.out + said.err


def test_nothing_is_sent_or_written(run: Run, xai: Fake, tmp_path: Path) -> None:
    run("image", "a paper fox", "-m", "grok", "--dry-run", "-o", "fox.png")

    assert xai.submits == []
    assert not (tmp_path / "fox.png").exists()
    assert run("jobs", "list").out == ""


def test_a_film_is_quoted_with_its_frame(run: Run, xai: Fake) -> None:
    Path("frame.png").write_bytes(media.picture(64, 64, "png", 0))

    said = run("quote", "video", "it snows", "-m", "grok", "--seconds", "6", "--first-frame", "frame.png")

    assert "<inputs[0]: image/png," in said.out
    assert "The very same could be made by" in said.lines


def test_the_prompt_may_come_from_stdin(run: Run) -> None:
    assert '  "prompt": "a boat",' in run("quote", "image", "-m", "sketch", stdin="a boat").lines


def test_notes_are_told(run: Run, xai: Fake) -> None:
    said = run("quote", "video", "it snows", "-m", "grok", "--seconds", "100", "--fit", "nearest")

    assert "note    xai:grok-imagine-video-1.5 has no seconds 100; 15 is used instead." in said.lines


def test_what_asking_would_refuse_is_refused(run: Run, xai: Fake) -> None:
    said = run("quote", "video", "it snows", "-m", "grok", "--seconds", "100")

    assert (said.code, said.out) == (3, "")
    assert "has no seconds 100" in said.err


@pytest.mark.parametrize("arguments", [("quote", "image"), ("image", "--dry-run")], ids=" ".join)
def test_it_is_there_as_json(run: Run, arguments: tuple[str, ...]) -> None:
    quote = json.loads(run(*arguments, "a paper fox", "-m", "sketch", "--json").out)

    assert (quote["object"], quote["calls"], quote["price"]["usd"]) == ("quote", 1, "0")


def test_a_quote_takes_the_flags_of_asking_but_not_where_to_put_it(run: Run) -> None:
    said = run("quote", "image", "--help")

    assert "--aspect-ratio" in said.out
    assert "--output " not in said.out
    assert "--dry-run" not in said.out
