"""What goes out on the wire, and what each answer means for money."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from diorama.errors import ConfigurationError, ProviderError, ValidationError
from diorama.providers.base import Moved, Prepared, Refused, UnknownFate
from diorama.providers.patience import retry_after_s
from diorama.providers.wire import Reply, Wire, make_client
from tests.providers.acme import CALL, KEY, explain, make_wire

pytestmark = pytest.mark.anyio


class Word(BaseModel):
    word: str


def answering(
    status: int, body: Any = None, headers: dict[str, str] | None = None, **given: Any
) -> tuple[Wire, list[httpx2.Request]]:
    """A wire at whose other end everything is answered like this, and what was asked there."""
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return httpx2.Response(status, headers=headers, content=content)

    return make_wire(make_client(httpx2.MockTransport(answer)), **given), asked


# What goes out.


async def test_a_paid_request_carries_body_key_and_the_adapters_headers() -> None:
    wire, asked = answering(200)

    await wire.send(Prepared(method="POST", path="/images", json={"n": 1, "ü": "é"}, headers={"x-call": "7"}))

    (request,) = asked
    assert str(request.url) == "https://api.acme.example/v1/images"
    assert json.loads(request.content) == {"n": 1, "ü": "é"}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-call"] == "7"
    assert request.headers["user-agent"].startswith("diorama")


async def test_a_slash_at_the_end_of_the_base_url_is_not_doubled() -> None:
    wire, asked = answering(200, base_url="http://localhost:9/v1/")

    await wire.get("/jobs/1")

    assert str(asked[0].url) == "http://localhost:9/v1/jobs/1"


@pytest.mark.parametrize(
    "base_url",
    ["", "api.acme.example", "ftp://acme.example", "https://", "https://[::1", "https://u:p4ss@acme.example"],
)
async def test_a_base_url_that_cannot_be_used_is_refused_without_its_password(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="base URL of acme") as caught:
        answering(200, base_url=base_url)

    assert "p4ss" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-line\nbreak", "sk-“quoted”"])
async def test_a_key_that_no_header_can_carry_is_refused_by_the_name_of_its_variable(key: str) -> None:
    with pytest.raises(ConfigurationError, match="ACME_API_KEY") as caught:
        Wire(
            vendor="acme",
            name="acme",
            base_url="https://api.acme.example",
            authorize=lambda: {"x-key": key},
            explain=explain,
            bills_on_5xx="no",
            submit_timeout_s=1,
            client=make_client(),
            key_names=("ACME_API_KEY",),
        )

    assert key not in str(caught.value)


# What an answer to a paid request means.


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_a_good_status_is_a_reply(status: int) -> None:
    wire, _ = answering(status, b"")

    assert (await wire.send(CALL)).status == status


async def test_too_many_requests_may_be_sent_anew_after_the_wait() -> None:
    wire, _ = answering(429, {"says": "Slow down."}, {"retry-after": "7"})

    with pytest.raises(Refused, match="acme answered 429: Slow down") as caught:
        await wire.send(CALL)

    assert (caught.value.retry, caught.value.retry_after_s) == (True, 7.0)
    assert (caught.value.error.code, caught.value.error.retry_after_s) == ("vendor_busy", 7.0)


async def test_an_empty_purse_is_not_worth_a_retry_though_it_is_429() -> None:
    wire, _ = answering(429, {"final": True, "code": "insufficient_quota"})

    with pytest.raises(Refused) as caught:
        await wire.send(CALL)

    assert caught.value.retry is False
    assert caught.value.error.code == "vendor_failed"
    assert caught.value.error.details["vendor_code"] == "insufficient_quota"


@pytest.mark.parametrize("bills", ["yes", "unknown"])
async def test_a_server_error_that_may_have_been_billed_is_an_unknown_fate(bills: str) -> None:
    wire, asked = answering(503, b"<html>", {"retry-after": "1"}, bills_on_5xx=bills)

    with pytest.raises(UnknownFate, match="acme answered 503 to a request that may have been billed") as caught:
        await wire.send(CALL)

    assert caught.value.error.code == "uncertain"
    assert len(asked) == 1


async def test_a_server_error_that_is_known_not_to_bill_may_be_sent_anew() -> None:
    wire, _ = answering(502, bills_on_5xx="no")

    with pytest.raises(Refused) as caught:
        await wire.send(CALL)

    assert (caught.value.retry, caught.value.error.code) == (True, "vendor_busy")


async def test_moderation_is_about_the_request() -> None:
    wire, _ = answering(400, {"moderated": True, "says": "No", "stage": "output", "categories": ["gore"]})

    with pytest.raises(Refused, match=r"acme refused this for its content: No\.$") as caught:
        await wire.send(CALL)

    assert isinstance(caught.value.error, ValidationError)
    assert caught.value.error.code == "moderated"
    assert caught.value.error.details | {"stage": "output", "categories": ["gore"]} == caught.value.error.details
    assert caught.value.retry is False


@pytest.mark.parametrize("status", [400, 402, 404, 408, 409, 413, 422])
async def test_any_other_refusal_is_final(status: int) -> None:
    wire, _ = answering(status, {"says": "Cannot.", "code": "c7"})

    with pytest.raises(Refused) as caught:
        await wire.send(CALL)

    assert caught.value.retry is False
    assert isinstance(caught.value.error, ProviderError)
    assert (caught.value.error.code, caught.value.error.vendor_status) == ("vendor_failed", status)
    assert caught.value.error.vendor_code == "c7"


@pytest.mark.parametrize(("status", "body"), [(401, {}), (403, {}), (400, {"key": True})])
async def test_a_refused_key_is_named_by_its_variable(status: int, body: dict[str, Any]) -> None:
    wire, _ = answering(status, body)

    with pytest.raises(Refused) as caught:
        await wire.send(CALL)

    assert caught.value.error.hint == "Check ACME_API_KEY, and what that key may do."


async def test_moderation_is_not_blamed_on_the_key() -> None:
    wire, _ = answering(403, {"moderated": True})

    with pytest.raises(Refused) as caught:
        await wire.send(CALL)

    assert (caught.value.error.code, caught.value.error.hint) == ("moderated", None)


@pytest.mark.parametrize(("headers", "wait_s"), [({}, 60), ({"retry-after": "7"}, 7)])
async def test_a_vendors_known_patience_holds_unless_it_says_otherwise(headers: dict[str, str], wait_s: float) -> None:
    wire, _ = answering(429, {"wait_s": 60}, headers)

    with pytest.raises(Refused) as refused:
        await wire.send(CALL)
    with pytest.raises(UnknownFate) as unknown:
        await wire.get("/jobs/1")

    assert refused.value.retry_after_s == unknown.value.error.retry_after_s == wait_s


async def test_a_missing_model_says_where_the_models_are() -> None:
    wire, _ = answering(404)

    with pytest.raises(Refused, match="diorama models"):
        await wire.send(CALL)


async def test_a_redirect_is_never_followed() -> None:
    wire, asked = answering(307, headers={"location": "https://elsewhere.example/"})

    with pytest.raises(Refused, match="set the base URL"):
        await wire.send(CALL)

    assert len(asked) == 1


async def test_a_body_that_cannot_be_read_is_an_unknown_fate() -> None:
    wire, _ = answering(200, b'{"word": 17e')
    reply = await wire.send(CALL)

    with pytest.raises(UnknownFate, match="acme answered 200 with a body that cannot be read") as caught:
        reply.parse(Word)

    assert caught.value.error.code == "uncertain"


def test_a_body_is_read_as_the_schema_says() -> None:
    reply = Reply(vendor="acme", name="acme", status=200, headers={}, content=b'{"word": "yes", "more": 1}')

    assert reply.parse(Word) == Word(word="yes")


# What is said of it.


@pytest.mark.parametrize("echo", [KEY, f"Bearer {KEY}", "sk-te***************cdef"])
async def test_a_key_that_the_vendor_echoes_is_not_passed_on(echo: str) -> None:
    wire, _ = answering(401, {"says": f"Incorrect API key provided: {echo}. Get one at acme.example."})

    with pytest.raises(Refused) as caught:
        await wire.send(CALL)

    assert "[key]" in caught.value.error.message
    assert "cdef" not in json.dumps(caught.value.error.as_dict())


async def test_a_long_complaint_is_cut_into_one_line() -> None:
    wire, _ = answering(400, {"says": "bad\n" * 1000})

    with pytest.raises(Refused) as caught:
        await wire.send(CALL)

    assert len(caught.value.error.message) < 530
    assert "\n" not in caught.value.error.message


# What a wait is.


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "86400"}, 120.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_a_wait_is_read_from_either_header(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds


def test_a_wait_may_be_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)

    assert 30 < (retry_after_s({"retry-after": soon}) or 0) <= 60


@given(st.text(max_size=40), st.text(max_size=10))
def test_no_header_makes_a_wait_that_cannot_be_waited(plain: str, ms: str) -> None:
    seconds = retry_after_s({"retry-after": plain, "retry-after-ms": ms})

    assert seconds is None or 0 <= seconds <= 120


# What a poll means.


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503, 307])
async def test_a_poll_without_a_verdict_is_asked_again(status: int) -> None:
    wire, _ = answering(status, {"says": "Later."}, {"retry-after": "4"})

    with pytest.raises(UnknownFate, match=f"acme answered {status}: Later") as caught:
        await wire.get("/jobs/1")

    assert (caught.value.error.code, caught.value.error.retry_after_s) == ("vendor_busy", 4.0)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_call_that_the_vendor_does_not_know_is_lost(status: int) -> None:
    wire, _ = answering(status)

    with pytest.raises(Refused, match="acme no longer knows this call") as caught:
        await wire.get("/jobs/1")

    assert (caught.value.error.code, caught.value.retry) == ("result_lost", False)


async def test_a_5xx_that_its_vendor_means_as_no_is_a_refusal() -> None:
    wire, _ = answering(501, {"final": True, "says": "Not here."})

    with pytest.raises(Refused, match="Not here") as refused:
        await wire.send(CALL)

    assert not refused.value.retry


async def test_a_result_that_lies_elsewhere_is_not_fetched_with_the_key() -> None:
    wire, asked = answering(302, headers={"location": "https://cdn.example/film.mp4"})

    with pytest.raises(Moved) as moved:
        await anext(wire.stream("/films/1"))

    assert moved.value.url == "https://cdn.example/film.mp4"
    assert len(asked) == 1


async def test_without_a_token_nothing_is_sent_and_a_question_is_asked_again() -> None:
    wire, asked = answering(200)

    async def no_token() -> dict[str, str]:
        raise Refused(ConfigurationError("No token.", hint="Log in."))

    wire.sign = no_token
    with pytest.raises(Refused, match="No token"):
        await wire.send(CALL)
    with pytest.raises(UnknownFate, match="No token"):
        await wire.get("/jobs/1")
    with pytest.raises(UnknownFate, match="No token"):
        await anext(wire.stream("/films/1"))

    assert asked == []


def test_an_address_among_the_hosts_is_taken_as_it_is_and_no_other() -> None:
    wire, _ = answering(200, hosts=("http://127.0.0.1:9/vertex", "*.acme.example"))

    assert wire.url("http://127.0.0.1:9/vertex/v1/films") == "http://127.0.0.1:9/vertex/v1/films"
    for foreign in ("http://127.0.0.1:8/vertex", "https://127.0.0.1:9/vertex", "http://eu.acme.example/v1"):
        with pytest.raises(UnknownFate, match="not its own"):
            wire.url(foreign)
