"""From the end of a job to its delivery, on both databases, with a real receiver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from support.receiver import Receiver
from support.service_work import work_off

from shotprint.api.messages import compose
from shotprint.errors import (
    InternalError,
    InvalidState,
    InvalidValue,
    MediaNotFound,
    NotFound,
    TemporaryError,
)
from shotprint.queue.protocol import Lane, Task
from shotprint.service import jobs
from shotprint.service.notifications import announce, job_ended
from shotprint.service.types import (
    Account,
    DeletionKind,
    Ended,
    Job,
    JobRequest,
    JobState,
    MediaPlace,
    Notification,
    NotificationFilter,
    NotificationState,
    Pipeline,
    SaveType,
    Subject,
)
from shotprint.settings import Settings
from shotprint.store.models import NotificationRow
from shotprint.wiring import App

OLD_ID = "88C6ca184c0e47098a5b665e2a120000"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    allowed = {"notify_plain_http": True, "notify_private_addresses": True}
    return settings.model_copy(
        update={
            **allowed,
            "notify_keep_days": 1.0,
            "notify_attempts": 3,
            "notify_first_delay_s": 60.0,
            "notify_longest_delay_s": 90.0,
        }
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def pipeline(app: App, mine: Account, receiver: Receiver) -> Pipeline:
    return app.pipelines.create(mine.id, "ends", target=receiver.url)


def submit(app: App, account: Account, pipeline_id: str | None) -> Job:
    place = MediaPlace("demo", "here", "a.mp4")
    request = JobRequest(place, "key", SaveType.NOSAVE, pipeline_id=pipeline_id, user_data="order-17")
    return app.jobs.submit(account.id, request)


def end(app: App, job: Job) -> None:
    with app.database.sessions.begin() as session:
        assert jobs.succeed(session, job.id, (), 12.0, None)
        job_ended(session, app.queue, job.id)


def ended_job(app: App, account: Account, pipeline_id: str | None) -> Job:
    job = submit(app, account, pipeline_id)
    end(app, job)
    return job


def claim(app: App) -> Task | None:
    return app.queue.claim([Lane.DELIVERY], "tester")


def deliver(app: App) -> bool:
    """Do one delivery that is due; False when there is none."""
    task = claim(app)
    if task is not None:
        app.notifications.deliver(task, compose)
    return task is not None


def shown(app: App, account: Account, state: NotificationState | None = None) -> list[Notification]:
    return list(app.notifications.page(account.id, NotificationFilter(state=state), None, 100).items)


def make_due(app: App, notification: Notification) -> None:
    """Let time pass: the delivery planned for later is taken out and a due one put in its place."""
    with app.database.sessions.begin() as session:
        row = session.get_one(NotificationRow, notification.id)
        row.state = NotificationState.DEAD
        attempts = row.attempts
    app.notifications.send_again(notification.account_id, notification.id)
    with app.database.sessions.begin() as session:
        session.execute(
            update(NotificationRow).where(NotificationRow.id == notification.id).values(attempts=attempts)
        )


def test_the_end_of_a_job_is_delivered_and_signed(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    job = ended_job(app, mine, pipeline.id)
    assert [row.state for row in shown(app, mine)] == [NotificationState.WAITING]
    assert deliver(app)
    (got,) = receiver.received
    assert (got.path, got.headers["Content-Type"]) == ("/hook?a=b", "application/json")
    assert got.message["JobId"] == job.id
    assert got.message["FpShotJobNotify"]["State"] == "Success"
    assert got.is_signed_with(pipeline.secret)
    assert not replace(got, body=got.body + b" ").is_signed_with(pipeline.secret)
    (row,) = shown(app, mine)
    assert (row.id, row.state, row.attempts, row.last_error) == (got.id, NotificationState.DELIVERED, 1, None)
    assert row.delivered is not None
    assert not deliver(app)


def test_a_failed_job_is_announced_by_whoever_fails_it(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    submit(app, mine, pipeline.id)
    task = app.queue.claim([Lane.ANALYSIS], "tester")
    assert task is not None
    app.analysis.fail(task, MediaNotFound("There is no such file"))
    app.analysis.fail(task, MediaNotFound("once more"))
    assert deliver(app)
    assert not deliver(app)
    (got,) = receiver.received
    told = {name: got.message[name] for name in ("State", "Code", "Message", "UserData")}
    assert told == {
        "State": "Fail",
        "Code": "InvalidParameter.ResourceNotFound",
        "Message": "There is no such file",
        "UserData": "order-17",
    }


def test_unknown_and_foreign_pipelines_are_kept_and_not_told(
    app: App, mine: Account, pipeline: Pipeline
) -> None:
    other = app.accounts.create("other")
    for account, pipeline_id in ((mine, "f" * 32), (mine, None), (mine, "anything"), (other, pipeline.id)):
        job = ended_job(app, account, pipeline_id)
        (found,), _ = app.jobs.get(account.id, [job.id])
        assert found.request.pipeline_id == pipeline_id
    assert shown(app, mine) == shown(app, other) == []
    assert claim(app) is None


def test_a_transaction_that_fails_announces_nothing(app: App, mine: Account, pipeline: Pipeline) -> None:
    job = submit(app, mine, pipeline.id)
    with app.database.sessions() as session:
        jobs.succeed(session, job.id, (), 1.0, None)
        job_ended(session, app.queue, job.id)
        session.rollback()
    assert shown(app, mine) == []
    assert claim(app) is None


def test_two_accounts_may_bring_the_same_id(app: App, mine: Account, receiver: Receiver) -> None:
    other = app.accounts.create("other")
    first = app.pipelines.create(mine.id, "ends", target=receiver.url, pipeline_id=OLD_ID)
    second = app.pipelines.create(other.id, "ends", target=receiver.url, pipeline_id=OLD_ID)
    assert first.secret != second.secret
    ended_job(app, other, OLD_ID)
    assert shown(app, mine) == []
    assert deliver(app)
    assert receiver.received[0].is_signed_with(second.secret)


def test_what_is_not_taken_is_sent_again_later_and_dies_in_the_end(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    ended_job(app, mine, pipeline.id)
    receiver.status = 503
    pauses = []
    for attempt in (1, 2):
        assert deliver(app)
        assert claim(app) is None, "not due yet"
        (row,) = shown(app, mine)
        assert (row.state, row.attempts) == (NotificationState.WAITING, attempt)
        assert row.last_error == "The receiver answered with status 503"
        assert row.next_attempt is not None
        pauses.append(row.next_attempt - row.created)
        make_due(app, row)
    assert timedelta(seconds=55) < pauses[0] < pauses[1]
    assert deliver(app)
    (row,) = shown(app, mine, NotificationState.DEAD)
    assert (row.attempts, row.next_attempt) == (3, None)
    assert claim(app) is None
    assert len({got.id for got in receiver.received}) == 1
    assert len({got.body for got in receiver.received}) == 1

    receiver.status = 204
    app.notifications.send_again(mine.id, row.id)
    assert deliver(app)
    (row,) = shown(app, mine, NotificationState.DELIVERED)
    assert (row.attempts, row.last_error) == (1, None)
    with pytest.raises(InvalidState):
        app.notifications.send_again(mine.id, row.id)


def test_a_receiver_that_is_down_gets_it_when_it_is_back(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    receiver.down()
    ended_job(app, mine, pipeline.id)
    assert deliver(app)
    (row,) = shown(app, mine)
    assert row.state is NotificationState.WAITING
    assert row.last_error is not None
    assert "cannot be reached" in row.last_error
    receiver.up()
    make_due(app, row)
    assert deliver(app)
    assert [got.id for got in receiver.received] == [row.id]


def test_a_target_that_the_settings_forbid_by_now_is_dead_at_once(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver, settings: Settings
) -> None:
    from shotprint.wiring import open_app

    ended_job(app, mine, pipeline.id)
    strict = open_app(settings.model_copy(update={"notify_private_addresses": False}))
    try:
        assert deliver(strict)
    finally:
        strict.close()
    (row,) = shown(app, mine, NotificationState.DEAD)
    assert row.last_error is not None
    assert "notify_private_addresses" in row.last_error
    assert receiver.received == []


def test_a_worker_that_lost_the_task_writes_nothing(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    ended_job(app, mine, pipeline.id)
    task = claim(app)
    assert task is not None
    app.queue.release(task, delay_s=0.0, count=True)
    app.notifications.note_failure(task, InternalError("died"))
    (row,) = shown(app, mine)
    assert (row.state, row.attempts) == (NotificationState.WAITING, 0)
    assert deliver(app)
    assert shown(app, mine, NotificationState.DELIVERED)


def test_a_notification_that_is_delivered_is_not_sent_again_by_a_late_task(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    ended_job(app, mine, pipeline.id)
    with app.database.sessions.begin() as session:
        (notification_id,) = session.scalars(select(NotificationRow.id))
        app.queue.put(session, "deliver_notification", notification_id, lane=Lane.DELIVERY)
        app.queue.put(session, "deliver_notification", "f" * 32, lane=Lane.DELIVERY)
    assert [deliver(app) for _ in range(4)] == [True, True, True, False]
    assert len(receiver.received) == 1


@pytest.mark.parametrize("subject", [subject for subject in Subject if subject is not Subject.ANALYSIS])
def test_other_ends_can_be_announced(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver, subject: Subject
) -> None:
    ended = Ended(subject, "a" * 32, JobState.FAILED, "mine", "internal", "It broke")
    with app.database.sessions.begin() as session:
        announce(session, app.queue, ended, account_id=mine.id, pipeline_id=pipeline.id)
    assert [row.ended for row in shown(app, mine)] == [ended]
    assert deliver(app)
    assert receiver.received[0].message["JobId"] == "a" * 32


def test_pages_go_on_where_the_last_one_ended_and_show_nothing_of_others(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    second = app.pipelines.create(mine.id, "second", target=receiver.url)
    done = [ended_job(app, mine, pipeline.id) for _ in range(3)] + [ended_job(app, mine, second.id)]
    newest_first = [job.id for job in reversed(done)]
    seen: list[str] = []
    token: str | None = None
    for _ in range(2):
        page = app.notifications.page(mine.id, NotificationFilter(), token, 2)
        seen += [row.ended.job_id for row in page.items]
        token = page.next_token
    assert (seen, token) == (newest_first, None)
    only = app.notifications.page(mine.id, NotificationFilter(pipeline_id=second.id), None, 10)
    assert [row.ended.job_id for row in only.items] == newest_first[:1]
    other = app.accounts.create("other")
    assert shown(app, other) == []
    with pytest.raises(InvalidValue):
        app.notifications.page(other.id, NotificationFilter(), only.items[0].id, 2)
    with pytest.raises(NotFound):
        app.notifications.send_again(other.id, only.items[0].id)


def test_a_test_message_says_whether_it_was_taken(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    app.notifications.send_test(mine.id, pipeline.id, compose)
    assert receiver.received[0].message["Type"] == "Test"
    receiver.status = 302
    receiver.headers = {"Location": receiver.url}
    with pytest.raises(TemporaryError, match="302"):
        app.notifications.send_test(mine.id, pipeline.id, compose)
    assert len(receiver.received) == 2
    with app.database.reads() as session:
        assert session.scalar(select(func.count()).select_from(NotificationRow)) == 0


def test_deletions_are_announced_when_they_end(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    library = app.libraries.create(mine.id, "films")
    echo = {"pipeline_id": pipeline.id, "user_data": "mine"}
    files = app.deletions.delete_files(mine.id, library.id, primary_keys=["a"], **echo)
    purge = app.deletions.delete_library(mine.id, library.id, DeletionKind.PURGE, **echo)
    gone = app.deletions.delete_library(mine.id, library.id, DeletionKind.DELETE, **echo)
    assert shown(app, mine) == []
    work_off(app, Lane.UPKEEP)
    told = {row.ended.job_id: row.ended for row in shown(app, mine)}
    assert {job_id: (ended.subject, ended.state) for job_id, ended in told.items()} == {
        files.id: (Subject.FILE_DELETION, JobState.SUCCEEDED),
        purge.id: (Subject.LIBRARY_DELETION, JobState.SUCCEEDED),
        gone.id: (Subject.LIBRARY_DELETION, JobState.SUCCEEDED),
    }
    assert {ended.user_data for ended in told.values()} == {"mine"}
    while deliver(app):
        pass
    assert {got.message["Type"] for got in receiver.received} == {"FpFileDelete", "FpDBDelete"}


def test_a_deletion_that_fails_is_announced_as_failed(app: App, mine: Account, pipeline: Pipeline) -> None:
    library = app.libraries.create(mine.id, "films")
    app.deletions.delete_library(mine.id, library.id, DeletionKind.DELETE)
    refused = app.deletions.delete_files(mine.id, library.id, primary_keys=["a"], pipeline_id=pipeline.id)
    work_off(app, Lane.UPKEEP)
    (row,) = shown(app, mine)
    assert (row.ended.job_id, row.ended.state) == (refused.id, JobState.FAILED)
    assert row.ended.error_code == "library_not_found"


def test_a_job_that_is_cancelled_is_announced_as_failed(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    job = submit(app, mine, pipeline.id)
    app.jobs.cancel(mine.id, job.id, only_queued=True)
    assert deliver(app)
    assert (receiver.received[0].message["State"], receiver.received[0].message["Code"]) == (
        "Fail",
        "Cancelled",
    )


def test_what_waits_goes_to_the_new_target_with_the_new_secret(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    ended_job(app, mine, pipeline.id)
    with Receiver() as second:
        changed = app.pipelines.change(mine.id, pipeline.id, target=second.url, new_secret=True)
        assert deliver(app)
        (got,) = second.received
    assert changed.secret != pipeline.secret
    assert got.is_signed_with(changed.secret)
    assert receiver.received == []


def test_a_deleted_pipeline_is_echoed_and_not_told(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    ended_job(app, mine, pipeline.id)
    app.pipelines.delete(mine.id, pipeline.id)
    assert deliver(app)  # the task is there still, and finds nothing to do
    job = ended_job(app, mine, pipeline.id)
    assert not deliver(app)
    assert app.jobs.one(mine.id, job.id).request.pipeline_id == pipeline.id
    assert (shown(app, mine), receiver.received) == ([], [])


def test_a_pipeline_that_is_deleted_while_its_message_is_sent(
    app: App, mine: Account, pipeline: Pipeline
) -> None:
    ended_job(app, mine, pipeline.id)
    task = claim(app)
    assert task is not None

    def deleting(ended: Ended) -> str:
        app.pipelines.delete(mine.id, pipeline.id)
        return compose(ended)

    app.notifications.deliver(task, deleting)
    assert shown(app, mine) == []
    assert claim(app) is None


def aged(app: App, account: Account, pipeline: Pipeline, age: timedelta) -> str:
    """Deliver a notification and make it that old; its id."""
    job = ended_job(app, account, pipeline.id)
    assert deliver(app)
    with app.database.sessions.begin() as session:
        row = session.scalars(select(NotificationRow).where(NotificationRow.job_id == job.id)).one()
        assert row.delivered is not None
        row.created, row.delivered = row.created - age, row.delivered - age
        return row.id


def test_delivered_notifications_are_removed_after_their_days_and_dead_ones_are_kept(
    app: App, mine: Account, pipeline: Pipeline
) -> None:
    dead = aged(app, mine, pipeline, timedelta(days=2))
    with app.database.sessions.begin() as session:
        session.get_one(NotificationRow, dead).state = NotificationState.DEAD
    young, old = (
        aged(app, mine, pipeline, age) for age in (timedelta(days=1, minutes=-10), timedelta(days=1))
    )
    assert {row.id for row in shown(app, mine)} == {dead, young, old}
    newest = aged(app, mine, pipeline, timedelta(0))
    assert {row.id for row in shown(app, mine)} == {dead, young, newest}


def test_what_is_old_goes_with_the_next_delivery_of_any_account(
    app: App, mine: Account, pipeline: Pipeline, receiver: Receiver
) -> None:
    aged(app, mine, pipeline, timedelta(days=1))
    other = app.accounts.create("other")
    second = app.pipelines.create(other.id, "ends", target=receiver.url)
    theirs = aged(app, other, second, timedelta(0))
    assert shown(app, mine) == []
    assert [row.id for row in shown(app, other)] == [theirs]


def test_only_dead_notifications_can_be_discarded(app: App, mine: Account, pipeline: Pipeline) -> None:
    ended_job(app, mine, pipeline.id)
    (row,) = shown(app, mine)
    with pytest.raises(InvalidState):
        app.notifications.discard(mine.id, row.id)
    with app.database.sessions.begin() as session:
        session.get_one(NotificationRow, row.id).state = NotificationState.DEAD
    with pytest.raises(NotFound):
        app.notifications.discard(app.accounts.create("other").id, row.id)
    app.notifications.discard(mine.id, row.id)
    assert shown(app, mine) == []
    assert deliver(app)  # its task finds nothing to do
