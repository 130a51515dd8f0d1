"""The service and the model side by side: whatever is done is done to both, and after each step both say the same.

A worker's step is a rule like the others. It may stop at the points of `paused_work`, so that anything can happen
while a file is read or after a library was searched; several workers may be stopped at the same time.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from made_films import BROKEN, BUCKET, FILMS, MISSING, THRESHOLDS, UNSTEADY, make_bucket
from paused_work import LOOKED_AGAIN, READING, SEARCHED, PausedWork
from service_bench import LISTS, Bench
from service_model import (
    DEFAULT,
    OVER,
    FileDeletion,
    Import,
    Job,
    Library,
    LibraryDeletion,
    Line,
    Model,
    Task,
    is_gone,
)

from shotprint.errors import (
    Conflict,
    InvalidState,
    InvalidValue,
    JobNotFound,
    LibraryNotFound,
    LimitExceeded,
    NotFound,
    ShotprintError,
)
from shotprint.queue.protocol import Lane
from shotprint.service.checks import new_id
from shotprint.service.types import (
    DeletionKind,
    FileFilter,
    ImportRequest,
    JobFilter,
    JobRequest,
    JobState,
    LibraryState,
    MediaPlace,
    Page,
    SaveType,
)
from shotprint.service.types import File as StoredFile
from shotprint.service.types import Job as StoredJob

T = TypeVar("T")

BOTH_LANES = (Lane.UPKEEP, Lane.ANALYSIS)
MOST_PAUSED = 3
NO_LIST = "no list"
STUCK = 1000  # so many steps do not come together in a program that ends

accounts = st.integers(0, 1)
names = st.sampled_from([DEFAULT, "a", "b", "c"])
save_types = st.sampled_from([save_type.value for save_type in SaveType])
keys = st.sampled_from(["k", "l", "m", "n"])
good_films = st.sampled_from(sorted(FILMS))
films = st.sampled_from([*sorted(FILMS), *sorted(FILMS), BROKEN, MISSING, UNSTEADY])
lanes = st.sampled_from([["upkeep", "analysis"], ["analysis"], ["upkeep"]])
stops = st.sets(st.sampled_from([READING, SEARCHED, LOOKED_AGAIN]), min_size=1)
numbers = st.integers(0, 7)
list_lines = st.lists(st.tuples(keys, films | st.none()), min_size=1, max_size=4)


def expect(error: type[ShotprintError] | None, call: Callable[[], T]) -> T | None:
    """What `call` returns; None when it raises `error`, as it must when that is not None."""
    if error is None:
        return call()
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    return None


def step(**arguments: object) -> Callable[[Callable[..., object]], object]:
    """A rule whose executions are counted, those before the program's own first step left out."""

    def decorate(function: Callable[..., object]) -> object:
        @wraps(function)
        def counted(self: ServiceMachine, **values: object) -> object:
            self.counted[function.__name__] += self.begun
            return function(self, **values)

        return rule(**arguments)(counted)

    return decorate


@dataclass(eq=False)
class Worker:
    """A worker that stopped in the middle of a step, and where the model stopped with it."""

    real: PausedWork
    task: Task
    model: object
    stops: frozenset[str]


class ServiceMachine(RuleBasedStateMachine):
    """Class attributes are set by whoever runs it.

    Attributes
    ----------
    make_bench : a service without any work.
    counted : how often each rule was executed.
    """

    make_bench: ClassVar[Callable[[], Bench]]
    counted: ClassVar[Counter[str]] = Counter()

    libraries = Bundle("libraries")

    def __init__(self) -> None:
        super().__init__()
        self.bench = type(self).make_bench()
        self.app = self.bench.app
        make_bucket(self.bench.films)
        self.model = Model()
        self.accounts = [self.app.accounts.create(f"of {new_id()}").id for _ in range(2)]
        self.paused: list[Worker] = []
        self.begun = False
        self.ended: dict[str, StoredJob] = {}

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

    # ---- what callers do

    @initialize(
        target=libraries,
        account=accounts,
        name=names,
        stored=st.lists(good_films, max_size=3),
        submitted=st.lists(st.tuples(films, keys, save_types), max_size=3),
    )
    def begin_with_a_library(
        self, account: int, name: str, stored: list[str], submitted: list[tuple[str, str, str]]
    ) -> object:
        library = self.create_library(account=account, name=name)
        self._begin(BOTH_LANES, frozenset())
        for key, film in zip("klm", stored, strict=False):
            self.add_file(library=library, film=film, key=key)
        for film, key, save_type in submitted:
            self.submit(
                library=library, film=film, key=key, save_type=save_type, threshold=None, to_default=False
            )
        self.begun = True
        return library

    @step(target=libraries, account=accounts, name=names)
    def create_library(self, account: int, name: str) -> object:
        taken, full = self.model.named(account, name) is not None, self.model.is_full(account)
        error = Conflict if taken else LimitExceeded if full else None
        made = expect(error, lambda: self.app.libraries.create(self.accounts[account], name))
        return multiple() if made is None else self.model.add_library(Library(account, name, made.id))

    @step(library=libraries, film=films, key=keys, save_type=save_types,
          threshold=st.sampled_from(THRESHOLDS), to_default=st.booleans())  # fmt: skip
    def submit(
        self,
        library: Library,
        film: str,
        key: str,
        save_type: str,
        threshold: float | None,
        to_default: bool,
    ) -> None:
        """To the library, or naming none, by the account that has it."""
        account = library.account
        wanted = self.model.named(account, DEFAULT) if to_default else library
        place = MediaPlace(BUCKET, "", film)
        library_id = None if to_default else library.id
        request = JobRequest(place, key, SaveType(save_type), library_id, similarity_threshold=threshold)
        gone = wanted is not None and is_gone(wanted)
        full = wanted is None and self.model.is_full(account)
        made = expect(
            LibraryNotFound if gone else LimitExceeded if full else None,
            lambda: self.app.jobs.submit(self.accounts[account], request),
        )
        if made is None:
            return
        if wanted is None:
            assert made.request.library_id is not None
            wanted = self.model.add_library(Library(account, DEFAULT, made.request.library_id))
        self._add_job(wanted, made)

    @precondition(lambda self: self.model.jobs)
    @step(number=numbers, only_queued=st.booleans())
    def cancel(self, number: int, only_queued: bool) -> None:
        job = self._job(number)
        refused = job.state in OVER or (only_queued and job.state is JobState.RUNNING)
        told = expect(
            InvalidState if refused else None,
            lambda: self.app.jobs.cancel(self.accounts[job.account], job.id, only_queued=only_queued),
        )
        if told is not None:
            job.fail("cancelled")
            assert told.state is JobState.FAILED

    @precondition(lambda self: self.model.jobs)
    @step(number=numbers)
    def report(self, number: int) -> None:
        job = self._job(number)
        error = None if job.state is JobState.FAILED else InvalidState
        made = expect(error, lambda: self.app.reports.report(self.accounts[job.account], job.id, "wrong"))
        if made is not None:
            assert made in self.app.reports.list(self.accounts[job.account], job.id)
            assert self.app.reports.list(self.accounts[1 - job.account], job.id) == []

    @step(library=libraries, chosen=st.sets(keys, max_size=2), picked=st.sets(numbers, max_size=2))
    def delete_files(self, library: Library, chosen: set[str], picked: set[int]) -> None:
        """By keys, and by ids: those of all libraries, so some are not this library's."""
        files = [file for one in self.model.libraries for file in one.files if file.id]
        ids = list(dict.fromkeys(files[number % len(files)].id for number in sorted(picked))) if files else []
        given = sorted(chosen) if chosen or ids else ["k"]
        made = expect(
            LibraryNotFound if is_gone(library) else None,
            lambda: self.app.deletions.delete_files(
                self.accounts[library.account], library.id, file_ids=ids, primary_keys=given
            ),
        )
        if made is not None:
            deletion = FileDeletion(library.account, library, made.id, ids=ids, keys=given)
            self.model.file_deletions.append(deletion)
            self.model.put("delete_files", deletion, Lane.UPKEEP)

    @step(library=libraries, kind=st.sampled_from(["purge", "delete"]))
    def delete_library(self, library: Library, kind: str) -> None:
        made = expect(
            LibraryNotFound if is_gone(library) else None,
            lambda: self.app.deletions.delete_library(
                self.accounts[library.account], library.id, DeletionKind(kind)
            ),
        )
        if made is not None:
            deletion = LibraryDeletion(library.account, library, made.id, kind=DeletionKind(kind))
            self.model.library_deletions.append(deletion)
            self.model.put("delete_library", deletion, Lane.UPKEEP)

    @step(library=libraries, save_type=st.sampled_from(["save", "onlysave"]),
          lines=st.just(None) | list_lines | list_lines | list_lines)  # fmt: skip
    def import_list(
        self, library: Library, save_type: str, lines: list[tuple[str, str | None]] | None
    ) -> None:
        name = NO_LIST if lines is None else f"list {len(self.model.imports)}"
        if lines is not None:
            (self.bench.lists / name).write_bytes(b"\n".join(_list_line(key, film) for key, film in lines))
        busy = any(one.library is library and one.state not in OVER for one in self.model.imports)
        error = LibraryNotFound if is_gone(library) else InvalidState if busy else None
        request = ImportRequest(library.id, MediaPlace(LISTS, "", name), SaveType(save_type))
        made = expect(error, lambda: self.app.imports.submit(self.accounts[library.account], request))
        if made is not None:
            job = Import(library.account, library, made.id, save_type=request.save_type, given=_given(lines))
            self.model.imports.append(job)
            self.model.put("import", job, Lane.ANALYSIS)

    @step(library=libraries, film=good_films, key=keys)
    def add_file(self, library: Library, film: str, key: str) -> None:
        """As the command line does, without a job."""
        path = str(self.bench.films / film)
        made = expect(
            LibraryNotFound if is_gone(library) else None,
            lambda: self.bench.local_files.add(library.id, path, key),
        )
        if made is not None:
            self.model.store(library, key, film).id = made

    # ---- what callers ask

    @step(library=libraries, film=good_films, key=keys, size=st.integers(1, 3), number=numbers,
          state=st.none() | st.sampled_from([state.value for state in JobState]))  # fmt: skip
    def ask(self, library: Library, film: str, key: str, size: int, number: int, state: str | None) -> None:
        self._search(library, film)
        self._ask_for_files(library, key, size)
        self._ask_for_jobs(library.account, size, None if state is None else JobState(state))
        self._strangers_can_use_no_library(library)
        if self.model.jobs:
            self._strangers_can_use_no_job(self._job(number))

    def _search(self, library: Library, film: str) -> None:
        path = str(self.bench.films / film)
        found = expect(
            LibraryNotFound if is_gone(library) else None,
            lambda: self.bench.local_files.search(library.id, path),
        )
        if found is not None:
            expected = self.model.matches(library, film, None)
            assert list(found.matches) == [replace(match, reference=file.key) for file, match in expected]

    def _ask_for_files(self, library: Library, key: str, size: int) -> None:
        living = next((file for file in library.living() if file.key == key), None)
        error = LibraryNotFound if is_gone(library) else NotFound if living is None else None
        account = self.accounts[library.account]
        found = expect(error, lambda: self.app.files.find(account, library.id, key))
        if found is not None and living is not None:
            assert self.app.files.get(account, library.id, living.id) == found
            assert found.id == living.id
        if not is_gone(library):
            listed = self._in_pages(
                lambda token: self.app.files.page(account, library.id, FileFilter(), token, size), size
            )
            assert listed == [file.id for file in library.living()]

    def _ask_for_jobs(self, account: int, size: int, state: JobState | None) -> None:
        owner, stranger = self.accounts[account], self.accounts[1 - account]
        wanted = JobFilter(state=state)
        listed = self._in_pages(lambda token: self.app.jobs.page(owner, wanted, token, size), size)
        own = [job for job in self.model.jobs if job.account == account and state in (None, job.state)]
        assert listed == [job.id for job in reversed(own)]
        if listed:
            expect(InvalidValue, lambda: self.app.jobs.page(stranger, wanted, listed[0], size))

    def _strangers_can_use_no_library(self, library: Library) -> None:
        stranger = self.accounts[1 - library.account]
        place = MediaPlace(BUCKET, "", "one")
        for call in (
            lambda: self.app.jobs.submit(stranger, JobRequest(place, "k", SaveType.SAVE, library.id)),
            lambda: self.app.deletions.delete_files(stranger, library.id, primary_keys=["k"]),
            lambda: self.app.deletions.delete_library(stranger, library.id, DeletionKind.DELETE),
            lambda: self.app.imports.submit(stranger, ImportRequest(library.id, place, SaveType.SAVE)),
            lambda: self.app.files.find(stranger, library.id, "k"),
            lambda: self.app.libraries.get(stranger, library.id),
            lambda: self.app.libraries.find(stranger, library.id),
        ):
            expect(LibraryNotFound, call)

    def _strangers_can_use_no_job(self, job: Job) -> None:
        stranger = self.accounts[1 - job.account]
        for call in (
            lambda: self.app.jobs.one(stranger, job.id),
            lambda: self.app.jobs.cancel(stranger, job.id),
            lambda: self.app.reports.report(stranger, job.id, "wrong"),
        ):
            expect(JobNotFound, call)

    # ---- what workers do

    @precondition(lambda self: self._has_work(*BOTH_LANES))
    @step(count=st.integers(1, 4))
    def work(self, count: int) -> None:
        for _ in range(count):
            if not self._begin(BOTH_LANES, frozenset()):
                return
            self.both_say_the_same()

    @precondition(lambda self: self._has_work(Lane.ANALYSIS))
    @step()
    def work_on_films(self) -> None:
        self._begin((Lane.ANALYSIS,), frozenset())

    @precondition(lambda self: self._has_work(Lane.UPKEEP))
    @step()
    def work_on_upkeep(self) -> None:
        self._begin((Lane.UPKEEP,), frozenset())

    @precondition(lambda self: len(self.paused) < MOST_PAUSED and self._has_work(Lane.ANALYSIS))
    @step(at=stops)
    def begin_and_stop(self, at: set[str]) -> None:
        self._begin((Lane.ANALYSIS,), frozenset(at))

    @precondition(lambda self: self.paused or self._has_work(Lane.ANALYSIS))
    @step(number=st.integers(0, MOST_PAUSED - 1), at=stops)
    def go_on_or_begin(self, number: int, at: set[str]) -> None:
        """One that stopped goes on until its end, if there are so many; else another begins."""
        if number < len(self.paused):
            worker = self.paused[number]
            worker.stops = frozenset()
            self._go_on(worker)
        elif self._has_work(Lane.ANALYSIS):
            self._begin((Lane.ANALYSIS,), frozenset(at))

    @precondition(lambda self: self.paused)
    @step(number=numbers)
    def go_on_to_the_next_stop(self, number: int) -> None:
        self._go_on(self.paused[number % len(self.paused)])

    @precondition(lambda self: self.paused)
    @step(number=numbers)
    def lose_the_lease(self, number: int) -> None:
        """A worker that stopped seems to be dead, so that another may have its task; then it goes on."""
        worker = self.paused[number % len(self.paused)]
        if worker.real.task is not None and worker.task in self.model.queue:
            self.app.queue.release(worker.real.task, delay_s=0, count=True)
            worker.real.task = None
            self.model.lose(worker.task)

    @precondition(lambda self: self._has_work(*BOTH_LANES))
    @step(of=lanes)
    def die(self, of: list[str]) -> None:
        """A worker takes a task and is never heard of again."""
        taken = [Lane(lane) for lane in of]
        claimed = self.app.queue.claim(taken, "dead")
        task = self.model.next_task(taken)
        assert _told(claimed) == _told(task)
        if claimed is not None and task is not None:
            self.app.queue.release(claimed, delay_s=0, count=True)
            task.attempts += 1

    @step(library=libraries, rebuild=st.booleans())
    def restart(self, library: Library, rebuild: bool) -> None:
        """The workers to come are another process's; the command to make an index anew may come before."""
        if rebuild:
            error = LibraryNotFound if is_gone(library) else None
            count = expect(error, lambda: self.bench.indexes.rebuild(library.id))
            assert count in (None, len(library.living()))
        self.bench.restart()

    # ---- what must be so after each step

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

    # ---- how

    def _job(self, number: int) -> Job:
        """Counted from the newest."""
        jobs = self.model.jobs
        return jobs[-1 - number % len(jobs)]

    def _has_work(self, *of: Lane) -> bool:
        return self.model.next_task(of) is not None

    def _in_pages(self, read: Callable[[str | None], Page[Any]], size: int) -> list[str]:
        """Ids of all that is listed page by page."""
        listed: list[str] = []
        token: str | None = None
        while True:
            page = read(token)
            assert len(page.items) <= size
            listed += [item.id for item in page.items]
            token = page.next_token
            if token is None:
                return listed

    def _add_job(self, library: Library, made: StoredJob) -> None:
        request = made.request
        job = Job(
            library.account, library, made.id, film=request.place.object, key=request.primary_key,
            save_type=request.save_type, threshold=request.similarity_threshold,
        )  # fmt: skip
        self.model.jobs.append(job)
        self.model.put("analyse", job, Lane.ANALYSIS)

    def _begin(self, of: tuple[Lane, ...], stops: frozenset[str]) -> bool:
        """Let a worker take a task and go on with it until a stop; False when there is nothing to do."""
        task = self.model.next_task(of)
        real = self.bench.worker(of)
        point = real.go_on()
        assert _told(real.task) == _told(task)
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
                told = self.bench.result(self.app.imports.get(self.accounts[job.account], [job.id])[0][0])
                assert told == [_result(line) for line in job.result]


def _told(task: object) -> tuple[str, str] | None:
    """A task's name and the id of what it is about, of the queue's tasks and the model's."""
    if task is None:
        return None
    subject = task.subject
    return task.name, subject if isinstance(subject, str) else subject.id


def _list_line(key: str, film: str | None) -> bytes:
    if film is None:
        return b"no line"
    return json.dumps({"PrimaryKey": key, "Bucket": BUCKET, "Object": film}).encode()


def _given(lines: list[tuple[str, str | None]] | None) -> list[Line] | None:
    if lines is None:
        return None
    return [
        Line(number, key, film)
        if film is not None
        else Line(number, "", None, "failed", error="invalid_value")
        for number, (key, film) in enumerate(lines, 1)
    ]


def _result(line: Line) -> dict[str, object]:
    """What the result file says of a line, without the texts of errors."""
    told = {
        "Line": line.number,
        "PrimaryKey": line.key or None,
        "Status": line.state,
        "FileId": line.file.id if line.file is not None else None,
        "Code": line.error,
        "Message": None if line.copied is None else f"A copy of {line.copied}",
    }
    return {name: value for name, value in told.items() if value is not None}
