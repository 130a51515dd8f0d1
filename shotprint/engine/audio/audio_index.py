"""All sounds of a library, searchable: see `shotprint.engine.index.segmented_index` for how they are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Final

from shotprint.engine.align.score import reference_similarity
from shotprint.engine.audio.describe import as_reference
from shotprint.engine.audio.follow import Follower, Run
from shotprint.engine.audio.lines import Finder, Line, TableFinder, find_lines, shortlist
from shotprint.engine.audio.matches import to_segments
from shotprint.engine.audio.presets import DEFAULT_PRESET, PRESETS, find_preset
from shotprint.engine.audio.prints import AudioPrint
from shotprint.engine.audio.query import Part, parts
from shotprint.engine.audio.score import DEFAULT_MIN_SIMILARITY
from shotprint.engine.audio.second_look import signs
from shotprint.engine.audio.segment import AudioSegment, StoredSound
from shotprint.engine.index.segmented_index import SegmentedIndex
from shotprint.engine.types import Cancel, Fingerprint, Match, Progress, Role
from shotprint.errors import Cancelled, InvalidValue

MIN_LENGTH_S: Final = 1.5


class AudioIndex(SegmentedIndex[AudioSegment, StoredSound]):
    """Add, remove and search reference prints by key. For one thread at a time; `search` changes nothing."""

    FORMAT_VERSION: ClassVar[int] = 1

    def __init__(
        self,
        directory: Path | None = None,
        preset: str = DEFAULT_PRESET,
        finder: Callable[[AudioSegment], Finder] = TableFinder,
    ) -> None:
        self._preset = find_preset(preset)
        self._finder = finder
        super().__init__(directory, preset)

    @classmethod
    def open(cls, directory: Path | None = None, *, preset: str = DEFAULT_PRESET) -> AudioIndex:
        """Open an index; see `SegmentedIndex`. `InvalidValue` as well when the preset is not known."""
        return cls(directory, preset)

    def add(self, key: str, fingerprint: Fingerprint) -> None:
        """Put a print in, in place of the one that had the key. A query's print is thinned to a reference's."""
        made = AudioPrint.of(as_reference(fingerprint))
        if made.preset is not self._preset:
            raise InvalidValue(f"a print of preset {made.preset.name} in an index of {self._preset.name}")
        self._put(key, StoredSound.of(made))

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
            One of `Role.QUERY`.
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

        Raises
        ------
        InvalidValue
            A reference's print, which has no levels to look at, or one of another preset.
        """
        asked = AudioPrint.of(query)
        if asked.preset is not self._preset:
            raise InvalidValue(f"a query of preset {asked.preset.name} in an index of {self._preset.name}")
        if asked.role is not Role.QUERY:
            raise InvalidValue("a sound is searched for with a query's print, not a reference's")
        least = DEFAULT_MIN_SIMILARITY if min_similarity is None else min_similarity
        runs: dict[tuple[AudioSegment, int], list[Run]] = {}
        with ThreadPoolExecutor(threads or os.cpu_count(), thread_name_prefix="search") as pool:
            for part in parts(asked):
                _go_on(cancel)
                for place, followed in self._runs(part, pool, cancel):
                    runs.setdefault(place, []).extend(followed)
                if progress:
                    progress(part.last / len(asked.levels))
        if progress and not len(asked.levels):
            progress(1.0)
        matches = []
        for (segment, file), found in runs.items():
            made = to_segments(found, asked.duration, self._preset)
            kept = tuple(
                one
                for one in made
                if one.similarity >= least and one.query_end - one.query_start >= min_length_s
            )
            if kept:
                matches.append(Match(segment.names[file], round(reference_similarity(kept), 4), kept))
        return sorted(matches, key=lambda match: (-match.similarity, match.reference))

    def _runs(
        self, part: Part, pool: Executor, cancel: Cancel | None
    ) -> list[tuple[tuple[AudioSegment, int], list[Run]]]:
        """What the second look says of the likeliest lines through a part."""
        found: list[tuple[AudioSegment, Line]] = []
        for segment in self._segments():
            _go_on(cancel)
            lines = find_lines(part, segment, self._finder(segment), pool)
            found += [(segment, line) for line in lines if self._is_living(segment, line.file)]
        found.sort(key=lambda entry: (-entry[1].votes, entry[0].names[entry[1].file], entry[1].place.offset))
        files: dict[tuple[AudioSegment, int], list[Line]] = {}
        for place in shortlist([line.votes for _, line in found]):
            segment, line = found[place]
            files.setdefault((segment, line.file), []).append(line)

        def follow(file: tuple[AudioSegment, int]) -> list[Run]:
            _go_on(cancel)
            follower = Follower(part, signs(file[0].looks_of(file[1])))
            return [run for line in files[file] for run in follower.follow(line)]

        return list(zip(files, pool.map(follow, files), strict=True))

    def _build(self, prints: Sequence[tuple[str, StoredSound]]) -> AudioSegment:
        return AudioSegment.build(prints, self._preset)

    def _open_segment(self, directory: Path) -> AudioSegment:
        return AudioSegment.load(directory, self._preset)

    def _knows(self, preset: object) -> bool:
        return preset in PRESETS


def _go_on(cancel: Cancel | None) -> None:
    if cancel and cancel():
        raise Cancelled()
