"""`/v1/jobs`: look at jobs, hear of their changes, stop them."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from diorama.doors.http.auth import Customer
from diorama.doors.http.deps import Opened, reply
from diorama.doors.http.native import FAILURES
from diorama.schemas import Job, JobState, Page, Preview

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], responses=FAILURES)


@router.get("", response_model=Page[Job], summary="List jobs", response_description="A page of jobs.")
async def list_jobs(
    house: Opened,
    customer: Customer,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    state: Annotated[tuple[JobState, ...], Query(description="Only jobs in these states.")] = (),
) -> Response:
    """This customer's jobs, newest first."""
    return reply(await house.jobs.page(customer, limit=limit, after=after, states=state))


@router.get("/{job_id}", response_model=Job, summary="Look at a job", response_description="The job.")
async def get_job(job_id: str, house: Opened, customer: Customer) -> Response:
    """One job as it stands: its state, what it made, what it cost, and what went wrong."""
    return reply(await house.jobs.get(customer, job_id))


async def _watched(
    job_id: str,
    house: Opened,
    customer: Customer,
    last_event_id: Annotated[str | None, Header(description="The `id` of the last event that arrived.")] = None,
) -> AsyncIterator[Job | Preview]:
    """The job's changes; refused before the stream begins, and not begun again once its end was told."""
    job = await house.jobs.get(customer, job_id)
    if job.ended and last_event_id == str(job.revision):
        raise HTTPException(204)  # a browser's EventSource connects again and again until it gets this
    return house.jobs.news(customer, job_id)


@router.get(
    "/{job_id}/events", response_class=EventSourceResponse, summary="Follow a job", response_description="The stream."
)
async def watch_job(
    news: Annotated[AsyncIterator[Job | Preview], Depends(_watched)],
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `event: job`, the whole job as `data`, its revision as `id`; in between `event: preview`,
    a slot and the address of how it begins to look. Ends with the job."""
    async for item in news:
        if isinstance(item, Preview):
            yield ServerSentEvent(raw_data=item.model_dump_json(), event="preview")
        else:
            yield ServerSentEvent(raw_data=item.model_dump_json(), event="job", id=str(item.revision))


@router.post("/{job_id}/cancel", response_model=Job, summary="Stop a job", response_description="The job.")
async def cancel_job(job_id: str, house: Opened, customer: Customer) -> Response:
    """Stop what can be stopped; `cancel` of the answer says how far that went."""
    return reply(await house.jobs.cancel(customer, job_id))
