"""A database of each kind with our tables, and short ways to put jobs into it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from diorama.db.session import Db
from diorama.db.tables import calls, jobs, ledger, slots
from diorama.ids import new_id
from diorama.jobs import inserts, repository
from diorama.jobs.inserts import NewCall, NewJob
from diorama.jobs.repository import Taken, Work
from diorama.jobs.runners import local


@pytest.fixture(autouse=True)
def hurried_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "SWEEP_S", 0.03)


@pytest.fixture
async def db(furnished_url: str) -> AsyncIterator[Db]:
    db = Db(furnished_url)
    yield db
    db.close()


def new_job(*, n: int = 1, per_call: int = 1, customer: int = 1, vendor: str = "xai", **more: Any) -> NewJob:
    groups = [tuple(range(first, min(first + per_call, n))) for first in range(0, n, per_call)]
    job = NewJob(
        id=new_id(),
        customer_id=customer,
        kind="image",
        vendor=vendor,
        model=f"{vendor}:m",
        wire_model="m",
        asked=None,
        request={"prompt": "a fox"},
        notes=[],
        quote=None,
        store=True,
        asset_ids=tuple(new_id() for _ in range(n)),
        calls=tuple(NewCall(id=new_id(), slots=group, quote_usd=Decimal("0.04")) for group in groups),
        created_at=1000.0,
    )
    return replace(job, **more)


class Desk:
    """The repository's verbs with everything filled in that a test does not care about."""

    def __init__(self, db: Db, me: str = "me", cap: int = 32) -> None:
        self.db, self.me, self.cap = db, me, cap

    async def insert(self, job: NewJob, **more: Any) -> frozenset[str]:
        filled: dict[str, Any] = {"owner": self.me, "cap": self.cap, "queue_max": 1000} | more
        return await self.db.tx(lambda c: inserts.insert_job(c, job, **filled))

    async def work(self, call_id: str) -> Work:
        work = await self.db.read(lambda c: repository.read_work(c, call_id))
        assert work is not None
        return work

    async def take(self, call_id: str, *, nonce: str | None = None, **more: Any) -> Taken | None:
        work = await self.work(call_id)
        filled: dict[str, Any] = {"me": self.me, "nonce": nonce or new_id(), "now": 1001.0, "total_s": 600.0} | more
        return await self.db.tx(lambda c: repository.take(c, work, **filled))

    async def record(self, taken: Taken, verdict: repository.Verdict) -> list[tuple[str, str]]:
        return await self.db.tx(lambda c: repository.record(c, taken, verdict, me=self.me, cap=self.cap, now=1002.0))

    async def job(self, job_id: str) -> Any:
        return await self.db.read(lambda c: c.execute(select(jobs).where(jobs.c.id == job_id)).one())

    async def call(self, call_id: str) -> Any:
        return await self.db.read(lambda c: c.execute(select(calls).where(calls.c.id == call_id)).one())

    async def calls_of(self, job_id: str) -> list[Any]:
        query = select(calls).where(calls.c.job_id == job_id).order_by(calls.c.id)
        return list(await self.db.read(lambda c: c.execute(query).all()))

    async def outcomes(self, job_id: str) -> list[Any]:
        query = select(slots.c.outcome).where(slots.c.job_id == job_id).order_by(slots.c.number)
        return list(await self.db.read(lambda c: c.execute(query).scalars().all()))

    async def money(self, call_id: str) -> Any:
        return await self.db.read(lambda c: c.execute(select(ledger).where(ledger.c.call_id == call_id)).one())


@pytest.fixture
def desk(db: Db) -> Desk:
    return Desk(db)
