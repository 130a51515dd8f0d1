"""All prints of a library, searchable: immutable segments, and a small fresh part.

On disk an index is a directory::

    manifest.json            which segments count, which of their files were removed, the checkpoint
    segment-<random>/        the arrays of one segment, never changed

A new manifest replaces the old one in one step, so that a reader in another process has either, and segments
that no manifest names are left-overs. The index is a cache: whoever owns the fingerprints can always build it
again, and ``checkpoint`` tells up to where it has them.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.score import DEFAULT_MIN_SIMILARITY
from shotprint.engine.index.candidates import find_candidates
from shotprint.engine.index.findings import (
    LOOKED_INTO,
    Finding,
    Judged,
    Suspect,
    findings,
    judge,
    judge_shorter,
)
from shotprint.engine.index.segment import Segment
from shotprint.engine.index.shortlist import shortlist
from shotprint.engine.index.stored_print import StoredPrint
from shotprint.engine.types import MIN_LENGTH_S, Cancel, Fingerprint, Match, Progress
from shotprint.engine.video.describe_frames import as_reference
from shotprint.engine.video.presets import DEFAULT_PRESET, PRESETS, find_preset
from shotprint.engine.video.prints import VideoPrint
from shotprint.errors import Cancelled, InternalError, InvalidValue, NotFound

MANIFEST: Final = "manifest.json"
FORMAT_VERSION: Final = 2
FRESH_FILES: Final = 64
"""So many added files wait side by side before they become a segment in memory."""


class LibraryIndex:
    """Add, remove and search reference prints by key. For one thread at a time; `search` changes nothing."""

    def __init__(self, directory: Path | None, preset: str) -> None:
        self._directory = directory
        self._preset = find_preset(preset)
        self._stored: dict[str, Segment] = {}  # on disk, by name
        self._sealed: list[Segment] = []  # in memory only
        self._fresh: dict[str, StoredPrint] = {}
        self._fresh_segment: Segment | None = None
        self._place: dict[str, Segment] = {}  # key → the segment that has its living print
        self.checkpoint = 0

    @classmethod
    def open(cls, directory: Path | None = None, *, preset: str = DEFAULT_PRESET) -> LibraryIndex:
        """Open an index.

        Parameters
        ----------
        directory : Path or None
            Made when it does not exist. None keeps everything in memory.
        preset : str
            Of the prints that go in; an index on disk that has another one is an error.

        Raises
        ------
        InvalidValue
            The preset is not known, or the index in the directory is of another.
        InternalError
            The directory holds no readable index. Delete it and add the prints again.
        """
        index = cls(directory, preset)
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            index._load()
        return index

    def __len__(self) -> int:
        return len(self._place) + len(self._fresh)

    def __contains__(self, key: object) -> bool:
        return key in self._fresh or key in self._place

    def keys(self) -> Iterator[str]:
        yield from self._place
        yield from self._fresh

    def add(self, key: str, fingerprint: Fingerprint) -> None:
        """Put a print in, in place of the one that had the key. A query's print is thinned to a reference's."""
        made = VideoPrint.of(as_reference(fingerprint))
        if made.preset is not self._preset:
            raise InvalidValue(f"a print of preset {made.preset.name} in an index of {self._preset.name}")
        if key in self:
            self.remove(key)
        self._fresh[key] = StoredPrint.of(made)
        self._fresh_segment = None
        if len(self._fresh) >= FRESH_FILES:
            self._seal()

    def remove(self, key: str) -> None:
        """Take a print out; `NotFound` when there is none of that key."""
        if key in self._fresh:
            del self._fresh[key]
            self._fresh_segment = None
        elif self._place.pop(key, None) is None:
            raise NotFound(f"no file {key!r} in the index")

    def search(
        self,
        query: Fingerprint,
        *,
        min_similarity: float | None = None,
        min_length_s: float = MIN_LENGTH_S,
        threads: int = 0,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> list[Match]:
        """Find what the query copies.

        Parameters
        ----------
        query : Fingerprint
            Best one of `Role.QUERY`; a reference's print works too but does not find mirrored copies.
        min_similarity : float, 0 to 1, optional
            Weaker segments are left out; the default is the one measured for the preset.
        min_length_s : float
            Shorter segments are left out.
        threads : int
            That work on it; 0 takes one per core. What is found does not depend on it.

        Returns
        -------
        list of Match
            The most similar first; equal ones by key.
        """
        asked, least = self._asked(query), _least(min_similarity)
        judged = self._judged(asked, least, min_length_s, threads, progress, cancel)
        return [one.match for one in judged if one.told]

    def examine(
        self,
        query: Fingerprint,
        *,
        min_similarity: float | None = None,
        min_length_s: float = MIN_LENGTH_S,
        threads: int = 0,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> tuple[list[Match], list[Finding]]:
        """Find what the query copies, as `search` does, and what that was judged by, with what nearly was a match.

        Returns
        -------
        list of Match, list of Finding
            Findings of the first matches and of the strongest near ones; `Finding.told` says which.
        """
        asked, least = self._asked(query), _least(min_similarity)
        judged = self._judged(asked, least, min_length_s, threads, progress, cancel, near=True)
        return [one.match for one in judged if one.told], findings(asked, judged)

    def _asked(self, query: Fingerprint) -> VideoPrint:
        asked = VideoPrint.of(query)
        if asked.preset is not self._preset:
            raise InvalidValue(f"a query of preset {asked.preset.name} in an index of {self._preset.name}")
        return asked

    def _judged(
        self,
        query: VideoPrint,
        least: float,
        min_length_s: float,
        threads: int,
        progress: Progress | None,
        cancel: Cancel | None,
        *,
        near: bool = False,
    ) -> list[Judged]:
        """What candidates were found to be: the most similar first, equal ones by key.

        Parameters
        ----------
        near : also what is no match, and of the first candidates what would be one if it were longer.
        """

        def look(candidate: Suspect) -> Judged | None:
            _go_on(cancel)
            return judge(query, candidate, least, min_length_s)

        def look_closer(candidate: Suspect) -> Judged | None:
            _go_on(cancel)
            return judge_shorter(query, candidate, least)

        found: list[Judged] = []
        nothing: list[Suspect] = []
        with ThreadPoolExecutor(threads or os.cpu_count(), thread_name_prefix="search") as pool:
            candidates = self._candidates(query, pool, cancel)
            for number, judged in enumerate(pool.map(look, candidates)):
                if judged is None:
                    nothing.append(candidates[number])
                elif judged.told or near:
                    found.append(judged)
                if progress:
                    progress((number + 1) / len(candidates))
            if near:
                found += filter(None, pool.map(look_closer, nothing[:LOOKED_INTO]))
        for stored in self._stored.values():
            stored.let_go()
        if progress and not candidates:
            progress(1.0)
        return sorted(found, key=lambda one: (-one.match.similarity, one.match.reference))

    def save(self, checkpoint: int) -> None:
        """Write what is new as segments and note up to where the index has the library.

        Small segments are merged with the new ones, so that there are never many.
        """
        if self._directory is None:
            raise InternalError("an index in memory cannot be saved")
        self._seal()
        while merge := self._smaller_than_double():
            self._merge(merge)
        for segment in self._sealed:
            name = f"segment-{secrets.token_hex(8)}"
            staged = self._directory / f"new-{name}"
            segment.save(staged)
            staged.rename(self._directory / name)
            mapped = Segment.load(self._directory / name, self._preset)  # the arrays need not stay in memory
            self._place.update({key: mapped for key in segment.names if self._place.get(key) is segment})
            self._stored[name] = mapped
        self._sealed = []
        self.checkpoint = checkpoint
        self._write_manifest()

    def _segments(self) -> list[Segment]:
        if self._fresh and self._fresh_segment is None:
            self._fresh_segment = Segment.build(list(self._fresh.items()), self._preset)
        fresh = [self._fresh_segment] if self._fresh and self._fresh_segment else []
        return [*self._stored.values(), *self._sealed, *fresh]

    def _candidates(self, query: VideoPrint, threads: Executor, cancel: Cancel | None) -> list[Suspect]:
        """The files that may be copied, the one with the best line first, each with the lines to look at."""
        found: list[tuple[Segment, int, Line]] = []
        for segment in self._segments():
            _go_on(cancel)
            for file, line in find_candidates(query, segment, segment.neighbours, threads):
                if self._is_living(segment, file):
                    found.append((segment, file, line))
        found.sort(key=lambda entry: entry[0].names[entry[1]])  # in whichever segment a file lies
        kept: dict[tuple[Segment, int], list[Line]] = {}
        for place in shortlist([line for *_, line in found], query.duration):
            kept.setdefault(found[place][:2], []).append(found[place][2])
        return [Suspect(*file, lines) for file, lines in kept.items()]

    def _is_living(self, segment: Segment, file: int) -> bool:
        return segment is self._fresh_segment or self._place.get(segment.names[file]) is segment

    def _seal(self) -> None:
        if self._fresh:
            segment = Segment.build(list(self._fresh.items()), self._preset)
            self._sealed.append(segment)
            self._place.update(dict.fromkeys(self._fresh, segment))
            self._fresh, self._fresh_segment = {}, None

    def _smaller_than_double(self) -> list[Segment]:
        """Two segments of which the larger is at most twice the smaller, if there are any: merging these keeps the
        number of segments logarithmic in the size of the library."""
        by_size = sorted([*self._stored.values(), *self._sealed], key=lambda segment: segment.point_count)
        alike = (list(pair) for pair in pairwise(by_size) if pair[1].point_count <= 2 * pair[0].point_count)
        return next(alike, [])

    def _merge(self, segments: list[Segment]) -> None:
        living = [
            (name, segment.stored(file))
            for segment in segments
            for file, name in enumerate(segment.names)
            if self._is_living(segment, file)
        ]
        self._stored = {name: kept for name, kept in self._stored.items() if kept not in segments}
        self._sealed = [kept for kept in self._sealed if kept not in segments]
        if living:
            merged = Segment.build(living, self._preset)
            self._sealed.append(merged)
            self._place.update(dict.fromkeys(merged.names, merged))

    def _write_manifest(self) -> None:
        assert self._directory is not None  # noqa: S101 - only called by save
        removed = {
            name: [key for file, key in enumerate(segment.names) if not self._is_living(segment, file)]
            for name, segment in self._stored.items()
        }
        manifest = {
            "format": FORMAT_VERSION,
            "preset": self._preset.name,
            "checkpoint": self.checkpoint,
            "segments": removed,
        }
        staged = self._directory / f"new-{secrets.token_hex(8)}.json"
        staged.write_text(json.dumps(manifest))
        staged.replace(self._directory / MANIFEST)
        self._delete_unnamed()

    def _delete_unnamed(self) -> None:
        """Delete segments that the manifest no longer names; who has them mapped keeps them until it lets go. And what
        a writer that was killed left half done."""
        assert self._directory is not None  # noqa: S101 - only called by save
        for entry in self._directory.iterdir():
            if entry.name.startswith(("new-", "segment-")) and entry.name not in self._stored:
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)

    def _load(self) -> None:
        """Read the manifest; once more when another process wrote a new one and deleted segments meanwhile."""
        assert self._directory is not None  # noqa: S101 - only called by open
        path = self._directory / MANIFEST
        text = ""
        while path.exists():
            failed = text
            try:
                text = path.read_text()
                self._take(self._directory, json.loads(text))
                return
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                if text == failed:
                    raise InternalError(f"the index in {self._directory} cannot be read: {error}") from error

    def _take(self, directory: Path, manifest: dict[str, Any]) -> None:
        format_version, preset = manifest["format"], manifest["preset"]
        if format_version != FORMAT_VERSION or preset not in PRESETS:
            raise ValueError(f"format {format_version}, preset {preset}")
        if preset != self._preset.name:
            raise InvalidValue(f"the index in {directory} is of preset {preset}, not {self._preset.name}")
        removed = {name: set(keys) for name, keys in manifest["segments"].items()}
        self._stored = {name: Segment.load(directory / Path(name).name, self._preset) for name in removed}
        self._place = {
            key: segment
            for name, segment in self._stored.items()
            for key in segment.names
            if key not in removed[name]
        }
        self.checkpoint = int(manifest["checkpoint"])


def _least(min_similarity: float | None) -> float:
    return DEFAULT_MIN_SIMILARITY if min_similarity is None else min_similarity


def _go_on(cancel: Cancel | None) -> None:
    if cancel and cancel():
        raise Cancelled()
