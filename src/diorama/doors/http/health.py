"""`/healthz`: the process answers. `/readyz`: it can do its work."""

from typing import Literal

from fastapi import APIRouter, Response

from diorama.checkup import Part, ailing
from diorama.doors.http.deps import Opened, reply
from diorama.schemas import Shape

router = APIRouter(tags=["health"])


class Health(Shape):
    status: Literal["ok", "unwell"]
    failing: tuple[Part, ...]


@router.get("/healthz", response_model=Health, summary="Is it alive?", response_description="It is.")
async def get_health() -> Response:
    """The process answers. For whoever restarts it when it does not."""
    return reply(Health(status="ok", failing=()))


@router.get(
    "/readyz",
    response_model=Health,
    responses={503: {"model": Health, "description": "It cannot; `failing` says why."}},
    summary="Can it work?",
    response_description="It can.",
)
async def get_readiness(house: Opened) -> Response:
    """The database can be read and the storage written; 503 names what cannot."""
    failing = tuple(await ailing(house))
    return reply(Health(status="unwell" if failing else "ok", failing=failing), 503 if failing else 200)
