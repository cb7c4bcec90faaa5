"""Which addresses may be fetched from: public ones, and what an overridden vendor's base URL allows besides.

A name is resolved once; every address must pass; the connection then goes to a checked address and nowhere else, so
that a name which changes its mind between check and connect (DNS rebinding) gains nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpcore2
import httpx2

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses. Raises OSError if there are none."""

_CONNECT_S = 5.0  # per address
_NAT64 = ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ip_network("2000::/3")
# Not public either, but `is_global` in Python 3.11: IETF protocol assignments, 6to4 relays, documentation.
_NOT_PUBLIC = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"), ip_network("3fff::/20"))


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What may be fetched although it is not public.

    `hosts` are names or addresses, `host` or `host:port`; `loopback` is every name and address of this machine.
    """

    hosts: frozenset[str] = frozenset()
    loopback: bool = False

    def covers(self, host: str, port: int) -> bool:
        named = host in self.hosts or f"{host}:{port}" in self.hosts
        return named or (self.loopback and _is_loopback(host))


NOTHING = Allowance()


def vendor_hosts(base_url: str | None, overridden: bool) -> Allowance:
    """Where a vendor's media may lie besides public addresses.

    If its base URL is overridden, on that URL's host; and on loopback names if that host is one itself.
    """
    if not overridden or not base_url:
        return NOTHING
    host = httpx2.URL(base_url).raw_host.decode("ascii")
    return Allowance(hosts=frozenset({host}), loopback=_is_loopback(host))


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's answer, without repeats. It also reads `0x7f.1` and `2130706433`, as a connection would."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def objection(host: str, addresses: Iterable[str]) -> str | None:
    """Why a host is not fetched from, as the rest of a sentence that begins with its name; None if it may be."""
    for text in addresses:
        if word := _not_public(ip_address(text)):
            return f"is the {word} address {text}" if text == host else f"resolves to the {word} address {text}"
    return None


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


def _is_loopback(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _not_public(address: Address) -> str | None:
    """What an address is instead of public."""
    address = _unwrapped(address)
    for word, holds in (
        ("loopback", address.is_loopback),
        ("unspecified", address.is_unspecified),
        ("link-local", address.is_link_local),
        ("multicast", address.is_multicast),
    ):
        if holds:
            return word
    if not address.is_global or any(address in network for network in _NOT_PUBLIC):
        return "private"
    return "reserved" if address.version == 6 and address not in _GLOBAL_UNICAST else None


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address is a wrapping of, or the address itself."""
    if address.version == 4:
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
