"""`/healthz`: the process answers. `/readyz`: it can do its work."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from diorama.db.tables import meta
from diorama.doors.http.deps import Opened, reply
from diorama.errors import DioramaError
from diorama.ids import new_id
from diorama.schemas import Shape
from diorama.wiring import House

router = APIRouter(tags=["health"])
READY_S = 5.0


class Health(Shape):
    status: Literal["ok", "unwell"]
    failing: tuple[Literal["database", "storage"], ...]


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
    database, storage = await asyncio.gather(_works(_database(house)), _works(_storage(house)))
    failing: list[Literal["database", "storage"]] = []
    failing += [] if database else ["database"]
    failing += [] if storage else ["storage"]
    return reply(Health(status="unwell" if failing else "ok", failing=tuple(failing)), 503 if failing else 200)


async def _works(check: Awaitable[None]) -> bool:
    try:
        async with asyncio.timeout(READY_S):
            await check
    except (TimeoutError, DioramaError, SQLAlchemyError):
        return False
    return True


async def _database(house: House) -> None:
    await house.db.read(lambda c: c.execute(select(meta.c.key).limit(1)).first())


async def _storage(house: House) -> None:
    key = f"checks/{new_id()}.txt"
    await house.store.put(key, b"ok", mime="text/plain")
    await house.store.delete(key)
