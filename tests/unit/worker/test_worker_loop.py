"""The loop on a real lease table, with handlers of the test's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shotprint.engine.types import Cancel
from shotprint.errors import Cancelled, LeaseLost, MediaUnreadable, NotReady, ShotprintError, TemporaryError
from shotprint.queue.protocol import Lane, Task
from shotprint.queue.sqlite import SqliteQueue
from shotprint.store.database import Database
from shotprint.worker.loop import Limits, Worker

Work = Callable[[Task, Cancel], None]


class Handler:
    """Runs `work`, then finishes the task; remembers what happened."""

    def __init__(self, database: Database, queue: SqliteQueue) -> None:
        self.work: Work = lambda task, cancel: None
        self.runs: list[Task] = []
        self.failed: list[ShotprintError] = []
        self._database = database
        self._queue = queue

    def run(self, task: Task, cancel: Cancel) -> None:
        self.runs.append(task)
        self.work(task, cancel)
        self._finish(task)

    def fail(self, task: Task, error: ShotprintError) -> None:
        self._finish(task)
        self.failed.append(error)

    def _finish(self, task: Task) -> None:
        with self._database.sessions.begin() as session:
            if not self._queue.finish(session, task):
                raise LeaseLost


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/queue.db")
    SqliteQueue.create(database.engine)
    yield database
    database.close()


@pytest.fixture
def queue(database: Database) -> SqliteQueue:
    return SqliteQueue(database.engine, lease_s=60)


@pytest.fixture
def handler(database: Database, queue: SqliteQueue) -> Handler:
    return Handler(database, queue)


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


def make_worker(
    queue: SqliteQueue,
    handler: Handler,
    stop: threading.Event,
    *,
    abandon: Callable[[], None] | None = None,
    **limits: float,
) -> Worker:
    values = {"lease_s": 60.0, "time_limit_s": 60.0, "attempts": 3, "retry_s": 0.0} | limits
    return Worker(
        queue,
        {"work": handler},
        Limits(**values),  # type: ignore[arg-type]
        lanes=[Lane.ANALYSIS],
        name="tester",
        stop=stop,
        abandon=abandon,
    )


def put(database: Database, queue: SqliteQueue, *subjects: str, name: str = "work") -> None:
    with database.sessions.begin() as session:
        for subject in subjects:
            queue.put(session, name, subject, lane=Lane.ANALYSIS)


def until(cancel: Cancel) -> None:
    """Work that ends when it is told to."""
    ends = time.monotonic() + 20
    while not cancel():
        assert time.monotonic() < ends
        time.sleep(0.01)
    raise Cancelled


def test_a_task_is_run_and_gone(
    database: Database, queue: SqliteQueue, handler: Handler, stop: threading.Event
) -> None:
    put(database, queue, "a")
    worker = make_worker(queue, handler, stop)
    assert worker.step()
    assert not worker.step()
    assert [task.subject for task in handler.runs] == ["a"]
    assert queue.waiting() == 0


def test_temporary_faults_are_tried_as_often_as_allowed(
    database: Database, queue: SqliteQueue, handler: Handler, stop: threading.Event
) -> None:
    def work(_task: Task, _cancel: Cancel) -> None:
        raise TemporaryError("no bucket today")

    handler.work = work
    put(database, queue, "a")
    worker = make_worker(queue, handler, stop)
    while worker.step():
        pass
    assert [task.attempt for task in handler.runs] == [1, 2, 3]
    assert [(error.code, error.message) for error in handler.failed] == [("temporary", "no bucket today")]
    assert queue.waiting() == 0


def test_bad_media_is_tried_once(
    database: Database, queue: SqliteQueue, handler: Handler, stop: threading.Event
) -> None:
    def work(_task: Task, _cancel: Cancel) -> None:
        raise MediaUnreadable

    handler.work = work
    put(database, queue, "a")
    worker = make_worker(queue, handler, stop)
    while worker.step():
        pass
    assert len(handler.runs) == 1
    assert [error.code for error in handler.failed] == ["media_unreadable"]


def test_what_is_not_ready_stays_in_the_queue_as_long_as_it_takes(
    database: Database, queue: SqliteQueue, handler: Handler, stop: threading.Event
) -> None:
    def work(_task: Task, _cancel: Cancel) -> None:
        if len(handler.runs) < 5:
            raise NotReady

    handler.work = work
    put(database, queue, "a")
    worker = make_worker(queue, handler, stop, attempts=2)
    ends = time.monotonic() + 30
    while queue.waiting():
        assert time.monotonic() < ends
        worker.step()
        time.sleep(0.02)
    assert [task.attempt for task in handler.runs] == [1] * 5
    assert handler.failed == []


def test_a_task_that_ended_its_worker_too_often_is_not_run_again(
    database: Database, queue: SqliteQueue, handler: Handler, stop: threading.Event
) -> None:
    put(database, queue, "a")
    dying = SqliteQueue(database.engine, lease_s=0.0)
    for attempt in (1, 2, 3):
        task = dying.claim([Lane.ANALYSIS], "dying")
        assert task is not None
        assert task.attempt == attempt
        time.sleep(0.01)
    make_worker(queue, handler, stop).step()
    assert handler.runs == []
    (error,) = handler.failed
    assert error.code == "internal"
    assert "ended unexpectedly" in error.message
    assert "3 times" in error.message


def test_a_task_of_an_unknown_name_waits_for_a_worker_that_knows_it(
    database: Database, queue: SqliteQueue, handler: Handler, stop: threading.Event
) -> None:
    put(database, queue, "a", name="of a newer version")
    worker = make_worker(queue, handler, stop)
    assert worker.step()
    assert not worker.step()
    assert queue.waiting() == 1
    assert handler.failed == []


def test_work_that_takes_too_long_is_cancelled_and_fails(
    database: Database, queue: SqliteQueue, handler: Handler, stop: threading.Event
) -> None:
    handler.work = lambda _task, cancel: until(cancel)
    put(database, queue, "a")
    make_worker(queue, handler, stop, time_limit_s=0.1).step()
    assert [error.code for error in handler.failed] == ["media_too_long"]
    assert queue.waiting() == 0


def test_a_stop_cancels_the_work_and_gives_it_back(
    database: Database, queue: SqliteQueue, handler: Handler, stop: threading.Event
) -> None:
    def work(_task: Task, cancel: Cancel) -> None:
        stop.set()
        until(cancel)

    handler.work = work
    put(database, queue, "a", "b")
    make_worker(queue, handler, stop).run()
    assert len(handler.runs) == 1
    task = queue.claim([Lane.ANALYSIS], "next")
    assert task is not None
    assert (task.subject, task.attempt) == ("a", 1)


def test_a_lost_lease_cancels_the_work_and_leaves_the_task_to_the_other(
    database: Database, handler: Handler, queue: SqliteQueue, stop: threading.Event
) -> None:
    other: list[Task] = []

    def work(_task: Task, cancel: Cancel) -> None:
        # The lease is taken away as if this process had slept.
        with database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE queue_tasks SET leased_until = 0")
        taken = queue.claim([Lane.ANALYSIS], "other")
        assert taken is not None
        other.append(taken)
        until(cancel)

    handler.work = work
    put(database, queue, "a")
    make_worker(queue, handler, stop, lease_s=0.3).step()
    assert handler.failed == []
    assert queue.beat(other[0])


def test_the_lease_is_kept_while_the_work_runs(
    database: Database, handler: Handler, queue: SqliteQueue, stop: threading.Event
) -> None:
    brief = SqliteQueue(database.engine, lease_s=1.5)
    stolen: list[Task | None] = []

    def work(_task: Task, _cancel: Cancel) -> None:
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            stolen.append(brief.claim([Lane.ANALYSIS], "other"))
            time.sleep(0.1)

    handler.work = work
    put(database, queue, "a")
    make_worker(brief, handler, stop, lease_s=1.5).step()
    assert stolen
    assert set(stolen) == {None}
    assert queue.waiting() == 0


def test_work_that_does_not_react_is_settled_and_its_process_ended(
    database: Database, handler: Handler, queue: SqliteQueue, stop: threading.Event
) -> None:
    abandoned = threading.Event()

    def work(_task: Task, _cancel: Cancel) -> None:
        assert abandoned.wait(20)

    handler.work = work
    put(database, queue, "a")
    worker = make_worker(queue, handler, stop, time_limit_s=0.1, grace_s=0.1, abandon=abandoned.set)
    worker.step()
    assert [error.code for error in handler.failed] == ["media_too_long"]
    assert queue.waiting() == 0


def test_the_loop_outlives_faults_of_the_database(
    tmp_path: Path, database: Database, handler: Handler, queue: SqliteQueue, stop: threading.Event
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE queue_tasks RENAME TO hidden")
    thread = threading.Thread(target=make_worker(queue, handler, stop).run)
    thread.start()
    time.sleep(0.3)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO queue_tasks")
    put(database, queue, "a")
    ends = time.monotonic() + 20
    while queue.waiting():
        assert time.monotonic() < ends
        time.sleep(0.05)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert [task.subject for task in handler.runs] == ["a"]
