"""Which addresses may be fetched from: public ones, and what an overridden vendor's base URL allows besides. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ip_network("2000::/3")
# Not public either, but `is_global` in Python 3.11 or later ones: IETF protocol assignments, 6to4 relays, a network's
# own NAT64, documentation.
_NOT_PUBLIC = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "3fff::/20")))


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
    host = urlsplit(base_url or "").hostname if overridden else None
    if not host:
        return NOTHING
    return Allowance(hosts=frozenset({host.encode("idna").decode()}), loopback=_is_loopback(host))


def objection(host: str, addresses: Iterable[str]) -> str | None:
    """Why a host is not fetched from, as the rest of a sentence that begins with its name; None if it may be."""
    for text in addresses:
        if word := _not_public(ip_address(text)):
            return f"is the {word} address {text}" if text == host else f"resolves to the {word} address {text}"
    return None


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
