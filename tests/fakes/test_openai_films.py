"""The Videos API by the unmodified openai==3.51.0, which still has it, and by JSON, which it cannot write."""

import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import av
import httpx2
import openai
import pytest
from PIL import Image

from tests.fakes import media
from tests.fakes import openai as vendor
from tests.fakes.base import Fault
from tests.fakes.openai import OpenAI
from tests.fakes.openai_films import FILM_FAILURES

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")]
FOX: dict[str, Any] = {"model": "sora-2", "prompt": "a fox", "seconds": "4", "size": "1280x720"}
PRO = {"model": "sora-2-pro", "size": "1792x1024"}
FRAME = ("a.png", media.picture(1280, 720), "image/png")


class Clock:
    """Time that passes when told."""

    t = 0.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def fake() -> OpenAI:
    fake = OpenAI(now=Clock())
    fake.videos, fake.poll_after_ms = True, 1
    return fake


@pytest.fixture
async def sdk(fake: OpenAI) -> AsyncIterator[openai.AsyncOpenAI]:
    http = httpx2.AsyncClient(transport=fake.transport())
    async with openai.AsyncOpenAI(api_key="sk-1", base_url=fake.base_url, http_client=http, max_retries=0) as client:
        yield client


async def made(sdk: openai.AsyncOpenAI, **change: Any) -> openai.types.Video:
    return await sdk.videos.create_and_poll(**FOX | change)


async def test_a_film_goes_from_queued_over_progress_to_completed(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    created = await sdk.videos.create(**FOX)
    polls = [await sdk.videos.retrieve(created.id) for _ in range(4)]

    assert created.id.startswith("video_")
    assert [video.status for video in (created, *polls)] == [
        "queued", "queued", "in_progress", "completed", "completed",
    ]  # fmt: skip
    assert [video.progress for video in polls] == [0, 66, 100, 100]
    last = polls[-1]
    assert (last.model, last.prompt, last.size, last.seconds) == ("sora-2", "a fox", "1280x720", "4")
    assert last.completed_at is not None
    assert last.expires_at == last.created_at + 86_400
    assert fake.polls == [created.id] * 4


async def test_every_key_is_there_though_some_are_null(sdk: openai.AsyncOpenAI) -> None:
    told = (await sdk.videos.create(**FOX)).to_dict()

    empty = {key for key, value in told.items() if value is None}
    assert empty == {"completed_at", "expires_at", "remixed_from_video_id", "error"}


async def test_the_poll_helper_waits_as_long_as_it_is_told(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    video = await sdk.videos.create(**FOX)
    answer = await sdk.videos.with_raw_response.retrieve(video.id)

    assert answer.headers["openai-poll-after-ms"] == "1"
    assert (await sdk.videos.poll(video.id)).status == "completed"
    assert len(fake.polls) == 3


@pytest.mark.parametrize("change", [{}, {"size": "720x1280", "seconds": "8"}, PRO], ids=str)
async def test_its_content_is_a_film_of_that_size_and_length(sdk: openai.AsyncOpenAI, change: dict[str, Any]) -> None:
    video = await made(sdk, **change)
    content = await sdk.videos.download_content(video.id)

    assert content.response.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(content.content), "r") as film:
        stream = film.streams.video[0]
        assert f"{stream.width}x{stream.height}" == change.get("size", "1280x720")
        assert film.duration == int(change.get("seconds", 4)) * 1_000_000


async def test_variants_are_pictures(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    video = await made(sdk)
    thumbnail = await sdk.videos.download_content(video.id, variant="thumbnail")
    sheet = await sdk.videos.download_content(video.id, variant="spritesheet")
    with pytest.raises(openai.BadRequestError):
        await sdk.videos.download_content(video.id, variant="gif")  # type: ignore[arg-type]

    assert [Image.open(io.BytesIO(file.content)).format for file in (thumbnail, sheet)] == ["WEBP", "JPEG"]
    assert [(seen.path, seen.status) for seen in fake.downloads] == [
        (f"/v1/videos/{video.id}/content", status) for status in (200, 200, 400)
    ]


async def test_a_first_frame_must_be_as_large_as_the_film(sdk: openai.AsyncOpenAI) -> None:
    await sdk.videos.create(**FOX, input_reference=FRAME)

    with pytest.raises(openai.BadRequestError, match="Inpaint image must match"):
        await sdk.videos.create(**FOX | {"size": "720x1280"}, input_reference=FRAME)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"prompt": ""}, "invalid_value", "prompt"),
        ({"seconds": "5"}, "invalid_value", "seconds"),
        ({"size": "1024x1024"}, "invalid_value", "size"),
        ({"size": "1792x1024"}, "invalid_value", "size"),
        ({"extra_body": {"n": 2}}, "unknown_parameter", "n"),
        ({"extra_body": {"input_reference": "https://a.test/a.png"}}, "invalid_type", "input_reference"),
        ({"input_reference": ("a.gif", b"GIF89a", "image/gif")}, "unsupported_file_mimetype", "input_reference"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_refuses(sdk: openai.AsyncOpenAI, fake: OpenAI, change: dict[str, Any], code: str, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        await sdk.videos.create(**FOX | change)

    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert not fake.films


async def test_an_unknown_model_is_not_found(sdk: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        await sdk.videos.create(**FOX | {"model": "sora-3"})

    assert refusal.value.code == "model_not_found"


async def create_json(sdk: openai.AsyncOpenAI, **change: Any) -> openai.types.Video:
    return await sdk.post("/videos", body={"prompt": "a fox"} | change, cast_to=openai.types.Video)


async def test_json_is_taken_too_and_has_defaults(sdk: openai.AsyncOpenAI) -> None:
    url = f"data:image/png;base64,{base64.b64encode(media.picture(720, 1280)).decode()}"
    video = await create_json(sdk, input_reference={"image_url": url})

    assert (video.model, video.size, video.seconds) == ("sora-2", "720x1280", "4")


@pytest.mark.parametrize(
    "change",
    [
        {"seconds": 4},
        {"prompt": None},
        {"fps": 24},
        {"input_reference": "https://a.test/a.png"},
        {"input_reference": {"file_id": "f"}},
        {"input_reference": {"image_url": f"data:image/png;base64,{base64.b64encode(FRAME[1]).decode()}"}},
    ],
    ids=lambda change: str(change)[:50],
)
async def test_refuses_of_json(sdk: openai.AsyncOpenAI, change: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError):
        await create_json(sdk, **change)


async def test_a_remix_is_a_new_film_of_the_same_shape(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    source = await made(sdk, **PRO)
    remix = await sdk.videos.remix(source.id, prompt="a fox at night")

    assert (remix.remixed_from_video_id, remix.prompt, remix.status) == (source.id, "a fox at night", "queued")
    assert (remix.model, remix.size, remix.seconds) == (source.model, source.size, source.seconds)
    assert fake.paid == {"a fox": 1, "a fox at night": 1}
    with pytest.raises(openai.BadRequestError):
        await sdk.videos.remix(remix.id, prompt="not yet")
    with pytest.raises(openai.BadRequestError):
        await sdk.post(f"/videos/{source.id}/remix", body={"prompt": "x", "seconds": "8"}, cast_to=object)


async def test_films_are_listed_by_pages_from_the_newest(sdk: openai.AsyncOpenAI) -> None:
    ids = [(await sdk.videos.create(**FOX)).id for _ in range(3)]

    newest = await sdk.videos.list(limit=2)
    oldest = await sdk.videos.list(order="asc")

    assert [video.id for video in newest.data] == ids[:0:-1]
    assert newest.has_more
    assert newest.last_id == ids[1]
    assert [video.id for video in oldest.data] == ids
    assert [video.id async for video in sdk.videos.list(limit=1)] == ids[::-1]
    for wrong in ({"limit": 101}, {"limit": "all"}, {"order": "up"}, {"before": ids[0]}):
        with pytest.raises(openai.BadRequestError):
            await sdk.get("/videos", cast_to=object, options={"params": wrong})


async def test_only_what_has_ended_can_be_deleted(sdk: openai.AsyncOpenAI) -> None:
    video = await sdk.videos.create(**FOX)
    with pytest.raises(openai.BadRequestError):
        await sdk.videos.delete(video.id)
    await sdk.videos.poll(video.id)

    gone = await sdk.videos.delete(video.id)

    assert (gone.id, gone.object, gone.deleted) == (video.id, "video.deleted", True)
    with pytest.raises(openai.NotFoundError):
        await sdk.videos.retrieve(video.id)


async def test_content_is_not_there_before_the_end_nor_after_its_time(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    video = await sdk.videos.create(**FOX)
    with pytest.raises(openai.NotFoundError, match="not ready"):
        await sdk.videos.download_content(video.id)
    await sdk.videos.poll(video.id)
    fake.now.t = fake.content_ttl_s  # type: ignore[attr-defined]

    with pytest.raises(openai.NotFoundError, match="expired"):
        await sdk.videos.download_content(video.id)


async def test_a_film_waits_for_the_clock(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.film_delay, fake.film_polls = 100.0, 0
    video = await sdk.videos.create(**FOX)
    await sdk.videos.retrieve(video.id)
    fake.now.t = 40.0  # type: ignore[attr-defined]
    halfway = await sdk.videos.retrieve(video.id)
    fake.now.t = 100.0  # type: ignore[attr-defined]

    assert (halfway.status, halfway.progress) == ("in_progress", 40)
    assert (await sdk.videos.retrieve(video.id)).status == "completed"


async def test_time_passes_for_a_film_that_nobody_asks_about(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.film_delay, fake.film_polls = 100.0, 0
    video = await sdk.videos.create(**FOX)
    fake.now.t = 100.0  # type: ignore[attr-defined]

    assert [listed.status for listed in (await sdk.videos.list()).data] == ["completed"]
    assert (await sdk.videos.download_content(video.id)).content
    assert fake.polls == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [*((Fault.failed(code), code) for code in FILM_FAILURES), (vendor.MODERATED_OUTPUT, "moderation_blocked")],
    ids=lambda value: str(value)[:30],
)
async def test_a_film_fails_with_its_code(sdk: openai.AsyncOpenAI, fake: OpenAI, fault: Fault, code: str) -> None:
    fake.fail(fault)
    video = await made(sdk)

    assert video.status == "failed"
    assert video.error
    assert video.error.code == code
    with pytest.raises(openai.NotFoundError):
        await sdk.videos.download_content(video.id)


async def test_a_film_may_never_end(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.fail(Fault.never_ending())
    video = await sdk.videos.create(**FOX)

    assert {(await sdk.videos.retrieve(video.id)).status for _ in range(50)} == {"queued", "in_progress"}


async def test_a_film_may_be_gone_or_its_download_break(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.fail(*vendor.OUTCOMES["expired"], *vendor.OUTCOMES["download_gone"], Fault.drop(on="download"))
    expired, whole = await made(sdk), await made(sdk)

    assert expired.status == "completed"
    assert expired.expires_at == expired.created_at
    for video in (expired, whole):
        with pytest.raises(openai.NotFoundError):
            await sdk.videos.download_content(video.id)
    with pytest.raises(openai.APIConnectionError):
        await sdk.videos.download_content(whole.id)
    assert (await sdk.videos.download_content(whole.id)).content


async def test_a_submit_or_a_poll_goes_wrong_once(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    fake.fail(Fault.moderated("input"), Fault.empty(), Fault.drop(), *vendor.OUTCOMES["poll_server_error"])

    with pytest.raises(openai.BadRequestError) as blocked:
        await sdk.videos.create(**FOX)
    assert blocked.value.code == "moderation_blocked"
    assert "id" not in (await sdk.videos.create(**FOX)).to_dict()
    with pytest.raises(openai.APIConnectionError):
        await sdk.videos.create(**FOX)
    video = await sdk.videos.create(**FOX)
    with pytest.raises(openai.InternalServerError):
        await sdk.videos.retrieve(video.id)
    assert (await sdk.videos.poll(video.id)).status == "completed"
    assert fake.paid == {"a fox": 3}


async def test_a_fault_the_vendor_does_not_have_is_the_tests_mistake(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    video = await made(sdk)
    fake.fail(vendor.BARE, Fault.variant("x", on="poll"), Fault.variant("x", on="download"))

    with pytest.raises(AssertionError, match="bare"):
        await sdk.videos.create(**FOX)
    with pytest.raises(AssertionError, match="poll"):
        await sdk.videos.retrieve(video.id)
    with pytest.raises(AssertionError, match="download"):
        await sdk.videos.download_content(video.id)


async def test_on_the_vendors_own_host_it_has_ended(sdk: openai.AsyncOpenAI, fake: OpenAI) -> None:
    video = await made(sdk)
    fake.videos = False

    for call in (
        sdk.videos.create(**FOX), sdk.videos.retrieve(video.id), sdk.videos.download_content(video.id),
        sdk.videos.remix(video.id, prompt="x"), sdk.videos.delete(video.id), sdk.videos.list(),
    ):  # fmt: skip
        with pytest.raises(openai.NotFoundError, match="September 24, 2026"):
            await call


@pytest.mark.parametrize("path", ["videos", "videos/v", "videos/v/content"])
async def test_nothing_opens_without_a_key(fake: OpenAI, path: str) -> None:
    async with httpx2.AsyncClient(transport=fake.transport()) as http:
        answers = [await http.request(method, f"{fake.base_url}/{path}") for method in ("GET", "DELETE", "POST")]

    assert {answer.status_code for answer in answers} <= {401, 405}
    assert answers[0].status_code == 401


async def test_every_named_outcome_exists_for_films_and_most_for_pictures(fake: OpenAI) -> None:
    polled = {"poll_server_error", "expired", "download_gone", *(f"failed_{code}" for code in FILM_FAILURES)}

    assert set(fake.outcomes_of("video")) - set(fake.outcomes_of("image")) == polled
