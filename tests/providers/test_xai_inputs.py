"""xAI's adapter and its rows: pictures and films that go in, against a strict fake."""

import time
from pathlib import Path
from typing import Any

import pytest

from diorama.errors import ValidationError
from diorama.providers.base import Inline, InputBytes, Provider, Remote
from diorama.schemas import Input, Job
from tests.fakes import media
from tests.fakes import xai as fakes
from tests.houses import a_house, make
from tests.providers.through import adapter, made, prepared, sent

pytestmark = pytest.mark.anyio

PICTURE = media.picture(320, 192, "jpeg")
FILM = media.film(320, 192, 5)
NEWEST, OLDER = "grok-imagine-video-1.5", "grok-imagine-video"
SHORT = {"kind": "video", "seconds": 4, "resolution": "480p"}


def given(role: Any, data: bytes = PICTURE, mime: str = "image/jpeg", **more: Any) -> InputBytes:
    return InputBytes(role=role, mime=mime, data=data, **more)


def film(seconds: float = 5, **more: Any) -> InputBytes:
    return given("source", FILM, "video/mp4", seconds=seconds, **more)


@pytest.fixture
def fake() -> fakes.XAI:
    return fakes.XAI()


@pytest.fixture
def xai(fake: fakes.XAI) -> Provider:
    return adapter(fake)


@pytest.mark.parametrize(("count", "field"), [(1, "image"), (2, "images"), (5, "images")])
async def test_references_are_edited(count: int, field: str, fake: fakes.XAI, xai: Provider) -> None:
    done = await made(xai, "grok-imagine-image-2.0", *[given("reference")] * count, quality="low", n=2)

    (submit,) = fake.submits
    pictures = submit.body[field] if count > 1 else [submit.body[field]]
    assert submit.path == "/v1/images/edits"
    assert [picture["url"][:23] for picture in pictures] == ["data:image/jpeg;base64,"] * count
    assert [type(output) for output in done.outputs] == [Inline, Inline]


async def test_frames_and_references_of_a_film_have_fields_of_their_own(fake: fakes.XAI, xai: Provider) -> None:
    frames = given("first_frame"), given("last_frame")

    await sent(xai, NEWEST, *frames, given("reference"), given("reference"), **SHORT)

    body = fake.submits[0].body
    assert {"image", "last_frame", "reference_images"} <= body.keys()
    assert len(body["reference_images"]) == 2


async def test_a_film_is_extended_by_so_many_seconds(fake: fakes.XAI, xai: Provider) -> None:
    done = await made(xai, OLDER, film(), kind="video", seconds=6)

    (submit,) = fake.submits
    assert submit.path == "/v1/videos/extensions"
    assert submit.body.keys() == {"model", "prompt", "video", "duration"}
    assert submit.body["video"]["url"].startswith("data:video/mp4;base64,")
    assert isinstance(done.outputs[0], Remote)


async def test_a_film_is_edited_when_that_is_said(fake: fakes.XAI, xai: Provider) -> None:
    await made(xai, OLDER, film(), kind="video", options={"edit": True, "user": "u7"})

    (submit,) = fake.submits
    assert submit.path == "/v1/videos/edits"
    assert submit.body.keys() == {"model", "prompt", "video", "user"}


def test_a_film_too_long_to_be_edited_is_refused_before_it_is_sent(xai: Provider) -> None:
    with pytest.raises(ValidationError, match="this one lasts 9 s"):
        prepared(xai, OLDER, film(9), kind="video", options={"edit": True})


@pytest.mark.parametrize(
    ("left_s", "by_address"), [(7200, True), (60, False), (-60, False)], ids=["fresh", "ending", "gone"]
)
def test_its_own_film_goes_by_address_while_that_lives(left_s: int, by_address: bool, xai: Provider) -> None:
    known = {"id": "r1", "url": "https://vidgen.fake/1.mp4", "url_until": int(time.time()) + left_s}

    body = prepared(xai, OLDER, film(vendor_ref=known), kind="video", seconds=6).json

    assert body is not None
    assert (body["video"]["url"] == known["url"]) is by_address


@pytest.mark.parametrize("known", [None, "r1", {"id": "r1"}])
def test_a_film_without_an_address_is_sent_whole(known: Any, xai: Provider) -> None:
    body = prepared(xai, OLDER, film(vendor_ref=known), kind="video", seconds=6).json

    assert body is not None
    assert body["video"]["url"].startswith("data:")


# Through the house: what the rows let through, and what they ask.


def as_data(role: Any, data: bytes = PICTURE, mime: str = "image/jpeg") -> Input:
    from base64 import b64encode

    return Input(role=role, data=f"data:{mime};base64,{b64encode(data).decode()}")


async def ask(home: Path, fake: fakes.XAI, model: str, *inputs: Input, **request: Any) -> Job:
    async with a_house(home, fake) as house:
        return await make(house, model=model, prompt="a paper fox", inputs=inputs, **request)


async def test_an_edit_has_the_shape_of_its_picture_and_is_billed_as_quoted(fake: fakes.XAI, tmp_path: Path) -> None:
    job = await ask(tmp_path, fake, "grok-imagine-image-2.0", as_data("reference"), as_data("reference"))

    (asset,) = job.assets
    assert asset.width is not None
    assert asset.height is not None
    assert asset.width / asset.height == pytest.approx(320 / 192, rel=0.02)
    assert job.quote is not None
    assert job.cost is not None
    assert (str(job.quote.usd), str(job.cost.usd)) == ("0.06", "0.06")


async def test_a_film_of_its_own_is_extended(fake: fakes.XAI, tmp_path: Path) -> None:
    async with a_house(tmp_path, fake) as house:
        first = await make(house, model=OLDER, prompt="a paper fox", seconds=2)
        on_from = Input(role="source", asset=first.assets[0].id)
        job = await make(house, model=OLDER, prompt="it sleeps", inputs=(on_from,), seconds=3)

    assert job.assets[0].seconds == pytest.approx(5, abs=0.1)
    assert [note.field for note in job.notes] == []
    assert fake.submits[1].path == "/v1/videos/extensions"


@pytest.mark.parametrize(
    ("model", "roles", "request_", "said"),
    [
        (NEWEST, ["reference"], {"resolution": "1080p"}, "1080p is for text and a first frame alone"),
        (NEWEST, ["reference"] * 8, {}, "takes 7 input"),
        (OLDER, ["reference", "first_frame"], {}, "references take no first frame"),
        (OLDER, ["reference"], {"seconds": 12}, "10 s at most"),
        (OLDER, [], {"options": {"edit": True}}, "needs an input as 'source'"),
        ("grok-imagine-image-2.0", ["reference"] * 6, {}, "takes 5 input"),
    ],
)
async def test_what_would_be_refused_is_refused_here(
    model: str, roles: list[str], request_: dict[str, Any], said: str, fake: fakes.XAI, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError, match=said):
        await ask(tmp_path, fake, model, *(as_data(role) for role in roles), **request_)

    assert fake.submits == []


async def test_what_the_film_itself_decides_is_left_out_with_a_note(fake: fakes.XAI, tmp_path: Path) -> None:
    more = {"aspect_ratio": "9:16", "resolution": "720p", "audio": False}

    job = await ask(tmp_path, fake, OLDER, as_data("source", FILM, "video/mp4"), **more)

    assert job.state == "succeeded"
    assert {note.field for note in job.notes if note.code == "ignored"} == set(more)
