"""The models that the seeds give as examples, one for each vendor and mode: what becomes of each name today.

Living ones work. Retired ones are refused where their vendor answers itself, served where somebody else stands at the
base URL, and replaced with a note where the owner wants the successors.
"""

from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest

from diorama.catalog.catalog import load_catalog
from diorama.catalog.entry import Model
from tests.clock import QuickClock
from tests.doors.http.serving import Served, a_door
from tests.fakes import media
from tests.fakes.base import Fake, load

pytestmark = pytest.mark.anyio

CATALOG = load_catalog()
LIVING = {"flux-dev": "bfl:flux-dev", "core": "stability:core", "veo-3.1-fast": "google:veo-3.1-fast-generate-001"}
RETIRED = {
    "gpt-image-1": "openai:gpt-image-1",
    "dall-e-3": "openai:dall-e-3",
    "imagen-4.0-generate-001": "google:imagen-4.0-generate-001",
    "grok-2-image": "xai:grok-2-image",
    "sora-2": "openai:sora-2",
    "kling-v1": "kling:kling-v1",
}


def row(name: str) -> Model:
    model = CATALOG.find(name)
    assert model is not None
    return model


def fake_of(model: Model) -> tuple[QuickClock, Fake]:
    clock, fake = QuickClock(), load(model.vendor)
    fake.now = clock.now
    return clock, fake


async def ask(door: Served, name: str, model: Model, **more: Any) -> httpx2.Response:
    send = door.video if model.makes == "video" else door.image
    return await send(settings={model.makes: {"model": name}}, **more)


@pytest.mark.parametrize(("name", "full"), LIVING.items())
async def test_a_living_example_works(name: str, full: str, tmp_path: Path) -> None:
    model = row(full)
    clock, fake = fake_of(model)

    async with a_door(tmp_path, fake, clock=clock, model=model) as door:
        answer = await ask(door, name, model)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["model"] == model.id
    assert len(fake.submits) == 1


@pytest.mark.parametrize(("name", "full"), RETIRED.items())
async def test_a_retired_example_is_refused_with_its_date_and_successor(name: str, full: str, tmp_path: Path) -> None:
    model = row(full)
    clock, fake = fake_of(model)

    async with a_door(tmp_path, fake, clock=clock, overridden=False) as door:
        answer = await ask(door, name, model)
        jobs = await door.jobs()

    body = answer.json()
    assert (answer.status_code, body["error_code"]) == (400, "model_retired")
    assert str(model.retired) in body["error"] + str(body["hint"])
    assert model.successor is not None
    assert model.successor in body["error"] + str(body["hint"])
    assert (jobs, fake.submits) == (0, [])


@pytest.mark.parametrize(("name", "full"), RETIRED.items())
async def test_a_retired_example_is_served_by_whoever_has_kept_it(name: str, full: str, tmp_path: Path) -> None:
    model = row(full)
    clock, fake = fake_of(model)
    keeper = Keeper()

    async with a_door(tmp_path, fake, clock=clock, model=model, transport=keeper.over(fake)) as door:
        answer = await ask(door, name, model)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["model"] == model.id
    assert len(keeper.submits) == 1


@pytest.mark.parametrize(("name", "full"), RETIRED.items())
async def test_a_successor_takes_over_with_a_note_where_the_owner_wants_it(
    name: str, full: str, tmp_path: Path
) -> None:
    model = row(full)
    heir = row(model.successor or "")
    clock, fake = fake_of(heir)
    fakes = [fake] if heir.vendor == model.vendor else [fake, load(model.vendor)]

    async with a_door(tmp_path, *fakes, clock=clock, settings={"substitutes": "successors"}) as door:
        answer = await ask(door, name, model, headers={"prefer": "respond-async"})

    job = answer.json()["data"]
    assert answer.status_code == 202, answer.text
    assert job["model"] == {"asked": name, "used": heir.name}
    assert job["notes"][0]["code"] == "substituted"


class Keeper:
    """Somebody at a vendor's base URL who still serves what the vendor has ended, in the vendor's manner."""

    def __init__(self) -> None:
        self.submits: list[str] = []

    def over(self, fake: Fake) -> httpx2.AsyncBaseTransport:
        """The fake for what it can still serve, else this."""
        if hasattr(fake, "today"):
            fake.today = date(2026, 1, 1)
        if hasattr(fake, "videos"):
            fake.videos = True
        return _Either(self, fake)

    def answer(self, request: httpx2.Request) -> httpx2.Response | None:
        """What the fakes have forgotten: DALL-E's manners and Kling's first model."""
        path, body = request.url.path, request.content
        if path.endswith("/images/generations") and b"dall-e-3" in body:
            picture = {"b64_json": b64encode(media.picture(1024, 1024)).decode()}
            return httpx2.Response(200, json={"created": 1, "data": [picture]})
        if path == "/v1/videos/text2video" and b"kling-v1" in body:
            return httpx2.Response(200, json={"code": 0, "data": {"task_id": "t", "task_status": "submitted"}})
        if path == "/v1/videos/text2video/t":
            video = {"id": "v", "url": "https://files.kept.example/v.mp4"}
            task = {"task_id": "t", "task_status": "succeed", "task_result": {"videos": [video]}}
            return httpx2.Response(200, json={"code": 0, "data": task})
        if path == "/v.mp4":
            return httpx2.Response(200, stream=httpx2.ByteStream(media.film(320, 192, 5)))
        return None


class _Either(httpx2.AsyncBaseTransport):
    def __init__(self, keeper: Keeper, fake: Fake) -> None:
        self.keeper, self.inner = keeper, fake.transport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        if request.method == "POST" and request.url.path != "/token":
            self.keeper.submits.append(request.url.path)
        kept = self.keeper.answer(request)
        return kept if kept is not None else await self.inner.handle_async_request(request)
