"""What callers see when something goes wrong in here."""

import logging
from pathlib import Path

import pytest

from diorama.doors.http.prefer import Preference, read
from tests.doors.http.serving import Served

pytestmark = pytest.mark.anyio


@pytest.fixture
async def broken(door: Served) -> Served:
    """A house whose database has lost a table."""
    await door.house.db.tx(lambda c: c.exec_driver_sql("ALTER TABLE jobs RENAME TO elsewhere"))
    return door


@pytest.mark.parametrize("path", ["/image/generate", "/v1/generations"])
async def test_a_fault_of_ours_is_logged_and_not_told(
    broken: Served, path: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    body = {"prompt": "a fox", "customer_id": 1} | ({"model": "sketch"} if path.startswith("/v1") else {})

    answer = await broken.client.post(path, json=body, headers={"origin": "http://localhost:3000"})

    request_id = answer.headers["x-request-id"]
    assert answer.status_code == 500
    assert "Something went wrong here." in answer.text
    assert request_id in answer.text
    assert not {"jobs", "sqlite", str(tmp_path)} & set(answer.text.split())
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    (record,) = [record for record in caplog.records if record.name == "diorama.http"]
    assert record.levelno == logging.ERROR
    assert request_id in record.getMessage()
    assert record.exc_info


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nowhere", 404, "There is no GET '/nowhere' here."),
        ("GET", "/redoc", 404, "There is no GET '/redoc' here."),
        ("GET", "/v1/generations", 405, "There is no GET '/v1/generations' here."),
        ("DELETE", "/v1/jobs", 405, "There is no DELETE '/v1/jobs' here."),
    ],
)
async def test_a_path_that_leads_nowhere_says_so(door: Served, method: str, path: str, status: int, said: str) -> None:
    answer = await door.client.request(method, path)

    assert answer.status_code == status
    assert answer.json()["error"]["message"] == said
    assert answer.json()["error"]["hint"]


async def test_the_seeds_routes_answer_in_their_envelope(door: Served) -> None:
    answer = await door.client.get("/image/generate")

    body = answer.json()
    assert (answer.status_code, body["success"], body["code"]) == (405, False, 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("header", "preference"),
    [
        ("", Preference()),
        ("respond-async", Preference(respond_async=True)),
        ("Respond-Async, wait=10", Preference(respond_async=True, wait_s=10)),
        ('wait="5"', Preference(wait_s=5)),
        ("wait=soon", Preference()),
        ("return=minimal", Preference()),
    ],
)
def test_a_preference_is_read(header: str, preference: Preference) -> None:
    assert read(header) == preference
