"""How the seeds' routes wait, and what they answer when it does not go as planned."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from tests.clock import QuickClock
from tests.doors.http.serving import URL, Served, a_door
from tests.fakes.base import ALWAYS, Fault
from tests.fakes.openai import OpenAI
from tests.fakes.xai import SOME_BLOCKED, XAI

pytestmark = pytest.mark.anyio

PICTURE = {"prompt": "a fox", "settings": {"image": {"model": "openai"}}}


def slow() -> OpenAI:
    fake = OpenAI()
    fake.image_delay = 0.3
    return fake


async def test_patience_that_ends_leads_to_the_job_which_goes_on(tmp_path: Path) -> None:
    async with a_door(tmp_path, fake := slow(), settings={"wait_s": 0.05}) as door:
        answer = await door.image(**PICTURE)
        body = answer.json()
        later = await door.house.jobs.wait(1, body["job_id"], 10)

    assert (answer.status_code, body["code"], body["error_code"]) == (504, 504, "still_running")
    assert answer.headers["location"] == f"{URL}/v1/jobs/{body['job_id']}"
    assert later.state == "succeeded"
    assert fake.paid["a fox"] == 1


async def test_a_caller_who_hangs_up_stops_nothing(tmp_path: Path) -> None:
    async with a_door(tmp_path, fake := slow()) as door:
        caller = asyncio.create_task(door.image(**PICTURE))
        while not fake.submits:
            await asyncio.sleep(0.005)
        caller.cancel()
        (job,) = (await door.client.get("/v1/jobs")).json()["data"]
        later = await door.house.jobs.wait(1, job["id"], 10)

    assert caller.cancelled()
    assert (job["state"], later.state) == ("running", "succeeded")
    assert fake.paid["a fox"] == 1


async def test_who_would_rather_watch_gets_the_job_at_once(tmp_path: Path) -> None:
    async with a_door(tmp_path, slow()) as door:
        answer = await door.image(**PICTURE, headers={"prefer": "respond-async"})
        body = answer.json()
        later = await door.house.jobs.wait(1, body["data"]["id"], 10)

    assert (answer.status_code, body["success"], body["code"]) == (202, True, 202)
    assert answer.headers["location"] == body["data"]["links"]["self"]
    assert answer.headers["preference-applied"] == "respond-async"
    assert body["data"]["state"] in ("queued", "running")
    assert later.state == "succeeded"


async def test_notes_of_the_door_stay_with_the_job(door: Served) -> None:
    answer = await door.image(scenes=[])

    data = answer.json()["data"]
    kept = (await door.client.get(f"/v1/jobs/{data['job_id']}")).json()["notes"]
    assert kept == data["notes"]
    assert "scenes" in [note["field"] for note in kept]


ENDS: list[tuple[Fault, int, str]] = [
    (Fault.refused("No such colour."), 502, "vendor_failed"),
    (Fault.moderated("input"), 400, "moderated"),
    (Fault.status(401), 502, "vendor_failed"),
    (Fault.drop(), 502, "uncertain"),
    (Fault.garbage(), 502, "uncertain"),
    (Fault.status(500), 502, "uncertain"),
    (Fault.status(429, times=ALWAYS), 502, "vendor_busy"),
]


@pytest.mark.parametrize(("fault", "status", "code"), ENDS, ids=lambda value: getattr(value, "kind", value))
async def test_a_job_without_a_picture_is_an_error_with_its_number(
    tmp_path: Path, fault: Fault, status: int, code: str
) -> None:
    fake = OpenAI()
    fake.fail(fault)

    async with a_door(tmp_path, fake) as door:
        answer = await door.image(**PICTURE)
        body = answer.json()
        job = (await door.client.get(f"/v1/jobs/{body['job_id']}")).json()

    assert (answer.status_code, body["code"], body["error_code"]) == (status, status, code)
    assert (body["success"], body["data"]) == (False, None)
    assert job["error"]["code"] == code
    assert "test-key" not in answer.text


async def test_a_cancelled_job_says_so(tmp_path: Path) -> None:
    fake = slow()
    async with a_door(tmp_path, fake, settings={"limits": {"openai": 1}}) as door:
        first, second = (asyncio.create_task(door.image(**PICTURE)) for _ in range(2))
        while await door.jobs() < 2:
            await asyncio.sleep(0.005)
        queued = (await door.client.get("/v1/jobs", params={"state": "queued"})).json()["data"]
        await door.client.post(f"/v1/jobs/{queued[0]['id']}/cancel")
        answers = [(await first).status_code, (await second).status_code]

    assert sorted(answers) == [200, 409]
    assert len(fake.submits) == 1


async def test_what_is_missing_is_told_beside_what_is_there(tmp_path: Path) -> None:
    fake = XAI()
    fake.fail(SOME_BLOCKED)
    settings = {"image": {"model": "grok", "number_of_images": 3}}

    async with a_door(tmp_path, fake) as door:
        answer = await door.image(prompt="foxes", settings=settings)

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert [image["index"] for image in data["images"]] == [0, 1]
    (note,) = [note for note in data["notes"] if note["field"] == "n"]
    assert (note["asked"], note["used"]) == (3, 2)
    assert note["message"].startswith("Number 3 of 3 is missing: ")


@pytest.mark.parametrize("more", [{"save_to_db": False}, {"settings": {"image": {"response_format": "b64_json"}}}])
async def test_the_picture_itself_is_answered(door: Served, more: dict[str, Any]) -> None:
    more.setdefault("settings", {"image": {}})["image"] |= {"model": "sketch", "size": "64x64"}

    data = (await door.image(**more)).json()["data"]

    head, _, content = data["image_url"].partition(",")
    (key,) = door.files()
    assert head == "data:image/png;base64"
    assert base64.b64decode(content) == (door.home / "media" / key).read_bytes()
    assert (await door.client.get(data["images"][0]["image_url"])).content == base64.b64decode(content)


async def test_each_picture_itself_is_answered_once(door: Served) -> None:
    settings = {"model": "sketch", "size": "64x64", "number_of_images": 3, "response_format": "b64_json"}

    answer = await door.image(settings={"image": settings})

    data = answer.json()["data"]
    contents = [data["image_url"], *[image["image_url"] for image in data["images"][1:]]]
    assert len({content.partition(",")[2] for content in contents}) == 3
    assert answer.text.count("base64,") == 3


async def test_a_film_too_large_for_an_answer_is_an_address(door: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diorama.doors.http.seeds_answers.MOST_IN_AN_ANSWER", 1000)

    data = (await door.video(save_to_db=False)).json()["data"]

    assert data["video_url"] == data["videos"][0]["url"]
    assert "too many for data: URLs" in str(data["notes"])


@pytest.mark.parametrize("way", ["absolute", "relative", "another name", "asset", "native"])
async def test_a_film_begins_with_a_picture_of_ours(door: Served, way: str) -> None:
    picture = (await door.image()).json()["data"]
    absolute = str(picture["image_url"])
    address = {
        "absolute": absolute,
        "relative": absolute.removeprefix(URL),
        "another name": absolute.replace("127.0.0.1", "localhost"),
        "asset": picture["asset_id"],
        "native": f"/v1/assets/{picture['asset_id']}",
    }[way]

    headers = {"host": "localhost:8000"} if way == "another name" else None
    answer = await door.video(input_image_url=address, headers=headers)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["settings"]["mode"] == "image_to_video"
    assert len(door.files()) == 2  # the picture was not copied


@pytest.mark.parametrize("way", ["url", "asset"])
async def test_a_picture_of_another_customer_is_refused(door: Served, way: str) -> None:
    picture = (await door.image(customer_id=2)).json()["data"]
    address = picture["image_url"] if way == "url" else picture["asset_id"]

    answer = await door.video(input_image_url=address)

    assert answer.status_code == 400
    assert "input_image_url" in answer.json()["error"]
    assert picture["asset_id"] in answer.json()["error"]
    assert await door.jobs() == 1


async def test_a_picture_that_comes_along_is_taken_in(door: Served) -> None:
    picture = (await door.image(save_to_db=False)).json()["data"]["image_url"]

    answer = await door.video(input_image_url=picture, customer_id=3)

    assert answer.status_code == 200
    assert len([key for key in door.files() if key.startswith("customers/3/assets/image/")]) == 1


async def test_a_film_longer_than_a_caller_waits(tmp_path: Path) -> None:
    clock = QuickClock()
    fake = XAI(now=clock.now)
    fake.submit_delay = 1.2
    settings = {"video": {"model": "grok", "poll_timeout_seconds": 1}}

    async with a_door(tmp_path, fake, clock=clock) as door:
        answer = await door.video(prompt="it runs", settings=settings)
        later = await door.house.jobs.wait(1, answer.json()["job_id"], 10)

    assert answer.status_code == 504
    assert later.state == "succeeded"
