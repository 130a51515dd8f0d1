"""Jobs as lists show them: a line each, without what was found, which may be long.

Every page is found through an index and read from its first line to its last, whatever the number of jobs is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, false, select, tuple_

from shotprint.errors import InvalidValue
from shotprint.service.checks import check_page_size, is_id, is_storable
from shotprint.service.types import JobState, MediaPlace, Page, SaveType
from shotprint.service.visibility import Visibility
from shotprint.store.database import Database
from shotprint.store.models import JobRow


@dataclass(frozen=True)
class JobLine:
    """A job in a list.

    Attributes
    ----------
    match_count : how many references it copies.
    duration_s : seconds of media analysed.
    """

    id: str
    library_id: str
    place: MediaPlace
    primary_key: str
    save_type: SaveType
    state: JobState
    progress: float
    created: datetime
    finished: datetime | None
    duration_s: float | None
    match_count: int
    error_code: str | None
    error_message: str | None

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.SUCCEEDED, JobState.FAILED)


@dataclass(frozen=True)
class LineFilter:
    """Which jobs.

    Attributes
    ----------
    text : the id of a job, or the primary key of a file, whole.
    created_from, created_to : inclusive.
    """

    state: JobState | None = None
    library_id: str | None = None
    text: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


class JobLines:
    """An account's jobs, as lines."""

    def __init__(self, database: Database, visibility: Visibility) -> None:
        self._database = database
        self._visibility = visibility

    def page(
        self,
        account_id: str,
        wanted: LineFilter,
        token: str | None,
        size: int,
        library_ids: Collection[str] | None = None,
    ) -> Page[JobLine]:
        """At most `size` jobs that pass the filter, newest first, after the one whose id is `token`.

        Parameters
        ----------
        library_ids : jobs of other libraries are as if unknown; None for all libraries.

        Raises
        ------
        InvalidValue
            The token is none of this account's.
        """
        check_page_size(size)
        query = self._lines(account_id, library_ids).where(*_conditions(wanted))
        with self._database.reading.connect() as connection:
            if wanted.text is not None:
                query = query.where(_named(connection, account_id, wanted.text))
            if token is not None:
                own = (JobRow.account_id == account_id, JobRow.id == token)
                last = connection.execute(select(JobRow.created, JobRow.id).where(*own)).first()
                if last is None:
                    raise InvalidValue("The page token is not one that was given out", parameter="page_token")
                query = query.where(tuple_(JobRow.created, JobRow.id) < tuple_(last.created, last.id))
            newest = query.order_by(JobRow.created.desc(), JobRow.id.desc()).limit(size + 1)
            lines = [_line(row) for row in connection.execute(newest)]
        return Page(tuple(lines[:size]), lines[size - 1].id if len(lines) > size else None)

    def of(
        self, account_id: str, ids: Sequence[str], library_ids: Collection[str] | None = None
    ) -> list[JobLine]:
        """The account's jobs of these ids, newest first."""
        query = self._lines(account_id, library_ids).where(
            JobRow.id.in_([text for text in ids if is_id(text)])
        )
        with self._database.reading.connect() as connection:
            rows = connection.execute(query.order_by(JobRow.created.desc(), JobRow.id.desc()))
            return [_line(row) for row in rows]

    def _lines(self, account_id: str, library_ids: Collection[str] | None) -> Select[*tuple[Any, ...]]:
        return select(
            JobRow.id, JobRow.library_id, JobRow.bucket, JobRow.location, JobRow.object, JobRow.primary_key,
            JobRow.save_type, JobRow.state, JobRow.progress, JobRow.created, JobRow.finished,
            JobRow.duration_s, JobRow.match_count, JobRow.error_code, JobRow.error_message,
        ).where(*self._visibility.conditions(JobRow, account_id, library_ids))  # fmt: skip


def _conditions(wanted: LineFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(JobRow.state == wanted.state)
    if wanted.library_id is not None:
        conditions.append(JobRow.library_id == wanted.library_id)
    if wanted.created_from is not None:
        conditions.append(JobRow.created >= wanted.created_from)
    if wanted.created_to is not None:
        conditions.append(JobRow.created <= wanted.created_to)
    return conditions


def _named(connection: Connection, account_id: str, text: str) -> ColumnElement[bool]:
    """The job of that id, or else those of files with that key: one index each, where OR would use none."""
    if is_id(text):
        own = (JobRow.account_id == account_id, JobRow.id == text)
        if connection.execute(select(JobRow.id).where(*own)).first() is not None:
            return JobRow.id == text
    return JobRow.primary_key == text if is_storable(text) else false()


def _line(row: Row[Any]) -> JobLine:
    return JobLine(
        id=row.id,
        library_id=row.library_id,
        place=MediaPlace(row.bucket, row.location, row.object),
        primary_key=row.primary_key,
        save_type=SaveType(row.save_type),
        state=JobState(row.state),
        progress=row.progress,
        created=row.created,
        finished=row.finished,
        duration_s=row.duration_s,
        match_count=row.match_count,
        error_code=row.error_code,
        error_message=row.error_message,
    )
