"""What each model can do, for forms and for people."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from diorama.catalog.catalog import load_catalog
from tests.doors.http.serving import Served, a_door
from tests.fakes.xai import XAI

pytestmark = pytest.mark.anyio


async def test_every_model_of_the_catalog_is_listed(door: Served) -> None:
    body = (await door.client.get("/v1/models")).json()

    assert body["object"] == "list"
    assert [model["id"] for model in body["data"]] == [model.name for model in load_catalog().models]
    assert {model["object"] for model in body["data"]} == {"model"}
    assert all({"created", "owned_by"} <= set(model) for model in body["data"])


@pytest.mark.parametrize("kind", ["image", "video"])
async def test_models_are_chosen_by_what_they_make(door: Served, kind: str) -> None:
    body = (await door.client.get("/v1/models", params={"kind": kind})).json()

    assert {model["makes"] for model in body["data"]} == {kind}


async def test_what_can_be_used_here_is_said(tmp_path: Path) -> None:
    async with a_door(tmp_path, XAI(), overridden=False) as door:
        listed = (await door.client.get("/v1/models")).json()["data"]

    available = {model["id"]: model["available"] for model in listed}
    assert available["xai:grok-imagine-image-2.0"]
    assert available["sketch:still"]
    assert not available["openai:gpt-image-2"]
    assert not available["xai:grok-2-image"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sketch:still", "sketch:still"),
        ("gpt-image-2", "openai:gpt-image-2"),
        ("openai", "openai:gpt-image-2.5-flare"),
        ("gpt-image-2.5-flare-2026-09-08", "openai:gpt-image-2.5-flare"),
        ("dall-e-3", "openai:dall-e-3"),
    ],
)
async def test_a_model_is_found_by_any_of_its_names(door: Served, name: str, found: str) -> None:
    answer = await door.client.get(f"/v1/models/{name}")

    assert (answer.status_code, answer.json()["id"]) == (200, found)


async def test_a_model_that_is_not_there_has_neighbours(door: Served) -> None:
    answer = await door.client.get("/v1/models/gpt-imag-2")

    assert answer.status_code == 404
    assert "gpt-image-2" in answer.json()["error"]["hint"]


async def test_what_ends_soon_is_listed_by_its_day(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        today = door.house.today
        soon = (await door.client.get("/v1/models", params={"sunset_within": 90})).json()["data"]
        none = (await door.client.get("/v1/models", params={"sunset_within": 0})).json()["data"]

    ends = [date.fromisoformat(model["lifecycle"]["retired"]) for model in soon]
    assert ends == sorted(ends)
    assert all(today < end <= today + timedelta(days=90) for end in ends)
    assert "openai:gpt-image-1.5" in {model["id"] for model in soon}
    assert none == []
