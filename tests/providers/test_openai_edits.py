"""OpenAI's adapter and its rows: pictures that go in, and pictures that come piece by piece, against a strict fake."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from diorama.errors import ProviderError, ValidationError
from diorama.generation.service import Asker
from diorama.providers.base import Blocked, Done, Inline, InputBytes, Lost, Prepared, Provider, Refused, UnknownFate
from diorama.schemas import Input, Preview, Request
from tests.fakes import media
from tests.fakes import openai as fakes
from tests.fakes.base import Fault
from tests.fakes.forms import File
from tests.houses import a_house, make
from tests.providers.through import adapter, made, prepared, sent

pytestmark = pytest.mark.anyio

PICTURE, MASK = media.picture(320, 192, "jpeg"), media.picture(320, 192, transparent=True)
FLARE = "gpt-image-2.5-flare"
SMALL = {"size": "1024x1024", "quality": "low"}
WATCHED = SMALL | {"options": {"partial_images": 2}}


def given(role: Any = "reference", data: bytes = PICTURE, mime: str = "image/jpeg") -> InputBytes:
    return InputBytes(role=role, mime=mime, data=data)


@pytest.fixture
def fake() -> fakes.OpenAI:
    return fakes.OpenAI()


@pytest.fixture
def openai(fake: fakes.OpenAI) -> Provider:
    return adapter(fake)


# Pictures that go in.


@pytest.mark.parametrize(("count", "name"), [(1, "image"), (2, "image[]"), (16, "image[]")])
async def test_pictures_travel_as_the_vendors_library_writes_them(
    count: int, name: str, fake: fakes.OpenAI, openai: Provider
) -> None:
    done = await made(openai, FLARE, *[given()] * count, **SMALL, n=2, options={"moderation": "low"})

    (submit,) = fake.submits
    files = submit.body[name] if count > 1 else [submit.body[name]]
    assert submit.path == "/v1/images/edits"
    assert [(file.mime, file.data) for file in files] == [("image/jpeg", PICTURE)] * count
    assert (submit.body["n"], submit.body["moderation"]) == ("2", "low")
    assert [type(output) for output in done.outputs] == [Inline, Inline]
    assert done.usage["image_in"] == count * 60


def test_texts_go_before_files(openai: Provider) -> None:
    form = prepared(openai, FLARE, given(), given("mask", MASK, "image/png"), **SMALL).form

    assert form is not None
    assert [part.filename for part in form if part.filename] == ["image-1.jpeg", "mask.png"]
    assert [part.filename is None for part in form] == sorted((part.filename is None for part in form), reverse=True)


async def test_a_mask_marks_the_first_picture(fake: fakes.OpenAI, openai: Provider) -> None:
    await made(openai, FLARE, given(), given("mask", MASK, "image/png"), **SMALL)

    mask = fake.submits[0].body["mask"]
    assert isinstance(mask, File)
    assert (mask.mime, mask.data) == ("image/png", MASK)


async def test_fidelity_goes_out_with_pictures_alone(fake: fakes.OpenAI, openai: Provider) -> None:
    await made(openai, "gpt-image-1.5", given(), **SMALL, input_fidelity="high")
    await made(openai, "gpt-image-1.5", **SMALL, input_fidelity="high")

    assert [submit.body.get("input_fidelity") for submit in fake.submits] == ["high", None]


async def test_an_edit_has_about_the_shape_of_its_picture(fake: fakes.OpenAI, tmp_path: Path) -> None:
    async with a_house(tmp_path, fake) as house:
        inputs = (as_data("reference", PICTURE, "image/jpeg"), as_data("mask", MASK, "image/png"))
        job = await make(house, model=FLARE, prompt="a paper fox", inputs=inputs)

    assert (job.state, job.notes) == ("succeeded", ())
    assert fake.submits[0].body["size"] == "1360x816"
    assert job.quote is not None
    assert job.cost is not None
    assert job.cost.usd <= job.quote.usd


@pytest.mark.parametrize(
    ("model", "inputs", "said"),
    [
        (FLARE, [("mask", MASK, "image/png")], "needs an input as 'reference'"),
        (FLARE, [("reference", PICTURE, "image/jpeg"), ("mask", PICTURE, "image/jpeg")], "takes image/png as 'mask'"),
        (FLARE, [("reference", PICTURE, "image/jpeg")] * 17, "takes 16 input"),
    ],
)
async def test_what_would_be_refused_is_refused_here(
    model: str, inputs: list[tuple[Any, bytes, str]], said: str, fake: fakes.OpenAI, tmp_path: Path
) -> None:
    async with a_house(tmp_path, fake) as house:
        with pytest.raises(ValidationError, match=said):
            await make(house, model=model, prompt="a fox", inputs=tuple(as_data(*item) for item in inputs))

    assert fake.submits == []


def as_data(role: Any, data: bytes, mime: str) -> Input:
    from base64 import b64encode

    return Input(role=role, data=f"data:{mime};base64,{b64encode(data).decode()}")


# Pictures that come piece by piece.


class Watcher:
    """Keeps the glimpses it is shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, bytes]] = []

    async def __call__(self, output: int, data: bytes) -> None:
        self.seen.append((output, data))


Send = Callable[[Prepared], Awaitable[Done]]


async def watched(openai: Provider, watcher: Watcher, *inputs: InputBytes, **request: Any) -> Done:
    done = await openai.submit(prepared(openai, FLARE, *inputs, **WATCHED | request), watcher)
    assert isinstance(done, Done)
    return done


@pytest.mark.parametrize("inputs", [(), (given(),)], ids=["made", "edited"])
async def test_glimpses_come_before_the_picture(
    inputs: tuple[InputBytes, ...], fake: fakes.OpenAI, openai: Provider
) -> None:
    watcher = Watcher()

    done = await watched(openai, watcher, *inputs)

    assert [output for output, data in watcher.seen if data.startswith(b"\x89PNG")] == [0, 0]
    assert [type(output) for output in done.outputs] == [Inline]
    assert done.usage["image_out"] == 196 + 200
    assert fake.submits[0].body["stream"] in (True, "true")


async def test_a_stream_may_bring_many_pictures(openai: Provider) -> None:
    done = await watched(openai, Watcher(), n=3)

    assert [type(output) for output in done.outputs] == [Inline] * 3
    assert done.usage["image_out"] == 3 * 196 + 200


async def test_nobody_has_to_watch(openai: Provider) -> None:
    assert isinstance((await made(openai, FLARE, **WATCHED)).outputs[0], Inline)


async def test_a_picture_may_come_before_all_its_glimpses(fake: fakes.OpenAI, openai: Provider) -> None:
    fake.fail(fakes.EARLY_STREAM)
    watcher = Watcher()

    await watched(openai, watcher)

    assert len(watcher.seen) == 1


@pytest.mark.parametrize("fault", [fakes.CUT_STREAM, fakes.STREAM_ERROR, Fault.empty(), Fault.drop()])
async def test_a_stream_without_a_picture_may_have_been_billed(
    fault: Fault, fake: fakes.OpenAI, openai: Provider
) -> None:
    fake.fail(fault)

    with pytest.raises(UnknownFate) as unknown:
        await watched(openai, Watcher())

    assert unknown.value.error.code == "uncertain"


def stream(*events: dict[str, Any], kind: str = "text/event-stream") -> Fault:
    from json import dumps

    body = "".join(f"event: {event.get('type')}\ndata: {dumps(event)}\n\n" for event in events)
    return Fault.status(200, body, {"content-type": kind})


ONE = {"type": "image_generation.completed", "b64_json": "eHk="}


async def test_pictures_that_came_before_a_break_are_kept(fake: fakes.OpenAI, openai: Provider) -> None:
    fake.fail(stream(ONE, {"type": "image_generation.partial_image", "b64_json": "%"}))

    done = await watched(openai, Watcher(), n=2)

    assert [type(output) for output in done.outputs] == [Inline, Lost]


@pytest.mark.parametrize(("code", "rest"), [("moderation_blocked", Blocked), ("server_error", Lost)])
async def test_an_error_after_a_picture_is_the_rests(
    code: str, rest: type[Any], fake: fakes.OpenAI, openai: Provider
) -> None:
    fake.fail(stream(ONE, {"error": {"code": code, "message": "Not this one."}}))

    done = await watched(openai, Watcher(), n=2)

    assert [type(output) for output in done.outputs] == [Inline, rest]
    assert done.outputs[1].reason == "Not this one."  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("error", "raised", "code"),
    [
        ({"code": "moderation_blocked", "message": "No."}, ValidationError, "moderated"),
        ({"type": "invalid_request_error", "message": "No."}, ProviderError, "vendor_failed"),
    ],
)
async def test_a_definite_no_inside_a_stream_costs_nothing(
    error: dict[str, str], raised: type[Exception], code: str, fake: fakes.OpenAI, openai: Provider
) -> None:
    fake.fail(stream({"type": "error", "error": error}))

    with pytest.raises(Refused) as refused:
        await watched(openai, Watcher())

    assert isinstance(refused.value.error, raised)
    assert refused.value.error.code == code


async def test_a_gateway_that_does_not_stream_answers_all_the_same(fake: fakes.OpenAI, openai: Provider) -> None:
    fake.fail(Fault.status(200, {"data": [{"b64_json": "eHk="}]}))

    assert (await watched(openai, Watcher())).outputs == (Inline(data=b"xy"),)


async def test_a_status_before_the_stream_means_what_it_always_means(fake: fakes.OpenAI, openai: Provider) -> None:
    fake.fail(Fault.status(429, headers={"retry-after": "2"}))

    with pytest.raises(Refused) as refused:
        await sent(openai, FLARE, **WATCHED)

    assert (refused.value.retry, refused.value.retry_after_s) == (True, 2)


async def test_whoever_watches_the_job_sees_the_glimpses(fake: fakes.OpenAI, tmp_path: Path) -> None:
    fake.submit_delay = 0.5  # time to begin watching
    async with a_house(tmp_path, fake) as house:
        request = Request(model=FLARE, prompt="a paper fox", options={"partial_images": 3})
        job_id = await house.generation.submit(request, Asker(customer_id=1))
        news = [item async for item in house.jobs.news(1, job_id)]
        job = await house.jobs.get(1, job_id)

    assert [item.slot for item in news if isinstance(item, Preview)] == [0, 0, 0]
    assert (job.state, len(job.assets)) == ("succeeded", 1)
    assert job.quote is not None
    assert job.cost is not None
    assert float(job.cost.usd) == pytest.approx(float(job.quote.usd), rel=0.05)
