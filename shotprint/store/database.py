"""Connections: one `Database` for SQLite and PostgreSQL.

SQLite has one writer at a time. A transaction that first reads and then writes may find that another one
wrote in between, and SQLite then fails it at once instead of waiting. So each transaction takes the
writer's place from its beginning (``BEGIN IMMEDIATE``), unless it says that it only reads.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from shotprint.errors import InternalError, InvalidValue, TemporaryError

BUSY_TIMEOUT_S = 30.0
"""How long a SQLite transaction waits for the writer before it."""

_to_json = partial(
    json.dumps, allow_nan=False, ensure_ascii=False
)  # PostgreSQL takes no NaN, nor shall SQLite

_READS_ONLY = "shotprint_reads_only"


class Database:
    """A database and the sessions to use it with.

    Attributes
    ----------
    engine : plain connections; on SQLite their transactions are writing ones.
    sessions : for transactions that write (or read what they later write).
    reads : for transactions that only read; on SQLite they wait for nobody and nobody waits for them.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = connect(url)
        self.sessions: sessionmaker[Session] = sessionmaker(self.engine, expire_on_commit=False)
        reading = self.engine.execution_options(**{_READS_ONLY: True})
        self.reads: sessionmaker[Session] = sessionmaker(reading, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def first_contact(url: str) -> Iterator[None]:
    """Turn a database that cannot be used at all into an error that says so, without its password.

    Raises
    ------
    TemporaryError
        Nobody answers, or it does not let us in.
    InternalError
        It answers, but not as a database of ours.
    """
    shown = make_url(url).render_as_string(hide_password=True)
    try:
        yield
    except OperationalError as exc:
        raise TemporaryError(f"The database {shown} cannot be reached: {exc.orig}") from exc
    except DatabaseError as exc:
        raise InternalError(f"The database {shown} cannot be used: {exc.orig}") from exc


def connect(url: str) -> Engine:
    """An engine with everything set that a connection of ours needs; makes the directory of a SQLite file.

    Raises
    ------
    InvalidValue
        The packages for PostgreSQL are not installed.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        try:
            return create_engine(
                url, json_serializer=_to_json, pool_pre_ping=True, pool_size=10, max_overflow=30
            )
        except ModuleNotFoundError as exc:
            raise InvalidValue(
                "PostgreSQL needs more packages: pip install 'shotprint[postgres]'", parameter="database"
            ) from exc
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S},
        json_serializer=_to_json,
        pool_size=10,
        max_overflow=30,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own; see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get(_READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
