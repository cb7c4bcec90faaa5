"""The native way to ask."""

from pathlib import Path

import pytest

from tests.doors.http.serving import URL, Served, a_door
from tests.fakes.openai import OpenAI

pytestmark = pytest.mark.anyio

SMALL = {"model": "sketch", "prompt": "a fox", "size": "64x64"}


async def test_asking_gives_a_job_to_watch(door: Served) -> None:
    answer = await door.client.post("/v1/generations", json=SMALL)

    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == job["links"]["self"] == f"{URL}/v1/jobs/{job['id']}"
    assert job["object"] == "job"
    assert job["model"] == {"asked": "sketch", "used": "sketch:still"}


@pytest.mark.parametrize("way", ["header", "query"])
async def test_who_is_willing_to_wait_gets_the_end(door: Served, way: str) -> None:
    headers, params = ({"prefer": "wait=30"}, {}) if way == "header" else ({}, {"wait": "30"})

    answer = await door.client.post("/v1/generations", json=SMALL, headers=headers, params=params)

    job = answer.json()
    assert (answer.status_code, job["state"]) == (200, "succeeded")
    assert (await door.client.get(job["assets"][0]["url"])).status_code == 200


async def test_waiting_ends_with_the_job_as_it_stands(tmp_path: Path) -> None:
    fake = OpenAI()
    fake.image_delay = 0.3

    async with a_door(tmp_path, fake) as door:
        asked = {"model": "openai", "prompt": "a fox"}
        answer = await door.client.post("/v1/generations", json=asked, params={"wait": 0.01})
        later = await door.house.jobs.wait(1, answer.json()["id"], 10)

    assert (answer.status_code, answer.json()["state"]) == (202, "running")
    assert later.state == "succeeded"
    assert len(fake.submits) == 1


@pytest.mark.parametrize(
    ("body", "query"), [({"customer_id": 7}, {}), ({}, {"customer_id": 7}), ({"customer_id": 7},) * 2]
)
async def test_the_customer_is_named_in_body_or_query(
    door: Served, body: dict[str, int], query: dict[str, int]
) -> None:
    answer = await door.client.post("/v1/generations", json=SMALL | body, params=query)

    assert (await door.house.jobs.get(7, answer.json()["id"])).request["customer_id"] == 7


async def test_nobody_named_is_customer_one(door: Served) -> None:
    answer = await door.client.post("/v1/generations", json=SMALL, headers={"authorization": "Bearer whatever"})

    assert (await door.house.jobs.get(1, answer.json()["id"])).id == answer.json()["id"]


async def test_a_picture_becomes_the_first_frame_of_a_film(door: Served) -> None:
    picture = (await door.image()).json()["data"]["asset_id"]
    film = {"model": "sketch:motion", "prompt": "it runs", "size": "64x64", "seconds": 0.5}
    inputs = [{"role": "first_frame", "asset": picture}]

    answer = await door.client.post("/v1/generations", json=film | {"inputs": inputs}, params={"wait": 60})

    job = answer.json()
    assert job["state"] == "succeeded"
    assert job["request"]["inputs"] == [{"role": "first_frame", "asset": picture, "url": None, "data": None}]
    assert job["assets"][0]["kind"] == "video"
