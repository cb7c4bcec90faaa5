"""`/video/extend`: a film goes on, by whatever name it is called."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.clock import QuickClock
from tests.doors.http.serving import Served, a_door
from tests.fakes import media
from tests.fakes.bfl import BFL
from tests.fakes.xai import XAI

pytestmark = pytest.mark.anyio

MODEL = "bfl:flux-3-video"


async def extend(door: Served, **body: Any) -> httpx2.Response:
    asked = {"prompt": "it runs on", "customer_id": 7, "settings": {"video": {"duration_seconds": 5}}} | body
    return await door.client.post("/video/extend", json=asked)


async def a_film(door: Served, model: str = MODEL) -> dict[str, Any]:
    body = {"prompt": "a paper fox", "customer_id": 7, "settings": {"video": {"model": model, "duration_seconds": 5}}}
    answer = await door.client.post("/video/generate", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def flux() -> tuple[QuickClock, BFL]:
    clock = QuickClock()
    return clock, BFL(now=clock.now)


@pytest.mark.parametrize("name", ["asset_id", "job_id", "vendor"])
async def test_a_film_goes_on_by_the_model_that_made_it(name: str, tmp_path: Path) -> None:
    clock, fake = flux()

    async with a_door(tmp_path, fake, clock=clock) as door:
        film = await a_film(door)
        job = await door.house.jobs.get(7, film["job_id"])
        called = job.assets[0].vendor_ref["id"] if name == "vendor" else film[name]
        answer = await extend(door, video_id=called)

    data = answer.json()["data"]
    assert answer.status_code == 200, answer.text
    assert data["model"] == "flux-3-video"
    assert fake.submits[-1].body["mode"] == "v2v"
    assert not [note for note in data["notes"] if note["code"] == "substituted"]


async def test_a_film_sent_along_goes_on_by_the_first_model_that_can(tmp_path: Path) -> None:
    clock, fake = flux()
    film = f"data:video/mp4;base64,{b64encode(media.film(320, 192, 5)).decode()}"

    async with a_door(tmp_path, fake, clock=clock) as door:
        answer = await extend(door, video_url=film)

    assert answer.status_code == 200, answer.text
    assert [note["used"] for note in answer.json()["data"]["notes"] if note["code"] == "substituted"] == [MODEL]


async def test_another_customers_film_does_not_go_on(tmp_path: Path) -> None:
    clock, fake = flux()

    async with a_door(tmp_path, fake, clock=clock) as door:
        film = await a_film(door)
        answer = await extend(door, video_id=film["asset_id"], customer_id=8)

    assert answer.status_code == 400
    assert answer.json()["error_code"] == "invalid_value"
    assert len(fake.submits) == 1


@pytest.mark.parametrize("films", [{}, {"video_id": "a", "video_url": "https://example.com/a.mp4"}])
async def test_exactly_one_film_is_named(films: dict[str, str], tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        answer = await extend(door, **films)

    assert answer.status_code == 400
    assert "video_id" in answer.json()["error"]


async def test_a_model_that_cannot_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    clock, fake = flux()
    other = XAI(now=clock.now)

    async with a_door(tmp_path, fake, other, clock=clock) as door:
        film = await a_film(door)
        named = {"video": {"model": "xai:grok-imagine-video-1.5-lite"}}
        answer = await extend(door, video_id=film["asset_id"], settings=named)

    assert answer.status_code == 501
    assert other.submits == []
