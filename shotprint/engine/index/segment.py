"""An immutable part of an index: many prints as one set of arrays, in memory or mapped from files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tokenize import TokenError
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.index.neighbours import BitSampleNeighbours, BitSampleTables, Neighbours
from shotprint.engine.types import Role
from shotprint.engine.video.presets import VideoPreset
from shotprint.engine.video.prints import VideoPrint

Index = NDArray[np.int64]

_PER_RUN: Final = ("start", "end", "hash", "quality", "look")
_PER_KEY: Final = ("key_run", "key_extent")
_PER_POINT: Final = ("descriptor", "position", "size", "angle", "scale")
_ARRAYS: Final = (*_PER_RUN, *_PER_KEY, "point_start", *_PER_POINT)
_OFFSETS: Final = ("run_offset", "key_offset", "duration")
_TABLES: Final = ("keys", "rows")
_FACTS: Final = "segment.json"


@dataclass(frozen=True, eq=False)  # arrays have no one truth value: two segments are the same if one object
class Segment:
    """Prints side by side. File ``i`` has the runs from ``run_offset[i]`` and the key frames from ``key_offset[i]``.

    ``whole`` holds the arrays of all files one after the other; its ``key_run`` and ``point_start`` count through.
    """

    names: tuple[str, ...]
    whole: VideoPrint
    run_offset: Index
    key_offset: Index
    duration: NDArray[np.float64]
    tables: BitSampleTables

    @classmethod
    def build(cls, prints: Sequence[tuple[str, VideoPrint]], preset: VideoPreset) -> Segment:
        """Put named reference prints of one preset together."""
        parts = [made for _, made in prints]
        runs = _offsets([len(part.start) for part in parts])
        keys = _offsets([part.key_count for part in parts])
        points = _offsets([len(part.descriptor) for part in parts])
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in (*_PER_RUN, *_PER_KEY, *_PER_POINT)
        }
        arrays["key_run"] = np.concatenate(
            [part.key_run + first for part, first in zip(parts, runs, strict=False)]
        )
        starts = [part.point_start[:-1] + first for part, first in zip(parts, points, strict=False)]
        arrays["point_start"] = np.append(np.concatenate(starts), points[-1])
        duration = np.array([part.duration for part in parts], dtype=np.float64)
        whole = VideoPrint(preset, Role.REFERENCE, float(duration.sum()), **arrays)
        tables = BitSampleTables.build(whole.descriptor)
        return cls(tuple(name for name, _ in prints), whole, runs, keys, duration, tables)

    @cached_property
    def neighbours(self) -> Neighbours:
        return BitSampleNeighbours(self.whole.descriptor, self.tables)

    @property
    def point_count(self) -> int:
        return len(self.whole.descriptor)

    def print_of(self, file: int) -> VideoPrint:
        """One file's print again; views, no copies of the large arrays."""
        runs = slice(int(self.run_offset[file]), int(self.run_offset[file + 1]))
        keys = slice(int(self.key_offset[file]), int(self.key_offset[file + 1]))
        bounds = self.whole.point_start[keys.start : keys.stop + 1]
        points = slice(int(bounds[0]), int(bounds[-1]))
        arrays: dict[str, Any] = {name: getattr(self.whole, name)[runs] for name in _PER_RUN}
        arrays |= {name: getattr(self.whole, name)[points] for name in _PER_POINT}
        arrays["key_run"] = self.whole.key_run[keys] - runs.start
        arrays["key_extent"] = self.whole.key_extent[keys]
        arrays["point_start"] = bounds - bounds[0]
        return VideoPrint(self.whole.preset, Role.REFERENCE, float(self.duration[file]), **arrays)

    def save(self, directory: Path) -> None:
        """Write into a new directory."""
        directory.mkdir()
        for name in _ARRAYS:
            np.save(directory / f"{name}.npy", getattr(self.whole, name))
        for name in _OFFSETS:
            np.save(directory / f"{name}.npy", getattr(self, name))
        for name in _TABLES:
            np.save(directory / f"table_{name}.npy", getattr(self.tables, name))
        facts = {"preset": self.whole.preset.name, "names": self.names}
        (directory / _FACTS).write_text(json.dumps(facts))

    @classmethod
    def load(cls, directory: Path, preset: VideoPreset) -> Segment:
        """Map a saved segment; `OSError`, `ValueError` or `KeyError` when something is missing or damaged."""
        facts = json.loads((directory / _FACTS).read_text())
        if facts["preset"] != preset.name:
            raise ValueError(f"a segment of preset {facts['preset']!r}")
        whole = VideoPrint(preset, Role.REFERENCE, 0.0, **{name: _map(directory, name) for name in _ARRAYS})
        offsets = {name: np.asarray(_map(directory, name)) for name in _OFFSETS}
        tables = BitSampleTables(_map(directory, "table_keys"), _map(directory, "table_rows"))
        loaded = cls(
            tuple(facts["names"]),
            whole,
            offsets["run_offset"],
            offsets["key_offset"],
            offsets["duration"],
            tables,
        )
        loaded._check()
        return loaded

    def _check(self) -> None:
        files, keys = len(self.names), len(self.whole.key_run)
        if not (
            len(self.run_offset) == len(self.key_offset) == files + 1 == len(self.duration) + 1
            and self.run_offset[-1] == len(self.whole.start)
            and self.key_offset[-1] == keys
            and len(self.whole.point_start) == keys + 1
            and self.whole.point_start[-1] == self.point_count == self.tables.rows.shape[1]
        ):
            raise ValueError("the segment's arrays do not fit together")


def _offsets(lengths: Sequence[int]) -> Index:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _map(directory: Path, name: str) -> Any:
    try:
        return np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (EOFError, TokenError) as error:  # an empty file; a header that is no header
        raise ValueError(f"{name}.npy is damaged: {error}") from error
