"""Which film is meant, and who takes it further, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from diorama.catalog.catalog import load_catalog
from diorama.db.session import Db
from diorama.errors import UnsupportedError, ValidationError
from diorama.gallery import repository
from diorama.generation.extend import choose_extender, find_film
from diorama.generation.resolve import Reach
from diorama.ids import new_id

pytestmark = pytest.mark.anyio

CATALOG = load_catalog()
TODAY = date(2026, 11, 20)


def reach(*keyed: str) -> Reach:
    return Reach(
        keyed=frozenset(keyed),
        overridden=frozenset(),
        default_image_model=None,
        default_video_model=None,
        substitutes={},
        follow_successors=False,
    )


def film(**more: Any) -> dict[str, Any]:
    row = {"id": new_id(), "customer_id": 7, "job_id": new_id(), "slot": 0, "origin": "output", "kind": "video"}
    file = {"key": "k", "mime": "video/mp4", "bytes": 1, "sha256": "x", "created_at": 1.0}
    return row | file | {"tags": [], "starred": False, "metadata": {}, "vendor_ref": {"id": "v_1%2"}} | more


@pytest.fixture
async def db(furnished_url: str) -> AsyncIterator[Db]:
    db = Db(furnished_url)
    yield db
    db.close()


@pytest.mark.parametrize("name", ["id", "job_id", "vendor_ref"])
async def test_a_film_is_found_by_each_of_its_names(name: str, db: Db) -> None:
    row = film()
    await db.tx(lambda c: repository.add(c, row))
    asked = row[name]["id"] if name == "vendor_ref" else row[name]

    found = await find_film(db, 7, asked)

    assert found.id == row["id"]


@pytest.mark.parametrize("name", ["v_1", "vX1%2", "%", "nobody"])
async def test_a_name_is_no_pattern(name: str, db: Db) -> None:
    await db.tx(lambda c: repository.add(c, film()))

    with pytest.raises(ValidationError):
        await find_film(db, 7, name)


async def test_nobody_finds_another_customers_film(db: Db) -> None:
    row = film()
    await db.tx(lambda c: repository.add(c, row))

    with pytest.raises(ValidationError):
        await find_film(db, 8, row["id"])


def test_the_maker_goes_on_where_it_can() -> None:
    model, note = choose_extender(CATALOG, reach("bfl", "kling"), TODAY, "bfl:flux-3-video")

    assert (model.name, note) == ("bfl:flux-3-video", None)


def test_else_the_first_that_can_goes_on_and_says_so() -> None:
    model, note = choose_extender(CATALOG, reach("bfl"), TODAY, "xai:grok-imagine-video-1.5-lite")

    assert model.name == "bfl:flux-3-video"
    assert note is not None
    assert (note.code, note.asked) == ("substituted", "xai:grok-imagine-video-1.5-lite")


def test_where_none_can_the_way_out_is_named() -> None:
    able = [model for model in CATALOG.models if not CATALOG.vendors[model.vendor].free]
    vendors = {name: vendor for name, vendor in CATALOG.vendors.items() if not vendor.free}
    paid_only = replace(CATALOG, vendors=vendors, models=tuple(able))

    with pytest.raises(UnsupportedError) as refused:
        choose_extender(paid_only, reach(), TODAY, None)

    assert refused.value.hint
