"""Bulk imports as callers see them: a list of files goes into a library, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shotprint.errors import InvalidState, NotSupported
from shotprint.queue.protocol import Lane, Queue
from shotprint.service import chores
from shotprint.service.checks import check_text, new_id, now
from shotprint.service.types import ImportCounts, ImportJob, ImportRequest, JobState, MediaPlace, SaveType
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

    def __init__(self, database: Database, queue: Queue) -> None:
        self._database = database
        self._queue = queue

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
        import_id = new_id()
        with self._database.sessions.begin() as session:
            chores.require_library(session, account_id, request.library_id)
            fresh = insert_new(
                session, ImportRow, id=import_id, account_id=account_id, library_id=request.library_id,
                bucket=request.place.bucket, location=request.place.location, object=request.place.object,
                save_type=request.save_type, pipeline_id=request.pipeline_id, user_data=request.user_data,
                input_text=request.input_text, config_text=request.config_text, state=JobState.QUEUED,
                created=now(), stored=0, duplicates=0, failed=0,
            )  # fmt: skip
            if not fresh:
                raise InvalidState(
                    f"Another import into the library {request.library_id} is going on",
                    parameter="library_id",
                )
            self._queue.put(session, IMPORT, import_id, lane=Lane.ANALYSIS)
            return _import(session, session.get_one(ImportRow, import_id))

    def get(self, account_id: str, ids: Sequence[str]) -> tuple[list[ImportJob], list[str]]:
        """The imports of `ids` in that order, each once, and those ids that the account has no import of."""
        with self._database.reads() as session:
            rows, missing = chores.find(session, ImportRow, account_id, ids)
            return [_import(session, row) for row in rows], missing

    def results_between(self, account_id: str, start: datetime, end: datetime) -> list[ImportJob]:
        """The imports with a result file that ended from `start` to `end`, both inclusive, oldest first."""
        query = select(ImportRow).where(
            ImportRow.account_id == account_id,
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
        id=row.id,
        account_id=row.account_id,
        library_id=row.library_id,
        place=MediaPlace(row.bucket, row.location, row.object),
        save_type=SaveType(row.save_type),
        pipeline_id=row.pipeline_id,
        user_data=row.user_data,
        input_text=row.input_text,
        config_text=row.config_text,
        state=JobState(row.state),
        created=row.created,
        finished=row.finished,
        error_code=row.error_code,
        error_message=row.error_message,
        counts=counts(session, row),
        result_blob=row.result_blob,
        result_bytes=row.result_bytes,
    )
