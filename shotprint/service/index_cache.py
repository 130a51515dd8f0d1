"""The directory of one library's index, shared by the processes of this machine.

::

    <directory>/lock          held while segments are written, opened or exchanged
    <directory>/current       the name of the generation that counts
    <directory>/<generation>/ what the index itself keeps
    <directory>/building/     a generation that is being made anew; building.lock is held meanwhile

All of it is a cache. Each process reads the segments that are there and keeps what came later in memory; now
and then one of them writes its part, and the others take that over instead of writing the same again. A
directory that cannot be read is left for an empty one of a new generation.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import structlog

from shotprint.engine.kinds import Index, kind_with

log = structlog.get_logger(__name__)

_BUILDING = "building"


class IndexCache:
    """A library's index as this process has it.

    Parameters
    ----------
    directory : of this one library; made when missing.
    preset : of the fingerprints in it.

    Attributes
    ----------
    index : what to search in and to add to.
    revision : the library's revision that `index` knows; its owner keeps it up to date.
    """

    def __init__(self, directory: Path, *, preset: str) -> None:
        self._directory = directory
        self._preset = preset
        self._generation = ""
        self._saved = 0
        self.index: Index
        self.revision = 0
        with self._locked():
            self._open()

    @property
    def unsaved(self) -> int:
        """How many changes `index` knows that the directory did not when it was last looked at."""
        return self.revision - self._saved

    def follow(self) -> None:
        """Go over to the generation that counts, when another process made a new one."""
        if self._current() != self._generation:
            with self._locked():
                self._open()

    def save(self) -> None:
        """Write what is only in memory; or, when another process wrote meanwhile, take that over: `revision`
        may then be lower than before, and has to be caught up again."""
        with self._locked():
            if self._current() == self._generation:
                written = self._read(self._generation)
                if written is not None and written.checkpoint == self._saved:
                    self.index.save(self.revision)
                    self._saved = self.revision
                    return
            self._open()

    def start_over(self) -> None:
        """Leave what is there for an empty index."""
        with self._locked():
            self._begin()

    def replace(self, fill: Callable[[Index], int]) -> None:
        """Exchange the whole index for one that `fill` filled, which returns the revision that it is at.
        Until then everybody goes on with the old one."""
        with self._locked("building.lock"):
            building = self._directory / _BUILDING
            shutil.rmtree(building, ignore_errors=True)  # of a build that was killed
            building.mkdir()
            fresh = self._index_in(building)
            fresh.save(fill(fresh))
            generation = uuid4().hex
            with self._locked():
                building.rename(self._directory / generation)
                self._point_to(generation)
                self._open()

    def _open(self) -> None:
        generation = self._current()
        found = self._read(generation) if generation else None
        if found is None:
            self._begin()
        else:
            self._use(generation, found)

    def _begin(self) -> None:
        generation = uuid4().hex
        (self._directory / generation).mkdir()
        fresh = self._index_in(self._directory / generation)
        self._point_to(generation)
        self._use(generation, fresh)

    def _use(self, generation: str, index: Index) -> None:
        self.index, self._generation = index, generation
        self.revision = self._saved = index.checkpoint

    def _read(self, generation: str) -> Index | None:
        try:
            return self._index_in(self._directory / generation)
        except Exception:  # whatever is wrong with it: it can be made again from the stored fingerprints
            log.exception("index_unreadable", directory=str(self._directory / generation))
            return None

    def _index_in(self, directory: Path) -> Index:
        return kind_with(self._preset).open_index(directory, preset=self._preset)

    def _current(self) -> str:
        try:
            name = (self._directory / "current").read_text().strip()
        except (OSError, UnicodeDecodeError):
            return ""
        return name if name.isalnum() and (self._directory / name).is_dir() else ""

    def _point_to(self, generation: str) -> None:
        pending = self._directory / f"current.{os.getpid()}"
        pending.write_text(generation)
        pending.replace(self._directory / "current")
        for other in self._directory.iterdir():
            if other.is_dir() and other.name not in (generation, _BUILDING):
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def _locked(self, name: str = "lock") -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / name).open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
