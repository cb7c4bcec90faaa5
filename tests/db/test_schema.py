"""The migrations make what the tables say, on both databases, whoever comes first."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from diorama.db.schema import HEAD, ensure_schema
from diorama.db.session import Db, database_url
from diorama.db.tables import metadata
from diorama.errors import ConfigurationError, ServiceError

pytestmark = pytest.mark.anyio

ONLY_IN_MIGRATIONS = {"calls_waiting", "calls_alive", "calls_of_owner"}


def test_the_head_we_know_is_the_newest_revision() -> None:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "diorama:db/migrations")

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_migrations_make_what_the_tables_say(database_url: str) -> None:
    db = Db(database_url)
    ensure_schema(db)

    def differences(c: Any) -> Any:
        context = MigrationContext.configure(c, opts={"include_name": _known})
        return compare_metadata(context, metadata)

    assert db.tx_now(differences) == []
    db.close()


def test_the_partial_indexes_are_there(database_url: str) -> None:
    db = Db(database_url)
    ensure_schema(db)

    found = db.tx_now(lambda c: {index["name"] for index in inspect(c).get_indexes("calls")})

    assert found >= ONLY_IN_MIGRATIONS
    db.close()


async def test_two_starts_at_once_make_one_schema(database_url: str) -> None:
    one, two = Db(database_url), Db(database_url)
    one.tx_now(lambda _: None)  # SQLite's file itself is made under the home's lock; its mode bears only one maker

    await asyncio.gather(asyncio.to_thread(ensure_schema, one), asyncio.to_thread(ensure_schema, two))

    assert one.tx_now(lambda c: c.execute(text("SELECT version_num FROM alembic_version")).scalars().all()) == [HEAD]
    one.close()
    two.close()


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    db = Db(f"sqlite:///{tmp_path / 'x.db'}")
    ensure_schema(db)
    db.tx_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))

    with pytest.raises(ConfigurationError, match="newer Diorama") as refused:
        ensure_schema(db)

    assert refused.value.hint
    db.close()


def test_an_unknown_kind_of_database_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'mysql'"):
        database_url("mysql://x/y", tmp_path)


def test_a_database_that_is_not_there_is_named_without_its_drivers_words() -> None:
    db = Db("postgresql://nobody@127.0.0.1:9/none")

    with pytest.raises(ServiceError, match="cannot be reached") as refused:
        ensure_schema(db)

    assert refused.value.hint
    db.close()


def _known(name: str | None, type_: str, parents: Any) -> bool:
    return not (type_ == "index" and name in ONLY_IN_MIGRATIONS)
