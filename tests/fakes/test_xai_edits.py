"""Pictures and films that are changed: each rule both ways, what it costs, and that faults strike here as well."""

import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import av
import httpx2
import pytest
from PIL import Image

from tests.fakes import media, xai
from tests.fakes.base import Fault
from tests.fakes.xai import XAI

pytestmark = pytest.mark.anyio
PLAIN = {"model": "grok-imagine-image"}
WEB = {"url": "https://pictures.test/fox"}
IMAGE_EDIT: dict[str, Any] = {"model": "grok-imagine-image-2.0", "prompt": "a hat", "response_format": "b64_json"}
VIDEO_EDIT: dict[str, Any] = {"model": "grok-imagine-video", "prompt": "at night"}


def picture(width: int = 320, height: int = 240, fmt: str = "png") -> dict[str, str]:
    return {"url": f"data:image/{fmt};base64,{base64.b64encode(media.picture(width, height, fmt)).decode()}"}


def film(seconds: float = 4, width: int = 854, height: int = 480) -> dict[str, str]:
    return {"url": f"data:video/mp4;base64,{base64.b64encode(media.film(width, height, seconds)).decode()}"}


@pytest.fixture
def fake() -> XAI:
    fake = XAI()
    fake.film_polls = 0
    return fake


@pytest.fixture
async def http(fake: XAI) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": "Bearer k"}
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url, headers=headers) as client:
        yield client


async def edit(http: httpx2.AsyncClient, **change: Any) -> httpx2.Response:
    return await http.post("/images/edits", json=IMAGE_EDIT | change)


async def change(http: httpx2.AsyncClient, how: str, **fields: Any) -> httpx2.Response:
    return await http.post(f"/videos/{how}", json=VIDEO_EDIT | fields)


async def ending(http: httpx2.AsyncClient, submitted: httpx2.Response) -> dict[str, Any]:
    answer: dict[str, Any] = (await http.get(f"/videos/{submitted.json()['request_id']}")).json()
    return answer


async def seen(fake: XAI, url: str) -> tuple[int, int, float]:
    async with httpx2.AsyncClient(transport=fake.transport()) as stranger:
        file = await stranger.get(url)
    with av.open(io.BytesIO(file.content), "r") as opened:
        stream = opened.streams.video[0]
        return stream.width, stream.height, (opened.duration or 0) / 1e6


@pytest.mark.parametrize(
    ("fields", "size", "ticks"),
    [
        ({"image": picture()}, (1184, 880), 700_000_000),
        ({"image": picture() | {"type": "image_url"}, "quality": "low"}, (1184, 880), 500_000_000),
        ({"images": [picture(240, 320, "webp"), picture()]}, (880, 1184), 800_000_000),
        ({"images": [WEB] * 5, "n": 2}, (1024, 1024), 1_700_000_000),
        ({"image": picture(), "aspect_ratio": "16:9", "resolution": "2k"}, (2736, 1536), 900_000_000),
        ({"image": picture(), "aspect_ratio": "auto"}, (1184, 880), 700_000_000),
        (PLAIN | {"image": picture(fmt="jpeg")}, (1184, 880), 220_000_000),
        ({"model": "grok-imagine-image-quality", "image": WEB}, (1024, 1024), 500_000_000),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_an_edit_follows_its_first_picture_and_costs_by_pictures_and_inputs(
    http: httpx2.AsyncClient, fields: dict[str, Any], size: tuple[int, int], ticks: int
) -> None:
    answer = (await edit(http, **fields)).json()

    made = [Image.open(io.BytesIO(base64.b64decode(item["b64_json"]))) for item in answer["data"]]
    assert [(p.format, p.size) for p in made] == [("JPEG", size)] * fields.get("n", 1)
    assert answer["usage"] == {"cost_in_usd_ticks": ticks}


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"image": WEB, "images": [WEB]}, {"images": []}, {"images": [WEB] * 6}, {"images": WEB}, {"image": [WEB]},
        {"image": WEB["url"]}, {"image": {"image_url": WEB}}, {"image": WEB | {"type": "url"}}, {"image": None},
        {"image": {"file_id": "file_1"}}, {"image": WEB | {"file_id": "file_1"}}, {"mask": WEB, "image": WEB},
        {"image": {"url": "http://pictures.test/a.png"}}, {"image": {"url": "data:image/png;base64,AAAA"}},
        {"image": {"url": "data:image/gif;base64,R0lGODlh"}}, {"image": film()}, {"image": WEB, "n": 11},
        {"image": WEB, "size": "1024x1024"}, {"image": WEB, "quality": "high"},
        PLAIN | {"image": WEB, "quality": "low"}, {"image": WEB, "reference_images": [WEB]},
    ],
    ids=lambda fields: str(fields)[:60],
)  # fmt: skip
async def test_refuses_of_edits(http: httpx2.AsyncClient, fields: dict[str, Any]) -> None:
    assert (await edit(http, **fields)).status_code == 400


@pytest.mark.parametrize("path", ["images/edits", "videos/edits", "videos/extensions"])
async def test_there_are_no_forms_and_no_unknown_models(http: httpx2.AsyncClient, path: str) -> None:
    form = await http.post(path, data=IMAGE_EDIT, files={"image": ("a.png", media.picture(64, 64), "image/png")})
    sources = {"image": WEB} if path.startswith("images") else {"video": WEB}
    stranger = await http.post(path, json={"model": "grok-9", "prompt": "x"} | sources)

    assert (form.status_code, stranger.status_code) == (415, 404)


async def test_an_earlier_result_is_an_input_as_long_as_it_lives(http: httpx2.AsyncClient, fake: XAI) -> None:
    first = (await edit(http, image=picture(), response_format="url")).json()["data"][0]
    second = await edit(http, image={"url": first["url"]}, resolution="2k")
    fake.results.clear()
    third = await edit(http, image={"url": first["url"]})

    made = Image.open(io.BytesIO(base64.b64decode(second.json()["data"][0]["b64_json"])))
    assert made.size == (2368, 1760)
    assert third.status_code == 400


async def test_an_edited_film_is_as_long_and_as_large_as_it_was(http: httpx2.AsyncClient, fake: XAI) -> None:
    done = await ending(http, await change(http, "edits", video=film(5.5, 640, 360), user="u"))

    assert (done["status"], done["model"], done["video"]["duration"]) == ("done", "grok-imagine-video", 5.5)
    assert await seen(fake, done["video"]["url"]) == (640, 360, 5.5)
    assert done["usage"] == {"cost_in_usd_ticks": round((5.5 * 0.05 + 0.002) * 1e10)}


async def test_a_film_above_720p_comes_back_smaller(http: httpx2.AsyncClient, fake: XAI) -> None:
    done = await ending(http, await change(http, "edits", video=film(1, 1080, 1920)))

    assert await seen(fake, done["video"]["url"]) == (720, 1280, 1)


async def test_an_extended_film_is_longer_by_what_was_asked_and_only_that_is_paid(
    http: httpx2.AsyncClient, fake: XAI
) -> None:
    source = {"model": "grok-imagine-video-1.5", "prompt": "a fox", "duration": 3, "resolution": "720p"}
    made = await ending(http, await http.post("/videos/generations", json=source))
    done = await ending(http, await change(http, "extensions", video={"url": made["video"]["url"]}, duration=4))
    default = await ending(http, await change(http, "extensions", video={"url": done["video"]["url"]}))

    assert (done["video"]["duration"], default["video"]["duration"]) == (7, 13)
    assert await seen(fake, done["video"]["url"]) == (1280, 720, 7)
    assert done["usage"] == {"cost_in_usd_ticks": round((4 * 0.07 + 0.002) * 1e10)}


async def test_a_film_elsewhere_is_believed(http: httpx2.AsyncClient) -> None:
    assert (await change(http, "edits", video=WEB)).status_code == 200
    assert (await change(http, "extensions", video=WEB, storage_options={"filename": "a"})).status_code == 200


BOTH: list[dict[str, Any]] = [
    {}, {"video": WEB["url"]}, {"video": {}}, {"video": {"file_id": "f"}}, {"video": [WEB]}, {"video": picture()},
    {"video": {"url": "data:video/mp4;base64,AAAA"}}, {"video": {"url": "data:video/webm;base64,AAAA"}},
    {"video": {"url": "http://films.test/a.mp4"}}, {"video": WEB, "prompt": ""}, {"video": WEB, "resolution": "480p"},
    {"video": WEB, "aspect_ratio": "16:9"}, {"video": WEB, "model": "grok-imagine-video-1.5"},
    {"video": WEB, "model": "grok-imagine-video-1.5-lite"}, {"video": WEB, "image": WEB}, {"video": None},
]  # fmt: skip
EDITS = [{"video": WEB, "duration": 6}, {"video": film(9, 128, 128)}]
EXTENSIONS: list[dict[str, Any]] = [
    {"video": WEB, "duration": 1}, {"video": WEB, "duration": 11}, {"video": WEB, "duration": "6"},
    {"video": WEB, "user": "u"}, {"video": film(1, 128, 128)}, {"video": film(16, 128, 128)},
]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "fields"),
    [
        *(("edits", fields) for fields in BOTH + EDITS),
        *(("extensions", fields) for fields in BOTH + EXTENSIONS),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_refuses_of_changed_films(http: httpx2.AsyncClient, fake: XAI, how: str, fields: dict[str, Any]) -> None:
    assert (await change(http, how, **fields)).status_code == 400
    assert not fake.films


@pytest.mark.parametrize("how", ["edits", "extensions"])
async def test_a_changed_film_ends_in_all_ways_a_made_one_does(http: httpx2.AsyncClient, fake: XAI, how: str) -> None:
    fake.fail(Fault.moderated(), Fault.expired(), Fault.failed("internal_error"), xai.NO_USAGE, Fault.status(500))
    blocked, gone, failed, bare = [await ending(http, await change(http, how, video=WEB)) for _ in range(4)]
    broken = await change(http, how, video=WEB)

    assert blocked["video"]["respect_moderation"] is False
    assert (gone["status"], failed["status"], broken.status_code) == ("expired", "failed", 500)
    assert set(bare) == {"status", "video", "model"}
    assert fake.paid == {"at night": 5}


async def test_an_edit_of_a_picture_meets_the_same_faults(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(Fault.moderated(), Fault.empty(), Fault.status(429), Fault.never_ending())
    blocked, empty, busy = [await edit(http, image=WEB) for _ in range(3)]

    assert blocked.json()["data"][0]["respect_moderation"] is False
    assert empty.json()["data"] == []
    assert busy.status_code == 429
    with pytest.raises(httpx2.ReadTimeout):
        await edit(http, image=WEB)
    assert (await edit(http, image=WEB)).status_code == 200
