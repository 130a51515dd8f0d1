"""The service and the model side by side: what both must say, and steps of workers that both make."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant
from made_films import FILMS, make_bucket
from service_bench import Bench, WorkerStep
from service_model import Model
from service_things import OVER, Import, Library, Line, Task, is_gone

from shotprint.errors import LibraryNotFound, ShotprintError
from shotprint.queue import protocol as queue
from shotprint.queue.protocol import Lane
from shotprint.service.checks import new_id
from shotprint.service.types import File as StoredFile
from shotprint.service.types import FileFilter, JobState, LibraryState
from shotprint.service.types import Job as StoredJob
from shotprint.wiring import App

T = TypeVar("T")

BOTH_LANES = (Lane.UPKEEP, Lane.ANALYSIS)
STUCK = 1000  # so many steps do not come together in a program that ends


def expect(error: type[ShotprintError] | None, call: Callable[[], T]) -> T | None:
    """What `call` returns; None when it raises `error`, as it must when that is not None."""
    if error is None:
        return call()
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    return None


@dataclass(eq=False)
class Worker:
    """A worker that stopped in the middle of a step, and where the model stopped with it."""

    real: WorkerStep
    task: Task
    model: Iterator[str]
    stops: frozenset[str]


class Side(RuleBasedStateMachine):
    """Class attributes are set by whoever runs it.

    Attributes
    ----------
    make_bench : a service without any work.
    counted : how often each rule was executed.
    """

    make_bench: ClassVar[Callable[[], Bench]]
    counted: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.bench = type(self).make_bench()
        make_bucket(self.bench.films)
        self.model = Model()
        self.accounts = [self.app.accounts.create(f"of {new_id()}").id for _ in range(2)]
        self.paused: list[Worker] = []
        self.begun = False
        self.ended: dict[str, StoredJob] = {}

    @property
    def app(self) -> App:
        return self.bench.app

    def teardown(self) -> None:
        ended = False
        try:
            if sys.exc_info()[0] is None:
                self._end()
                ended = True
        finally:
            for worker in self.paused:
                worker.real.abandon()
            self.bench.close(clean=ended)

    @invariant()
    def both_say_the_same(self) -> None:
        for account in (0, 1):
            self._check_libraries(account)
            self._check_jobs(account)
            self._check_chores(account)
        for library in self.model.libraries:
            self._check_files(library)
        assert self.app.queue.waiting() == len(self.model.queue)
        kept = [file for library in self.model.libraries for file in library.files if file.has_blobs]
        assert self.bench.count_blobs() == 2 * len(kept)

    def _check_libraries(self, account: int) -> None:
        def shown(library: Library) -> tuple[object, ...]:
            living = library.living()
            seconds = sum(FILMS[file.film].duration for file in living)
            return library.id, library.name, library.state, len(living), seconds

        listed = self.app.libraries.list(self.accounts[account])
        told = [(one.id, one.name, one.state, one.file_count, one.duration_s) for one in listed]
        assert told == [shown(library) for library in self.model.living(account)]
        every = [library.id for library in self.model.libraries]
        listed = self.app.libraries.list(self.accounts[account], every)
        told = [(one.id, one.name, one.state, one.file_count, one.duration_s) for one in listed]
        assert told == [shown(one) for one in self.model.libraries if one.account == account]

    def _check_files(self, library: Library) -> None:
        expect(LibraryNotFound, lambda: self._files(library, 1 - library.account))
        if is_gone(library):
            expect(LibraryNotFound, lambda: self._files(library, library.account))
            return
        files = self._files(library, library.account)
        told = [(file.primary_key, file.place.object.rpartition("/")[2], file.duration_s) for file in files]
        living = library.living()
        assert told == [(file.key, file.film, FILMS[file.film].duration) for file in living]
        known = {file.id for one in self.model.libraries for file in one.files}
        for file, stored in zip(living, files, strict=True):
            if not file.id:
                assert stored.id not in known
                file.id = stored.id
            assert file.id == stored.id
        assert self.bench.indexed(library.id) == {file.id for file in living}

    def _files(self, library: Library, account: int) -> Sequence[StoredFile]:
        return self.app.files.page(self.accounts[account], library.id, FileFilter(), None, 1000).items

    def _check_jobs(self, account: int) -> None:
        if not self.model.jobs:
            return
        jobs, missing = self.app.jobs.get(self.accounts[account], [job.id for job in self.model.jobs])
        own = [job for job in self.model.jobs if job.account == account]
        assert [job.id for job in jobs] == [job.id for job in own]
        assert missing == [job.id for job in self.model.jobs if job.account != account]
        for job, stored in zip(own, jobs, strict=True):
            assert (stored.state, stored.error_code) == (job.state, job.error)
            assert stored.request.library_id == job.library.id
            assert list(stored.matches) == job.matches
            assert (stored.file_id is None) == (job.file is None)
            assert job.file is None or job.file.id in ("", stored.file_id)
            assert (stored.finished is None) == (job.state not in OVER)
            if job.state in OVER:
                assert self.ended.setdefault(job.id, stored) == stored
            if job.state is JobState.SUCCEEDED:
                assert (stored.duration_s, stored.progress) == (FILMS[job.film].duration, 1.0)

    def _check_chores(self, account: int) -> None:
        owner = self.accounts[account]
        for made, read in (
            (self.model.file_deletions, self.app.deletions.file_deletions),
            (self.model.library_deletions, self.app.deletions.library_deletions),
            (self.model.imports, self.app.imports.get),
        ):
            if not made:
                continue
            chores, missing = read(owner, [chore.id for chore in made])
            own = [chore for chore in made if chore.account == account]
            told = [(one.id, one.state, one.error_code, one.finished is None) for one in chores]
            assert told == [(one.id, one.state, one.error, one.state not in OVER) for one in own]
            assert missing == [chore.id for chore in made if chore.account != account]
            for chore, stored in zip(own, chores, strict=True):
                if isinstance(chore, Import):
                    assert stored.counts == chore.counts()
                    assert (stored.result_blob is None) == (chore.result is None)

    def _begin(self, of: tuple[Lane, ...], stops: frozenset[str]) -> bool:
        """Let a worker take a task and go on with it until a stop; False when there is nothing to do."""
        task = self.model.next_task(of)
        real = self.bench.worker(of)
        point = real.go_on()
        if told(real.task) != told(task):
            real.abandon()
        assert told(real.task) == told(task)
        if task is None:
            assert point is None
            return False
        worker = Worker(real, task, self.model.work(task), stops)
        self.paused.append(worker)
        self._follow(worker, point)
        return True

    def _go_on(self, worker: Worker) -> None:
        self._follow(worker, worker.real.go_on())

    def _follow(self, worker: Worker, point: str | None) -> None:
        while True:
            assert point == next(worker.model, None)
            if point is None:
                self.paused.remove(worker)
                return
            if point in worker.stops:
                return
            point = worker.real.go_on()

    def _has_work(self, *of: Lane) -> bool:
        return self.model.next_task(of) is not None

    def _end(self) -> None:
        """Everything is worked off in the end, and nothing is left of what was deleted."""
        while self.paused:
            self._go_on(self.paused[0])
            self.both_say_the_same()
        steps = 0
        while self._begin(BOTH_LANES, frozenset()):
            self.both_say_the_same()
            steps += 1
            assert steps < STUCK
        assert self.app.queue.waiting() == 0
        chores = [
            *self.model.jobs,
            *self.model.file_deletions,
            *self.model.library_deletions,
            *self.model.imports,
        ]
        assert all(chore.state in OVER for chore in chores)
        assert all(library.state is not LibraryState.OFFLINE for library in self.model.libraries)
        assert not any(file.living for one in self.model.libraries if is_gone(one) for file in one.files)
        assert not any(self.bench.has_index(one.id) for one in self.model.libraries if is_gone(one))
        for job in self.model.imports:
            if job.result is not None:
                (stored,), _missing = self.app.imports.get(self.accounts[job.account], [job.id])
                assert self.bench.result(stored) == [_result(line) for line in job.result]


def told(task: queue.Task | Task | None) -> tuple[str, str] | None:
    """A task's name and the id of what it is about, of the queue's tasks and the model's."""
    if task is None:
        return None
    subject = task.subject
    return task.name, subject if isinstance(subject, str) else subject.id


def _result(line: Line) -> dict[str, object]:
    """What the result file says of a line, without the texts of errors."""
    values = {
        "Line": line.number,
        "PrimaryKey": line.key or None,
        "Status": line.state,
        "FileId": line.file.id if line.file is not None else None,
        "Code": line.error,
        "Message": None if line.copied is None else f"A copy of {line.copied}",
    }
    return {name: value for name, value in values.items() if value is not None}
