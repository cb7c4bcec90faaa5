"""One door to the database: a synchronous transaction per hop, in threads of our own.

SQLite has one writer thread and a few readers; PostgreSQL a small pool of both. A transaction is a plain function of a
connection, and it must bear a second run: a lost connection is tried again for a while, and a commit whose answer was
lost may have happened. Measured against async sessions, this starts quicker and has a fifth of the p95.
"""

import asyncio
import contextvars
import random
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from diorama.errors import ConfigurationError, ServiceError

T = TypeVar("T")
RETRY_S = 30.0
POSTGRES_THREADS = 8
SQLITE_READERS = 2
SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


class Db:
    """`await db.tx(fn)` runs `fn(connection)` in one write transaction, `await db.read(fn)` in one read transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self._writes, self._reads = _sqlite(url, "BEGIN IMMEDIATE"), _sqlite(url, "BEGIN")
            self._write_pool = ThreadPoolExecutor(1, "db-write")
            self._read_pool = ThreadPoolExecutor(SQLITE_READERS, "db-read")
        else:
            self._writes = self._reads = _postgres(url)
            self._write_pool = self._read_pool = ThreadPoolExecutor(POSTGRES_THREADS, "db")

    async def tx(self, fn: Callable[[Connection], T]) -> T:
        """`fn` in a write transaction. Raises ServiceError when the database stays away for RETRY_S."""
        return await self._run(self._write_pool, self._writes, fn)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """`fn` in a transaction that only reads."""
        return await self._run(self._read_pool, self._reads, fn)

    def tx_now(self, fn: Callable[[Connection], T]) -> T:
        """`fn` in a write transaction, in this thread. For start-up, before there is a loop to block.

        Raises ServiceError when the database cannot be reached.
        """
        try:
            return _in_transaction(self._writes, fn)
        except DBAPIError as error:
            if not _passes(error, self.is_sqlite):
                raise
            hint = "Is it running, and is DIORAMA_DATABASE_URL right?"
            raise ServiceError("The database cannot be reached.", param="DIORAMA_DATABASE_URL", hint=hint) from error

    async def _run(self, pool: ThreadPoolExecutor, engine: Engine, fn: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        until = time.monotonic() + RETRY_S
        while True:
            try:
                return await loop.run_in_executor(pool, contextvars.Context().run, _in_transaction, engine, fn)
            except DBAPIError as error:
                if not _passes(error, self.is_sqlite):
                    raise
                if time.monotonic() > until:
                    hint = "Its log says why; a full disk is one reason."
                    raise ServiceError("The database cannot be used just now.", hint=hint) from error
            await asyncio.sleep(0.1 + random.random() * 0.4)  # noqa: S311

    def close(self) -> None:
        for pool in {self._write_pool, self._read_pool}:
            pool.shutdown(wait=True)
        for engine in {self._writes, self._reads}:
            engine.dispose()


def _in_transaction(engine: Engine, fn: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return fn(connection)


def _passes(error: DBAPIError, is_sqlite: bool) -> bool:
    """Whether this may go away: a lost connection, a restarting or demoted server, a deadlock, a full disk."""
    if is_sqlite:
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in SQLITE_PASSING
    return error.connection_invalidated or isinstance(error, OperationalError | InternalError)


def _sqlite(url: str, begin: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        # FULL, not NORMAL: `sent` must survive a power cut, or a call would be bought again.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver's own transactions begin at the first write: a count read before it would not be in them.
        connection.exec_driver_sql(begin)

    return engine


def _postgres(url: str) -> Engine:
    plain = url.replace("postgres://", "postgresql://", 1)
    try:
        return create_engine(
            plain.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=POSTGRES_THREADS, pool_pre_ping=True
        )
    except ModuleNotFoundError:
        raise ConfigurationError(
            "DIORAMA_DATABASE_URL names PostgreSQL, whose driver is not installed.",
            key="DIORAMA_DATABASE_URL",
            hint="Install it with: pip install 'diorama[postgres]'.",
        ) from None


def database_url(setting: str | None, home: Path) -> str:
    """The URL to open: the setting, or the SQLite file in home."""
    if setting is None:
        return f"sqlite:///{home / 'diorama.db'}"
    if not setting.startswith(("sqlite:///", "postgres://", "postgresql://", "postgresql+psycopg://")):
        scheme = setting.partition(":")[0]
        raise ConfigurationError(
            f"DIORAMA_DATABASE_URL begins with {scheme!r}, which Diorama cannot open.",
            key="DIORAMA_DATABASE_URL",
            hint="Use postgresql://user@host/name or sqlite:////path/to/file.db.",
        )
    return setting


def lock_name(connection: Connection, name: str) -> None:
    """Hold everybody else who locks `name` until this transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
