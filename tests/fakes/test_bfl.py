"""Each rule of the fake both ways, and every misfortune it can play. There is no light client to prove it against."""

import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import av
import httpx2
import pytest
from PIL import Image

from tests.fakes import bfl, media
from tests.fakes.base import Fault
from tests.fakes.bfl import BFL
from tests.fakes.serving import serve

pytestmark = pytest.mark.anyio
PRO = "flux-2-pro"
FILM = "flux-3-video"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


PNG = b64(media.picture(320, 256))
BIG = b64(media.picture(1600, 1200, "jpeg"))
TINY = b64(media.picture(64, 64, "webp"))
MP4 = b64(media.film(320, 240, 1.0))
WEB = "https://pictures.test/fox.png"
PREFIXED = "data:image/png;base64," + PNG
T2V: dict[str, Any] = {"mode": "t2v", "prompt": "a fox"}
I2V = T2V | {"mode": "i2v", "keyframes": PNG}
V2V = T2V | {"mode": "v2v", "start_video": MP4}


class Clock:
    """Time that passes when told."""

    t = 0.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def fake() -> BFL:
    return BFL(now=Clock())


@pytest.fixture
async def http(fake: BFL) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url, headers={"x-key": "k"}) as client:
        yield client


async def submit(http: httpx2.AsyncClient, path: str = PRO, **body: Any) -> httpx2.Response:
    prompt = {} if {"prompt", "draft_cache"} & body.keys() else {"prompt": "a fox"}
    return await http.post(f"/v1/{path}", json=prompt | body)


async def ending(http: httpx2.AsyncClient, path: str = PRO, **body: Any) -> httpx2.Response:
    """Submit, poll until it is no longer pending, and hand back the last answer."""
    url = (await submit(http, path, **body)).json()["polling_url"]
    for _ in range(10):
        poll = await http.get(url)
        if poll.json().get("status") not in ("Pending", "Reasoning", "Generating"):
            return poll
    raise AssertionError("still pending after 10 polls")


async def download(fake: BFL, url: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=fake.transport()) as stranger:
        return await stranger.get(url, headers=headers)


@pytest.mark.parametrize(
    ("path", "body", "shape", "cost"),
    [
        (PRO, {}, ("JPEG", (1024, 1024)), 3.0),
        (PRO, {"width": 1920, "height": 1088, "output_format": "png"}, ("PNG", (1920, 1088)), 4.5),
        (PRO, {"input_image": PNG}, ("JPEG", (320, 256)), 4.5),
        ("flux-2-flex", {"input_image": WEB, "output_format": "webp"}, ("WEBP", (1024, 1024)), 10.0),
        ("flux-2-max", {"width": 2048, "height": 2048}, ("JPEG", (2048, 2048)), 16.0),
        ("flux-2-klein-4b", {}, ("JPEG", (1024, 1024)), 1.4),
        ("flux-2-klein-9b-preview", {"width": 64, "height": 64}, ("JPEG", (64, 64)), 1.5),
        ("flux-pro-1.1", {}, ("JPEG", (1024, 768)), 4.0),
        ("flux-dev", {"prompt": "", "image_prompt": PNG}, ("JPEG", (1024, 768)), 2.5),
        ("flux-pro-1.1-ultra", {}, ("JPEG", (2720, 1536)), 6.0),
        ("flux-kontext-pro", {"input_image": PNG}, ("PNG", (1152, 912)), 4.0),
        ("flux-kontext-max", {"aspect_ratio": "9:21"}, ("PNG", (672, 1568)), 8.0),
        ("flux-pro-1.0-fill", {"image": PNG, "mask": PNG}, ("JPEG", (320, 256)), 5.0),
        ("flux-pro-1.0-expand", {"image": PNG, "left": 64, "top": 32}, ("JPEG", (384, 288)), 5.0),
        ("flux-3-image", {}, ("JPEG", (1024, 1024)), 4.8),
        ("flux-3-image", {"aspect_ratio": "16:9", "resolution": "2k"}, ("JPEG", (2736, 1536)), 10.0),
        ("flux-3-image", {"images": [PNG], "resolution": "768sq"}, ("JPEG", (864, 688)), 4.1),
        ("flux-3-image-klein", {}, ("JPEG", (1024, 1024)), 0.9),
        ("flux-tools/outpainting-v1", {"input_image": PNG, "width": 640, "height": 512}, ("PNG", (640, 512)), 20.0),
        ("flux-tools/erase-v1", {"prompt": "", "image": PNG, "mask": PNG}, ("PNG", (320, 256)), 3.0),
        ("flux-tools/deblur-v1", {"prompt": "", "image": PNG}, ("PNG", (320, 256)), 3.0),
        ("flux-tools/vto-v2", {"person": PNG, "garment": WEB}, ("JPEG", (320, 256)), 4.75),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_picture_has_its_shape_and_price(
    http: httpx2.AsyncClient, fake: BFL, path: str, body: dict[str, Any], shape: tuple[Any, ...], cost: float
) -> None:
    before = (await http.get("/v1/credits")).json()["credits"]
    done = (await ending(http, path, **body)).json()
    picture = Image.open(io.BytesIO((await download(fake, done["result"]["sample"])).content))

    assert (picture.format, picture.size) == shape
    assert before - (await http.get("/v1/credits")).json()["credits"] == pytest.approx(cost)


@pytest.mark.parametrize(("path", "at"), [(PRO, "submit"), ("flux-pro-1.1", "result"), ("flux-3-image", "result")])
async def test_the_cost_is_told_once(http: httpx2.AsyncClient, path: str, at: str) -> None:
    receipt = (await submit(http, path)).json()
    done = (await ending(http, path)).json()

    assert ("cost" in receipt, "cost" in done) == (at == "submit", at == "result")
    assert at == "result" or (receipt["cost"], receipt["input_mp"], receipt["output_mp"]) == (3.0, 0.0, 1.05)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    *[(PRO, change) for change in (
        {"prompt": ""}, {"prompt": 7}, {"prompt": None}, {"n": 1}, {"aspect_ratio": "1:1"}, {"steps": 9},
        {"guidance": 3}, {"negative_prompt": "dogs"}, {"prompt_upsampling": True}, {"image_prompt": PNG},
        {"width": 0, "height": 0}, {"width": 1024}, {"width": 1000, "height": 1024}, {"width": "64", "height": 64},
        {"width": 48, "height": 1024}, {"width": 2064, "height": 2048}, {"safety_tolerance": 6},
        {"safety_tolerance": -1}, {"output_format": "gif"}, {"seed": -1}, {"seed": 2**32}, {"seed": 1.5},
        {"input_image": PREFIXED}, {"input_image": PNG[:-400]}, {"input_image": "hello"}, {"input_image": ""},
        {"input_image": None}, {"input_image_9": PNG}, {"webhook_url": ""}, {"webhook_url": "ftp://a"},
        {"webhook_url": "https://" + "x" * 2083}, {"user": ""}, {"user": "x" * 257},
        {f"input_image_{i}": BIG for i in range(2, 8)} | {"width": 1024, "height": 1024},
    )],
    ("flux-2-klein-4b", {"input_image_5": PNG}), ("flux-2-klein-4b", {"disable_pup": True}),
    ("flux-2-flex", {"disable_pup": True}), ("flux-2-flex", {"steps": 51}), ("flux-2-flex", {"guidance": 1.4}),
    ("flux-pro-1.1", {"width": 1472}), ("flux-pro-1.1", {"height": 240}), ("flux-pro-1.1", {"width": 1000}),
    ("flux-pro-1.1", {"safety_tolerance": 7}), ("flux-pro-1.1", {"image_prompt": WEB}),
    ("flux-pro-1.1", {"steps": 20}), ("flux-dev", {"steps": 51}), ("flux-dev", {"guidance": 5.1}),
    ("flux-pro-1.1-ultra", {"width": 1024}), ("flux-pro-1.1-ultra", {"aspect_ratio": "22:9"}),
    ("flux-pro-1.1-ultra", {"aspect_ratio": "auto"}), ("flux-pro-1.1-ultra", {"image_prompt_strength": 1.1}),
    ("flux-kontext-pro", {"prompt": ""}), ("flux-kontext-pro", {"width": 1024}),
    ("flux-kontext-pro", {"input_image_5": PNG}), ("flux-kontext-pro", {"aspect_ratio": "9:22"}),
    ("flux-pro-1.0-fill", {}), ("flux-pro-1.0-fill", {"input_image": PNG}),
    ("flux-pro-1.0-fill", {"image": PNG, "mask": TINY}), ("flux-pro-1.0-fill", {"image": PNG, "steps": 14}),
    ("flux-pro-1.0-expand", {"image": PNG, "top": 2049}), ("flux-pro-1.0-expand", {"image": PNG, "guidance": 101}),
    ("flux-3-image", {"prompt": "  "}), ("flux-3-image", {"seed": 1}), ("flux-3-image", {"output_format": "png"}),
    ("flux-3-image", {"width": 1024, "height": 1024}), ("flux-3-image", {"aspect_ratio": "5:3"}),
    ("flux-3-image", {"resolution": "8k"}), ("flux-3-image", {"safety_tolerance": 5}), ("flux-3-image", {"images": []}),
    ("flux-3-image", {"images": [WEB] * 11}), ("flux-3-image", {"images": TINY}),
    ("flux-3-image", {"webhook_url": "https://a.test"}), ("flux-3-image", {"version": "v1"}),
    ("flux-3-image-klein", {"resolution": "1.5k"}),
    ("flux-tools/outpainting-v1", {"input_image": PNG, "width": 640}),
    ("flux-tools/outpainting-v1", {"input_image": PNG, "width": 640, "height": 512, "seed": 1}),
    ("flux-tools/erase-v1", {"prompt": "", "image": PNG, "mask": TINY}),
    ("flux-tools/erase-v1", {"prompt": "", "image": PNG, "mask": PNG, "dilate_pixels": 26}),
    ("flux-tools/deblur-v1", {"prompt": "x", "image": PNG}), ("flux-tools/vto-v1", {"person": PNG}),
    *[(FILM, change) for change in (
        {}, {"mode": "t3v"}, {"mode": 2}, {"mode": "t2v", "prompt": ""}, T2V | {"duration": 4}, T2V | {"duration": 21},
        T2V | {"duration": "5"}, T2V | {"duration": 5.5}, T2V | {"resolution": "4k"}, T2V | {"aspect_ratio": "9:21"},
        T2V | {"seed": 1}, T2V | {"fps": 24}, T2V | {"webhook_url": "https://a.test"}, T2V | {"safety_tolerance": 5},
        T2V | {"keyframes": PNG}, T2V | {"generate_audio": "yes"}, T2V | {"mode": "i2v"}, I2V | {"keyframes": []},
        I2V | {"keyframes": [PNG] * 11, "duration": 10}, I2V | {"keyframes": [PNG] * 3},
        I2V | {"keyframes": [[2, PNG], [1, PNG]]}, I2V | {"keyframes": [9, PNG]}, I2V | {"keyframes": [[0, 1]]},
        I2V | {"keyframes": "x"}, V2V | {"duration": 16}, V2V | {"start_video": PNG}, V2V | {"start_video": 5},
        V2V | {"start_video": PREFIXED}, {"mode": "draft_enhance", "draft_cache": "aGk="},
        {"mode": "draft_enhance", "draft_cache": "https://x.test/a.bin", "duration": 5},
    )],
]  # fmt: skip


@pytest.mark.parametrize(("path", "change"), REFUSED, ids=lambda value: str(value)[:50])
async def test_refuses(http: httpx2.AsyncClient, fake: BFL, path: str, change: dict[str, Any]) -> None:
    answer = await submit(http, path, **change)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "body"
    assert not fake.tasks


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    *[(PRO, change) for change in (
        {"seed": None, "safety_tolerance": 0, "user": "u", "disable_pup": True}, {"seed": 2**32 - 1},
        {f"input_image_{i}": WEB for i in range(2, 9)} | {"input_image": TINY}, {"width": 2048, "height": 2048},
        {"input_image": BIG},
    )],
    ("flux-2-pro-preview", {}), ("flux-2-klein-9b", {"input_image_4": PNG}),
    ("flux-2-flex", {"steps": 1, "guidance": 10, "prompt_upsampling": False, "safety_tolerance": 5}),
    ("flux-pro-1.1", {"width": 256, "height": 1440, "safety_tolerance": 6, "prompt_upsampling": True}),
    ("flux-dev", {"steps": 1, "guidance": 1.5}),
    ("flux-pro-1.1-ultra", {"aspect_ratio": "9:21", "raw": True, "image_prompt": PNG, "image_prompt_strength": 1}),
    ("flux-kontext-max", {"input_image": WEB, "input_image_4": PNG, "aspect_ratio": "5:3"}),
    ("flux-pro-1.0-fill", {"image": PNG, "steps": 15, "guidance": 1.5}),
    ("flux-pro-1.0-expand", {"image": PNG, "bottom": 2048, "right": 1}),
    ("flux-3-image", {"images": [WEB] * 10, "grounding": False, "version": "latest", "safety_tolerance": 4}),
    ("flux-3-image", {"resolution": "4k", "aspect_ratio": "9:21"}),
    ("flux-tools/outpainting-v1", {"input_image": WEB, "width": 64, "height": 64, "reference_offset_x": None,
                                   "reference_offset_y": -9, "mode": "fast"}),
    ("flux-tools/erase-v1", {"prompt": "", "image": PNG, "mask": PNG, "dilate_pixels": 0}),
    ("flux-tools/vto-v1", {"person": PNG, "garment": PNG}),
    *[(FILM, change) for change in (
        T2V | {"mode": "text-to-video", "duration": "auto", "aspect_ratio": "21:9", "user": "u", "version": "latest"},
        T2V | {"resolution": "uhd", "duration": 20, "draft": True}, I2V | {"keyframes": [PNG, WEB]},
        I2V | {"mode": "image-continuation", "keyframes": [PNG] * 10, "duration": 10}, I2V | {"keyframes": [2.5, PNG]},
        I2V | {"keyframes": [[0, PNG], [2, PNG], [5, WEB]], "duration": 5}, V2V | {"duration": 15},
        V2V | {"mode": "video-continuation", "start_video": "https://films.test/a.mp4"},
    )],
]  # fmt: skip


@pytest.mark.parametrize(("path", "change"), ACCEPTED, ids=lambda value: str(value)[:50])
async def test_accepts(http: httpx2.AsyncClient, fake: BFL, path: str, change: dict[str, Any]) -> None:
    assert (await submit(http, path, **change)).status_code == 200
    assert len(fake.tasks) == 1


@pytest.mark.parametrize(
    "path", ["flux-pro", "flux-pro-1.0-canny", "flux-pro-1.0-depth", "flux-kontext", "flux-4", "finetune"]
)
async def test_a_model_that_is_gone_or_unknown_is_not_found_before_any_key_is_asked(
    http: httpx2.AsyncClient, path: str
) -> None:
    assert (await http.post(f"/v1/{path}", json={"prompt": "a fox"}, headers={"x-key": ""})).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 403), ({"x-key": ""}, 403), ({"x-key": "no key"}, 422), ({"authorization": "Bearer k"}, 403)],
)
async def test_a_wrong_key_is_refused_everywhere(fake: BFL, headers: dict[str, str], status: int) -> None:
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url, headers=headers) as http:
        answers = [await submit(http), await http.get("/v1/credits"), await http.get("/v1/get_result?id=x")]

    assert [answer.status_code for answer in answers] == [status] * 3
    assert isinstance(answers[0].json()["detail"], str)


async def test_only_the_right_key_opens_when_one_is_set(http: httpx2.AsyncClient, fake: BFL) -> None:
    fake.key = "other"

    assert (await submit(http)).status_code == 403


async def test_only_json_is_taken_and_an_empty_object_proves_a_key(http: httpx2.AsyncClient) -> None:
    form = await http.post(f"/v1/{PRO}", data={"prompt": "a fox"})
    empty = await http.post(f"/v1/{PRO}", json={})

    assert (form.status_code, empty.status_code) == (422, 422)
    assert empty.json()["detail"] == [{"type": "missing", "loc": ["body", "prompt"], "msg": "Field required"}]


async def test_a_task_is_known_only_where_its_polling_url_says(http: httpx2.AsyncClient, fake: BFL) -> None:
    receipt = (await submit(http)).json()
    told, guessed = receipt["polling_url"], f"/v1/get_result?id={receipt['id']}"

    assert httpx2.URL(told).host == "api.eu2.bfl.fake"
    assert (await http.get(told)).json()["status"] == "Pending"
    for wrong in (guessed, f"/eu2{guessed}", told[:-1], told.partition("?")[0]):
        assert (await http.get(wrong)).status_code == 404
    assert (await http.get(told, headers={"x-key": "stranger"})).status_code == 404
    assert fake.polls.count(receipt["id"]) == 4


async def test_a_socket_keeps_the_region_apart_by_path() -> None:
    fake = BFL()
    fake.film_polls = 0
    with serve(fake), httpx2.Client(headers={"x-key": "k"}) as http:
        receipt = http.post(f"{fake.base_url}/v1/{PRO}", json={"prompt": "a fox"}).json()
        guessed = http.get(f"{fake.base_url}/v1/get_result?id={receipt['id']}")
        sample = http.get(receipt["polling_url"]).json()["result"]["sample"]
        leaked, clean = http.get(sample), httpx2.get(sample)

    assert guessed.status_code == 404
    assert (leaked.status_code, clean.status_code, clean.headers["content-type"]) == (403, 200, "image/jpeg")


@pytest.mark.parametrize(
    ("path", "body", "walk"),
    [
        (PRO, {}, ["Pending", "Pending", "Pending", "Ready"]),
        ("flux-3-image", {}, ["Pending", "Reasoning", "Generating", "Ready"]),
        (FILM, T2V, ["Pending", "Reasoning", "Generating", "Ready"]),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_task_walks_through_its_stages(
    http: httpx2.AsyncClient, fake: BFL, path: str, body: dict[str, Any], walk: list[str]
) -> None:
    fake.film_polls = 3
    url = (await submit(http, path, **body)).json()["polling_url"]

    assert [(await http.get(url)).json()["status"] for _ in walk] == walk


@pytest.mark.parametrize(
    ("body", "size", "seconds", "sound", "cost"),
    [
        (T2V, (1280, 704), 5, True, 85),
        (T2V | {"aspect_ratio": "9:16", "resolution": "fhd", "generate_audio": False}, (1088, 1920), 5, False, 145),
        (I2V | {"duration": 6, "draft": True}, (1088, 864), 6, True, 36),
        (V2V | {"aspect_ratio": "1:1"}, (960, 960), 5, True, 205),
    ],
    ids=["text", "tall", "pictures", "film"],
)
async def test_a_film_is_real(
    http: httpx2.AsyncClient, fake: BFL, body: dict[str, Any], size: tuple[int, int], seconds: int, sound: bool,
    cost: float,
) -> None:  # fmt: skip
    done = (await ending(http, FILM, **body)).json()
    file = await download(fake, done["result"]["sample"])

    assert done["cost"] == cost
    with av.open(io.BytesIO(file.content), "r") as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height, film.duration) == (*size, seconds * 1_000_000)
        assert bool(film.streams.audio) is sound


async def test_a_draft_can_be_had_in_full_while_its_cache_lives(http: httpx2.AsyncClient, fake: BFL) -> None:
    draft = (await ending(http, FILM, **T2V, draft=True)).json()["result"]
    enhance = {"mode": "draft_enhance", "draft_cache": draft["draft_cache"]}
    by_url = await http.post(f"/v1/{FILM}", json=enhance)
    bytes_of_it = b64((await download(fake, draft["draft_cache"])).content)
    by_bytes = await http.post(f"/v1/{FILM}", json=enhance | {"draft_cache": bytes_of_it, "resolution": "hd"})
    fake.now.t = 7200.0  # type: ignore[attr-defined]
    too_late = await http.post(f"/v1/{FILM}", json=enhance)

    assert (by_url.status_code, by_bytes.status_code, too_late.status_code) == (200, 200, 422)
    assert [task.order.size for task in fake.tasks.values()] == [(1280, 704), (1920, 1088), (1280, 704)]


async def test_a_link_needs_its_signature_no_key_and_haste(http: httpx2.AsyncClient, fake: BFL) -> None:
    url = (await ending(http)).json()["result"]["sample"]
    answers = [await download(fake, url), await http.get(url), await download(fake, url.partition("?")[0])]
    fake.now.t = 600.0  # type: ignore[attr-defined]
    answers.append(await download(fake, url))

    assert httpx2.URL(url).host == "delivery-eu2.bfl.fake"
    assert [answer.status_code for answer in answers] == [200, 403, 404, 403]


@pytest.mark.parametrize(("path", "body", "seconds"), [("flux-3-image", {}, 3600), (FILM, T2V, 7200)], ids=str)
async def test_flux_3_keeps_its_results_longer(
    http: httpx2.AsyncClient, fake: BFL, path: str, body: dict[str, Any], seconds: float
) -> None:
    url = (await ending(http, path, **body)).json()["result"]["sample"]
    fake.now.t = seconds - 1  # type: ignore[attr-defined]
    early = await download(fake, url)
    fake.now.t = seconds  # type: ignore[attr-defined]

    assert (early.status_code, (await download(fake, url)).status_code) == (200, 403)


async def test_pictures_wait_for_the_clock_too(http: httpx2.AsyncClient, fake: BFL) -> None:
    fake.image_delay, fake.film_polls = 10.0, 0
    url = (await submit(http)).json()["polling_url"]
    early = (await http.get(url)).json()["status"]
    fake.now.t = 10.0  # type: ignore[attr-defined]

    assert (early, (await http.get(url)).json()["status"]) == ("Pending", "Ready")


@pytest.mark.parametrize(
    ("fault", "http_status", "status"),
    [
        (bfl.REQUEST_MODERATED, 200, "Request Moderated"),
        (bfl.CONTENT_MODERATED, 200, "Content Moderated"),
        (Fault.failed("Error", "no"), 200, "Error"),
        (Fault.failed("Failed"), 200, "Failed"),
        (bfl.FAILED_422, 422, "Error"),
        (bfl.FAILED_503, 503, "Error"),
        (Fault.expired(), 404, "Task not found"),
        (bfl.NO_SAMPLE, 200, "Ready"),
        (bfl.STATE_WORD, 200, None),
    ],
    ids=lambda value: getattr(value, "name", None) or str(value),
)
async def test_a_task_can_end_badly(
    http: httpx2.AsyncClient, fake: BFL, fault: Fault, http_status: int, status: str | None
) -> None:
    fake.film_polls = 0
    fake.fail(fault)
    end = await ending(http)

    assert (end.status_code, end.json().get("status")) == (http_status, status)
    assert end.json()["id"] in fake.tasks
    assert "sample" not in (end.json()["result"] or {}) or fault is bfl.STATE_WORD


async def test_moderation_says_why_in_two_ways(http: httpx2.AsyncClient, fake: BFL) -> None:
    fake.fail(bfl.REQUEST_MODERATED, bfl.CONTENT_MODERATED)

    assert (await ending(http)).json()["details"] == {"Moderation Reasons": ["Violence"]}
    assert (await ending(http)).json()["details"] == "Withheld."


async def test_a_link_can_be_dead_on_arrival(http: httpx2.AsyncClient, fake: BFL) -> None:
    fake.fail(bfl.DEAD_LINK)
    url = (await ending(http)).json()["result"]["sample"]

    assert (await download(fake, url)).status_code == 403


async def test_receipts_come_in_other_shapes(http: httpx2.AsyncClient, fake: BFL) -> None:
    fake.fail(bfl.NO_COST, bfl.BARE_POLLING_URL, Fault.empty())
    plain, bare, empty = [(await submit(http)).json() for _ in range(3)]
    hooked = (await submit(http, webhook_url="https://a.test/hook")).json()

    assert set(plain) == {"id", "polling_url"}
    assert (await http.get(bare["polling_url"], params={"id": bare["id"]})).status_code == 200
    assert (empty, "polling_url" in hooked, hooked["status"]) == ({}, False, "Pending")


async def test_a_poll_can_stumble_and_recover(http: httpx2.AsyncClient, fake: BFL) -> None:
    fake.fail(Fault.status(503, b"", on="poll"), bfl.UNKNOWN_STATUS, bfl.TRUNCATED, Fault.drop(on="poll"))
    url = (await submit(http)).json()["polling_url"]
    polls = [await http.get(url) for _ in range(3)]
    with pytest.raises(httpx2.RemoteProtocolError):
        await http.get(url)

    assert [poll.status_code for poll in polls] == [503, 200, 200]
    assert (await http.get(url)).json()["status"] == "Pending"


async def test_credits_and_places_run_out(http: httpx2.AsyncClient, fake: BFL) -> None:
    fake.most_active = 1
    first = await submit(http)
    crowded = await submit(http)
    for _ in range(3):
        await http.get(first.json()["polling_url"])
    fake.credits = type(fake.credits)(4)

    assert [crowded.status_code, (await submit(http)).status_code] == [429, 200]
    for task in fake.tasks.values():
        task.polls = 3
    assert (await submit(http)).json() == {"detail": "Insufficient credits"}


async def test_the_named_outcomes_strike_and_wrong_requests_use_none_up(http: httpx2.AsyncClient, fake: BFL) -> None:
    for name in ("refused", "busy", "server_error", "garbage"):
        fake.fail(*fake.outcomes[name])
    fake.fail(bfl.NO_CREDITS, Fault.drop())
    assert (await submit(http, n=2)).status_code == 422
    answers = [await submit(http) for _ in range(5)]
    with pytest.raises(httpx2.RemoteProtocolError):
        await submit(http)

    assert [answer.status_code for answer in answers] == [400, 429, 500, 200, 402]
    assert fake.paid == {"a fox": 3}
    assert fake.outcomes_of("image").keys() == fake.outcomes_of("video").keys() == bfl.OUTCOMES.keys()


async def test_a_fault_the_vendor_does_not_have_is_the_tests_mistake(http: httpx2.AsyncClient, fake: BFL) -> None:
    fake.fail(Fault.variant("bare"), Fault.variant("x", on="poll"))

    with pytest.raises(AssertionError, match="bare"):
        await submit(http)
    with pytest.raises(AssertionError, match="poll"):
        await ending(http)
