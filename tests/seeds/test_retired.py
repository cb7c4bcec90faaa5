"""The seeds' own examples of models that are gone: a gateway may serve them, an owner may have others work instead.

That they are refused at the vendors' own addresses is tried in the tests of seeds 001 and 002.
"""

from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fakes import media
from tests.fakes.openai import OpenAI
from tests.seeds.bodies import RETIRED_IMAGES, RETIRED_VIDEOS, picture_of, two_vendors

pytestmark = pytest.mark.anyio

EXAMPLE_000: dict[str, Any] = {"duration_seconds": 8, "size": "1280x720", "aspect_ratio": "16:9", "number_of_videos": 1}
SUCCESSORS = {"substitutes": "successors"}


class Gateway(httpx2.MockTransport):
    """Somebody who serves every picture model in OpenAI's manner."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.asked: list[httpx2.Request] = []

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        picture = {"b64_json": b64encode(media.picture(1024, 1024)).decode()}
        return httpx2.Response(200, json={"created": 1, "data": [picture]})


@pytest.mark.parametrize(("model", "served"), [("dall-e-3", "dall-e-3"), ("dall-e", "dall-e-3"), ("gpt-image-1", None)])
async def test_a_picture_model_is_served_by_whoever_has_kept_it(model: str, served: str | None, tmp_path: Path) -> None:
    gateway = Gateway()

    async with two_vendors(tmp_path, transport=gateway) as (door, _, _):
        settings = {"model": model, "quality": "standard", "style": "vivid", "size": "1024x1024"}
        data = picture_of(await door.image(settings={"image": settings}))

    (asked,) = gateway.asked
    body = httpx2.Response(200, content=asked.content).json()
    assert (data["model"], body["model"]) == (served or model, served or model)
    assert body["quality"] == ("standard" if served else "medium")


async def test_a_picture_model_is_edited_with_by_whoever_has_kept_it(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        openai.today = date(2026, 1, 1)
        picture = picture_of(await door.image(settings={"image": {"model": "openai"}}))["image_url"]
        data = picture_of(await door.image(image_url=picture, settings={"image": {"model": "gpt-image-1"}}))

    assert data["model"] == "gpt-image-1"
    assert openai.submits[1].path == "/v1/images/edits"


@pytest.mark.parametrize("model", ["sora-2", "sora"])
async def test_a_film_model_is_served_by_whoever_has_kept_it(model: str, tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        openai.videos = True
        data = picture_of(await door.video(settings={"video": {"model": model, **EXAMPLE_000}}))
        film = await door.client.get(data["video_url"])

    assert openai.submits[0].body.items() >= {"model": "sora-2", "size": "1280x720", "seconds": "8"}.items()
    assert (data["model"], film.headers["content-type"]) == ("sora-2", "video/mp4")


async def test_a_picture_to_start_from_is_made_to_fit_the_film(tmp_path: Path) -> None:
    async with two_vendors(tmp_path) as (door, openai, _):
        openai.videos = True
        picture = picture_of(await door.image())["image_url"]
        data = picture_of(await door.video(input_image_url=picture, settings={"video": {"model": "sora-2"}}))

    assert data["settings"]["mode"] == "image_to_video"
    assert "reencoded" in [note["code"] for note in data["notes"]]


@pytest.mark.parametrize(("model", "expected"), {**RETIRED_IMAGES, **RETIRED_VIDEOS}.items())
@pytest.mark.parametrize("overridden", [True, False])
async def test_a_successor_works_in_its_place_when_the_owner_says_so(
    model: str, expected: tuple[str, str], overridden: bool, tmp_path: Path
) -> None:
    film, successor = model in RETIRED_VIDEOS, expected[1]
    own = httpx2.ASGITransport(OpenAI().app)  # stands at every address
    more: dict[str, Any] = {} if overridden else {"transport": own}
    async with two_vendors(tmp_path, settings=SUCCESSORS, overridden=overridden, **more) as (door, _, _):
        ask = door.video if film else door.image
        asked = {"video" if film else "image": {"model": model}}
        answer = await ask(settings=asked, headers={"prefer": "respond-async"})

    job = answer.json()["data"]
    assert (job["model"]["asked"], job["model"]["used"]) == (model, successor)
    assert [note["code"] for note in job["notes"]][:1] == ["substituted"]
