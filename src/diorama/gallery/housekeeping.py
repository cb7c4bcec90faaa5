"""Deletes what has outlived its time: answers that were not to be stored, and inputs nobody needs any more."""

import asyncio
import logging
from functools import partial

from diorama.clock import Clock
from diorama.db.session import Db
from diorama.errors import ServiceError
from diorama.gallery import repository
from diorama.gallery.keep import Keeper

EVERY_S = 600.0
log = logging.getLogger("diorama.gallery")


async def purge(db: Db, keeper: Keeper, now: float) -> int:
    """Delete everything whose time is over: bytes first, so that no row is lost while its bytes stay."""
    rows = await db.read(partial(repository.expired, now=now))
    for row in rows:
        await keeper.discard(row)
    if rows:
        await db.tx(partial(repository.remove, asset_ids=[row.id for row in rows]))
    return len(rows)


async def keep_house(db: Db, keeper: Keeper, clock: Clock) -> None:
    """Purge now and then, for as long as the house is open."""
    while True:
        try:
            while await purge(db, keeper, clock.now()):
                pass
        except ServiceError as error:
            log.warning("purging waits: %s", error)
        await asyncio.sleep(EVERY_S)
