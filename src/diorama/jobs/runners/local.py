"""The embedded runner: plain tasks in this process, and a sweep that takes over what dead processes have left."""

import asyncio
import contextvars
import logging
from collections import Counter
from collections.abc import Collection, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from sqlalchemy import Connection, exists, select

from diorama.clock import Clock
from diorama.db.session import Db
from diorama.db.tables import calls
from diorama.errors import ServiceError
from diorama.jobs import admission, owners
from diorama.jobs.advance import Carrier, Leaving, Ready
from diorama.jobs.repository import Work
from diorama.jobs.runners.watch import Watch, Watcher
from diorama.schemas import Preview

SWEEP_S = 1.0
STUMBLE_S, STUMBLE_CAP_S = 5.0, 300.0
CUT_S = 0.2
log = logging.getLogger("diorama.jobs")


class LocalRunner:
    """Carries this home's calls.

    `everything`: adopt whatever a dead process has left and send what was not sent. Without it (a command that ends
    when its own job does) only what is already at a vendor is adopted, and `own_jobs`.
    """

    def __init__(
        self, *, carrier: Carrier, db: Db, clock: Clock, locks: owners.OwnerLocks, watch: Watch, everything: bool
    ) -> None:
        self.carrier, self.db, self.clock, self.locks, self.watch = carrier, db, clock, locks, watch
        self.everything = everything
        self.own_jobs: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stumbles: Counter[str] = Counter()
        self._expected: set[str] = set()
        self._sweeping: asyncio.Task[None] | None = None
        self.me = carrier.me
        carrier.changed, carrier.admitted = watch.publish, self.admitted

    async def start(self) -> None:
        self.locks.hold(self.me)
        await self.db.tx(partial(owners.register, owner=self.me, now=self.clock.now()))
        self._sweeping = asyncio.create_task(self._keep_sweeping())

    @property
    def works(self) -> bool:
        return self._sweeping is not None and not self.carrier.leaving

    def dispatch(self, call_id: str) -> None:
        self._spawn(call_id, self._carry(call_id))

    @contextmanager
    def expecting(self, call_ids: list[str]) -> Iterator[None]:
        """While these calls are being written: a sweep that sees them first must not take those marked as sent for
        lost, and the house stays open until they are on their way."""
        self._expected.update(call_ids)
        try:
            yield
        finally:
            self._expected.difference_update(call_ids)

    def begin(self, work: Work, ready: Ready, deadline_at: float) -> None:
        self.carrier.sending.add(work.call_id)
        self._spawn(work.call_id, self._begin(work, ready, deadline_at))

    def cancel(self, call_id: str) -> None:
        task = self._tasks.get(call_id)
        if task is not None and call_id not in self.carrier.sending:
            task.cancel()

    def publish(self, job_id: str, preview: Preview | None = None) -> None:
        self.watch.publish(job_id, preview)

    def subscribe(self, job_id: str) -> Watcher:
        return self.watch.subscribe(job_id)

    def admitted(self, those: list[tuple[str, str]]) -> None:
        """Calls that were given a slot: ours begin at once, other processes find theirs when they sweep."""
        for call_id, owner in those:
            if owner == self.me and not self.carrier.leaving:
                self.dispatch(call_id)

    async def drain(self) -> None:
        """Stop. Calls that only this process knows the fate of are waited for, all others are left where they are."""
        self.carrier.leaving = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        while self._tasks or self._expected:
            for call_id in list(self._tasks):
                self.cancel(call_id)
            if self._tasks:
                await asyncio.wait(list(self._tasks.values()), timeout=CUT_S)
            else:
                await asyncio.sleep(CUT_S / 20)
        self.watch.close()
        with suppress(ServiceError):  # the database is away: whoever finds our lock free will do it
            await self.db.tx(partial(owners.put_down, me=self.me))
        self.locks.let_go(self.me)

    async def sweep(self) -> None:
        """Free what dead processes owned, adopt what is free, fill free slots, and carry what is mine."""
        for owner in await self.db.read(partial(owners.others, me=self.me)):
            if self.locks.is_dead(owner):
                log.warning("process %s is gone; its calls are taken over", owner)
                await self.db.tx(partial(owners.free_calls_of, owner=owner))
                self.locks.forget(owner)
        if await self.db.read(partial(_has_work, me=self.me, vendors=self.carrier.vendors.usable)):
            for call_id in await self.db.tx(self._collect):
                if call_id not in self._expected:
                    self.dispatch(call_id)

    def _collect(self, c: Connection) -> list[str]:
        vendors = sorted(admission.waiting_vendors(c))
        for vendor in vendors:  # before any row, and in one order: who does the same cannot wait for us for ever
            admission.lock_vendor(c, vendor)
        if self.everything:
            owners.adopt(c, self.me, self.carrier.vendors.usable)
        else:
            owners.adopt_begun(c, self.me, self.carrier.vendors.usable, frozenset(self.own_jobs))
        for vendor in vendors:
            admission.hand_on(c, vendor, self.carrier.vendors.cap(vendor), self.clock.now())
        return owners.runnable(c, self.me)

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:  # the worker's edge: the next sweep may find a healthier house
                log.exception("a sweep failed; the next one is in %s s", SWEEP_S)
            await asyncio.sleep(SWEEP_S)

    def _spawn(self, call_id: str, work: Coroutine[Any, Any, None]) -> None:
        if call_id in self._tasks:
            work.close()  # it is being carried; a second run would only fence the first off
            return
        # An empty context: a call outlives the request that made it, and must not carry its variables along.
        task = asyncio.create_task(work, context=contextvars.Context())
        self._tasks[call_id] = task
        task.add_done_callback(partial(self._ended, call_id))

    def _ended(self, call_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(call_id) is task:
            del self._tasks[call_id]

    async def _begin(self, work: Work, ready: Ready, deadline_at: float) -> None:
        await self._guarded(work.call_id, self.carrier.begin(work, ready, deadline_at))

    async def _carry(self, call_id: str) -> None:
        await self._guarded(call_id, self.carrier.advance(call_id))

    async def _guarded(self, call_id: str, run: Coroutine[Any, Any, bool]) -> None:
        """The worker's edge. A fault of ours leaves the call where it stands; the next sweep takes it up again."""
        try:
            await run
        except Leaving:
            pass
        except Exception:  # the worker's edge
            # Ever later: a call survives only so many runs, and somebody may need hours to see what is wrong.
            pause = min(STUMBLE_S * 2 ** self._stumbles[call_id], STUMBLE_CAP_S)
            self._stumbles[call_id] += 1
            log.exception("call %s stumbled; it is taken up again in %.0f s", call_id, pause)
            await self.clock.sleep(pause)
        else:
            self._stumbles.pop(call_id, None)


def _has_work(c: Connection, me: str, vendors: Collection[str]) -> bool:
    """Whether a sweep would find anything: free calls, waiting calls, or calls of mine."""
    free = calls.c.owner.is_(None) & calls.c.vendor.in_(vendors)
    ours = (calls.c.owner == me) | calls.c.admitted_at.is_(None)
    return bool(c.execute(select(exists().where(admission.living, free | ours))).scalar())
