"""xAI's adapter against a strict fake: what it sends, and what it makes of each answer."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from diorama.errors import ProviderError, UnsupportedError, ValidationError
from diorama.providers.base import (
    Blocked,
    CallFacts,
    Done,
    Inline,
    InputBytes,
    Lost,
    Pending,
    Refused,
    Remote,
    UnknownFate,
)
from diorama.providers.wire import Wire, make_client
from diorama.providers.xai import XAI
from diorama.schemas import Request
from tests.fakes import media
from tests.fakes import xai as fakes
from tests.fakes.base import Fault

pytestmark = pytest.mark.anyio

IMAGE = CallFacts(id="c1", model="grok-imagine-image-2.0", slots=(0,))
VIDEO = CallFacts(id="c1", model="grok-imagine-video-1.5", slots=(0,))
FOX = Request(kind="image", prompt="a fox", aspect_ratio="16:9", resolution="1k", quality="low")
FILM = Request(kind="video", prompt="a fox", aspect_ratio="9:16", resolution="480p", seconds=8, audio=False)
FRAME = InputBytes(role="first_frame", mime="image/jpeg", data=media.picture(64, 64, "jpeg", 0))


@pytest.fixture
def fake() -> fakes.XAI:
    return fakes.XAI()


@pytest.fixture
def xai(fake: fakes.XAI) -> XAI:
    return XAI(
        Wire(
            vendor="xai",
            name="xai",
            base_url=fake.base_url,
            authorize=lambda: XAI.authorize({"XAI_API_KEY": SecretStr("xai-1")}),
            explain=XAI.explain,
            bills_on_5xx="unknown",
            submit_timeout_s=5,
            client=make_client(fake.transport()),
            key_names=("XAI_API_KEY",),
        )
    )


async def picture(xai: XAI, request: Request = FOX) -> Done:
    done = await xai.submit(xai.prepare(request, (), IMAGE))
    assert isinstance(done, Done)
    return done


async def film(xai: XAI, request: Request = FILM, inputs: tuple[InputBytes, ...] = ()) -> Pending:
    pending = await xai.submit(xai.prepare(request, inputs, VIDEO))
    assert isinstance(pending, Pending)
    return pending


async def ending(xai: XAI, pending: Pending) -> Done:
    """Asks until it is over; the fake's films are ready at the third question."""
    for _ in range(5):
        standing = await xai.check(pending.ref)
        if isinstance(standing, Done):
            return standing
    raise AssertionError("the film never ended")


# Pictures.


async def test_a_picture_is_asked_for_as_base64(fake: fakes.XAI, xai: XAI) -> None:
    await picture(xai)

    (submit,) = fake.submits
    assert submit.path == "/v1/images/generations"
    assert submit.body == {
        "model": "grok-imagine-image-2.0",
        "prompt": "a fox",
        "n": 1,
        "response_format": "b64_json",
        "aspect_ratio": "16:9",
        "resolution": "1k",
        "quality": "low",
    }


async def test_a_model_without_quality_is_sent_none(fake: fakes.XAI, xai: XAI) -> None:
    request = FOX.model_copy(update={"quality": None, "options": {"user": "u7"}})

    await xai.submit(xai.prepare(request, (), CallFacts(id="c1", model="grok-imagine-image", slots=(0,))))

    assert "quality" not in fake.submits[0].body
    assert fake.submits[0].body["user"] == "u7"


async def test_the_vendors_own_bill_is_the_cost(fake: fakes.XAI, xai: XAI) -> None:
    done = await picture(xai, FOX.model_copy(update={"n": 2}))

    assert done.cost_usd == Decimal("0.08")
    assert [output.data[:3] for output in done.outputs if isinstance(output, Inline)] == [b"\xff\xd8\xff"] * 2


async def test_an_answer_without_a_bill_is_good(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(fakes.BARE)

    done = await picture(xai)

    assert isinstance(done.outputs[0], Inline)
    assert done.cost_usd is None


async def test_a_data_prefix_is_taken_off(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(fakes.PREFIXED)

    (output,) = (await picture(xai)).outputs

    assert isinstance(output, Inline)
    assert output.data.startswith(b"\xff\xd8\xff")


async def test_a_blocked_picture_does_not_cost_its_siblings(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(fakes.SOME_BLOCKED)

    done = await picture(xai, FOX.model_copy(update={"n": 3}))

    assert [type(output) for output in done.outputs] == [Inline, Inline, Blocked]


async def test_blocked_pictures_are_paid_for(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(Fault.moderated())

    done = await picture(xai)

    assert isinstance(done.outputs[0], Blocked)
    assert done.cost_usd == Decimal("0.04")


async def test_a_gateway_may_answer_with_an_address(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(Fault.status(200, {"data": [{"url": "https://pictures.example/1.jpg"}, {"b64_json": "%"}]}))

    remote, lost = (await picture(xai)).outputs

    assert isinstance(remote, Remote)
    assert remote.url == "https://pictures.example/1.jpg"
    assert isinstance(lost, Lost)


# What goes wrong with a paid request, for pictures and films alike.

both = pytest.mark.parametrize(("request_", "call"), [(FOX, IMAGE), (FILM, VIDEO)], ids=["picture", "film"])


@both
@pytest.mark.parametrize("fault", [Fault.status(500), Fault.drop(), Fault.stall(), Fault.garbage(), Fault.empty()])
async def test_whatever_may_have_been_billed_is_an_unknown_fate(
    fault: Fault, request_: Request, call: CallFacts, fake: fakes.XAI, xai: XAI
) -> None:
    fake.fail(fault)

    with pytest.raises(UnknownFate) as caught:
        await xai.submit(xai.prepare(request_, (), call))

    assert caught.value.error.code == "uncertain"
    assert fake.prompts == {"a fox": 1}


@both
async def test_a_prompt_refused_by_moderation_is_the_requests_fault(
    request_: Request, call: CallFacts, fake: fakes.XAI, xai: XAI
) -> None:
    fake.fail(fakes.MODERATED_AT_SUBMIT)

    with pytest.raises(Refused, match="violates our content policy") as caught:
        await xai.submit(xai.prepare(request_, (), call))

    assert isinstance(caught.value.error, ValidationError)
    assert (caught.value.error.code, caught.value.retry) == ("moderated", False)


@pytest.mark.parametrize("status", [400, 401])
async def test_a_wrong_key_is_named_by_its_variable_under_either_status(status: int, fake: fakes.XAI, xai: XAI) -> None:
    fake.key, fake.wrong_key_status = "another", status

    with pytest.raises(Refused, match="Check XAI_API_KEY"):
        await picture(xai)


async def test_too_many_requests_may_be_sent_anew(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(Fault.status(429, headers={"retry-after": "2"}))

    with pytest.raises(Refused) as caught:
        await picture(xai)

    assert (caught.value.retry, caught.value.retry_after_s) == (True, 2)


# What films are asked for with.


async def test_a_film_is_asked_for_in_whole_seconds(fake: fakes.XAI, xai: XAI) -> None:
    await film(xai)

    (submit,) = fake.submits
    assert submit.path == "/v1/videos/generations"
    assert submit.body == {
        "model": "grok-imagine-video-1.5",
        "prompt": "a fox",
        "duration": 8,
        "resolution": "480p",
        "aspect_ratio": "9:16",
        "generate_audio": False,
    }


async def test_a_first_frame_travels_as_data_and_without_a_ratio(fake: fakes.XAI, xai: XAI) -> None:
    await film(xai, inputs=(FRAME,))

    body = fake.submits[0].body
    assert body["image"]["url"].startswith("data:image/jpeg;base64,/9j/")
    assert "aspect_ratio" not in body


@pytest.mark.parametrize("request_", [FOX, FILM])
def test_an_input_this_adapter_cannot_send_is_refused_before_it_costs(request_: Request) -> None:
    mask = InputBytes(role="mask", mime="image/png", data=b"png")

    with pytest.raises(UnsupportedError, match="cannot start from a mask"):
        XAI(wire=None).prepare(request_, (mask,), IMAGE)  # type: ignore[arg-type,unused-ignore]


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_a_film_taken_is_known_by_its_id(status: int, fake: fakes.XAI, xai: XAI) -> None:
    fake.submit_status = status

    pending = await film(xai)

    assert pending.ref == {"id": next(iter(fake.films))}


# How films stand.


async def test_a_film_is_pending_then_done(fake: fakes.XAI, xai: XAI) -> None:
    pending = await film(xai)

    assert await xai.check(pending.ref) == Pending(ref=pending.ref)
    assert await xai.check(pending.ref) == Pending(ref=pending.ref, progress=0.66)
    done = await ending(xai, pending)

    (output,) = done.outputs
    assert isinstance(output, Remote)
    assert output.url.startswith(fake.files_url)
    assert output.expires_s == 86400
    assert output.vendor_ref.items() >= (pending.ref | {"model": "grok-imagine-video-1.5", "url": output.url}).items()
    assert done.cost_usd == Decimal("0.64")


@pytest.mark.parametrize("fault", [fakes.NO_STATUS, fakes.PUBLIC_URL, fakes.NO_USAGE])
async def test_a_film_is_done_in_every_documented_shape(fault: Fault, fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(fault)

    (output,) = (await ending(xai, await film(xai))).outputs

    assert isinstance(output, Remote)
    assert output.url.startswith(fake.files_url)


@pytest.mark.parametrize(
    ("fault", "progress"),
    [
        (fakes.EMPTY_202, None),
        (fakes.TRUNCATED_202, None),
        (fakes.PROGRESS_202, 0.37),
        (fakes.PENDING_200, 0.05),
        (Fault.status(200, {"status": "dreaming"}, on="poll"), None),
        (Fault.status(200, {"video": {"url": ""}}, on="poll"), None),
        (Fault.status(200, {"status": "pending", "progress": "half"}, on="poll"), None),
        (Fault.status(200, {"status": "pending", "progress": 250}, on="poll"), 1.0),
    ],
)
async def test_a_film_is_pending_in_every_documented_shape(
    fault: Fault, progress: float | None, fake: fakes.XAI, xai: XAI
) -> None:
    pending = await film(xai)
    fake.fail(fault)

    assert await xai.check(pending.ref) == Pending(ref=pending.ref, progress=progress)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(502, "<html>", on="poll"),
        Fault.status(429, on="poll"),
        Fault.drop(on="poll"),
        Fault.stall(on="poll"),
        Fault.garbage(on="poll"),
        Fault.status(200, {"status": "done", "video": {"url": ""}}, on="poll"),
    ],
)
async def test_a_question_without_an_answer_is_asked_again(fault: Fault, fake: fakes.XAI, xai: XAI) -> None:
    pending = await film(xai)
    fake.fail(fault)

    with pytest.raises(UnknownFate):
        await xai.check(pending.ref)

    assert isinstance((await ending(xai, pending)).outputs[0], Remote)


async def test_a_blocked_film_is_paid_for(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(Fault.moderated())

    done = await ending(xai, await film(xai))

    assert isinstance(done.outputs[0], Blocked)
    assert done.cost_usd == Decimal("0.64")


async def test_blocked_counts_before_any_status(fake: fakes.XAI, xai: XAI) -> None:
    pending = await film(xai)
    fake.fail(Fault.status(200, {"status": "failed", "video": {"respect_moderation": False}}, on="poll"))

    assert isinstance((await ending(xai, pending)).outputs[0], Blocked)


async def test_an_expired_film_is_lost(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(Fault.expired())

    assert isinstance((await ending(xai, await film(xai))).outputs[0], Lost)


@pytest.mark.parametrize("code", fakes.FAILURES)
async def test_a_failed_film_says_why(code: str, fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(Fault.failed(code, "It rained on the fox."))

    with pytest.raises(Refused, match="xai gave it up: It rained on the fox") as caught:
        await ending(xai, await film(xai))

    error = caught.value.error
    assert isinstance(error, ProviderError)
    assert (error.code, error.vendor_code, caught.value.retry) == ("vendor_failed", code, False)


async def test_a_film_may_fail_by_moderation(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(fakes.MODERATED_AS_FAILURE)

    with pytest.raises(Refused) as caught:
        await ending(xai, await film(xai))

    assert isinstance(caught.value.error, ProviderError)
    assert caught.value.error.code == "moderated"


async def test_a_broken_moderation_service_is_not_moderation(fake: fakes.XAI, xai: XAI) -> None:
    fake.fail(Fault.failed("internal_error", "The moderation service did not answer."))

    with pytest.raises(Refused) as caught:
        await ending(xai, await film(xai))

    assert caught.value.error.code == "vendor_failed"


async def test_a_film_that_nobody_knows_is_lost(xai: XAI) -> None:
    with pytest.raises(Refused, match="no longer knows this call: The requested video was not found"):
        await xai.check({"id": "never-made"})


async def test_an_id_is_one_segment_of_the_path(fake: fakes.XAI, xai: XAI) -> None:
    with pytest.raises(Refused):
        await xai.check({"id": "../models?x=1#y"})

    assert fake.polls == []


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(JSON | st.dictionaries(st.sampled_from(["error", "code"]), JSON | st.dictionaries(st.just("message"), JSON)))
def test_no_complaint_is_too_odd_to_be_read(body: Any) -> None:
    complaint = XAI.explain(400, body)

    assert isinstance(complaint.message, str)
    assert complaint.code is None or isinstance(complaint.code, str)
