"""Who asks. Local mode so far: on loopback everybody is let in and names the customer; bearer tokens are ignored."""

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from diorama.errors import ConfigurationError, ValidationError
from diorama.settings import LOOPBACK_HOSTS, Settings

LOCAL_CUSTOMER = 1
CustomerQuery = Annotated[
    int | None, Query(alias="customer_id", gt=0, le=2**53, description="Whose work this is. Default 1.", examples=[1])
]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """`hosts`: the names under which they reached us, so that URLs they made from those are known as ours."""

    hosts: frozenset[str]

    def customer(self, *named: int | None) -> int:
        """The customer that the request names, in whichever places it may; 1 when it names none."""
        found = {customer for customer in named if customer is not None}
        if len(found) > 1:
            raise ValidationError(
                f"The body and the query name different customers: {sorted(found)}.",
                field="customer_id",
                hint="Name the customer once.",
            )
        return found.pop() if found else LOCAL_CUSTOMER


async def _caller(request: Request) -> Caller:
    return Caller(hosts=frozenset({request.headers.get("host", "").lower()}))


Who = Annotated[Caller, Depends(_caller)]


async def _customer(who: Who, named: CustomerQuery = None) -> int:
    return who.customer(named)


Customer = Annotated[int, Depends(_customer)]
"""Whose rows a route may touch."""


def is_loopback(host: str) -> bool:
    """Whether this name or address, without a port, leads to this machine alone."""
    try:
        return host in LOOPBACK_HOSTS or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_exposure(settings: Settings) -> None:
    """Refuse to listen where others could reach us while anybody may name any customer.

    Raises ConfigurationError.
    """
    if not is_loopback(settings.host.lower()):
        raise ConfigurationError(
            f"DIORAMA_HOST is {settings.host!r}, which others can reach, and nobody would be asked for a key.",
            key="DIORAMA_HOST",
            hint="Listen on 127.0.0.1, and let a proxy that asks who is there pass requests on (set DIORAMA_PUBLIC_URL "
            "to its address).",
        )
