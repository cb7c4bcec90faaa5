"""Jobs as the doors see them: queue one, look at it, wait for it, hear of it, stop it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from diorama.clock import Clock
from diorama.db.session import Db
from diorama.errors import NotFoundError, ServiceError
from diorama.gallery.links import Links
from diorama.ids import new_id
from diorama.jobs import inserts, repository, view
from diorama.jobs.advance import Carrier
from diorama.jobs.inserts import NewCall, NewJob
from diorama.jobs.repository import Work
from diorama.jobs.runners import Runner
from diorama.jobs.vendors import Vendors
from diorama.schemas import Job, Money, Note, Page, Preview, Request


@dataclass(frozen=True, kw_only=True)
class Order:
    """A request that is resolved, fitted and priced: nothing but the vendor can refuse it any more.

    `request` names its inputs as our assets. `call_quote_usd` is the estimate for each output.
    """

    customer_id: int
    request: Request
    vendor: str
    model: str
    wire_model: str
    asked: str | None
    at_once: bool
    outputs_per_call: int
    notes: tuple[Note, ...]
    quote: Money | None
    group_id: str | None = None
    parent_id: str | None = None


class Jobs:
    """The job path behind every door. Every question names the customer; nobody sees another's job."""

    def __init__(
        self, *, db: Db, clock: Clock, runner: Runner, carrier: Carrier, vendors: Vendors, links: Links, queue_max: int
    ) -> None:
        self.db, self.clock, self.runner, self.carrier = db, clock, runner, carrier
        self.vendors, self.links, self.queue_max = vendors, links, queue_max

    async def queue(self, order: Order, *, waiting: bool) -> str:
        """Write the job down and set it going; returns its id.

        `waiting`: the caller stays for the answer. Then a vendor that answers at once is called straight away, with
        two commits in all. Raises ServiceError `queue_full`.
        """
        if not self.runner.works:
            raise ServiceError("This house carries no jobs: it is closing, or was opened only to look.", code="closed")
        job = _new_job(order, self.clock.now())
        with self.runner.expecting([call.id for call in job.calls]):
            if waiting and order.at_once:
                await self._at_once(job, order)
            else:
                for call_id in await self._insert(job):
                    self.runner.dispatch(call_id)
        return job.id

    async def _at_once(self, job: NewJob, order: Order) -> None:
        works = [_work(job, call) for call in job.calls]
        ready = {work.call_id: await self.carrier.make_ready(work, order.request) for work in works}
        total_s = self.carrier.total_s(works[0])
        sent = await self._insert(job, begin_s=total_s)
        for work in works:
            if work.call_id in sent:
                self.runner.begin(work, ready[work.call_id], job.created_at + total_s)

    async def _insert(self, job: NewJob, begin_s: float | None = None) -> frozenset[str]:
        insert = partial(inserts.insert_job, job=job, owner=self.carrier.me, queue_max=self.queue_max)
        return await self.db.tx(partial(insert, cap=self.vendors.cap(job.vendor), begin_s=begin_s))

    async def get(self, customer_id: int, job_id: str) -> Job:
        """One job. Raises NotFoundError, also for somebody else's."""
        rows = await self.db.read(partial(view.read, customer_id=customer_id, job_id=job_id))
        if rows is None:
            raise NotFoundError(f"There is no job {job_id!r}.", param="job_id", hint="`diorama jobs list` shows yours.")
        return view.to_job(rows, self.links)

    async def page(
        self, customer_id: int, *, limit: int = 20, after: str | None = None, states: Sequence[str] = ()
    ) -> Page[Job]:
        """This customer's jobs, newest first."""
        read = partial(view.read_page, customer_id=customer_id, limit=limit + 1, after=after, states=states)
        rows = await self.db.read(read)
        data = tuple(view.to_job(row, self.links) for row in rows[:limit])
        more = len(rows) > limit
        return Page(object="list", data=data, has_more=more, next_cursor=data[-1].id if more else None)

    async def wait(self, customer_id: int, job_id: str, timeout_s: float | None) -> Job:
        """The job when it has ended, or as it stands after `timeout_s`. Nobody's patience ends the job itself."""
        has_ended = partial(view.has_ended, customer_id=customer_id, job_id=job_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                with self.runner.subscribe(job_id) as changes:
                    if await self.db.read(has_ended):
                        return await self.get(customer_id, job_id)
                    while True:
                        await changes.change()
                        job = await self.get(customer_id, job_id)
                        if job.ended:
                            return job
        return await self.get(customer_id, job_id)

    async def events(self, customer_id: int, job_id: str, after: int = 0) -> AsyncIterator[Job]:
        """The job as it is now, and again at every change beyond revision `after`, to its end."""
        async for news in self.news(customer_id, job_id, after):
            if isinstance(news, Job):
                yield news

    async def news(self, customer_id: int, job_id: str, after: int = 0) -> AsyncIterator[Job | Preview]:
        """What `events` tells, and the previews in between."""
        with self.runner.subscribe(job_id) as changes:
            while True:
                job = await self.get(customer_id, job_id)
                if job.revision > after:
                    after = job.revision
                    yield job
                if job.ended:
                    return
                for preview in await changes.change():
                    yield preview

    async def cancel(self, customer_id: int, job_id: str) -> Job:
        """Stop what can be stopped; `cancel` of the job says how far that went."""
        job = await self.get(customer_id, job_id)
        vendor = job.model.used.partition(":")[0]
        cancel = partial(repository.cancel, job_id=job_id, cap=self.vendors.cap(vendor), now=self.clock.now())
        ended, admitted = await self.db.tx(partial(cancel, vendor=vendor, reaches_vendor=False))
        for call_id in ended:
            self.runner.cancel(call_id)
        self.runner.admitted(admitted)
        self.runner.publish(job_id)
        return await self.get(customer_id, job_id)


def _new_job(order: Order, now: float) -> NewJob:
    request = order.request
    groups = slots_by_call(request.n, order.outputs_per_call)
    return NewJob(
        id=new_id(),
        customer_id=order.customer_id,
        kind=request.kind or "image",
        vendor=order.vendor,
        model=order.model,
        wire_model=order.wire_model,
        asked=order.asked,
        request=request.model_dump(mode="json"),
        notes=[note.model_dump(mode="json") for note in order.notes],
        quote=None if order.quote is None else order.quote.model_dump(mode="json"),
        store=request.store,
        asset_ids=tuple(new_id() for _ in range(request.n)),
        calls=tuple(
            NewCall(id=new_id(), slots=group, quote_usd=_share(order.quote, len(group), request.n)) for group in groups
        ),
        created_at=now,
        deadline_at=None if request.deadline_s is None else now + request.deadline_s,
        group_id=order.group_id,
        parent_id=order.parent_id,
        session_id=request.session_id,
    )


def slots_by_call(n: int, per_call: int) -> list[tuple[int, ...]]:
    """Which slots each paid call fills."""
    return [tuple(range(first, min(first + per_call, n))) for first in range(0, n, per_call)]


def _share(quote: Money | None, outputs: int, of: int) -> Decimal | None:
    """A call's part of the job's quote."""
    return None if quote is None else quote.usd * outputs / of


def _work(job: NewJob, call: NewCall) -> Work:
    same = ("customer_id", "vendor", "model", "wire_model", "kind", "request", "store", "created_at", "deadline_at")
    facts: dict[str, Any] = {name: getattr(job, name) for name in same}
    return Work(
        **facts,
        call_id=call.id,
        job_id=job.id,
        slots=call.slots,
        asset_ids=dict(enumerate(job.asset_ids)),
        attempt=call.attempt,
        not_before=None,
        quote_usd=call.quote_usd,
    )
