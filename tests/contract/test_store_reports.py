from __future__ import annotations

import pytest
from sqlalchemy import func, select

from shotprint.errors import EmptyValue, InvalidState, InvalidValue, JobNotFound, OutOfRange
from shotprint.service import jobs
from shotprint.service.types import Account, Job, JobRequest, MediaPlace, SaveType
from shotprint.store.models import ReportRow
from shotprint.wiring import App


def submit(app: App, account: Account, *, failed: bool) -> Job:
    job = app.jobs.submit(account.id, JobRequest(MediaPlace("b", "l", "o"), "key", SaveType.SAVE))
    if failed:
        with app.database.sessions.begin() as session:
            jobs.fail(session, job.id, "media_unreadable", "broken")
    return job


def count(app: App) -> int:
    with app.database.reads() as session:
        return session.scalar(select(func.count()).select_from(ReportRow)) or 0


def test_a_report_on_a_failed_job_is_kept(app: App, mine: Account) -> None:
    job = submit(app, mine, failed=True)
    first = app.reports.report(mine.id, job.id, "ok elsewhere ✓", "plays in a browser")
    second = app.reports.report(mine.id, job.id, "still")
    assert (first.job_id, first.result, first.details) == (job.id, "ok elsewhere ✓", "plays in a browser")
    assert app.reports.list(mine.id, job.id) == [first, second]


def test_a_report_on_any_other_job_is_refused_and_not_kept(app: App, mine: Account) -> None:
    other = app.accounts.create("other")
    foreign, waiting = submit(app, other, failed=True), submit(app, mine, failed=False)
    done = submit(app, mine, failed=False)
    with app.database.sessions.begin() as session:
        jobs.succeed(session, done.id, [], 1.0, None)
    for job_id in (foreign.id, "f" * 32, "", "a\0"):
        with pytest.raises(JobNotFound):
            app.reports.report(mine.id, job_id, "wrong")
    for job in (waiting, done):
        with pytest.raises(InvalidState):
            app.reports.report(mine.id, job.id, "wrong")
    assert count(app) == 0
    assert app.reports.list(mine.id, foreign.id) == []


def test_texts_that_cannot_be_kept_are_refused(app: App, mine: Account) -> None:
    job = submit(app, mine, failed=True)
    for result, details, error in (
        ("", None, EmptyValue), ("a\0", None, InvalidValue), ("x", "a\0", InvalidValue),
        ("x" * 70_000, None, OutOfRange),
    ):  # fmt: skip
        with pytest.raises(error):
            app.reports.report(mine.id, job.id, result, details)
    assert count(app) == 0
