"""SQLite for tests that open a thousand homes: each statement is compiled once in a process, not once in each home.

That was a third of the suite's time. Nothing else differs: SQLAlchemy asks its registry for the dialect of a URL, and
its cache of compiled statements tells dialects apart.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

_COMPILED: dict[Any, Any] = {}


class OneSqlite(SQLiteDialect_pysqlite):
    """All its instances are the same to a cache."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(OneSqlite)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_COMPILED)


def compile_once() -> None:
    registry.register("sqlite", __name__, OneSqlite.__name__)
