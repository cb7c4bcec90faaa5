"""OpenAI's adapter against a strict fake: what it sends, and what it makes of each answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from diorama.errors import UnsupportedError, ValidationError
from diorama.providers.base import CallFacts, Done, Inline, InputBytes, Lost, Pending, Refused, Remote, UnknownFate
from diorama.providers.openai import OpenAI
from diorama.providers.wire import Wire, make_client
from diorama.schemas import Request
from tests.fakes import openai as fakes
from tests.fakes.base import Fault

pytestmark = pytest.mark.anyio

FLARE = CallFacts(id="c1", model="gpt-image-2.5-flare", slots=(0,))
FOX = Request(kind="image", prompt="a fox", size="1024x1024", quality="low")


@pytest.fixture
def fake() -> fakes.OpenAI:
    return fakes.OpenAI()


@pytest.fixture
def openai(fake: fakes.OpenAI) -> OpenAI:
    return OpenAI(
        Wire(
            vendor="openai",
            name="openai",
            base_url=fake.base_url,
            authorize=lambda: OpenAI.authorize({"OPENAI_API_KEY": SecretStr("sk-1")}),
            explain=OpenAI.explain,
            bills_on_5xx="unknown",
            submit_timeout_s=5,
            client=make_client(fake.transport()),
            key_names=("OPENAI_API_KEY",),
        )
    )


async def make(openai: OpenAI, request: Request = FOX, call: CallFacts = FLARE) -> Done | Pending:
    return await openai.submit(openai.prepare(request, (), call))


def body_of(**fields: Any) -> dict[str, Any]:
    """What would go out for this request; nothing is sent."""
    prepared = OpenAI(wire=None).prepare(FOX.model_copy(update=fields), (), FLARE)
    assert prepared.json is not None
    return prepared.json


# What goes out.


async def test_model_count_size_and_quality_are_always_named(fake: fakes.OpenAI, openai: OpenAI) -> None:
    await make(openai)

    (submit,) = fake.submits
    assert submit.path == "/v1/images/generations"
    assert submit.body == {
        "model": "gpt-image-2.5-flare",
        "prompt": "a fox",
        "n": 1,
        "size": "1024x1024",
        "quality": "low",
    }


async def test_what_is_given_travels_under_the_vendors_names(fake: fakes.OpenAI, openai: OpenAI) -> None:
    options = {"output_compression": 80, "moderation": "low", "complexity": "low", "safety_identifier": "u"}
    request = FOX.model_copy(update={"background": "opaque", "output_format": "webp", "options": options})

    await make(openai, request, CallFacts(id="c1", model="gpt-image-2.6-flare", slots=(0,)))

    sent = fake.submits[0].body
    assert {name: sent[name] for name in options} == options
    assert (sent["background"], sent["output_format"]) == ("opaque", "webp")


def test_what_is_left_open_is_left_out() -> None:
    assert None not in body_of(background=None, options={"moderation": None}).values()


def test_what_the_vendor_does_not_take_is_never_sent() -> None:
    body = body_of(seed=7, negative_prompt="dogs", aspect_ratio="1:1", input_fidelity="high", audio=True, fps=24)

    assert set(body) == {"model", "prompt", "n", "size", "quality"}


def test_an_option_never_replaces_what_was_agreed() -> None:
    assert body_of(options={"n": 10, "model": "dear"}) == body_of()


def test_what_this_adapter_cannot_do_is_refused_before_it_costs() -> None:
    frame = InputBytes(role="last_frame", mime="image/png", data=b"png")

    with pytest.raises(UnsupportedError, match=r"openai:gpt-image-2\.5-flare cannot"):
        OpenAI(wire=None).prepare(FOX, (frame,), FLARE)


# What comes back.


async def test_pictures_come_with_the_answer_in_order(fake: fakes.OpenAI, openai: OpenAI) -> None:
    done = await make(openai, FOX.model_copy(update={"n": 3}))

    assert isinstance(done, Done)
    pictures = [output.data for output in done.outputs if isinstance(output, Inline)]
    assert len(pictures) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


async def test_usage_counts_tokens_by_price(fake: fakes.OpenAI, openai: OpenAI) -> None:
    done = await make(openai)

    assert isinstance(done, Done)
    assert done.usage == {"text_in": 2, "image_in": 0, "image_out": 196}
    assert done.cost_usd is None


async def test_an_answer_without_echo_or_usage_is_good(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(fakes.BARE)

    done = await make(openai)

    assert isinstance(done, Done)
    assert isinstance(done.outputs[0], Inline)
    assert done.usage == {}


async def test_odd_bookkeeping_does_not_cost_the_picture(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(Fault.status(200, {"data": [{"b64_json": "eHk="}], "usage": {"input_tokens": "many"}}))

    assert await make(openai) == Done(outputs=(Inline(data=b"xy"),))


async def test_one_picture_that_cannot_be_read_does_not_cost_its_siblings(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(Fault.status(200, {"data": [{"b64_json": "%%"}, {"b64_json": "eHk="}, {}]}))

    done = await make(openai)

    assert isinstance(done, Done)
    assert [type(output) for output in done.outputs] == [Lost, Inline, Lost]


async def test_a_gateway_may_answer_with_an_address(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(Fault.status(200, {"data": [{"url": "https://pictures.example/1.png"}]}))

    assert await make(openai) == Done(outputs=(Remote(url="https://pictures.example/1.png", expires_s=3600),))


async def test_moderation_names_stage_and_categories(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(fakes.MODERATED_OUTPUT)

    with pytest.raises(Refused, match="rejected by the safety system") as caught:
        await make(openai)

    error = caught.value.error
    assert isinstance(error, ValidationError)
    assert (error.code, error.details["stage"], error.details["categories"]) == ("moderated", "output", ["sexual"])


@pytest.mark.parametrize("fault", [fakes.MODERATED_BARE, Fault.moderated("unknown"), fakes.FILTERED_200])
async def test_moderation_is_known_without_a_stage(fault: Fault, fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(fault)

    with pytest.raises(Refused) as caught:
        await make(openai)

    assert (caught.value.error.code, caught.value.retry) == ("moderated", False)
    assert caught.value.error.details["stage"] is None


async def test_an_empty_purse_is_final(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(fakes.NO_QUOTA)

    with pytest.raises(Refused, match="exceeded your current quota") as caught:
        await make(openai)

    assert (caught.value.retry, caught.value.error.code) == (False, "vendor_failed")


async def test_too_many_requests_are_not(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(Fault.status(429, headers={"retry-after-ms": "1500"}))

    with pytest.raises(Refused) as caught:
        await make(openai)

    assert (caught.value.retry, caught.value.retry_after_s) == (True, 1.5)


async def test_an_unverified_organization_is_told_what_to_do(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.fail(fakes.UNVERIFIED)

    with pytest.raises(Refused, match="Verify the organization"):
        await make(openai)


async def test_a_wrong_key_is_named_by_its_variable(fake: fakes.OpenAI, openai: OpenAI) -> None:
    fake.key = "another"

    with pytest.raises(Refused, match="Check OPENAI_API_KEY"):
        await make(openai)


@pytest.mark.parametrize(
    "fault", [Fault.status(500, "<html>"), Fault.drop(), Fault.stall(), Fault.garbage(), Fault.empty()]
)
async def test_whatever_may_have_been_billed_is_an_unknown_fate(
    fault: Fault, fake: fakes.OpenAI, openai: OpenAI
) -> None:
    fake.fail(fault)

    with pytest.raises(UnknownFate) as caught:
        await make(openai)

    assert caught.value.error.code == "uncertain"
    assert fake.prompts == {"a fox": 1}


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))
ERRORS = st.dictionaries(st.sampled_from(["message", "code", "type", "moderation_details"]), JSON)


@given(JSON | st.dictionaries(st.just("error"), ERRORS | JSON))
def test_no_complaint_is_too_odd_to_be_read(body: Any) -> None:
    complaint = OpenAI.explain(400, body)

    assert json.dumps([complaint.message, complaint.code, complaint.stage, complaint.categories])
