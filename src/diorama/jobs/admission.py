"""Who may go to the vendor now. Counted in the caller's transaction, so that caps hold across processes.

A call holds its slot (`admitted_at`) from here to its end; the transaction that ends it hands the slot on: first by
priority, then to the customer with the fewest calls at the vendor, then by age. So a lone customer may use everything
and still nobody starves.
"""

from typing import Any

from sqlalchemy import Connection, bindparam, func, literal_column, select, update

from diorama.db.session import lock_name
from diorama.db.tables import ALIVE, calls
from diorama.errors import ServiceError

QUEUE_RETRY_S = 30.0

# Spelled out, not bound: SQLite takes the indexes of living and of waiting calls only where a statement itself says
# what they are about. Bound, the states would have every call ever made read at each step.
living = calls.c.state.in_([literal_column(f"'{state}'") for state in ALIVE])
waiting = (calls.c.state == literal_column("'prepared'")) & calls.c.admitted_at.is_(None)


# Built once: making a statement anew each time costs more than running it.
TAKEN_SLOTS = select(func.count()).where(
    calls.c.vendor == bindparam("at_vendor"), living, calls.c.admitted_at.is_not(None)
)
_busy = (
    select(calls.c.customer_id, func.count().label("n"))
    .where(calls.c.vendor == bindparam("at_vendor"), living, calls.c.admitted_at.is_not(None))
    .group_by(calls.c.customer_id)
    .subquery()
)
NEXT_HEAD = (
    select(calls.c.id, calls.c.owner)
    .outerjoin(_busy, _busy.c.customer_id == calls.c.customer_id)
    .where(calls.c.vendor == bindparam("at_vendor"), waiting, calls.c.owner.is_not(None))
    .order_by(calls.c.priority, func.coalesce(_busy.c.n, 0), calls.c.id)
    .limit(1)
)


def lock_vendor(c: Connection, vendor: str) -> None:
    """From here to the end of the transaction nobody else counts or hands on this vendor's slots."""
    lock_name(c, f"diorama:vendor:{vendor}")


def free_slots(c: Connection, vendor: str, cap: int) -> int:
    """How many more calls may go to the vendor."""
    taken = c.execute(TAKEN_SLOTS, {"at_vendor": vendor}).scalar_one()
    return max(0, cap - taken)


def refuse_if_full(c: Connection, coming: int, queue_max: int) -> None:
    """Raises ServiceError `queue_full` when `coming` more calls would make too long a queue."""
    queued = c.execute(select(func.count()).where(waiting)).scalar_one()
    if queued + coming > queue_max:
        raise ServiceError(
            f"{queued} calls are waiting already and at most {queue_max} may.",
            code="queue_full",
            hint=f"Try again in {QUEUE_RETRY_S:.0f} seconds, or raise DIORAMA_QUEUE_MAX.",
            retry_after_s=QUEUE_RETRY_S,
        )


def hand_on(c: Connection, vendor: str, cap: int, now: float) -> list[tuple[str, str]]:
    """Give every free slot of the vendor to a waiting call. Returns (call, owner) of each; the vendor is locked.

    Calls without an owner are passed over: nobody would run them.
    """
    admitted: list[tuple[str, str]] = []
    if _next_head(c, vendor) is None:
        return admitted  # the usual case, for the price of one look
    for _ in range(free_slots(c, vendor, cap)):
        head = _next_head(c, vendor)
        if head is None:
            break
        c.execute(update(calls).where(calls.c.id == head.id).values(admitted_at=now))
        admitted.append((head.id, head.owner))
    return admitted


def _next_head(c: Connection, vendor: str) -> Any:
    return c.execute(NEXT_HEAD, {"at_vendor": vendor}).first()


def waiting_vendors(c: Connection) -> list[str]:
    """Vendors that somebody waits for."""
    return list(c.execute(select(calls.c.vendor).where(waiting).distinct()).scalars())
