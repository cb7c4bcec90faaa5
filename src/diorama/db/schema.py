"""Brings a database to this version's tables, once, whoever comes first."""

from sqlalchemy import Connection, inspect, text

from diorama.db.session import Db, lock_name
from diorama.errors import ConfigurationError

HEAD = "0001"
"""The newest revision in `migrations/`; known here so that an up-to-date start does not load alembic."""


def ensure_schema(db: Db) -> None:
    """Create or upgrade the tables. Blocking; the caller holds the home's start lock."""
    current = db.tx_now(_revision)
    if current != HEAD:
        db.tx_now(_upgrade)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    lock_name(connection, "diorama:schema")
    current = _revision(connection)
    config = Config()
    config.set_main_option("script_location", "diorama:db/migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise ConfigurationError(
            f"The database is of a newer Diorama (revision {current!r}, this version knows up to {HEAD!r}).",
            key="DIORAMA_DATABASE_URL",
            hint="Run the newer version, or give this one another DIORAMA_HOME.",
        )
    command.upgrade(config, "head")
