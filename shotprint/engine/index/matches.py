"""A query's print against an index segment → points that look alike and agree with others, in which pictures."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.index.buckets import bucket_bits
from shotprint.engine.index.neighbours import SIGNATURE_RADIUS, Alike, Neighbours, row_distances
from shotprint.engine.index.segment import Segment
from shotprint.engine.index.support import CELLS, PointVotes, supported
from shotprint.engine.ranges import ranges
from shotprint.engine.video.local_features import ANGLE_STEPS, POSITION_STEPS, SIZE_STEPS
from shotprint.engine.video.prints import VideoPrint

Index = NDArray[np.int64]

POINTS_LOOKED_UP: Final = 120
"""Of each view, at each scale: the best ones. Alignment looks at all of them later."""
LOOKUP_RADIUS: Final = 36
"""Bits of 128 in which two points that look alike may differ."""
BITS_A_VOTE: Final = 10.0
"""A pair that differs in two bits more than the radius would weigh nothing, and gains one for each ten bits fewer."""
MIN_SIGNATURE_SUPPORT: Final = 7.0
"""By signatures alone a pair weighs 1 to 9. Of chance pairs a third weigh 1 and three quarters at most 3."""
MIN_SUPPORT: Final = 3.0
"""The same by whole descriptors: two or three pairs of a copy, mostly."""
MOST_PAIRS: Final = 8_000_000
"""Of a stretch, times the bits that make a bucket: the more is stored, the more one pair says of where. Points that
look like many have to give way, so that the work does not grow with the library."""
MOST_GROUPS: Final = 3000
"""In eight seconds of the query: docs/why/visual-engine.md."""
VIEWS_AT_ONCE: Final = 64
"""Of the query, as it is and mirrored: eight seconds at four key frames a second. Agreement is counted within them."""


@dataclass(frozen=True)
class Matches:
    """Points that look alike: row of the query's, row of the segment's, and the picture pair that both are of, view *
    keys of the segment + key; int64, shape (n,), in ascending order of pairs."""

    query: Index
    stored: Index
    pair: Index


def find_matches(query: VideoPrint, segment: Segment, neighbours: Neighbours, threads: Executor) -> Matches:
    """Look points up, a stretch of the query at a time: what looks alike by chance is much more than what agrees."""
    views = len(query.point_start) - 1
    firsts = range(0, max(1, views), VIEWS_AT_ONCE)
    ends = [min(first + VIEWS_AT_ONCE, views) for first in firsts]
    parts = list(threads.map(partial(_of_stretch, query, segment, neighbours), firsts, ends))
    found = [np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Matches)]
    order = np.argsort(found[2], kind="stable")
    return Matches(*(column[order] for column in found))


def _of_stretch(query: VideoPrint, segment: Segment, neighbours: Neighbours, first: int, end: int) -> Matches:
    rows = _points_looked_up(query, first, end)
    most = MOST_PAIRS // bucket_bits(segment.point_count)
    alike = _rarest(neighbours.find(query.descriptor[rows]), len(rows), most)
    q, s = alike.query, alike.stored
    sure = np.maximum(SIGNATURE_RADIUS + 1 - alike.apart.astype(np.float32), 1)
    view = np.searchsorted(query.point_start, rows, side="right") - 1
    key = np.searchsorted(segment.point_start, s, side="right") - 1
    votes = _votes(query, segment, (rows, view), q, s, key, sure)
    agree = np.flatnonzero(supported(votes, least=MIN_SIGNATURE_SUPPORT, most_groups=MOST_GROUPS))
    apart = row_distances(query.descriptor[rows[q[agree]]], segment.arrays["descriptor"][s[agree]])
    near = apart <= LOOKUP_RADIUS
    agree, sure = agree[near], (LOOKUP_RADIUS + 2 - apart[near].astype(np.float32)) / BITS_A_VOTE
    again = replace(votes.only(agree), weight=sure)
    agree = agree[supported(again, least=MIN_SUPPORT, most_groups=MOST_GROUPS)]
    return Matches(rows[q[agree]], s[agree], view[q[agree]] * segment.key_count + key[agree])


def _rarest(alike: Alike, asked: int, most: int) -> Alike:
    """The pairs of those of the points asked that have the fewest, in ascending order of stored rows."""
    count = np.bincount(alike.query, minlength=asked)
    order = np.argsort(count, kind="stable")
    chosen = np.zeros(asked, dtype=np.bool_)
    chosen[order[np.cumsum(count[order]) <= most]] = True
    kept = np.flatnonzero(chosen[alike.query])
    return alike.only(kept[np.argsort(alike.stored[kept])])  # what lies near each other is read together


def _votes(
    query: VideoPrint,
    segment: Segment,
    points: tuple[Index, Index],
    q: Index,
    s: Index,
    key: Index,
    weight: NDArray[np.float32],
) -> PointVotes:
    """What pairs say. ``points``: rows and views of those looked up, to which `q` leads; ``key``: that of each `s`."""
    rows, view = points
    time = query.key_start()[view // query.views].astype(np.float64)
    size, angle = query.size[rows].astype(np.float32), query.angle[rows].astype(np.float32)
    across, down = (query.position[rows].astype(np.int64) * CELLS // (POSITION_STEPS + 1)).T
    cell = (view % query.views * CELLS + across) * CELLS + down
    return PointVotes(
        offset=segment.clock[key] - time[q],
        doublings=(size[q] - segment.arrays["size"][s]) / np.float32(SIZE_STEPS),
        turn=(angle[q] - segment.arrays["angle"][s]) / np.float32(ANGLE_STEPS) % 1,
        cell=cell[q],
        weight=weight,
    )


def _points_looked_up(query: VideoPrint, first_view: int, end_view: int) -> Index:
    """Rows of the first points of each of these views at each scale: they are the best, see `local_features`."""
    start, end = int(query.point_start[first_view]), int(query.point_start[end_view])
    rows = np.arange(start, end)
    view = np.searchsorted(query.point_start, rows, side="right")
    group = view * 16 + query.scale[start:end]
    begin = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(rows)])
    length = np.diff(np.append(begin, len(rows)))
    return start + ranges(begin, np.minimum(length, POINTS_LOOKED_UP))
