"""Reports: what callers say about jobs that failed."""

from __future__ import annotations

from sqlalchemy import select

from shotprint.errors import InvalidState, JobNotFound
from shotprint.service.checks import check_text, is_id, new_id, now
from shotprint.service.types import JobState, Report
from shotprint.store.database import Database
from shotprint.store.models import JobRow, ReportRow


class Reports:
    """Kept for good; a job can have several."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, account_id: str, job_id: str, result: str, details: str | None = None) -> Report:
        """Keep a caller's word on a failed job.

        Raises
        ------
        JobNotFound
            The account has no such job.
        InvalidState
            The job has not failed.
        EmptyValue, OutOfRange, InvalidValue
            The result is empty, or a text is longer than 64 KiB or cannot be kept.
        """
        check_text(result, "result", empty=False)
        check_text(details or "", "details")
        with self._database.sessions.begin() as session:
            own = (JobRow.account_id == account_id, JobRow.id == job_id)
            state = session.scalar(select(JobRow.state).where(*own)) if is_id(job_id) else None
            if state is None:
                raise JobNotFound(f"There is no job {job_id!r}", parameter="job_id")
            if state != JobState.FAILED:
                raise InvalidState(f"The job {job_id} has not failed", parameter="job_id")
            row = ReportRow(
                id=new_id(),
                account_id=account_id,
                job_id=job_id,
                result=result,
                details=details,
                created=now(),
            )
            session.add(row)
        return _report(row)

    def list(self, account_id: str, job_id: str) -> list[Report]:
        """The account's reports on the job, oldest first."""
        with self._database.reads() as session:
            rows = session.scalars(
                select(ReportRow)
                .where(ReportRow.account_id == account_id, ReportRow.job_id == job_id)
                .order_by(ReportRow.created, ReportRow.id)
            )
            return [_report(row) for row in rows]


def _report(row: ReportRow) -> Report:
    return Report(row.id, row.account_id, row.job_id, row.result, row.details, row.created)
