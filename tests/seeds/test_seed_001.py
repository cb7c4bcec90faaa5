"""Seed 001, the video feature: each sentence that asks for behaviour."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.doors.http.serving import Served
from tests.fakes.base import Fault
from tests.seeds.bodies import RETIRED_VIDEOS, picture_of, refusal_of, two_vendors

pytestmark = pytest.mark.anyio

EXAMPLE: dict[str, Any] = {
    "prompt": "A serene mountain landscape at sunset",
    "settings": {
        "video": {
            "model": "grok",
            "duration_seconds": 5,
            "aspect_ratio": "9:16",
            "enhance_prompt": True,
            "number_of_videos": 1,
        }
    },
    "customer_id": 123,
    "save_to_db": True,
}
GROK = {"video": {"model": "grok"}}


async def test_the_request_format_example_is_served_in_the_response_format(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        data = picture_of(await door.client.post("/video/generate", json=EXAMPLE))
        fetched = await door.client.get(data["video_url"])

    assert (data["provider"], data["model"], data["duration"]) == ("xai", "grok-imagine-video-1.5", 5)
    assert data["settings"].items() >= {"aspect_ratio": "9:16", "duration_seconds": 5}.items()
    assert xai.submits[0].body.items() >= {"aspect_ratio": "9:16", "duration": 5}.items()
    assert fetched.headers["content-type"] == "video/mp4"


async def test_an_enhancer_that_is_not_there_is_not_claimed(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, _):
        asked = picture_of(await door.client.post("/video/generate", json=EXAMPLE))
        silent = picture_of(await door.video(settings=GROK))

    assert asked["settings"]["enhance_prompt"] is silent["settings"]["enhance_prompt"] is False
    assert "options.enhance_prompt" in [note["field"] for note in asked["notes"]]
    assert "options.enhance_prompt" not in [note["field"] for note in silent["notes"]]


async def test_text_to_video_is_the_default_mode(door: Served) -> None:
    assert picture_of(await door.video())["settings"]["mode"] == "text_to_video"


async def test_image_to_video_when_input_image_url_is_provided(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        picture = picture_of(await door.image())["image_url"]
        data = picture_of(await door.video(input_image_url=picture, settings=GROK))

    assert data["settings"]["mode"] == "image_to_video"
    assert xai.submits[0].body["image"]["url"].startswith("data:image/png;base64,")


@pytest.mark.parametrize("model", RETIRED_VIDEOS)
async def test_a_model_that_is_gone_is_refused_with_date_and_successor(tmp_path: Path, model: str) -> None:
    retired, successor = RETIRED_VIDEOS[model]
    async with two_vendors(tmp_path, overridden=False) as (door, openai, xai):
        status, error = refusal_of(await door.video(settings={"video": {"model": model}}))

    assert status == 400
    assert retired in error
    assert successor in error
    assert (openai.submits, xai.submits) == ([], [])


async def test_the_settings_defaults(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        data = picture_of(await door.video(settings=GROK))

    assert xai.submits[0].body.items() >= {"duration": 5, "aspect_ratio": "9:16"}.items()
    assert data["settings"]["number_of_videos"] == len(data["videos"]) == 1
    assert [note["code"] for note in data["notes"]] == []


@pytest.mark.parametrize(
    ("setting", "value", "field", "sent"),
    [
        ("duration_seconds", 8, "duration", 8),
        ("aspect_ratio", "16:9", "aspect_ratio", "16:9"),
        ("aspect_ratio", "1:1", "aspect_ratio", "1:1"),
        ("resolution", "720p", "resolution", "720p"),
    ],
)
async def test_a_video_setting_reaches_the_vendor(
    tmp_path: Path, setting: str, value: Any, field: str, sent: Any
) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        picture_of(await door.video(settings={"video": {"model": "grok", setting: value}}))

    assert xai.submits[0].body[field] == sent


async def test_number_of_videos_are_that_many(door: Served) -> None:
    settings = {"model": "sketch", "size": "64x64", "duration_seconds": 0.5, "fps": 12, "number_of_videos": 2}

    data = picture_of(await door.video(settings={"video": settings}))

    assert [video["index"] for video in data["videos"]] == [0, 1]
    assert len({video["asset_id"] for video in data["videos"]}) == 2


@pytest.mark.parametrize(("fps", "audio"), [(24, True), (30, False)])
async def test_fps_and_audio_are_as_asked(door: Served, fps: int, audio: bool) -> None:
    asked = {"fps": fps, "generate_audio": audio}
    settings = {"model": "sketch", "size": "64x64", "duration_seconds": 0.5} | asked

    data = picture_of(await door.video(settings={"video": settings}))

    job = await door.house.jobs.get(1, data["job_id"])
    assert (job.assets[0].fps, job.assets[0].has_audio) == (fps, audio)
    assert data["settings"].items() >= asked.items()


async def test_the_film_lasts_as_long_as_asked(door: Served) -> None:
    settings = {"model": "sketch", "size": "64x64", "duration_seconds": 1.5, "fps": 12}

    data = picture_of(await door.video(settings={"video": settings}))

    assert data["duration"] == data["videos"][0]["seconds"] == 1.5


async def test_enabled_storage_keeps_it_under_customer_time_and_id(door: Served) -> None:
    data = picture_of(await door.video(customer_id=123))

    (key,) = door.files()
    assert re.fullmatch(rf"customers/123/assets/video/\d{{8}}T\d{{6}}Z_{data['asset_id']}\.mp4", key)


async def test_disabled_storage_answers_a_data_url(door: Served) -> None:
    data = picture_of(await door.video(save_to_db=False))

    assert data["video_url"].startswith("data:video/mp4;base64,")
    assert [key for key in door.files() if "/assets/" in key] == []


@pytest.mark.parametrize("wrong", [{"prompt": ""}, {"prompt": "  "}, {"customer_id": 0}, {"customer_id": -5}])
async def test_an_empty_prompt_or_invalid_customer_is_400(quiet: Served, wrong: dict[str, Any]) -> None:
    assert refusal_of(await quiet.video(**wrong))[0] == 400


@pytest.mark.parametrize("model", ["elsewhere-1", "grok"])
async def test_an_invalid_provider_configuration_is_400(quiet: Served, model: str) -> None:
    assert refusal_of(await quiet.video(settings={"video": {"model": model}}))[0] == 400


async def test_a_feature_not_implemented_is_501(quiet: Served) -> None:
    picture = "data:image/png;base64,AAAA"

    status, error = refusal_of(await quiet.video(settings={"video": {"model": "sketch", "mask": picture}}))

    assert status == 501
    assert "mask" in error


@pytest.mark.parametrize("how", [Fault.failed("internal_error"), Fault.refused(), Fault.status(404, on="download")])
async def test_a_provider_api_failure_is_502(tmp_path: Path, how: Fault) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        xai.fail(how)
        assert refusal_of(await door.video(settings=GROK))[0] == 502


async def test_a_storage_failure_is_502(door: Served) -> None:
    (door.home / "media" / "customers").write_text("a file where a folder should be")

    assert refusal_of(await door.video())[0] == 502


async def test_an_unexpected_error_is_500(door: Served) -> None:
    await door.house.db.tx(lambda c: c.exec_driver_sql("ALTER TABLE slots RENAME TO elsewhere"))

    assert refusal_of(await door.video())[0] == 500


@pytest.mark.parametrize(
    ("poll", "status"), [({"poll_interval_seconds": 0.05}, 400), ({"poll_timeout_seconds": 0.9}, 400)]
)
async def test_poll_settings_have_a_least_value(quiet: Served, poll: dict[str, float], status: int) -> None:
    assert refusal_of(await quiet.video(settings={"video": {"model": "sketch"} | poll}))[0] == status


async def test_a_poll_interval_is_taken_and_noted(door: Served) -> None:
    settings = {"model": "sketch", "size": "64x64", "duration_seconds": 0.5, "fps": 12, "poll_interval_seconds": 0.1}

    data = picture_of(await door.video(settings={"video": settings}))

    assert "poll_interval_seconds" in [note["field"] for note in data["notes"] if note["code"] == "ignored"]
