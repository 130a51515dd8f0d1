"""How well each moment around a match agrees with each moment of the reference around it: a picture for people, on
which a copy is a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.second_look import (
    MIN_CELLS,
    Cells,
    Looks,
    Overlay,
    agreement_of_all,
    reference_cells,
    shown_at,
)
from shotprint.engine.align.segments import Aligned
from shotprint.engine.video.prints import VideoPrint

MOST_CELLS: Final = 64
"""A side; so many are enough to see a line, and are kept in a kilobyte or two."""
LEVELS: Final = 15
AROUND: Final = 0.25
"""Of a match's length, shown before and after it."""
AROUND_S: Final = 2.0
"""At least."""
MOST_OVERLAYS: Final = 3
"""Segments may lie in the picture differently; of so many of the longest the best agreement counts."""

Times = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LikenessMap:
    """``levels`` uint8, shape (n, m), 0 to `LEVELS`: how well the n equal parts of the query from `query_start` to
    `query_end` agree with the m of the reference from `reference_start` to `reference_end`, seconds."""

    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    levels: NDArray[np.uint8]


def likeness_map(query: VideoPrint, reference: VideoPrint, aligned: Sequence[Aligned]) -> LikenessMap:
    """The map around some segments of one reference, at least one."""
    segments = [one.segment for one in aligned]
    query_span = _around([(s.query_start, s.query_end) for s in segments], query.duration)
    reference_span = _around([(s.reference_start, s.reference_end) for s in segments], reference.duration)
    step = 1 / query.preset.grid_rate
    here, there = _middles(*query_span, step), _middles(*reference_span, step)
    looks = query.look[shown_at(query, here + 1e-4)]
    shown = reference_cells(reference, np.clip(there, 0, reference.duration))
    longest = sorted(aligned, key=lambda one: one.segment.query_start - one.segment.query_end)
    best = np.zeros((len(here), len(there)), dtype=np.float32)
    for one in longest[:MOST_OVERLAYS]:
        best = np.maximum(best, _agreement(one.overlay, looks, shown))
    levels = np.rint(np.clip(best, 0, 1) * LEVELS).astype(np.uint8)
    return LikenessMap(*query_span, *reference_span, levels)


def _agreement(overlay: Overlay, looks: NDArray[np.uint8], shown: Cells) -> Cells:
    seen = overlay.seen()
    if int(seen.sum()) < MIN_CELLS:
        return np.zeros((len(looks), len(shown)), dtype=np.float32)
    return agreement_of_all(Looks.of(overlay.take(looks), seen), Looks.of(shown, seen))


def _around(spans: Sequence[tuple[float, float]], length: float) -> tuple[float, float]:
    """From the first to the last second, and some before and after."""
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    beside = max(AROUND_S, AROUND * (last - first))
    start = round(max(0.0, first - beside), 3)
    return start, round(max(min(length, last + beside), start + 0.1), 3)


def _middles(start: float, end: float, step: float) -> Times:
    """Of equal parts of the stretch, none shorter than a step unless it is alone."""
    count = int(np.clip((end - start) / step, 1, MOST_CELLS))
    return start + (np.arange(count) + 0.5) * (end - start) / count
