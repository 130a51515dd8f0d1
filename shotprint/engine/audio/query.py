"""A query's sound, part by part: what is looked up of each, and its levels for the second look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from shotprint.engine.audio.anchors import Anchors, find_anchors
from shotprint.engine.audio.patches import Margins, margins
from shotprint.engine.audio.presets import AudioPreset
from shotprint.engine.audio.prints import AudioPrint, in_decibels
from shotprint.engine.audio.second_look import Area

PART_CELLS: Final = 15
"""Cells of anchors in a part: half a minute. A line is straight for that long, even if its tempo wanders."""
AROUND_CELLS: Final = 4
"""So many cells before and after a part belong to its second look, so that what is found in two parts meets."""


@dataclass(frozen=True)
class Part:
    """Frames `first` to `last` (not included) of a query; anchors are numbered from the query's start.

    ``margins``: at each tempo of the preset those of the anchors, see `patches`.
    """

    preset: AudioPreset
    first: int
    last: int
    anchors: Anchors
    margins: tuple[Margins, ...]
    around: AudioPrint

    @property
    def begin(self) -> int:
        """The frame from which the second look goes."""
        return max(0, self.first - AROUND_CELLS * self.preset.cell_frames)

    @property
    def end(self) -> int:
        return min(len(self.around.levels), self.last + AROUND_CELLS * self.preset.cell_frames)

    @cached_property
    def area(self) -> Area:
        """Of the levels from `begin` to `end`."""
        return Area(in_decibels(self.around.levels[self.begin : self.end]))


def parts(query: AudioPrint) -> Iterator[Part]:
    """The parts of a query, in order."""
    preset = query.preset
    step, total = PART_CELLS * preset.cell_frames, len(query.levels)
    for first in range(0, total, step):
        last = min(first + step, total)
        if total - last < step // 2:
            last = total  # a short rest is no part of its own
        yield _part(query, first, last)
        if last == total:
            return


def _part(query: AudioPrint, first: int, last: int) -> Part:
    preset = query.preset
    reach = preset.reach
    frames = np.clip(np.arange(first - reach, last + reach), 0, len(query.levels) - 1)
    levels = in_decibels(query.levels[frames])
    found = [
        find_anchors(
            levels, preset, begin, min(begin + preset.cell_frames, last - first + reach), preset.anchors_query
        )
        for begin in range(reach, last - first + reach, preset.cell_frames)
    ]
    local = Anchors(*(np.concatenate([getattr(part, name) for part in found]) for name in ("frame", "band")))
    return Part(
        preset,
        first,
        last,
        Anchors(local.frame - reach + first, local.band),
        tuple(margins(levels, local, preset, tempo) for tempo in preset.tempos),
        query,
    )
