"""Jobs, looked at and stopped by their owner alone."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.doors.http.serving import Served, a_door
from tests.fakes.openai import OpenAI

pytestmark = pytest.mark.anyio

SMALL = {"model": "sketch", "prompt": "a fox", "size": "64x64"}


async def a_job(door: Served, **more: Any) -> dict[str, Any]:
    answer = await door.client.post("/v1/generations", json=SMALL | more, params={"wait": 30})
    return dict(answer.json())


async def test_jobs_come_newest_first_in_pages(door: Served) -> None:
    ids = [(await a_job(door))["id"] for _ in range(3)]

    first = (await door.client.get("/v1/jobs", params={"limit": 2})).json()
    second = (await door.client.get("/v1/jobs", params={"limit": 2, "after": first["next_cursor"]})).json()

    assert [job["id"] for job in first["data"]] == ids[:0:-1]
    assert [job["id"] for job in second["data"]] == ids[:1]
    assert (first["object"], first["has_more"]) == ("list", True)
    assert (second["has_more"], second["next_cursor"]) == (False, None)


async def test_jobs_are_chosen_by_state(door: Served) -> None:
    await a_job(door)

    found = [
        len((await door.client.get("/v1/jobs", params={"state": states})).json()["data"])
        for states in (["succeeded"], ["failed", "succeeded"], ["failed"])
    ]

    assert found == [1, 1, 0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit is '0'; it must be at least 1"),
        ("limit=101", "at most 100"),
        ("state=lost", "state.0 is 'lost'"),
        ("customer_id=-1", "customer_id is '-1'; it must be greater than 0"),
    ],
)
async def test_a_bad_question_is_refused(door: Served, query: str, said: str) -> None:
    answer = await door.client.get(f"/v1/jobs?{query}")

    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


async def test_one_job_is_what_it_was(door: Served) -> None:
    job = await a_job(door)

    assert (await door.client.get(f"/v1/jobs/{job['id']}")).json() == job


@pytest.mark.parametrize(("method", "end"), [("GET", ""), ("GET", "/events"), ("POST", "/cancel")])
@pytest.mark.parametrize("who", ["stranger", "another customer"])
async def test_a_job_of_somebody_else_is_not_there(door: Served, method: str, end: str, who: str) -> None:
    known = (await a_job(door))["id"]
    job_id = known if who == "another customer" else "01a1f78b-5101-77a2-bcd4-0fdc1471d809"

    answer = await door.client.request(method, f"/v1/jobs/{job_id}{end}", params={"customer_id": 2})

    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "NotFoundError"
    assert repr(job_id) in answer.json()["error"]["message"]


async def test_nobody_sees_the_jobs_of_others(door: Served) -> None:
    await a_job(door)

    assert (await door.client.get("/v1/jobs", params={"customer_id": 2})).json()["data"] == []


async def heard(door: Served, job_id: str, **headers: str) -> list[tuple[int, dict[str, Any]]]:
    """Every event of a job until its stream ends: the id, and the job."""
    found: list[tuple[int, dict[str, Any]]] = []
    async with door.client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        text = (await stream.aread()).decode()
    for event in filter(None, text.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in event.splitlines() if not line.startswith(":"))
        assert fields["event"] == "job"
        found.append((int(fields["id"]), json.loads(fields["data"])))
    return found


async def test_a_jobs_changes_are_heard_to_its_end(tmp_path: Path) -> None:
    fake = OpenAI()
    fake.image_delay = 0.1
    async with a_door(tmp_path, fake) as door:
        job = (await door.client.post("/v1/generations", json={"model": "openai", "prompt": "a fox"})).json()

        events = await heard(door, job["id"])

    assert events[-1][1]["state"] == "succeeded"
    assert len(events) > 1
    assert [number for number, _ in events] == [job["revision"] for _, job in events]
    assert [number for number, _ in events] == sorted({number for number, _ in events})


async def test_a_stream_begun_again_tells_the_job_as_it_stands(door: Served) -> None:
    job = await a_job(door)

    events = await heard(door, job["id"], **{"last-event-id": "1"})

    assert [told["state"] for _, told in events] == ["succeeded"]


async def test_a_stream_whose_end_was_told_is_not_begun_again(door: Served) -> None:
    job = await a_job(door)

    answer = await door.client.get(f"/v1/jobs/{job['id']}/events", headers={"last-event-id": str(job["revision"])})

    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_queued_job_is_cancelled(tmp_path: Path) -> None:
    fake = OpenAI()
    fake.image_delay = 0.6  # time to cancel both
    asked = {"model": "openai", "prompt": "a fox"}
    async with a_door(tmp_path, fake, settings={"limits": {"openai": 1}}) as door:
        running, queued = [(await door.client.post("/v1/generations", json=asked)).json()["id"] for _ in range(2)]
        while not fake.submits:
            await asyncio.sleep(0.005)

        answer = await door.client.post(f"/v1/jobs/{queued}/cancel")
        too_far = await door.client.post(f"/v1/jobs/{running}/cancel")
        await door.house.jobs.wait(1, running, 10)
        too_late = await door.client.post(f"/v1/jobs/{running}/cancel")

    assert (answer.json()["state"], answer.json()["cancel"]) == ("cancelled", "confirmed")
    assert too_far.json()["cancel"] == "not_offered"
    assert too_late.json()["state"] == "succeeded"
    assert len(fake.submits) == 1
