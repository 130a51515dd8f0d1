"""The libraries' indexes: caches of the stored fingerprints, caught up with the rows before each use.

The keys in an index are the ids of files; `Found` speaks of them too, since only whoever writes the result
knows which of them still live then.
"""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from shotprint.blobs.store import BlobStore
from shotprint.engine import codec
from shotprint.engine.index.findings import Finding
from shotprint.engine.kinds import Index, kind_with
from shotprint.engine.types import MIN_LENGTH_S, Cancel, Fingerprint, Match, Progress
from shotprint.errors import Cancelled, FingerprintError, LibraryNotFound, NotFound
from shotprint.service.checks import is_id
from shotprint.service.files import AddedFile, Changes, Files
from shotprint.service.index_cache import IndexCache
from shotprint.service.types import LibraryState
from shotprint.store.database import Database
from shotprint.store.models import LibraryRow

log = structlog.get_logger(__name__)

UNSAVED_FILES = 64
"""So many changes may be in memory only; the next process to start has to load them one by one."""

PORTION = 1000  # changes that are read at once

OPEN_LIBRARIES = 64
"""So many libraries stay open in one process; the one not used for longest is closed."""


@dataclass(frozen=True)
class Found:
    """What a search found. ``Match.reference`` is a file's id; nothing after `revision` was searched."""

    matches: tuple[Match, ...]
    revision: int
    findings: tuple[Finding, ...] = ()


class LibraryIndexes:
    """The indexes of this machine, as one process has them. May be used by several threads.

    Parameters
    ----------
    directory : holds one directory for each library; may be deleted whenever nobody runs.
    threads : that work on one search; 0 takes one per core.
    min_length_s : shorter segments are left out.
    """

    def __init__(
        self,
        directory: Path,
        database: Database,
        blobs: BlobStore,
        *,
        threads: int = 0,
        min_length_s: float = MIN_LENGTH_S,
    ) -> None:
        self._directory = directory
        self._database = database
        self._files = Files(database)
        self._blobs = blobs
        self._threads = threads
        self._min_length_s = min_length_s
        self._open: OrderedDict[str, IndexCache] = OrderedDict()
        self._lock = threading.RLock()

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
        """Search everything that the library holds at this moment.

        Parameters
        ----------
        min_similarity : 0 to 1, weaker matches are left out; None is the preset's own bound.
        findings : say what matches were judged by, and what nearly was one.

        Raises
        ------
        LibraryNotFound, Cancelled
        """
        with self._lock:
            cache = self._caught_up(library_id, cancel)
            asked: dict[str, Any] = {
                "min_similarity": min_similarity,
                "threads": self._threads,
                "min_length_s": self._min_length_s,
                "progress": progress,
                "cancel": cancel,
            }
            if not findings:
                return Found(tuple(cache.index.search(query, **asked)), cache.revision)
            matches, found = cache.index.examine(query, **asked)
            return Found(tuple(matches), cache.revision, tuple(found))

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
        """Search only what was stored after revision `after`, as `session` sees it; meant for little."""
        newer = kind_with(query.preset).open_index(preset=query.preset)
        revision, more = after, True
        while more:
            changes = self._files.changes_since(library_id, revision, session=session)
            for file in changes.added:
                self._add(newer, file)
            revision, more = changes.revision, changes.more
        if not len(newer):
            return Found((), revision)
        matches = newer.search(
            query,
            min_similarity=min_similarity,
            threads=self._threads,
            min_length_s=self._min_length_s,
            cancel=cancel,
        )
        return Found(tuple(matches), revision)

    def rebuild(self, library_id: str, progress: Progress | None = None, cancel: Cancel | None = None) -> int:
        """Make the library's index anew from the stored fingerprints, while searches go on with the old one.

        Returns
        -------
        How many files are in it.
        """
        with self._lock:
            cache = self._cache(library_id)
        last = self._revision(library_id)

        def fill(index: Index) -> int:
            revision, more = 0, True
            while more:
                changes = self._files.changes_since(library_id, revision)
                revision, more = self._apply(index, changes, cancel), changes.more
                if progress is not None and last:
                    progress(min(1.0, revision / last))
            return revision

        cache.replace(fill)
        return len(cache.index)

    def forget(self, library_id: str) -> None:
        """Remove what this machine has of a deleted library's index. Other processes that have it open go on
        with what they read until they, too, learn that the library is gone."""
        with self._lock:
            self._open.pop(library_id, None)
            shutil.rmtree(self._directory / library_id, ignore_errors=True)

    def forget_deleted(self) -> None:
        """Do that for all libraries that were deleted while this machine did not look."""
        if not self._directory.is_dir():
            return
        there = [entry.name for entry in self._directory.iterdir() if is_id(entry.name)]
        living = select(LibraryRow.id).where(LibraryRow.state != LibraryState.DELETED)
        with self._database.reads() as session:
            kept = set(session.scalars(living))
        for library_id in there:
            if library_id not in kept:
                self.forget(library_id)

    def _caught_up(self, library_id: str, cancel: Cancel | None) -> IndexCache:
        cache = self._cache(library_id)
        cache.follow()
        if cache.revision > self._revision(library_id):  # the database was put back to an earlier state
            log.warning("index_ahead_of_database", library=library_id)
            cache.start_over()
        self._catch_up(library_id, cache, cancel)
        return cache

    def _catch_up(self, library_id: str, cache: IndexCache, cancel: Cancel | None) -> None:
        """Apply all changes, in portions: what is written is not lost when this process ends midway."""
        more = True
        while more:
            changes = self._files.changes_since(library_id, cache.revision, limit=PORTION)
            cache.revision = self._apply(cache.index, changes, cancel)
            if cache.unsaved >= UNSAVED_FILES:
                self._save(library_id, cache)
            more = changes.more or cache.revision < changes.revision

    def _save(self, library_id: str, cache: IndexCache) -> None:
        try:
            cache.save()
        except OSError:  # no room on the disk: what is in memory still serves
            log.exception("index_not_saved", library=library_id)

    def _apply(self, index: Index, changes: Changes, cancel: Cancel | None) -> int:
        for file_id in changes.removed:
            if file_id in index:
                index.remove(file_id)
        for file in changes.added:
            if cancel is not None and cancel():
                raise Cancelled
            if file.file_id not in index:  # it may be there when an earlier catching up was cancelled midway
                self._add(index, file)
        return changes.revision

    def _add(self, index: Index, file: AddedFile) -> None:
        try:
            index.add(file.file_id, codec.decode(self._blobs.get(file.fingerprint_url)))
        except (NotFound, FingerprintError):
            # One lost fingerprint must not end every search in its library. A file that was replaced a moment
            # ago loses its fingerprint too.
            log.warning("fingerprint_unusable", file=file.file_id, exc_info=True)

    def _cache(self, library_id: str) -> IndexCache:
        cache = self._open.get(library_id)
        if cache is None:
            preset = self._preset(library_id)
            cache = self._open[library_id] = IndexCache(self._directory / library_id, preset=preset)
            if len(self._open) > OPEN_LIBRARIES:
                self._open.popitem(last=False)
        self._open.move_to_end(library_id)
        return cache

    def _preset(self, library_id: str) -> str:
        return self._living(library_id).preset

    def _revision(self, library_id: str) -> int:
        return self._living(library_id).revision

    def _living(self, library_id: str) -> LibraryRow:
        """LibraryNotFound when the library is deleted or was never there; nothing is kept of its index then."""
        with self._database.reads() as session:
            row = session.get(LibraryRow, library_id)
        if row is None or row.state == LibraryState.DELETED:
            self.forget(library_id)
            raise LibraryNotFound(f"There is no library {library_id!r}")
        return row
