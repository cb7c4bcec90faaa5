"""Rows as what callers see. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from diorama.clock import moment
from diorama.db.tables import assets, calls, jobs, slots
from diorama.gallery.links import Links
from diorama.jobs.repository import view
from diorama.jobs.states import slot_state
from diorama.schemas import FINAL_STATES, Job, JobLinks, ModelUse, Money, Note, Slot

# Built once: making a statement anew each time costs more than running it.
JOB = select(jobs).where(jobs.c.id == bindparam("of_job"), jobs.c.customer_id == bindparam("of_customer"))
STATE = select(jobs.c.state).where(jobs.c.id == bindparam("of_job"), jobs.c.customer_id == bindparam("of_customer"))
_of_jobs: BindParameter[Sequence[str]] = bindparam("of_jobs", expanding=True)
SLOTS = (
    select(slots, calls.c.state, calls.c.result)
    .join(calls, calls.c.id == slots.c.call_id)
    .where(slots.c.job_id.in_(_of_jobs))
    .order_by(slots.c.number)
)
OUTPUTS = select(assets).where(assets.c.job_id.in_(_of_jobs), assets.c.origin == "output").order_by(assets.c.slot)


@dataclass(frozen=True, kw_only=True)
class JobRows:
    """One job as it lies in the database; each slot comes with the state of its call."""

    job: Row[Any]
    slots: Sequence[Row[Any]]
    assets: dict[int, Row[Any]]


def read(c: Connection, customer_id: int, job_id: str) -> JobRows | None:
    """One job of this customer."""
    row = c.execute(JOB, {"of_job": job_id, "of_customer": customer_id}).first()
    return None if row is None else _with_parts(c, [row])[0]


def has_ended(c: Connection, customer_id: int, job_id: str) -> bool:
    """Whether there is nothing left to wait for; a job that is not there has nothing either."""
    state = c.execute(STATE, {"of_job": job_id, "of_customer": customer_id}).scalar()
    return state is None or state in FINAL_STATES


def read_page(
    c: Connection, customer_id: int, *, limit: int, after: str | None, states: Sequence[str] = ()
) -> list[JobRows]:
    """This customer's jobs, newest first, beyond the job `after`."""
    query = select(jobs).where(jobs.c.customer_id == customer_id)
    if after is not None:
        query = query.where(jobs.c.id < after)
    if states:
        query = query.where(jobs.c.state.in_(states))
    return _with_parts(c, c.execute(query.order_by(jobs.c.id.desc()).limit(limit)).all())


def _with_parts(c: Connection, rows: Sequence[Row[Any]]) -> list[JobRows]:
    ids = [row.id for row in rows]
    all_slots = c.execute(SLOTS, {"of_jobs": ids}).all()
    all_assets = c.execute(OUTPUTS, {"of_jobs": ids}).all()
    return [
        JobRows(
            job=row,
            slots=[slot for slot in all_slots if slot.job_id == row.id],
            assets={asset.slot: asset for asset in all_assets if asset.job_id == row.id},
        )
        for row in rows
    ]


def to_job(rows: JobRows, links: Links) -> Job:
    """The public shape of a job."""
    row = rows.job
    same = ("id", "state", "cancel", "progress", "kind", "request", "error", "group_id", "parent_id", "revision")
    return Job(
        **{name: row._mapping[name] for name in same},
        object="job",
        model=ModelUse(asked=row.asked, used=row.model),
        slots=tuple(_slot(rows, slot, links) for slot in rows.slots),
        assets=tuple(links.asset(asset) for asset in rows.assets.values()),
        notes=tuple(Note.model_validate(note) for note in row.notes),
        quote=None if row.quote is None else Money.model_validate(row.quote),
        cost=None if row.cost is None else Money.model_validate(row.cost),
        **{name: _moment(row._mapping[name]) for name in ("created_at", "started_at", "ended_at", "deadline_at")},
        links=_links(row.id, links.public_url),
    )


def _slot(rows: JobRows, slot: Row[Any], links: Links) -> Slot:
    asset = rows.assets.get(slot.number)
    return Slot(
        index=slot.number,
        state=slot_state(slot.outcome, view(slot)),
        asset_id=None if asset is None else asset.id,
        url=None if asset is None else links.url(asset.id, asset.key),
        error=slot.error,
    )


def _links(job_id: str, public_url: str) -> JobLinks:
    self = f"{public_url}/v1/jobs/{job_id}"
    return JobLinks(self=self, events=f"{self}/events", cancel=f"{self}/cancel", retry=f"{self}/retry")


def _moment(seconds: float | None) -> Any:
    return None if seconds is None else moment(seconds)
