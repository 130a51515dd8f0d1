"""Lists of tasks, and the pages of single ones."""

from __future__ import annotations

import re

import pytest
from starlette.types import ASGIApp
from support.console_browser import Browser, signed_in

from shotprint.engine.types import Match, Segment, Transform
from shotprint.service import jobs
from shotprint.service.types import (
    Account,
    ComparisonRequest,
    DeletionKind,
    ImportRequest,
    JobRequest,
    Library,
    MediaPlace,
    SaveType,
)
from shotprint.wiring import App

PLACE = MediaPlace("media", "", "one.mp4")
SEGMENT = Segment(4.0, 8.5, 0.6, 5.1, 0.81, transform=Transform(mirrored=True, crop=(0.1, 0.1, 0.8, 0.8)))


@pytest.fixture
def films(app: App, mine: Account) -> Library:
    return app.libraries.create(mine.id, "films")


def submit(app: App, library: Library, key: str = "one") -> str:
    request = JobRequest(PLACE, key, SaveType.NOSAVE, library.id)
    return app.jobs.submit(library.account_id, request).id


def end(app: App, job_id: str, *matches: Match) -> None:
    with app.database.sessions.begin() as session:
        jobs.succeed(session, job_id, matches, 12.4, None)


def fail(app: App, job_id: str) -> None:
    with app.database.sessions.begin() as session:
        jobs.fail(session, job_id, "media_not_found", "The object one.mp4 was not found")


def rows(text: str) -> list[str]:
    return re.findall(r'<tr id="job-([0-9a-f]{32})"', text)


def test_tasks_are_listed_newest_first_and_in_pages(app: App, ada: Browser, films: Library) -> None:
    made = [submit(app, films, f"file {number}") for number in range(60)]
    first = ada.get("/console/tasks")
    assert rows(first.text) == made[:9:-1]
    after = re.search(r'href="(/console/tasks\?after=[0-9a-f]{32})"', first.text)
    assert after
    assert rows(ada.get(after[1]).text) == made[9::-1]


def test_tasks_are_found_by_key_id_state_and_library(app: App, ada: Browser, films: Library) -> None:
    one, two = submit(app, films, "one"), submit(app, films, "two")
    end(app, two)
    assert rows(ada.get("/console/tasks?q=one").text) == [one]
    assert rows(ada.get(f"/console/tasks?q={two}").text) == [two]
    assert rows(ada.get("/console/tasks?state=queued").text) == [one]
    assert rows(ada.get(f"/console/tasks?library={films.id}&state=succeeded").text) == [two]
    assert rows(ada.get("/console/tasks?from=2001-01-01&to=2001-01-02").text) == []
    assert ada.get("/console/tasks?from=someday").status_code == 400
    assert ada.get("/console/tasks?after=" + "0" * 32).status_code == 400


def test_only_jobs_that_are_not_over_are_asked_for_again(app: App, ada: Browser, films: Library) -> None:
    one, two = submit(app, films), submit(app, films)
    end(app, two)
    poll = f"/console/tasks/live?id={one}"
    assert f'hx-get="{poll}"' in ada.get("/console/tasks").text
    assert f'hx-get="{poll}"' in ada.get(poll).text
    end(app, one)
    last = ada.get(poll).text
    assert "hx-get" not in last
    assert rows(last) == [one]
    assert 'hx-swap-oob="true"' in last


def test_a_job_shows_what_it_copies(app: App, ada: Browser, films: Library) -> None:
    job_id = submit(app, films)
    assert f'hx-get="/console/tasks/{job_id}/live"' in ada.get(f"/console/tasks/{job_id}").text
    end(app, job_id, Match("original", 0.81, (SEGMENT,)))
    text = ada.get(f"/console/tasks/{job_id}").text
    for shown in ("original", "0:04.0 – 0:08.5", "0:00.6 – 0:05.1", "0.81", "mirrored, cropped to 80% × 80%"):
        assert shown in text
    assert "/live" not in text
    assert ada.get(f"/console/tasks/{job_id}/live").headers["hx-refresh"] == "true"


def test_a_job_that_failed_says_why_and_takes_reports(app: App, ada: Browser, films: Library) -> None:
    job_id = submit(app, films)
    fail(app, job_id)
    page = f"/console/tasks/{job_id}"
    text = ada.get(page).text
    assert "The object one.mp4 was not found" in text
    assert "InvalidParameter.ResourceNotFound" in text
    assert "What to do" in text
    shown = ada.post(f"{page}/reports", {"result": "It is there", "details": "Since noon"}, page=page).text
    assert "It is there" in shown
    assert [report.details for report in app.reports.list(films.account_id, job_id)] == ["Since noon"]
    refused = ada.post(f"{page}/reports", {"result": "", "details": "kept words"}, page=page)
    assert refused.status_code == 400
    assert "kept words" in refused.text


def test_a_job_is_cancelled_once(app: App, ada: Browser, films: Library, mine: Account) -> None:
    job_id = submit(app, films)
    page = f"/console/tasks/{job_id}"
    assert "Cancelled" in ada.post(f"{page}/cancel", page=page).text
    assert ada.post(f"{page}/cancel", page=page).status_code == 400
    assert [entry.action for entry in app.audit.page(mine.id, None, 1).items] == ["job.cancel"]


def test_other_kinds_of_tasks_have_tabs(app: App, ada: Browser, films: Library, mine: Account) -> None:
    app.imports.submit(mine.id, ImportRequest(films.id, MediaPlace("media", "", "list.csv"), SaveType.SAVE))
    app.deletions.delete_files(mine.id, films.id, primary_keys=["old key"])
    app.deletions.delete_library(mine.id, films.id, DeletionKind.PURGE)
    compared = app.comparisons.submit(mine.id, ComparisonRequest(PLACE, MediaPlace("media", "", "two.mp4")))
    assert "list.csv" in ada.get("/console/tasks/imports").text
    assert "old key" in ada.get("/console/tasks/deletions").text
    assert "All files" in ada.get("/console/tasks/deletions?of=libraries").text
    assert compared.id in ada.get("/console/tasks/comparisons").text
    assert "two.mp4" in ada.get(f"/console/tasks/comparisons/{compared.id}").text


def test_another_accounts_tasks_are_not_there(
    app: App, site: ASGIApp, films: Library, theirs: Account
) -> None:
    job_id = submit(app, films, "secret key")
    compared = app.comparisons.submit(films.account_id, ComparisonRequest(PLACE, PLACE))
    eve = signed_in(site, app, theirs)
    assert "secret key" not in eve.get("/console/tasks").text
    assert "secret key" not in eve.get(f"/console/tasks/live?id={job_id}").text
    for page in (f"/tasks/{job_id}", f"/tasks/{job_id}/live", f"/tasks/comparisons/{compared.id}"):
        assert eve.get(f"/console{page}").status_code == 404
    for form in (f"/tasks/{job_id}/cancel", f"/tasks/{job_id}/reports"):
        assert eve.post(f"/console{form}", {"result": "x"}, page="/console/").status_code == 404
    assert eve.get(f"/console/tasks?library={films.id}").status_code == 404


def test_a_limited_key_sees_its_own_libraries_and_does_what_it_may(
    app: App, site: ASGIApp, films: Library, mine: Account
) -> None:
    hidden = app.libraries.create(mine.id, "hidden")
    one, two = submit(app, films), submit(app, hidden)
    app.accounts.add_key(mine.id, "robot", "robot secret", operations=["Query*"], libraries=[films.id])
    robot = Browser(site)
    robot.sign_in("robot", "robot secret")
    assert rows(robot.get("/console/tasks").text) == [one]
    assert robot.get(f"/console/tasks/{two}").status_code == 404
    assert robot.get(f"/console/tasks?library={hidden.id}").status_code == 404
    assert robot.get("/console/tasks/imports").status_code == 403
    assert "Cancel</button>" not in robot.get(f"/console/tasks/{one}").text
    assert robot.post(f"/console/tasks/{one}/cancel", page="/console/").status_code == 403
