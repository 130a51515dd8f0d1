"""Writing what an analysis found: the result, the stored file and the end of the task in one transaction.

A worker that lost its lease cannot commit it, and one that dies before it leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from shotprint.blobs.store import BlobStore
from shotprint.engine.index.findings import Finding
from shotprint.engine.types import Match
from shotprint.errors import Cancelled, LeaseLost, LibraryNotFound, NotReady
from shotprint.queue.protocol import Queue, Task
from shotprint.service import files, jobs, notifications
from shotprint.service.file_blobs import FileBlobs
from shotprint.service.findings import keep
from shotprint.service.indexes import Found, LibraryIndexes
from shotprint.service.media_reader import Media
from shotprint.service.types import Job, JobRequest, SaveType
from shotprint.store.database import Database
from shotprint.store.models import FileRow


class Order(Protocol):
    """What was read is read for: a job, or a line of an import."""

    @property
    def library_id(self) -> str: ...

    @property
    def request(self) -> JobRequest: ...

    def end(
        self,
        session: Session,
        queue: Queue,
        matches: Sequence[Match],
        findings: Sequence[Finding],
        duration_s: float,
        file_id: str | None,
    ) -> None:
        """Write what became of it and finish its task, in the caller's transaction.

        Parameters
        ----------
        matches, findings : with primary keys for references.
        file_id : of the stored file, None when none was.

        Raises
        ------
        LeaseLost
            Another worker has the task.
        Cancelled
            It was ended meanwhile.
        """


@dataclass(frozen=True)
class Work:
    """A job that runs, and what has to be known of its library."""

    task: Task
    job: Job
    library_id: str
    preset: str

    @property
    def request(self) -> JobRequest:
        return self.job.request

    def end(
        self,
        session: Session,
        queue: Queue,
        matches: Sequence[Match],
        findings: Sequence[Finding],
        duration_s: float,
        file_id: str | None,
    ) -> None:
        if not queue.finish(session, self.task):
            raise LeaseLost
        if not jobs.succeed(session, self.job.id, matches, duration_s, file_id):
            raise Cancelled
        keep(session, self.job.id, findings)
        notifications.job_ended(session, queue, self.job.id)


class ResultWriter:
    """Finishes jobs."""

    def __init__(self, database: Database, queue: Queue, blobs: BlobStore, indexes: LibraryIndexes) -> None:
        self._database = database
        self._queue = queue
        self._blobs = FileBlobs(database, blobs)
        self._indexes = indexes

    def write(self, work: Order, media: Media, found: Found) -> None:
        """Store the file if the job asks for that, and write the result.

        Raises
        ------
        LeaseLost
            Another worker has the task; nothing was written.
        Cancelled
            It was ended meanwhile; nothing was written.
        NotReady
            The duplicates that spoke against storing are gone by now; nothing was written.
        LibraryNotFound
            The library was deleted meanwhile.
        """
        save_type = work.request.save_type
        if save_type is SaveType.SAVE and not found.matches:
            # Looks through most of what was stored since the search, so that what is left to be looked
            # through while the library is locked is little.
            found = replace(self._newer(work, media, found.revision), findings=found.findings)
        if save_type is SaveType.NOSAVE or (save_type is SaveType.SAVE and found.matches):
            with self._database.sessions.begin() as session:
                self._end_without_file(session, work, media, found)
        else:
            self._write_with_blobs(work, media, found)

    def _write_with_blobs(self, work: Order, media: Media, found: Found) -> None:
        blobs = self._blobs.put(media)
        try:
            with self._database.sessions.begin() as session:
                unused = self._store(session, work, media, found, blobs)
        except BaseException:
            self._blobs.delete_unless_used(blobs)
            raise
        self._blobs.delete(unused)

    def _store(
        self, session: Session, work: Order, media: Media, found: Found, blobs: Sequence[str]
    ) -> Sequence[str]:
        """Store the file, unless a duplicate was stored since the search and the job minds; returns the blobs
        that nobody needs once the transaction is committed."""
        request = work.request
        if request.save_type is SaveType.SAVE:
            files.lock(session, work.library_id)
            newer = self._newer(work, media, found.revision, session)
            if newer.matches:
                self._end_without_file(session, work, media, replace(newer, findings=found.findings))
                return blobs
        named = _named(session, found)  # before one of them is replaced by this file
        stored = self._blobs.store(session, work.library_id, request.primary_key, request.place, media, blobs)
        self._end(session, work, media, named, stored.file_id)
        return stored.replaced

    def _end_without_file(self, session: Session, work: Order, media: Media, found: Found) -> None:
        named = _named(session, found)
        if work.request.save_type is SaveType.SAVE and not named.matches:
            raise NotReady("The duplicates that were found are gone by now")
        self._end(session, work, media, named, None)

    def _end(self, session: Session, work: Order, media: Media, named: Found, file_id: str | None) -> None:
        if not files.is_living(session, work.library_id):
            raise LibraryNotFound("The library was deleted")
        work.end(session, self._queue, named.matches, named.findings, media.info.duration, file_id)

    def _newer(self, work: Order, media: Media, after: int, session: Session | None = None) -> Found:
        threshold = work.request.similarity_threshold
        return self._indexes.search_newer(
            work.library_id, media.print, after, min_similarity=threshold, session=session
        )


def by_primary_key(session: Session, matches: Sequence[Match]) -> list[Match]:
    """The matches with primary keys in the place of file ids, without files that are gone by now."""
    keys = _keys(session, matches)
    return [replace(match, reference=keys[match.reference]) for match in matches if match.reference in keys]


def _named(session: Session, found: Found) -> Found:
    """The same with primary keys, as `by_primary_key`."""
    keys = _keys(session, [one.match for one in found.findings])
    return Found(
        tuple(by_primary_key(session, found.matches)),
        found.revision,
        tuple(
            replace(one, match=replace(one.match, reference=keys[one.match.reference]))
            for one in found.findings
            if one.match.reference in keys
        ),
    )


def _keys(session: Session, matches: Sequence[Match]) -> dict[str, str]:
    """Primary keys of the living files that matches refer to, by file id."""
    ids = [match.reference for match in matches]
    living = select(FileRow.id, FileRow.primary_key).where(
        FileRow.id.in_(ids), FileRow.removed_revision.is_(None)
    )
    return dict(session.execute(living).all()) if ids else {}
