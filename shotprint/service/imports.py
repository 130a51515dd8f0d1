"""Bulk imports as callers see them: a list of files goes into a library, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shotprint.errors import Cancelled, InvalidState, NotFound, NotSupported
from shotprint.queue.protocol import Lane, Queue
from shotprint.service import chores
from shotprint.service.checks import check_text, is_id
from shotprint.service.libraries import require_library
from shotprint.service.types import (
    ImportCounts,
    ImportJob,
    ImportRequest,
    JobState,
    MediaPlace,
    Page,
    SaveType,
)
from shotprint.service.visibility import Visibility
from shotprint.store.database import Database
from shotprint.store.models import ImportLineRow, ImportRow
from shotprint.store.upsert import insert_new

IMPORT = "import"
"""The task that does one step of an import; its subject is the import's id."""

SAVE_TYPES = (SaveType.SAVE, SaveType.ONLYSAVE)

WAITING, STORED, DUPLICATE, FAILED = "waiting", "stored", "duplicate", "failed"
"""What became of a line."""


class Imports:
    """An account's bulk imports."""

    def __init__(self, database: Database, queue: Queue, visibility: Visibility) -> None:
        self._database = database
        self._queue = queue
        self._visibility = visibility

    def submit(self, account_id: str, request: ImportRequest) -> ImportJob:
        """Accept an import.

        Raises
        ------
        LibraryNotFound
            The account has no such library, or it is deleted.
        InvalidState
            Another import into that library is not finished.
        NotSupported
            The save type is neither save nor onlysave.
        EmptyValue, OutOfRange, InvalidValue
        """
        _check(request)
        values = chores.asked(account_id, request.pipeline_id, request.user_data)
        with self._database.sessions.begin() as session:
            require_library(session, account_id, request.library_id)
            fresh = insert_new(
                session, ImportRow, **values, library_id=request.library_id,
                bucket=request.place.bucket, location=request.place.location, object=request.place.object,
                save_type=request.save_type, input_text=request.input_text, config_text=request.config_text,
                stored=0, duplicates=0, failed=0,
            )  # fmt: skip
            if not fresh:
                raise InvalidState(
                    f"Another import into the library {request.library_id} is going on",
                    parameter="library_id",
                )
            self._queue.put(session, IMPORT, values["id"], lane=Lane.ANALYSIS)
            return _import(session, session.get_one(ImportRow, values["id"]))

    def get(
        self, account_id: str, ids: Sequence[str] | None = None, library_ids: Collection[str] | None = None
    ) -> tuple[list[ImportJob], list[str]]:
        """The imports of `ids` in that order, each once, and those ids that the account has no import of; the
        20 newest when `ids` is None.

        Parameters
        ----------
        library_ids : those into other libraries are as if unknown; None for all.
        """
        visible = self._visibility.conditions(ImportRow, account_id, library_ids)
        with self._database.reads() as session:
            rows, missing = chores.find(session, ImportRow, visible, ids)
            return [_import(session, row) for row in rows], missing

    def page(
        self, account_id: str, token: str | None, size: int, library_ids: Collection[str] | None = None
    ) -> Page[ImportJob]:
        """At most `size` imports, newest first, after the one whose id is `token`; `library_ids` as in `get`."""
        visible = self._visibility.conditions(ImportRow, account_id, library_ids)
        with self._database.reads() as session:
            return chores.page(session, ImportRow, visible, token, size, partial(_import, session))

    def cancel(self, account_id: str, import_id: str) -> ImportJob:
        """End an import: a line that is at work is finished, the rest fail with the code of `Cancelled`, and the
        result file tells of all. An import whose list was not read yet fails itself.

        Raises
        ------
        NotFound
            The account has no such import.
        InvalidState
            It has ended.
        """
        error = Cancelled("The import was cancelled")
        with self._database.sessions.begin() as session:
            row = session.get(ImportRow, import_id, with_for_update=True) if is_id(import_id) else None
            if row is None or row.account_id != account_id:
                raise NotFound(f"There is no import {import_id!r}", parameter="import_id")
            if row.state not in (JobState.QUEUED, JobState.RUNNING):
                raise InvalidState(f"The import {import_id} has ended", parameter="import_id")
            if counts(session, row) == ImportCounts():  # no line of its list is known
                chores.fail(session, ImportRow, import_id, error)
                chores.announce(session, self._queue, ImportRow, import_id)
                session.refresh(row)
            session.execute(
                update(ImportLineRow)
                .where(ImportLineRow.import_id == import_id, ImportLineRow.state == WAITING)
                .values(state=FAILED, error_code=error.code, error_message=error.message)
            )
            return _import(session, row)

    def results_between(
        self, account_id: str, start: datetime, end: datetime, library_ids: Collection[str] | None = None
    ) -> list[ImportJob]:
        """The imports with a result file that ended from `start` to `end`, both inclusive, oldest first;
        `library_ids` as in `get`."""
        query = select(ImportRow).where(
            *self._visibility.conditions(ImportRow, account_id, library_ids),
            ImportRow.result_blob.is_not(None),
            ImportRow.finished.between(start, end),
        )
        with self._database.reads() as session:
            rows = session.scalars(query.order_by(ImportRow.finished, ImportRow.id))
            return [_import(session, row) for row in rows]


def counts(session: Session, row: ImportRow) -> ImportCounts:
    """What became of the lines so far."""
    if row.state == JobState.SUCCEEDED:
        return ImportCounts(row.stored, row.duplicates, row.failed, 0)
    states = select(ImportLineRow.state, func.count()).where(ImportLineRow.import_id == row.id)
    by_state: dict[str, int] = dict(session.execute(states.group_by(ImportLineRow.state)).all())
    return ImportCounts(*(by_state.get(state, 0) for state in (STORED, DUPLICATE, FAILED, WAITING)))


def _check(request: ImportRequest) -> None:
    if request.save_type not in SAVE_TYPES:
        raise NotSupported("An import can save and onlysave", parameter="save_type")
    chores.check_texts(request.pipeline_id, request.user_data)
    check_text(request.place.bucket, "bucket", empty=False)
    check_text(request.place.location, "location")
    check_text(request.place.object, "object", empty=False)
    check_text(request.input_text or "", "input_text")
    check_text(request.config_text or "", "config_text")


def _import(session: Session, row: ImportRow) -> ImportJob:
    return ImportJob(
        **chores.told(row),
        library_id=row.library_id,
        place=MediaPlace(row.bucket, row.location, row.object),
        save_type=SaveType(row.save_type),
        input_text=row.input_text,
        config_text=row.config_text,
        counts=counts(session, row),
        result_blob=row.result_blob,
        result_bytes=row.result_bytes,
    )
