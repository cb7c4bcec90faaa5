"""A job written down: the request, its slots, its calls and their reservations, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from diorama.db.tables import calls, jobs, slots
from diorama.jobs import admission
from diorama.ledger import repository as ledger

# Built once: making a statement anew each time costs more than running it.
IS_WRITTEN = select(jobs.c.id).where(jobs.c.id == bindparam("of_job"))
INSERT_JOB, INSERT_SLOTS, INSERT_CALLS = insert(jobs), insert(slots), insert(calls)


@dataclass(frozen=True, kw_only=True)
class NewCall:
    """A call about to be written: which slots it fills, and what it is reckoned to cost."""

    id: str
    slots: tuple[int, ...]
    quote_usd: Decimal | None
    attempt: int = 1
    not_before: float | None = None


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job about to be written, with its calls. `asset_ids` has one id per slot."""

    id: str
    customer_id: int
    kind: str
    vendor: str
    model: str
    wire_model: str
    asked: str | None
    request: dict[str, Any]
    notes: list[dict[str, Any]]
    quote: dict[str, Any] | None
    store: bool
    asset_ids: tuple[str, ...]
    calls: tuple[NewCall, ...]
    created_at: float
    deadline_at: float | None = None
    group_id: str | None = None
    parent_id: str | None = None
    session_id: str | None = None
    priority: int = 0


def insert_job(
    c: Connection, job: NewJob, *, owner: str, cap: int, queue_max: int, begin_s: float | None = None
) -> frozenset[str]:
    """Write a job with its slots, calls and reservations; returns the calls that got a slot at the vendor.

    With `begin_s` those are written as taken and sent already, with that many seconds to go: the caller sends them as
    soon as this commits. A second run of the same insert changes nothing.
    """
    admission.lock_vendor(c, job.vendor)
    if c.execute(IS_WRITTEN, {"of_job": job.id}).first():
        # What was handed a slot since then is `prepared`, and has to be taken like any other.
        mine = calls.c.admitted_at.is_not(None) if begin_s is None else calls.c.nonce == job.id
        return frozenset(c.execute(select(calls.c.id).where(calls.c.job_id == job.id, mine)).scalars())
    free = admission.free_slots(c, job.vendor, cap)
    if free < len(job.calls):
        admission.refuse_if_full(c, len(job.calls) - free, queue_max)
    admitted = frozenset(call.id for call in job.calls[:free])
    now = job.created_at
    begun = _begun(job, begin_s) if begin_s is not None else {}
    c.execute(INSERT_JOB, _job_row(job, running=bool(begun and admitted)))
    c.execute(INSERT_SLOTS, _slot_rows(job))
    shared = {"job_id": job.id, "customer_id": job.customer_id, "vendor": job.vendor}
    c.execute(
        INSERT_CALLS,
        [
            call_row(shared, call, priority=job.priority, owner=owner, now=now, admitted_at=now) | begun
            if call.id in admitted
            else call_row(shared, call, priority=job.priority, owner=owner, now=now, admitted_at=None)
            for call in job.calls
        ],
    )
    money = [shared | {"model": job.model, "call_id": call.id, "estimated_usd": call.quote_usd} for call in job.calls]
    ledger.reserve(c, money, now)
    return admitted


def _begun(job: NewJob, begin_s: float) -> dict[str, Any]:
    """How a call is written that leaves at once. The job's id marks it: a second run knows its own calls by that."""
    now = job.created_at
    return {"state": "sent", "epoch": 1, "nonce": job.id, "sent_at": now, "deadline_at": now + begin_s}


def _job_row(job: NewJob, *, running: bool) -> dict[str, Any]:
    same = ("id", "customer_id", "kind", "vendor", "model", "wire_model", "asked", "request", "notes", "quote", "store")
    more = ("created_at", "deadline_at", "group_id", "parent_id", "session_id")
    row = {name: getattr(job, name) for name in (*same, *more)}
    started = job.created_at if running else None
    return row | {"state": "running" if running else "queued", "started_at": started, "revision": 1}


def _slot_rows(job: NewJob) -> list[dict[str, Any]]:
    call_of = {number: call.id for call in job.calls for number in call.slots}
    return [
        {"job_id": job.id, "number": number, "asset_id": asset_id, "call_id": call_of[number]}
        for number, asset_id in enumerate(job.asset_ids)
    ]


def call_row(
    job: Mapping[str, Any], call: NewCall, *, priority: int, owner: str, now: float, admitted_at: float | None
) -> dict[str, Any]:
    """The row of a prepared call. `job` gives what all its calls share."""
    return {
        **job,
        "id": call.id,
        "attempt": call.attempt,
        "slots": list(call.slots),
        "state": "prepared",
        "priority": priority,
        "owner": owner,
        "epoch": 0,
        "nonce": None,
        "quote_usd": call.quote_usd,
        "created_at": now,
        "not_before": call.not_before,
        "admitted_at": admitted_at,
        "sent_at": None,
        "deadline_at": None,
    }
