"""The job path's SQL. Every function runs inside the caller's transaction and commits nothing.

Two rules hold everything together. Decisions are fenced: they are written only while the row still carries the owner
and epoch under which the run took it. Facts are not: the vendor's handle and its answer are written by id alone, even
by a run that has lost the call, because throwing them away would lose what was paid for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from diorama.db.tables import assets, calls, jobs, slots
from diorama.gallery.keep import STAGED_S
from diorama.jobs import admission
from diorama.jobs.inserts import NewCall, call_row
from diorama.jobs.states import ALIVE, CallState, CallView, Outcome, fold
from diorama.ledger import repository as ledger
from diorama.schemas import FINAL_STATES, Kind, plain_usd

MAX_EPOCHS = 20

# What every call runs, built once: making a statement anew each time costs more than running it.
END_CALL = update(calls).where(calls.c.id == bindparam("of_call"))
END_OUR_CALL = END_CALL.where(
    calls.c.owner == bindparam("taken_by"), calls.c.epoch == bindparam("taken_in"), admission.living
)
END_SLOT = update(slots).where(slots.c.job_id == bindparam("of_job"), slots.c.number == bindparam("at_number"))
LOCK_JOB = select(jobs).where(jobs.c.id == bindparam("of_job")).with_for_update()
CALLS_OF_JOB = select(calls).where(calls.c.job_id == bindparam("of_job"))
INSERT_ASSETS = insert(assets)
SLOTS_OF_JOB = select(slots).where(slots.c.job_id == bindparam("of_job")).order_by(slots.c.number)
FOLD_JOB = update(jobs).where(jobs.c.id == bindparam("of_job")).values(revision=jobs.c.revision + 1)


class Fenced(Exception):  # noqa: N818 - not a fault: another run has the call
    """Somebody else has taken this call meanwhile; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a call is to do, as far as it never changes: the call's own share and its job's request."""

    call_id: str
    job_id: str
    customer_id: int
    vendor: str
    model: str
    wire_model: str
    kind: Kind
    request: dict[str, Any]
    store: bool
    slots: tuple[int, ...]
    asset_ids: Mapping[int, str]
    attempt: int
    not_before: float | None
    quote_usd: Decimal | None
    created_at: float
    deadline_at: float | None
    at_vendor: bool = False
    """It has been accepted: nothing has to be built for it any more."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A call that this run has taken: the state it was found in, who had it before, and what the vendor has said."""

    work: Work
    epoch: int
    found: CallState
    previous_owner: str | None
    deadline_at: float
    ref: dict[str, Any] | None = None
    result: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        return self.work.call_id


@dataclass(frozen=True, kw_only=True)
class SlotVerdict:
    """How one slot ended."""

    outcome: Outcome
    error: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a call ended. `cost_usd` counts only for `done`; `retry` is the next attempt at the same slots."""

    state: CallState
    slots: Mapping[int, SlotVerdict] = field(default_factory=dict)
    assets: Sequence[dict[str, Any]] = ()
    notes: Sequence[dict[str, Any]] = ()
    cost_usd: Decimal | None = None
    cost_basis: str | None = None
    error: dict[str, Any] | None = None
    retry: NewCall | None = None


def read_work(c: Connection, call_id: str) -> Work | None:
    """What a call is to do; None when it has ended or never was."""
    row = c.execute(
        select(calls, jobs.c.model, jobs.c.wire_model, jobs.c.kind, jobs.c.request, jobs.c.store)
        .add_columns(jobs.c.created_at.label("job_created_at"), jobs.c.deadline_at.label("job_deadline_at"))
        .join(jobs, jobs.c.id == calls.c.job_id)
        .where(calls.c.id == call_id, admission.living)
    ).first()
    if row is None:
        return None
    ids = c.execute(select(slots.c.number, slots.c.asset_id).where(slots.c.job_id == row.job_id)).all()
    same = ("job_id", "customer_id", "vendor", "model", "wire_model", "kind", "request", "store", "attempt")
    return Work(
        **{name: row._mapping[name] for name in (*same, "not_before", "quote_usd")},
        call_id=row.id,
        slots=tuple(row.slots),
        asset_ids={slot.number: slot.asset_id for slot in ids},
        created_at=row.job_created_at,
        deadline_at=row.job_deadline_at if row.request.get("deadline_s") else None,
        at_vendor=row.state == "accepted",
    )


def take(
    c: Connection, work: Work, *, me: str, nonce: str, now: float, total_s: float, send: bool = True
) -> Taken | None:
    """Take a living call: from here on every earlier run of it is fenced off. None: there is nothing left to do.

    A call found `prepared` becomes `sent` in the same breath, so whoever sees `prepared` knows that nothing has left
    us; `send` False takes it only to end it. `nonce` is made before the transaction: when a commit's answer was lost,
    the second run knows its own mark.
    """
    row = c.execute(select(calls).where(calls.c.id == work.call_id).with_for_update()).first()
    if row is None or row.state not in ALIVE or row.admitted_at is None:
        return None
    found: CallState = "prepared" if row.state == "sent" and row.nonce == nonce else row.state
    values: dict[str, Any] = {"owner": me, "epoch": row.epoch + 1}
    deadline = row.deadline_at or now + total_s
    if found == "prepared" and send:
        values |= {"state": "sent", "nonce": nonce, "sent_at": now, "deadline_at": deadline}
    c.execute(update(calls).where(calls.c.id == work.call_id).values(**values))
    if found == "prepared" and send:
        refold(c, row.job_id, now)
    return Taken(
        work=work,
        epoch=row.epoch + 1,
        found=found,
        previous_owner=row.owner,
        deadline_at=deadline,
        ref=row.ref,
        result=row.result,
    )


def note_accepted(c: Connection, call_id: str, ref: dict[str, Any], now: float) -> None:
    """A fact: the vendor has the call under this handle. Written by whoever learns it, even over `uncertain`."""
    row = c.execute(select(calls).where(calls.c.id == call_id).with_for_update()).first()
    if row is None or row.state not in ("sent", "uncertain", "accepted"):
        return
    values: dict[str, Any] = {"ref": ref, "state": "accepted", "accepted_at": row.accepted_at or now}
    if row.state == "uncertain":
        # Given up too early. It lives again, and belongs to whoever adopts it.
        values |= {"owner": None, "admitted_at": now, "ended_at": None, "error": None}
        c.execute(update(slots).where(slots.c.call_id == call_id).values(outcome=None, error=None))
    c.execute(update(calls).where(calls.c.id == call_id).values(**values))
    refold(c, row.job_id, now)


def note_result(c: Connection, call_id: str, result: dict[str, Any], now: float) -> None:
    """A fact: the vendor is done and the outputs wait at these addresses."""
    row = c.execute(update(calls).where(calls.c.id == call_id).values(result=result).returning(calls.c.job_id)).first()
    if row is not None:
        refold(c, row.job_id, now)


def note_progress(c: Connection, call_id: str, job_id: str, ref: dict[str, Any], progress: float | None) -> None:
    """How far the vendor says it is, and its handle in case that changed."""
    c.execute(update(calls).where(calls.c.id == call_id).values(ref=ref))
    if progress is not None:
        c.execute(update(jobs).where(jobs.c.id == job_id).values(progress=progress, revision=jobs.c.revision + 1))


def record(c: Connection, taken: Taken, verdict: Verdict, *, me: str, cap: int, now: float) -> list[tuple[str, str]]:
    """Write how a call ended, settle its money, and hand its slot on. Returns the (call, owner) pairs admitted.

    Raises Fenced when another run has the call. A second run after a lost commit answer changes nothing.
    """
    work = taken.work
    admission.lock_vendor(c, work.vendor)
    if verdict.retry is not None and _is_cancelled(c, work.job_id):
        ended = {number: SlotVerdict(outcome="cancelled") for number in work.slots}
        verdict = replace(verdict, slots=ended, retry=None)
    if not _end_ours(c, taken, verdict, me, now):
        return []
    _close_books(c, work.job_id, work.call_id, verdict, now)
    if verdict.assets:
        c.execute(INSERT_ASSETS, [_kept_from(row, now) for row in verdict.assets])
    if verdict.retry is not None:
        _insert_retry(c, work, verdict.retry, me, now)
    refold(c, work.job_id, now, more_notes=verdict.notes)
    return admission.hand_on(c, work.vendor, cap, now)


def _is_cancelled(c: Connection, job_id: str) -> bool:
    """Whether somebody wished for an end while the call was on its way: then it is not sent another time."""
    return c.execute(select(jobs.c.cancel).where(jobs.c.id == job_id)).scalar() is not None


def cancel(
    c: Connection, job_id: str, *, vendor: str, cap: int, reaches_vendor: bool, now: float
) -> tuple[list[str], list[tuple[str, str]]]:
    """Cancel what can be: calls not sent yet end here; the others go on where the vendor has no cancel.

    Returns the calls that ended, and the (call, owner) pairs that got their slots. `jobs.cancel` becomes `confirmed`,
    `asked`, `not_offered` or `too_late`.
    """
    admission.lock_vendor(c, vendor)
    # Calls before the job, as everywhere: two transactions that lock in one order cannot wait for each other.
    rows = c.execute(select(calls).where(calls.c.job_id == job_id, admission.living).with_for_update()).all()
    unsent = [row for row in rows if row.state == "prepared"]
    for row in unsent:
        ended = {number: SlotVerdict(outcome="cancelled") for number in row.slots}
        verdict = Verdict(state="cancelled", slots=ended)
        c.execute(END_CALL, {"of_call": row.id, **_ending(verdict, now)})
        _close_books(c, job_id, row.id, verdict, now)
    if not rows:
        word = c.execute(select(jobs.c.cancel).where(jobs.c.id == job_id)).scalar() or "too_late"
    else:
        word = "confirmed" if len(unsent) == len(rows) else "asked" if reaches_vendor else "not_offered"
    c.execute(update(jobs).where(jobs.c.id == job_id).values(cancel=word))
    refold(c, job_id, now)
    return [row.id for row in unsent], admission.hand_on(c, vendor, cap, now)


def refold(c: Connection, job_id: str, now: float, *, more_notes: Sequence[dict[str, Any]] = ()) -> None:
    """Fold the job anew from its calls and slots, and count one revision up.

    The job is locked first: of two calls that end at once, the second must see what the first has written.
    """
    of_job = {"of_job": job_id}
    job = c.execute(LOCK_JOB, of_job).one()
    its_calls = c.execute(CALLS_OF_JOB, of_job).all()
    its_slots = c.execute(SLOTS_OF_JOB, of_job).all()
    state = fold([view(row) for row in its_calls], [slot.outcome for slot in its_slots])
    sent = [row.sent_at for row in its_calls if row.sent_at is not None]
    deadlines = [row.deadline_at for row in its_calls if row.deadline_at is not None]
    ended = state in FINAL_STATES
    values: dict[str, Any] = {
        "state": state,
        "started_at": min(sent, default=None),
        "ended_at": (job.ended_at or now) if ended else None,
        "deadline_at": job.deadline_at if job.request.get("deadline_s") else max(deadlines, default=None),
        "notes": [*job.notes, *more_notes],
        "cost": fold_cost(its_calls),
        "error": next((slot.error for slot in its_slots if slot.error), None) if ended else None,
    }
    if state == "succeeded":
        values["progress"] = 1.0
    c.execute(FOLD_JOB, of_job | values)


def fold_cost(its_calls: Iterable[Row[Any]]) -> dict[str, Any] | None:
    """What the job's calls cost together; `reported` only when the vendor named every amount."""
    paid = [row for row in its_calls if row.cost_usd is not None]
    if not paid:
        return None
    basis = "reported" if all(row.cost_basis == "reported" for row in paid) else "computed"
    source = "the vendor's answer" if basis == "reported" else "the catalog's prices"
    return {"usd": plain_usd(sum((row.cost_usd for row in paid), Decimal(0))), "basis": basis, "source": source}


def view(row: Row[Any]) -> CallView:
    return CallView(state=row.state, storing=row.result is not None)


def _end_ours(c: Connection, taken: Taken, verdict: Verdict, me: str, now: float) -> bool:
    """The fence: end the call if it is still ours. False: this run's verdict is written already. Raises Fenced."""
    fence = {"of_call": taken.id, "taken_by": me, "taken_in": taken.epoch}
    if c.execute(END_OUR_CALL, {**fence, **_ending(verdict, now)}).rowcount:
        return True
    row = c.execute(select(calls.c.owner, calls.c.epoch).where(calls.c.id == taken.id)).one()
    if (row.owner, row.epoch) == (me, taken.epoch):
        return False
    raise Fenced(taken.id)


def _ending(verdict: Verdict, now: float) -> dict[str, Any]:
    return {
        "state": verdict.state,
        "ended_at": now,
        "cost_usd": verdict.cost_usd,
        "cost_basis": verdict.cost_basis,
        "error": verdict.error,
    }


def _kept_from(row: dict[str, Any], now: float) -> dict[str, Any]:
    """The day that a result is kept which was not to be stored begins when it is there, not when it was asked for."""
    return row if row["purge_at"] is None else row | {"purge_at": now + STAGED_S}


def _close_books(c: Connection, job_id: str, call_id: str, verdict: Verdict, now: float) -> None:
    """How a call's slots ended, and what is owed for it."""
    ended = [
        {"of_job": job_id, "at_number": number, "outcome": slot.outcome, "error": slot.error}
        for number, slot in verdict.slots.items()
    ]
    if ended:
        c.execute(END_SLOT, ended)
    if verdict.state == "done":
        ledger.settle(c, call_id, verdict.cost_usd, verdict.cost_basis, now)
    elif verdict.state in ("refused", "cancelled"):
        ledger.release(c, [call_id], now)


def _insert_retry(c: Connection, work: Work, retry: NewCall, me: str, now: float) -> None:
    """The next attempt keeps the slot at the vendor that this one held."""
    row = {"job_id": work.job_id, "customer_id": work.customer_id, "vendor": work.vendor}
    priority = c.execute(select(calls.c.priority).where(calls.c.id == work.call_id)).scalar_one()
    c.execute(insert(calls), [call_row(row, retry, priority=priority, owner=me, now=now, admitted_at=now)])
    c.execute(update(slots).where(slots.c.call_id == work.call_id).values(call_id=retry.id))
    ledger.reserve(c, [row | {"model": work.model, "call_id": retry.id, "estimated_usd": retry.quote_usd}], now)
