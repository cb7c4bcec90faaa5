"""Deletes what has outlived its time: answers that were not to be stored, and inputs nobody needs any more."""

import asyncio
import logging
from functools import partial

from sqlalchemy import Connection

from diorama.clock import Clock
from diorama.db.session import Db
from diorama.errors import ServiceError
from diorama.gallery import repository
from diorama.gallery.keep import Keeper

EVERY_S = 600.0
AGAIN_S = 24 * 3600.0
log = logging.getLogger("diorama.gallery")


async def purge(db: Db, keeper: Keeper, now: float) -> int:
    """Delete what has outlived its time, some at a call; returns how many went. Bytes first, so that no row is lost
    while its bytes stay: what cannot be deleted keeps its row, and is tried again a day later."""
    rows = await db.read(partial(repository.expired, now=now))
    gone, stuck = list[str](), list[str]()
    for row in rows:
        try:
            await keeper.discard(row)
            gone.append(row.id)
        except ServiceError as error:
            log.warning("purging waits: %s", error)
            stuck.append(row.id)
    if rows:
        await db.tx(partial(_write_down, gone=gone, stuck=stuck, later=now + AGAIN_S))
    return len(gone)


def _write_down(c: Connection, gone: list[str], stuck: list[str], later: float) -> None:
    repository.remove(c, gone)
    repository.put_off(c, stuck, later)


async def keep_house(db: Db, keeper: Keeper, clock: Clock) -> None:
    """Purge now and then, for as long as the house is open."""
    while True:
        try:
            while await purge(db, keeper, clock.now()):
                pass
        except ServiceError as error:
            log.warning("purging waits: %s", error)
        await asyncio.sleep(EVERY_S)
