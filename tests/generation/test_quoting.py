"""A quote shows what asking would do: compared with what really goes out, and with what is really billed."""

import json
from pathlib import Path
from typing import Any

import pybase64
import pytest

from diorama.assets.guard import resolve
from diorama.errors import DioramaError, ValidationError
from diorama.generation.service import Asker
from diorama.schemas import QuoteAnswer, Request
from diorama.settings import VendorEnvironment
from diorama.wiring import House
from tests.fakes import media
from tests.fakes.openai import OpenAI
from tests.fakes.xai import XAI
from tests.houses import a_house, make

pytestmark = pytest.mark.anyio

FRAME = media.picture(640, 360, "png", 3)
DATA = f"data:image/png;base64,{pybase64.b64encode_as_string(FRAME)}"
FOX: dict[str, Any] = {"kind": "image", "prompt": "a paper fox"}
BOAT: dict[str, Any] = {"kind": "video", "prompt": "a paper boat"}
AT_FIRST = [{"role": "first_frame", "data": DATA}]


async def quoted(house: House, customer: int = 1, **request: Any) -> QuoteAnswer:
    return await house.generation.quote(Request(**request), Asker(customer_id=customer))


@pytest.mark.parametrize(
    "wishes",
    [
        FOX | {"model": "grok"},
        FOX | {"model": "openai", "size": "1536x1024", "quality": "high", "background": "opaque"},
        BOAT | {"model": "grok", "seconds": 6, "aspect_ratio": "9:16"},
    ],
    ids=["xai picture", "openai picture", "xai film"],
)
async def test_what_is_shown_is_what_goes_out(wishes: dict[str, Any], tmp_path: Path) -> None:
    openai, xai = OpenAI(), XAI()

    async with a_house(tmp_path, openai, xai) as house:
        quote = await quoted(house, **wishes)
        assert openai.submits + xai.submits == []
        job = await make(house, **wishes)

    (shown,), (sent,) = quote.requests, openai.submits + xai.submits
    assert shown.body == sent.body
    assert shown.url.endswith(sent.path)
    assert (quote.model, quote.notes, quote.price) == (job.model, job.notes, job.quote)


async def test_nothing_is_kept_or_spent(tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI()) as house:
        await quoted(house, **BOAT, model="grok", inputs=AT_FIRST)
        jobs = await house.jobs.page(1)
        rows = await house.db.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM assets").scalar())

    assert jobs.data == ()
    assert rows == 0
    assert not [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


async def test_calls_are_counted_and_those_that_differ_are_shown(tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI()) as house:
        pictures = await quoted(house, **FOX, model="grok", n=23)
        films = await quoted(house, **BOAT, model="grok", n=3)

    assert (pictures.calls, [(one.calls, (one.body or {})["n"]) for one in pictures.requests]) == (3, [(2, 10), (1, 3)])
    assert (films.calls, [one.calls for one in films.requests]) == (3, [3])


async def test_no_key_is_shown(tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI()) as house:
        quote = await quoted(house, **FOX, model="grok")

    assert quote.requests[0].headers["authorization"] == "Bearer [key]"
    assert "test-key" not in quote.model_dump_json()


async def test_the_bytes_of_an_input_are_told_and_not_shown(tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI()) as house:
        quote = await quoted(house, **BOAT, model="grok", inputs=AT_FIRST)

    shown = json.dumps(quote.requests[0].body)
    assert f"data:image/png;base64,<inputs[0]: image/png, {len(FRAME)} bytes>" in shown
    assert len(shown) < 500


async def test_an_own_asset_is_read_and_a_strangers_is_refused(tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI()) as house:
        job = await make(house, model="sketch", prompt="a fox", size="64x64")
        mine: dict[str, Any] = {"inputs": [{"role": "first_frame", "asset": job.assets[0].id}]}
        quote = await quoted(house, **BOAT, **mine, model="grok")
        with pytest.raises(ValidationError, match="this customer does not have"):
            await quoted(house, 2, **BOAT, **mine, model="grok")

    assert f"<inputs[0]: image/png, {job.assets[0].bytes} bytes>" in quote.model_dump_json()


async def test_what_lies_elsewhere_is_named_and_not_fetched(tmp_path: Path) -> None:
    xai = XAI()
    elsewhere = [{"role": "first_frame", "url": "https://example.com/private/fox.png?token=1"}]

    async with a_house(tmp_path, xai) as house:
        quote = await quoted(house, **BOAT, model="grok", inputs=elsewhere)

    assert quote.unread == ("inputs[0]",)
    assert "<inputs[0]: fetched from example.com when it is needed>" in quote.model_dump_json()
    assert xai.downloads == []


@pytest.mark.parametrize(
    "wishes",
    [
        {"inputs": [{"role": "first_frame", "data": "data:image/png;base64,AAAA"}]},
        {"inputs": [{"role": "first_frame", "url": "ftp://example.com/fox.png"}]},
        {"inputs": [{"role": "first_frame", "url": "https://10.0.0.1/fox.png"}]},
        {"inputs": [{"role": "mask", "data": DATA}]},
        {"seconds": 600},
        {"model": "grok-9000:x"},
        {"model": "openai:gpt-image-2"},
        {"model": "sora-2"},
    ],
    ids=str,
)
async def test_what_asking_would_refuse_is_refused(wishes: dict[str, Any], tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI(), overridden=False, resolve=resolve) as house:
        with pytest.raises(DioramaError) as by_quote:
            await quoted(house, **BOAT | {"model": "grok"} | wishes)
        with pytest.raises(DioramaError) as by_asking:
            await make(house, **BOAT | {"model": "grok"} | wishes)

    assert (type(by_quote.value), by_quote.value.code) == (type(by_asking.value), by_asking.value.code)


async def test_what_is_changed_is_noted(tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI()) as house:
        quote = await quoted(house, **BOAT, model="grok", seconds=600, seed=5, fit="nearest")

    assert {(note.code, note.field) for note in quote.notes} == {("adjusted", "seconds"), ("ignored", "seed")}


async def test_a_model_that_ends_soon_is_noted(tmp_path: Path) -> None:
    async with a_house(tmp_path, OpenAI()) as house:
        quote = await quoted(house, **FOX, model="gpt-image-1.5")

    assert [note.code for note in quote.notes] == ["sunset"]
    assert "ends on 2026-12-01" in quote.notes[0].message


async def test_an_unknown_price_is_noted(tmp_path: Path) -> None:
    async with a_house(tmp_path, OpenAI()) as house:
        quote = await quoted(house, **FOX, model="gpt-image-7")

    assert quote.price is None
    assert [note.code for note in quote.notes] == ["unpriced"]


async def test_alternatives_do_the_very_same_and_the_cheapest_comes_first(tmp_path: Path) -> None:
    wish = FOX | {"size": "1536x1024", "quality": "medium"}

    async with a_house(tmp_path, OpenAI(), XAI(), overridden=False) as house:
        quote = await quoted(house, **wish, model="gpt-image-2")
        again = [await quoted(house, **wish, model=one.model) for one in quote.alternatives]

    prices = [one.price.usd for one in quote.alternatives if one.price]
    assert len(prices) == len(quote.alternatives) > 1
    assert prices == sorted(prices)
    assert [one.price for one in again] == [one.price for one in quote.alternatives]
    assert not [note for one in again for note in one.notes if note.code in ("adjusted", "ignored")]
    assert not [one for one in quote.alternatives if one.model.startswith(("sketch", "xai"))]  # those take no size


async def test_a_model_without_a_key_is_no_alternative(tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI()) as house:
        quote = await quoted(house, **FOX, model="grok")

    assert {one.model.partition(":")[0] for one in quote.alternatives} == {"xai"}


async def test_what_no_key_here_can_ask_is_no_alternative(tmp_path: Path) -> None:
    """Kling makes some films for a static key only, and the others for a pair of keys, too."""
    keys = {"XAI_API_KEY": "a" * 20, "KLING_ACCESS_KEY": "b" * 20, "KLING_SECRET_KEY": "c" * 40}

    async with a_house(tmp_path, environment=VendorEnvironment(keys)) as house:
        film = await quoted(house, **BOAT, model="grok")

    named = {one.model for one in film.alternatives}
    assert "kling:kling-2.5-turbo" in named
    assert "kling:kling-3.0-turbo" not in named


async def test_an_alternative_takes_the_inputs_too(tmp_path: Path) -> None:
    async with a_house(tmp_path, XAI()) as house:
        quote = await quoted(house, **BOAT, model="grok", inputs=AT_FIRST)
        rows = [house.catalog.find(one.model) for one in quote.alternatives]

    assert rows
    assert all(row is not None and "first_frame" in row.inputs for row in rows)


async def test_the_sketch_is_quoted_without_any_network(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        quote = await quoted(house, **FOX, n=2)

    assert [(one.method, one.url, (one.body or {})["slot"]) for one in quote.requests] == [
        ("DRAW", "still", 0),
        ("DRAW", "still", 1),
    ]
    assert (quote.alternatives, quote.price and str(quote.price.usd)) == ((), "0")


async def test_an_id_of_this_moment_is_told_in_words(tmp_path: Path) -> None:
    async with a_house(tmp_path, OpenAI(), XAI()) as house:
        first = await quoted(house, **FOX, model="grok")
        second = await quoted(house, **FOX, model="grok")

    assert first == second
