"""One paid call, carried to its end by one idempotent function.

`advance(call_id)` reads the row and does the next thing: send, ask, store, record. It may be run again from the top at
any time, by anybody: its first write takes the call (owner and epoch), and whoever ran it before can decide nothing
any more. `sent` is committed right before the request leaves, so after a crash `prepared` means that nothing left us,
and `sent` without an answer means that nobody knows: such a call is not sent again, unless its vendor is free.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from diorama.assets.media import cover_png
from diorama.clock import Clock
from diorama.db.session import Db
from diorama.errors import DioramaError, ProviderError, ServiceError, ValidationError
from diorama.gallery import repository as gallery
from diorama.gallery.keep import Keeper
from diorama.ids import new_id
from diorama.jobs import repository, verdicts
from diorama.jobs.deliver import Delivery, deliver, pack, place, unpack
from diorama.jobs.inserts import NewCall
from diorama.jobs.repository import Fenced, Taken, Verdict, Work
from diorama.jobs.vendors import Vendors
from diorama.providers.base import CallFacts, Done, InputBytes, Lost, Pending, Prepared, Refused, UnknownFate
from diorama.schemas import Money, Request, Role

T = TypeVar("T")
log = logging.getLogger("diorama.jobs")
LOG_SAYS = "The log says more."
MAX_ATTEMPTS = 5
BACKOFF_S, BACKOFF_CAP_S = 1.0, 60.0
NOTE_AGAIN_S = 5.0
PREVIEW_S = 3600.0
LOOK_AGAIN_S = (2.0, 10.0, 30.0)
"""When a vendor is asked what became of a submit, in seconds after the last look: it may not know of it at once."""
SILENT_AFTER = 5
"""So many times in a row must a vendor not be there to ask before a call is over whose deadline has passed."""
LOST_AFTER = 3
"""So many times in a row must a vendor say that it does not know a call which it has taken."""
KEEP_TRYING_S = 24 * 3600.0
"""How long a finished result is fetched and stored again: as long as vendors keep it (xAI: 24 h)."""

Pricer = Callable[[Work, Request, Mapping[str, int], int], Money | None]
"""What a finished call costs by the catalog: work, its request, what was used, how many outputs were made."""


class Leaving(Exception):  # noqa: N818 - not a fault
    """The house is closing: this call is put down where it stands, for somebody else to go on."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A call whose request is built: nothing can refuse it any more but the vendor."""

    request: Request
    prepared: Prepared


def as_input(row: Any, data: bytes, role: Role, vendor: str) -> InputBytes:
    """An asset as it goes out to this vendor, who may know it by a name of his own."""
    own = row.vendor_ref if (row.model or "").partition(":")[0] == vendor else None
    facts = {"width": row.width, "height": row.height, "seconds": row.seconds}
    return InputBytes(role=role, mime=row.mime, data=data, vendor_ref=own, **facts)


class Carrier:
    """Carries calls. A runner listens: `changed(job)` and `admitted(calls)` tell it what happened."""

    def __init__(
        self,
        *,
        db: Db,
        clock: Clock,
        me: str,
        vendors: Vendors,
        keeper: Keeper,
        price: Pricer,
    ) -> None:
        self.db, self.clock, self.me = db, clock, me
        self.vendors, self.keeper, self.price = vendors, keeper, price
        self.changed: Callable[[str], None] = lambda job_id: None
        self.admitted: Callable[[list[tuple[str, str]]], None] = lambda those: None
        self.previewed: Callable[[str, int, dict[str, Any]], None] = lambda job_id, slot, row: None
        self.leaving = False
        self.sending: set[str] = set()  # calls whose request or bytes exist only in this process: never cut them off

    async def advance(self, call_id: str) -> bool:
        """Carry a call as far as it goes. True: it needs nobody any more. False: another run has it."""
        try:
            work = await self.db.read(lambda c: repository.read_work(c, call_id))
            if work is not None:
                await self._advance(work)
        except Fenced:
            return False
        finally:
            self.sending.discard(call_id)
        return True

    async def begin(self, work: Work, ready: Ready, deadline_at: float) -> bool:
        """Carry a call that its insert has taken and marked as sent already."""
        taken = Taken(work=work, epoch=1, found="prepared", previous_owner=None, deadline_at=deadline_at)
        self.sending.add(work.call_id)
        try:
            await self._send(taken, ready)
        except Fenced:
            return False
        finally:
            self.sending.discard(work.call_id)
        return True

    async def make_ready(self, work: Work, request: Request | None = None) -> Ready:
        """Build the request that will go out. Raises DioramaError when it cannot be built; nothing was sent."""
        request = request or Request.model_validate(work.request)
        request = request.model_copy(update={"n": len(work.slots)})
        given = [await self._input(work, item.role, item.asset) for item in request.inputs]
        inputs = tuple([await self._framed(work, request, one) for one in given])
        facts = CallFacts(id=work.call_id, model=work.wire_model, slots=work.slots)
        return Ready(request=request, prepared=self.vendors.provider(work.vendor).prepare(request, inputs, facts))

    def total_s(self, work: Work) -> float:
        """How long the call may take from its sending to its end."""
        total = self.vendors.pace(work.vendor, work.kind).total_s
        return total if work.deadline_at is None else min(total, work.deadline_at - self.clock.now())

    async def _advance(self, work: Work) -> None:
        ready = None if work.at_vendor else await self._readied(work)
        taken = await self._take(work, send=isinstance(ready, Ready))
        if taken is None:
            return
        if taken.epoch > repository.MAX_EPOCHS:
            await self._give_up(taken)
        elif taken.found == "prepared" and ready is not None:
            await (self._send(taken, ready) if isinstance(ready, Ready) else self._refuse(taken, ready))
        elif taken.found == "sent":
            await self._settle_fate(taken, ready)
        else:
            await self._follow(taken)

    async def _readied(self, work: Work) -> Ready | DioramaError:
        """The request that will go out, or why there is none: nothing was sent, so that ends the call for nothing."""
        try:
            await self._wait_for_turn(work)
            return await self.make_ready(work)
        except DioramaError as error:
            return error
        except Leaving:
            raise
        except Exception:  # the adapters' edge: left to the runner, the mistake would be made for ever
            log.exception("the request of call %s could not be built", work.call_id)
            return ServiceError("The request could not be built: that is our mistake.", code="internal", hint=LOG_SAYS)

    async def _wait_for_turn(self, work: Work) -> None:
        """Until `not_before`. Raises ProviderError when the job's deadline comes first."""
        now = self.clock.now()
        if work.deadline_at is not None and max(now, work.not_before or now) >= work.deadline_at:
            raise verdicts.never_its_turn(work)
        if work.not_before is not None and work.not_before > now:
            await self._sleep(work.not_before - now)

    async def _input(self, work: Work, role: Any, asset_id: str | None) -> InputBytes:
        row = await self.db.read(lambda c: gallery.get(c, work.customer_id, asset_id or ""))
        if row is None:
            raise ValidationError(f"The input {asset_id!r} is gone.", code="unreadable_input", field="inputs")
        data = await self.keeper.read(row.key)
        return as_input(row, data, role, work.vendor)

    async def _framed(self, work: Work, request: Request, given: InputBytes) -> InputBytes:
        """A frame in exactly the film's own size, where the model takes no other."""
        model = self.vendors.catalog.find(work.model)
        exact = model is not None and model.frame_exact and given.role in ("first_frame", "last_frame")
        if not exact or request.size in (None, f"{given.width}x{given.height}"):
            return given
        width, height = map(int, str(request.size).split("x"))
        data = await self.keeper.run(cover_png, given.data, width, height)
        return replace(given, data=data, mime="image/png", width=width, height=height)

    async def _take(self, work: Work, *, send: bool) -> Taken | None:
        if self.leaving:
            raise Leaving
        take = partial(repository.take, work=work, me=self.me, nonce=new_id(), now=self.clock.now(), send=send)
        self.sending.add(work.call_id)  # from the mark on: cut off in between, it would be marked and never sent
        taken = await self.db.tx(partial(take, total_s=self.total_s(work)))
        if taken is None or taken.found != "prepared":
            self.sending.discard(work.call_id)
        self.changed(work.job_id)
        return taken

    async def _send(self, taken: Taken, ready: Ready) -> None:
        """The one place where money is spent."""
        work = taken.work
        try:
            provider = self.vendors.provider(work.vendor)
            answer = await provider.submit(ready.prepared, partial(self._preview, work))
            await self._note_answer(work, answer)
            if isinstance(answer, Done):
                return await self._finish(taken, answer, ready.request)
        except Refused as refused:
            return await self._refused(taken, refused)
        except UnknownFate as unknown:
            return await self._look_for(taken, unknown.error)
        return await self._ask(taken, answer)

    async def _preview(self, work: Work, output: int, data: bytes) -> None:
        """Show how output `output` of this call begins to look; a preview that cannot be kept is no loss."""
        now = self.clock.now()
        more = {"origin": "preview", "purge_at": now + PREVIEW_S, "tags": [], "starred": False, "metadata": {}}
        try:
            at = replace(place(work, work.slots[output]), asset_id=new_id(), created_at=now, store=False)
            row = await self.keeper.keep(at, data)
            await self.db.tx(partial(gallery.add, row=row | more))
            self.previewed(work.job_id, work.slots[output], row)
        except (DioramaError, SQLAlchemyError, LookupError):  # the paid answer is still being read behind this
            log.warning("a preview of job %s could not be kept", work.job_id, exc_info=True)

    async def _look_for(self, taken: Taken, error: ProviderError) -> None:
        """A submit whose answer is missing: where the vendor can be asked by our own id, ask before giving up."""
        work, provider = taken.work, self.vendors.provider(taken.work.vendor)
        for gap in LOOK_AGAIN_S if provider.can_find else ():
            await self.clock.sleep(gap)
            try:
                answer = await provider.find(work.call_id)
            except UnknownFate:
                continue
            except Refused as refused:
                return await self._failed(taken, refused)
            if answer is not None:
                await self._note_answer(work, answer)
                if isinstance(answer, Done):
                    return await self._finish(taken, answer, Request.model_validate(work.request))
                return await self._ask(taken, answer)
        return await self._uncertain(taken, error)

    async def _note_answer(self, work: Work, answer: Done | Pending) -> None:
        """What must not be forgotten, before anything else is done with it."""
        if isinstance(answer, Pending):
            note = partial(repository.note_accepted, call_id=work.call_id, ref=answer.ref, now=self.clock.now())
        elif (result := pack(answer)) is not None:
            note = partial(repository.note_result, call_id=work.call_id, result=result, now=self.clock.now())
        else:
            return
        await self._write(note)
        self.changed(work.job_id)

    async def _write(self, fn: Callable[[Connection], T]) -> T:
        """A write for which there is no later: only this process knows what the vendor has said."""
        while True:
            try:
                return await self.db.tx(fn)
            except ServiceError as error:
                log.warning("what a vendor has said waits to be written down: %s", error)
                await self.clock.sleep(NOTE_AGAIN_S)

    async def _follow(self, taken: Taken) -> None:
        """Go on with a call that the vendor has."""
        if taken.result is not None:
            return await self._finish(taken, unpack(taken.result), Request.model_validate(taken.work.request))
        return await self._ask(taken, Pending(ref=taken.ref or {}, retry_after_s=0))

    async def _ask(self, taken: Taken, pending: Pending) -> None:
        """Ask the vendor at its pace, until it has an answer or the deadline has passed."""
        work = taken.work
        self.sending.discard(work.call_id)  # its handle is written down: anybody can go on from here
        pace = self.vendors.pace(work.vendor, work.kind)
        provider = self.vendors.provider(work.vendor)
        delay = pace.first_s if pending.retry_after_s is None else pending.retry_after_s
        gap, unknown_there, silent = pace.first_s, 0, 0
        while True:
            await self._sleep(min(delay, max(0.0, taken.deadline_at - self.clock.now())))
            gap = min(gap * pace.growth, pace.cap_s)
            try:
                answer = await provider.check(pending.ref)
            except UnknownFate as unknown:
                silent += 1
                delay = max(gap, unknown.error.retry_after_s or 0.0) * (1 + 0.1 * self.clock.jitter())
            except Refused as refused:
                if refused.error.code != "result_lost":
                    return await self._failed(taken, refused)
                # Said once, it may be a replica that has not heard of our call yet.
                unknown_there += 1
                if unknown_there >= LOST_AFTER:
                    return await self._lost(taken, refused.error, pending.ref)
                delay = gap
            else:
                if isinstance(answer, Done):
                    await self._note_answer(work, answer)
                    return await self._finish(taken, answer, Request.model_validate(work.request), pending.ref)
                await self._note_progress(work, pending, answer)
                pending, delay, silent = answer, answer.retry_after_s or gap, 0
            # Past the deadline it is over, but for a vendor who could not be asked: it may have been done for long.
            if self.clock.now() >= taken.deadline_at and not 0 < silent < SILENT_AFTER:
                return await self._uncertain(taken, verdicts.too_late(work))

    async def _lost(self, taken: Taken, error: DioramaError, ref: dict[str, Any]) -> None:
        """The vendor had taken the call and knows it no more: made or not, it has to be reckoned as paid."""
        lost = tuple(Lost(reason=error.message) for _ in taken.work.slots)
        await self._finish(taken, Done(outputs=lost), Request.model_validate(taken.work.request), ref)

    async def _note_progress(self, work: Work, before: Pending, after: Pending) -> None:
        if (after.ref, after.progress) == (before.ref, before.progress):
            return
        note = partial(repository.note_progress, call_id=work.call_id, job_id=work.job_id)
        await self.db.tx(partial(note, ref=after.ref, progress=after.progress))
        self.changed(work.job_id)

    async def _finish(self, taken: Taken, done: Done, request: Request, ref: dict[str, Any] | None = None) -> None:
        """Bring the outputs home and close the books."""
        only_here = taken.id in self.sending and pack(done) is None
        delivery = Delivery(
            work=taken.work,
            done=done,
            keeper=self.keeper,
            allowance=self.vendors.allowance(taken.work.vendor),
            stream=self.vendors.provider(taken.work.vendor).stream,
            ref=ref or taken.ref,
            until=self.clock.now() + KEEP_TRYING_S,
            now=self.clock.now,
            sleep=self.clock.sleep if only_here else self._sleep,
        )
        verdict = await deliver(delivery)  # first of all: what is kept is not lost by what comes after
        usd, basis = self._cost(taken.work, request, done)
        await self._record(taken, replace(verdict, cost_usd=usd, cost_basis=basis))

    def _cost(self, work: Work, request: Request, done: Done) -> tuple[Decimal | None, str | None]:
        if done.cost_usd is not None:
            return done.cost_usd, "reported"
        money = self.price(work, request, done.usage, len(done.outputs))
        return (None, None) if money is None else (money.usd, money.basis)

    async def _refused(self, taken: Taken, refused: Refused) -> None:
        """A definite no to a submit: try again if that makes sense, within the deadline."""
        work = taken.work
        wait = min(BACKOFF_S * 2 ** (work.attempt - 1), BACKOFF_CAP_S) * (1 + self.clock.jitter())
        at = self.clock.now() + max(wait, refused.retry_after_s or 0.0)
        if not refused.retry or work.attempt >= MAX_ATTEMPTS or at >= taken.deadline_at:
            return await self._failed(taken, refused)
        retry = NewCall(
            id=new_id(), slots=work.slots, quote_usd=work.quote_usd, attempt=work.attempt + 1, not_before=at
        )
        await self._record(taken, Verdict(state="refused", error=refused.error.as_dict(), retry=retry))
        return self.admitted([(retry.id, self.me)])

    async def _failed(self, taken: Taken, refused: Refused) -> None:
        await self._refuse(taken, refused.error)

    async def _refuse(self, taken: Taken, error: DioramaError) -> None:
        await self._record(taken, verdicts.refused(taken.work, error))

    async def _uncertain(self, taken: Taken, error: ProviderError) -> None:
        await self._record(taken, verdicts.uncertain(taken.work, error))

    async def _settle_fate(self, taken: Taken, ready: Ready | DioramaError | None) -> None:
        """A call found `sent` and nobody on it: its bytes may lie at their place; else nobody knows."""
        work = taken.work
        if taken.previous_owner not in (None, self.me):
            # Not proven dead: its answer may still be on the way, and facts are written by whoever has them.
            await self._sleep(self.vendors.entry(work.vendor).submit_timeout_s)
            again = await self._take(work, send=False)
            if again is None:
                return None
            taken = again
        if taken.result is not None or taken.found == "accepted":
            return await self._follow(taken)
        kept = {index: await self.keeper.find(place(work, index)) for index in work.slots}
        if any(kept.values()):
            return await self._record(taken, verdicts.found(work, kept))
        if self.vendors.entry(work.vendor).free and isinstance(ready, Ready):
            return await self._send(taken, ready)
        return await self._look_for(taken, verdicts.sender_died(work))

    async def _give_up(self, taken: Taken) -> None:
        """Too many processes have died over this call."""
        error = verdicts.died_too_often(taken.work)
        await (self._refuse(taken, error) if taken.found == "prepared" else self._uncertain(taken, error))

    async def _record(self, taken: Taken, verdict: Verdict) -> None:
        record = partial(repository.record, taken=taken, verdict=verdict, me=self.me, now=self.clock.now())
        admitted = await self._write(partial(record, cap=self.vendors.cap(taken.work.vendor)))
        self.changed(taken.work.job_id)
        self.admitted(admitted)

    async def _sleep(self, seconds: float) -> None:
        """Wait, unless the house is closing."""
        if self.leaving:
            raise Leaving
        await self.clock.sleep(seconds)
        if self.leaving:
            raise Leaving
