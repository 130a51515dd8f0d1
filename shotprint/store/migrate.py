"""Bring a database's tables to this version, in one transaction, safe when several processes try at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shotprint.errors import InternalError
from shotprint.store.database import Database

_LOCK = 0x5407_9217  # any number that no other program takes in the same database


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to `revision` that have not run yet."""
    with database.engine.begin() as connection:
        _lock(connection)
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str = "base") -> None:
    """Undo the migrations after `revision`."""
    with database.engine.begin() as connection:
        _lock(connection)
        command.downgrade(_config(connection), revision)


def check(database: Database) -> None:
    """Refuse a database that is not at this version's migration.

    Raises
    ------
    InternalError
        The tables are missing, older or newer than this version of shotprint.
    """
    with database.reads() as session:
        found = MigrationContext.configure(session.connection()).get_current_revision()
    wanted = ScriptDirectory.from_config(_config(None)).get_current_head()
    if found != wanted:
        raise InternalError(f"The database is at migration {found or 'none'}; this version needs {wanted}")


def _lock(connection: Connection) -> None:
    """Let the others wait. On SQLite the transaction itself holds the writer's place since its beginning."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
