"""Alive, and able to work."""

import pytest

from tests.doors.http.serving import Served

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_healthy_house_says_so(door: Served, path: str) -> None:
    answer = await door.client.get(path)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "failing": []})
    assert door.files() == []


async def test_storage_that_cannot_be_written_is_named(door: Served) -> None:
    (door.home / "media" / "checks").write_text("a file where a folder should be")

    answer = await door.client.get("/readyz")

    assert (answer.status_code, answer.json()["failing"]) == (503, ["storage"])
    assert (await door.client.get("/healthz")).status_code == 200


async def test_a_database_that_cannot_be_read_is_named(door: Served) -> None:
    await door.house.db.tx(lambda c: c.exec_driver_sql("ALTER TABLE meta RENAME TO elsewhere"))

    answer = await door.client.get("/readyz")

    assert (answer.status_code, answer.json()["failing"]) == (503, ["database"])
