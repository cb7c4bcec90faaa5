"""Money, one row per call: reserved when the call is prepared, settled on the verdict, released on a definite no.

An uncertain call stays reserved: it may have been billed, so it counts until somebody knows.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from diorama.db.tables import ledger

# Built once: making a statement anew each time costs more than running it.
RESERVE = insert(ledger)
SETTLE = update(ledger).where(ledger.c.call_id == bindparam("of_call"))


def reserve(c: Connection, entries: Iterable[dict[str, Any]], now: float) -> None:
    """Set aside the estimates of calls that are about to be made."""
    rows = [{**entry, "state": "reserved", "created_at": now} for entry in entries]
    if rows:
        c.execute(RESERVE, rows)


def settle(c: Connection, call_id: str, usd: Decimal | None, basis: str | None, now: float) -> None:
    """What the call cost in the end. `usd` null: its model has no price."""
    settled = {"state": "settled", "settled_usd": usd, "basis": basis, "settled_at": now}
    c.execute(SETTLE, {"of_call": call_id, **settled})


def release(c: Connection, call_ids: Iterable[str], now: float) -> None:
    """Nothing is owed for these calls."""
    c.execute(
        update(ledger)
        .where(ledger.c.call_id.in_(list(call_ids)))
        .values(state="released", settled_usd=Decimal(0), settled_at=now)
    )
