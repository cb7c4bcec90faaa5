"""Seed 000, the architecture guide: each row and sentence that asks for behaviour, by its section.

What a section shares with seeds 001 and 002 is tried there.
"""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.doors.http.serving import Served
from tests.fakes import media
from tests.fakes.base import Fault
from tests.seeds.bodies import picture_of, refusal_of, two_vendors

pytestmark = pytest.mark.anyio

SMALL = {"model": "sketch", "size": "64x64"}


# 1.2 and 1.3: the body of images and their answer


@pytest.mark.parametrize("missing", ["prompt", "customer_id"])
async def test_1_2_a_required_field_is_required(quiet: Served, missing: str) -> None:
    body = {"prompt": "a fox", "customer_id": 1}
    del body[missing]

    status, error = refusal_of(await quiet.client.post("/image/generate", json=body))

    assert (status, error.startswith(f"{missing} is missing.")) == (400, True)


async def test_1_2_settings_default_to_nothing(door: Served) -> None:
    answer = await door.client.post("/image/generate", json={"prompt": "a fox", "customer_id": 1})

    assert picture_of(answer)["settings"].items() >= {"width": 1024, "height": 1024}.items()


async def test_1_2_message_and_session_are_kept_with_the_job(door: Served) -> None:
    data = picture_of(await door.image(message_id="m-1", session_id="s-1"))

    request = (await door.house.jobs.get(1, data["job_id"])).request
    assert (request["message_id"], request["session_id"]) == ("m-1", "s-1")


@pytest.mark.parametrize("save", [True, False])
async def test_1_3_the_answer_has_url_provider_model_and_settings(door: Served, save: bool) -> None:
    data = picture_of(await door.image(save_to_db=save))

    assert data["image_url"].startswith("http://" if save else "data:image/png;base64,")
    assert (data["provider"], data["model"]) == ("sketch", "still")
    assert data["settings"].items() >= {"provider": "sketch", "model": "still", "width": 64, "height": 64}.items()


async def test_1_3_the_settings_echo_all_that_was_used(door: Served) -> None:
    asked = {"negative_prompt": "rain", "seed": 7, "output_format": "webp", "background": "transparent"}

    data = picture_of(await door.image(settings={"image": SMALL | asked}))

    assert data["settings"].items() >= asked.items()


# 1.4: parameters of the vendors


async def test_1_4_a_quality_called_standard_is_medium(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        data = picture_of(await door.image(settings={"image": {"model": "openai", "quality": "standard"}}))

    assert (data["settings"]["quality"], openai.submits[0].body["quality"]) == ("medium", "medium")


@pytest.mark.parametrize("model", ["openai", "grok"])
async def test_1_4_width_and_height_default_to_1024(tmp_path: Path, model: str) -> None:
    async with two_vendors(tmp_path) as (door, _, _):
        data = picture_of(await door.image(settings={"image": {"model": model}}))

    assert (data["images"][0]["width"], data["images"][0]["height"]) == (1024, 1024)
    assert data["notes"] == []


async def test_1_4_number_of_images_are_that_many(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, _, xai):
        data = picture_of(await door.image(settings={"image": {"model": "grok", "number_of_images": 3}}))

    assert [image["index"] for image in data["images"]] == [0, 1, 2]
    assert data["settings"]["number_of_images"] == 3
    assert [submit.body["n"] for submit in xai.submits] == [3]


async def test_1_4_size_overrides_width_and_height(tmp_path: Path) -> None:
    settings = {"model": "openai", "size": "1536x1024", "width": 1024, "height": 1024}
    async with two_vendors(tmp_path) as (door, openai, _):
        data = picture_of(await door.image(settings={"image": settings}))

    assert openai.submits[0].body["size"] == "1536x1024"
    assert "width" in [note["field"] for note in data["notes"]]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("style", "vivid"), ("cfg_scale", 7.0), ("steps", 30), ("guidance", 3.0), ("seed", 1), ("style_preset", "anime")],
)
async def test_1_4_what_the_model_does_not_have_is_noted(tmp_path: Path, setting: str, value: Any) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        data = picture_of(await door.image(settings={"image": {"model": "openai", setting: value}}))

    (note,) = data["notes"]
    assert (note["code"], note["asked"]) == ("ignored", value)
    assert note["field"].endswith(setting)
    assert setting not in openai.submits[0].body


@pytest.mark.parametrize(
    ("setting", "value", "sent"),
    [
        ("background", "transparent", "transparent"),
        ("moderation", "low", "low"),
        ("moderation", False, "low"),
        ("output_format", "webp", "webp"),
        ("user", "u-1", "u-1"),
    ],
)
async def test_1_4_what_the_model_has_reaches_it(tmp_path: Path, setting: str, value: Any, sent: Any) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        data = picture_of(await door.image(settings={"image": {"model": "openai", setting: value}}))

    assert openai.submits[0].body[setting] == sent
    assert data["settings"][setting] == sent


async def test_1_4_output_compression_reaches_a_jpeg(tmp_path: Path) -> None:
    settings = {"model": "openai", "output_format": "jpeg", "output_compression": "80"}
    async with two_vendors(tmp_path) as (door, openai, _):
        data = picture_of(await door.image(settings={"image": settings}))

    assert openai.submits[0].body["output_compression"] == 80
    assert data["image_url"].endswith(".jpg")


# 1.5 and 2.5: which provider


@pytest.mark.parametrize("kind", ["image", "video"])
async def test_1_5_anything_else_is_a_configuration_error(quiet: Served, kind: str) -> None:
    ask = quiet.image if kind == "image" else quiet.video

    status, error = refusal_of(await ask(settings={kind: {"model": "midjourney-7"}}))

    assert status == 400
    assert "midjourney-7" in error


@pytest.mark.parametrize("spelling", ["SKETCH", "Sketch:Still", " sketch "])
async def test_1_5_model_names_are_read_in_any_case(door: Served, spelling: str) -> None:
    assert picture_of(await door.image(settings={"image": SMALL | {"model": spelling}}))["model"] == "still"


# 2.2, 2.4 and 2.6: films


@pytest.mark.parametrize(
    ("asked", "used"), [({"duration_seconds": 40}, 30), ({"duration_seconds": 0.1}, 0.5), ({"duration_seconds": 1}, 1)]
)
async def test_2_4_a_duration_is_clamped_to_the_range_with_a_note(door: Served, asked: Any, used: float) -> None:
    settings = {"model": "sketch", "size": "64x64", "fps": 12} | asked

    answer = await door.video(settings={"video": settings}, headers={"prefer": "respond-async"})

    job = answer.json()["data"]
    assert job["request"]["seconds"] == used
    noted = [note["field"] for note in job["notes"] if note["code"] == "adjusted"]
    assert noted == ([] if used == asked["duration_seconds"] else ["seconds"])
    await door.client.post(f"/v1/jobs/{job['id']}/cancel")


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ({"aspect_ratio": "16:9"}, (1280, 720)),
        ({"aspect_ratio": "16:9", "resolution": "720p"}, (1280, 720)),
        ({"aspect_ratio": "9:16", "resolution": "720p"}, (720, 1280)),
        ({}, (720, 1280)),
    ],
)
async def test_2_4_ratio_and_resolution_make_the_size(door: Served, shape: Any, size: tuple[int, int]) -> None:
    settings = {"model": "sketch", "duration_seconds": 0.5, "fps": 4} | shape

    data = picture_of(await door.video(settings={"video": settings}))

    assert (data["videos"][0]["width"], data["videos"][0]["height"]) == size


async def test_2_4_a_style_reference_falls_back_to_asset(door: Served) -> None:
    picture = f"data:image/png;base64,{b64encode(media.picture(64, 64)).decode()}"
    settings: dict[str, Any] = {"model": "sketch", "size": "64x64", "duration_seconds": 0.5}
    settings["reference_images"] = [{"url": picture, "type": "STYLE"}]

    data = picture_of(await door.video(settings={"video": settings}))

    assert ("style", "asset") in [(note["asked"], note["used"]) for note in data["notes"]]


async def test_2_6_the_metadata_names_all_optional_parameters_provided(door: Served) -> None:
    asked = {"fps": 12, "seed": 3, "generate_audio": True}
    settings = {"model": "sketch", "size": "64x64", "duration_seconds": 0.5} | asked

    told = picture_of(await door.video(settings={"video": settings}))["settings"]

    always = {"provider", "model", "aspect_ratio", "duration_seconds", "mode", "enhance_prompt", "number_of_videos"}
    assert always <= set(told)
    assert told.items() >= asked.items()


# 3: the front end


async def test_3_2_the_front_ends_image_request_is_served(door: Served) -> None:
    body = {"prompt": "a fox", "customer_id": "1", "settings": {"image": SMALL}, "save_to_db": True, "count": 2}

    answer = await door.client.post("/image/generate", json=body, headers={"origin": "http://localhost:5173"})

    assert "count" in [note["field"] for note in picture_of(answer)["notes"]]
    assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"


async def test_3_2_the_front_ends_video_request_is_served(door: Served) -> None:
    picture = picture_of(await door.image())["image_url"]
    small = {"model": "sketch", "duration_seconds": 0.5, "aspect_ratio": "1:1", "size": "64x64", "fps": 12}

    answer = await door.video(
        customer_id="1", settings={"video": small}, input_image_url=picture, mode="single", scenes=[{"id": 1}]
    )

    data = picture_of(answer)
    assert {"scenes", "mode"} <= {note["field"] for note in data["notes"]}
    assert {"thumbnail", "provider", "model", "timestamp"} <= set(data)
    assert (await door.client.get(data["thumbnail"])).headers["content-type"] == "image/webp"


async def test_3_3_the_default_address_is_port_8000_of_localhost(door: Served) -> None:
    assert door.house.settings.own_url == "http://127.0.0.1:8000"
    assert (await door.client.get("/healthz", headers={"host": "localhost:8000"})).status_code == 200


# 4.3: capabilities


async def test_4_3_capabilities_are_flags_of_each_model(quiet: Served) -> None:
    models = (await quiet.client.get("/v1/models")).json()["data"]

    flags = {model["id"]: model["flags"] for model in models}
    assert all({"streaming", "reasoning", "audio_input", "image_to_video"} <= set(told) for told in flags.values())
    assert flags["sketch:motion"]["image_to_video"]
    assert not flags["sketch:still"]["image_to_video"]


# 5: errors


SCENARIOS: list[tuple[dict[str, Any], int]] = [
    ({}, 200),
    ({"prompt": ""}, 400),
    ({"customer_id": 0}, 400),
    ({"settings": {"image": {"model": "nope"}}}, 400),
    ({"settings": {"image": {"model": "sketch:motion"}}}, 501),
    ({"settings": {"image": {"model": "openai"}}}, 502),
]


@pytest.mark.parametrize(("asked", "status"), SCENARIOS, ids=str)
async def test_5_1_the_status_table(tmp_path: Path, asked: dict[str, Any], status: int) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        openai.fail(Fault.refused())
        answer = await door.image(**asked)

    assert (answer.status_code, answer.json()["code"]) == (status, status)


async def test_5_2_the_error_format(quiet: Served) -> None:
    body = (await quiet.image(prompt="")).json()

    assert list(body)[:4] == ["success", "data", "error", "code"]
    assert (body["success"], body["data"], body["code"]) == (False, None, 400)
    assert len(body["error"]) > 10
