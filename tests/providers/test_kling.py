"""Kling's adapter against a strict fake: both standards, both keys, codes instead of statuses, and finding again."""

from decimal import Decimal
from typing import Any

import pytest

from diorama.errors import UnsupportedError
from diorama.providers.base import Done, Inline, InputBytes, Lost, Pending, Provider, Refused, Remote, UnknownFate
from diorama.providers.kling import token
from tests.fakes import kling as fakes
from tests.fakes import media
from tests.fakes.base import Fault
from tests.fakes.kling_codes import refused_with
from tests.providers.through import adapter, made, prepared, sent

pytestmark = pytest.mark.anyio

FRAME = media.picture(640, 360, "jpeg")
FILM: dict[str, Any] = {"kind": "video", "resolution": "720p", "aspect_ratio": "9:16", "seconds": 5.0}
PICTURE: dict[str, Any] = {"kind": "image", "resolution": "1k", "aspect_ratio": "1:1"}


def given(role: Any, **more: Any) -> InputBytes:
    return InputBytes(role=role, mime="image/jpeg", data=FRAME, **more)


@pytest.fixture
def fake() -> fakes.Kling:
    return fakes.Kling()


@pytest.fixture
def kling(fake: fakes.Kling) -> Provider:
    return adapter(fake)


def test_the_token_is_the_one_that_the_vendor_computes() -> None:
    made = token("ak_test", "sk_test", 1_800_000_000)

    assert made == (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJha190ZXN0IiwiZXhwIjoxODAwMDAxODAwLCJuYmYiOjE3OTk5OTk5OTV9."
        "XTYea_keiCVlvp3QaRokghinzaO162D5RFbBCta-EqI"
    )


async def test_a_film_from_words_names_our_call_and_switches_off_what_nobody_asked_for(
    fake: fakes.Kling, kling: Provider
) -> None:
    await made(kling, "kling-3.0", **FILM, audio=True)

    assert fake.submits[0].path == "/text-to-video/kling-3.0"
    assert fake.submits[0].body == {
        "prompt": "a paper fox",
        "settings": {
            "resolution": "720p",
            "duration": 5,
            "aspect_ratio": "9:16",
            "audio": "native",
            "multi_shot": False,
        },
        "options": {"external_task_id": "c1", "watermark_info": {"enabled": False}},
    }


async def test_frames_give_the_film_its_shape(fake: fakes.Kling, kling: Provider) -> None:
    await made(kling, "kling-3.0", given("first_frame"), given("last_frame"), **FILM, audio=False)

    body = fake.submits[0].body
    assert fake.submits[0].path == "/image-to-video/kling-3.0"
    assert [content["type"] for content in body["contents"]] == ["prompt", "first_frame", "last_frame"]
    assert "aspect_ratio" not in body["settings"]


async def test_references_go_to_the_model_that_takes_them(fake: fakes.Kling, kling: Provider) -> None:
    await made(kling, "kling-3.0-omni", given("reference"), given("reference"), **FILM, audio=False)

    assert fake.submits[0].path == "/omni-video/kling-3.0-omni"
    assert [content["type"] for content in fake.submits[0].body["contents"]].count("refer_image") == 2


@pytest.mark.parametrize(("options", "kind"), [({}, "feature_video"), ({"edit": True}, "base_video")])
def test_a_film_of_klings_own_goes_in_by_its_address(options: dict[str, Any], kind: str, kling: Provider) -> None:
    film = given("source", vendor_ref={"id": "v", "url": "https://cdn.example/v.mp4"})

    request = prepared(kling, "kling-3.0-omni", film, **FILM, audio=False, options=options)

    assert request.json is not None
    assert request.json["contents"][1] == {"type": kind, "url": "https://cdn.example/v.mp4"}


def test_anybody_elses_film_is_refused_with_the_way_out(kling: Provider) -> None:
    with pytest.raises(UnsupportedError, match="public address"):
        prepared(kling, "kling-3.0-omni", given("source"), **FILM)


async def test_pictures_speak_the_legacy_standard(fake: fakes.Kling, kling: Provider) -> None:
    done = await made(kling, "kling-v3", **PICTURE, negative_prompt="rain")

    assert fake.submits[0].path == "/v1/images/generations"
    assert fake.submits[0].body == {
        "model_name": "kling-v3",
        "prompt": "a paper fox",
        "negative_prompt": "rain",
        "n": 1,
        "aspect_ratio": "1:1",
        "resolution": "1k",
        "external_task_id": "c1",
    }
    assert isinstance(done.outputs[0], Remote)
    assert done.cost_usd == Decimal("0.028")


SIGNED = {"KLING_API_KEY": "", "KLING_ACCESS_KEY": "ak_test", "KLING_SECRET_KEY": "sk_test"}


async def test_an_access_key_signs_what_is_legacy(fake: fakes.Kling) -> None:
    kling = adapter(fake, **SIGNED)

    picture = await made(kling, "kling-v3", **PICTURE)
    film = await kling.submit(prepared(kling, "kling-2.6", call="c2", **FILM | {"resolution": "1080p"}, audio=True))
    frames = (given("first_frame"), given("last_frame"))
    framed = await kling.submit(prepared(kling, "kling-3.0", *frames, call="c3", **FILM, audio=False))

    assert isinstance(picture.outputs[0], Remote)
    assert isinstance(film, Pending)
    assert isinstance(framed, Pending)
    assert [submit.path for submit in fake.submits[1:]] == ["/v1/videos/text2video", "/v1/videos/image2video"]
    assert fake.submits[1].body == {
        "model_name": "kling-v2-6",
        "prompt": "a paper fox",
        "mode": "pro",
        "duration": "5",
        "aspect_ratio": "9:16",
        "sound": "on",
        "external_task_id": "c2",
    }


async def test_a_signed_film_is_made_and_found_again_too(fake: fakes.Kling) -> None:
    kling = adapter(fake, **SIGNED)
    fake.fail(fakes.ACCEPTED_THEN_DROPPED)
    with pytest.raises(UnknownFate):
        await sent(kling, "kling-2.6", **FILM, audio=False)

    found = await kling.find("c1")
    while isinstance(found, Pending):
        found = await kling.check(found.ref)

    assert isinstance(found, Done)
    assert isinstance(found.outputs[0], Remote)


def test_a_model_that_is_gone_is_asked_for_as_it_was(kling: Provider) -> None:
    request = prepared(kling, "kling-v1", **FILM)

    assert request.path == "/v1/videos/text2video"
    assert request.json is not None
    assert request.json["model_name"] == "kling-v1"


@pytest.mark.parametrize(("code", "retry"), [(1302, True), (1303, True), (1101, False), (1102, False), (1304, False)])
async def test_of_the_429s_only_two_are_worth_a_retry(
    code: int, retry: bool, fake: fakes.Kling, kling: Provider
) -> None:
    fake.fail(refused_with(code))

    with pytest.raises(Refused) as refused:
        await sent(kling, "kling-2.5-turbo", **FILM)

    assert refused.value.retry is retry


async def test_a_no_may_come_with_200(fake: fakes.Kling, kling: Provider) -> None:
    fake.fail(fakes.REJECTED_IN_200)

    with pytest.raises(Refused):
        await sent(kling, "kling-2.5-turbo", **FILM)


@pytest.mark.parametrize("fault", [fakes.ACCEPTED_THEN_DROPPED, fakes.ACCEPTED_THEN_500])
@pytest.mark.parametrize(("model", "request_"), [("kling-2.5-turbo", FILM), ("kling-v3", PICTURE)])
async def test_a_task_whose_answer_was_lost_is_found_by_our_own_id(
    fault: Fault, model: str, request_: dict[str, Any], fake: fakes.Kling, kling: Provider
) -> None:
    fake.fail(fault)
    with pytest.raises(UnknownFate):
        await sent(kling, model, **request_)

    found = await kling.find("c1")

    assert isinstance(found, Pending | Done)
    assert len(fake.submits) == 1


async def test_a_call_that_never_arrived_is_not_found(kling: Provider) -> None:
    assert await kling.find("c-unknown") is None


async def test_a_bill_in_cash_is_taken_as_it_is(fake: fakes.Kling, kling: Provider) -> None:
    fake.fail(fakes.CASH)

    done = await made(kling, "kling-2.5-turbo", **FILM)

    assert done.cost_usd is not None
    assert done.cost_usd > 0


async def test_nothing_made_is_lost_not_a_film(fake: fakes.Kling, kling: Provider) -> None:
    fake.fail(fakes.NO_OUTPUTS)

    done = await made(kling, "kling-2.5-turbo", **FILM)

    assert isinstance(done.outputs[0], Lost)
    assert not isinstance(done.outputs[0], Inline)


async def test_moderation_is_told_by_the_words_of_a_failure(fake: fakes.Kling, kling: Provider) -> None:
    fake.fail(fakes.MODERATED_AS_FAILURE)

    with pytest.raises(Refused) as refused:
        await made(kling, "kling-2.5-turbo", **FILM)

    assert refused.value.error.code == "moderated"


async def test_the_probe_makes_nothing(fake: fakes.Kling, kling: Provider) -> None:
    assert await kling.probe()
    assert fake.submits == []
