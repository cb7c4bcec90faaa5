"""Seed 004, the research note on choosing among models: each decision, as far as it asks for behaviour."""

from pathlib import Path
from typing import Any

import pytest

from tests.doors.http.serving import Served
from tests.seeds.bodies import picture_of, two_vendors

pytestmark = pytest.mark.anyio


async def registry(door: Served) -> dict[str, dict[str, Any]]:
    return {model["id"]: model for model in (await door.client.get("/v1/models")).json()["data"]}


@pytest.mark.parametrize(
    ("model", "fidelity"),
    [("gpt-image-1", True), ("gpt-image-1-mini", False), ("gpt-image-1.5", True), ("grok-imagine-image", False)],
)
async def test_decisions_1_and_6_the_registry_tells_input_fidelity(quiet: Served, model: str, fidelity: bool) -> None:
    vendor = "openai" if model.startswith("gpt") else "xai"

    assert (await registry(quiet))[f"{vendor}:{model}"]["supports_input_fidelity"] is fidelity


async def test_decision_6_the_registry_groups_models_and_names_their_keys(quiet: Served) -> None:
    models = await registry(quiet)

    known = models["xai:grok-imagine-image-2.0"]
    assert known["display_name"]
    assert known["provider_group"] == "xAI"
    assert known["api_key_env"] == "XAI_API_KEY"
    assert models["openai:gpt-image-2"]["api_key_env"] == "OPENAI_API_KEY"


@pytest.mark.parametrize("model", ["gpt-image-1.5", "gpt-image-1-mini"])
async def test_decision_1_models_that_end_soon_are_served_with_a_note(tmp_path: Path, model: str) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        data = picture_of(await door.image(settings={"image": {"model": model}}))

    assert openai.submits[0].body["model"] == model
    (note,) = [note for note in data["notes"] if note["code"] == "sunset"]
    assert "2026-12-01" in note["message"]


@pytest.mark.parametrize("quality", ["low", "medium", "high"])
async def test_decision_1_each_variant_takes_the_same_qualities(tmp_path: Path, quality: str) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        for model in ("gpt-image-1.5", "gpt-image-1-mini"):
            picture_of(await door.image(settings={"image": {"model": model, "quality": quality}}))

    assert [submit.body["quality"] for submit in openai.submits] == [quality, quality]


async def test_decision_2_grok_imagine_is_asked_for_base64(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        picture_of(await door.image(settings={"image": {"model": "grok-imagine-image"}}))

    (submit,) = xai.submits
    assert submit.path == "/v1/images/generations"
    assert submit.body.items() >= {"model": "grok-imagine-image", "response_format": "b64_json"}.items()


async def test_decision_3_an_image_becomes_a_film_by_submit_and_poll(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        picture = picture_of(await door.image(settings={"image": {"model": "grok"}}))["asset_id"]
        data = picture_of(
            await door.video(input_image_url=picture, settings={"video": {"model": "grok-imagine-video"}})
        )

    submit = xai.submits[-1]
    assert submit.path == "/v1/videos/generations"
    assert submit.body["image"]["url"].startswith("data:image/")
    assert len(xai.polls) > 1
    assert len(xai.downloads) == 1
    assert data["settings"]["mode"] == "image_to_video"


async def test_decision_3_natively_the_default_is_8_seconds(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        asked = {"model": "xai:grok-imagine-video", "prompt": "it runs", "resolution": "720p", "aspect_ratio": "1:1"}
        await door.client.post("/v1/generations", json=asked, params={"wait": 60})

    assert xai.submits[0].body.items() >= {"duration": 8, "resolution": "720p", "aspect_ratio": "1:1"}.items()


async def test_decision_4_a_film_is_kept_and_served_after_the_vendors_address_has_expired(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        data = picture_of(await door.video(settings={"video": {"model": "grok"}}))
        xai.results.clear()
        film = await door.client.get(data["video_url"])

    assert film.headers["content-type"] == "video/mp4"
    assert len(film.content) == data["videos"][0]["bytes"]


async def test_decision_4_films_of_one_customer_are_not_anothers(door: Served) -> None:
    film = picture_of(await door.video(customer_id=5))

    answer = await door.client.get(f"/v1/jobs/{film['job_id']}", params={"customer_id": 6})

    assert answer.status_code == 404
