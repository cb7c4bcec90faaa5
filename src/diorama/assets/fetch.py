"""The one way to fetch a URL that is not ours: guarded, capped, without any key.

No proxy, cookie or credential is ever used; redirects are followed by hand, each hop through the same guard; a body
is taken as it is sent (compressed ones are refused, a small one could unpack without end).
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address

import httpx2

from diorama.assets.allowance import NOTHING, Allowance, objection
from diorama.assets.guard import PinnedTransport, Resolve, resolve
from diorama.assets.urls import FetchFailed
from diorama.errors import ValidationError

_WAY_OUT = "Give a public https URL, a data: URL, or upload the file."
_STALLED_S = 30.0
_BUSY = (408, 425, 429)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """An open answer. `mime` and `length` are what the server claims; `chunks` raises FetchFailed."""

    host: str
    mime: str | None
    length: int | None
    chunks: AsyncGenerator[bytes, None]


class Fetcher:
    """Fetches what is public. `allow_hosts` and `allow_loopback` open more for every URL: for development and tests.

    `transport` replaces the network by an application in this process; names the allowance covers are then not
    resolved. `resolve` answers for DNS.
    """

    def __init__(
        self,
        *,
        allow_hosts: frozenset[str] = frozenset(),
        allow_loopback: bool = False,
        transport: httpx2.AsyncBaseTransport | None = None,
        max_redirects: int = 3,
        resolve: Resolve = resolve,
    ) -> None:
        self._always = Allowance(hosts=allow_hosts, loopback=allow_loopback)
        self._transport = transport
        self._max_redirects = max_redirects
        self._resolve = resolve
        self._tls: ssl.SSLContext | None = None

    @asynccontextmanager
    async def open(
        self,
        url: str,
        *,
        max_bytes: int,
        timeout_s: float,
        allow: Allowance = NOTHING,
        field: str | None = None,
    ) -> AsyncIterator[Fetched]:
        """GET a URL. `timeout_s` is for everything, up to the last byte; `field` names the value in refusals.

        Raises ValidationError for a URL that must not be fetched, FetchFailed for one that gave nothing.
        """
        deadline = asyncio.get_running_loop().time() + timeout_s
        target = _parsed(url, field)
        for _ in range(self._max_redirects + 1):
            async with AsyncExitStack() as stack:
                with _failures(target.host):
                    async with asyncio.timeout_at(deadline):
                        addresses = await self._admit(target, allow, field)
                        response = await self._get(stack, target, addresses)
                if not response.has_redirect_location:
                    fetched = _opened(target.host, response, max_bytes, deadline)
                    async with aclosing(fetched.chunks):
                        yield fetched
                    return
                target = _parsed(str(_joined(target, response)), field)
        raise FetchFailed(target.host, f"redirected more than {self._max_redirects} times")

    async def _admit(self, url: httpx2.URL, allow: Allowance, field: str | None) -> Sequence[str]:
        """The addresses to connect to, if they may be."""
        host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
        covered = allow.covers(host, port) or self._always.covers(host, port)
        if covered and self._transport:
            return ()
        addresses = await self._resolve(host, port)
        if not covered:
            _refuse_hidden(host, addresses, field)
        return addresses

    async def _get(self, stack: AsyncExitStack, url: httpx2.URL, addresses: Sequence[str]) -> httpx2.Response:
        headers = {"accept": "*/*", "accept-encoding": "identity", "user-agent": _user_agent(), "connection": "close"}
        stalled = httpx2.Timeout(_STALLED_S).as_dict()
        request = httpx2.Request("GET", url, headers=headers, extensions={"timeout": stalled})
        transport = self._transport
        if transport is None:
            transport = await stack.enter_async_context(PinnedTransport(addresses, await self._trust()))
        response = await transport.handle_async_request(request)
        response.request = request
        stack.push_async_callback(response.aclose)
        return response

    async def _trust(self) -> ssl.SSLContext:
        # Reading the system's certificates takes some 50 ms. SSL_CERT_FILE is heeded: it is the operator's word.
        if self._tls is None:
            self._tls = await asyncio.to_thread(httpx2.create_ssl_context)
        return self._tls


def check_url(url: str, field: str) -> str:
    """The host of a URL that may be fetched, as far as that can be told without asking DNS. Raises ValidationError."""
    host = _parsed(url, field).host
    with suppress(ValueError):  # a name; only an address tells by itself where it leads
        _refuse_hidden(host, [str(ip_address(host))], field)
    return host


def _refuse_hidden(host: str, addresses: Sequence[str], field: str | None) -> None:
    if reason := objection(host, addresses):
        raise ValidationError(f"{host!r} is not fetched from: it {reason}.", field=field, hint=_WAY_OUT)


def _parsed(url: str, field: str | None) -> httpx2.URL:
    """A URL of a form that may be fetched. Messages show its scheme or host only."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise ValidationError("The URL cannot be read.", field=field, hint=_WAY_OUT) from None
    if parsed.scheme not in ("http", "https"):
        seen = f"begins with {parsed.scheme + ':'!r}" if parsed.scheme else "begins with neither http:// nor https://"
        raise ValidationError(f"The URL {seen} and is not fetched.", field=field, hint=_WAY_OUT)
    if not parsed.host:
        raise ValidationError("The URL names no host.", field=field, hint=_WAY_OUT)
    if parsed.userinfo:
        raise ValidationError(
            f"The URL at {parsed.host!r} holds a user name or password, which is never sent.",
            field=field,
            hint=_WAY_OUT,
        )
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise ValidationError(f"The URL at {parsed.host!r} has no port {parsed.port}.", field=field, hint=_WAY_OUT)
    return parsed


def _joined(url: httpx2.URL, response: httpx2.Response) -> httpx2.URL:
    try:
        return url.join(response.headers["location"])
    except httpx2.InvalidURL:
        raise FetchFailed(url.host, "redirected to what is no URL", status=response.status_code) from None


def _opened(host: str, response: httpx2.Response, max_bytes: int, deadline: float) -> Fetched:
    status = response.status_code
    if status != 200:
        raise FetchFailed(host, f"answered {status}", status=status, retry=status in _BUSY or status >= 500)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise FetchFailed(host, f"sent a compressed body ({encoding[:20]}), though asked not to", status=status)
    claimed = response.headers.get("content-length", "")
    length = int(claimed) if claimed.isascii() and claimed.isdigit() else None
    if length is not None and length > max_bytes:
        raise FetchFailed(host, _too_long(max_bytes), status=status)
    mime = response.headers.get("content-type", "").partition(";")[0].strip().lower() or None
    return Fetched(host=host, mime=mime, length=length, chunks=_chunks(host, response, length, max_bytes, deadline))


async def _chunks(
    host: str, response: httpx2.Response, length: int | None, max_bytes: int, deadline: float
) -> AsyncGenerator[bytes, None]:
    taken = 0
    async with aclosing(response.aiter_raw()) as body:
        while chunk := await _next(body, host, deadline):
            taken += len(chunk)
            if taken > max_bytes:
                raise FetchFailed(host, _too_long(max_bytes), status=200)
            yield chunk
    if length is not None and taken != length:
        raise FetchFailed(host, f"ended after {taken} of {length} bytes", status=200, retry=True)


async def _next(body: AsyncIterator[bytes], host: str, deadline: float) -> bytes | None:
    with _failures(host):
        async with asyncio.timeout_at(deadline):
            return await anext(body, None)


def _too_long(max_bytes: int) -> str:
    return f"has a body of more than the {max_bytes / 1e6:g} MB that are allowed here"


@contextmanager
def _failures(host: str) -> Iterator[None]:
    """Our words for what the network does."""
    try:
        yield
    except socket.gaierror as error:
        raise FetchFailed(host, "is not known to DNS", retry=error.errno == socket.EAI_AGAIN) from error
    except UnicodeError as error:
        raise FetchFailed(host, "is no host name") from error
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise FetchFailed(host, "took too long", retry=True) from error
    except (httpx2.NetworkError, OSError) as error:
        raise FetchFailed(host, "could not be reached, or broke off", retry=True) from error
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        raise FetchFailed(host, "does not speak proper HTTP, or broke off", retry=True) from error


@cache
def _user_agent() -> str:
    try:
        return f"diorama/{version('diorama')}"
    except PackageNotFoundError:
        return "diorama"
