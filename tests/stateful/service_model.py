"""What must be true of the service, kept in plain lists: no database, no files, no threads.

What a worker does is told as a generator that stops where `paused_work` stops the real work; between two of its
points the model changes at once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from made_films import BROKEN, MISSING, UNSTEADY, match_of, strongest_first
from paused_work import LOOKED_AGAIN, READING, SEARCHED
from service_things import (
    OVER,
    Chore,
    File,
    FileDeletion,
    Import,
    Job,
    Library,
    LibraryDeletion,
    Line,
    Task,
    is_gone,
)

from shotprint.engine.types import Match
from shotprint.queue.protocol import Lane
from shotprint.service.types import DeletionKind, JobState, LibraryState, SaveType

ATTEMPTS = 2
PORTION = 2
MAX_LIBRARIES = 3
DEFAULT = "default"

LIBRARY_GONE = "library_not_found"
DIED = "internal"


class Failure(Exception):
    """The work cannot be done; its argument is an error's code."""


class Again(Exception):
    """Something else has to happen first; this was no attempt."""


class Unsteady(Exception):
    """A fault that may pass; this was one of the attempts."""


class Ended(Exception):
    """The work was ended from outside, or has another worker: nothing is written."""


class Model:
    """All accounts together; `libraries` and the other lists are in the order in which things were made."""

    def __init__(self) -> None:
        self.libraries: list[Library] = []
        self.jobs: list[Job] = []
        self.file_deletions: list[FileDeletion] = []
        self.library_deletions: list[LibraryDeletion] = []
        self.imports: list[Import] = []
        self.queue: list[Task] = []
        self.stored = 0

    def living(self, account: int) -> list[Library]:
        return [one for one in self.libraries if one.account == account and not is_gone(one)]

    def named(self, account: int, name: str) -> Library | None:
        return next((one for one in self.living(account) if one.name == name), None)

    def is_full(self, account: int) -> bool:
        return len(self.living(account)) >= MAX_LIBRARIES

    def add_library(self, library: Library) -> Library:
        self.libraries.append(library)
        self.put("activate_library", library, Lane.UPKEEP)
        return library

    def put(self, name: str, subject: Chore | Library, lane: Lane) -> None:
        self.queue.append(Task(name, subject, lane))

    def store(self, library: Library, key: str, film: str) -> File:
        """In the place of the living file of that key, whose blobs go at once."""
        for file in library.living():
            if file.key == key:
                file.living = file.has_blobs = False
        self.stored += 1
        file = File(self.stored, key, film)
        library.files.append(file)
        return file

    def matches(
        self, library: Library, film: str, threshold: float | None, after: int = 0
    ) -> list[tuple[File, Match]]:
        """What a search finds among the living files that were stored after the one of that number."""
        found = [
            (file, match_of(film, file.film, threshold)) for file in library.living() if file.number > after
        ]
        by_id = {file.id: file for file, _match in found}
        matches = strongest_first([(file.id, match) for file, match in found if match is not None])
        return [(by_id[file_id], match) for file_id, match in matches]

    def next_task(self, lanes: Sequence[Lane]) -> Task | None:
        """The oldest that no worker has."""
        return next((task for task in self.queue if task.lane in lanes and task.claim is None), None)

    def work(self, task: Task) -> Iterator[str]:
        """What the worker that has the task does with it; stops at the points of `paused_work`."""
        claim = task.claim = object()
        task.attempts += 1
        if task.attempts > ATTEMPTS:
            self._fail(task, claim, DIED)
            return
        try:
            yield from self._run(task, claim)
        except Failure as failure:
            self._fail(task, claim, str(failure))
        except Ended:
            self._finish(task, claim)
        except Again:
            self._release(task, claim, count=False)
        except Unsteady:
            if task.attempts < ATTEMPTS:
                self._release(task, claim, count=True)
            else:
                self._fail(task, claim, "temporary")

    def cancel_import(self, job: Import) -> None:
        """What waits of its list fails; without a list it fails itself."""
        if not job.lines:
            job.fail("cancelled")
        for line in job.lines:
            if line.state == "waiting":
                line.state, line.error = "failed", "cancelled"

    def lose(self, task: Task) -> None:
        """The worker that had it is dead, or so it seems."""
        task.claim = None

    def _release(self, task: Task, claim: object, *, count: bool) -> None:
        if task.claim is claim:
            task.claim = None
            task.attempts -= 0 if count else 1

    def _finish(self, task: Task, claim: object) -> bool:
        if task.claim is not claim:
            return False
        self.queue.remove(task)
        return True

    def _run(self, task: Task, claim: object) -> Iterator[str]:
        match task.subject:
            case Job() as job:
                yield from self._analyse(task, claim, job)
            case Import() as job:
                yield from self._import_some(task, claim, job)
            case FileDeletion() as deletion:
                self._delete_files(task, claim, deletion)
            case LibraryDeletion() as deletion:
                self._delete_library(task, claim, deletion)
            case Library() as library if task.name == "activate_library":
                self._activate(task, claim, library)
            case Library() as library:
                self._finish(task, claim)
                for file in library.files:
                    file.has_blobs = file.living

    def _fail(self, task: Task, claim: object, code: str) -> None:
        """Only the worker that has the task may say so. What may not be given up begins again."""
        if not self._finish(task, claim):
            return
        match task.subject:
            case Library() as library if task.name == "activate_library":
                library.state = LibraryState.ACTIVE if not is_gone(library) else library.state
            case Library() as library:
                self.put(task.name, library, task.lane)
            case LibraryDeletion(kind=DeletionKind.DELETE) as deletion if code != LIBRARY_GONE:
                self.put(task.name, deletion, task.lane)
            case Import() as job if code != LIBRARY_GONE and (line := job.next_line()) is not None:
                line.state, line.error = "failed", code
                self.put(task.name, job, task.lane)
            case Import() as job:
                job.fail(code)
                job.lines = []
            case Chore() as chore:
                chore.fail(code)

    def _activate(self, task: Task, claim: object, library: Library) -> None:
        if library.state is LibraryState.OFFLINE:
            library.state = LibraryState.ACTIVE
        self._finish(task, claim)

    def _analyse(self, task: Task, claim: object, job: Job) -> Iterator[str]:
        if job.state in OVER:
            raise Ended
        _require_active(job.library)
        job.state = JobState.RUNNING
        _require_present(job.film)
        yield READING
        if job.state in OVER:
            raise Ended
        _require_readable(job.film)
        order = Order(job.library, job.film, job.key, job.save_type, job.threshold)
        found = yield from self._find(order)
        if task.claim is not claim or job.state in OVER:
            raise Ended
        job.matches = [replace(match, reference=file.key) for file, match in found]
        job.file = self._store(order, found)
        job.state = JobState.SUCCEEDED
        self._finish(task, claim)

    def _import_some(self, task: Task, claim: object, job: Import) -> Iterator[str]:
        """One step: read the list, deal with a line, or tell the result."""
        if job.state in OVER:
            raise Ended
        _require_active(job.library)
        job.state = JobState.RUNNING
        line = job.next_line()
        if line is not None:
            yield from self._import_line(task, claim, job, line)
        elif job.lines:
            job.state, job.result, job.lines = JobState.SUCCEEDED, job.lines, []
        elif job.given is None:
            raise Failure("media_not_found")
        elif all(one.film is None for one in job.given):
            raise Failure("invalid_value")
        else:
            job.lines = job.given
        self._finish(task, claim)
        if job.state not in OVER:
            self.put(task.name, job, task.lane)

    def _import_line(self, task: Task, claim: object, job: Import, line: Line) -> Iterator[str]:
        """A line that was cancelled while it was at work is stored all the same, if it can be."""
        assert line.film is not None
        try:
            _require_present(line.film)
            yield READING
            _require_readable(line.film)
            order = Order(job.library, line.film, line.key, job.save_type, None)
            found = yield from self._find(order)
        except (Failure, Unsteady) as failure:
            if line.state == "waiting" or str(failure) == LIBRARY_GONE:
                raise
        else:
            if task.claim is claim:
                line.file, line.error = self._store(order, found), None
                line.state = "duplicate" if line.file is None else "stored"
                line.copied = found[0][0].key if line.file is None else None
        if task.claim is not claim:
            raise Ended

    def _find(self, order: Order) -> Generator[str, None, list[tuple[File, Match]]]:
        """What the file copies among what lives when the result is written. A save that found copies is
        done again when they are all gone by then, and one that found none has looked at everything."""
        library, save = order.library, order.save_type is SaveType.SAVE
        found: list[tuple[File, Match]] = []
        seen = 0
        if order.save_type is not SaveType.ONLYSAVE:
            _require_living(library)
            found, seen = self.matches(library, order.film, order.threshold), self.stored
            yield SEARCHED
        if save and not found:
            found, seen = self.matches(library, order.film, order.threshold, after=seen), self.stored
            yield LOOKED_AGAIN
        if save and not found:
            found = self.matches(library, order.film, order.threshold, after=seen)
        living = [(file, match) for file, match in found if file.living]
        if save and found and not living:
            raise Again
        _require_living(library)
        return living

    def _store(self, order: Order, found: Sequence[object]) -> File | None:
        if order.save_type is SaveType.NOSAVE or (order.save_type is SaveType.SAVE and found):
            return None
        return self.store(order.library, order.key, order.film)

    def _delete_files(self, task: Task, claim: object, deletion: FileDeletion) -> None:
        _require_living(deletion.library)
        removed = [
            file for file in deletion.library.living() if file.id in deletion.ids or file.key in deletion.keys
        ]
        for file in removed:
            file.living = False
        self._finish(task, claim)
        if removed:
            self.put("sweep_blobs", deletion.library, Lane.UPKEEP)
        deletion.state = JobState.SUCCEEDED

    def _delete_library(self, task: Task, claim: object, deletion: LibraryDeletion) -> None:
        """One portion of it."""
        library = deletion.library
        if deletion.doomed is None:
            if deletion.kind is DeletionKind.PURGE:
                _require_living(library)
            else:
                library.state = LibraryState.DELETED
            deletion.doomed = library.living()
        portion = [file for file in deletion.doomed if file.living][:PORTION]
        for file in portion:
            file.living = False
        self._finish(task, claim)
        if len(portion) == PORTION:
            deletion.state = JobState.RUNNING
            self.put(task.name, deletion, task.lane)
        else:
            deletion.state = JobState.SUCCEEDED
            self.put("sweep_blobs", library, Lane.UPKEEP)


@dataclass(frozen=True)
class Order:
    """What a file is analysed for."""

    library: Library
    film: str
    key: str
    save_type: SaveType
    threshold: float | None


def _require_living(library: Library) -> None:
    if is_gone(library):
        raise Failure(LIBRARY_GONE)


def _require_active(library: Library) -> None:
    _require_living(library)
    if library.state is LibraryState.OFFLINE:
        raise Again


def _require_present(film: str) -> None:
    if film == MISSING:
        raise Failure("media_not_found")


def _require_readable(film: str) -> None:
    if film == BROKEN:
        raise Failure("media_unreadable")
    if film == UNSTEADY:
        raise Unsteady
