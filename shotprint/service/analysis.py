"""What a worker does with one job: read the file, search the library, write the result."""

from __future__ import annotations

import time
from typing import BinaryIO

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shotprint.blobs.buckets import Buckets
from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Cancel, Progress, Role
from shotprint.errors import (
    Cancelled,
    JobNotFound,
    LeaseLost,
    LibraryNotFound,
    NotReady,
    ShotprintError,
)
from shotprint.queue.protocol import Queue, Task
from shotprint.service import jobs, notifications
from shotprint.service.indexes import Found, LibraryIndexes
from shotprint.service.libraries import Libraries
from shotprint.service.media_reader import Media, MediaReader
from shotprint.service.results import ResultWriter, Work
from shotprint.service.types import JobState, LibraryState, SaveType
from shotprint.service.visibility import Visibility
from shotprint.store.database import Database
from shotprint.store.models import LibraryRow

log = structlog.get_logger(__name__)

READING_SHARE = 0.9  # of a job's progress; the search has the rest
LOOK_EVERY_S = 1.0  # whether a running job was cancelled
NOTE_EVERY_S = 1.0  # between two writes of a job's progress


class Analysis:
    """Does jobs; a handler of the worker's loop.

    Attributes
    ----------
    indexes : the libraries' indexes.
    """

    def __init__(
        self,
        database: Database,
        queue: Queue,
        buckets: Buckets,
        blobs: BlobStore,
        indexes: LibraryIndexes,
        reader: MediaReader,
    ) -> None:
        self._database = database
        self._queue = queue
        self._buckets = buckets
        self._reader = reader
        self._jobs = jobs.Jobs(database, queue, Libraries(database, queue), visibility=Visibility())
        self.indexes = indexes
        self._results = ResultWriter(database, queue, blobs, indexes)

    def run(self, task: Task, cancel: Cancel) -> None:
        """Do the job whose id is the task's subject, and finish the task.

        Raises
        ------
        NotReady
            The library is still offline; or what the search found was replaced before the result was written.
        LeaseLost
            Another worker has the task; nothing was written.
        LibraryNotFound, MediaError, TemporaryError, Cancelled
        """
        work = self._start(task)
        if work is None:
            return
        try:
            self._do(work, self._or_ended(work.job.id, cancel))
        except LeaseLost:
            raise
        except Cancelled:
            if not self._finish_ended(task):
                raise

    def fail(self, task: Task, error: ShotprintError) -> None:
        """Write that the job failed, and finish the task; nothing when the lease is lost."""
        with self._database.sessions.begin() as session:
            if self._queue.finish(session, task) and jobs.fail(
                session, task.subject, error.code, error.message
            ):
                notifications.job_ended(session, self._queue, task.subject)

    def _do(self, work: Work, cancel: Cancel) -> None:
        reading, searching = self._progress(work.job.id)
        place = work.request.place
        with self._buckets.open(place.bucket, place.object) as (file, size_bytes):
            media = self._read(work, file, size_bytes, reading, cancel)
        self._results.write(work, media, self._search(work, media, searching, cancel))

    def _or_ended(self, job_id: str, cancel: Cancel) -> Cancel:
        """`cancel`, and whether the job was ended from outside, which is looked up now and then."""
        looked = time.monotonic()
        ended = False

        def cancelled() -> bool:
            nonlocal looked, ended
            if not ended and time.monotonic() - looked >= LOOK_EVERY_S:
                looked = time.monotonic()
                try:
                    with self._database.reads() as session:
                        ended = jobs.is_over(session, job_id)
                except SQLAlchemyError:  # not worth ending the work for
                    log.warning("job_not_looked_up", job=job_id, exc_info=True)
            return ended or cancel()

        return cancelled

    def _finish_ended(self, task: Task) -> bool:
        """Finish the task of a job that was ended from outside; False when it was not."""
        with self._database.sessions.begin() as session:
            over = jobs.is_over(session, task.subject)
            if over:
                self._queue.finish(session, task)
            return over

    def _start(self, task: Task) -> Work | None:
        """Mark the job as running; None when there is nothing left to do for it, and the task is finished."""
        with self._database.sessions.begin() as session:
            try:
                job = jobs.load(session, task.subject)
            except JobNotFound:
                job = None
            if job is None or job.state in (JobState.SUCCEEDED, JobState.FAILED):
                self._queue.finish(session, task)
                return None
            library = session.get(LibraryRow, job.request.library_id)
            if library is None or library.state == LibraryState.DELETED:
                raise LibraryNotFound("The library was deleted")
            if library.state == LibraryState.OFFLINE:
                raise NotReady("The library is not active yet")
            if not jobs.start(session, job.id):  # cancelled since it was loaded
                self._queue.finish(session, task)
                return None
            return Work(task, job, library.id, library.preset)

    def _read(self, work: Work, file: BinaryIO, size_bytes: int, progress: Progress, cancel: Cancel) -> Media:
        save_type = work.request.save_type
        return self._reader.read(
            file,
            size_bytes,
            preset=work.preset,
            text_type=work.request.text_type,
            role=Role.REFERENCE if save_type is SaveType.ONLYSAVE else Role.QUERY,
            to_store=save_type is not SaveType.NOSAVE,
            progress=progress,
            cancel=cancel,
        )

    def _search(self, work: Work, media: Media, progress: Progress, cancel: Cancel) -> Found:
        request = work.request
        if request.save_type is SaveType.ONLYSAVE:
            return Found((), 0)
        return self.indexes.search(
            work.library_id,
            media.print,
            min_similarity=request.similarity_threshold,
            findings=True,
            progress=progress,
            cancel=cancel,
        )

    def _progress(self, job_id: str) -> tuple[Progress, Progress]:
        """What to tell about reading, and what about searching; written to the job now and then."""
        noted = time.monotonic()

        def note(share: float) -> None:
            nonlocal noted
            if time.monotonic() - noted < NOTE_EVERY_S:
                return
            noted = time.monotonic()
            try:
                self._jobs.set_progress(job_id, share)
            except SQLAlchemyError:  # not worth ending the work for
                log.warning("progress_not_noted", job=job_id, exc_info=True)

        return (
            lambda share: note(share * READING_SHARE),
            lambda share: note(READING_SHARE + share * (1 - READING_SHARE)),
        )
