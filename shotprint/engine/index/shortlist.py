"""Of all lines through a library, those that are looked at: what looks alike by chance grows with the library, and must
not grow the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from shotprint.engine.align.offset_votes import Line

LINES_A_SECOND: Final = 8
"""So many lines through each second of the query are looked at if they are likely: docs/why/visual-engine.md."""
LIKELY: Final = 5.0
"""Points in place from which a line is more than what looks alike anywhere."""
UNLIKELY_LINES_A_SECOND: Final = 3
"""So many of the others: a small or dim copy has none, or few."""
SURE: Final = 60.0
"""Points in place from which a line is hardly chance: it is looked at as well, for a library may hold one recording in
many files."""
SURE_LINES_A_SECOND: Final = 200
VOTE: Final = 0.01
"""What a point that only looks alike counts beside one that one map puts in place."""


def _room(fitted: float) -> int:
    """How many lines may run through a second for one with so many points in place to be looked at as well."""
    if fitted >= SURE:
        return SURE_LINES_A_SECOND
    return LINES_A_SECOND if fitted >= LIKELY else UNLIKELY_LINES_A_SECOND


def shortlist(lines: Sequence[Line], duration: float) -> list[int]:
    """Places of the lines that are sure, or among the best through some second of the query; the best first.

    Parameters
    ----------
    lines : sequence of Line
        Of all files; of equal ones the first is the better.
    duration : float
        Of the query, in seconds.
    """
    ranked = sorted(range(len(lines)), key=lambda place: -lines[place].fitted - VOTE * lines[place].weight)
    taken = np.zeros(int(duration) + 2, dtype=np.int64)
    kept = []
    for place in ranked:
        seconds = taken[int(lines[place].begin) : int(lines[place].end) + 1]
        if seconds.min() < _room(lines[place].fitted):
            seconds += 1
            kept.append(place)
    return kept
