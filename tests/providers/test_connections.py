"""What connections do, and what it means for money. The connections are real."""

import asyncio
import logging
import socket

import httpx2
import pytest

from diorama.providers import wire as wire_module
from diorama.providers.base import Refused, UnknownFate
from diorama.providers.wire import Wire, make_client
from tests.providers.acme import CALL, KEY, OK, PROMPT, listening, make_wire, read_request

pytestmark = pytest.mark.anyio


def breaking(error: Exception) -> Wire:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise error

    return make_wire(make_client(httpx2.MockTransport(answer)))


@pytest.mark.parametrize(
    "error", [httpx2.ConnectError("x"), httpx2.ConnectTimeout("x"), httpx2.PoolTimeout("x"), httpx2.ProxyError("x")]
)
async def test_a_connection_that_never_opened_may_be_tried_anew(error: Exception) -> None:
    with pytest.raises(Refused, match="acme could not be reached") as caught:
        await breaking(error).send(CALL)

    assert (caught.value.retry, caught.value.error.code) == (True, "vendor_busy")


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ReadTimeout("lib text"),
        httpx2.WriteTimeout("lib text"),
        httpx2.ReadError("lib text"),
        httpx2.WriteError("lib text"),
        httpx2.RemoteProtocolError("lib text"),
        httpx2.DecodingError("lib text"),
    ],
)
async def test_whatever_breaks_after_the_request_began_is_an_unknown_fate(error: Exception) -> None:
    with pytest.raises(UnknownFate, match="may have been billed") as caught:
        await breaking(error).send(CALL)

    assert caught.value.error.code == "uncertain"
    assert "lib text" not in str(caught.value)


async def test_a_closed_port_was_never_reached(unused_port: int) -> None:
    async with make_client() as client:
        with pytest.raises(Refused, match="could not be reached"):
            await make_wire(client, f"http://127.0.0.1:{unused_port}").send(CALL)


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def test_a_failed_tls_handshake_was_never_a_request() -> None:
    async def speak_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello, no encryption here\r\n")
        await writer.drain()

    async with listening(speak_plainly) as url, make_client() as client:
        with pytest.raises(Refused, match="could not be reached"):
            await make_wire(client, url.replace("http:", "https:")).send(CALL)


async def test_a_proxy_that_says_no_never_saw_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

    async with listening(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        async with make_client() as client:
            with pytest.raises(Refused, match="could not be reached"):
                await make_wire(client).send(CALL)

    assert seen[0].startswith(b"CONNECT api.acme.example:443")
    assert KEY.encode() not in seen[0]


async def test_a_vendor_that_takes_the_request_and_hangs_up_is_asked_once() -> None:
    taken: list[bytes] = []

    async def take_and_drop(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        taken.append(await read_request(reader))

    async with listening(take_and_drop) as url, make_client() as client:
        with pytest.raises(UnknownFate, match="broke off the connection"):
            await make_wire(client, url).send(CALL)

    assert len(taken) == 1


@pytest.mark.parametrize("trickle", [False, True])
async def test_an_answer_that_does_not_come_to_an_end_is_not_waited_for(trickle: bool) -> None:
    async def never_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        if trickle:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b" " if trickle else b"")
            await asyncio.sleep(0.01)

    async with listening(never_end) as url, make_client() as client:
        with pytest.raises(UnknownFate, match="did not answer in time"):
            await make_wire(client, url, submit_timeout_s=0.5).send(CALL)  # connecting has as long


async def test_half_an_answer_is_an_unknown_fate() -> None:
    async def say_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK.replace(b"length: 2", b"length: 2000"))

    async with listening(say_half) as url, make_client() as client:
        with pytest.raises(UnknownFate, match="broke off"):
            await make_wire(client, url).send(CALL)


class Counting:
    """A server that answers everything and counts its connections; `hang_up` ends each after its first answer."""

    def __init__(self, *, hang_up: bool = False) -> None:
        self.connections = 0
        self.hung_up = asyncio.Event()
        self._hang_up = hang_up

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await read_request(reader)
        writer.write(OK)
        while not self._hang_up:
            await read_request(reader)
            writer.write(OK)
        writer.close()
        await writer.wait_closed()
        self.hung_up.set()


async def test_a_connection_that_the_vendor_hung_up_on_is_noticed_before_it_is_used_again() -> None:
    server = Counting(hang_up=True)

    async with listening(server.talk) as url, make_client() as client:
        wire = make_wire(client, url)
        for _ in range(3):
            await wire.send(CALL)
            await asyncio.wait_for(server.hung_up.wait(), 5)
            server.hung_up.clear()

    assert server.connections == 3


@pytest.mark.parametrize(("reuse_s", "connections"), [(60.0, 1), (0.01, 2)])
async def test_a_connection_is_used_again_only_for_a_short_while(
    reuse_s: float, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_module, "REUSE_S", reuse_s)
    server = Counting()

    async with listening(server.talk) as url, make_client() as client:
        wire = make_wire(client, url)
        await wire.send(CALL)
        await asyncio.sleep(0.05)
        await wire.send(CALL)

    assert server.connections == connections


def test_connections_end_with_us_before_the_quickest_servers_end_them() -> None:
    assert wire_module.REUSE_S < 5


@pytest.mark.parametrize("error", [httpx2.ConnectError("x"), httpx2.ReadTimeout("x"), httpx2.RemoteProtocolError("x")])
async def test_a_poll_that_does_not_get_through_is_asked_again(error: Exception) -> None:
    with pytest.raises(UnknownFate, match="could not be asked"):
        await breaking(error).get("/jobs/1")


async def test_nothing_logs_the_key_or_the_prompt(caplog: pytest.LogCaptureFixture) -> None:
    async def answer_then_drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)
        await read_request(reader)

    for name in ("", "httpx2", "httpcore2"):  # whatever other tests have set
        caplog.set_level(logging.DEBUG, logger=name)
    async with listening(answer_then_drop) as url, make_client() as client:
        wire = make_wire(client, url)
        await wire.send(CALL)
        with pytest.raises(UnknownFate):
            await wire.send(CALL)

    loggers = {record.name for record in caplog.records}
    assert {"httpx2", "httpcore2.http11"} <= loggers
    assert not [word for word in (KEY, PROMPT, "authorization") if word in caplog.text.lower()]
