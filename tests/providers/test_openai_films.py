"""OpenAI's old films where a gateway has kept them: what is sent, how they stand, and which rows serve them."""

import io
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from diorama.errors import UnsupportedError, ValidationError
from diorama.providers.base import Held, InputBytes, Provider, Refused, UnknownFate
from diorama.schemas import Input
from tests.fakes import azure as azure_fakes
from tests.fakes import media
from tests.fakes import openai as fakes
from tests.fakes.base import Fault
from tests.fakes.forms import File
from tests.houses import a_house, make
from tests.providers.through import adapter, made, prepared, sent

pytestmark = pytest.mark.anyio

FRAME = media.picture(1280, 720, "jpeg")
FILM: dict[str, Any] = {"kind": "video", "size": "1280x720", "seconds": 4.0}
MADE_THERE = {"id": "video_1", "model": "sora-2"}


def source(vendor_ref: Any = MADE_THERE) -> InputBytes:
    return InputBytes(role="source", mime="video/mp4", data=b"film", seconds=4, vendor_ref=vendor_ref)


@pytest.fixture
def fake() -> fakes.OpenAI:
    fake = fakes.OpenAI()
    fake.videos = True
    return fake


@pytest.fixture
def openai(fake: fakes.OpenAI) -> Provider:
    return adapter(fake)


async def test_a_film_is_asked_for_as_a_form_with_seconds_as_text(fake: fakes.OpenAI, openai: Provider) -> None:
    done = await made(openai, "sora-2", **FILM)

    (submit,) = fake.submits
    assert submit.path == "/v1/videos"
    assert submit.body == {"prompt": "a paper fox", "model": "sora-2", "size": "1280x720", "seconds": "4"}
    (output,) = done.outputs
    assert isinstance(output, Held)
    assert output.vendor_ref == {"id": next(iter(fake.films)), "model": "sora-2"}


async def test_a_first_frame_is_a_file(fake: fakes.OpenAI, openai: Provider) -> None:
    await sent(openai, "sora-2", InputBytes(role="first_frame", mime="image/jpeg", data=FRAME), **FILM)

    frame = fake.submits[0].body["input_reference"]
    assert isinstance(frame, File)
    assert (frame.filename, frame.mime, frame.data) == ("frame.jpeg", "image/jpeg", FRAME)


async def test_a_film_goes_on_from_another_by_its_id(fake: fakes.OpenAI, openai: Provider) -> None:
    first = await made(openai, "sora-2", **FILM)
    known = source(first.outputs[0].vendor_ref)  # type: ignore[union-attr]

    await made(openai, "sora-2", known, **FILM | {"size": None, "seconds": 8.0})
    await made(openai, "sora-2", known, kind="video", options={"edit": True})

    _, extended, remixed = fake.submits
    assert (extended.path, extended.body["seconds"]) == ("/v1/videos/extensions", "8")
    assert remixed.path == f"/v1/videos/{known.vendor_ref['id']}/remix"
    assert remixed.body == {"prompt": "a paper fox"}


@pytest.mark.parametrize("known", [None, "video_1", {}])
def test_a_film_made_elsewhere_is_refused(known: Any, openai: Provider) -> None:
    with pytest.raises(UnsupportedError, match="made in the same place"):
        prepared(openai, "sora-2", source(known), **FILM)


async def test_the_bytes_wait_behind_the_key(fake: fakes.OpenAI, openai: Provider) -> None:
    done = await made(openai, "sora-2", **FILM)
    (output,) = done.outputs
    assert isinstance(output, Held)

    film = b"".join([chunk async for chunk in openai.stream(output.path)])

    assert film[4:8] == b"ftyp"
    assert fake.downloads[0].headers["authorization"] == "Bearer test-key-openai"


@pytest.mark.parametrize(
    ("fault", "progress"),
    [
        (Fault.status(200, {"id": "v", "status": "dreaming", "progress": 250}, on="poll"), 1.0),
        (Fault.status(200, {"id": "v", "progress": "half"}, on="poll"), None),
    ],
)
async def test_odd_words_keep_it_asking(
    fault: Fault, progress: float | None, fake: fakes.OpenAI, openai: Provider
) -> None:
    pending = await sent(openai, "sora-2", **FILM)
    fake.fail(fault)

    standing = await openai.check(pending.ref)  # type: ignore[union-attr]

    assert standing.progress == progress  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.moderated("output"), "moderated"), (Fault.failed("internal_error"), "vendor_failed")]
)
async def test_a_film_that_fails_says_why(fault: Fault, code: str, fake: fakes.OpenAI, openai: Provider) -> None:
    fake.fail(fault)

    with pytest.raises(Refused) as refused:
        await made(openai, "sora-2", **FILM)

    assert refused.value.error.code == code


async def test_an_answer_without_an_id_may_have_been_billed(fake: fakes.OpenAI, openai: Provider) -> None:
    fake.fail(Fault.empty())

    with pytest.raises(UnknownFate):
        await sent(openai, "sora-2", **FILM)


# Through the house.


def as_data(role: Any, data: bytes, mime: str) -> Input:
    return Input(role=role, data=f"data:{mime};base64,{b64encode(data).decode()}")


async def test_a_frame_of_another_size_is_cut_and_scaled_and_that_is_said(fake: fakes.OpenAI, tmp_path: Path) -> None:
    frame = as_data("first_frame", media.picture(800, 600), "image/png")

    async with a_house(tmp_path, fake) as house:
        job = await make(house, model="sora-2", prompt="a fox", inputs=(frame,), size="1280x720")

    sent_frame = fake.submits[0].body["input_reference"]
    assert Image.open(io.BytesIO(sent_frame.data)).size == (1280, 720)
    assert [(note.code, note.asked, note.used) for note in job.notes] == [("reencoded", "800x600", "1280x720")]
    assert job.state == "succeeded"


async def test_a_frame_of_the_films_size_goes_untouched(fake: fakes.OpenAI, tmp_path: Path) -> None:
    async with a_house(tmp_path, fake) as house:
        inputs = (as_data("first_frame", FRAME, "image/jpeg"),)
        job = await make(house, model="sora-2", prompt="a fox", inputs=inputs)

    assert fake.submits[0].body["size"] == "1280x720"
    assert fake.submits[0].body["input_reference"].data == FRAME
    assert job.notes == ()


async def test_a_film_is_extended_and_made_anew(fake: fakes.OpenAI, tmp_path: Path) -> None:
    async with a_house(tmp_path, fake) as house:
        first = await make(house, model="sora-2", prompt="a fox")
        on_from = (Input(role="source", asset=first.assets[0].id),)
        longer = await make(house, model="sora-2", prompt="it sleeps", inputs=on_from, seconds=8)
        anew = await make(house, model="sora-2", prompt="in snow", inputs=on_from, options={"edit": True})

    assert [job.assets[0].seconds for job in (first, longer, anew)] == pytest.approx([4, 12, 4], abs=0.1)


async def test_azure_serves_them_under_a_deployment(tmp_path: Path) -> None:
    fake = azure_fakes.Azure()
    fake.videos = True

    async with a_house(tmp_path, fake) as house:
        job = await make(house, model="azure:sora-2", prompt="a fox")

    assert job.state == "succeeded"
    assert (fake.submits[0].path, fake.submits[0].body["model"]) == ("/openai/v1/videos", "my-sora-2")


async def test_the_vendors_own_address_by_its_variable_brings_nothing_back(fake: fakes.OpenAI, tmp_path: Path) -> None:
    from diorama.settings import VendorEnvironment

    own = VendorEnvironment({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://eu.api.openai.com/v1"})
    async with a_house(tmp_path, fake, environment=own) as house:
        with pytest.raises(ValidationError, match="sora-2 is retired since 2026-09-24"):
            await make(house, model="sora-2", prompt="a fox")
