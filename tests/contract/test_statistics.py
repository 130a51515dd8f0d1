"""Counts of jobs, days and files, of one account alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from sqlalchemy import update
from support.service_work import store_print

from shotprint.engine.types import Match
from shotprint.service import jobs
from shotprint.service.checks import now
from shotprint.service.statistics import Totals
from shotprint.service.types import Account, JobRequest, JobState, Library, MediaPlace, SaveType
from shotprint.store.models import JobRow
from shotprint.wiring import App


def finish(app: App, library: Library, *, days_ago: int, matches: int | None) -> None:
    """A job that ended so long ago, with so many matches; None: it failed."""
    request = JobRequest(MediaPlace("media", "", "a"), "a", SaveType.NOSAVE, library.id)
    job_id = app.jobs.submit(library.account_id, request).id
    with app.database.sessions.begin() as session:
        if matches is None:
            jobs.fail(session, job_id, "media_not_found", "It is not there")
        else:
            jobs.succeed(session, job_id, [Match(str(n), 0.9, ()) for n in range(matches)], 60.0, None)
        moment = now() - timedelta(days=days_ago)
        session.execute(update(JobRow).where(JobRow.id == job_id).values(finished=moment))


def test_jobs_are_counted_by_day_and_state(app: App, mine: Account, library: Library) -> None:
    other = app.libraries.create(mine.id, "other")
    foreign = app.libraries.create(app.accounts.create("foreign").id, "foreign")
    finish(app, library, days_ago=0, matches=2)
    finish(app, library, days_ago=0, matches=None)
    finish(app, other, days_ago=2, matches=1)
    finish(app, library, days_ago=40, matches=7)
    finish(app, foreign, days_ago=0, matches=5)
    app.jobs.submit(mine.id, JobRequest(MediaPlace("media", "", "a"), "a", SaveType.NOSAVE, library.id))
    days = app.statistics.days(mine.id, 30)
    assert len(days) == 30
    assert [(day.succeeded, day.failed, day.media_s, day.matches) for day in days[-3:]] == [
        (1, 0, 60.0, 1), (0, 0, 0.0, 0), (1, 1, 60.0, 2),
    ]  # fmt: skip
    assert sum(day.succeeded for day in days) == 2
    assert all(after.start - before.start == timedelta(days=1) for before, after in pairwise(days))
    assert app.statistics.days(mine.id, 30, {other.id})[-1].succeeded == 0
    states = app.statistics.by_state(mine.id)
    assert states == {JobState.QUEUED: 1, JobState.RUNNING: 0, JobState.SUCCEEDED: 3, JobState.FAILED: 1}
    assert app.statistics.by_state(mine.id, {other.id})[JobState.SUCCEEDED] == 1


def test_what_waited_at_the_end_of_each_day_is_told(app: App, mine: Account, library: Library) -> None:
    other = app.libraries.create(mine.id, "other")
    spans = [
        (5, 3, library),
        (4, 0, other),
        (4, None, library),
        (3, 3, library),
        (0, None, library),
        (50, 1, library),
    ]
    for created, finished, where in spans:
        request = JobRequest(MediaPlace("media", "", "a"), "a", SaveType.NOSAVE, where.id)
        job_id = app.jobs.submit(mine.id, request).id
        with app.database.sessions.begin() as session:
            if finished is not None:
                jobs.fail(session, job_id, "media_not_found", "It is not there")
                ended = now() - timedelta(days=finished)
                session.execute(update(JobRow).where(JobRow.id == job_id).values(finished=ended))
            began = now() - timedelta(days=created)
            session.execute(update(JobRow).where(JobRow.id == job_id).values(created=began))
    waiting = [day.waiting for day in app.statistics.days(mine.id, 7)]
    assert waiting == [1, 2, 4, 3, 3, 2, 2]
    assert [day.waiting for day in app.statistics.days(mine.id, 7, {other.id})] == [0, 0, 1, 1, 1, 1, 0]


def test_the_largest_libraries_come_first(app: App, mine: Account, library: Library) -> None:
    other = app.libraries.create(mine.id, "other")
    app.libraries.create(mine.id, "empty")
    store_print(app, library.id, "one", 1, duration=4.0)
    store_print(app, other.id, "two", 2, duration=6.0)
    largest = app.statistics.largest(mine.id, 2)
    assert [(one.name, one.media_s) for one in largest] == [("other", 6.0), ("library", 4.0)]
    assert [one.name for one in app.statistics.largest(mine.id, 9, {library.id})] == ["library"]
    assert app.statistics.largest(app.accounts.create("new").id, 9) == []


def test_what_is_stored_is_summed(app: App, mine: Account, library: Library) -> None:
    other = app.libraries.create(mine.id, "other")
    store_print(app, library.id, "one", 1, duration=6.0)
    store_print(app, other.id, "two", 2, duration=4.0)
    assert app.statistics.totals(mine.id) == Totals(2, 2, 10.0)
    assert app.statistics.totals(mine.id, {other.id}) == Totals(1, 1, 4.0)
    assert app.statistics.totals(app.accounts.create("new").id) == Totals(0, 0, 0.0)
