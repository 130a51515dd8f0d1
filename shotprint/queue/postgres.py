"""The queue on PostgreSQL: procrastinate's tables and functions.

Tasks are procrastinate's jobs and lanes its queues. What is done to them is done by the package's own
queries, on the caller's connection where it has to be the caller's transaction. Its worker is not used: that
one is asynchronous, and ends a job in a transaction of its own, after the result is written.

A claim is a procrastinate worker that has this one job: its heartbeat is the lease, and its id the proof. A
job whose worker had no heartbeat within the lease is stalled and goes back; whoever claims it then is another
worker. All times are the database's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from procrastinate import SyncPsycopgConnector, sql
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from shotprint.queue.protocol import Lane, Task

LOOK_FOR_STALLED_S = 1.0  # at most this often, and three times within a lease

_LOCK = 0x5407_9218  # any number that no other program takes in the same database

_HAS_WORK = text("""
    SELECT EXISTS (
        SELECT 1 FROM procrastinate_jobs
        WHERE status = 'todo' AND queue_name = ANY(:lanes) AND (scheduled_at IS NULL OR scheduled_at <= now())
    )
""")
_IS_HELD = """
    SELECT 1 FROM procrastinate_jobs
    WHERE id = :job AND status = 'doing' AND worker_id IS NOT DISTINCT FROM :lease
"""
_HELD = text(_IS_HELD)
_HELD_LOCKED = text(_IS_HELD + " FOR UPDATE")
_UNCOUNT = text("UPDATE procrastinate_jobs SET attempts = attempts - 1 WHERE id = :job")
_WAITING = text("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")


class PostgresQueue:
    """procrastinate's queue; see `shotprint.queue.protocol.Queue`.

    Parameters
    ----------
    engine : of the database that also holds the rows that the tasks speak of; its driver is psycopg.
    lease_s : how long a claim holds without a beat.
    """

    def __init__(self, engine: Engine, *, lease_s: float) -> None:
        self._engine = engine
        self._lease_s = lease_s
        self._connector = SyncPsycopgConnector()  # never opened: it runs queries on connections of the engine
        self._manager = JobManager(self._connector)
        self._stalled_lock = threading.Lock()
        self._look_for_stalled_at = 0.0

    @classmethod
    def create(cls, engine: Engine) -> None:
        """Bring procrastinate's tables to the installed version's; part of migrating the database, harmless
        when repeated. The name of the last migration is kept in ``queue_schema``."""
        files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            connection.execute(text("CREATE TABLE IF NOT EXISTS queue_schema (migration text NOT NULL)"))
            last = connection.scalar(text("SELECT migration FROM queue_schema"))
            driver = _driver(connection)
            if last is None:
                driver.execute(SchemaManager.get_schema())
                connection.execute(text("INSERT INTO queue_schema VALUES (:name)"), {"name": files[-1].name})
                return
            for file in files:
                if file.name > last:
                    driver.execute(file.read_bytes())
            connection.execute(
                text("UPDATE queue_schema SET migration = :name"), {"name": max(last, files[-1].name)}
            )

    def put(
        self, session: Session, name: str, subject: str, *, lane: Lane, not_before: datetime | None = None
    ) -> None:
        job = Job(
            queue=lane.value,
            lock=None,
            queueing_lock=None,
            task_name=name,
            task_kwargs={"subject": subject},
            scheduled_at=not_before,
        )
        self._manager.defer_job(job, connection=_driver(session.connection()))

    def claim(self, lanes: Collection[Lane], worker: str) -> Task | None:
        self._requeue_stalled()
        queues = [lane.value for lane in lanes]
        with self._engine.begin() as connection:
            if not connection.scalar(_HAS_WORK, {"lanes": queues}):
                return None
        with self._engine.begin() as connection:
            lease = self._query(connection, "register_worker")[0]["worker_id"]
            row = self._query(connection, "fetch_job", queues=queues, worker_id=lease)[0]
            if row["id"] is None:  # another one was faster
                connection.rollback()
                return None
        return Task(
            id=str(row["id"]),
            name=row["task_name"],
            subject=row["args"]["subject"],
            lane=Lane(row["queue_name"]),
            attempt=row["attempts"] + 1,
            lease=str(lease),
        )

    def beat(self, task: Task) -> bool:
        with self._engine.begin() as connection:
            held = connection.scalar(_HELD, _claim(task)) is not None
            if held:
                self._query(connection, "update_heartbeat", worker_id=int(task.lease))
            return held

    def finish(self, session: Session, task: Task) -> bool:
        connection = session.connection()
        if connection.scalar(_HELD_LOCKED, _claim(task)) is None:
            return False
        self._query(
            connection, "finish_job", job_id=int(task.id), status=Status.SUCCEEDED.value, delete_job=True
        )
        self._query(connection, "unregister_worker", worker_id=int(task.lease))
        return True

    def release(self, task: Task, *, delay_s: float, count: bool) -> None:
        with self._engine.begin() as connection:
            self._give_back(connection, int(task.id), int(task.lease), delay_s=delay_s, count=count)

    def waiting(self) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(_WAITING).scalar_one())

    def _requeue_stalled(self) -> None:
        """Give back what dead workers left behind; each of them had one of its attempts."""
        with self._stalled_lock:
            now = time.monotonic()
            if now < self._look_for_stalled_at:
                return
            self._look_for_stalled_at = now + min(LOOK_FOR_STALLED_S, self._lease_s / 3)
        with self._engine.begin() as connection:
            stalled = self._query(
                connection,
                "select_stalled_jobs_by_heartbeat",
                queue=None,
                task_name=None,
                seconds_since_heartbeat=self._lease_s,
            )
            for row in stalled:
                self._give_back(connection, row["id"], row["worker_id"], delay_s=0.0, count=True)

    def _give_back(
        self, connection: Connection, job: int, lease: int | None, *, delay_s: float, count: bool
    ) -> None:
        """Let others have the job; nothing happens when the claim does not hold any more."""
        if connection.scalar(_HELD_LOCKED, {"job": job, "lease": lease}) is None:
            return
        due = connection.execute(text("SELECT now()")).scalar_one() + timedelta(seconds=delay_s)
        self._query(
            connection,
            "retry_job",
            job_id=job,
            retry_at=due,
            new_priority=None,
            new_queue_name=None,
            new_lock=None,
        )
        if not count:  # procrastinate counts every return
            connection.execute(_UNCOUNT, {"job": job})
        self._query(connection, "unregister_worker", worker_id=lease)

    def _query(self, connection: Connection, name: str, **arguments: Any) -> list[dict[str, Any]]:
        """One of procrastinate's queries in the transaction of `connection`."""
        return self._connector.execute_query_all_with_connection(
            _driver(connection), sql.queries[name], **arguments
        )


def _claim(task: Task) -> dict[str, int]:
    return {"job": int(task.id), "lease": int(task.lease)}


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    """The driver's own connection, in the same transaction."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  # the engine's URL says postgresql+psycopg
    return driver
