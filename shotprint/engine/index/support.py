"""Points that look alike by chance are scattered; those of a copy agree with each other, and over seconds.

Two pictures of a copy may have a single point in common that was looked up with success, if the copy is small, dim or
half hidden. But all such points of some seconds lead from the query to one place of one file, and say the same of how
the picture was scaled and turned. So agreement is counted over all pictures of a stretch of the query at once: Lowe's
vote (`align.frame_votes`) with time as one more dimension.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]

OFFSET_BIN_S: Final = 1.5
SCALE_BIN: Final = 0.7  # doublings
ANGLE_BINS: Final = 10
CELLS: Final = 12
"""Cells across and down the query's picture. The same corner is seen again in every picture, so each cell has the vote
of its surest point alone."""
SLOTS: Final = 1_000_003
"""Sums kept at first, for many more groups: prime, as groups that differ in one thing are whole steps apart."""


@dataclass(frozen=True)
class PointVotes:
    """What each pair of points that look alike says; all of shape (n,).

    ``offset``: seconds by which the reference runs ahead of the query, all files one after the other. ``doublings`` and
    ``turn``: how the picture would have been scaled (log2) and turned (0 to 1). ``cell``: where in the query's picture
    the point lies, 0 to CELLS ** 2, and as much further on if the query is looked at mirrored. ``weight``: how sure the
    pair is, at least 0.
    """

    offset: NDArray[np.float64]
    doublings: NDArray[np.float32]
    turn: NDArray[np.float32]
    cell: Index
    weight: NDArray[np.float32]

    def only(self, keep: Index) -> PointVotes:
        return PointVotes(*(getattr(self, f.name)[keep] for f in fields(self)))


def supported(votes: PointVotes, *, least: float, most_groups: int) -> NDArray[np.bool_]:
    """Which pairs say the same as others; shape (n,).

    Parameters
    ----------
    least : float
        Sum of weights, over the cells, that a group of agreeing pairs has to have.
    most_groups : int
        Of more groups those with the largest sums are kept, so that what comes after does not grow with the library.
    """
    kept = np.zeros(len(votes.cell), dtype=np.bool_)
    for shift in (0.0, 0.5):  # an agreement on the edge of a bin is in the middle of one of the other grid
        offset = np.floor(votes.offset / OFFSET_BIN_S + shift).astype(np.int64)
        scale = np.clip(np.floor(votes.doublings / SCALE_BIN + shift) + 16, 0, 31).astype(np.int64)
        turn = np.floor(votes.turn * ANGLE_BINS + shift).astype(np.int64) % ANGLE_BINS
        kept |= _in_large_groups((offset * 32 + scale) * ANGLE_BINS + turn, votes, least, most_groups)
    return kept


def _in_large_groups(group: Index, votes: PointVotes, least: float, most: int) -> NDArray[np.bool_]:
    cells = CELLS * CELLS
    group = group * 2 + votes.cell // cells
    kept = np.zeros(len(group), dtype=np.bool_)
    rows = _maybe_large(group, votes.weight, least)
    if not len(rows):
        return kept
    name = group[rows] * cells + votes.cell[rows] % cells
    order = np.argsort(name)
    name, rows = name[order], rows[order]
    cell_begin = np.flatnonzero(np.append(True, name[1:] != name[:-1]))
    best = np.maximum.reduceat(votes.weight[rows].astype(np.float64), cell_begin)
    begin = np.flatnonzero(np.append(True, np.diff(name[cell_begin] // cells) != 0))
    total = np.add.reduceat(best, begin)
    if len(total) > most:
        least = max(least, float(np.partition(total, -most)[-most]))
    length = np.diff(np.append(cell_begin[begin], len(name)))
    kept[rows] = np.repeat(total >= least, length)
    return kept


def _maybe_large(group: Index, weight: NDArray[np.float32], least: float) -> Index:
    """Rows of the groups that may weigh enough. Most are of one pair or two, and sums over slots that groups share tell
    so for a fraction of what sorting costs."""
    slot = group % SLOTS
    return np.flatnonzero(np.bincount(slot, weight, minlength=1)[slot] >= least)
