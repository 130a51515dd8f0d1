"""Telling an account that its jobs ended.

Whoever ends a job calls `job_ended` or `announce` in the transaction that ends it: the notification and its
task are then kept with the end of the job, or neither is. Delivering is another task's work, in a lane of its
own. A message that was taken but whose delivery could not be noted is sent again, so each arrives at least
once; its id tells a receiver which ones are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select
from sqlalchemy.orm import Session

from shotprint.errors import CallerError, InvalidState, LeaseLost, NotFound, ShotprintError
from shotprint.notify.protocol import Message, Sender
from shotprint.queue.protocol import Lane, Queue, Task
from shotprint.service.checks import is_id, new_id, now, storable
from shotprint.service.paging import read_page
from shotprint.service.pipelines import Pipelines
from shotprint.service.types import (
    Ended,
    JobState,
    Notification,
    NotificationFilter,
    NotificationState,
    Page,
    Pipeline,
    Subject,
)
from shotprint.store import match_json
from shotprint.store.database import Database
from shotprint.store.models import JobRow, NotificationRow, PipelineRow

DELIVER = "deliver_notification"
"""The task that brings one notification to its target; its subject is the notification's id."""

MAX_ERROR_CHARS = 500
PRUNED_AT_ONCE = 100

Compose = Callable[[Ended], str]
"""Writes the text of a message."""


@dataclass(frozen=True)
class Retries:
    """Attributes
    ----------
    attempts : how often a message is sent before it is given up.
    first_s : pause after the first failed attempt; doubles with each further one.
    longest_s : no pause is longer.
    """

    attempts: int
    first_s: float
    longest_s: float

    def pause_s(self, attempts: int) -> float:
        """Seconds to wait after so many failed attempts, at least one."""
        return float(min(self.first_s * 2.0 ** min(attempts - 1, 64), self.longest_s))


def job_ended(session: Session, queue: Queue, job_id: str) -> None:
    """Announce that an analysis ended, with what its row says by now; see `announce`."""
    row = session.execute(
        select(
            JobRow.account_id, JobRow.pipeline_id, JobRow.state, JobRow.user_data, JobRow.error_code,
            JobRow.error_message,
        ).where(JobRow.id == job_id)
    ).one()  # fmt: skip
    ended = Ended(
        Subject.ANALYSIS, job_id, JobState(row.state), row.user_data, row.error_code, row.error_message
    )
    announce(session, queue, ended, account_id=row.account_id, pipeline_id=row.pipeline_id)


def announce(
    session: Session, queue: Queue, ended: Ended, *, account_id: str, pipeline_id: str | None
) -> None:
    """Keep that a job ended, to be told to the pipeline's target; part of the caller's transaction.

    Nothing happens when the account has no such pipeline: callers may name any.
    """
    if pipeline_id is None:
        return
    # Shared, so that the pipeline is not deleted before this transaction has ended.
    shared = {"read": True, "key_share": True}
    if session.get(PipelineRow, (account_id, pipeline_id), with_for_update=shared) is None:
        return
    moment = now()
    row = NotificationRow(
        id=new_id(), account_id=account_id, pipeline_id=pipeline_id, subject=ended.subject,
        job_id=ended.job_id, job_state=ended.state, user_data=ended.user_data,
        error_code=ended.error_code, error_message=ended.error_message,
        state=NotificationState.WAITING, attempts=0, created=moment, next_attempt=moment,
    )  # fmt: skip
    session.add(row)
    session.flush()
    queue.put(session, DELIVER, row.id, lane=Lane.DELIVERY)


class Notifications:
    """Delivers what was announced, and shows how far that is."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        pipelines: Pipelines,
        sender: Sender,
        retries: Retries,
        *,
        kept_for: timedelta | None = None,
    ) -> None:
        """`kept_for`: how long delivered notifications can be looked up; None: for good."""
        self._kept_for = kept_for
        self._database = database
        self._queue = queue
        self._pipelines = pipelines
        self._sender = sender
        self._retries = retries

    def deliver(self, task: Task, compose: Compose) -> None:
        """Send the notification that is the task's subject, once, and finish the task; if it was not taken,
        another task is due after a pause, or it is dead.

        Raises
        ------
        LeaseLost
            Another worker has the task; it may send the message as well.
        """
        with self._database.reads() as session:
            row = session.get(NotificationRow, task.subject)
            waits = row is not None and row.state == NotificationState.WAITING
            ended = _full(session, row) if row is not None and waits else None
        if row is None or ended is None:
            self._finish(task)
            return
        try:
            self._send(self._pipelines.get(row.account_id, row.pipeline_id), row.id, compose(ended))
        except ShotprintError as error:
            self.note_failure(task, error)
        else:
            self._note_delivery(task)

    def note_failure(self, task: Task, error: ShotprintError) -> None:
        """Write that an attempt failed, and what comes next; nothing when the lease is lost."""
        with self._database.sessions.begin() as session:
            if not self._queue.finish(session, task):
                return
            row = session.get(NotificationRow, task.subject, with_for_update=True)
            if row is None or row.state != NotificationState.WAITING:
                return
            row.attempts += 1
            row.last_error = storable(error.message, MAX_ERROR_CHARS)
            if isinstance(error, CallerError) or row.attempts >= self._retries.attempts:
                row.state = NotificationState.DEAD
                row.next_attempt = None
            else:
                self._plan(session, row, now() + timedelta(seconds=self._retries.pause_s(row.attempts)))

    def send_test(self, account_id: str, pipeline_id: str, compose: Compose) -> None:
        """Send a message about nothing to the pipeline's target, now and once; nothing is kept.

        Raises
        ------
        NotFound
            The account has no such pipeline.
        TemporaryError, InvalidValue
            The target did not take it, or the settings don't allow it.
        """
        ended = Ended(Subject.TEST, new_id(), JobState.SUCCEEDED)
        self._send(self._pipelines.get(account_id, pipeline_id), ended.job_id, compose(ended))

    def send_again(self, account_id: str, notification_id: str) -> Notification:
        """Give a dead notification all its attempts anew.

        Raises
        ------
        NotFound
            The account has no such notification.
        InvalidState
            It is not dead.
        """
        with self._database.sessions.begin() as session:
            row = _dead(session, account_id, notification_id)
            row.state = NotificationState.WAITING
            row.attempts = 0
            self._plan(session, row, now())
            return _notification(row)

    def discard(self, account_id: str, notification_id: str) -> None:
        """Remove a dead notification. Dead ones stay until then: somebody has to know that a job was not told.

        Raises
        ------
        NotFound, InvalidState
            As in `send_again`.
        """
        with self._database.sessions.begin() as session:
            session.delete(_dead(session, account_id, notification_id))

    def page(
        self, account_id: str, wanted: NotificationFilter, token: str | None, size: int
    ) -> Page[Notification]:
        """At most `size` of the account's notifications that pass the filter, newest first, after the
        one whose id is `token`.

        Raises
        ------
        InvalidValue
            The token is none of this account's.
        """
        own = NotificationRow.account_id == account_id
        order = (NotificationRow.created, NotificationRow.id)
        with self._database.reading.connect() as connection:
            query = select(NotificationRow.__table__).where(own, *_conditions(wanted))
            return read_page(connection, query, order, own, token, size, _notification)

    def _send(self, pipeline: Pipeline, message_id: str, text: str) -> None:
        message = Message(message_id, text.encode(), int(now().timestamp()), pipeline.secret)
        self._sender.send(pipeline.target, message)

    def _note_delivery(self, task: Task) -> None:
        with self._database.sessions.begin() as session:
            if not self._queue.finish(session, task):
                raise LeaseLost
            row = session.get(NotificationRow, task.subject, with_for_update=True)
            if row is None:  # its pipeline was deleted meanwhile
                return
            row.state = NotificationState.DELIVERED
            row.attempts += 1
            row.delivered = now()
            row.next_attempt = row.last_error = None
            self._prune(session)

    def _prune(self, session: Session) -> None:
        """Remove the oldest delivered notifications, of whichever account, that need not be kept any more. One comes
        with each delivery, so a portion that is larger than one lets none pile up."""
        if self._kept_for is None:
            return
        oldest = (
            select(NotificationRow.id)
            .where(
                NotificationRow.delivered < now() - self._kept_for,
                NotificationRow.state == NotificationState.DELIVERED,
            )
            .order_by(NotificationRow.delivered)
            .limit(PRUNED_AT_ONCE)
            .with_for_update(skip_locked=True)  # those that another delivery is removing
        )
        ids = session.scalars(oldest).all()
        session.execute(delete(NotificationRow).where(NotificationRow.id.in_(ids)))

    def _plan(self, session: Session, row: NotificationRow, moment: datetime) -> None:
        row.next_attempt = moment
        session.flush()
        self._queue.put(session, DELIVER, row.id, lane=Lane.DELIVERY, not_before=moment)

    def _finish(self, task: Task) -> None:
        with self._database.sessions.begin() as session:
            self._queue.finish(session, task)


def _dead(session: Session, account_id: str, notification_id: str) -> NotificationRow:
    """The account's notification of that id, locked."""
    row = (
        session.get(NotificationRow, notification_id, with_for_update=True)
        if is_id(notification_id)
        else None
    )
    if row is None or row.account_id != account_id:
        raise NotFound(f"There is no notification {notification_id!r}", parameter="notification_id")
    if row.state != NotificationState.DEAD:
        raise InvalidState(f"The notification is {row.state}, not dead", parameter="notification_id")
    return row


def _conditions(wanted: NotificationFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.pipeline_id is not None:
        conditions.append(NotificationRow.pipeline_id == wanted.pipeline_id)
    if wanted.state is not None:
        conditions.append(NotificationRow.state == wanted.state)
    return conditions


def _full(session: Session, row: NotificationRow) -> Ended:
    """What the row tells, with the result of the job."""
    ended = _notification(row).ended
    if ended.subject is not Subject.ANALYSIS:
        return ended
    matches = session.get_one(JobRow, ended.job_id).matches
    return replace(ended, matches=match_json.from_json(matches))


def _notification(row: NotificationRow | Row[Any]) -> Notification:
    return Notification(
        id=row.id,
        account_id=row.account_id,
        pipeline_id=row.pipeline_id,
        ended=Ended(
            Subject(row.subject),
            row.job_id,
            JobState(row.job_state),
            row.user_data,
            row.error_code,
            row.error_message,
        ),
        state=NotificationState(row.state),
        attempts=row.attempts,
        created=row.created,
        next_attempt=row.next_attempt,
        delivered=row.delivered,
        last_error=row.last_error,
    )
