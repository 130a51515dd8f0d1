"""procrastinate's tables follow the installed version of the package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import Engine, text

from shotprint.queue.postgres import PostgresQueue
from shotprint.queue.protocol import Lane
from shotprint.store.database import Database

pytestmark = pytest.mark.slow

LAST_OLD = "03.02.00_50_post_batch_defer_jobs.sql"  # of procrastinate 3.2


@pytest.fixture
def engine(new_database: Callable[[str, bool], str]) -> Iterator[Engine]:
    database = Database(new_database("postgresql", False))
    yield database.engine
    database.close()


def functions(engine: Engine) -> list[str]:
    query = text("SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate%' ORDER BY 1")
    with engine.connect() as connection:
        return [str(name) for name in connection.scalars(query)]


def test_an_older_schema_is_brought_up_to_date(
    engine: Engine, new_database: Callable[[str, bool], str]
) -> None:
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        for file in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
            if file.name <= LAST_OLD:
                driver.execute(file.read_bytes())
                connection.connection.commit()  # a new word of an enumeration cannot be used before
        connection.execute(text("CREATE TABLE queue_schema (migration text NOT NULL)"))
        connection.execute(text("INSERT INTO queue_schema VALUES (:name)"), {"name": LAST_OLD})
    PostgresQueue.create(engine)
    PostgresQueue.create(engine)

    fresh = Database(new_database("postgresql", False)).engine
    PostgresQueue.create(fresh)
    assert functions(engine) == functions(fresh)
    fresh.dispose()


def test_a_newer_schema_is_left_alone(engine: Engine) -> None:
    PostgresQueue.create(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE queue_schema SET migration = '99.00.00_01_future.sql'"))
    PostgresQueue.create(engine)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT migration FROM queue_schema")) == "99.00.00_01_future.sql"


def test_lanes_are_queues_of_procrastinate(engine: Engine) -> None:
    """Its own tools (``procrastinate shell``) show our tasks."""
    PostgresQueue.create(engine)
    database = Database(engine.url.render_as_string(hide_password=False))
    with database.sessions.begin() as session:
        PostgresQueue(database.engine, lease_s=60).put(session, "work", "a", lane=Lane.UPKEEP)
    with database.reads() as session:
        row = session.execute(
            text("SELECT queue_name, task_name, args, status FROM procrastinate_jobs")
        ).one()
    assert tuple(row) == ("upkeep", "work", {"subject": "a"}, "todo")
    database.close()
