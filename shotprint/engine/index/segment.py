"""An immutable part of an index: many prints as one set of arrays, in memory or mapped from files."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.index.buckets import Buckets
from shotprint.engine.index.hash_table import HashTable
from shotprint.engine.index.neighbours import BucketNeighbours, Neighbours, PointTable
from shotprint.engine.index.segment_files import read_facts, read_tables, starts, write_segment
from shotprint.engine.index.stored_print import PER_KEY, PER_POINT, PER_RUN, StoredPrint, fine_positions
from shotprint.engine.video.local_features import Points
from shotprint.engine.video.presets import VideoPreset
from shotprint.engine.video.prints import VideoPrint

Index = NDArray[np.int64]

MIN_QUALITY: Final = 8
"""Flatter pictures have hashes that many pictures share: a wall lit from one side looks like any other."""

BETWEEN_S: Final = 1e5
"""Longer than a query, so that no offset leads to two files."""

_COUNTED: Final = (*PER_RUN, *PER_KEY, *PER_POINT, "look")
_STARTS: Final = ("run_start", "key_start", "look_start", "point_start", "duration")
_TABLES: Final = ("point_bounds", "point_rows", "point_signature", "hash_bounds", "hash_rows")


@dataclass(frozen=True, eq=False)  # arrays have no one truth value: two segments are the same if one object
class Segment:
    """Stored prints side by side: ``arrays`` holds each field of `StoredPrint`, those of all files one after the other.

    File ``i`` has the runs from ``run_start[i]``, the key frames from ``key_start[i]`` and the deflated pictures from
    ``look_start[i]``; key frame ``j`` of the segment has the points from ``point_start[j]``. The tables are what a
    search reads all over; the rest is read of the files that may match.
    """

    preset: VideoPreset
    names: tuple[str, ...]
    arrays: dict[str, NDArray[Any]]
    run_start: Index
    key_start: Index
    look_start: Index
    point_start: Index
    duration: NDArray[np.float64]
    points: PointTable
    hashes: HashTable

    @classmethod
    def build(cls, prints: Sequence[tuple[str, StoredPrint]], preset: VideoPreset) -> Segment:
        """Put named reference prints of one preset together."""
        parts = [made for _, made in prints]
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _COUNTED
        }
        points = starts([len(part.descriptor) for part in parts])
        firsts = [part.point_start[:-1] + first for part, first in zip(parts, points, strict=False)]
        return cls(
            preset,
            tuple(name for name, _ in prints),
            arrays,
            run_start=starts([len(part.start) for part in parts]),
            key_start=starts([len(part.key_run) for part in parts]),
            look_start=starts([len(part.look) for part in parts]),
            point_start=np.append(np.concatenate(firsts), points[-1]),
            duration=np.array([part.duration for part in parts], dtype=np.float64),
            points=PointTable.build(arrays["descriptor"]),
            hashes=HashTable.build(arrays["hash"], np.flatnonzero(arrays["quality"] >= MIN_QUALITY)),
        )

    @cached_property
    def neighbours(self) -> Neighbours:
        return BucketNeighbours(self.points)

    @property
    def size(self) -> int:
        """Grows with what it holds: the number of points."""
        return self.point_count

    @property
    def point_count(self) -> int:
        return len(self.arrays["descriptor"])

    @property
    def key_count(self) -> int:
        return len(self.arrays["key_run"])

    def file_of(self, keys: Index) -> Index:
        """The file of each key frame."""
        return np.searchsorted(self.key_start, keys, side="right") - 1

    def times_of(self, keys: Index) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Seconds from which and to which each key frame is shown in its file."""
        runs = self.arrays["key_run"][keys] + self.run_start[self.file_of(keys)]
        return self.arrays["start"][runs], self.arrays["end"][runs]

    @cached_property
    def clock(self) -> NDArray[np.float64]:
        """Seconds at which each key frame begins, were all files played one after the other, `BETWEEN_S` apart."""
        first = np.concatenate([[0.0], np.cumsum(self.duration + BETWEEN_S)])[:-1]
        keys = np.arange(self.key_count)
        return np.asarray(first[self.file_of(keys)] + self.times_of(keys)[0])

    def points_at(self, rows: Index) -> Points:
        """Some points, as a print has them; scales are not kept."""
        chosen = {name: self.arrays[name][rows] for name in PER_POINT}
        chosen["position"] = fine_positions(chosen["position"])
        return Points(**chosen, scale=np.zeros(len(rows), np.uint8))

    def stored(self, file: int) -> StoredPrint:
        """One file's print again; views, no copies of the large arrays."""
        runs, keys, looks = (
            slice(int(start[file]), int(start[file + 1]))
            for start in (self.run_start, self.key_start, self.look_start)
        )
        bounds = self.point_start[keys.start : keys.stop + 1]
        points = slice(int(bounds[0]), int(bounds[-1]))
        arrays: dict[str, Any] = {"look": self.arrays["look"][looks], "point_start": bounds - bounds[0]}
        for names, rows in ((PER_RUN, runs), (PER_KEY, keys), (PER_POINT, points)):
            arrays |= {name: self.arrays[name][rows] for name in names}
        return StoredPrint(float(self.duration[file]), **arrays)

    def print_of(self, file: int) -> VideoPrint:
        """One file's print for alignment."""
        return self.stored(file).unpack(self.preset)

    def let_go(self) -> None:
        """Take what is read of single files, and mapped, out of the process's memory; it is read again when needed."""
        for name in (*PER_POINT, "look"):
            mapping: object = getattr(self.arrays[name].base, "base", None)
            if isinstance(mapping, mmap.mmap):
                mapping.madvise(mmap.MADV_DONTNEED)

    def save(self, directory: Path) -> None:
        """Write into a new directory."""
        tables = {
            "point_bounds": self.points.buckets.bounds,
            "point_rows": self.points.buckets.rows,
            "point_signature": self.points.signature,
            "hash_bounds": self.hashes.bounds,
            "hash_rows": self.hashes.rows,
        }
        own = {name: getattr(self, name) for name in _STARTS}
        write_segment(directory, self.arrays | own | tables, preset=self.preset.name, names=self.names)

    @classmethod
    def load(cls, directory: Path, preset: VideoPreset) -> Segment:
        """Map a saved segment; `OSError`, `ValueError` or `KeyError` when something is missing or damaged."""
        names = read_facts(directory, preset.name)
        arrays = read_tables(directory, _COUNTED)
        tables = read_tables(directory, _TABLES)
        loaded = cls(
            preset,
            names,
            arrays,
            **read_tables(directory, _STARTS),
            points=PointTable(
                Buckets(tables["point_bounds"], tables["point_rows"]), tables["point_signature"]
            ),
            hashes=HashTable(tables["hash_bounds"], tables["hash_rows"]),
        )
        loaded._check()
        return loaded

    def _check(self) -> None:
        files, points = len(self.names), self.point_count
        if not (
            len(self.run_start) == len(self.key_start) == len(self.look_start) == files + 1
            and len(self.duration) == files
            and self.run_start[-1] == len(self.arrays["start"])
            and self.key_start[-1] == self.key_count
            and self.look_start[-1] == len(self.arrays["look"])
            and len(self.point_start) == self.key_count + 1
            and self.point_start[-1] == points == len(self.points.buckets.rows) == len(self.points.signature)
            and self.points.buckets.bounds[-1] == points
            and (self.hashes.bounds[:, -1] == self.hashes.rows.shape[1]).all()
        ):
            raise ValueError("the segment's arrays do not fit together")
