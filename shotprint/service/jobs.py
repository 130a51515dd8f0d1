"""Jobs: analyses as submitted, and how far they are.

A job is a row and the one truth about itself; the queue only says that it waits. It goes from queued over
running to succeeded or failed and never back, except that a job whose worker died starts again. The
functions below the class are those steps. They run inside the transaction of whoever does the work, and do
nothing to a job that is finished, so work that is delivered twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from shotprint.engine.types import Match
from shotprint.errors import Cancelled, InvalidState, InvalidValue, JobNotFound, OutOfRange
from shotprint.queue.protocol import Lane, Queue
from shotprint.service import notifications
from shotprint.service.checks import MAX_KEY_BYTES, check_text, is_id, new_id, now, storable
from shotprint.service.job_filter import conditions
from shotprint.service.libraries import Libraries, require_library
from shotprint.service.paging import read_page
from shotprint.service.types import (
    Job,
    JobFilter,
    JobRequest,
    JobState,
    MediaPlace,
    Modality,
    Page,
    SaveType,
    TextType,
)
from shotprint.service.visibility import Visibility
from shotprint.store import match_json
from shotprint.store.database import Database
from shotprint.store.models import JobRow

ANALYSE = "analyse"
"""The task that does one job; its subject is the job's id."""

LISTED_BY = (JobRow.created, JobRow.id)
MAX_USER_DATA_BYTES = 128
MAX_MESSAGE_CHARS = 2000

_JOBS = JobRow.metadata.tables[JobRow.__tablename__]
_NEW_JOB = insert(_JOBS).returning(_JOBS)
_UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class Jobs:
    """An account's analyses."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        libraries: Libraries,
        *,
        visibility: Visibility,
    ) -> None:
        self._database = database
        self._queue = queue
        self._libraries = libraries
        self._visibility = visibility

    def submit(self, account_id: str, request: JobRequest) -> Job:
        """Accept an analysis: the job and its place in the queue are kept together, or neither is.

        Raises
        ------
        LibraryNotFound
            The account has no such library, or it is deleted.
        EmptyValue, OutOfRange, InvalidValue
            A value cannot be kept, the threshold is not from 0 to 1, or the library holds another kind of media.
        """
        (job,) = self.submit_all(account_id, [request])
        return job

    def submit_all(self, account_id: str, requests: Sequence[JobRequest]) -> list[Job]:
        """As `submit`, all of them or none."""
        libraries = [
            self._libraries.default(account_id).id if request.library_id is None else request.library_id
            for request in requests
        ]
        with self._database.sessions.begin() as session:
            return [
                accept(session, self._queue, account_id, library_id, request)
                for library_id, request in zip(libraries, requests, strict=True)
            ]

    def get(
        self, account_id: str, ids: Sequence[str], library_ids: Collection[str] | None = None
    ) -> tuple[list[Job], list[str]]:
        """The jobs of `ids` in that order, each once, and those ids that the account has no job of.

        Parameters
        ----------
        library_ids : jobs of other libraries are as if unknown; None for all libraries.
        """
        asked = list(dict.fromkeys(ids))
        wanted = [text for text in asked if is_id(text)]
        with self._database.reading.connect() as connection:
            rows = connection.execute(
                select(JobRow.__table__).where(
                    *self._visibility.conditions(JobRow, account_id, library_ids), JobRow.id.in_(wanted)
                )
            )
            found = {row.id: _job(row) for row in rows}
        return [found[text] for text in asked if text in found], [text for text in asked if text not in found]

    def one(self, account_id: str, job_id: str, library_ids: Collection[str] | None = None) -> Job:
        """The job of that id, as `get` sees it; JobNotFound when there is none."""
        jobs, _ = self.get(account_id, [job_id], library_ids)
        if not jobs:
            raise JobNotFound(f"There is no job {job_id!r}", parameter="job_id")
        return jobs[0]

    def page(self, account_id: str, wanted: JobFilter, token: str | None, size: int) -> Page[Job]:
        """At most `size` of the account's jobs that pass the filter, newest first, after the one whose id is `token`.

        Raises
        ------
        InvalidValue
            The token is none of this account's.
        """
        visible = self._visibility.conditions(JobRow, account_id, wanted.library_ids)
        with self._database.reading.connect() as connection:
            query = select(JobRow.__table__).where(*visible, *conditions(connection, account_id, wanted))
            return read_page(connection, query, LISTED_BY, JobRow.account_id == account_id, token, size, _job)

    def cancel(self, account_id: str, job_id: str, *, only_queued: bool = False) -> Job:
        """End a job as failed with the code of `Cancelled`. A worker that is at it notices within seconds and
        discards what it has; a job that ended first keeps its result.

        Parameters
        ----------
        only_queued : leave a job alone that a worker has begun with.

        Raises
        ------
        JobNotFound
            The account has no such job.
        InvalidState
            The job is finished, or running and `only_queued` is set.
        """
        states = (JobState.QUEUED,) if only_queued else _UNFINISHED
        error = Cancelled("The job was cancelled")
        with self._database.sessions.begin() as session:
            row = session.get(JobRow, job_id) if is_id(job_id) else None
            if row is None or row.account_id != account_id:
                raise JobNotFound(f"There is no job {job_id!r}", parameter="job_id")
            if not _fail(session, job_id, error.code, error.message, states):
                raise InvalidState(f"The job {job_id} cannot be cancelled any more", parameter="job_id")
            notifications.job_ended(session, self._queue, job_id)
            session.refresh(row)
            return _job(row)

    def set_progress(self, job_id: str, share: float) -> None:
        """Say how far a running job is, 0 to 1."""
        with self._database.sessions.begin() as session:
            session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.RUNNING)
                .values(progress=min(max(share, 0.0), 1.0))
            )


def accept(session: Session, queue: Queue, account_id: str, library_id: str, request: JobRequest) -> Job:
    """Keep a job and its place in the queue inside the caller's transaction; raises as `Jobs.submit`."""
    _check_request(request)
    modality = require_library(session, account_id, library_id)
    if request.modality not in (None, modality):
        raise InvalidValue(
            f"The library holds {modality.value}, not {request.modality.value}", parameter="modality"
        )
    # Not through the session's unit of work, which costs as much as all the rest.
    row = session.execute(_NEW_JOB, _new_values(account_id, library_id, modality, request)).one()
    queue.put(session, ANALYSE, row.id, lane=Lane.ANALYSIS)
    return _job(row)


def load(session: Session, job_id: str) -> Job:
    """The job of that id, of any account; for workers. JobNotFound when there is none."""
    row = session.get(JobRow, job_id)
    if row is None:
        raise JobNotFound(f"There is no job {job_id!r}")
    return _job(row)


def start(session: Session, job_id: str) -> bool:
    """Mark the job as running, for the first time or again; False when it is finished or unknown."""
    return _step(session, job_id, state=JobState.RUNNING, progress=0.0)


def succeed(
    session: Session, job_id: str, matches: Sequence[Match], duration_s: float, file_id: str | None
) -> bool:
    """Finish the job with its result; False, and nothing changed, when it was finished already.

    Parameters
    ----------
    matches : what the file copies, in the order that callers shall see. `Match.reference` is a primary key.
    duration_s : seconds of media analysed.
    file_id : of the file stored by this job, None when none was.
    """
    return _step(
        session, job_id, state=JobState.SUCCEEDED, progress=1.0, finished=now(),
        matches=match_json.to_json(matches), match_count=len(matches), duration_s=duration_s, file_id=file_id,
    )  # fmt: skip


def fail(session: Session, job_id: str, code: str, message: str) -> bool:
    """Finish the job with an error (a code of `shotprint.errors`); False when it was finished already.

    Whatever the message holds (a decoder's words, a file's name), what can be kept of it is kept.
    """
    return _fail(session, job_id, code, message, _UNFINISHED)


def is_over(session: Session, job_id: str) -> bool:
    """Whether the job is finished, or unknown."""
    state = session.scalar(select(JobRow.state).where(JobRow.id == job_id))
    return state not in _UNFINISHED


def _fail(session: Session, job_id: str, code: str, message: str, states: Sequence[JobState]) -> bool:
    return _step(
        session, job_id, states, state=JobState.FAILED, finished=now(), error_code=code,
        error_message=storable(message, MAX_MESSAGE_CHARS),
    )  # fmt: skip


def _step(session: Session, job_id: str, states: Sequence[JobState] = _UNFINISHED, **values: object) -> bool:
    """Set columns of a job that is in one of `states`; False, nothing changed, when it is not."""
    unfinished = (JobRow.id == job_id, JobRow.state.in_(states))
    changed = session.execute(update(JobRow).where(*unfinished).values(**values).returning(JobRow.id))
    return changed.one_or_none() is not None


def _check_request(request: JobRequest) -> None:
    check_text(request.primary_key, "primary_key", max_bytes=MAX_KEY_BYTES, empty=False)
    check_text(request.place.bucket, "bucket", empty=False)
    check_text(request.place.location, "location")
    check_text(request.place.object, "object", empty=False)
    check_text(request.pipeline_id or "", "pipeline_id")
    check_text(request.user_data or "", "user_data", max_bytes=MAX_USER_DATA_BYTES)
    check_text(request.input_text or "", "input_text")
    threshold = request.similarity_threshold
    if threshold is not None and not 0 <= threshold <= 1:
        raise OutOfRange(
            f"The similarity threshold {threshold} is not from 0 to 1", parameter="similarity_threshold"
        )


def _new_values(account_id: str, library_id: str, modality: Modality, request: JobRequest) -> dict[str, Any]:
    return {
        "id": new_id(),
        "account_id": account_id,
        "library_id": library_id,
        "bucket": request.place.bucket,
        "location": request.place.location,
        "object": request.place.object,
        "primary_key": request.primary_key,
        "save_type": request.save_type,
        "similarity_threshold": request.similarity_threshold,
        "pipeline_id": request.pipeline_id,
        "user_data": request.user_data,
        "input_text": request.input_text,
        "state": JobState.QUEUED,
        "progress": 0.0,
        "created": now(),
        "matches": [],
        "match_count": 0,
        "modality": modality,
        "text_type": request.text_type if modality is Modality.TEXT else None,
    }


def _job(row: JobRow | Row[Any]) -> Job:
    return Job(
        id=row.id,
        account_id=row.account_id,
        request=JobRequest(
            place=MediaPlace(bucket=row.bucket, location=row.location, object=row.object),
            primary_key=row.primary_key,
            save_type=SaveType(row.save_type),
            library_id=row.library_id,
            similarity_threshold=row.similarity_threshold,
            pipeline_id=row.pipeline_id,
            user_data=row.user_data,
            input_text=row.input_text,
            modality=Modality(row.modality),
            text_type=None if row.text_type is None else TextType(row.text_type),
        ),
        state=JobState(row.state),
        created=row.created,
        finished=row.finished,
        duration_s=row.duration_s,
        file_id=row.file_id,
        matches=match_json.from_json(row.matches),
        error_code=row.error_code,
        error_message=row.error_message,
        progress=row.progress,
    )
