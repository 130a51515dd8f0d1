"""Searching a library with a file that nobody wants to keep: it is sent, searched with, looked at, and removed.

The job, the note that the upload is for it alone, and the task that removes the upload are kept together. That task
waits until the job is over, and then as long as its pictures shall be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from shotprint.engine.types import Cancel
from shotprint.errors import InvalidState, LeaseLost, NotFound, ShotprintError
from shotprint.queue.protocol import Lane, Queue, Task
from shotprint.service import jobs
from shotprint.service.checks import now
from shotprint.service.types import Job, JobRequest, MediaPlace, SaveType
from shotprint.service.uploads import Uploads, find
from shotprint.settings import UPLOADS
from shotprint.store.database import Database
from shotprint.store.models import JobRow, UploadRow

log = structlog.get_logger(__name__)

FORGET_UPLOAD = "forget_upload"
"""The task that removes an upload after the one job that it was sent for; its subject is the upload's id."""

LOOK_AGAIN = timedelta(seconds=30)  # while the job is not over


class Searches:
    """Begins searches with files that are not kept."""

    def __init__(self, database: Database, queue: Queue) -> None:
        self._database = database
        self._queue = queue

    def submit(
        self, account_id: str, library_id: str, upload_id: str, *, min_similarity: float | None = None
    ) -> Job:
        """Search the library with an upload, which is nobody else's from then on and removed afterwards.

        Raises
        ------
        NotFound
            The account has no such upload.
        InvalidState
            It is not whole, or another search has it.
        LibraryNotFound, OutOfRange
        """
        with self._database.sessions.begin() as session:
            upload = find(session, account_id, upload_id)
            if upload.finished is None or upload.job_id is not None:
                raise InvalidState(f"{upload.name} cannot be searched with", parameter="upload")
            place = MediaPlace(UPLOADS, "", f"{account_id}/{upload.id}")
            request = JobRequest(place, upload.name, SaveType.NOSAVE, library_id, min_similarity)
            job = jobs.accept(session, self._queue, account_id, library_id, request)
            upload.job_id = job.id
            self._queue.put(
                session, FORGET_UPLOAD, upload.id, lane=Lane.UPKEEP, not_before=now() + LOOK_AGAIN
            )
        return job


class UploadForgetting:
    """Removes uploads after the job that each was sent for; a chore of the workers.

    Parameters
    ----------
    kept_for : how long after the end of the job.
    """

    def __init__(
        self,
        database: Database,
        queue: Queue,
        uploads: Uploads,
        *,
        kept_for: timedelta,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._queue = queue
        self._uploads = uploads
        self._kept_for = kept_for
        self._clock = clock

    def run(self, task: Task, _cancel: Cancel) -> None:
        with self._database.reads() as session:
            upload = session.get(UploadRow, task.subject)
            due = None if upload is None else self._due(session, upload)
        if upload is not None and due is None:
            with suppress(NotFound):  # somebody deletes it as well
                self._uploads.delete(upload.account_id, upload.id)
        self._end(task, due)

    def fail(self, task: Task, error: ShotprintError) -> None:
        """No giving up: what shall not be kept has to go."""
        log.error("upload_not_forgotten", upload=task.subject, code=error.code, message=error.message)
        self._end(task, self._clock() + LOOK_AGAIN)

    def _due(self, session: Session, upload: UploadRow) -> datetime | None:
        """When to look again; None when it can go."""
        moment = self._clock()
        job = None if upload.job_id is None else session.get(JobRow, upload.job_id)
        if job is None:
            return None
        if job.finished is None:
            return moment + LOOK_AGAIN
        goes = job.finished + self._kept_for
        return goes if goes > moment else None

    def _end(self, task: Task, again: datetime | None) -> None:
        with self._database.sessions.begin() as session:
            if not self._queue.finish(session, task):
                raise LeaseLost
            if again is not None:
                self._queue.put(session, FORGET_UPLOAD, task.subject, lane=Lane.UPKEEP, not_before=again)
