"""The fake of Google's Interactions and files against the unmodified google-genai==3.3.0, and each rule both ways."""

import base64
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import av
import httpx2
import pytest
from google.genai import _interactions as told
from google.genai import errors

from tests.fakes import google, google_omni, media
from tests.fakes.base import ALWAYS, Fault
from tests.fakes.google import Google
from tests.fakes.google_client import client

pytestmark = pytest.mark.anyio
OMNI, OLDER, PREVIEW = "gemini-omni-1.2-flash", "gemini-omni-1.1-flash", "gemini-omni-flash-preview"
FILM: dict[str, Any] = {"model": OMNI, "input": "a fox", "background": True}
PNG = {"type": "image", "mime_type": "image/png", "data": base64.b64encode(media.picture(320, 240)).decode()}
UNTIMED = {"response_format": {"type": "video", "resolution": "360p"}}
KEY = {"x-goog-api-key": "k"}


class Clock:
    """Time that passes when told."""

    t = 0.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def fake() -> Google:
    return Google(now=Clock())


@pytest.fixture
async def http(fake: Google) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=fake.transport(), base_url=f"{fake.base_url}/v1", headers=KEY) as one:
        yield one


@pytest.fixture
async def sdk(fake: Google) -> AsyncIterator[Any]:
    async with httpx2.AsyncClient(transport=fake.transport()) as one:
        yield client(fake, one, api_key="k", enterprise=False)


def shape(**change: Any) -> dict[str, Any]:
    return {"response_format": {"type": "video", "duration": "3s", "resolution": "360p"} | change}


def told_by(text: str, *media: dict[str, Any]) -> dict[str, Any]:
    return {"input": [*media, {"type": "text", "text": text}]}


def task(name: str) -> dict[str, Any]:
    return {"generation_config": {"video_config": {"task": name}}}


def clip(seconds: float) -> dict[str, Any]:
    raw = media.film(640, 360, seconds)
    return {"type": "video", "mime_type": "video/mp4", "data": base64.b64encode(raw).decode()}


async def post(http: httpx2.AsyncClient, **change: Any) -> httpx2.Response:
    return await http.post("/interactions", json=FILM | shape() | change)


async def ending(http: httpx2.AsyncClient, **change: Any) -> dict[str, Any]:
    """Create, ask until it is no longer in progress, and hand back the last answer."""
    created = (await post(http, **change)).json()
    for _ in range(10):
        answer: dict[str, Any] = (await http.get(f"/interactions/{created['id']}?stream=false")).json()
        if answer["status"] not in ("in_progress", "queued"):
            return answer
    raise AssertionError("still in progress after 10 polls")


def block(answer: dict[str, Any]) -> dict[str, Any]:
    """The video in an answer."""
    content: list[dict[str, Any]] = answer["steps"][-1]["content"]
    return content[0]


def word(refusal: told.APIStatusError) -> str:
    """The code in the body of a refusal."""
    body: Any = refusal.body
    return str(body["error"]["code"])


def measured(raw: bytes) -> tuple[int, int, float]:
    with av.open(io.BytesIO(raw), "r") as film:
        stream = film.streams.video[0]
        return stream.width, stream.height, (film.duration or 0) / 1_000_000


async def test_a_film_is_created_asked_about_and_fetched_by_the_sdk(sdk: Any, fake: Google) -> None:
    created = await sdk.interactions.create(**FILM | shape(delivery="uri", duration="4.5s", aspect_ratio="9:16"))
    polls = [await sdk.interactions.get(id=created.id) for _ in range(3)]

    assert [created.status, *(poll.status for poll in polls)] == ["in_progress"] * 3 + ["completed"]
    raw = await sdk.files.download(file=polls[-1].output_video.uri)
    assert measured(raw) == (360, 640, 4.5)
    assert fake.polls == [created.id] * 3
    assert fake.downloads[0].headers["x-goog-api-key"] == "k"


async def test_a_film_comes_inline_when_not_asked_otherwise(sdk: Any) -> None:
    answer = await sdk.interactions.create(**FILM | {"background": False} | shape())

    assert answer.status == "completed"
    assert measured(base64.b64decode(answer.output_video.data)) == (640, 360, 3)
    assert answer.output_video.mime_type == "video/mp4"


async def test_a_film_waits_for_the_clock(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.film_delay, fake.film_polls = 100.0, 0
    poll = f"/interactions/{(await post(http)).json()['id']}"
    before = (await http.get(poll)).json()
    fake.now.t = 100.0  # type: ignore[attr-defined]

    assert before["status"] == "in_progress"
    assert (await http.get(poll)).json()["status"] == "completed"


async def test_a_client_that_repeats_a_create_is_caught_paying_twice(fake: Google) -> None:
    fake.fail(Fault.status(503, headers={"retry-after-ms": "1"}))
    async with httpx2.AsyncClient(transport=fake.transport()) as http:
        await client(fake, http, attempts=5, api_key="k", enterprise=False).interactions.create(**FILM)

    assert fake.paid == {"a fox": 2}


@pytest.mark.parametrize(
    ("change", "tokens", "seconds"),
    [
        (shape(resolution="720p"), 17_376, 3),
        (shape(resolution="360p", duration="15s"), 28_965, 15),
        (shape(resolution="1080p"), 26_064, 3),
        ({"response_format": [{"type": "video", "duration": "3s", "resolution": "360p"}]}, 5_793, 3),
        ({"model": OLDER}, 5_793, 3),
        ({"input": ""}, 5_793, 3),
        ({"input": []}, 5_793, 3),
        ({"input": [{"type": "user_input", "content": [{"type": "text", "text": "a fox"}]}]}, 5_793, 3),
        (told_by("<FIRST_FRAME> it runs", PNG) | task("image_to_video"), 5_793, 3),
        (told_by("it runs", PNG) | task("image_to_video"), 5_793, 3),
        (told_by("from <FIRST_FRAME> to <LAST_FRAME>", PNG, PNG), 5_793, 3),
        (told_by("<IMAGE_REF_0> meets <IMAGE_REF_1>", PNG, PNG) | task("reference_to_video"), 5_793, 3),
        (told_by("<FIRST_FRAME> with <IMAGE_REF_0>", PNG, PNG), 5_793, 3),
        (told_by("a fox", *[PNG] * 6), 5_793, 3),
        (told_by("more", clip(4)) | task("extend"), 5_793, 7),
        (told_by("at night", clip(4)) | task("edit") | UNTIMED, 7_724, 4),
    ],
    ids=lambda value: str(value)[:90],
)  # fmt: skip
async def test_accepts_of_films_at_their_tokens(
    http: httpx2.AsyncClient, change: dict[str, Any], tokens: int, seconds: float
) -> None:
    answer = await ending(http, **change)

    assert answer["usage"]["total_output_tokens"] == tokens
    assert answer["usage"]["output_tokens_by_modality"] == [{"modality": "video", "tokens": tokens}]
    assert measured(base64.b64decode(block(answer)["data"]))[2] == seconds


@pytest.mark.parametrize(
    "change",
    [
        {"n": 1}, {"fps": 24}, {"negative_prompt": "dogs"}, {"generate_audio": False},
        {"response_modalities": ["video"]},
        {"labels": None}, {"input": 7}, {"stream": True}, {"store": False}, {"model": None},
        {"generation_config": {"temperature": 1.0}}, {"generation_config": {"video_config": {"mask": 1}}},
        shape(duration="3"), shape(duration=3), shape(duration="2s"), shape(duration="16s"), shape(fps=24),
        {"model": OLDER} | shape(duration="11s"), shape(resolution="4K"), shape(resolution="480p"),
        shape(aspect_ratio="1:1"), shape(delivery="url"), shape(gcs_uri="gs://b/o"), shape(type="image"),
        {"response_format": [shape()["response_format"]] * 2},
        told_by("it runs", PNG | {"data": "no base64!"}), told_by("it runs", PNG | {"uri": "https://a.test/a.png"}),
        told_by("it runs", {"type": "image", "mime_type": "image/png"}), told_by("it runs", PNG | {"name": "a"}),
        told_by("it runs", PNG | {"mime_type": "image/jpeg"}),
        told_by("it runs", {"type": "image", "mime_type": "image/png", "uri": "https://a.test/a.png"}),
        told_by("it runs", PNG) | task("text_to_video"), told_by("it runs") | task("image_to_video"),
        told_by("it runs", PNG, PNG) | task("image_to_video"), told_by("<FIRST_FRAME> runs"),
        told_by("<IMAGE_REF_1> runs", PNG), told_by("to <LAST_FRAME>", PNG), told_by("a fox", *[PNG] * 7),
        told_by("from <FIRST_FRAME> to <LAST_FRAME>", PNG, PNG) | shape(duration="11s"),
        {"model": OLDER} | told_by("a fox", *[PNG] * 4), told_by("a fox") | task("edit"), task("upscale"),
        told_by("at night", clip(4)) | task("edit"), told_by("more", clip(4), clip(4)) | task("extend"),
        told_by("more", clip(28)) | task("extend"), told_by("a fox", clip(4)) | task("text_to_video"),
        {"previous_interaction_id": "v1_nobody"},
    ],
    ids=lambda change: str(change)[:90],
)  # fmt: skip
async def test_refuses_of_films(http: httpx2.AsyncClient, fake: Google, change: dict[str, Any]) -> None:
    answer = await post(http, **change)

    assert answer.status_code in (400, 404, 501)
    assert set(answer.json()["error"]) == {"code", "message"}
    assert isinstance(answer.json()["error"]["code"], str)
    assert not fake.interactions.films


async def test_unknown_parameters_have_a_code_of_their_own(sdk: Any) -> None:
    with pytest.raises(told.BadRequestError) as refusal:
        await sdk.interactions.create(**FILM, extra_body={"seed": 7})

    assert word(refusal.value) == "parameter_unknown"


@pytest.mark.parametrize("model", [PREVIEW, "gemini-nano-banana-2.1", "veo-3.1-generate-001", "gemini-omni-9"])
async def test_a_retired_or_unknown_model_is_not_found(sdk: Any, model: str) -> None:
    with pytest.raises(told.NotFoundError):
        await sdk.interactions.create(**FILM | {"model": model})


async def test_what_a_preview_could_it_could_until_its_day(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.today = date(2026, 10, 21)
    good = await post(http, model=PREVIEW, **shape(resolution="720p"))
    frames = told_by("from <FIRST_FRAME> to <LAST_FRAME>", PNG, PNG) | shape(resolution="720p")

    assert good.status_code == 200
    assert [(await post(http, model=PREVIEW, **change)).status_code for change in (shape(), frames)] == [400, 400]


async def test_a_film_is_edited_and_extended_by_its_id(http: httpx2.AsyncClient) -> None:
    first = (await ending(http))["id"]
    extended = await ending(http, previous_interaction_id=first, **task("extend"))
    edited = await ending(http, previous_interaction_id=extended["id"], **task("edit") | UNTIMED)

    lengths = [measured(base64.b64decode(block(answer)["data"]))[2] for answer in (extended, edited)]
    assert lengths == [6, 6]


async def test_a_film_is_cancelled_or_deleted(sdk: Any, fake: Google) -> None:
    cancelled = await sdk.interactions.create(**FILM)
    assert (await sdk.interactions.cancel(id=cancelled.id)).status == "cancelled"
    assert (await sdk.interactions.get(id=cancelled.id)).status == "cancelled"

    await sdk.interactions.delete(id=cancelled.id)

    with pytest.raises(told.NotFoundError) as refusal:
        await sdk.interactions.get(id=cancelled.id)
    assert word(refusal.value) == "not_found"


async def test_a_film_that_is_made_cannot_be_cancelled(http: httpx2.AsyncClient) -> None:
    film = (await ending(http))["id"]

    assert (await http.post(f"/interactions/{film}/cancel")).json()["status"] == "completed"


async def test_what_is_not_stored_has_no_id(http: httpx2.AsyncClient, fake: Google) -> None:
    answer = (await post(http, background=False, store=False)).json()

    assert answer["status"] == "completed"
    assert "id" not in answer
    assert not fake.interactions.films


async def test_moderation_has_four_faces(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.fail(Fault.moderated(), google.MODERATED_AS_FAILURE, google.MODERATED_STEP, google.MODERATED_AT_SUBMIT)
    withheld, failed, step = [await ending(http) for _ in range(3)]
    refused = await post(http)

    assert (withheld["status"], withheld["usage"]["total_output_tokens"]) == ("completed", 0)
    assert [found["type"] for found in withheld["steps"]] == ["thought"]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", "invalid_request")
    assert step["steps"][0]["error"]["code"] == 3
    assert refused.status_code == 400


@pytest.mark.parametrize("code", google.FAILURES)
async def test_a_film_fails_with_its_code(sdk: Any, http: httpx2.AsyncClient, fake: Google, code: str) -> None:
    fake.fail(Fault.failed(code, "Because."))
    found = await sdk.interactions.get(id=(await ending(http))["id"])

    if code == "step":
        assert (found.status, found.steps[0].error.code, found.steps[0].error.message) == ("completed", 13, "Because.")
    else:
        assert (found.status, found.errors[0].code, found.errors[0].message) == ("failed", code, "Because.")
    assert found.output_video is None


@pytest.mark.parametrize("status", google_omni.STATUSES)
async def test_a_film_ends_without_being_made(http: httpx2.AsyncClient, fake: Google, status: str) -> None:
    fake.fail(Fault.variant(status))
    answer = await ending(http)

    assert answer["status"] == status
    assert "steps" not in answer


async def test_a_film_is_done_in_other_shapes(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.fail(Fault.variant("bare"), google.STRANGE_STEP, Fault.variant("no_mime"))
    bare, strange, unnamed = [await ending(http) for _ in range(3)]

    assert set(bare) == {"id", "status", "steps"}
    assert strange["steps"][0]["type"] == "storyboard_draft"
    assert "mime_type" not in block(unnamed)
    assert all(block(answer)["data"] for answer in (bare, strange, unnamed))


async def test_a_film_may_be_queued_first_or_never_end(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.fail(google.QUEUED, Fault.never_ending())
    queued, endless = [f"/interactions/{(await post(http)).json()['id']}" for _ in range(2)]

    assert (await http.get(queued)).json()["status"] == "queued"
    assert {(await http.get(endless)).json()["status"] for _ in range(50)} == {"in_progress"}


async def test_a_submit_may_be_taken_without_an_id_or_not_be_readable(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.fail(Fault.empty(), Fault.garbage())

    assert (await post(http)).json() == {}
    with pytest.raises(ValueError, match="delimiter"):
        (await post(http)).json()
    assert not fake.interactions.films


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (google.QUOTA_EXCEEDED, told.RateLimitError),
        (google.UNIMPLEMENTED, told.InternalServerError),
        (google.PAYMENT_REQUIRED, told.APIStatusError),
        (Fault.status(500), told.InternalServerError),
        (Fault.status(403), told.PermissionDeniedError),
        (Fault.drop(), told.APIConnectionError),
        (Fault.stall(), told.APITimeoutError),
    ],
    ids=lambda value: str(getattr(value, "code", "")),
)
async def test_a_fault_strikes_a_film_once(sdk: Any, fake: Google, fault: Fault, error: type[Exception]) -> None:
    fake.fail(fault)

    with pytest.raises(error):
        await sdk.interactions.create(**FILM)
    assert (await sdk.interactions.create(**FILM)).status == "in_progress"


async def test_single_polls_go_wrong_and_the_film_goes_on(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.film_polls = 0
    fake.fail(*google.OUTCOMES["poll_server_error"], Fault.status(429, on="poll"), Fault.stall(on="poll"))
    poll = f"/interactions/{(await post(http)).json()['id']}"
    statuses = [(await http.get(poll)).status_code for _ in range(2)]
    with pytest.raises(httpx2.ReadTimeout):
        await http.get(poll)

    assert statuses == [502, 429]
    assert (await http.get(poll)).json()["status"] == "completed"


async def test_a_result_may_be_gone_when_it_is_fetched(sdk: Any, http: httpx2.AsyncClient, fake: Google) -> None:
    fake.fail(Fault.expired(), Fault.ok(), Fault.expired(), Fault.status(404, on="download"))
    gone, lost = [block(await ending(http, **shape(delivery="uri")))["uri"] for _ in range(2)]
    inline = (await post(http)).json()["id"]
    answers = [await http.get(f"/interactions/{inline}") for _ in range(3)]

    for uri in (gone, lost):
        with pytest.raises(errors.ClientError) as refusal:
            await sdk.files.download(file=uri)
        assert refusal.value.code == 404
    assert measured(await sdk.files.download(file=lost)) == (640, 360, 3)
    assert [answer.status_code for answer in answers] == [200, 200, 404]


async def test_a_file_is_processed_before_it_can_be_fetched(sdk: Any, http: httpx2.AsyncClient, fake: Google) -> None:
    fake.file_looks = 1
    uri = block(await ending(http, **shape(delivery="uri")))["uri"]
    name = "files/" + uri.rpartition("/")[2]
    with pytest.raises(errors.ClientError):
        await sdk.files.download(file=uri)
    states = [(await sdk.files.get(name=name)).state.value for _ in range(2)]

    assert states == ["PROCESSING", "ACTIVE"]
    assert (await sdk.files.download(file=uri))[4:8] == b"ftyp"
    assert [seen.status for seen in fake.downloads] == [400, 200]


async def test_a_download_may_lead_to_a_host_where_the_key_has_no_business(
    http: httpx2.AsyncClient, fake: Google
) -> None:
    fake.redirects = True
    uri = httpx2.URL(block(await ending(http, **shape(delivery="uri")))["uri"])
    told_where = await http.get(f"{fake.base_url}{uri.path}:download?alt=media")
    async with httpx2.AsyncClient(transport=fake.transport()) as stranger:
        leaked = await stranger.get(told_where.headers["location"], headers=KEY)
        clean = await stranger.get(told_where.headers["location"])

    assert told_where.status_code == 302
    assert (leaked.status_code, clean.status_code) == (403, 200)


async def test_a_download_needs_the_key_and_says_what_it_wants(http: httpx2.AsyncClient, fake: Google) -> None:
    fake.key = "k"
    path = httpx2.URL(block(await ending(http, **shape(delivery="uri")))["uri"]).path
    url = f"{fake.base_url}{path}:download"
    answers = [await http.get(url), await http.get(url + "?alt=media", headers={"x-goog-api-key": "wrong"})]

    assert [answer.status_code for answer in answers] == [400, 400]


async def test_an_upload_is_used_looked_at_deleted_and_never_handed_back(sdk: Any, http: httpx2.AsyncClient) -> None:
    raw = media.film(640, 360, 4)
    kept = await sdk.files.upload(file=io.BytesIO(raw), config={"mime_type": "video/mp4"})
    source = {"type": "video", "mime_type": "video/mp4", "uri": kept.uri}
    answer = await ending(http, **told_by("more", source) | task("extend"))

    assert (kept.size_bytes, kept.state.value, kept.source.value) == (len(raw), "ACTIVE", "UPLOADED")
    assert measured(base64.b64decode(block(answer)["data"]))[2] == 7
    assert (await http.get(f"/{kept.name}:download?alt=media")).status_code == 400
    await sdk.files.delete(name=kept.name)
    assert (await post(http, **told_by("more", source) | task("extend"))).status_code == 400


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"x-goog-upload-command": "upload"}, {"file": {"mime_type": "image/png"}}),
        ({"x-goog-upload-protocol": "raw"}, {"file": {"mime_type": "image/png"}}),
        ({}, {"file": {"mime_type": "image/png", "size": 3}}),
        ({}, {"file": {}}),
        ({"x-goog-api-key": ""}, {"file": {"mime_type": "image/png"}}),
    ],
    ids=str,
)
async def test_the_first_step_of_an_upload_is_strict(
    http: httpx2.AsyncClient, fake: Google, change: dict[str, str], body: dict[str, Any]
) -> None:
    start = {
        "x-goog-upload-protocol": "resumable",
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-length": "3",
    }
    answer = await http.post(f"{fake.base_url}/upload/v1/files", json=body, headers=start | change)

    assert answer.status_code == 400


@pytest.mark.parametrize("flaw", ["key", "offset", "length", "command", "again"])
async def test_the_second_step_of_an_upload_is_strict(http: httpx2.AsyncClient, fake: Google, flaw: str) -> None:
    start = {
        "x-goog-upload-protocol": "resumable",
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-length": "3",
    }
    file = {"file": {"mime_type": "image/png"}}
    url = (await http.post(f"{fake.base_url}/upload/v1/files", json=file, headers=start)).headers["x-goog-upload-url"]
    finish = {"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0"}
    wrong = {"key": KEY, "offset": {"x-goog-upload-offset": "1"}, "command": {"x-goog-upload-command": "upload"}}
    async with httpx2.AsyncClient(transport=fake.transport()) as stranger:
        if flaw == "again":
            assert (await stranger.post(url, content=b"abc", headers=finish)).status_code == 200
        bad = await stranger.post(
            url, content=b"ab" if flaw == "length" else b"abc", headers=finish | wrong.get(flaw, {})
        )

    assert bad.status_code == 400


async def test_polls_take_no_strange_questions(http: httpx2.AsyncClient) -> None:
    poll = f"/interactions/{(await post(http)).json()['id']}"

    assert [(await http.get(poll + query)).status_code for query in ("?stream=true", "?verbose=1")] == [400, 400]


async def test_a_fault_the_vendor_does_not_have_is_the_tests_mistake(http: httpx2.AsyncClient, fake: Google) -> None:
    film = (await post(http)).json()["id"]
    fake.fail(Fault.variant("x"), Fault.moderated("input"), Fault.variant("x", on="poll", times=ALWAYS))

    for _ in range(2):
        with pytest.raises(AssertionError, match="knows no"):
            await post(http)
    with pytest.raises(AssertionError, match="knows no"):
        await http.get(f"/interactions/{film}")
