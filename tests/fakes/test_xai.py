"""Each rule of the fake both ways, and every misfortune it can play. There is no light client to prove it against."""

import base64
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import av
import httpx2
import pytest
from PIL import Image

from tests.fakes import media, xai
from tests.fakes.base import ALWAYS, Fault
from tests.fakes.xai import XAI

pytestmark = pytest.mark.anyio
IMAGE = {"model": "grok-imagine-image-2.0", "prompt": "a fox", "response_format": "b64_json"}
VIDEO: dict[str, Any] = {"model": "grok-imagine-video-1.5", "prompt": "a fox", "duration": 2}
PLAIN = {"model": "grok-imagine-video"}
LITE = {"model": "grok-imagine-video-1.5-lite"}
PNG = {"url": "data:image/png;base64," + base64.b64encode(media.picture(320, 240)).decode()}
WEB = {"url": "https://pictures.test/fox.png"}


class Clock:
    """Time that passes when told."""

    t = 0.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def fake() -> XAI:
    return XAI(now=Clock())


@pytest.fixture
async def http(fake: XAI) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": "Bearer k"}
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url, headers=headers) as client:
        yield client


async def image(http: httpx2.AsyncClient, **change: Any) -> httpx2.Response:
    return await http.post("/images/generations", json=IMAGE | change)


async def video(http: httpx2.AsyncClient, **change: Any) -> httpx2.Response:
    return await http.post("/videos/generations", json=VIDEO | change)


async def ending(http: httpx2.AsyncClient, **change: Any) -> dict[str, Any]:
    """Submit, poll until it is no longer pending, and hand back the last answer."""
    submitted = await video(http, **change)
    for _ in range(10):
        poll = await http.get(f"/videos/{submitted.json()['request_id']}")
        if poll.status_code != 202:
            answer: dict[str, Any] = poll.json()
            return answer
    raise AssertionError("still pending after 10 polls")


async def download(fake: XAI, url: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=fake.transport()) as stranger:
        return await stranger.get(url, headers=headers)


@pytest.mark.parametrize(
    ("change", "size", "ticks"),
    [
        ({}, (1024, 1024), 400_000_000),
        ({"quality": "medium", "resolution": "2k"}, (2048, 2048), 800_000_000),
        ({"aspect_ratio": "16:9", "n": 2}, (1360, 768), 800_000_000),
        ({"aspect_ratio": "9:19.5", "resolution": "1.5k"}, (1040, 2256), 500_000_000),
        ({"model": "grok-imagine-image", "aspect_ratio": "2:1"}, (1456, 720), 200_000_000),
        ({"model": "grok-imagine-image-quality"}, (1024, 1024), 400_000_000),
    ],
    ids=str,
)
async def test_pictures_are_jpegs_of_the_shape_and_price(
    http: httpx2.AsyncClient, change: dict[str, Any], size: tuple[int, int], ticks: int
) -> None:
    answer = (await image(http, **change)).json()

    pictures = [Image.open(io.BytesIO(base64.b64decode(item["b64_json"], validate=True))) for item in answer["data"]]
    assert [(p.format, p.size) for p in pictures] == [("JPEG", size)] * change.get("n", 1)
    assert answer["usage"] == {"cost_in_usd_ticks": ticks}
    assert answer["data"][0]["respect_moderation"] is True


async def test_pictures_come_by_url_when_not_asked_otherwise(http: httpx2.AsyncClient, fake: XAI) -> None:
    answer = await http.post("/images/generations", json={"model": IMAGE["model"], "prompt": "a fox"})
    url = answer.json()["data"][0]["url"]

    assert httpx2.URL(url).host == "vidgen.fake"
    assert (await download(fake, url)).headers["content-type"] == "image/jpeg"
    assert (await download(fake, url, **{"user-agent": "Python-urllib/3.11"})).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"n": 0}, {"n": 11}, {"n": "2"}, {"n": None}, {"prompt": ""}, {"prompt": None}, {"prompt": "x" * 64_001},
        {"quality": "high"}, {"model": "grok-imagine-image", "quality": "low"}, {"resolution": "4k"},
        {"model": "grok-imagine-image", "resolution": "1.5k"}, {"aspect_ratio": "7:3"}, {"response_format": "b64"},
        {"size": "1024x1024"}, {"width": 1024}, {"seed": 1}, {"style": "vivid"}, {"background": "opaque"},
        {"negative_prompt": "dogs"}, {"output_format": "png"}, {"moderation": "low"}, {"image": PNG},
        {"storage_options": {}}, {"storage_options": {"filename": "a", "expires_after": 2_592_001}},
    ],
    ids=lambda change: str(change)[:50],
)  # fmt: skip
async def test_refuses_of_pictures(http: httpx2.AsyncClient, change: dict[str, Any]) -> None:
    answer = await image(http, **change)

    assert answer.status_code == 400
    assert answer.json()["code"] == "Client specified an invalid argument"


@pytest.mark.parametrize(
    "change",
    [
        {"n": 10}, {"aspect_ratio": "auto"}, {"aspect_ratio": "21:9"}, {"quality": "auto"}, {"user": "u"},
        {"model": "grok-imagine-image-2026-03-02", "resolution": "2k"}, {"model": "grok-imagine-image-pro"},
        {"storage_options": {"filename": "a.jpg", "public_url": True}},
    ],
    ids=str,
)  # fmt: skip
async def test_accepts_of_pictures(http: httpx2.AsyncClient, change: dict[str, Any]) -> None:
    assert len((await image(http, **change)).json()["data"]) == change.get("n", 1)


@pytest.mark.parametrize("model", ["grok-2-image", "grok-9", "grok-imagine-video", "grok-imagine-image-2.0 "])
async def test_a_retired_or_unknown_model_is_not_found(http: httpx2.AsyncClient, model: str) -> None:
    answer = await image(http, model=model)

    assert answer.status_code == 404
    assert model in answer.json()["error"]


async def test_an_unknown_film_model_is_not_found(http: httpx2.AsyncClient) -> None:
    assert (await video(http, model="grok-imagine-image-2.0")).status_code == 404


async def test_stored_results_have_a_file_beside_them(http: httpx2.AsyncClient, fake: XAI) -> None:
    storage = {"filename": "fox", "public_url": True, "expires_after": 60}
    picture = (await image(http, storage_options=storage)).json()["data"][0]["file_output"]
    film = (await ending(http, storage_options=storage))["video"]["file_output"]

    for stored in (picture, film):
        assert stored["filename"] == "fox"
        assert (await download(fake, stored["public_url"])).status_code == 200


async def test_a_picture_above_ten_mebibytes_is_refused(http: httpx2.AsyncClient) -> None:
    heavy = io.BytesIO()
    Image.new("RGB", (2048, 2048)).save(heavy, "PNG", compress_level=0)
    url = "data:image/png;base64," + base64.b64encode(heavy.getvalue()).decode()

    assert (await video(http, image={"url": url})).status_code == 400


async def test_a_retired_slug_is_served_by_its_successor_from_its_day_on(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.today = date(2026, 11, 1)
    before = (await image(http, model="grok-imagine-image-quality")).json()["usage"]["cost_in_usd_ticks"]
    fake.today = date(2026, 11, 2)
    after = (await image(http, model="grok-imagine-image-quality")).json()["usage"]["cost_in_usd_ticks"]

    assert (before, after) == (500_000_000, 400_000_000)


@pytest.mark.parametrize("path", ["images/generations", "videos/generations"])
@pytest.mark.parametrize("header", ["", "k", "Basic k", "Bearer ", "bearer k"])
async def test_a_wrong_key_is_refused(fake: XAI, path: str, header: str) -> None:
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=fake.base_url) as http:
        headers = {"authorization": header} if header else {}
        first = await http.post(path, json=IMAGE, headers=headers)
        fake.wrong_key_status = 400
        second = await http.post(path, json=IMAGE, headers=headers)

    assert (first.status_code, second.status_code) == (401, 400)


@pytest.mark.parametrize("path", ["images/generations", "videos/generations"])
async def test_only_json_is_taken(http: httpx2.AsyncClient, path: str) -> None:
    form = await http.post(path, data=IMAGE)
    broken = await http.post(path, content="{", headers={"content-type": "application/json"})

    assert (form.status_code, broken.status_code) == (415, 400)


async def test_a_film_goes_from_silence_over_progress_to_done(http: httpx2.AsyncClient, fake: XAI) -> None:
    submitted = (await video(http)).json()
    polls = [await http.get(f"/videos/{submitted['request_id']}") for _ in range(3)]

    assert [poll.status_code for poll in polls] == [202, 202, 200]
    assert polls[0].content == b""
    assert polls[1].json() == {"status": "pending", "progress": 66}
    done = polls[2].json()
    assert done["usage"] == {"cost_in_usd_ticks": 1_600_000_000}
    assert (done["status"], done["model"], done["video"]["duration"]) == ("done", VIDEO["model"], 2)
    assert fake.polls == [submitted["request_id"]] * 3


@pytest.mark.parametrize(
    ("change", "size", "sound"),
    [
        ({}, (854, 480), True),
        ({"resolution": "720p", "aspect_ratio": "9:16", "generate_audio": False}, (720, 1280), False),
        ({"resolution": "1080p", "duration": 1}, (1920, 1080), True),
        ({"image": PNG}, (640, 480), True),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_film_is_real(
    http: httpx2.AsyncClient, fake: XAI, change: dict[str, Any], size: tuple[int, int], sound: bool
) -> None:
    done = await ending(http, **change)
    file = await download(fake, done["video"]["url"])

    assert int(file.headers["content-length"]) == len(file.content)
    with av.open(io.BytesIO(file.content), "r") as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", *size)
        assert film.duration == change.get("duration", 2) * 1_000_000
        assert bool(film.streams.audio) is sound


async def test_a_film_waits_for_the_clock(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.film_delay, fake.film_polls = 100.0, 0
    poll = f"/videos/{(await video(http)).json()['request_id']}"
    await http.get(poll)
    fake.now.t = 40.0  # type: ignore[attr-defined]
    halfway = await http.get(poll)
    fake.now.t = 100.0  # type: ignore[attr-defined]

    assert halfway.json()["progress"] == 40
    assert (await http.get(poll)).json()["status"] == "done"


async def test_a_result_expires_on_its_host_and_at_the_poll(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.film_polls = 0
    poll = f"/videos/{(await video(http)).json()['request_id']}"
    url = (await http.get(poll)).json()["video"]["url"]
    fake.now.t = fake.url_ttl_s  # type: ignore[attr-defined]

    assert (await download(fake, url)).status_code == 404
    assert (await http.get(poll)).json() == {"status": "expired"}


async def test_the_result_host_sees_no_key(http: httpx2.AsyncClient, fake: XAI) -> None:
    url = (await ending(http))["video"]["url"]
    leaked, clean = await http.get(url), await download(fake, url)

    assert (leaked.status_code, clean.status_code) == (403, 200)
    assert [("authorization" in seen.headers, seen.status) for seen in fake.downloads] == [(True, 403), (False, 200)]


@pytest.mark.parametrize(
    "change",
    [
        {"duration": "8"}, {"duration": 8.0}, {"duration": 0}, {"duration": 16}, {"prompt": ""}, {"image": None},
        {"aspect_ratio": "9:20"}, {"resolution": "4k"}, {"seed": 1}, {"fps": 24}, {"n": 1}, {"negative_prompt": "x"},
        {"generate_audio": "false"}, {"image": "https://a.test/a.png"}, {"image": {"url": "http://a.test/a.png"}},
        {"image": {"image_url": {"url": WEB["url"]}}}, {"image": WEB | {"file_id": "f"}}, {"image": {}},
        {"image": WEB | {"type": "image_url"}}, {"image": {"url": PNG["url"].replace("png", "gif", 1)}},
        {"image": {"url": PNG["url"].replace("png", "jpeg", 1)}}, {"image": {"url": "data:image/png;base64,AAAA"}},
        {"image": {"file_id": "file_1"}}, {"reference_images": [WEB, {"file_id": "file_1"}]},
        PLAIN | {"resolution": "1080p"}, {"resolution": "1080p", "reference_images": [WEB]},
        {"resolution": "1080p", "last_frame": WEB},
        PLAIN | {"last_frame": WEB}, LITE | {"last_frame": WEB},
        PLAIN | {"keyframes": [{"image": WEB, "timestamp_s": 1.0}]},
        PLAIN | {"reference_audios": [{"voice_id": "eve"}]},
        LITE | {"reference_images": [WEB]}, PLAIN | {"reference_images": [WEB], "image": WEB},
        PLAIN | {"reference_images": [WEB], "duration": 11}, PLAIN | {"image": WEB, "prompt": ""},
        {"reference_images": []}, {"reference_images": [WEB] * 8}, {"reference_audios": [{"voice_id": "nobody"}]},
        {"reference_audios": [{"voice_id": "eve"}] * 4},
        {"keyframes": [{"image": WEB, "timestamp_s": 0.0}]}, {"keyframes": [{"image": WEB, "timestamp_s": 2.0}]},
        {"keyframes": [{"image": WEB, "timestamp_s": 0.5}]}, {"keyframes": [{"image": WEB, "timestamp_s": 1.0}] * 2},
        {"keyframes": [{"image": WEB, "timestamp_s": i / 3} for i in range(1, 6)]},
    ],
    ids=lambda change: str(change)[:70],
)  # fmt: skip
async def test_refuses_of_films(http: httpx2.AsyncClient, fake: XAI, change: dict[str, Any]) -> None:
    answer = await video(http, **change)

    assert answer.status_code == 400
    assert answer.json()["code"] == "Client specified an invalid argument"
    assert not fake.films


@pytest.mark.parametrize(
    ("change", "usd"),
    [
        ({"duration": 15}, 1.2),
        ({"aspect_ratio": "21:9", "resolution": "1080p"}, 0.5),
        (LITE | {"resolution": "1080p", "image": WEB}, 0.29),
        (PLAIN | {"resolution": "720p", "reference_images": [WEB] * 7, "duration": 10}, 0.714),
        ({"reference_images": [PNG], "image": PNG, "duration": 15}, 1.22),
        ({"prompt": "", "image": PNG}, 0.17),
        ({"image": PNG, "last_frame": WEB, "resolution": "720p"}, 0.3),
        ({"keyframes": [{"image": WEB, "timestamp_s": t} for t in (0.33, 0.67, 1, 1.667)]}, 0.2),
        ({"reference_audios": [{"voice_id": "Eve"}]}, 0.16),
        ({"model": "grok-imagine-video-1.5-2026-05-30"}, 0.16),
    ],
    ids=lambda value: str(value)[:70],
)
async def test_accepts_of_films_at_their_price(http: httpx2.AsyncClient, change: dict[str, Any], usd: float) -> None:
    assert (await ending(http, **change))["usage"]["cost_in_usd_ticks"] == round(usd * 1e10)


async def test_a_wrong_voice_is_answered_with_the_right_ones(http: httpx2.AsyncClient) -> None:
    assert "eve" in (await video(http, reference_audios=[{"voice_id": "nobody"}])).json()["error"]


async def test_blocked_pictures_are_a_success_that_holds_nothing(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(Fault.moderated(), xai.SOME_BLOCKED, xai.MODERATED_AT_SUBMIT)
    blocked, some, refused = [await image(http, n=2) for _ in range(3)]

    assert [(i["respect_moderation"], i["url"], i["b64_json"]) for i in blocked.json()["data"]] == [
        (False, None, None)
    ] * 2
    assert [item["respect_moderation"] for item in some.json()["data"]] == [True, False]
    assert refused.status_code == 400
    assert "content policy" in refused.json()["error"]


async def test_pictures_come_in_other_shapes(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(Fault.empty(), xai.PREFIXED, xai.BARE)
    empty, prefixed, bare = [(await image(http)).json() for _ in range(3)]

    assert empty["data"] == []
    assert prefixed["data"][0]["b64_json"].startswith("data:image/jpeg;base64,")
    assert set(bare) == {"data"}
    assert set(bare["data"][0]) == {"b64_json"}


@pytest.mark.parametrize("code", xai.FAILURES)
async def test_a_film_fails_with_its_code(http: httpx2.AsyncClient, fake: XAI, code: str) -> None:
    fake.fail(Fault.failed(code, "Because."))

    assert await ending(http) == {"status": "failed", "error": {"code": code, "message": "Because."}, "progress": 0}


async def test_a_film_is_done_but_blocked_or_gone(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(Fault.moderated(), Fault.expired())
    blocked, gone = await ending(http), await ending(http)

    assert blocked["status"] == "done"
    assert blocked["video"] == {"url": "", "duration": 0, "respect_moderation": False}
    assert gone == {"status": "expired"}


async def test_a_film_is_done_in_other_shapes(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(xai.NO_STATUS, xai.PUBLIC_URL, xai.NO_USAGE)
    unmarked, stored, bare = [await ending(http) for _ in range(3)]

    assert "status" not in unmarked
    assert (await download(fake, unmarked["video"]["url"])).status_code == 200
    assert "url" not in stored["video"]
    assert (await download(fake, stored["video"]["file_output"]["public_url"])).status_code == 200
    assert set(bare) == {"status", "video", "model"}


async def test_single_polls_go_wrong_and_the_film_goes_on(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(xai.EMPTY_202, xai.PROGRESS_202, xai.TRUNCATED_202, xai.PENDING_200, *xai.OUTCOMES["poll_server_error"])
    fake.film_polls = 0
    poll = f"/videos/{(await video(http)).json()['request_id']}"
    answers = [await http.get(poll) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 200, 502, 200]
    assert [answers[i].json()["status"] for i in (1, 3, 5)] == ["pending", "pending", "done"]
    with pytest.raises(ValueError, match="Unterminated"):
        answers[2].json()


async def test_a_film_may_never_end(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(Fault.never_ending())
    poll = f"/videos/{(await video(http)).json()['request_id']}"
    for _ in range(50):
        assert (await http.get(poll)).status_code == 202


async def test_a_submit_may_be_taken_without_an_id(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(Fault.empty())

    assert (await video(http)).json() == {}
    assert not fake.films


async def test_errors_have_three_shapes(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(Fault.refused(), Fault.status(429), Fault.status(503))
    bodies = [(await image(http)).json() for _ in range(3)]

    assert [sorted(body) for body in bodies] == [["code", "error"], ["error"], ["error"]]
    assert [type(body["error"]) for body in bodies] == [str, str, dict]


async def test_a_fault_the_vendor_does_not_have_is_the_tests_mistake(http: httpx2.AsyncClient, fake: XAI) -> None:
    url = (await ending(http))["video"]["url"]
    fake.fail(xai.SOME_BLOCKED, xai.NO_STATUS, Fault.variant("x", on="poll"), Fault.variant("x", on="download"))

    with pytest.raises(AssertionError, match="some_blocked"):
        await video(http)
    with pytest.raises(AssertionError, match="no_status"):
        await image(http)
    with pytest.raises(AssertionError, match="poll"):
        await ending(http)
    with pytest.raises(AssertionError, match="download"):
        await download(fake, url)


async def test_an_unknown_film_is_not_found(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/videos/nobody")).status_code == 404


async def test_a_download_can_be_gone_or_break(http: httpx2.AsyncClient, fake: XAI) -> None:
    url = (await ending(http))["video"]["url"]
    fake.fail(Fault.status(410, on="download"), Fault.drop(on="download"))

    assert (await download(fake, url)).status_code == 410
    with pytest.raises(httpx2.RemoteProtocolError):
        await download(fake, url)
    assert (await download(fake, url)).status_code == 200


async def test_every_named_outcome_exists_for_films_and_most_for_pictures(http: httpx2.AsyncClient, fake: XAI) -> None:
    names = {"ok", "refused", "moderated", "busy", "server_error", "dropped", "garbage", "never_ending"}
    polled = {"poll_server_error", "expired"}

    assert names | polled <= set(fake.outcomes_of("video"))
    assert (names | polled) - set(fake.outcomes_of("image")) == polled


@pytest.mark.parametrize("lane", ["image", "video"])
async def test_the_wires_own_faults_strike_both_lanes(http: httpx2.AsyncClient, fake: XAI, lane: str) -> None:
    send = {"image": image, "video": video}[lane]
    fake.fail(*xai.OUTCOMES["busy"], *xai.OUTCOMES["server_error"], *xai.OUTCOMES["garbage"], Fault.drop(times=ALWAYS))
    answers = [await send(http) for _ in range(3)]
    for _ in range(2):
        with pytest.raises(httpx2.RemoteProtocolError):
            await send(http)

    assert [answer.status_code for answer in answers] == [429, 500, 200]
    assert answers[0].headers["retry-after"] == "2"
    assert fake.prompts == {"a fox": 5}
    assert fake.paid == {"a fox": 4}


async def test_a_wrong_request_uses_up_no_fault(http: httpx2.AsyncClient, fake: XAI) -> None:
    fake.fail(Fault.status(500))

    assert (await video(http, duration=99)).status_code == 400
    assert (await video(http)).status_code == 500
