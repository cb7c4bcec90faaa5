"""The fake against the unmodified openai==3.51.0: what the SDK can say the fake hears, what it tells the SDK reads."""

import base64
import io
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx2
import openai
import pytest
from PIL import Image

from tests.fakes import openai as vendor
from tests.fakes.base import Fault
from tests.fakes.openai import OpenAI

pytestmark = pytest.mark.anyio
FLARE: dict[str, Any] = {"model": "gpt-image-2.5-flare", "prompt": "a fox", "size": "1024x1024", "quality": "low"}


@pytest.fixture
def fake() -> OpenAI:
    return OpenAI()


@pytest.fixture
async def sdk(fake: OpenAI) -> AsyncIterator[openai.AsyncOpenAI]:
    http = httpx2.AsyncClient(transport=fake.transport())
    async with openai.AsyncOpenAI(api_key="sk-1", base_url=fake.base_url, http_client=http, max_retries=0) as client:
        yield client


def picture(b64: str | None) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(b64 or "", validate=True)))


async def test_a_picture_has_the_size_and_format_it_was_asked_in(sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.images.generate(**FLARE | {"size": "1536x864", "output_format": "webp", "n": 2})

    assert answer.data
    images = [picture(item.b64_json) for item in answer.data]
    assert [(image.format, image.size) for image in images] == [("WEBP", (1536, 864))] * 2
    assert images[0].getpixel((800, 400)) != images[1].getpixel((800, 400))
    assert (answer.size, answer.quality, answer.background, answer.output_format) == (
        "1536x864",
        "low",
        "opaque",
        "webp",
    )


async def test_usage_adds_up(sdk: openai.AsyncOpenAI) -> None:
    usage = (await sdk.images.generate(**FLARE, n=3)).usage

    assert usage
    assert usage.output_tokens_details
    assert usage.output_tokens == usage.output_tokens_details.image_tokens == 3 * 196
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert usage.input_tokens == usage.input_tokens_details.text_tokens > 0


async def test_a_transparent_background_is_transparent(sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.images.generate(**FLARE, background="transparent")

    assert answer.data
    assert picture(answer.data[0].b64_json).getpixel((0, 0)) == (0, 0, 0, 0)


async def test_the_end_user_is_echoed(sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.images.generate(**FLARE, user="old", safety_identifier="new")

    assert answer.safety_identifier == "new"


async def test_what_arrived_is_remembered_per_prompt(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    await sdk.images.generate(**FLARE)
    await sdk.images.generate(**FLARE | {"prompt": "an owl"})

    assert fake.prompts == {"a fox": 1, "an owl": 1}
    assert fake.submits[0].path == "/v1/images/generations"
    assert fake.submits[0].body == FLARE
    assert fake.submits[0].headers["authorization"] == "Bearer sk-1"


REFUSED: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"seed": 7}, "unknown_parameter", "seed"),
    ({"response_format": "b64_json"}, "unknown_parameter", "response_format"),
    ({"style": "vivid"}, "unknown_parameter", "style"),
    ({"input_fidelity": "high"}, "unknown_parameter", "input_fidelity"),
    ({"n": 0}, "invalid_value", "n"),
    ({"n": 11}, "invalid_value", "n"),
    ({"n": "1"}, "invalid_type", "n"),
    ({"n": None}, "invalid_type", "n"),
    ({"prompt": ""}, "invalid_value", "prompt"),
    ({"prompt": "x" * 32_001}, "invalid_value", "prompt"),
    ({"quality": "standard"}, "invalid_value", "quality"),
    ({"model": "gpt-image-2", "quality": "max"}, "invalid_value", "quality"),
    ({"model": "gpt-image-2.6-flare", "quality": "xhigh"}, "invalid_value", "quality"),
    ({"size": "512x512"}, "invalid_value", "size"),
    ({"size": "1920x1080"}, "invalid_value", "size"),
    ({"size": "3200x1024"}, "invalid_value", "size"),
    ({"size": "3856x2144"}, "invalid_value", "size"),
    ({"size": "3840x2176"}, "invalid_value", "size"),
    ({"size": "1024 x 1024"}, "invalid_value", "size"),
    ({"model": "gpt-image-1.5", "size": "1792x1024"}, "invalid_value", "size"),
    ({"background": "transparent", "output_format": "jpeg"}, "invalid_value", "background"),
    ({"model": "gpt-image-2", "background": "transparent"}, "invalid_value", "background"),
    ({"output_compression": 80}, "invalid_value", "output_compression"),
    ({"output_compression": 101, "output_format": "jpeg"}, "invalid_value", "output_compression"),
    ({"output_format": "gif"}, "invalid_value", "output_format"),
    ({"frame_count": 4}, "invalid_value", "frame_count"),
    ({"complexity": "high"}, "invalid_value", "complexity"),
    ({"partial_images": 2}, "invalid_value", "partial_images"),
    ({"safety_identifier": "u" * 129}, "invalid_value", "safety_identifier"),
]


@pytest.mark.parametrize(("change", "code", "param"), REFUSED, ids=lambda value: str(value)[:40])
async def test_refuses(sdk: openai.AsyncOpenAI, change: dict[str, Any], code: str, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        await sdk.post("/images/generations", body=FLARE | change, cast_to=object)

    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert refusal.value.type == "invalid_request_error"


ACCEPTED: list[dict[str, Any]] = [
    {"n": 10},
    {"size": None},
    {"size": "auto", "quality": "auto", "background": "auto", "moderation": "low"},
    {"size": "3840x2160"},
    {"size": "1536x512"},
    {"size": "1280x720"},
    {"quality": "max"},
    {"output_format": "jpeg", "output_compression": 0},
    {"model": "gpt-image-2.6-sunburst", "complexity": "low"},
    {"model": "gpt-image-1-mini", "size": "1536x1024", "quality": "high"},
    {"user": "u", "safety_identifier": None},
]


@pytest.mark.parametrize("change", ACCEPTED, ids=str)
async def test_accepts(sdk: openai.AsyncOpenAI, change: dict[str, Any]) -> None:
    answer = await sdk.post("/images/generations", body=FLARE | change, cast_to=openai.types.ImagesResponse)

    assert answer.data
    assert len(answer.data) == change.get("n", 1)


async def test_previews_open_what_the_account_lacks(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    asked = FLARE | {"model": "gpt-image-2.6-flare", "output_format": "gif", "frame_count": 3}
    with pytest.raises(openai.PermissionDeniedError):
        await sdk.images.generate(**asked)

    fake.previews.add("gif")
    answer = await sdk.images.generate(**asked)

    assert answer.data
    assert picture(answer.data[0].b64_json).n_frames == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "change",
    [
        {"output_format": "gif", "frame_count": 9},
        {"output_format": "gif", "frame_count": 2, "stream": True},
        {"output_format": "svg", "stream": True},
        {"output_format": "svg", "n": 2},
        {"output_format": "svg", "output_compression": 50},
    ],
    ids=str,
)
async def test_previews_have_limits(sdk: openai.AsyncOpenAI, fake: OpenAI, change: dict[str, Any]) -> None:
    fake.previews |= {"gif", "svg"}

    with pytest.raises(openai.BadRequestError):
        await sdk.post("/images/generations", body=FLARE | {"model": "gpt-image-2.6-flare"} | change, cast_to=object)


async def test_svg_is_billed_twice(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.previews.add("svg")
    answer = await sdk.images.generate(
        **FLARE | {"model": "gpt-image-2.6-flare"}, output_format="svg", svg={"model": "m"}
    )

    assert answer.svg_usage
    assert answer.svg_usage.total_tokens == answer.svg_usage.input_tokens + answer.svg_usage.output_tokens
    assert answer.data
    assert base64.b64decode(answer.data[0].b64_json or "").startswith(b"<svg")


@pytest.mark.parametrize("model", ["dall-e-3", "gpt-image-1", "gpt-image-2.5", "gpt-6-luna"])
async def test_a_retired_or_unknown_model_is_not_found(sdk: openai.AsyncOpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        await sdk.images.generate(**FLARE | {"model": model})

    assert refusal.value.code == "model_not_found"


async def test_a_model_dies_on_its_day(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    asked = FLARE | {"model": "gpt-image-1.5"}
    await sdk.images.generate(**asked)
    fake.today = date(2026, 12, 1)

    with pytest.raises(openai.NotFoundError):
        await sdk.images.generate(**asked)


async def test_models_tell_their_last_day(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    listed = {model.id: model.shutdown_date async for model in sdk.models.list()}

    assert listed["gpt-image-1.5"] == "2026-12-01"
    assert listed["gpt-image-2"] is None
    assert "dall-e-3" not in listed
    assert (await sdk.models.retrieve("gpt-image-2")).id == "gpt-image-2"
    with pytest.raises(openai.NotFoundError):
        await sdk.models.retrieve("gpt-image-1")


@pytest.mark.parametrize("header", ["", "sk-1", "Basic sk-1", "Bearer ", "bearer sk-1", "Bearer  sk-1"])
async def test_a_wrong_key_is_refused(fake: OpenAI, header: str) -> None:
    async with httpx2.AsyncClient(transport=fake.transport()) as http:
        url = f"{fake.base_url}/images/generations"
        answer = await http.post(url, json=FLARE, headers={"authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    "form",
    [
        {"data": FLARE},
        {"content": json.dumps(FLARE), "headers": {"content-type": "text/plain"}},
        {"content": "{", "headers": {"content-type": "application/json"}},
    ],
)
async def test_only_json_is_taken(fake: OpenAI, form: dict[str, Any]) -> None:
    headers = {"authorization": "Bearer k"} | form.pop("headers", {})
    async with httpx2.AsyncClient(transport=fake.transport()) as http:
        answer = await http.post(f"{fake.base_url}/images/generations", headers=headers, **form)

    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["images/variations", "videos"])
async def test_what_is_gone_is_not_found(sdk: openai.AsyncOpenAI, path: str) -> None:
    with pytest.raises(openai.NotFoundError):
        await sdk.post(f"/{path}", body={"prompt": "a fox"}, cast_to=object)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.refused(), openai.BadRequestError),
        (Fault.moderated("input"), openai.BadRequestError),
        (Fault.status(401), openai.AuthenticationError),
        (vendor.UNVERIFIED, openai.PermissionDeniedError),
        (Fault.status(429), openai.RateLimitError),
        (vendor.NO_QUOTA, openai.RateLimitError),
        (Fault.status(500, "<html>"), openai.InternalServerError),
        (Fault.status(503), openai.InternalServerError),
        (Fault.drop(), openai.APIConnectionError),
        (Fault.stall(), openai.APITimeoutError),
        (Fault.never_ending(), openai.APITimeoutError),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
async def test_a_fault_strikes_once(
    sdk: openai.AsyncOpenAI, fake: OpenAI, fault: Fault, error: type[openai.APIError]
) -> None:
    fake.fail(fault)

    with pytest.raises(error):
        await sdk.images.generate(**FLARE)
    await sdk.images.generate(**FLARE)

    assert fake.prompts == {"a fox": 2}


async def test_moderation_says_where_and_why(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.fail(vendor.MODERATED_OUTPUT, vendor.MODERATED_BARE)

    with pytest.raises(openai.BadRequestError) as told:
        await sdk.images.generate(**FLARE)
    with pytest.raises(openai.BadRequestError) as untold:
        await sdk.images.generate(**FLARE)

    assert told.value.code == untold.value.code == "moderation_blocked"
    assert isinstance(told.value.body, dict)
    assert told.value.body["moderation_details"] == {"moderation_stage": "output", "categories": ["sexual"]}
    assert "moderation_details" not in str(untold.value.body)


async def test_a_definite_refusal_is_not_a_bill_but_silence_may_be(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.fail(Fault.status(429, headers={"retry-after-ms": "5"}), Fault.drop(), Fault.status(500))
    for _ in range(3):
        with pytest.raises(openai.APIError):
            await sdk.images.generate(**FLARE)

    assert [submit.status for submit in fake.submits] == [429, None, 500]
    assert fake.paid == {"a fox": 2}


async def test_garbage_and_empty_answers_are_successes_without_a_picture(fake: OpenAI) -> None:
    fake.fail(Fault.garbage(), Fault.empty(), vendor.FILTERED_200, vendor.BARE)
    async with httpx2.AsyncClient(transport=fake.transport(), headers={"authorization": "Bearer k"}) as http:
        answers = [await http.post(f"{fake.base_url}/images/generations", json=FLARE) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4
    with pytest.raises(ValueError, match="delimiter"):
        answers[0].json()
    assert answers[1].json()["data"] == []
    assert answers[2].json()["error"]["code"] == "contentFilter"
    assert set(answers[3].json()) == {"created", "data"}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 4


async def events(sdk: openai.AsyncOpenAI) -> list[Any]:
    stream = await sdk.images.generate(**FLARE, stream=True, partial_images=2)
    return [event async for event in stream]


async def test_a_stream_ends_with_the_whole_picture_and_the_bill(sdk: openai.AsyncOpenAI) -> None:
    *partials, last = await events(sdk)

    assert [event.partial_image_index for event in partials] == [0, 1]
    assert last.type == "image_generation.completed"
    assert last.usage.output_tokens == 196 + 2 * 100
    assert picture(last.b64_json).size == (1024, 1024)


async def test_a_stream_can_be_cut_fail_or_finish_early(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.fail(Fault.empty(), vendor.CUT_STREAM, vendor.EARLY_STREAM, vendor.STREAM_ERROR)

    assert await events(sdk) == []
    assert [event.type for event in await events(sdk)] == ["image_generation.partial_image"] * 2
    assert [event.type.rpartition(".")[2] for event in await events(sdk)] == ["partial_image", "completed"]
    with pytest.raises(openai.APIError) as failure:
        await events(sdk)
    assert failure.value.code == "server_error"


async def test_a_fault_the_vendor_does_not_have_is_the_tests_mistake(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.fail(Fault.failed("internal_error"), Fault.variant("cut_stream"), Fault.variant("bare"))

    for stream in (False, False, True):
        with pytest.raises(AssertionError, match="knows no"):
            await sdk.post("/images/generations", body=FLARE | {"stream": stream}, cast_to=object)


async def test_an_unknown_host_is_named() -> None:
    async with httpx2.AsyncClient(transport=OpenAI().transport()) as http:
        with pytest.raises(AssertionError, match=r"elsewhere\.test"):
            await http.get("http://elsewhere.test/")
