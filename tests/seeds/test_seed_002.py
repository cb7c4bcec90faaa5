"""Seed 002, the image feature: each sentence that asks for behaviour."""

import re
from pathlib import Path

import pytest

from tests.doors.http.serving import Served
from tests.fakes.base import Fault
from tests.seeds.bodies import RETIRED_IMAGES, picture_of, refusal_of, two_vendors

pytestmark = pytest.mark.anyio

EXAMPLE = {
    "prompt": "A serene mountain landscape at sunset",
    "settings": {"image": {"model": "openai", "width": 1024, "height": 1024, "quality": "high"}},
    "customer_id": 123,
    "save_to_db": True,
}


async def test_the_request_format_example_is_served_in_the_response_format(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        data = picture_of(await door.client.post("/image/generate", json=EXAMPLE))
        fetched = await door.client.get(data["image_url"])

    (submit,) = openai.submits
    assert (data["provider"], data["model"]) == ("openai", "gpt-image-2.5-flare")
    assert data["settings"].items() >= {"width": 1024, "height": 1024, "quality": "high"}.items()
    assert submit.body.items() >= {"model": data["model"], "size": "1024x1024", "quality": "high"}.items()
    assert fetched.headers["content-type"] == "image/png"


async def test_without_a_token_it_is_served_too(door: Served) -> None:
    with_token = await door.image(headers={"authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"})
    without = await door.image()

    assert (with_token.status_code, without.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("alias", "provider", "model"),
    [
        ("openai", "openai", "gpt-image-2.5-flare"),
        ("OpenAI", "openai", "gpt-image-2.5-flare"),
        ("gpt-image-1.5", "openai", "gpt-image-1.5"),
        ("gpt-image-next", "openai", "gpt-image-next"),
        ("grok", "xai", "grok-imagine-image-2.0"),
        ("grok-imagine-image", "xai", "grok-imagine-image"),
    ],
)
async def test_provider_selection_by_pattern(tmp_path: Path, alias: str, provider: str, model: str) -> None:
    async with two_vendors(tmp_path) as (door, _, _):
        answer = await door.image(settings={"image": {"model": alias}}, headers={"prefer": "respond-async"})

    used = answer.json()["data"]["model"]["used"]
    assert used == f"{provider}:{model}"


async def test_the_default_is_openai(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, _):
        data = picture_of(await door.image(settings={}))

    assert data["provider"] == "openai"


@pytest.mark.parametrize("model", RETIRED_IMAGES)
async def test_a_model_that_is_gone_is_refused_with_date_and_successor(tmp_path: Path, model: str) -> None:
    retired, successor = RETIRED_IMAGES[model]
    async with two_vendors(tmp_path, overridden=False) as (door, openai, xai):
        status, error = refusal_of(await door.image(settings={"image": {"model": model}}))

    assert status == 400
    assert retired in error
    assert successor in error
    assert (openai.submits, xai.submits) == ([], [])


@pytest.mark.parametrize("quality", ["low", "medium", "high"])
async def test_quality_levels_of_openai(tmp_path: Path, quality: str) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        data = picture_of(await door.image(settings={"image": {"model": "openai", "quality": quality}}))

    assert (data["settings"]["quality"], openai.submits[0].body["quality"]) == (quality, quality)


async def test_openai_safe_prompt_adjustment(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        for switch in (None, False, True):
            await door.image(settings={"image": {"model": "openai", "disable_safe_prompt_adjust": switch}})

    untouched, off, on = (submit.prompt for submit in openai.submits)
    assert untouched == off == "a fox in the snow"
    assert on.endswith("a fox in the snow")
    assert "without rewriting" in on


@pytest.mark.parametrize("response_format", ["url", "b64_json"])
async def test_grok_answers_a_url_or_base64(tmp_path: Path, response_format: str) -> None:
    settings = {"image": {"model": "grok", "response_format": response_format}}
    async with two_vendors(tmp_path) as (door, _, _):
        data = picture_of(await door.image(settings=settings))

    start = "http://127.0.0.1:8000/media/" if response_format == "url" else "data:image/jpeg;base64,"
    assert data["image_url"].startswith(start)


async def test_an_empty_prompt_is_400(door: Served) -> None:
    assert refusal_of(await door.image(prompt=""))[0] == 400


async def test_a_customer_of_zero_is_400(door: Served) -> None:
    assert refusal_of(await door.image(customer_id=0))[0] == 400


async def test_save_to_db_true_keeps_it_under_the_customer_with_its_true_extension(door: Served) -> None:
    data = picture_of(await door.image(customer_id=123))

    (key,) = door.files()
    assert re.fullmatch(rf"customers/123/assets/image/{data['asset_id']}\.png", key)
    assert (await door.client.get(data["image_url"])).content == (door.home / "media" / key).read_bytes()


async def test_save_to_db_false_answers_a_data_url(door: Served) -> None:
    data = picture_of(await door.image(customer_id=123, save_to_db=False))

    assert data["image_url"].startswith("data:image/png;base64,")
    assert [key for key in door.files() if "/assets/" in key] == []


async def test_a_failing_provider_is_502(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        openai.fail(Fault.refused("The colour is wrong."))
        status, error = refusal_of(await door.image(settings={"image": {"model": "openai"}}))

    assert status == 502
    assert "The colour is wrong." in error


async def test_a_failing_storage_is_502(door: Served) -> None:
    (door.home / "media" / "customers").write_text("a file where a folder should be")

    status, error = refusal_of(await door.image())

    assert status == 502
    assert "torage" in error


async def test_an_unexpected_error_is_500(door: Served) -> None:
    await door.house.db.tx(lambda c: c.exec_driver_sql("ALTER TABLE slots RENAME TO elsewhere"))

    status, error = refusal_of(await door.image())

    assert status == 500
    assert "Something went wrong here." in error
