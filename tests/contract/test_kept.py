"""Film rows that are retired at their vendor, served by somebody who has kept them: all that can happen, as to any row.

Two vendors share that API: one row of it goes through every way to answer, the others through a healthy one.
"""

from pathlib import Path

import pytest
from sqlalchemy import select

from diorama.catalog.entry import Model
from diorama.db.tables import ledger
from tests.clock import QuickClock
from tests.contract.test_rows import ENDS, RETIRED, asked
from tests.fakes.base import Fake, load
from tests.houses import a_house, make

pytestmark = pytest.mark.anyio

KEPT = [model for model in RETIRED if model.makes == "video" and model.prices]
ONE = next(model for model in KEPT if model.name == "openai:sora-2")


def a_gateway(model: Model, clock: QuickClock) -> Fake:
    fake = load(model.vendor)
    fake.now = clock.now
    fake.videos = True  # type: ignore[attr-defined]
    return fake


@pytest.mark.parametrize("outcome", load("openai").outcomes_of("video"))
async def test_a_row_ends_as_it_must(outcome: str, tmp_path: Path) -> None:
    clock = QuickClock()
    fake = a_gateway(ONE, clock)
    fake.fail(*fake.outcomes[outcome])
    end = ENDS["failed" if outcome.startswith("failed_") else outcome]

    async with a_house(tmp_path, fake, clock=clock) as house:
        job = await make(house, **asked(ONE))
        money = list(await house.db.read(lambda c: c.execute(select(ledger.c.state)).scalars().all()))

    assert (job.state, (job.error or {}).get("code")) == (end.state, end.code)
    assert len(fake.submits) == end.submits
    assert fake.paid["a paper fox"] <= 1
    assert end.money in (money[-1], "?")
    assert len(job.assets) == (1 if end.state == "succeeded" else 0)


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.name)
async def test_every_kept_row_is_served_and_billed_as_quoted(model: Model, tmp_path: Path) -> None:
    clock = QuickClock()
    fake = a_gateway(model, clock)

    async with a_house(tmp_path, fake, clock=clock) as house:
        job = await make(house, **asked(model, n=2))

    assert (job.state, len(job.assets), len(fake.submits)) == ("succeeded", 2, 2)
    assert job.quote is not None
    assert job.cost is not None
    assert job.cost.usd == job.quote.usd
