"""`POST /v1/generations`: the native way to ask for pictures and films."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from diorama.doors.http.auth import CustomerQuery, Who
from diorama.doors.http.deps import Opened, reply
from diorama.doors.http.examples import GENERATIONS
from diorama.doors.http.native import FAILURES
from diorama.doors.http.prefer import Preferred
from diorama.doors.http.reading import JsonRoute
from diorama.generation.service import Asker
from diorama.schemas import Job, Request

router = APIRouter(prefix="/v1/generations", tags=["make as a job"], route_class=JsonRoute)
Wait = Annotated[float, Query(ge=0, description="Seconds to wait for the end; then the answer is as it stands.")]


@router.post(
    "",
    status_code=202,
    response_model=Job,
    responses=FAILURES | {200: {"model": Job, "description": "It ended while you waited."}},
    summary="Ask for pictures or a film",
    response_description="The job, which has begun or waits for its turn.",
)
async def create_generation(
    body: Annotated[Request, Body(openapi_examples=GENERATIONS)],
    house: Opened,
    who: Who,
    preferred: Preferred,
    customer_id: CustomerQuery = None,
    wait: Wait = 0,
) -> Response:
    """Queue a picture or a film; the answer is the job to watch, and `Location` leads to it."""
    customer = who.customer(body.customer_id, customer_id)
    wait_s = min(preferred.wait_s or wait, house.settings.wait_s)
    job_id = await house.generation.submit(body, Asker(customer_id=customer, hosts=who.hosts, waiting=wait_s > 0))
    job = await (house.jobs.wait(customer, job_id, wait_s) if wait_s else house.jobs.get(customer, job_id))
    return reply(job, 200 if job.ended else 202, {"location": job.links.self})
