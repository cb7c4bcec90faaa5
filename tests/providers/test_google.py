"""Google's adapter at the door of the Gemini API, against a strict fake: pictures in all their endings, and films."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from diorama.errors import ValidationError
from diorama.providers.base import (
    Blocked,
    Done,
    Held,
    Inline,
    InputBytes,
    Pending,
    Provider,
    Refused,
    Unmade,
)
from diorama.schemas import Input
from tests.fakes import google as fakes
from tests.fakes import google_pictures as pictures
from tests.fakes import media
from tests.fakes.base import Fault
from tests.houses import a_house, make
from tests.providers.through import adapter, made, prepared, sent

pytestmark = pytest.mark.anyio

PICTURE: dict[str, Any] = {"kind": "image", "aspect_ratio": "16:9", "resolution": "1K"}
FILM: dict[str, Any] = {"kind": "video", "aspect_ratio": "9:16", "resolution": "720p", "seconds": 4.0}
BANANA, OMNI = "gemini-nano-banana-2.1", "gemini-omni-1.2-flash"


def given(role: Any, mime: str = "image/jpeg", **more: Any) -> InputBytes:
    return InputBytes(role=role, mime=mime, data=media.picture(320, 320, "jpeg"), **more)


def a_film(seconds: float = 4, **more: Any) -> InputBytes:
    data = media.film(320, 192, seconds)
    return InputBytes(role="source", mime="video/mp4", data=data, seconds=seconds, **more)


@pytest.fixture
def fake() -> fakes.Google:
    return fakes.Google()


@pytest.fixture
def google(fake: fakes.Google) -> Provider:
    return adapter(fake)


# Pictures


async def test_a_picture_is_asked_for_without_anything_left_open(fake: fakes.Google, google: Provider) -> None:
    await made(google, BANANA, **PICTURE, seed=7, options={"thinking_level": "high"})

    assert fake.submits[0].path == f"/v1/models/{BANANA}:generateContent"
    assert fake.submits[0].body == {
        "contents": [{"role": "user", "parts": [{"text": "a paper fox"}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "1K"},
            "thinkingConfig": {"thinkingLevel": "HIGH"},
            "seed": 7,
        },
    }


async def test_drafts_are_no_results(google: Provider, fake: fakes.Google) -> None:
    fake.fail(pictures.DRAFTED)

    done = await made(google, BANANA, **PICTURE)

    (output,) = done.outputs
    assert isinstance(output, Inline)
    assert Image.open(BytesIO(output.data)).size == (1376, 768)


async def test_tokens_are_counted_by_what_they_are_paid_as(google: Provider) -> None:
    done = await made(google, BANANA, **PICTURE)

    assert done.usage == {"text_in": 3, "image_in": 0, "image_out": 1120, "text_out": 40}


async def test_a_picture_without_its_bill_is_still_a_picture(google: Provider, fake: fakes.Google) -> None:
    fake.fail(pictures.BARE)

    done = await made(google, BANANA, **PICTURE)

    assert isinstance(done.outputs[0], Inline)
    assert done.usage == {}


async def test_references_go_along_as_bytes(google: Provider, fake: fakes.Google) -> None:
    await made(google, BANANA, given("reference"), given("reference"), kind="image", resolution="1K")

    parts = fake.submits[0].body["contents"][0]["parts"]
    assert [list(part) for part in parts] == [["text"], ["inlineData"], ["inlineData"]]
    assert "aspectRatio" not in fake.submits[0].body["generationConfig"]["imageConfig"]


@pytest.mark.parametrize("reason", pictures.BLOCK_REASONS)
async def test_a_blocked_prompt_costs_no_picture(reason: str, google: Provider, fake: fakes.Google) -> None:
    fake.fail(pictures.BLOCKED_PROMPTS[reason])

    done = await made(google, BANANA, **PICTURE)

    (output,) = done.outputs
    assert isinstance(output, Blocked)
    assert output.stage == "input"
    assert reason in output.reason
    assert done.usage["image_out"] == 0


@pytest.mark.parametrize("reason", pictures.FILTERED)
async def test_a_filtered_picture_is_moderation_by_its_reason(
    reason: str, google: Provider, fake: fakes.Google
) -> None:
    fake.fail(pictures.FILTERED_PICTURES[reason])

    done = await made(google, BANANA, **PICTURE)

    (output,) = done.outputs
    assert isinstance(output, Blocked)
    assert output.stage == "output"
    assert "Support code" in output.reason
    assert output.categories == (reason.removeprefix("IMAGE_").lower(), "other")


async def test_words_instead_of_a_picture_are_told(google: Provider, fake: fakes.Google) -> None:
    fake.fail(pictures.REFUSED_IN_WORDS)

    done = await made(google, BANANA, **PICTURE)

    assert isinstance(done.outputs[0], Blocked)
    assert "I can draw a paper owl" in done.outputs[0].reason


@pytest.mark.parametrize("fault", [*pictures.NO_PICTURES.values(), pictures.ONLY_DRAFTS, pictures.NO_PARTS])
async def test_no_picture_is_the_models_failure_and_its_thoughts_are_owed(
    fault: Fault, google: Provider, fake: fakes.Google
) -> None:
    fake.fail(fault)

    done = await made(google, BANANA, **PICTURE)

    assert isinstance(done.outputs[0], Unmade)
    assert (done.usage["image_out"], done.usage["text_out"]) == (0, 40)


async def test_a_picture_that_was_not_made_fails_its_job_and_costs_its_thoughts(
    tmp_path: Path, fake: fakes.Google
) -> None:
    fake.fail(pictures.NO_PICTURES["MAX_TOKENS"])

    async with a_house(tmp_path, fake) as house:
        job = await make(house, model=BANANA, prompt="a paper fox")

    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == "vendor_failed"
    assert "MAX_TOKENS" in job.error["message"]
    assert job.cost is not None
    assert 0 < job.cost.usd < 0.001


# Errors


async def test_a_wrong_key_is_told_whatever_the_status(fake: fakes.Google, google: Provider) -> None:
    fake.key = "another"

    with pytest.raises(Refused) as refused:
        await sent(google, BANANA, **PICTURE)

    assert refused.value.error.details["vendor_code"] == "API_KEY_INVALID"
    assert "GEMINI_API_KEY" in (refused.value.error.hint or "")


async def test_the_pause_in_a_body_is_heeded(fake: fakes.Google, google: Provider) -> None:
    fake.fail(fakes.BUSY_IN_BODY)

    with pytest.raises(Refused) as refused:
        await sent(google, BANANA, **PICTURE)

    assert (refused.value.retry, refused.value.retry_after_s) == (True, 3.0)


@pytest.mark.parametrize("fault", [fakes.QUOTA_EXCEEDED, fakes.UNIMPLEMENTED, fakes.PAYMENT_REQUIRED])
async def test_refusals_that_no_retry_will_help_are_definite(
    fault: Fault, fake: fakes.Google, google: Provider
) -> None:
    fake.fail(fault)

    with pytest.raises(Refused) as refused:
        await sent(google, OMNI, **FILM)

    assert not refused.value.retry


async def test_films_refused_for_their_content_are_moderated(fake: fakes.Google, google: Provider) -> None:
    fake.fail(fakes.MODERATED_AT_SUBMIT)

    with pytest.raises(Refused) as refused:
        await sent(google, OMNI, **FILM)

    assert refused.value.error.code == "moderated"


# Films


async def test_a_film_is_asked_for_in_the_background(fake: fakes.Google, google: Provider) -> None:
    await sent(google, OMNI, **FILM, seed=7)

    assert fake.submits[0].path == "/v1/interactions"
    assert fake.submits[0].body == {
        "model": OMNI,
        "background": True,
        "store": True,
        "input": [{"type": "user_input", "content": [{"type": "text", "text": "a paper fox"}]}],
        "response_format": [
            {"type": "video", "aspect_ratio": "9:16", "resolution": "720p", "duration": "4s", "delivery": "uri"}
        ],
        "generation_config": {"seed": 7, "video_config": {"task": "text_to_video"}},
    }


async def test_a_film_waits_behind_the_key(fake: fakes.Google, google: Provider) -> None:
    done = await made(google, OMNI, **FILM)

    (output,) = done.outputs
    assert isinstance(output, Held)
    assert b"".join([chunk async for chunk in google.stream(output.path)])[4:8] == b"ftyp"
    assert done.usage == {"text_in": 3, "image_in": 0, "video_out": 4 * 5792, "text_out": 0}


async def test_a_film_that_is_not_whole_yet_is_asked_about_again(fake: fakes.Google, google: Provider) -> None:
    fake.film_polls, fake.file_looks = 0, 1
    pending = await sent(google, OMNI, **FILM)
    assert isinstance(pending, Pending)

    assert isinstance(await google.check(pending.ref), Pending)
    assert isinstance(await google.check(pending.ref), Done)


async def test_a_film_that_lies_elsewhere_is_fetched_there_without_the_key(tmp_path: Path, fake: fakes.Google) -> None:
    fake.redirects = True

    async with a_house(tmp_path, fake) as house:
        job = await make(house, model=OMNI, prompt="a paper fox", seconds=3)

    assert job.state == "succeeded"
    assert "x-goog-api-key" in fake.downloads[0].headers
    assert "x-goog-api-key" not in fake.downloads[1].headers


PROMPTS = [
    (["first_frame"], "image_to_video", "<FIRST_FRAME> a paper fox"),
    (["last_frame", "first_frame"], "image_to_video", "<FIRST_FRAME> a paper fox <LAST_FRAME>"),
    (
        ["reference", "reference"],
        "reference_to_video",
        "[# References <IMAGE_REF_0>@Image1 <IMAGE_REF_1>@Image2] a paper fox",
    ),
    (
        ["reference", "first_frame"],
        "image_to_video",
        "[# Sources <FIRST_FRAME>@Image1] [# References <IMAGE_REF_0>@Image2] a paper fox",
    ),
]


@pytest.mark.parametrize(("roles", "task", "prompt"), PROMPTS)
async def test_what_a_picture_is_for_stands_in_the_prompt(
    roles: list[str], task: str, prompt: str, fake: fakes.Google, google: Provider
) -> None:
    await made(google, OMNI, *map(given, roles), **FILM)

    body = fake.submits[0].body
    assert body["input"][0]["content"][-1] == {"type": "text", "text": prompt}
    assert body["generation_config"]["video_config"]["task"] == task


def test_a_prompt_that_places_its_pictures_itself_is_left_alone(google: Provider) -> None:
    request = prepared(google, OMNI, given("first_frame"), **FILM, prompt="From <FIRST_FRAME> into the fog")

    assert request.json is not None
    assert request.json["input"][0]["content"][-1]["text"] == "From <FIRST_FRAME> into the fog"


async def test_a_film_that_google_still_has_goes_on_by_its_name(fake: fakes.Google, google: Provider) -> None:
    first = await made(google, OMNI, **FILM)
    own = first.outputs[0].vendor_ref  # type: ignore[union-attr]

    await made(google, OMNI, a_film(vendor_ref=own), **FILM)

    body = fake.submits[1].body
    assert body["previous_interaction_id"] == own["interaction"]
    assert body["generation_config"]["video_config"]["task"] == "extend"
    assert [block["type"] for block in body["input"][0]["content"]] == ["text"]


@pytest.mark.parametrize("vendor_ref", [None, {"interaction": "v1_old", "until": 1, "vertex": False}])
async def test_any_other_film_goes_in_itself(vendor_ref: Any, fake: fakes.Google, google: Provider) -> None:
    await made(google, OMNI, a_film(vendor_ref=vendor_ref), **FILM)

    assert "previous_interaction_id" not in fake.submits[0].body
    assert fake.submits[0].body["input"][0]["content"][0]["type"] == "video"


async def test_an_edit_is_as_long_as_its_film(fake: fakes.Google, google: Provider) -> None:
    await made(google, OMNI, a_film(), kind="video", resolution="720p", options={"edit": True})

    assert fake.submits[0].body["generation_config"]["video_config"]["task"] == "edit"
    assert "duration" not in fake.submits[0].body["response_format"][0]


def test_a_film_too_long_to_change_is_refused_here(google: Provider) -> None:
    with pytest.raises(ValidationError, match="up to 10 s"):
        prepared(google, "gemini-omni-1.1-flash", a_film(12), **FILM, options={"edit": True})


@pytest.mark.parametrize("fault", [fakes.MODERATED_AS_FAILURE, fakes.MODERATED_STEP])
async def test_moderation_may_look_like_a_failure(fault: Fault, fake: fakes.Google, google: Provider) -> None:
    fake.fail(fault)

    with pytest.raises(Refused) as refused:
        await made(google, OMNI, **FILM)

    assert refused.value.error.code == "moderated"
    assert refused.value.error.details["categories"] == ["video safety"]


@pytest.mark.parametrize("fault", [fakes.INCOMPLETE, fakes.BUDGET_EXCEEDED, fakes.CANCELLED])
async def test_ends_without_a_film_are_failures(fault: Fault, fake: fakes.Google, google: Provider) -> None:
    fake.fail(fault)

    with pytest.raises(Refused) as refused:
        await made(google, OMNI, **FILM)

    assert refused.value.error.code == "vendor_failed"


@pytest.mark.parametrize("fault", [fakes.QUEUED, fakes.STRANGE_STEP, Fault.variant("bare")])
async def test_films_come_in_other_shapes_too(fault: Fault, fake: fakes.Google, google: Provider) -> None:
    fake.fail(fault)

    assert isinstance((await made(google, OMNI, **FILM)).outputs[0], Held)


async def test_a_film_may_be_cancelled_while_it_is_made(fake: fakes.Google, google: Provider) -> None:
    pending = await sent(google, OMNI, **FILM)
    assert isinstance(pending, Pending)

    assert await google.cancel(pending.ref) is True


async def test_a_made_film_cannot_be_cancelled(fake: fakes.Google, google: Provider) -> None:
    fake.film_polls = 0
    pending = await sent(google, OMNI, **FILM)
    assert isinstance(pending, Pending)
    await google.check(pending.ref)

    assert await google.cancel(pending.ref) is False


async def test_a_film_goes_on_and_changes_end_to_end(tmp_path: Path, fake: fakes.Google) -> None:
    async with a_house(tmp_path, fake) as house:
        first = await make(house, model="omni", kind="video", prompt="a paper fox", seconds=3)
        source = Input(role="source", asset=first.assets[0].id)
        longer = await make(house, model="omni", kind="video", prompt="it jumps", inputs=[source], seconds=4)
        other = await make(
            house, model="omni", kind="video", prompt="make it red", inputs=[source], options={"edit": True}
        )

    assert [job.state for job in (first, longer, other)] == ["succeeded"] * 3
    assert longer.assets[0].seconds == pytest.approx(7, abs=0.2)
    assert other.assets[0].seconds == pytest.approx(3, abs=0.2)


async def test_the_probe_lists_models_and_makes_nothing(fake: fakes.Google, google: Provider) -> None:
    assert "models" in await google.probe()
    assert fake.submits == []
