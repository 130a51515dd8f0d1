"""Writing what an analysis found: the result, the stored file and the end of the task in one transaction.

A worker that lost its lease cannot commit it, and one that dies before it leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Match
from shotprint.errors import LeaseLost, NotReady
from shotprint.queue.protocol import Queue, Task
from shotprint.service import files, jobs, notifications
from shotprint.service.file_blobs import FileBlobs
from shotprint.service.indexes import Found, LibraryIndexes
from shotprint.service.media_reader import Media
from shotprint.service.types import Job, SaveType
from shotprint.store.database import Database
from shotprint.store.models import FileRow


@dataclass(frozen=True)
class Work:
    """A job that runs, and what has to be known of its library."""

    task: Task
    job: Job
    library_id: str
    preset: str


class ResultWriter:
    """Finishes jobs."""

    def __init__(self, database: Database, queue: Queue, blobs: BlobStore, indexes: LibraryIndexes) -> None:
        self._database = database
        self._queue = queue
        self._blobs = FileBlobs(database, blobs)
        self._indexes = indexes

    def write(self, work: Work, media: Media, found: Found) -> None:
        """Store the file if the job asks for that, and write the result.

        Raises
        ------
        LeaseLost
            Another worker has the task; nothing was written.
        NotReady
            The duplicates that spoke against storing are gone by now; nothing was written.
        LibraryNotFound
            The library was deleted meanwhile.
        """
        save_type = work.job.request.save_type
        if save_type is SaveType.SAVE and not found.matches:
            # Looks through most of what was stored since the search, so that what is left to be looked
            # through while the library is locked is little.
            found = self._newer(work, media, found.revision)
        if save_type is SaveType.NOSAVE or (save_type is SaveType.SAVE and found.matches):
            with self._database.sessions.begin() as session:
                self._end_without_file(session, work, media, found)
        else:
            self._write_with_blobs(work, media, found)

    def _write_with_blobs(self, work: Work, media: Media, found: Found) -> None:
        blobs = self._blobs.put(media)
        try:
            with self._database.sessions.begin() as session:
                unused = self._store(session, work, media, found, blobs)
        except BaseException:
            self._blobs.delete_unless_used(blobs)
            raise
        self._blobs.delete(unused)

    def _store(
        self, session: Session, work: Work, media: Media, found: Found, blobs: Sequence[str]
    ) -> Sequence[str]:
        """Store the file, unless a duplicate was stored since the search and the job minds; returns the blobs
        that nobody needs once the transaction is committed."""
        request = work.job.request
        if request.save_type is SaveType.SAVE:
            files.lock(session, work.library_id)
            newer = self._newer(work, media, found.revision, session)
            if newer.matches:
                self._end_without_file(session, work, media, newer)
                return blobs
        matches = by_primary_key(session, found.matches)  # before one of them is replaced by this file
        stored = self._blobs.store(session, work.library_id, request.primary_key, request.place, media, blobs)
        self._end(session, work, media, matches, stored.file_id)
        return stored.replaced

    def _end_without_file(self, session: Session, work: Work, media: Media, found: Found) -> None:
        matches = by_primary_key(session, found.matches)
        if work.job.request.save_type is SaveType.SAVE and not matches:
            raise NotReady("The duplicates that were found are gone by now")
        self._end(session, work, media, matches, None)

    def _end(
        self, session: Session, work: Work, media: Media, matches: Sequence[Match], file_id: str | None
    ) -> None:
        done = self._queue.finish(session, work.task)
        if not (done and jobs.succeed(session, work.job.id, matches, media.info.duration, file_id)):
            raise LeaseLost
        notifications.job_ended(session, self._queue, work.job.id)

    def _newer(self, work: Work, media: Media, after: int, session: Session | None = None) -> Found:
        threshold = work.job.request.similarity_threshold
        return self._indexes.search_newer(
            work.library_id, media.print, after, min_similarity=threshold, session=session
        )


def by_primary_key(session: Session, matches: Sequence[Match]) -> list[Match]:
    """The matches with primary keys in the place of file ids, without files that are gone by now."""
    ids = [match.reference for match in matches]
    living = select(FileRow.id, FileRow.primary_key).where(
        FileRow.id.in_(ids), FileRow.removed_revision.is_(None)
    )
    keys: dict[str, str] = dict(session.execute(living).all())
    return [replace(match, reference=keys[match.reference]) for match in matches if match.reference in keys]
