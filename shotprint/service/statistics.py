"""How an account is doing, in numbers that an index has: they stay quick, however many jobs there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import case, func, select

from shotprint.service.checks import now
from shotprint.service.types import JobState, LibraryState
from shotprint.service.visibility import Visibility
from shotprint.store.database import Database
from shotprint.store.models import JobRow, LibraryRow


@dataclass(frozen=True)
class Day:
    """What ended on one day, UTC.

    Attributes
    ----------
    media_s : seconds of media analysed.
    matches : references that were found copied, all jobs together.
    """

    start: datetime
    succeeded: int
    failed: int
    media_s: float
    matches: int


@dataclass(frozen=True)
class Totals:
    libraries: int
    files: int
    media_s: float


class Statistics:
    """Counts an account's jobs and files."""

    def __init__(self, database: Database, visibility: Visibility) -> None:
        self._database = database
        self._visibility = visibility

    def by_state(self, account_id: str, library_ids: Collection[str] | None = None) -> dict[JobState, int]:
        """How many jobs are in each state.

        Parameters
        ----------
        library_ids : jobs of other libraries don't count; None for all.
        """
        visible = self._visibility.conditions(JobRow, account_id, library_ids)
        counts = select(JobRow.state, func.count()).where(*visible).group_by(JobRow.state)
        with self._database.reading.connect() as connection:
            found: dict[str, int] = dict(connection.execute(counts).all())
        return {state: found.get(state, 0) for state in JobState}

    def days(self, account_id: str, count: int, library_ids: Collection[str] | None = None) -> Sequence[Day]:
        """The last `count` days, the oldest first, today last."""
        today = datetime.combine(now().date(), time(), UTC)
        starts = [today - timedelta(days=back) for back in reversed(range(count))]
        visible = self._visibility.conditions(JobRow, account_id, library_ids)
        succeeded = JobRow.state == JobState.SUCCEEDED
        query = select(
            func.count(case((succeeded, 1))),
            func.count(case((succeeded, None), else_=1)),
            func.coalesce(func.sum(JobRow.duration_s), 0.0),
            func.coalesce(func.sum(JobRow.match_count), 0),
        ).where(*visible)
        days = []
        with self._database.reading.connect() as connection:
            for start in starts:
                end = start + timedelta(days=1)
                row = connection.execute(query.where(JobRow.finished >= start, JobRow.finished < end)).one()
                days.append(Day(start, row[0], row[1], float(row[2] or 0.0), int(row[3])))
        return days

    def totals(self, account_id: str, library_ids: Collection[str] | None = None) -> Totals:
        """What is stored in all living libraries together."""
        conditions = [LibraryRow.account_id == account_id, LibraryRow.state != LibraryState.DELETED]
        if library_ids is not None:
            conditions.append(LibraryRow.id.in_(library_ids))
        query = select(
            func.count(),
            func.coalesce(func.sum(LibraryRow.file_count), 0),
            func.coalesce(func.sum(LibraryRow.media_ms), 0),
        ).where(*conditions)
        with self._database.reading.connect() as connection:
            row = connection.execute(query).one()
        return Totals(int(row[0]), int(row[1]), float(row[2]) / 1000)
