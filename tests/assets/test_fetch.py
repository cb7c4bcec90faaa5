"""Fetching what strangers point at, against a real server on this machine."""

import asyncio
import base64
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diorama.assets.allowance import Allowance, vendor_hosts
from diorama.assets.fetch import Fetcher
from diorama.assets.guard import Resolve
from diorama.assets.urls import FetchFailed, decode_data_url
from diorama.errors import ValidationError

pytestmark = pytest.mark.anyio

CERTIFICATE = Path(__file__).parent / "cdn.example.pem"  # self-signed, good for a hundred years, secret to nobody
Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A web server that answers every request the same, and keeps what it was asked."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def headers(self) -> dict[str, str]:
        return dict(line.lower().split(": ", 1) for line in self.asked[-1].strip().splitlines()[1:])


@asynccontextmanager
async def serving(answer: bytes | Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        try:
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(writer)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def reply(body: bytes = b"picture", status: str = "200 OK", **headers: str) -> bytes:
    headers = {"content-length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def answers(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def fetch(
    fetcher: Fetcher, url: str, *, max_bytes: int = 1_000_000, timeout_s: float = 30, allow: Allowance | None = None
) -> bytes:
    async with fetcher.open(
        url, max_bytes=max_bytes, timeout_s=timeout_s, allow=allow or Allowance(), field="inputs.0.url"
    ) as fetched:
        return b"".join([chunk async for chunk in fetched.chunks])


LOCAL = Fetcher(allow_loopback=True)


async def test_a_permitted_url_gives_its_bytes_and_what_the_server_claims() -> None:
    async with (
        serving(reply(content_type="Image/PNG; charset=binary")) as server,
        LOCAL.open(f"{server.url}/a.png", max_bytes=100, timeout_s=30) as fetched,
    ):
        body = b"".join([chunk async for chunk in fetched.chunks])

        assert (body, fetched.mime, fetched.length, fetched.host) == (b"picture", "image/png", 7, "127.0.0.1")


async def test_no_key_or_cookie_leaves_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with serving(reply(set_cookie="a=b")) as server:
        await fetch(LOCAL, server.url)
        await fetch(LOCAL, server.url)

        headers = server.headers()

    assert headers.keys() == {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("diorama")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("[::1]", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
        ("100.64.0.1", "100.64.0.1"),
        ("169.254.169.254", "169.254.169.254"),
        ("10.0.0.5", "10.0.0.5"),
        ("localhost", "the loopback address"),
    ],
)
async def test_a_users_url_never_reaches_inside(host: str, address: str) -> None:
    with pytest.raises(ValidationError, match="is not fetched from") as caught:
        await fetch(Fetcher(), f"http://{host}/latest/meta-data?token=secret")

    error = caught.value
    assert (error.code, error.field) == ("invalid_value", "inputs.0.url")
    assert address in error.message
    assert error.hint == "Give a public https URL, a data: URL, or upload the file."
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("file:///etc/passwd", "'file:'"),
        ("ftp://example.com/a.png", "'ftp:'"),
        ("gopher://example.com", "'gopher:'"),
        ("javascript:alert(1)", "'javascript:'"),
        ("data:image/png;base64,AAAA", "'data:'"),
        ("//example.com/a.png", "neither http:// nor https://"),
        ("example.com/a.png", "neither http:// nor https://"),
        ("http:///a.png", "no host"),
        ("http://user:secret@example.com/", "'example.com' holds a user name or password"),
        ("http://127.0.0.1\\@example.com/", "user name or password"),
        ("http://example.com:99999/", "no port 99999"),
        ("http://example.com:0/", "no port 0"),
        ("http://[::1", "cannot be read"),
        ("http://0177.0.0.1/", "cannot be read"),
        ("http://\uff11\uff12\uff17.0.0.1/", "cannot be read"),
    ],
)
async def test_a_url_of_an_odd_form_is_refused_before_any_connection(url: str, named: str) -> None:
    with pytest.raises(ValidationError, match=named) as caught:
        await fetch(Fetcher(resolve=answers("8.8.8.8")), url)

    assert caught.value.field == "inputs.0.url"
    assert "secret" not in str(caught.value)


async def test_a_name_that_resolves_inside_is_refused_with_the_address() -> None:
    with pytest.raises(ValidationError, match=r"'cdn\.example' is not .* resolves to the private address 10\.0\.0\.5"):
        await fetch(Fetcher(resolve=answers("8.8.8.8", "10.0.0.5")), "https://cdn.example/a.png")


async def test_a_name_is_resolved_once_and_the_checked_address_is_connected_to() -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.5"]

    # The name exists nowhere, so that only the address handed over by the guard can be reached.
    fetcher = Fetcher(allow_hosts=frozenset({"cdn.example"}), resolve=rebinding)
    async with serving(reply()) as server:
        body = await fetch(fetcher, f"http://cdn.example:{server.port}/a.png")

        assert (body, asked) == (b"picture", ["cdn.example"])
        assert server.headers()["host"] == f"cdn.example:{server.port}"


@pytest.fixture
def certificate(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's proof that it is cdn.example, which this test's process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


async def test_the_certificate_is_checked_against_the_name_not_the_address(certificate: ssl.SSLContext) -> None:
    names: list[str | None] = []
    certificate.sni_callback = lambda connection, name, context: names.append(name)
    fetcher = Fetcher(allow_hosts=frozenset({"cdn.example", "evil.example"}), resolve=answers("127.0.0.1"))
    async with serving(reply(), tls=certificate) as server:
        assert await fetch(fetcher, f"https://cdn.example:{server.port}/") == b"picture"
        with pytest.raises(FetchFailed):
            await fetch(fetcher, f"https://evil.example:{server.port}/")

    assert names == ["cdn.example", "evil.example"]


async def test_the_next_address_is_tried_if_one_is_dead() -> None:
    async with serving(reply()) as server:
        fetcher = Fetcher(allow_hosts=frozenset({"cdn.example"}), resolve=answers("127.0.0.2", "127.0.0.1"))

        assert await fetch(fetcher, f"http://cdn.example:{server.port}/") == b"picture"


async def test_a_vendors_overridden_base_url_opens_its_own_host() -> None:
    async with serving(reply()) as server:
        allow = vendor_hosts(server.url, overridden=True)

        assert await fetch(Fetcher(), f"{server.url}/out.png", allow=allow) == b"picture"
        assert await fetch(Fetcher(), f"http://localhost:{server.port}/out.png", allow=allow) == b"picture"
        with pytest.raises(ValidationError):
            await fetch(Fetcher(), f"{server.url}/out.png", allow=vendor_hosts(server.url, overridden=False))


async def test_redirects_are_followed_to_their_end() -> None:
    async with (
        serving(reply()) as end,
        serving(reply(b"", "302 Found", location=f"{end.url}/a.png")) as start,
    ):
        assert await fetch(LOCAL, start.url) == b"picture"
        assert end.asked[0].startswith("GET /a.png ")


async def test_a_relative_redirect_stays_on_its_host() -> None:
    hops = 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal hops
        hops += 1
        writer.write(reply(b"", "307 Temporary Redirect", location="/there") if hops == 1 else reply())

    async with serving(answer) as server:
        assert await fetch(LOCAL, f"{server.url}/here") == b"picture"
        assert server.asked[1].startswith("GET /there ")


@pytest.mark.parametrize("location", ["http://169.254.169.254/latest", "http://10.0.0.5/", "file:///etc/passwd"])
async def test_a_redirect_passes_the_same_guard(location: str) -> None:
    async with serving(reply(b"", "302 Found", location=location)) as server:
        with pytest.raises(ValidationError):
            await fetch(LOCAL, server.url)


async def test_a_redirect_to_what_is_no_url_is_told_in_words() -> None:
    async with serving(reply(b"", "302 Found", location="http://cdn.example:port/")) as server:
        with pytest.raises(FetchFailed, match="redirected to what is no URL"):
            await fetch(LOCAL, server.url)


async def test_redirects_without_end_are_given_up() -> None:
    async with serving(reply(b"", "302 Found", location="/again")) as server:
        with pytest.raises(FetchFailed, match="redirected more than 3 times"):
            await fetch(LOCAL, server.url)

        assert len(server.asked) == 4


async def test_a_claimed_length_over_the_cap_is_refused_unread() -> None:
    async with serving(reply(content_length="5000000000")) as server:
        with pytest.raises(FetchFailed, match=r"more than the 1 MB") as caught:
            await fetch(LOCAL, server.url)

    assert not caught.value.retry


async def test_a_body_without_length_is_stopped_at_the_cap() -> None:
    async with serving(reply(bytes(300_000), content_length="")) as server:
        with pytest.raises(FetchFailed, match=r"more than the 0\.2 MB"):
            await fetch(LOCAL, server.url, max_bytes=200_000)


async def test_a_body_of_exactly_the_cap_is_taken() -> None:
    async with serving(reply(bytes(200_000), content_length="")) as server:
        assert len(await fetch(LOCAL, server.url, max_bytes=200_000)) == 200_000


async def test_a_body_shorter_than_claimed_is_no_success() -> None:
    async with serving(reply(b"pic", content_length="7")) as server:
        with pytest.raises(FetchFailed) as caught:
            await fetch(LOCAL, server.url)

    assert caught.value.retry


async def trickle(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@pytest.mark.parametrize("server_is", [trickle, silence])
async def test_the_total_time_is_capped_whatever_the_server_does(server_is: Handler) -> None:
    async with serving(server_is) as server:
        with pytest.raises(FetchFailed, match="took too long") as caught:
            await fetch(LOCAL, server.url, timeout_s=0.3)

    assert caught.value.retry


async def test_a_compressed_body_is_refused() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    async with serving(reply(bomb, content_encoding="gzip")) as server:
        with pytest.raises(FetchFailed, match=r"compressed body \(gzip\)"):
            await fetch(LOCAL, server.url)


@pytest.mark.parametrize(
    ("status", "gone", "retry"),
    [
        *((403, True, False), (404, True, False), (410, True, False), (400, False, False)),
        *((429, False, True), (500, False, True), (503, False, True), (204, False, False)),
    ],
)
async def test_a_status_tells_whether_to_come_back(status: int, gone: bool, retry: bool) -> None:
    async with serving(reply(b"", f"{status} Whatever")) as server:
        with pytest.raises(FetchFailed, match=f"answered {status}") as caught:
            await fetch(LOCAL, f"{server.url}/a.png?sig=secret")

    assert (caught.value.status, caught.value.gone, caught.value.retry) == (status, gone, retry)
    assert "secret" not in str(caught.value)


async def test_a_closed_port_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(FetchFailed, match="could not be reached") as caught:
        await fetch(LOCAL, f"http://127.0.0.1:{port}/")

    assert caught.value.retry


@pytest.mark.parametrize(
    ("error", "reason", "retry"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "is not known to DNS", False),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "is not known to DNS", True),
        (UnicodeError("label too long"), "is no host name", False),
    ],
)
async def test_a_name_that_cannot_be_resolved_is_told_in_words(error: Exception, reason: str, retry: bool) -> None:
    async def failing(host: str, port: int) -> Sequence[str]:
        raise error

    with pytest.raises(FetchFailed, match=reason) as caught:
        await fetch(Fetcher(resolve=failing), "https://cdn.example/")

    assert caught.value.retry is retry


async def test_what_is_not_http_is_told_in_words() -> None:
    async with serving(b"220 mail.example ESMTP\r\n") as server:
        with pytest.raises(FetchFailed, match="proper HTTP"):
            await fetch(LOCAL, server.url)


async def test_a_caller_may_stop_reading_early() -> None:
    async with serving(trickle) as server, LOCAL.open(server.url, max_bytes=100, timeout_s=30) as fetched:
        assert await anext(fetched.chunks) == b"x"


class Short(httpx2.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"early"


async def app(scope: dict[str, object], receive: object, send: Callable[[dict[str, object]], Awaitable[None]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"image/png")]})
    await send({"type": "http.response.body", "body": b"from the fake"})


async def test_a_fake_in_this_process_is_asked_under_its_allowed_name() -> None:
    fetcher = Fetcher(transport=httpx2.ASGITransport(app), allow_hosts=frozenset({"cdn.fake.example"}))  # type: ignore[arg-type]

    assert await fetch(fetcher, "https://cdn.fake.example/a.png") == b"from the fake"


async def test_an_answer_that_ends_early_is_no_success_from_a_fake_either() -> None:
    short = httpx2.MockTransport(lambda _: httpx2.Response(200, headers={"content-length": "9"}, stream=Short()))

    with pytest.raises(FetchFailed, match="ended after 5 of 9 bytes") as caught:
        await fetch(Fetcher(transport=short, resolve=answers("8.8.8.8")), "https://cdn.example/")

    assert caught.value.retry


async def test_a_fake_does_not_open_what_is_inside() -> None:
    fetcher = Fetcher(transport=httpx2.ASGITransport(app), resolve=answers("8.8.8.8"))  # type: ignore[arg-type]

    assert await fetch(fetcher, "https://anything.example/") == b"from the fake"
    with pytest.raises(ValidationError):
        await fetch(Fetcher(transport=httpx2.ASGITransport(app)), "http://10.0.0.5/")  # type: ignore[arg-type]


@given(data=st.binary(max_size=100), mime=st.sampled_from(["image/png", "IMAGE/PNG"]))
def test_a_data_url_comes_back_byte_for_byte(data: bytes, mime: str) -> None:
    encoded = base64.b64encode(data).decode()

    for url in (
        f"data:{mime};base64,{encoded}",
        f"DATA:{mime};charset=x;BASE64,{quote(encoded, safe='')}",
        f"data:{mime};base64,{encoded.rstrip('=')}",
        f"data:{mime};base64," + "\r\n".join(encoded[at : at + 8] for at in range(0, len(encoded), 8)),
        f"data:{mime},{quote(data)}",
    ):
        assert decode_data_url(url, 100) == ("image/png", data)


def test_a_data_url_without_type_is_text() -> None:
    assert decode_data_url("data:,hello%20there", 100) == ("text/plain", b"hello there")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://example.com/a.png", "no data: URL"),
        ("data:image/png;base64", "no data: URL"),
        ("data:image/png;base64,not*base64", "its data is not"),
        ("data:image/png;base64,AAAAA", "its data is not"),
        ("data:image/png;base64,\u00e4AAA", "its data is not"),
        ("data:image/png;base64,A-_A", "its data is not"),
    ],
)
def test_a_bad_data_url_is_told_in_words(url: str, named: str) -> None:
    with pytest.raises(ValidationError, match=named) as caught:
        decode_data_url(url, 100, field="inputs.0.data")

    assert (caught.value.code, caught.value.field) == ("unreadable_input", "inputs.0.data")


@pytest.mark.parametrize("body", ["A" * 2_000_000, "A" * 1_333_340])
def test_a_data_url_over_the_cap_is_refused(body: str) -> None:
    with pytest.raises(ValidationError, match="more than the 1 MB"):
        decode_data_url(f"data:image/png;base64,{body}", 1_000_000)
