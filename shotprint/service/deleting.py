"""What a worker does for deletions.

Rows are removed in portions, each a task of its own that ends with the next one put into the queue, so no
transaction is long and other work gets its turn. Blobs are removed last, by a task that is kept together
with the removal of the rows: a file that cannot be found any more leaves nothing behind, however its worker ends.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Cancel
from shotprint.errors import CallerError, LeaseLost, LibraryNotFound, ShotprintError
from shotprint.queue.protocol import Lane, Queue, Task
from shotprint.service import chores, files
from shotprint.service.checks import now
from shotprint.service.deletions import DELETE_LIBRARY
from shotprint.service.indexes import LibraryIndexes
from shotprint.service.types import DeletionKind, LibraryState
from shotprint.store.database import Database
from shotprint.store.models import FileDeletionRow, LibraryDeletionRow, LibraryRow

log = structlog.get_logger(__name__)

SWEEP_BLOBS = "sweep_blobs"
"""The task that removes the blobs of a library's removed files; its subject is the library's id."""

PORTION = 500  # files in one transaction
LATER = timedelta(minutes=1)  # until what must not be given up is tried once more


class FileDeleting:
    """Removes files, all that a deletion names in one transaction."""

    def __init__(self, database: Database, queue: Queue) -> None:
        self._database = database
        self._queue = queue

    def run(self, task: Task, _cancel: Cancel) -> None:
        with self._database.sessions.begin() as session:
            finish(session, self._queue, task)
            row = chores.start(session, FileDeletionRow, task.subject)
            if row is None:
                return
            if files.remove(session, row.library_id, row.file_ids, row.primary_keys):
                self._queue.put(session, SWEEP_BLOBS, row.library_id, lane=Lane.UPKEEP)
            chores.succeed(session, FileDeletionRow, row.id)
            chores.announce(session, self._queue, FileDeletionRow, row.id)

    def fail(self, task: Task, error: ShotprintError) -> None:
        with self._database.sessions.begin() as session:
            if self._queue.finish(session, task) and chores.fail(
                session, FileDeletionRow, task.subject, error
            ):
                chores.announce(session, self._queue, FileDeletionRow, task.subject)


class LibraryDeleting:
    """Empties libraries and deletes them."""

    def __init__(self, database: Database, queue: Queue, indexes: LibraryIndexes) -> None:
        self._database = database
        self._queue = queue
        self._indexes = indexes

    def run(self, task: Task, _cancel: Cancel) -> None:
        with self._database.sessions.begin() as session:
            finish(session, self._queue, task)
            row = chores.start(session, LibraryDeletionRow, task.subject)
            if row is None:
                return
            if row.up_to_revision is None:
                row.up_to_revision = _begin(session, row)
            if files.remove_oldest(session, row.library_id, row.up_to_revision, PORTION) == PORTION:
                self._queue.put(session, DELETE_LIBRARY, row.id, lane=Lane.UPKEEP)
                return
            self._queue.put(session, SWEEP_BLOBS, row.library_id, lane=Lane.UPKEEP)
            chores.succeed(session, LibraryDeletionRow, row.id)
            chores.announce(session, self._queue, LibraryDeletionRow, row.id)
        if row.kind == DeletionKind.DELETE:
            self._indexes.forget(row.library_id)

    def fail(self, task: Task, error: ShotprintError) -> None:
        """A library that is gone for callers must not keep its files: its deletion goes on later."""
        with self._database.sessions.begin() as session:
            if not self._queue.finish(session, task):
                return
            row = session.get_one(LibraryDeletionRow, task.subject)
            if row.kind == DeletionKind.DELETE and not isinstance(error, CallerError):
                log.error("deletion_goes_on_later", library=row.library_id, code=error.code)
                self._queue.put(session, DELETE_LIBRARY, row.id, lane=Lane.UPKEEP, not_before=now() + LATER)
                return
            if chores.fail(session, LibraryDeletionRow, row.id, error):
                chores.announce(session, self._queue, LibraryDeletionRow, row.id)


class BlobSweeping:
    """Removes what is kept of removed files beside their rows. Harmless when repeated."""

    def __init__(self, database: Database, queue: Queue, blobs: BlobStore) -> None:
        self._database = database
        self._queue = queue
        self._blobs = blobs

    def run(self, task: Task, cancel: Cancel) -> None:
        more = True
        while more and not cancel():
            with self._database.reads() as session:
                names = files.removed_blobs(session, task.subject, PORTION)
            for blobs in names.values():
                for name in blobs:
                    self._blobs.delete(name)
            with self._database.sessions.begin() as session:
                files.forget_blobs(session, list(names))
            more = len(names) == PORTION
        with self._database.sessions.begin() as session:
            finish(session, self._queue, task)
            if more:
                self._queue.put(session, SWEEP_BLOBS, task.subject, lane=Lane.UPKEEP)

    def fail(self, task: Task, error: ShotprintError) -> None:
        """No giving up: what callers had deleted has to go."""
        log.error("blobs_not_swept", library=task.subject, code=error.code, message=error.message)
        with self._database.sessions.begin() as session:
            if self._queue.finish(session, task):
                self._queue.put(
                    session, SWEEP_BLOBS, task.subject, lane=Lane.UPKEEP, not_before=now() + LATER
                )


def finish(session: Session, queue: Queue, task: Task) -> None:
    """Finish the task in the transaction of the work; LeaseLost, which undoes both, when another worker has it."""
    if not queue.finish(session, task):
        raise LeaseLost


def _begin(session: Session, row: LibraryDeletionRow) -> int:
    """Take the library away from callers if it shall go; returns the revision up to which files are removed."""
    try:
        revision = files.lock(session, row.library_id)
    except LibraryNotFound:
        if row.kind != DeletionKind.DELETE:
            raise
        return session.get_one(LibraryRow, row.library_id).revision  # another deletion was first
    if row.kind == DeletionKind.DELETE:
        session.execute(
            update(LibraryRow).where(LibraryRow.id == row.library_id).values(state=LibraryState.DELETED)
        )
    return revision
