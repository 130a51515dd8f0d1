"""Connections: one `Database` for SQLite and PostgreSQL.

SQLite has one writer at a time. A transaction that first reads and then writes may find that another one
wrote in between, and SQLite then fails it at once instead of waiting. So each transaction takes the
writer's place from its beginning (``BEGIN IMMEDIATE``), unless it says that it only reads.

Writers of one process share one connection, so they queue in its pool and are served in order. Left to SQLite they
would sleep in growing steps and overtake one another, which under load keeps some of them waiting for seconds.
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
_FLEETING = "shotprint_fleeting"
_SYNCHRONOUS = "shotprint_synchronous"  # what a connection was last set to


class Database:
    """A database and the sessions to use it with.

    Attributes
    ----------
    engine : plain connections; on SQLite their transactions are writing ones.
    reading : plain connections that only read; on SQLite they wait for nobody and nobody waits for them. They
        cost a fraction of a session: for what every call needs.
    fleeting : plain connections that write what a power cut may take: their commits don't wait for the disk.
    sessions : sessions on `engine`, for transactions that write (or read what they later write).
    reads : sessions on `reading`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = connect(url)
        # On SQLite in a pool of their own: the writers' has one place.
        readers = connect(url, writes=False) if self.is_sqlite else self.engine
        self.reading = readers.execution_options(**{_READS_ONLY: True})
        self.fleeting = self.engine.execution_options(**{_FLEETING: True})
        self.sessions: sessionmaker[Session] = sessionmaker(self.engine, expire_on_commit=False)
        self.reads: sessionmaker[Session] = sessionmaker(self.reading, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        self.reading.dispose()
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


def connect(url: str, *, writes: bool = True) -> Engine:
    """An engine with everything set that a connection of ours needs; makes the directory of a SQLite file.

    Parameters
    ----------
    writes : whether it is one for writers, of which SQLite has one at a time.

    Raises
    ------
    InvalidValue
        The packages for PostgreSQL are not installed.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        try:
            engine = create_engine(
                url, json_serializer=_to_json, pool_pre_ping=True, pool_size=10, max_overflow=30
            )
        except ModuleNotFoundError as exc:
            raise InvalidValue(
                "PostgreSQL needs more packages: pip install 'shotprint[postgres]'", parameter="database"
            ) from exc
        event.listen(engine, "begin", _begin_postgres)
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S},
        json_serializer=_to_json,
        pool_size=1 if writes else 10,
        max_overflow=0 if writes else 30,
        pool_timeout=BUSY_TIMEOUT_S,
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
    options = connection.get_execution_options()
    if options.get(_READS_ONLY, False):
        connection.exec_driver_sql("BEGIN")
        return
    level = "NORMAL" if options.get(_FLEETING, False) else "FULL"
    if connection.info.get(_SYNCHRONOUS) != level:
        connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
        connection.info[_SYNCHRONOUS] = level
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get(_FLEETING, False):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
