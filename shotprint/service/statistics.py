"""How an account is doing, in numbers that an index has: they stay quick, however many jobs there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement, case, func, select

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
    waiting : jobs that were not over at the end of the day.
    """

    start: datetime
    succeeded: int
    failed: int
    media_s: float
    matches: int
    waiting: int


@dataclass(frozen=True)
class Totals:
    libraries: int
    files: int
    media_s: float


@dataclass(frozen=True)
class LibraryHours:
    """How much one library holds."""

    id: str
    name: str
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
        ended = select(
            func.count(case((succeeded, 1))),
            func.count(case((succeeded, None), else_=1)),
            func.coalesce(func.sum(JobRow.duration_s), 0.0),
            func.coalesce(func.sum(JobRow.match_count), 0),
        ).where(*visible)
        begun = select(func.count()).select_from(JobRow).where(*visible)
        unfinished = begun.where(JobRow.state.in_((JobState.QUEUED, JobState.RUNNING)))
        days = []
        with self._database.reading.connect() as connection:
            waiting = int(connection.execute(unfinished).scalar_one())
            for start in reversed(starts):  # back from how many wait now
                end = start + timedelta(days=1)
                row = connection.execute(ended.where(JobRow.finished >= start, JobRow.finished < end)).one()
                days.append(Day(start, row[0], row[1], float(row[2] or 0.0), int(row[3]), waiting))
                came = connection.execute(begun.where(JobRow.created >= start, JobRow.created < end))
                waiting = max(0, waiting - int(came.scalar_one()) + row[0] + row[1])
        return days[::-1]

    def largest(
        self, account_id: str, count: int, library_ids: Collection[str] | None = None
    ) -> Sequence[LibraryHours]:
        """The `count` living libraries with the most media, the largest first."""
        query = select(LibraryRow.id, LibraryRow.name, LibraryRow.media_ms)
        query = query.where(*_living(account_id, library_ids))
        largest = query.order_by(LibraryRow.media_ms.desc(), LibraryRow.id).limit(count)
        with self._database.reading.connect() as connection:
            return [
                LibraryHours(row.id, row.name, row.media_ms / 1000) for row in connection.execute(largest)
            ]

    def totals(self, account_id: str, library_ids: Collection[str] | None = None) -> Totals:
        """What is stored in all living libraries together."""
        query = select(
            func.count(),
            func.coalesce(func.sum(LibraryRow.file_count), 0),
            func.coalesce(func.sum(LibraryRow.media_ms), 0),
        ).where(*_living(account_id, library_ids))
        with self._database.reading.connect() as connection:
            row = connection.execute(query).one()
        return Totals(int(row[0]), int(row[1]), float(row[2]) / 1000)


def _living(account_id: str, library_ids: Collection[str] | None) -> list[ColumnElement[bool]]:
    conditions = [LibraryRow.account_id == account_id, LibraryRow.state != LibraryState.DELETED]
    if library_ids is not None:
        conditions.append(LibraryRow.id.in_(library_ids))
    return conditions
