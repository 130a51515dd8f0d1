"""A service on a database of its own, whose workers read made-up films and can be stopped."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from made_films import BUCKET, FilmReader
from paused_work import LOOKED_AGAIN, SEARCHED, PausedWork, pass_point
from service_model import ATTEMPTS, MAX_LIBRARIES
from sqlalchemy.orm import Session
from support.service_work import blob_files

from shotprint import wiring
from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Cancel, Fingerprint, Progress
from shotprint.queue.protocol import Lane, Queue, Task
from shotprint.service.indexes import Found, LibraryIndexes
from shotprint.service.types import ImportJob
from shotprint.settings import load
from shotprint.store.database import Database
from shotprint.worker.loop import Limits, Worker
from shotprint.worker.tasks import handlers

LISTS = "lists"
"""The bucket of lists of imports."""

LEASE_S = 3600.0  # leases end when the program says so
SECRET = "a key for all programs of a database"


class StoppingIndexes(LibraryIndexes):
    """Stops the work that searches after each search that no transaction is open for."""

    def search(
        self,
        library_id: str,
        query: Fingerprint,
        *,
        min_similarity: float | None = None,
        findings: bool = False,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Found:
        found = super().search(
            library_id,
            query,
            min_similarity=min_similarity,
            findings=findings,
            progress=progress,
            cancel=cancel,
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
    database : in which no work waits; it may hold other accounts' things.
    directory : an empty one, for everything that is not in the database.
    given_back : called when it is closed, with whether the database is as good as before.
    """

    def __init__(self, database: Database, directory: Path, given_back: Callable[[bool], None]) -> None:
        self._database = database
        self._given_back = given_back
        self.films, self.lists = directory / "films", directory / "lists"
        self.lists.mkdir()
        self._settings = load(
            database=database.url,
            data=directory / "data",
            secret_key=SECRET,
            workers=1,
            buckets={BUCKET: str(self.films), LISTS: str(self.lists)},
            lease_s=LEASE_S,
            max_libraries=MAX_LIBRARIES,
        )
        self._blobs = BlobStore(self._settings.blobs_url)
        self._onlooker = LibraryIndexes(self._settings.index_directory, database, self._blobs)
        self.restart()

    def close(self, *, clean: bool) -> None:
        """`clean` : no work waits in the database."""
        self._given_back(clean)

    def restart(self) -> None:
        """Make everything anew that a process keeps in memory."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wiring, "MediaReader", FilmReader)
            patch.setattr(wiring, "LibraryIndexes", StoppingIndexes)
            self.app = wiring._assemble(self._settings, self._database, 0)

    def worker(self, lanes: Collection[Lane]) -> WorkerStep:
        """A step that has not begun."""
        limits = Limits(lease_s=LEASE_S, time_limit_s=LEASE_S, attempts=ATTEMPTS, retry_s=0.0)

        def make(queue: Queue) -> Worker:
            stop = threading.Event()
            return Worker(queue, handlers(self.app), limits, lanes=lanes, name="worker", stop=stop)

        return WorkerStep(self.app.queue, make)

    def indexed(self, library_id: str) -> set[str]:
        """The ids of the files that another process of this machine finds in the library."""
        return set(self._onlooker._caught_up(library_id, None).index.keys())

    def has_index(self, library_id: str) -> bool:
        return (self._settings.index_directory / library_id).exists()

    def count_blobs(self) -> int:
        """How many files there are of what is kept beside the rows of stored files."""
        return len(blob_files(self.app))

    def result(self, job: ImportJob) -> list[dict[str, object]]:
        """The result file of an import, without the texts of errors."""
        assert job.result_blob is not None
        lines = [json.loads(text) for text in self._blobs.get(job.result_blob).splitlines()]
        for line in lines:
            if "Code" in line:
                del line["Message"]
        return lines
