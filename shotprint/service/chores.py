"""What deletions, imports and comparisons have in common.

A chore is a row and the one truth about itself, like a job: it goes from queued over running to succeeded or
failed and never back. The steps run in the transaction of whoever does the work, and do nothing to a chore
that is finished, so work that is delivered twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from shotprint.engine.types import Cancel
from shotprint.errors import ShotprintError
from shotprint.queue.protocol import Queue, Task
from shotprint.service import notifications
from shotprint.service.checks import check_text, is_id, new_id, now, storable
from shotprint.service.jobs import MAX_MESSAGE_CHARS, MAX_USER_DATA_BYTES
from shotprint.service.paging import read_page
from shotprint.service.types import Ended, JobState, Page, Subject
from shotprint.store.models import (
    ChoreRow,
    ComparisonRow,
    FileDeletionRow,
    ImportRow,
    LibraryDeletionRow,
)

Row = TypeVar("Row", FileDeletionRow, LibraryDeletionRow, ImportRow, ComparisonRow)
T = TypeVar("T")

NEWEST = 20
"""So many are listed when no ids are asked for."""

_UNFINISHED = (JobState.QUEUED, JobState.RUNNING)

_SUBJECTS: Final[Mapping[type[ChoreRow], Subject]] = {
    FileDeletionRow: Subject.FILE_DELETION,
    LibraryDeletionRow: Subject.LIBRARY_DELETION,
    ImportRow: Subject.IMPORT,
    ComparisonRow: Subject.COMPARISON,
}


class Chore(Protocol):
    """What a worker does for the tasks of one name; see `shotprint.worker.loop.Handler`."""

    def run(self, task: Task, cancel: Cancel) -> None: ...

    def fail(self, task: Task, error: ShotprintError) -> None: ...


def find(
    session: Session, kind: type[Row], visible: Sequence[ColumnElement[bool]], ids: Sequence[str] | None
) -> tuple[list[Row], list[str]]:
    """The chores of `ids` in that order, each once, and the ids that are none; the newest ones when `ids` is
    None. `visible` says which there are for whoever asks, see `Visibility`."""
    own = select(kind).where(*visible)
    if ids is None:
        newest = own.order_by(kind.created.desc(), kind.id.desc()).limit(NEWEST)
        return list(session.scalars(newest)), []
    asked = list(dict.fromkeys(ids))
    rows = session.scalars(own.where(kind.id.in_([text for text in asked if is_id(text)])))
    found = {row.id: row for row in rows}
    return [found[text] for text in asked if text in found], [text for text in asked if text not in found]


def page(
    session: Session,
    kind: type[Row],
    visible: Sequence[ColumnElement[bool]],
    token: str | None,
    size: int,
    make: Callable[[Any], T],
) -> Page[T]:
    """At most `size` of the visible chores, newest first, after the one whose id is `token`; InvalidValue when that
    is not the id of a visible one."""
    query = select(kind.__table__).where(*visible)
    return read_page(session, query, (kind.created, kind.id), and_(*visible), token, size, make)


def asked(account_id: str, pipeline_id: str | None, user_data: str | None) -> dict[str, Any]:
    """The columns of a new chore that all kinds have."""
    return {
        "id": new_id(),
        "account_id": account_id,
        "pipeline_id": pipeline_id,
        "user_data": user_data,
        "state": JobState.QUEUED,
        "created": now(),
    }


def told(row: ChoreRow) -> dict[str, Any]:
    """What callers are told of every kind of chore."""
    return {
        "id": row.id,
        "account_id": row.account_id,
        "pipeline_id": row.pipeline_id,
        "user_data": row.user_data,
        "state": JobState(row.state),
        "created": row.created,
        "finished": row.finished,
        "error_code": row.error_code,
        "error_message": row.error_message,
    }


def start(session: Session, kind: type[Row], chore_id: str) -> Row | None:
    """Mark the chore as running, for the first time or again; None when it is finished or unknown."""
    if not _step(session, kind, chore_id, state=JobState.RUNNING):
        return None
    return session.get_one(kind, chore_id)


def succeed(session: Session, kind: type[Row], chore_id: str, **values: object) -> bool:
    """Finish the chore, and set more of its columns; False, and nothing changed, when it was finished."""
    return _step(session, kind, chore_id, state=JobState.SUCCEEDED, finished=now(), **values)


def fail(session: Session, kind: type[Row], chore_id: str, error: ShotprintError) -> bool:
    """Finish the chore with an error; False when it was finished already."""
    message = storable(error.message, MAX_MESSAGE_CHARS)
    return _step(
        session, kind, chore_id, state=JobState.FAILED, finished=now(), error_code=error.code, error_message=message
    )  # fmt: skip


def announce(session: Session, queue: Queue, kind: type[Row], chore_id: str) -> None:
    """Tell the chore's pipeline that it ended; to be called in the transaction that finished it."""
    row = session.execute(
        select(
            kind.account_id, kind.pipeline_id, kind.user_data, kind.state, kind.error_code, kind.error_message
        ).where(kind.id == chore_id)
    ).one()
    ended = Ended(
        _SUBJECTS[kind], chore_id, JobState(row.state), row.user_data, row.error_code, row.error_message
    )
    notifications.announce(session, queue, ended, account_id=row.account_id, pipeline_id=row.pipeline_id)


def check_texts(pipeline_id: str | None, user_data: str | None) -> None:
    """What comes with each chore and is echoed.

    Raises
    ------
    OutOfRange, InvalidValue
    """
    check_text(pipeline_id or "", "pipeline_id")
    check_text(user_data or "", "user_data", max_bytes=MAX_USER_DATA_BYTES)


def _step(session: Session, kind: type[Row], chore_id: str, **values: object) -> bool:
    unfinished = (kind.id == chore_id, kind.state.in_(_UNFINISHED))
    changed = session.execute(update(kind).where(*unfinished).values(**values).returning(kind.id))
    return changed.one_or_none() is not None
