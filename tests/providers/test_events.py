"""Answers that come as a stream of events: each as it comes, and what it means for money when they stop."""

import asyncio
from typing import Any

import httpx2
import pytest

from diorama.providers.base import Refused, UnknownFate
from diorama.providers.wire import Wire, make_client
from tests.providers.acme import CALL, listening, make_wire, read_request

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
FIRST = b'event: sketch\ndata: {"n": 1}\n\n'


def answering(status: int, body: bytes, kind: str = "text/event-stream; charset=utf-8") -> Wire:
    answer = httpx2.Response(status, content=body, headers={"content-type": kind})
    return make_wire(make_client(httpx2.MockTransport(lambda _: answer)))


async def heard(wire: Wire, into: list[tuple[str, str]] | None = None) -> list[tuple[str, str]]:
    events = [] if into is None else into
    async for event in wire.events(CALL):
        events.append(event)
    return events


async def test_events_come_with_name_and_data() -> None:
    events = await heard(answering(200, FIRST + b": a comment\n\ndata: two\ndata: lines\n\n"))

    assert events == [("sketch", '{"n": 1}'), ("message", "two\nlines")]


async def test_an_event_may_hold_a_whole_picture() -> None:
    picture = b"x" * 3_000_000

    ((_, data),) = await heard(answering(200, b"data: " + picture + b"\n\n"))

    assert len(data) == len(picture)


async def test_an_answer_that_is_no_stream_is_one_event_without_a_name() -> None:
    assert await heard(answering(200, b'{"data": []}', "application/json")) == [("", '{"data": []}')]


@pytest.mark.parametrize(("status", "verdict"), [(400, Refused), (429, Refused), (500, UnknownFate), (302, Refused)])
async def test_before_the_first_event_a_status_means_what_it_always_means(status: int, verdict: Any) -> None:
    with pytest.raises(verdict):
        await heard(answering(status, b"{}", "application/json"))


async def test_a_stream_that_stops_half_way_has_an_unknown_fate() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(HEAD.replace(b"connection: close", b"content-length: 999") + FIRST)
        await writer.drain()

    events: list[tuple[str, str]] = []
    async with listening(talk) as url, make_client() as client:
        with pytest.raises(UnknownFate, match="broke off the connection; it may have been billed"):
            await heard(make_wire(client, url), events)

    assert events == [("sketch", '{"n": 1}')]


async def test_a_stream_that_drips_for_ever_comes_to_an_end() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(HEAD)
        while True:
            writer.write(b": still here\n\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(talk) as url, make_client() as client:
        with pytest.raises(UnknownFate, match="did not answer in time"):
            await heard(make_wire(client, url, submit_timeout_s=0.2))


async def test_a_door_that_does_not_open_is_tried_again() -> None:
    def closed(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("closed", request=request)

    with pytest.raises(Refused, match="could not be reached") as refused:
        await heard(make_wire(make_client(httpx2.MockTransport(closed))))

    assert refused.value.retry
