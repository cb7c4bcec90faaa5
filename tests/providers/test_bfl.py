"""Black Forest Labs' adapter against a strict fake: what it sends, where the key goes, and what it makes of answers."""

from base64 import b64decode
from decimal import Decimal
from typing import Any

import pytest

from diorama.errors import ValidationError
from diorama.providers.base import Blocked, InputBytes, Lost, Provider, Refused, Remote, UnknownFate
from tests.fakes import bfl as fakes
from tests.fakes import media
from tests.fakes.base import Fault
from tests.providers.through import adapter, made, sent

pytestmark = pytest.mark.anyio

PICTURE = media.picture(320, 320, "jpeg")
FILM = media.film(320, 192, 5)


def given(role: Any, data: bytes = PICTURE, mime: str = "image/jpeg") -> InputBytes:
    return InputBytes(role=role, mime=mime, data=data)


@pytest.fixture
def fake() -> fakes.BFL:
    return fakes.BFL()


@pytest.fixture
def bfl(fake: fakes.BFL) -> Provider:
    return adapter(fake)


async def test_a_size_travels_as_width_and_height(fake: fakes.BFL, bfl: Provider) -> None:
    await made(bfl, "flux-2-pro", size="1024x768", output_format="png", seed=7, options={"safety_tolerance": 5})

    assert fake.submits[0].body == {
        "prompt": "a paper fox",
        "width": 1024,
        "height": 768,
        "output_format": "png",
        "seed": 7,
        "safety_tolerance": 5,
    }


@pytest.mark.parametrize(
    ("model", "shape", "fields"),
    [
        ("flux-2-pro", {"size": "512x512"}, ["input_image", "input_image_2"]),
        ("flux-kontext-pro", {"aspect_ratio": "1:1"}, ["input_image", "input_image_2"]),
    ],
)
async def test_references_are_numbered_fields(
    model: str, shape: dict[str, str], fields: list[str], fake: fakes.BFL, bfl: Provider
) -> None:
    await made(bfl, model, given("reference"), given("reference"), **shape)

    body = fake.submits[0].body
    assert [name for name in body if name.startswith("input_image")] == fields
    assert b64decode(body["input_image_2"]) == PICTURE


async def test_flux_3_takes_references_as_a_list(fake: fakes.BFL, bfl: Provider) -> None:
    await made(bfl, "flux-3-image", given("reference"), aspect_ratio="1:1", resolution="1k")

    assert len(fake.submits[0].body["images"]) == 1


async def test_fill_takes_the_picture_and_its_mask(fake: fakes.BFL, bfl: Provider) -> None:
    mask = media.picture(320, 320)

    await made(bfl, "flux-pro-1.0-fill", given("source"), given("mask", mask, "image/png"))

    assert {"image", "mask"} <= fake.submits[0].body.keys()


@pytest.mark.parametrize(
    ("inputs", "mode", "field"),
    [
        ([], "t2v", None),
        ([given("first_frame")], "i2v", "keyframes"),
        ([given("first_frame"), given("last_frame")], "i2v", "keyframes"),
        ([given("last_frame")], "i2v", "keyframes"),
        ([given("source", FILM, "video/mp4")], "v2v", "start_video"),
    ],
)
async def test_what_goes_in_decides_the_films_mode(
    inputs: list[InputBytes], mode: str, field: str | None, fake: fakes.BFL, bfl: Provider
) -> None:
    done = await made(bfl, "flux-3-video", *inputs, kind="video", seconds=5.0, resolution="hd", audio=False)

    body = fake.submits[0].body
    assert (body["mode"], body["duration"], body["generate_audio"]) == (mode, 5, False)
    assert field is None or field in body
    assert isinstance(done.outputs[0], Remote)


async def test_the_result_is_polled_where_the_answer_says_and_fetched_without_the_key(
    fake: fakes.BFL, bfl: Provider
) -> None:
    done = await made(bfl, "flux-2-pro", size="512x512", output_format="jpeg")

    output = done.outputs[0]
    assert isinstance(output, Remote)
    assert output.url.startswith(fake.files_url)
    assert done.cost_usd == Decimal("0.03")


async def test_a_polling_address_without_the_id_gets_it(fake: fakes.BFL, bfl: Provider) -> None:
    fake.fail(fakes.BARE_POLLING_URL)

    done = await made(bfl, "flux-2-pro", size="512x512")

    assert isinstance(done.outputs[0], Remote)


async def test_the_key_does_not_go_to_a_polling_address_elsewhere(fake: fakes.BFL, bfl: Provider) -> None:
    fake.region_host = "api.evil.example"

    with pytest.raises(UnknownFate, match="not its own"):
        await sent(bfl, "flux-2-pro", size="512x512")

    assert fake.polls == []


@pytest.mark.parametrize(
    ("fault", "stage", "categories"),
    [(fakes.REQUEST_MODERATED, "input", ("Violence",)), (fakes.CONTENT_MODERATED, "output", ())],
)
async def test_moderation_tells_its_stage(
    fault: Fault, stage: str, categories: tuple[str, ...], fake: fakes.BFL, bfl: Provider
) -> None:
    fake.fail(fault)

    done = await made(bfl, "flux-2-pro", size="512x512")

    (output,) = done.outputs
    assert isinstance(output, Blocked)
    assert (output.stage, output.categories) == (stage, categories)


@pytest.mark.parametrize("fault", [fakes.FAILED_422, fakes.FAILED_503, Fault.failed("Error", "Invalid or corrupted")])
async def test_a_task_that_failed_says_why_whatever_the_status(fault: Fault, fake: fakes.BFL, bfl: Provider) -> None:
    fake.fail(fault)

    with pytest.raises(Refused, match="corrupted"):
        await made(bfl, "flux-2-pro", size="512x512")


async def test_a_task_that_nobody_knows_is_lost(fake: fakes.BFL, bfl: Provider) -> None:
    fake.fail(Fault.expired())

    done = await made(bfl, "flux-2-pro", size="512x512")

    assert isinstance(done.outputs[0], Lost)


@pytest.mark.parametrize("fault", [fakes.UNKNOWN_STATUS, fakes.STATE_WORD])
async def test_odd_words_keep_it_asking(fault: Fault, fake: fakes.BFL, bfl: Provider) -> None:
    fake.fail(fault)

    done = await made(bfl, "flux-2-pro", size="512x512")

    assert isinstance(done.outputs[0], Remote)


@pytest.mark.parametrize("fault", [fakes.TRUNCATED, fakes.NO_SAMPLE, Fault.status(503, b"", on="poll")])
async def test_news_that_cannot_be_read_is_no_news(fault: Fault, fake: fakes.BFL, bfl: Provider) -> None:
    fake.fail(fault)

    with pytest.raises(UnknownFate):
        await made(bfl, "flux-2-pro", size="512x512")


async def test_a_wrong_field_is_named_in_the_vendors_words(fake: fakes.BFL, bfl: Provider) -> None:
    with pytest.raises(Refused, match="safety_tolerance") as refused:
        await sent(bfl, "flux-2-pro", size="512x512", options={"safety_tolerance": 9})

    assert not refused.value.retry
    assert not isinstance(refused.value.error, ValidationError)


async def test_the_probe_spends_nothing(fake: fakes.BFL, bfl: Provider) -> None:
    assert "credits left" in await bfl.probe()
    assert fake.submits == []
