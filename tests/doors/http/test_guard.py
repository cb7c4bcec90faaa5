"""Nobody's page and no borrowed name can spend money here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from diorama.doors.http.auth import check_exposure
from diorama.errors import ConfigurationError
from diorama.settings import Settings
from tests.doors.http.serving import Served, a_door

pytestmark = pytest.mark.anyio

BODY = {"prompt": "a fox", "model": "sketch", "size": "64x64"}
FRONT_END = "http://localhost:5173"


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "localhost.evil"),
        *("evil.example#@127.0.0.1", "10.0.0.7", "0.0.0.0", "[::2]:8000", "[", ""),
    ],
)
async def test_a_foreign_host_cannot_start_a_job(quiet: Served, host: str) -> None:
    answer = await quiet.client.post("/image/generate", json=BODY | {"customer_id": 1}, headers={"host": host})

    assert answer.status_code == 403
    assert "DIORAMA_PUBLIC_URL" in answer.text
    assert await quiet.jobs() == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9", "localhost:8000", "LOCALHOST", "[::1]:8000", "127.8.8.8"])
async def test_every_name_of_this_machine_is_let_in(quiet: Served, host: str) -> None:
    assert (await quiet.client.get("/v1/models", headers={"host": host})).status_code == 200


async def test_the_public_url_names_us_too(tmp_path: Path) -> None:
    async with a_door(tmp_path, settings={"public_url": "https://pictures.example/diorama"}) as door:
        known = await door.client.get("/v1/jobs", headers={"host": "pictures.example"})
        own_page = {"host": "pictures.example", "origin": "https://pictures.example"}
        from_own_page = await door.client.post("/v1/generations", json=BODY, headers=own_page)

    assert known.status_code == 200
    assert from_own_page.status_code == 202


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "null", "http://localhost:5174", "http://127.0.0.1:8001", "file://", ""),
        *("http://localhost:5173.evil.example", "https://localhost:5173", "http://127.0.0.1:8000@evil.example"),
    ],
)
async def test_a_page_of_another_origin_cannot_start_a_job(quiet: Served, origin: str) -> None:
    answer = await quiet.client.post("/v1/generations", json=BODY | {"customer_id": 1}, headers={"origin": origin})

    assert answer.status_code == 403
    assert "DIORAMA_CORS_ORIGINS" in answer.text
    assert "access-control-allow-origin" not in answer.headers
    assert await quiet.jobs() == 0


async def test_a_page_of_another_origin_may_not_even_look(quiet: Served) -> None:
    answer = await quiet.client.get("/v1/jobs", headers={"origin": "https://evil.example"})

    assert answer.status_code == 403


async def test_two_origins_are_none(quiet: Served) -> None:
    answer = await quiet.client.get("/v1/jobs", headers=[("origin", FRONT_END), ("origin", "https://evil.example")])

    assert answer.status_code == 403


async def test_another_site_without_an_origin_cannot_start_a_job(quiet: Served) -> None:
    answer = await quiet.client.post("/v1/generations", json=BODY, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert await quiet.jobs() == 0


@pytest.mark.parametrize("origin", [FRONT_END, "http://127.0.0.1:3000", "http://127.0.0.1:8000"])
async def test_known_pages_can_ask_and_read(door: Served, origin: str) -> None:
    answer = await door.client.post("/v1/generations", json=BODY, headers={"origin": origin})

    assert answer.status_code == 202
    assert answer.headers["access-control-allow-origin"] == origin
    assert "Location" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "Origin"


async def test_a_known_page_can_read_what_went_wrong(quiet: Served) -> None:
    answer = await quiet.client.post("/v1/generations", json={}, headers={"origin": FRONT_END})

    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == FRONT_END


async def test_a_preflight_of_a_known_page_is_answered(quiet: Served) -> None:
    asked = {
        "origin": FRONT_END,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,prefer",
        "access-control-request-private-network": "true",
    }

    answer = await quiet.client.options("/image/generate", headers=asked)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == FRONT_END
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "content-type,prefer"
    assert answer.headers["access-control-allow-private-network"] == "true"


async def test_a_preflight_of_another_page_is_refused(quiet: Served) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}

    answer = await quiet.client.options("/image/generate", headers=asked)

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


async def test_the_operator_names_the_pages(tmp_path: Path) -> None:
    async with a_door(tmp_path, settings={"cors_origins": ("https://app.example/",)}) as door:
        mine = await door.client.get("/v1/jobs", headers={"origin": "https://app.example"})
        default = await door.client.get("/v1/jobs", headers={"origin": FRONT_END})

    assert (mine.status_code, default.status_code) == (200, 403)


@pytest.mark.parametrize("mime", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("path", ["/image/generate", "/v1/jobs/1/cancel"])
async def test_a_plain_form_reaches_nothing_that_changes_anything(quiet: Served, mime: str, path: str) -> None:
    body = b'{"prompt": "a fox", "customer_id": 1}'

    answer = await quiet.client.post(path, content=body, headers={"content-type": mime})

    assert answer.status_code == 415
    assert "application/json" in answer.text
    assert await quiet.jobs() == 0


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/octet-stream"}])
async def test_a_body_that_does_not_say_json_is_not_read(quiet: Served, headers: dict[str, str]) -> None:
    body = b'{"prompt": "a fox", "customer_id": 1}'

    answer = await quiet.client.post("/image/generate", content=body, headers=headers)

    assert answer.status_code == 400
    assert "Content-Type: application/json" in answer.json()["hint"]
    assert await quiet.jobs() == 0


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Served]:
    """A door for bodies of 1.14 MB at most."""
    async with a_door(tmp_path, settings={"max_upload_mb": 0.1}) as served:
        yield served


async def test_a_body_that_says_it_is_too_large_is_not_read(small: Served) -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append("a part")
        yield b" " * 1000

    headers = {"content-length": "1200000", "content-type": "application/json"}
    answer = await small.client.post("/v1/generations", content=body(), headers=headers)

    assert answer.status_code == 413
    assert "DIORAMA_MAX_UPLOAD_MB" in answer.text
    assert read == []


@pytest.mark.parametrize("path", ["/image/generate", "/v1/generations"])
async def test_a_body_that_grows_too_large_is_cut_off(small: Served, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 100_000

    answer = await small.client.post(path, content=endless(), headers={"content-type": "application/json"})

    assert answer.status_code == 413
    assert "1.14 MB" in answer.text
    assert sent < 20


def test_listening_to_others_without_keys_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'0\.0\.0\.0'.*DIORAMA_PUBLIC_URL"):
        check_exposure(Settings(host="0.0.0.0"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_listening_to_this_machine_is_fine(host: str) -> None:
    check_exposure(Settings(host=host))
