"""A query's print against an index segment → for each stored file that may be copied, the moments that look alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.frame_votes import PointPairs, count_votes
from shotprint.engine.align.offset_votes import Hits
from shotprint.engine.index.neighbours import Neighbours
from shotprint.engine.index.segment import Segment
from shotprint.engine.ranges import ranges
from shotprint.engine.video.picture_hash import MIRROR_MASK, distances
from shotprint.engine.video.prints import VideoPrint

Index = NDArray[np.int64]

FramePairs = tuple[Index, Index, NDArray[np.float64]]
"""View of the query, key frame of the segment, and how much they look alike; each of shape (n,)."""

POINTS_LOOKED_UP: Final = 120
"""Of each view, at each scale: the best ones. Alignment looks at all of them later."""
LOOKUP_RADIUS: Final = 56
MIN_VOTES: Final = 3
HASH_RADIUS: Final = 64
MIN_QUALITY: Final = 8
"""Flatter pictures have hashes that many pictures share: a wall lit from one side looks like any other."""
HASH_WEIGHT: Final = 8.0
VIEWS_AT_ONCE: Final = 128
ASKED_AT_ONCE: Final = 256
STORED_AT_ONCE: Final = 32768
STILL_STEP_S: Final = 1.0
MAX_STILL_MOMENTS: Final = 6


def find_hits(query: VideoPrint, segment: Segment, neighbours: Neighbours) -> dict[int, Hits]:
    """Moments of each stored file that look like moments of the query.

    Returns
    -------
    dict
        File number in the segment → its hits. A still picture gives a few moments on either side, since any of
        them may lie on the line.
    """
    view, key, votes = _point_hits(query, segment, neighbours)
    hash_view, hash_key, hash_votes = _hash_hits(query, segment)
    view, key = np.concatenate([view, hash_view]), np.concatenate([key, hash_key])
    votes = np.concatenate([votes, hash_votes])
    file = np.searchsorted(segment.key_offset, key, side="right") - 1
    order = np.lexsort((key, view, file))
    hits: dict[int, Hits] = {}
    bounds = np.flatnonzero(np.diff(file[order])) + 1
    for rows in np.split(order, bounds):
        if len(rows):
            hits[int(file[rows[0]])] = _moments(query, segment, view[rows], key[rows], votes[rows])
    return hits


def _point_hits(query: VideoPrint, segment: Segment, neighbours: Neighbours) -> FramePairs:
    """Key frames whose local features vote for a common transform. A part of the query at a time: what looks alike
    by chance is much more than what remains."""
    found: list[FramePairs] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for views in _blocks(np.arange(len(query.point_start) - 1), VIEWS_AT_ONCE):
        rows = _points_looked_up(query, int(views[0]), int(views[-1]) + 1)
        found.append(_votes_of(query, segment, neighbours, rows))
    view, key, votes = (np.concatenate(column) for column in zip(*found, strict=True))
    return view, key, votes


def _votes_of(query: VideoPrint, segment: Segment, neighbours: Neighbours, rows: Index) -> FramePairs:
    alike = neighbours.find(query.descriptor[rows], LOOKUP_RADIUS)
    q = rows[alike.query]
    view = np.searchsorted(query.point_start, q, side="right") - 1
    key = np.searchsorted(segment.whole.point_start, alike.stored, side="right") - 1
    keys = max(1, segment.whole.key_count)
    pairs = PointPairs(q, alike.stored, view * keys + key)
    votes = count_votes(query, segment.whole, pairs, at_least=MIN_VOTES)
    return votes.pair // keys, votes.pair % keys, votes.count.astype(np.float64)


def _points_looked_up(query: VideoPrint, first_view: int, end_view: int) -> Index:
    """Rows of the first points of each of these views at each scale: they are the best, see `local_features`."""
    start, end = int(query.point_start[first_view]), int(query.point_start[end_view])
    rows = np.arange(start, end)
    view = np.searchsorted(query.point_start, rows, side="right")
    group = view * 16 + query.scale[start:end]
    begin = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(rows)])
    length = np.diff(np.append(begin, len(rows)))
    return start + ranges(begin, np.minimum(length, POINTS_LOOKED_UP))


def _hash_hits(query: VideoPrint, segment: Segment) -> FramePairs:
    """Key frames whose global hashes are near, as the picture is and mirrored; a block of pairs at a time."""
    whole = segment.whole
    stored = np.flatnonzero(whole.quality[whole.key_run] >= MIN_QUALITY)
    asked = np.flatnonzero(query.quality[query.key_run] >= MIN_QUALITY)
    found: list[FramePairs] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for mirrored in range(query.views):
        mask = MIRROR_MASK if mirrored else np.zeros(4, dtype=np.uint64)
        for some in _blocks(asked, ASKED_AT_ONCE):
            asked_hash = query.hash[query.key_run[some]] ^ mask
            for others in _blocks(stored, STORED_AT_ONCE):
                distance = distances(asked_hash, whole.hash[whole.key_run[others]])
                q, s = np.nonzero(distance <= HASH_RADIUS)
                weight = HASH_WEIGHT * (1.5 - distance[q, s] / HASH_RADIUS)
                found.append((some[q] * query.views + mirrored, others[s], weight))
    view, key, weight = (np.concatenate(column) for column in zip(*found, strict=True))
    return view, key, weight


def _blocks(rows: Index, size: int) -> Iterator[Index]:
    return (rows[first : first + size] for first in range(0, len(rows), size))


def _moments(
    query: VideoPrint, segment: Segment, view: Index, key: Index, votes: NDArray[np.float64]
) -> Hits:
    """Key frame pairs as moments; of still pictures several."""
    asked, mirrored = view // query.views, view % query.views
    row, query_time = _spread(query.key_start()[asked], query.key_end()[asked])
    whole = segment.whole
    run = whole.key_run[key[row]]
    again, reference_time = _spread(whole.start[run], whole.end[run])
    row = row[again]
    return Hits(query_time[again], reference_time, votes[row], mirrored[row])


def _spread(start: NDArray[np.float32], end: NDArray[np.float32]) -> tuple[Index, NDArray[np.float64]]:
    """Moments of each run: its start, and on in equal steps of a second or more."""
    length = np.maximum(end.astype(np.float64) - start - 1e-6, 0)
    count = np.minimum(length // STILL_STEP_S, MAX_STILL_MOMENTS - 1).astype(np.int64) + 1
    row = np.repeat(np.arange(len(start)), count)
    place = ranges(np.zeros_like(count), count)
    return row, start[row] + place * (length / count)[row]
