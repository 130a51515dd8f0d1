"""All video prints of a library, searchable: see `segmented_index` for how they are kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

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
from shotprint.engine.index.segmented_index import SegmentedIndex
from shotprint.engine.index.shortlist import shortlist
from shotprint.engine.index.stored_print import StoredPrint
from shotprint.engine.types import MIN_LENGTH_S, Cancel, Fingerprint, Match, Progress
from shotprint.engine.video.describe_frames import as_reference
from shotprint.engine.video.presets import DEFAULT_PRESET, PRESETS, find_preset
from shotprint.engine.video.prints import VideoPrint
from shotprint.errors import Cancelled, InvalidValue


class LibraryIndex(SegmentedIndex[Segment, StoredPrint]):
    """Add, remove and search reference prints by key. For one thread at a time; `search` changes nothing."""

    FORMAT_VERSION: ClassVar[int] = 2

    def __init__(self, directory: Path | None, preset: str) -> None:
        self._preset = find_preset(preset)
        super().__init__(directory, preset)

    @classmethod
    def open(cls, directory: Path | None = None, *, preset: str = DEFAULT_PRESET) -> LibraryIndex:
        """Open an index; see `SegmentedIndex`. `InvalidValue` as well when the preset is not known."""
        return cls(directory, preset)

    def add(self, key: str, fingerprint: Fingerprint) -> None:
        """Put a print in, in place of the one that had the key. A query's print is thinned to a reference's."""
        made = VideoPrint.of(as_reference(fingerprint))
        if made.preset is not self._preset:
            raise InvalidValue(f"a print of preset {made.preset.name} in an index of {self._preset.name}")
        self._put(key, StoredPrint.of(made))

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

    def _build(self, prints: Sequence[tuple[str, StoredPrint]]) -> Segment:
        return Segment.build(prints, self._preset)

    def _open_segment(self, directory: Path) -> Segment:
        return Segment.load(directory, self._preset)

    def _knows(self, preset: object) -> bool:
        return preset in PRESETS

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


def _least(min_similarity: float | None) -> float:
    return DEFAULT_MIN_SIMILARITY if min_similarity is None else min_similarity


def _go_on(cancel: Cancel | None) -> None:
    if cancel and cancel():
        raise Cancelled()
