from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from shotprint.errors import InternalError, InvalidValue, TemporaryError
from shotprint.store.database import Database, first_contact
from shotprint.store.models import AccessKeyRow, AccountRow, Base


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'made' / 'here.db'}")
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def account(created: datetime, account_id: str = "a") -> AccountRow:
    return AccountRow(id=account_id, name=account_id, created=created)


def test_each_connection_is_prepared(database: Database) -> None:
    with database.reads() as first, database.reads() as second:
        for session in (first, second):
            for name, value in (("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 30_000)):
                assert session.scalar(text(f"PRAGMA {name}")) == value


def test_foreign_keys_hold(database: Database) -> None:
    key = AccessKeyRow(
        id="k", account_id="nobody", secret_sealed="x", enabled=True, created=datetime.now(UTC)
    )
    with pytest.raises(IntegrityError), database.sessions.begin() as session:
        session.add(key)


def test_a_writer_that_first_reads_waits_for_the_writer_before_it(database: Database) -> None:
    """With a plain BEGIN the second one would fail at its first write: the first has written since it read."""
    with database.sessions.begin() as session:
        session.add(account(datetime.now(UTC)))
    both_started = threading.Barrier(2)

    def read_then_write(name: str) -> None:
        both_started.wait(timeout=30)
        with database.sessions.begin() as session:
            row = session.scalars(select(AccountRow)).one()
            row.name += name

    threads = [threading.Thread(target=read_then_write, args=(name,)) for name in "xy"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with database.reads() as session:
        assert session.scalars(select(AccountRow.name)).one() in ("axy", "ayx")


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.sessions.begin() as writer:
        writer.add(account(datetime.now(UTC)))
        writer.flush()
        with database.reads() as reader:
            assert reader.scalars(select(AccountRow)).all() == []


def test_many_writers_of_a_process_all_get_their_turn(database: Database) -> None:
    def write(number: int) -> None:
        with database.sessions.begin() as session:
            session.add(account(datetime.now(UTC), str(number)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with database.reads() as session:
        assert len(session.scalars(select(AccountRow)).all()) == 50


def test_only_what_a_power_cut_may_take_does_not_wait_for_the_disk(database: Database) -> None:
    for _ in range(2):  # both use the one connection for writers
        with database.fleeting.begin() as connection:
            assert connection.scalar(text("PRAGMA synchronous")) == 1
        with database.sessions.begin() as session:
            assert session.scalar(text("PRAGMA synchronous")) == 2


def test_a_broken_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.sessions.begin() as session:  # noqa: PT012
        session.add(account(datetime.now(UTC)))
        session.flush()
        session.execute(text("CREATE TABLE more (id INTEGER)"))
        raise RuntimeError
    with database.reads() as session:
        assert session.scalars(select(AccountRow)).all() == []
        assert session.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'more'")).scalar() == 0


def test_times_keep_their_instant_and_microseconds(database: Database) -> None:
    moment = datetime(2026, 3, 4, 5, 6, 7, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with database.sessions.begin() as session:
        session.add(account(moment))
    with database.reads() as session:
        (found,) = session.scalars(select(AccountRow.created).where(AccountRow.created == moment))
    assert found == moment
    assert found.tzinfo is UTC


def test_a_time_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without zone"), database.sessions.begin() as session:
        session.add(account(datetime(2026, 1, 1)))


def test_a_database_that_nobody_serves_is_an_error_without_its_password() -> None:
    url = "postgresql+psycopg://someone:hunter2@127.0.0.1:9/x"
    database = Database(url)
    with pytest.raises(TemporaryError, match="cannot be reached") as caught, first_contact(url):
        database.reads().execute(text("SELECT 1"))
    assert "127.0.0.1:9/x" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_a_file_that_is_no_database_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"not a database at all, but long enough to look at" * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(InternalError, match="not a database"), first_contact(database.url):
        database.reads().execute(text("SELECT 1"))


def test_postgresql_without_its_packages_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InvalidValue, match=r"shotprint\[postgres\]"):
        Database("postgresql+psycopg://h/d")
