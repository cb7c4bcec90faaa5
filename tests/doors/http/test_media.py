"""Kept bytes, served to whoever has their address."""

import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from tests.clock import QuickClock
from tests.doors.http.serving import URL, Served, a_door

pytestmark = pytest.mark.anyio


@pytest.fixture
async def picture(door: Served) -> str:
    """The address of a kept picture."""
    return str((await door.image()).json()["data"]["image_url"])


async def test_the_vendors_bytes_come_as_they_are(door: Served, picture: str) -> None:
    answer = await door.client.get(picture)

    (key,) = door.files()
    assert answer.status_code == 200
    assert answer.content == (door.home / "media" / key).read_bytes()
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-type"] == "image/png"


async def test_bytes_cannot_run_and_may_be_kept_for_ever(door: Served, picture: str) -> None:
    answer = await door.client.get(picture)

    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["content-disposition"] == f'inline; filename="{picture.split("/")[-2]}.png"'


async def test_a_film_plays_from_anywhere(door: Served) -> None:
    film = (await door.video()).json()["data"]["video_url"]
    whole = (await door.client.get(film)).content

    part = await door.client.get(film, headers={"range": "bytes=100-299"})
    tail = await door.client.get(film, headers={"range": "bytes=-50"})

    assert (part.status_code, tail.status_code) == (206, 206)
    assert part.content == whole[100:300]
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole)}"
    assert part.headers["content-length"] == "200"
    assert tail.content == whole[-50:]
    assert part.headers["content-type"] == "video/mp4"


async def test_several_ranges_are_answered_with_all(door: Served, picture: str) -> None:
    answer = await door.client.get(picture, headers={"range": "bytes=0-1,4-5"})

    assert answer.status_code == 200
    assert len(answer.content) > 100


async def test_beyond_the_end_there_is_nothing(door: Served, picture: str) -> None:
    size = len((await door.client.get(picture)).content)

    answer = await door.client.get(picture, headers={"range": f"bytes={size}-"})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    ("mark", "status"), [("theirs", 206), ('"other"', 200), ("Fri, 20 Nov 2026 00:00:00 GMT", 200)]
)
async def test_a_range_of_other_bytes_is_answered_with_all(door: Served, picture: str, mark: str, status: int) -> None:
    etag = (await door.client.head(picture)).headers["etag"]

    answer = await door.client.get(
        picture, headers={"range": "bytes=0-9", "if-range": etag if mark == "theirs" else mark}
    )

    assert answer.status_code == status


async def test_what_the_caller_has_is_not_sent_again(door: Served, picture: str) -> None:
    etag = (await door.client.get(picture)).headers["etag"]

    answer = await door.client.get(picture, headers={"if-none-match": f'"other", {etag}'})

    assert (answer.status_code, answer.content) == (304, b"")


async def test_head_tells_all_and_sends_nothing(door: Served, picture: str) -> None:
    whole = await door.client.get(picture)

    answer = await door.client.head(picture)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(whole.content))
    assert answer.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize("make", ["image", "video"])
async def test_the_small_picture_is_made_when_somebody_looks(door: Served, make: str) -> None:
    data = (await getattr(door, make)()).json()["data"]

    first, second = [await door.client.get(data["thumbnail"]) for _ in range(2)]

    assert first.headers["content-type"] == "image/webp"
    assert first.content == second.content
    with Image.open(io.BytesIO(first.content)) as small:
        assert max(small.size) <= 512


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace(".png", ".jpg"),
        lambda url: url.replace(".png", ""),
        lambda url: url[:-5] + ("A" if url[-5] != "A" else "B") + ".png",
        lambda url: url.rsplit("/", 1)[0] + "/.png",
        lambda url: url.rsplit("/", 1)[0] + "/" + "é" * 24 + ".png",
        lambda url: url.replace("/media/", "/media/01"),
        lambda url: url + ".thumb.webp",
        lambda url: url.replace("/media/", "/media/..%2f"),
    ],
)
async def test_an_address_that_is_not_exactly_right_leads_nowhere(door: Served, picture: str, change: object) -> None:
    assert callable(change)

    answer = await door.client.get(change(picture))

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_token_of_one_picture_does_not_open_another(door: Served, picture: str) -> None:
    other = (await door.image(prompt="a boat")).json()["data"]["image_url"]
    mixed = f"{URL}/media/{other.split('/')[-2]}/{picture.rsplit('/', maxsplit=1)[-1]}"

    assert (await door.client.get(mixed)).status_code == 404


@pytest.fixture
async def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
async def old_door(tmp_path: Path, clock: QuickClock) -> AsyncIterator[Served]:
    async with a_door(tmp_path, clock=clock) as served:
        yield served


async def test_what_was_not_to_be_kept_is_gone_after_a_day(old_door: Served, clock: QuickClock) -> None:
    job = (await old_door.image(save_to_db=False)).json()["data"]
    address = job["images"][0]["url"]
    before = await old_door.client.get(address)

    await clock.sleep(24 * 3600 + 1)

    assert before.status_code == 200
    assert (await old_door.client.get(address)).status_code == 404


async def test_bytes_that_are_lost_are_said_to_be_lost(door: Served, picture: str) -> None:
    (key,) = door.files()
    (door.home / "media" / key).unlink()

    answer = await door.client.get(picture)

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "storage_failed"


async def test_a_page_elsewhere_may_show_a_picture_whose_address_it_has(door: Served, picture: str) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}

    answer: httpx2.Response = await door.client.get(picture, headers=headers)

    assert answer.status_code == 200
