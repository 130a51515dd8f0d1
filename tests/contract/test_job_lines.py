"""Lists of jobs: filtered, page by page, of one account alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from shotprint.engine.types import Match
from shotprint.errors import InvalidValue
from shotprint.service import jobs
from shotprint.service.types import Account, JobFilter, JobRequest, JobState, Library, MediaPlace, SaveType
from shotprint.wiring import App

ALL = JobFilter()


def submit(app: App, account_id: str, library_id: str, key: str) -> str:
    place = MediaPlace("media", "", f"{key}.mp4")
    return app.jobs.submit(account_id, JobRequest(place, key, SaveType.NOSAVE, library_id)).id


def ids(app: App, account_id: str, wanted: JobFilter = ALL) -> list[str]:
    return [line.id for line in app.job_lines.page(account_id, wanted, None, 100).items]


def test_pages_follow_one_another_newest_first(app: App, mine: Account, library: Library) -> None:
    made = [submit(app, mine.id, library.id, f"file {number}") for number in range(7)]
    seen, token = [], None
    while True:
        page = app.job_lines.page(mine.id, JobFilter(), token, 3)
        seen += [line.id for line in page.items]
        token = page.next_token
        if token is None:
            break
    assert seen == made[::-1]


def test_filters_are_all_kept(app: App, mine: Account, library: Library) -> None:
    other = app.libraries.create(mine.id, "other")
    here, there = submit(app, mine.id, library.id, "a"), submit(app, mine.id, other.id, "a")
    failed = submit(app, mine.id, library.id, "b")
    with app.database.sessions.begin() as session:
        jobs.fail(session, failed, "media_not_found", "It is not there")
    assert ids(app, mine.id) == [failed, there, here]
    assert ids(app, mine.id, JobFilter(library_id=other.id)) == [there]
    assert ids(app, mine.id, JobFilter(state=JobState.FAILED)) == [failed]
    assert ids(app, mine.id, JobFilter(state=JobState.FAILED, library_id=other.id)) == []
    assert ids(app, mine.id, JobFilter(text="a")) == [there, here]
    assert ids(app, mine.id, JobFilter(text="a", library_id=library.id)) == [here]
    assert ids(app, mine.id, JobFilter(text=there)) == [there]
    assert ids(app, mine.id, JobFilter(text="\0")) == []
    assert ids(app, mine.id, JobFilter(library_ids=frozenset({other.id}))) == [there]
    created = app.jobs.one(mine.id, there).created
    assert ids(app, mine.id, JobFilter(created_from=created)) == [failed, there]
    assert ids(app, mine.id, JobFilter(created_to=created)) == [there, here]
    assert ids(app, mine.id, JobFilter(created_from=created + timedelta(days=1))) == []


def test_a_line_says_how_many_files_it_copies(app: App, mine: Account, library: Library) -> None:
    job_id = submit(app, mine.id, library.id, "a")
    with app.database.sessions.begin() as session:
        jobs.succeed(session, job_id, [Match("one", 0.9, ()), Match("two", 0.8, ())], 12.5, None)
    (line,) = app.job_lines.of(mine.id, [job_id])
    assert (line.match_count, line.duration_s, line.is_over) == (2, 12.5, True)


def test_another_accounts_jobs_are_not_there(app: App, mine: Account, library: Library) -> None:
    other = app.accounts.create("other")
    theirs = submit(app, other.id, app.libraries.create(other.id, "library").id, "a")
    mine_id = submit(app, mine.id, library.id, "a")
    assert ids(app, mine.id) == [mine_id]
    assert ids(app, mine.id, JobFilter(text=theirs)) == []
    assert app.job_lines.of(mine.id, [theirs, "x"]) == []
    with pytest.raises(InvalidValue):
        app.job_lines.page(mine.id, JobFilter(), theirs, 10)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (JobFilter(), "ix_jobs_listing"),
        (JobFilter(state=JobState.FAILED), "ix_jobs_state"),
        (JobFilter(library_id="0" * 32), "ix_jobs_library"),
        (JobFilter(library_id="0" * 32, state=JobState.FAILED), "ix_jobs_library"),
        (JobFilter(text="one.mp4"), "ix_jobs_key"),
    ],
)
def test_a_page_is_read_from_an_index_in_its_order(
    app: App, mine: Account, library: Library, wanted: JobFilter, index: str
) -> None:
    token = submit(app, mine.id, library.id, "a")
    asked: list[tuple[str, object]] = []
    engine = app.database.reading

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    app.job_lines.page(mine.id, wanted, token, 50)
    event.remove(engine, "before_cursor_execute", note)
    statement, parameters = next(pair for pair in asked if "ORDER BY" in pair[0])
    sqlite = app.database.is_sqlite
    with engine.connect() as connection:
        if not sqlite:  # of a table with one row it reads all and sorts it, unless that costs too much
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
    plan = " / ".join(str(row[-1]) for row in rows)
    assert index in plan
    assert not [word for word in ("SCAN ", "TEMP B-TREE", "Seq Scan", "Sort") if word in plan]
