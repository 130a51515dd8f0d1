"""Connections: one `Database` for SQLite and PostgreSQL.

SQLite has one writer at a time. A transaction that first reads and then writes may find that another one
wrote in between, and SQLite then fails it at once instead of waiting. So each transaction takes the
writer's place from its beginning (``BEGIN IMMEDIATE``), unless it says that it only reads.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

BUSY_TIMEOUT_S = 30.0
"""How long a SQLite transaction waits for the writer before it."""

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


def connect(url: str) -> Engine:
    """An engine with everything set that a connection of ours needs; makes the directory of a SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=10, max_overflow=30)
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
