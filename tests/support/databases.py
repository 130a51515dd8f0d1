"""Fixtures: a fresh database, brought to this version, on SQLite and on PostgreSQL.

A database is made once per kind and then copied, which takes a moment; migrating takes longer.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from shotprint.settings import Settings, load, normalise_database
from shotprint.store.database import Database
from shotprint.wiring import App, migrate, open_app

from .postgres_server import ENV, NoPostgres, PostgresServer
from .requirements import missing

BOTH = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.slow),
]


class Postgres:
    """Makes and drops databases on one server."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of `template` (a name); returns its URL."""
        name = f"shotprint_{secrets.token_hex(6)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), make_url(url).database or "")

    def _run(self, statement: sql.SQL, *names: str) -> None:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with closing(psycopg.connect(plain, autocommit=True)) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; without one the test is skipped, but fails under CI=true."""
    if ENV in os.environ:
        yield Postgres(normalise_database(os.environ[ENV]))
        return
    try:
        server = PostgresServer()
    except NoPostgres as exc:
        missing(str(exc))
    try:
        yield Postgres(server.url())
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a PostgreSQL database to copy."""
    url = postgres.create()
    migrate(load(database=url, data=tmp_path_factory.mktemp("postgres")))
    yield make_url(url).database or ""
    postgres.drop(url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(load(database=f"sqlite:///{path}", data=path.parent))
    return path


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str, bool], str]]:
    """Call it with "sqlite" or "postgresql", and whether migrated, for the URL of a fresh database."""
    made: list[tuple[Postgres, str]] = []

    def new(kind: str, migrated: bool = True) -> str:
        path = tmp_path / f"{secrets.token_hex(4)}.db"
        if kind == "sqlite":
            if migrated:
                shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
            return f"sqlite:///{path}"
        server = request.getfixturevalue("postgres")
        url = server.create(request.getfixturevalue("migrated_postgres")) if migrated else server.create()
        made.append((server, url))
        return url

    yield new
    for server, url in made:
        server.drop(url)


@pytest.fixture(params=BOTH)
def database_kind(request: pytest.FixtureRequest) -> str:
    """ "sqlite", then "postgresql"."""
    return str(request.param)


@pytest.fixture
def empty_database(database_kind: str, new_database: Callable[[str, bool], str]) -> str:
    """The URL of a database without tables, on both kinds."""
    return new_database(database_kind, False)


@pytest.fixture
def database(database_kind: str, new_database: Callable[[str, bool], str]) -> str:
    """The URL of a fresh, migrated database, on both kinds."""
    return new_database(database_kind, True)


@pytest.fixture
def opened_database(database: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(database)
    yield opened
    opened.close()


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings with that database and a directory of the test's own."""
    return load(database=database, data=tmp_path / "data", workers=1)


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    """The services on that database; no worker runs."""
    opened = open_app(settings)
    yield opened
    opened.close()
