"""An immutable part of an audio index: many prints as one set of arrays, in memory or mapped from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.presets import AudioPreset
from shotprint.engine.audio.prints import AudioPrint
from shotprint.engine.index.buckets import Buckets
from shotprint.engine.index.neighbours import PointTable
from shotprint.engine.index.segment_files import read_facts, read_tables, starts, write_segment

Index = NDArray[np.int64]

PER_ANCHOR: Final = ("anchor_frame", "anchor_band", "descriptor")
_ARRAYS: Final = (*PER_ANCHOR, "look")
_STARTS: Final = ("anchor_start", "look_start", "duration")
_TABLES: Final = ("bounds", "rows", "signature")


@dataclass(frozen=True)
class StoredSound:
    """A reference's print as the index keeps it; see `prints`."""

    duration: float
    anchor_frame: NDArray[np.uint32]
    anchor_band: NDArray[np.uint8]
    descriptor: NDArray[np.uint32]
    look: NDArray[np.uint32]

    @classmethod
    def of(cls, made: AudioPrint) -> StoredSound:
        return cls(made.duration, made.anchor_frame, made.anchor_band, made.descriptor, made.look)


@dataclass(frozen=True, eq=False)  # arrays have no one truth value: two segments are the same if one object
class AudioSegment:
    """Stored prints side by side: ``arrays`` holds each field of `StoredSound`, those of all files one after the other.

    File ``i`` has the anchors from ``anchor_start[i]`` and the words of the second look from ``look_start[i]``.
    """

    preset: AudioPreset
    names: tuple[str, ...]
    arrays: dict[str, NDArray[Any]]
    anchor_start: Index
    look_start: Index
    duration: NDArray[np.float64]
    anchors: PointTable

    @classmethod
    def build(cls, prints: Sequence[tuple[str, StoredSound]], preset: AudioPreset) -> AudioSegment:
        """Put named reference prints of one preset together."""
        parts = [made for _, made in prints]
        arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
        return cls(
            preset,
            tuple(name for name, _ in prints),
            arrays,
            anchor_start=starts([len(part.anchor_frame) for part in parts]),
            look_start=starts([len(part.look) for part in parts]),
            duration=np.array([part.duration for part in parts], dtype=np.float64),
            anchors=PointTable.of_words(arrays["descriptor"][:, 0], arrays["descriptor"][:, 1]),
        )

    @property
    def size(self) -> int:
        """Grows with what it holds: the number of anchors, and of cells where there are none."""
        return len(self.arrays["anchor_frame"]) + len(self.arrays["look"])

    def file_of(self, rows: Index) -> Index:
        """The file of each anchor."""
        return np.searchsorted(self.anchor_start, rows, side="right") - 1

    def looks_of(self, file: int) -> NDArray[np.uint32]:
        return np.asarray(self.arrays["look"][self.look_start[file] : self.look_start[file + 1]])

    def stored(self, file: int) -> StoredSound:
        """One file's print again; views, no copies."""
        rows = slice(int(self.anchor_start[file]), int(self.anchor_start[file + 1]))
        return StoredSound(
            float(self.duration[file]),
            **{name: self.arrays[name][rows] for name in PER_ANCHOR},
            look=self.looks_of(file),
        )

    def save(self, directory: Path) -> None:
        """Write into a new directory."""
        buckets = self.anchors.buckets
        tables = {"bounds": buckets.bounds, "rows": buckets.rows, "signature": self.anchors.signature}
        own = {name: getattr(self, name) for name in _STARTS}
        write_segment(directory, self.arrays | own | tables, preset=self.preset.name, names=self.names)

    @classmethod
    def load(cls, directory: Path, preset: AudioPreset) -> AudioSegment:
        """Map a saved segment; `OSError`, `ValueError` or `KeyError` when something is missing or damaged."""
        names = read_facts(directory, preset.name)
        arrays = read_tables(directory, _ARRAYS)
        tables = read_tables(directory, _TABLES)
        loaded = cls(
            preset,
            names,
            arrays,
            **read_tables(directory, _STARTS),
            anchors=PointTable(Buckets(tables["bounds"], tables["rows"]), tables["signature"]),
        )
        loaded._check()
        return loaded

    def _check(self) -> None:
        files, count = len(self.names), len(self.arrays["anchor_frame"])
        table = self.anchors
        if not (
            len(self.anchor_start) == len(self.look_start) == files + 1
            and len(self.duration) == files
            and self.anchor_start[-1] == count == len(table.buckets.rows) == len(table.signature)
            and len(self.arrays["anchor_band"]) == len(self.arrays["descriptor"]) == count
            and self.look_start[-1] == len(self.arrays["look"])
            and table.buckets.bounds[-1] == count
        ):
            raise ValueError("the segment's arrays do not fit together")
