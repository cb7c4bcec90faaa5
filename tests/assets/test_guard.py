"""Which addresses may be fetched from."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diorama.assets.allowance import NOTHING, Allowance, objection, vendor_hosts
from diorama.assets.guard import resolve

PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
NOT_PUBLIC = {
    "127.0.0.1": "loopback",
    "::1": "loopback",
    "::ffff:127.0.0.1": "loopback",
    "64:ff9b::7f00:1": "loopback",
    "2002:7f00:1::": "loopback",
    "0.0.0.0": "unspecified",
    "::": "unspecified",
    "169.254.169.254": "link-local",
    "::ffff:169.254.169.254": "link-local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "224.0.0.1": "multicast",
    "ff0e::1": "multicast",
    "10.0.0.5": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "private",
    "64:ff9b::6440:1": "private",
    "64:ff9b:1::1": "private",
    "192.0.0.8": "private",
    "192.88.99.1": "private",
    "198.18.0.1": "private",
    "240.0.0.1": "private",
    "255.255.255.255": "private",
    "fd00:ec2::254": "private",
    "2001:db8::1": "private",
    "2001:0:1::1": "private",
    "3fff::1": "private",
    "::7f00:1": "reserved",
    "::ffff:0:7f00:1": "reserved",
    "fec0::1": "reserved",
    "5f00::1": "reserved",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_fetched_from(address: str) -> None:
    assert objection("cdn.example", [address]) is None


@pytest.mark.parametrize(("address", "word"), NOT_PUBLIC.items())
def test_any_other_address_is_refused_by_its_kind(address: str, word: str) -> None:
    assert objection("cdn.example", [address]) == f"resolves to the {word} address {address}"


def test_an_address_in_the_url_itself_is_called_so() -> None:
    assert objection("10.0.0.5", ["10.0.0.5"]) == "is the private address 10.0.0.5"


def test_one_private_address_among_public_ones_is_enough() -> None:
    assert objection("cdn.example", [*PUBLIC, "10.0.0.5"]) is not None


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_wrapping_hides_a_private_address(address: object) -> None:
    for wrapped in (f"{address}", f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
        assert objection("cdn.example", [wrapped]) is not None


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "localhost"])
async def test_every_spelling_of_this_machine_resolves_to_it(host: str) -> None:
    assert objection(host, await resolve(host, 80)) is not None


@pytest.mark.parametrize(
    ("base_url", "overridden", "allowance"),
    [
        (None, False, NOTHING),
        (None, True, NOTHING),
        ("https://api.x.ai/v1", False, NOTHING),
        ("https://Proxy.Corp.example/v1", True, Allowance(hosts=frozenset({"proxy.corp.example"}))),
        ("https://b\u00fccher.example/v1", True, Allowance(hosts=frozenset({"xn--bcher-kva.example"}))),
        ("http://10.0.0.5:9000", True, Allowance(hosts=frozenset({"10.0.0.5"}))),
        ("http://localhost:9000/v1", True, Allowance(hosts=frozenset({"localhost"}), loopback=True)),
        ("http://[::1]:9000", True, Allowance(hosts=frozenset({"::1"}), loopback=True)),
        ("http://127.0.0.1:9000", True, Allowance(hosts=frozenset({"127.0.0.1"}), loopback=True)),
    ],
)
def test_only_an_overridden_base_url_allows_its_host(
    base_url: str | None, overridden: bool, allowance: Allowance
) -> None:
    assert vendor_hosts(base_url, overridden) == allowance


def test_to_know_what_is_allowed_takes_no_http_client() -> None:
    code = "import sys, diorama.assets.allowance, diorama.assets.urls, diorama.assets.store; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert "diorama.assets.urls" in loaded
    assert not {"httpx2", "httpcore2", "anyio", "ssl", "asyncio", "obstore"} & set(loaded)


def test_an_allowance_can_be_for_one_port() -> None:
    allowance = Allowance(hosts=frozenset({"media.corp.example:9000"}))

    assert allowance.covers("media.corp.example", 9000)
    assert not allowance.covers("media.corp.example", 443)
    assert not allowance.covers("other.corp.example", 9000)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "media.localhost", "127.0.0.2", "::1"])
def test_loopback_has_many_names(host: str) -> None:
    assert Allowance(loopback=True).covers(host, 80)


@pytest.mark.parametrize("host", ["localhost.example", "127.1.example", "10.0.0.5", "169.254.169.254", "example"])
def test_a_loopback_allowance_is_for_nothing_else(host: str) -> None:
    assert not Allowance(loopback=True).covers(host, 80)
