"""An adapter as the house makes it, from the catalog and an environment, against its vendor's fake."""

from typing import Any

from diorama.catalog.catalog import load_catalog
from diorama.jobs.vendors import Vendors
from diorama.providers.base import CallFacts, Done, InputBytes, Pending, Prepared, Provider
from diorama.providers.wire import make_client
from diorama.schemas import Request
from diorama.settings import VendorEnvironment
from tests.fakes.base import Fake
from tests.houses import environment

CATALOG = load_catalog()


def adapter(fake: Fake, **more: str) -> Provider:
    """The adapter of this fake's vendor; `more` are further variables of the environment."""
    values = environment([fake])._values | more
    return Vendors(CATALOG, VendorEnvironment(values), {}, lambda: make_client(fake.transport())).provider(fake.vendor)


def prepared(provider: Provider, model: str, *inputs: InputBytes, call: str = "c1", **request: Any) -> Prepared:
    """What would go out for this request."""
    asked = Request(**{"prompt": "a paper fox", "kind": "image"} | request)
    return provider.prepare(asked, inputs, CallFacts(id=call, model=model, slots=(0,)))


async def sent(provider: Provider, model: str, *inputs: InputBytes, **request: Any) -> Done | Pending:
    return await provider.submit(prepared(provider, model, *inputs, **request))


async def made(provider: Provider, model: str, *inputs: InputBytes, **request: Any) -> Done:
    """Send it and ask until it has ended."""
    answer = await sent(provider, model, *inputs, **request)
    for _ in range(9):
        if isinstance(answer, Done):
            return answer
        answer = await provider.check(answer.ref)
    raise AssertionError("it never ended")
