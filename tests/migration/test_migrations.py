"""The tables that the migrations make are the tables that the models describe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from shotprint.errors import InternalError
from shotprint.service.types import JobFilter
from shotprint.settings import Settings, load
from shotprint.store import migrate
from shotprint.store.database import Database
from shotprint.store.models import Base
from shotprint.wiring import App, open_app
from shotprint.wiring import migrate as migrate_all

MIGRATE = (
    "import sys; from shotprint.settings import load; from shotprint.wiring import migrate\n"
    "migrate(load(database=sys.argv[1], data=sys.argv[2]))"
)


@pytest.fixture
def empty(empty_database: str) -> Database:
    opened = Database(empty_database)
    yield opened
    opened.close()


def test_migrations_add_up_to_the_models(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.reads() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_missing_column_would_be_seen(empty: Database) -> None:
    """The comparison above can fail."""
    migrate.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.execute(text("ALTER TABLE jobs DROP COLUMN progress"))
    with empty.reads() as session:
        differences = compare_metadata(MigrationContext.configure(session.connection()), Base.metadata)
    assert [difference[0] for difference in differences] == ["add_column"]


def test_all_migrations_can_be_undone_and_done_again(empty: Database) -> None:
    migrate.upgrade(empty)
    migrate.downgrade(empty)
    assert set(inspect(empty.engine).get_table_names()) == {"alembic_version"}
    migrate.upgrade(empty)
    migrate.check(empty)


def test_migrating_again_changes_nothing(app: App, settings: Settings) -> None:
    account = app.accounts.create("studio")
    migrate_all(settings)
    assert app.accounts.list() == [account]
    assert app.jobs.page(account.id, JobFilter(), None, 10).items == ()


def test_a_migration_that_breaks_leaves_the_database_as_it_was(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade_and_break(*arguments: object) -> None:
        upgrade(*arguments)
        raise RuntimeError("the power is gone")

    upgrade = migrate.command.upgrade
    monkeypatch.setattr(migrate.command, "upgrade", upgrade_and_break)
    with pytest.raises(RuntimeError):
        migrate.upgrade(empty)
    assert inspect(empty.engine).get_table_names() == []


def test_a_database_that_was_not_migrated_is_refused(empty_database: str, tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="at migration none"):
        open_app(load(database=empty_database, data=tmp_path))
    assert not (tmp_path / "secret.key").exists()


def test_a_database_of_a_newer_version_is_refused(opened_database: Database) -> None:
    with opened_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InternalError, match="at migration 9999"):
        migrate.check(opened_database)


@pytest.mark.slow
def test_processes_that_migrate_at_once_do_not_disturb_each_other(
    empty_database: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-W", "error", "-c", MIGRATE, empty_database, str(tmp_path / "data")]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    app = open_app(load(database=empty_database, data=tmp_path / "data"))
    app.accounts.create("studio")
    app.close()
