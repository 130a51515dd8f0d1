"""What callers do and ask, as rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    initialize,
    multiple,
    precondition,
    rule,
)
from made_films import BROKEN, BUCKET, FILMS, MISSING, THRESHOLDS, UNSTEADY
from service_bench import LISTS
from service_model import DEFAULT
from service_sides import BOTH_LANES, Side, expect
from service_things import OVER, FileDeletion, Import, Job, Library, LibraryDeletion, Line, is_gone

from shotprint.errors import (
    Conflict,
    InvalidState,
    InvalidValue,
    JobNotFound,
    LibraryNotFound,
    LimitExceeded,
    NotFound,
)
from shotprint.queue.protocol import Lane
from shotprint.service.types import (
    DeletionKind,
    FileFilter,
    ImportRequest,
    JobFilter,
    JobRequest,
    JobState,
    MediaPlace,
    Page,
    SaveType,
)
from shotprint.service.types import Job as StoredJob

NO_LIST = "no list"

accounts = st.integers(0, 1)
names = st.sampled_from([DEFAULT, "a", "b", "c"])
save_types = st.sampled_from([save_type.value for save_type in SaveType])
keys = st.sampled_from(["k", "l", "m", "n"])
good_films = st.sampled_from(sorted(FILMS))
films = st.sampled_from([*sorted(FILMS), *sorted(FILMS), BROKEN, MISSING, UNSTEADY])
numbers = st.integers(0, 7)
list_lines = st.lists(st.tuples(keys, films | st.none()), min_size=1, max_size=4)


def step(**arguments: object) -> Callable[[Callable[..., object]], object]:
    """A rule whose executions are counted, those before the program's own first step left out."""

    def decorate(function: Callable[..., object]) -> object:
        @wraps(function)
        def counted(self: Side, **values: object) -> object:
            self.counted[function.__name__] += self.begun
            return function(self, **values)

        return rule(**arguments)(counted)

    return decorate


class Callers(Side):
    """Whatever is asked for is asked of the model, too."""

    libraries = Bundle("libraries")

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
        self._cancel(self._job(number), only_queued=only_queued)

    def _cancel(self, job: Job, *, only_queued: bool) -> None:
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

    @precondition(lambda self: self.model.imports)
    @step(number=numbers)
    def cancel_import(self, number: int) -> None:
        self._cancel_import(self.model.imports[-1 - number % len(self.model.imports)])

    def _cancel_import(self, job: Import) -> None:
        expect(NotFound, lambda: self.app.imports.cancel(self.accounts[1 - job.account], job.id))
        told = expect(
            InvalidState if job.state in OVER else None,
            lambda: self.app.imports.cancel(self.accounts[job.account], job.id),
        )
        if told is not None:
            self.model.cancel_import(job)
            assert told.counts == job.counts()

    @step(library=libraries, film=good_films, key=keys)
    def add_file(self, library: Library, film: str, key: str) -> None:
        """As the command line does, without a job."""
        path = str(self.bench.films / film)
        made = expect(
            LibraryNotFound if is_gone(library) else None,
            lambda: self.app.local_files.add(library.id, path, key),
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
            lambda: self.app.local_files.search(library.id, path),
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

    def _job(self, number: int) -> Job:
        """Counted from the newest."""
        jobs = self.model.jobs
        return jobs[-1 - number % len(jobs)]

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
