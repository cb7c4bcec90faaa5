"""What is kept, as rows. Every function takes the customer: nobody's asset is found for anybody else."""

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from diorama.db.tables import assets


def add(c: Connection, row: dict[str, Any]) -> None:
    c.execute(insert(assets), [row])


def get(c: Connection, customer_id: int, asset_id: str) -> Row[Any] | None:
    """One asset of this customer."""
    return c.execute(select(assets).where(assets.c.id == asset_id, assets.c.customer_id == customer_id)).first()


def get_by_link(c: Connection, asset_id: str) -> Row[Any] | None:
    """An asset whose media URL was shown: the token in it stands for the owner's leave."""
    return c.execute(select(assets).where(assets.c.id == asset_id)).first()


def of_jobs(c: Connection, job_ids: list[str]) -> list[Row[Any]]:
    """The outputs of these jobs, in slot order."""
    query = select(assets).where(assets.c.job_id.in_(job_ids), assets.c.origin == "output")
    return list(c.execute(query.order_by(assets.c.job_id, assets.c.slot)).all())


def expired(c: Connection, now: float, limit: int = 100) -> list[Row[Any]]:
    """What has outlived its time."""
    return list(c.execute(select(assets).where(assets.c.purge_at < now).limit(limit)).all())


def put_off(c: Connection, asset_ids: list[str], purge_at: float) -> None:
    """Delete these later."""
    c.execute(update(assets).where(assets.c.id.in_(asset_ids)).values(purge_at=purge_at))


def remove(c: Connection, asset_ids: list[str]) -> None:
    c.execute(delete(assets).where(assets.c.id.in_(asset_ids)))
