"""`POST /v1/quotes`: what asking would do and cost, before anything is spent."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from diorama.doors.http.auth import CustomerQuery, Who
from diorama.doors.http.deps import Opened, reply
from diorama.doors.http.examples import GENERATIONS
from diorama.doors.http.native import FAILURES
from diorama.doors.http.reading import JsonRoute
from diorama.generation.service import Asker
from diorama.schemas import QuoteAnswer, Request

router = APIRouter(prefix="/v1/quotes", tags=["make as a job"], route_class=JsonRoute)


@router.post(
    "",
    response_model=QuoteAnswer,
    responses=FAILURES,
    summary="Ask what it would do and cost",
    response_description="What would go out, what would be changed, and the price.",
)
async def create_quote(
    body: Annotated[Request, Body(openapi_examples=GENERATIONS)],
    house: Opened,
    who: Who,
    customer_id: CustomerQuery = None,
) -> Response:
    """The same body as for asking, and nothing is sent, spent or kept.

    The answer shows the exact requests that would go out, everything that would not be done quite as asked, the price,
    and which other models with a key here could do the very same.
    """
    customer = who.customer(body.customer_id, customer_id)
    return reply(await house.generation.quote(body, Asker(customer_id=customer, hosts=who.hosts)))
