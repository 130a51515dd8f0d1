"""A service on a database of its own, whose workers read made-up films and can be stopped."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from made_films import BUCKET, FilmReader
from paused_work import LOOKED_AGAIN, SEARCHED, PausedWork, pass_point
from service_model import ATTEMPTS
from sqlalchemy.orm import Session

from shotprint.blobs.buckets import Buckets
from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Cancel, Fingerprint, Progress
from shotprint.queue.protocol import Lane, Queue, Task
from shotprint.service.analysis import Analysis
from shotprint.service.deleting import SWEEP_BLOBS, BlobSweeping, FileDeleting, LibraryDeleting
from shotprint.service.deletions import DELETE_FILES, DELETE_LIBRARY
from shotprint.service.importing import Importing
from shotprint.service.imports import IMPORT
from shotprint.service.indexes import Found, LibraryIndexes
from shotprint.service.local_files import LocalFiles
from shotprint.service.types import ImportJob
from shotprint.wiring import App
from shotprint.worker.loop import Limits, Worker
from shotprint.worker.tasks import handlers

LISTS = "lists"
"""The bucket of lists of imports."""

LEASE_S = 3600.0  # leases end when the program says so


class StoppingIndexes(LibraryIndexes):
    """Stops the work that searches after each search that no transaction is open for."""

    def search(
        self,
        library_id: str,
        query: Fingerprint,
        *,
        min_similarity: float | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Found:
        found = super().search(
            library_id, query, min_similarity=min_similarity, progress=progress, cancel=cancel
        )
        pass_point(SEARCHED)
        return found

    def search_newer(
        self,
        library_id: str,
        query: Fingerprint,
        after: int,
        *,
        min_similarity: float | None = None,
        session: Session | None = None,
        cancel: Cancel | None = None,
    ) -> Found:
        found = super().search_newer(
            library_id, query, after, min_similarity=min_similarity, session=session, cancel=cancel
        )
        if session is None:
            pass_point(LOOKED_AGAIN)
        return found


class WorkerStep(PausedWork):
    """One step of a worker. ``task`` is what it claimed, None when there was nothing."""

    def __init__(self, queue: Queue, make_worker: Callable[[Queue], Worker]) -> None:
        self.task: Task | None = None
        self._queue = queue
        super().__init__(lambda: make_worker(self).step())

    def claim(self, lanes: Collection[Lane], worker: str) -> Task | None:
        self.task = self._queue.claim(lanes, worker)
        return self.task

    def __getattr__(self, name: str) -> object:
        return getattr(self._queue, name)


class Bench:
    """Everything that a program needs.

    Parameters
    ----------
    app : on a database in which no work waits; it may hold other accounts' things.
    directory : an empty one, for everything that is not in the database.
    given_back : called when it is closed, with whether the database is as good as before.
    """

    def __init__(self, app: App, directory: Path, given_back: Callable[[bool], None]) -> None:
        self.app = app
        self._given_back = given_back
        self.films, self.lists, self._index = (directory / name for name in ("films", "lists", "index"))
        self.lists.mkdir()
        self._root = directory / "blobs"
        self._blobs = BlobStore(str(self._root))
        self._onlooker = LibraryIndexes(self._index, app.database, self._blobs)
        self.restart()

    def close(self, *, clean: bool) -> None:
        """`clean` : no work waits in the database."""
        self._given_back(clean)

    def restart(self) -> None:
        """Make everything anew that a process keeps in memory."""
        database, queue = self.app.database, self.app.queue
        reader, most = FilmReader(), self.app.settings.max_media_bytes
        buckets = Buckets({BUCKET: str(self.films), LISTS: str(self.lists)}, max_bytes=most)
        self.indexes = StoppingIndexes(self._index, database, self._blobs)
        parts = (database, queue, buckets, self._blobs, self.indexes, reader)
        made = replace(
            self.app,
            analysis=Analysis(*parts),
            chores={
                IMPORT: Importing(*parts),
                DELETE_FILES: FileDeleting(database, queue),
                DELETE_LIBRARY: LibraryDeleting(database, queue, self.indexes),
                SWEEP_BLOBS: BlobSweeping(database, queue, self._blobs),
            },
        )
        self._handlers = handlers(made)
        self.local_files = LocalFiles(database, self._blobs, self.indexes, reader, max_bytes=most)

    def worker(self, lanes: Collection[Lane]) -> WorkerStep:
        """A step that has not begun."""
        limits = Limits(lease_s=LEASE_S, time_limit_s=LEASE_S, attempts=ATTEMPTS, retry_s=0.0)

        def make(queue: Queue) -> Worker:
            stop = threading.Event()
            return Worker(queue, self._handlers, limits, lanes=lanes, name="worker", stop=stop)

        return WorkerStep(self.app.queue, make)

    def indexed(self, library_id: str) -> set[str]:
        """The ids of the files that another process of this machine finds in the library."""
        return set(self._onlooker._caught_up(library_id, None).index.keys())

    def has_index(self, library_id: str) -> bool:
        return (self._index / library_id).exists()

    def count_blobs(self) -> int:
        """How many files there are of what is kept beside the rows of stored files."""
        return sum(1 for kind in ("fingerprints", "thumbnails") for _ in self._root.glob(f"{kind}/*/*"))

    def result(self, job: ImportJob) -> list[dict[str, object]]:
        """The result file of an import, without the texts of errors."""
        assert job.result_blob is not None
        lines = [json.loads(text) for text in self._blobs.get(job.result_blob).splitlines()]
        for line in lines:
            if "Code" in line:
                del line["Message"]
        return lines
