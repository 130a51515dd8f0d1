"""The queue of the embedded database: one lease table.

A claim is one UPDATE, and SQLite has one writer at a time, so two workers never get the same task. Whoever
claims writes a random lease into the row and a time until which it holds. All that a worker may do to a
claimed task asks for that lease, so a worker that slept past it can neither finish nor release what
another has by now.

Times are seconds since 1970 by the clock of this machine; a SQLite database lives on one machine.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable

from shotprint.queue.protocol import Lane, Task

metadata = MetaData()
"""Apart from the store's own tables: its migrations neither make nor drop the queue."""

tasks = Table(
    "queue_tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("lane", String, nullable=False),
    Column("due", Float, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease", String),
    Column("leased_until", Float),
    Column("worker", String),
    Column("created", Float, nullable=False),
    Index("queue_tasks_lane", "lane", "id"),
    sqlite_autoincrement=True,
)


class SqliteQueue:
    """The lease table; see `shotprint.queue.protocol.Queue`.

    Parameters
    ----------
    engine : of the database that also holds the rows that the tasks speak of.
    lease_s : how long a claim holds without a beat.
    """

    def __init__(self, engine: Engine, *, lease_s: float) -> None:
        self._engine = engine
        self._lease_s = lease_s

    @classmethod
    def create(cls, engine: Engine) -> None:
        """Make the table unless it is there; part of migrating the database, harmless when repeated."""
        with engine.begin() as connection:
            connection.execute(CreateTable(tasks, if_not_exists=True))
            for index in tasks.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))

    def put(
        self, session: Session, name: str, subject: str, *, lane: Lane, not_before: datetime | None = None
    ) -> None:
        now = time.time()
        due = now if not_before is None else not_before.timestamp()
        session.execute(
            insert(tasks).values(name=name, subject=subject, lane=lane.value, due=due, created=now)
        )

    def claim(self, lanes: Collection[Lane], worker: str) -> Task | None:
        now = time.time()
        oldest = (
            select(tasks.c.id)
            .where(tasks.c.lane.in_([lane.value for lane in lanes]), tasks.c.due <= now)
            .where(or_(tasks.c.lease.is_(None), tasks.c.leased_until < now))
            .order_by(tasks.c.id)
            .limit(1)
            .scalar_subquery()
        )
        take = (
            update(tasks)
            .where(tasks.c.id == oldest)
            .values(
                lease=uuid4().hex,
                leased_until=now + self._lease_s,
                worker=worker,
                attempts=tasks.c.attempts + 1,
            )
            .returning(
                tasks.c.id, tasks.c.name, tasks.c.subject, tasks.c.lane, tasks.c.attempts, tasks.c.lease
            )
        )
        with self._engine.begin() as connection:
            row = connection.execute(take).one_or_none()
        if row is None:
            return None
        return Task(
            id=str(row.id),
            name=row.name,
            subject=row.subject,
            lane=Lane(row.lane),
            attempt=row.attempts,
            lease=row.lease,
        )

    def beat(self, task: Task) -> bool:
        renew = update(tasks).where(*_held(task)).values(leased_until=time.time() + self._lease_s)
        with self._engine.begin() as connection:
            return connection.execute(renew).rowcount == 1

    def finish(self, session: Session, task: Task) -> bool:
        connection: Connection = session.connection()
        return connection.execute(delete(tasks).where(*_held(task))).rowcount == 1

    def release(self, task: Task, *, delay_s: float, count: bool) -> None:
        give_back = (
            update(tasks)
            .where(*_held(task))
            .values(
                lease=None,
                leased_until=None,
                worker=None,
                due=time.time() + delay_s,
                attempts=tasks.c.attempts - (0 if count else 1),
            )
        )
        with self._engine.begin() as connection:
            connection.execute(give_back)

    def waiting(self) -> int:
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(tasks)).scalar_one()


def _held(task: Task) -> tuple[ColumnElement[bool], ...]:
    return (tasks.c.id == int(task.id), tasks.c.lease == task.lease)
