"""What every queue does, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from shotprint.queue.protocol import Lane, Queue, Task
from shotprint.queue.sqlite import SqliteQueue
from shotprint.store.database import Database

BRIEF_S = 0.4  # a lease that a test can wait for
LONGER_S = 2.0  # so long that a busy machine does not let it run out unnoticed

MakeQueue = Callable[[float], Queue]


@pytest.fixture
def make_queue(opened_database: Database) -> MakeQueue:
    """Call it with the lease in seconds."""

    def make(lease_s: float) -> Queue:
        if opened_database.is_sqlite:
            return SqliteQueue(opened_database.engine, lease_s=lease_s)
        from shotprint.queue.postgres import PostgresQueue

        return PostgresQueue(opened_database.engine, lease_s=lease_s)

    return make


@pytest.fixture
def queue(make_queue: MakeQueue) -> Queue:
    return make_queue(60.0)


def put(database: Database, queue: Queue, *subjects: str, lane: Lane = Lane.ANALYSIS) -> None:
    with database.sessions.begin() as session:
        for subject in subjects:
            queue.put(session, "work", subject, lane=lane)


def claim(queue: Queue, worker: str = "one") -> Task:
    task = queue.claim([Lane.ANALYSIS], worker)
    assert task is not None
    return task


def finish(database: Database, queue: Queue, task: Task) -> bool:
    with database.sessions.begin() as session:
        return queue.finish(session, task)


def wait_for_claim(queue: Queue, worker: str) -> Task:
    """Claims as a worker does, until there is something: a lease has to run out first."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        task = queue.claim([Lane.ANALYSIS], worker)
        if task is not None:
            return task
        time.sleep(0.05)
    pytest.fail("nothing could be claimed")


def test_nothing_can_be_claimed_from_an_empty_queue(queue: Queue) -> None:
    assert queue.claim([Lane.ANALYSIS, Lane.UPKEEP], "one") is None
    assert queue.waiting() == 0


def test_the_oldest_task_comes_first(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "a", "b", "c")
    tasks = [claim(queue) for _ in range(3)]
    assert [task.subject for task in tasks] == ["a", "b", "c"]
    assert {task.name for task in tasks} == {"work"}
    assert {task.attempt for task in tasks} == {1}
    assert len({task.lease for task in tasks}) == 3
    assert queue.claim([Lane.ANALYSIS], "one") is None


def test_a_task_waits_in_its_lane_only(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "light", lane=Lane.UPKEEP)
    assert queue.claim([Lane.ANALYSIS], "one") is None
    task = queue.claim([Lane.ANALYSIS, Lane.UPKEEP], "one")
    assert task is not None
    assert (task.subject, task.lane) == ("light", Lane.UPKEEP)


def test_a_task_put_in_a_transaction_that_is_rolled_back_never_was(
    opened_database: Database, queue: Queue
) -> None:
    with opened_database.sessions() as session:
        queue.put(session, "work", "a", lane=Lane.ANALYSIS)
        session.rollback()
    assert queue.claim([Lane.ANALYSIS], "one") is None
    assert queue.waiting() == 0


def test_a_task_is_not_seen_before_its_transaction_is_committed(
    opened_database: Database, queue: Queue
) -> None:
    with opened_database.sessions() as session:
        queue.put(session, "work", "a", lane=Lane.ANALYSIS)
        if not opened_database.is_sqlite:  # there a claim would wait for this transaction
            assert queue.claim([Lane.ANALYSIS], "one") is None
        session.commit()
    assert claim(queue).subject == "a"


def test_a_task_is_not_due_before_its_time(opened_database: Database, queue: Queue) -> None:
    with opened_database.sessions.begin() as session:
        later = datetime.now(UTC) + timedelta(seconds=LONGER_S)
        queue.put(session, "work", "later", lane=Lane.ANALYSIS, not_before=later)
        queue.put(session, "work", "now", lane=Lane.ANALYSIS)
    assert claim(queue).subject == "now"
    assert queue.claim([Lane.ANALYSIS], "one") is None
    assert wait_for_claim(queue, "one").subject == "later"
    assert datetime.now(UTC) >= later - timedelta(milliseconds=5)


def test_a_finished_task_is_gone(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "a")
    task = claim(queue)
    assert queue.waiting() == 1
    assert finish(opened_database, queue, task)
    assert queue.waiting() == 0
    assert not finish(opened_database, queue, task)
    assert not queue.beat(task)


def test_a_task_is_not_finished_when_the_transaction_is_rolled_back(
    opened_database: Database, queue: Queue
) -> None:
    put(opened_database, queue, "a")
    task = claim(queue)
    with opened_database.sessions() as session:
        assert queue.finish(session, task)
        session.rollback()
    assert queue.beat(task)
    assert finish(opened_database, queue, task)


def test_what_a_dead_worker_had_goes_to_another_one(opened_database: Database, make_queue: MakeQueue) -> None:
    queue = make_queue(BRIEF_S)
    put(opened_database, queue, "a")
    first = claim(queue, "dead")
    second = wait_for_claim(queue, "alive")
    assert (second.id, second.subject, second.attempt) == (first.id, "a", 2)
    assert second.lease != first.lease


def test_who_lost_the_lease_can_do_nothing_to_the_task(
    opened_database: Database, make_queue: MakeQueue
) -> None:
    queue = make_queue(60.0)
    put(opened_database, queue, "a")
    late = claim(make_queue(BRIEF_S), "slept")
    holder = wait_for_claim(make_queue(BRIEF_S), "has it now")
    assert not queue.beat(late)
    assert not finish(opened_database, queue, late)
    queue.release(late, delay_s=0.0, count=True)
    assert queue.beat(holder)
    assert queue.claim([Lane.ANALYSIS], "third") is None
    assert finish(opened_database, queue, holder)


def test_the_same_worker_gets_a_new_lease_after_losing_one(
    opened_database: Database, make_queue: MakeQueue
) -> None:
    queue = make_queue(BRIEF_S)
    put(opened_database, queue, "a")
    late = claim(queue, "one")
    again = wait_for_claim(queue, "one")
    assert not finish(opened_database, queue, late)
    assert finish(opened_database, queue, again)


def test_a_beat_keeps_the_lease(opened_database: Database, make_queue: MakeQueue) -> None:
    queue = make_queue(LONGER_S)
    put(opened_database, queue, "a")
    task = claim(queue, "alive")
    ends = time.monotonic() + 1.5 * LONGER_S
    while time.monotonic() < ends:
        assert queue.beat(task)
        assert queue.claim([Lane.ANALYSIS], "other") is None
        time.sleep(LONGER_S / 20)
    assert finish(opened_database, queue, task)


def test_a_released_task_can_be_claimed_again(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "a")
    first = claim(queue)
    queue.release(first, delay_s=0.0, count=True)
    second = claim(queue, "two")
    assert (second.id, second.attempt) == (first.id, 2)
    assert not queue.beat(first)
    assert not finish(opened_database, queue, first)


def test_a_release_that_does_not_count_leaves_the_attempts(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "a")
    for _ in range(3):
        task = claim(queue)
        assert task.attempt == 1
        queue.release(task, delay_s=0.0, count=False)
    queue.release(claim(queue), delay_s=0.0, count=True)
    queue.release(claim(queue), delay_s=0.0, count=False)
    assert claim(queue).attempt == 2


def test_a_released_task_waits_for_its_delay(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "a", "b")
    released = time.monotonic()
    queue.release(claim(queue), delay_s=LONGER_S, count=True)
    assert claim(queue).subject == "b"
    assert queue.claim([Lane.ANALYSIS], "one") is None
    assert wait_for_claim(queue, "one").subject == "a"
    assert time.monotonic() - released >= LONGER_S * 0.99


def test_a_released_task_keeps_its_place_before_younger_ones(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "a", "b")
    queue.release(claim(queue), delay_s=0.0, count=False)
    assert claim(queue).subject == "a"


def test_many_workers_get_each_task_once(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, *(str(number) for number in range(40)))
    done: list[str] = []
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            while (task := queue.claim([Lane.ANALYSIS], name)) is not None:
                assert queue.beat(task)
                done.append(task.subject)
                assert finish(opened_database, queue, task)
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert Counter(done) == Counter(str(number) for number in range(40))
    assert queue.waiting() == 0


def test_many_workers_after_a_dead_one_get_its_task_once(
    opened_database: Database, make_queue: MakeQueue
) -> None:
    queues = [make_queue(LONGER_S) for _ in range(4)]
    put(opened_database, queues[0], "a")
    claim(queues[0], "dead")
    time.sleep(LONGER_S * 1.1)
    got: list[Task] = []
    together = threading.Barrier(len(queues))

    def work(queue: Queue, name: str) -> None:
        together.wait()
        task = queue.claim([Lane.ANALYSIS], name)
        if task is not None:
            got.append(task)

    workers = [
        threading.Thread(target=work, args=(queue, f"worker {number}")) for number, queue in enumerate(queues)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [task.attempt for task in got] == [2]


def test_creating_the_queue_again_keeps_what_waits(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "a")
    type(queue).create(opened_database.engine)  # type: ignore[attr-defined]
    assert claim(queue).subject == "a"


def test_a_finished_task_leaves_no_rows(opened_database: Database, queue: Queue) -> None:
    put(opened_database, queue, "a", "b")
    queue.release(claim(queue), delay_s=0.0, count=True)
    assert finish(opened_database, queue, claim(queue))
    assert finish(opened_database, queue, claim(queue))
    tables = ["queue_tasks"]
    if not opened_database.is_sqlite:
        tables = ["procrastinate_jobs", "procrastinate_workers", "procrastinate_events"]
    with opened_database.reads() as session:
        for table in tables:
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
