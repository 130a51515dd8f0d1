"""Jobs as lists show them: a line each, without what was found, which may be long.

Every page is found through an index and read from its first line to its last, whatever the number of jobs is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from shotprint.service.checks import is_id
from shotprint.service.job_filter import conditions
from shotprint.service.jobs import LISTED_BY
from shotprint.service.paging import read_page
from shotprint.service.types import JobFilter, JobState, MediaPlace, Page, SaveType
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


class JobLines:
    """An account's jobs, as lines."""

    def __init__(self, database: Database, visibility: Visibility) -> None:
        self._database = database
        self._visibility = visibility

    def page(self, account_id: str, wanted: JobFilter, token: str | None, size: int) -> Page[JobLine]:
        """As `Jobs.page`.

        Raises
        ------
        InvalidValue
            The token is none of this account's.
        """
        with self._database.reading.connect() as connection:
            query = self._lines(account_id, wanted.library_ids)
            query = query.where(*conditions(connection, account_id, wanted))
            return read_page(
                connection, query, LISTED_BY, JobRow.account_id == account_id, token, size, _line
            )

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
