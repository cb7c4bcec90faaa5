"""Facts about this installation that live in the database: its secret, and whose home it is."""

from collections.abc import Callable

from sqlalchemy import Connection, insert, select

from diorama.db.tables import meta


def get_or_make(c: Connection, key: str, make: Callable[[], str]) -> str:
    """The value of `key`, made now if nobody has before."""
    value = c.execute(select(meta.c.value).where(meta.c.key == key)).scalar()
    if value is None:
        value = make()
        c.execute(insert(meta).values(key=key, value=value))
    return value
