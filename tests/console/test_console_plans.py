"""However many jobs and files there are, no page reads a table from its beginning to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event
from support.console_browser import Browser
from support.console_things import fill

from shotprint.service.types import Account
from shotprint.wiring import App

WHOLE = re.compile(r"SCAN \w+$")
"""A table, and no index of it; tables of constants and subqueries have names in capitals or brackets."""

GROWS = ("jobs", "files", "audit", "notifications", "uploads", "imports", "import_lines", "comparisons",
         "file_deletions", "library_deletions", "reports", "verdicts", "sessions", "libraries")  # fmt: skip


@contextmanager
def noted(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    """The queries that go to the database meanwhile."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def queries(app: App, ada: Browser, mine: Account) -> dict[tuple[str, str], tuple[str, object]]:
    """All queries of all pages, with their parameters and a page that asks each."""
    found = {}
    paths = fill(app, mine, "films", "text", "one.mp4").pages()
    more = {
        "by state": "/tasks?state=failed",
        "by key": "/tasks?q=one.mp4",
        "by day": "/tasks?from=2026-01-01",
    }
    for path in {**paths, **more}.values():
        with noted(app.database.reading) as asked:
            assert ada.get(f"/console{path}").status_code == 200
        found |= {(statement, repr(parameters)): (path, parameters) for statement, parameters in asked}
    return found


def test_pages_read_no_table_whole(app: App, queries: dict[tuple[str, str], tuple[str, object]]) -> None:
    assert len(queries) > 50
    whole = []
    with app.database.reading.connect() as connection:
        for (statement, _), (path, parameters) in queries.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            whole += [
                f"{path}: {row[-1]}: {statement}"
                for row in plan
                if WHOLE.match(str(row[-1])) and row[-1].split()[1] in GROWS
            ]
    assert whole == []
