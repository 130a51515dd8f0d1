from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from shotprint.engine.types import FramePair, Match, Segment, Transform
from shotprint.errors import EmptyValue, InvalidValue, JobNotFound, LibraryNotFound, OutOfRange
from shotprint.queue.protocol import Lane
from shotprint.service import jobs
from shotprint.service.types import (
    Account,
    Job,
    JobFilter,
    JobRequest,
    JobState,
    MediaPlace,
    Modality,
    SaveType,
)
from shotprint.service.visibility import Visibility
from shotprint.store.models import JobRow
from shotprint.wiring import App

MATCH = Match(
    "key-7", 0.875,
    (Segment(0.1, 9.75, 60.0, 72.0, 0.9, 1.25, "video", Transform(True, False, -90.0, (0.1, 0.0, 0.8, 1.0)),
             (FramePair(0.2, 60.2, 3.5),)),),
)  # fmt: skip


@pytest.fixture
def other(app: App) -> Account:
    return app.accounts.create("other")


def request(key: str = "key", **values: object) -> JobRequest:
    return replace(JobRequest(MediaPlace("demo", "here", "a%20b.mp4"), key, SaveType.SAVE), **values)  # type: ignore[arg-type]


def submit(app: App, account: Account, count: int, **values: object) -> list[Job]:
    return [app.jobs.submit(account.id, request(f"key {number}", **values)) for number in range(count)]


def read(app: App, account: Account, job: Job) -> Job:
    (found,), missing = app.jobs.get(account.id, [job.id])
    assert missing == []
    return found


def test_a_job_keeps_all_of_its_request(app: App, mine: Account) -> None:
    library = app.libraries.create(mine.id, "films")
    wanted = JobRequest(
        MediaPlace("demo", "oss-cn-shanghai", "dir/ü %2F+.mp4"), "ключ 🔑", SaveType.FORCESAVE,
        library.id, 0.123456789, "p" * 32, "x" * 128, '{"Bucket": "demo"}', Modality.VIDEO,
    )  # fmt: skip
    job = app.jobs.submit(mine.id, wanted)
    assert job.request == wanted
    assert (job.state, job.progress, job.matches, job.finished) == (JobState.QUEUED, 0.0, (), None)
    assert read(app, mine, job) == job


def test_a_job_waits_in_the_queue(app: App, mine: Account) -> None:
    job = app.jobs.submit(mine.id, request())
    task = app.queue.claim([Lane.ANALYSIS], "w")
    assert task is not None
    assert (task.name, task.subject) == (jobs.ANALYSE, job.id)


def test_a_job_without_a_library_uses_the_default_one(app: App, mine: Account) -> None:
    first, second = submit(app, mine, 2)
    assert first.request.library_id == second.request.library_id == app.libraries.default(mine.id).id


def test_a_job_for_a_library_that_is_not_ones_own_is_refused_and_leaves_nothing(
    app: App, mine: Account, other: Account
) -> None:
    foreign = app.libraries.create(other.id, "films")
    waiting = app.queue.waiting()
    for library_id in (foreign.id, "f" * 32, "films", "", "a\0"):
        with pytest.raises(LibraryNotFound):
            app.jobs.submit(mine.id, request(library_id=library_id))
    assert app.queue.waiting() == waiting
    assert app.jobs.page(mine.id, JobFilter(), None, 10).items == ()


@pytest.mark.parametrize(
    ("values", "error", "parameter"),
    [
        ({"primary_key": ""}, EmptyValue, "primary_key"),
        ({"primary_key": "a\0"}, InvalidValue, "primary_key"),
        ({"primary_key": "é" * 1025}, OutOfRange, "primary_key"),
        ({"place": MediaPlace("", "l", "o")}, EmptyValue, "bucket"),
        ({"place": MediaPlace("b", "l", "")}, EmptyValue, "object"),
        ({"place": MediaPlace("b", "l", "\ud800")}, InvalidValue, "object"),
        ({"user_data": "é" * 65}, OutOfRange, "user_data"),
        ({"similarity_threshold": 1.01}, OutOfRange, "similarity_threshold"),
        ({"similarity_threshold": -0.01}, OutOfRange, "similarity_threshold"),
        ({"similarity_threshold": float("nan")}, OutOfRange, "similarity_threshold"),
    ],
)
def test_a_request_that_cannot_be_kept_is_refused(
    app: App, mine: Account, values: dict[str, object], error: type[Exception], parameter: str
) -> None:
    with pytest.raises(error) as caught:
        app.jobs.submit(mine.id, request(**values))
    assert getattr(caught.value, "parameter", None) == parameter
    assert app.jobs.page(mine.id, JobFilter(), None, 10).items == ()


def test_job_and_task_are_written_together_or_not_at_all(
    app: App, mine: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.libraries.default(mine.id)
    waiting = app.queue.waiting()
    put = app.queue.put

    def put_and_break(session: Session, name: str, subject: str, *, lane: Lane) -> None:
        put(session, name, subject, lane=lane)
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(app.queue, "put", put_and_break)
    with pytest.raises(RuntimeError):
        app.jobs.submit(mine.id, request())
    assert app.queue.waiting() == waiting
    assert app.jobs.page(mine.id, JobFilter(), None, 10).items == ()


def test_several_jobs_are_all_accepted_or_none(
    app: App, mine: Account, other: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = app.libraries.create(mine.id, "films")
    foreign = app.libraries.create(other.id, "films")
    waiting = app.queue.waiting()
    good = request(library_id=films.id)
    with pytest.raises(LibraryNotFound):
        app.jobs.submit_all(mine.id, [good, request(library_id=foreign.id), good])
    with pytest.raises(EmptyValue):
        app.jobs.submit_all(mine.id, [good, request(library_id=films.id, primary_key="")])
    put, calls = app.queue.put, []

    def put_and_break(session: Session, name: str, subject: str, *, lane: Lane) -> None:
        put(session, name, subject, lane=lane)
        calls.append(subject)
        if len(calls) == 2:
            raise RuntimeError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(app.queue, "put", put_and_break)
        with pytest.raises(RuntimeError):
            app.jobs.submit_all(mine.id, [good, good, good])
    assert app.queue.waiting() == waiting
    assert app.jobs.page(mine.id, JobFilter(), None, 10).items == ()
    made = app.jobs.submit_all(mine.id, [request(primary_key="a", library_id=films.id), good])
    assert [job.request.primary_key for job in made] == ["a", good.primary_key]
    assert app.queue.waiting() == waiting + 2


def test_get_keeps_the_order_and_names_what_is_missing(app: App, mine: Account, other: Account) -> None:
    a, b = submit(app, mine, 2)
    (foreign,) = submit(app, other, 1)
    found, missing = app.jobs.get(mine.id, [b.id, "f" * 32, a.id, foreign.id, "x\0", b.id])
    assert [job.id for job in found] == [b.id, a.id]
    assert missing == ["f" * 32, foreign.id, "x\0"]


def test_old_jobs_are_as_if_unknown_when_they_are_visible_for_a_time_only(app: App, mine: Account) -> None:
    (job,) = submit(app, mine, 1)
    day = timedelta(days=1)

    def seen(age: timedelta) -> tuple[list[str], list[str], int]:
        limited = jobs.Jobs(
            app.database,
            app.queue,
            app.libraries,
            visibility=Visibility(day, clock=lambda: job.created + age),
        )
        found, missing = limited.get(mine.id, [job.id])
        return [one.id for one in found], missing, len(limited.page(mine.id, JobFilter(), None, 10).items)

    assert seen(day) == ([job.id], [], 1)
    assert seen(day + timedelta.resolution) == ([], [job.id], 0)
    assert app.jobs.one(mine.id, job.id) == job


def test_jobs_of_some_libraries_only(app: App, mine: Account) -> None:
    films, clips = (app.libraries.create(mine.id, name).id for name in ("films", "clips"))
    (in_films,) = submit(app, mine, 1, library_id=films)
    (in_clips,) = submit(app, mine, 1, library_id=clips)
    assert app.jobs.get(mine.id, [in_clips.id, in_films.id], {films}) == ([in_films], [in_clips.id])
    assert app.jobs.page(mine.id, JobFilter(library_ids=frozenset({films})), None, 10).items == (in_films,)
    assert app.jobs.page(mine.id, JobFilter(library_ids=frozenset()), None, 10).items == ()
    with pytest.raises(JobNotFound):
        app.jobs.one(mine.id, in_clips.id, {films})


def test_a_job_goes_from_queued_over_running_to_its_result(app: App, mine: Account) -> None:
    (job,) = submit(app, mine, 1)
    with app.database.sessions.begin() as session:
        assert jobs.start(session, job.id)
    app.jobs.set_progress(job.id, 0.25)
    running = read(app, mine, job)
    assert (running.state, running.progress) == (JobState.RUNNING, 0.25)
    with app.database.sessions.begin() as session:
        assert jobs.succeed(session, job.id, [MATCH], 12.5, "a" * 32)
    done = read(app, mine, job)
    assert (done.state, done.progress, done.duration_s, done.file_id) == (
        JobState.SUCCEEDED,
        1.0,
        12.5,
        "a" * 32,
    )
    assert done.matches == (MATCH,)
    assert done.finished is not None
    assert done.finished >= done.created


def test_a_failed_job_says_why(app: App, mine: Account) -> None:
    (job,) = submit(app, mine, 1)
    with app.database.sessions.begin() as session:
        assert jobs.fail(session, job.id, "media_not_found", "The object gone.mp4 was not found.")
    failed = read(app, mine, job)
    assert (failed.state, failed.error_code) == (JobState.FAILED, "media_not_found")
    assert failed.error_message == "The object gone.mp4 was not found."
    assert failed.finished is not None


@pytest.mark.parametrize("message", ["a\0b", "\ud800", "x" * 100_000, ""])
def test_a_job_can_fail_with_any_message(app: App, mine: Account, message: str) -> None:
    (job,) = submit(app, mine, 1)
    with app.database.sessions.begin() as session:
        assert jobs.fail(session, job.id, "media_unreadable", message)
    assert read(app, mine, job).state is JobState.FAILED


def test_a_result_that_json_cannot_hold_is_refused_on_both_databases(app: App, mine: Account) -> None:
    (job,) = submit(app, mine, 1)
    with pytest.raises((ValueError, StatementError)), app.database.sessions.begin() as session:
        jobs.succeed(session, job.id, [replace(MATCH, similarity=float("nan"))], 1.0, None)
    assert read(app, mine, job) == job


def test_nothing_changes_a_finished_job(app: App, mine: Account) -> None:
    succeeded, failed = submit(app, mine, 2)
    with app.database.sessions.begin() as session:
        jobs.succeed(session, succeeded.id, [MATCH], 1.0, None)
        jobs.fail(session, failed.id, "internal", "x")
    before = [read(app, mine, job) for job in (succeeded, failed)]
    for job in (succeeded, failed):
        with app.database.sessions.begin() as session:
            assert not jobs.start(session, job.id)
            assert not jobs.fail(session, job.id, "internal", "y")
            assert not jobs.succeed(session, job.id, [], 2.0, None)
        app.jobs.set_progress(job.id, 0.5)
    assert [read(app, mine, job) for job in (succeeded, failed)] == before


def test_a_job_whose_worker_died_starts_again_from_nothing(app: App, mine: Account) -> None:
    (job,) = submit(app, mine, 1)
    for _ in range(2):
        with app.database.sessions.begin() as session:
            assert jobs.start(session, job.id)
        assert read(app, mine, job).progress == 0.0
        app.jobs.set_progress(job.id, 0.9)


def test_a_worker_reads_jobs_of_any_account(app: App, mine: Account) -> None:
    (job,) = submit(app, mine, 1)
    with app.database.reads() as session:
        assert jobs.load(session, job.id) == job
        with pytest.raises(JobNotFound):
            jobs.load(session, "f" * 32)


def test_pages_are_newest_first_and_hold_each_job_once(app: App, mine: Account, other: Account) -> None:
    made = submit(app, mine, 7)
    submit(app, other, 3)
    seen, token = [], None
    while True:
        page = app.jobs.page(mine.id, JobFilter(), token, 3)
        seen += [job.id for job in page.items]
        token = page.next_token
        if token is None:
            break
        assert len(token) == 32
    assert seen == [job.id for job in reversed(made)]


def test_a_full_last_page_has_no_next_one(app: App, mine: Account) -> None:
    submit(app, mine, 4)
    assert app.jobs.page(mine.id, JobFilter(), None, 4).next_token is None


def test_jobs_that_arrive_meanwhile_shift_nothing(app: App, mine: Account) -> None:
    made = submit(app, mine, 4)
    first = app.jobs.page(mine.id, JobFilter(), None, 2)
    submit(app, mine, 3)
    second = app.jobs.page(mine.id, JobFilter(), first.next_token, 10)
    assert [job.id for job in first.items + second.items] == [job.id for job in reversed(made)]


def test_jobs_of_the_same_instant_are_still_in_one_order(app: App, mine: Account) -> None:
    made = submit(app, mine, 6)
    with app.database.sessions.begin() as session:
        for job in made:
            session.get_one(JobRow, job.id).created = made[0].created
    seen, token = [], None
    for _ in range(3):
        page = app.jobs.page(mine.id, JobFilter(), token, 2)
        seen += [job.id for job in page.items]
        token = page.next_token
    assert seen == sorted((job.id for job in made), reverse=True)


def test_a_page_token_is_only_good_for_who_got_it(app: App, mine: Account, other: Account) -> None:
    submit(app, mine, 3)
    (foreign, _) = submit(app, other, 2)
    for token in (foreign.id, "f" * 32, "", "x", "a\0", "F" * 32):
        with pytest.raises(InvalidValue) as caught:
            app.jobs.page(mine.id, JobFilter(), token, 2)
        assert caught.value.parameter == "page_token"


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_a_page_has_a_sane_size(app: App, mine: Account, size: int) -> None:
    with pytest.raises(OutOfRange):
        app.jobs.page(mine.id, JobFilter(), None, size)


def test_filters_are_exact_and_combine(app: App, mine: Account) -> None:
    a, b, c, d = submit(app, mine, 3, pipeline_id="one") + submit(app, mine, 1, pipeline_id="two")
    with app.database.sessions.begin() as session:
        jobs.fail(session, b.id, "internal", "x")

    def ids(**values: object) -> list[str]:
        page = app.jobs.page(mine.id, JobFilter(**values), None, 10)  # type: ignore[arg-type]
        return [job.id for job in reversed(page.items)]

    assert ids(state=JobState.FAILED) == [b.id]
    assert ids(state=JobState.QUEUED) == [a.id, c.id, d.id]
    assert ids(pipeline_id="two") == [d.id]
    assert ids(pipeline_id="one", state=JobState.QUEUED) == [a.id, c.id]
    assert ids(pipeline_id="") == []
    assert ids(created_from=b.created, created_to=c.created) == [b.id, c.id]
    assert ids(created_from=d.created + timedelta(microseconds=1)) == []


def test_a_filtered_listing_goes_on_behind_its_token(app: App, mine: Account) -> None:
    made = submit(app, mine, 6)
    with app.database.sessions.begin() as session:
        for job in made[::2]:
            jobs.fail(session, job.id, "internal", "x")
    first = app.jobs.page(mine.id, JobFilter(state=JobState.FAILED), None, 2)
    second = app.jobs.page(mine.id, JobFilter(state=JobState.FAILED), first.next_token, 2)
    assert [job.id for job in first.items + second.items] == [made[4].id, made[2].id, made[0].id]
    assert second.next_token is None
