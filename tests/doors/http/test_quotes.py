"""`POST /v1/quotes`."""

from pathlib import Path

import pytest

from tests.doors.http.serving import Served, a_door
from tests.fakes.xai import XAI

pytestmark = pytest.mark.anyio

FOX = {"model": "grok", "kind": "image", "prompt": "a paper fox"}


async def test_a_quote_says_what_would_go_out_and_leaves_nothing(tmp_path: Path) -> None:
    xai = XAI()

    async with a_door(tmp_path, xai) as door:
        answer = await door.client.post("/v1/quotes", json=FOX | {"n": 2})
        left = (await door.jobs(), door.files(), xai.submits)

    quote = answer.json()
    assert answer.status_code == 200
    assert quote["price"]["usd"] == "0.08"
    assert quote["requests"][0]["body"]["prompt"] == "a paper fox"
    assert "test-key" not in answer.text
    assert left == (0, [], [])


async def test_every_field_is_always_there(door: Served) -> None:
    quote = (await door.client.post("/v1/quotes", json={"model": "sketch", "prompt": "a fox"})).json()
    schema = (await door.client.get("/openapi.json")).json()["components"]["schemas"]["QuoteAnswer"]

    assert set(quote) == set(schema["properties"]) == set(schema["required"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"prompt": ""}, 400, "invalid_value"),
        ({"prompt": "a fox", "model": "nobody"}, 404, "unknown_model"),
        ({"prompt": "a fox", "model": "openai:gpt-image-2"}, 400, "missing_key"),
        ({"prompt": "a fox", "model": "sketch", "size": "9x9"}, 400, "invalid_value"),
        ({"prompt": "a fox", "model": "sketch", "webhook_url": "https://example.com"}, 400, "unsupported_mode"),
    ],
)
async def test_what_asking_would_refuse_is_refused(quiet: Served, body: dict[str, str], status: int, code: str) -> None:
    for route in ("/v1/quotes", "/v1/generations"):
        answer = await quiet.client.post(route, json=body)

        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_a_strangers_asset_is_not_looked_at(door: Served) -> None:
    made = (await door.image(customer_id=2)).json()["data"]
    asked = {"model": "sketch:motion", "prompt": "it snows", "customer_id": 1}

    answer = await door.client.post(
        "/v1/quotes", json=asked | {"inputs": [{"role": "first_frame", "asset": made["asset_id"]}]}
    )

    assert answer.status_code == 400
