"""`quote`, from both twins."""

from pathlib import Path

import pytest

from diorama.errors import ValidationError
from tests.fakes import media
from tests.fakes.base import Fake
from tests.sdk.conftest import quick, quick_sync


@pytest.mark.anyio
async def test_a_quote_reads_files_and_sends_nothing(tmp_path: Path, xai: Fake) -> None:
    (tmp_path / "frame.png").write_bytes(media.picture(64, 64, "png", 0))

    async with quick(tmp_path / "home", xai) as diorama:
        quote = await diorama.quote("video", "it snows", model="grok", first_frame=tmp_path / "frame.png")
        jobs = await diorama.jobs()

    assert "<inputs[0]: image/png" in quote.model_dump_json()
    assert (jobs.data, xai.submits) == ((), [])


def test_both_twins_say_the_same(tmp_path: Path, xai: Fake) -> None:
    with quick_sync(tmp_path / "home", xai) as diorama:
        quote = diorama.quote("image", "a paper fox", model="grok", n=2)
        job = diorama.generate_image("a paper fox", model="grok", n=2).result()

    assert (quote.price, quote.model, quote.notes) == (job.quote, job.model, job.notes)


def test_what_asking_would_refuse_is_refused(tmp_path: Path, xai: Fake) -> None:
    with quick_sync(tmp_path / "home", xai) as diorama, pytest.raises(ValidationError, match="has no seconds 600"):
        diorama.quote("video", "it snows", model="grok", seconds=600)


def test_models_that_end_soon_are_chosen(tmp_path: Path) -> None:
    with quick_sync(tmp_path / "home") as diorama:
        soon = diorama.models(sunset_within=90)

    assert [model.id for model in soon if model.lifecycle.retired is None] == []
    assert "openai:gpt-image-1.5" in [model.id for model in soon]
