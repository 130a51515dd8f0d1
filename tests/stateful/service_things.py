"""What a program makes, as the model keeps it. Ids are learnt from the service, since they are random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shotprint.engine.types import Match
from shotprint.queue.protocol import Lane
from shotprint.service.types import DeletionKind, ImportCounts, JobState, LibraryState, SaveType

OVER = (JobState.SUCCEEDED, JobState.FAILED)


@dataclass(eq=False)
class File:
    """A stored file, living or not; ``has_blobs`` is about what is kept of it beside its row."""

    number: int  # in the order in which files are stored
    key: str
    film: str
    id: str = ""
    living: bool = True
    has_blobs: bool = True


@dataclass(eq=False)
class Library:
    account: int
    name: str
    id: str
    state: LibraryState = LibraryState.OFFLINE
    files: list[File] = field(default_factory=list)

    def living(self) -> list[File]:
        return [file for file in self.files if file.living]


@dataclass(eq=False)
class Chore:
    """What was asked for and is done by tasks."""

    account: int
    library: Library
    id: str
    state: JobState = JobState.QUEUED
    error: str | None = None

    def fail(self, code: str) -> None:
        if self.state not in OVER:
            self.state, self.error = JobState.FAILED, code


@dataclass(eq=False)
class Job(Chore):
    film: str = ""
    key: str = ""
    save_type: SaveType = SaveType.NOSAVE
    threshold: float | None = None
    matches: list[Match] = field(default_factory=list)  # of primary keys
    file: File | None = None


@dataclass(eq=False)
class FileDeletion(Chore):
    ids: Sequence[str] = ()
    keys: Sequence[str] = ()


@dataclass(eq=False)
class LibraryDeletion(Chore):
    kind: DeletionKind = DeletionKind.PURGE
    doomed: list[File] | None = None  # what was stored when it began


@dataclass(eq=False)
class Line:
    """One line of an import's list; without a film it is not valid."""

    number: int
    key: str
    film: str | None
    state: str = "waiting"
    file: File | None = None
    error: str | None = None
    copied: str | None = None  # the key that it is a copy of


@dataclass(eq=False)
class Import(Chore):
    """``given`` is the list, None when there is none at its place; ``lines`` what was read of it."""

    save_type: SaveType = SaveType.SAVE
    given: list[Line] | None = None
    lines: list[Line] = field(default_factory=list)
    result: list[Line] | None = None

    def next_line(self) -> Line | None:
        return next((line for line in self.lines if line.state == "waiting"), None)

    def counts(self) -> ImportCounts:
        lines = self.result if self.result is not None else self.lines
        states = [line.state for line in lines]
        return ImportCounts(*(states.count(state) for state in ("stored", "duplicate", "failed", "waiting")))


@dataclass(eq=False)
class Task:
    name: str
    subject: Chore | Library
    lane: Lane
    attempts: int = 0
    claim: object | None = None  # of the worker that has it


def is_gone(library: Library) -> bool:
    return library.state is LibraryState.DELETED
