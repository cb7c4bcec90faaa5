"""The way to checked addresses.

A name is resolved once; every address must pass; the connection then goes to a checked address and nowhere else, so
that a name which changes its mind between check and connect (DNS rebinding) gains nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore2
import httpx2

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses. Raises OSError if there are none."""

_CONNECT_S = 5.0  # per address


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's answer, without repeats. It also reads `0x7f.1` and `2130706433`, as a connection would."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class PinnedTransport(httpx2.AsyncHTTPTransport):
    """HTTP to these addresses only, whatever the URL's host resolves to by now; TLS and `Host` still name the host.

    Used for one request and closed, so that no connection opened under one caller's allowance serves another.
    """

    def __init__(self, addresses: Sequence[str], tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx2==2.16.2 takes no network backend; its pool is the only way in.
        self._pool = httpcore2.AsyncConnectionPool(ssl_context=tls, network_backend=_Pinned(addresses))


class _Pinned(httpcore2.AsyncNetworkBackend):
    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception = httpcore2.ConnectError("no address")
        for address in self._addresses:
            try:
                return await self._network.connect_tcp(address, port, _CONNECT_S, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure
