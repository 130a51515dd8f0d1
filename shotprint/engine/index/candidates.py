"""A query's print against an index segment → for each stored file that may be copied, the moments that look alike."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.frame_votes import PointPairs, count_votes
from shotprint.engine.align.offset_votes import Hits
from shotprint.engine.align.pair_evidence import MIN_QUALITY
from shotprint.engine.index.neighbours import Neighbours
from shotprint.engine.index.segment import Segment
from shotprint.engine.ranges import ranges
from shotprint.engine.video.picture_hash import MIRROR_MASK, distances
from shotprint.engine.video.prints import VideoPrint

Index = NDArray[np.int64]

POINTS_LOOKED_UP: Final = 120
"""Of each view, at each scale: the best ones. Alignment looks at all of them later."""
LOOKUP_RADIUS: Final = 56
MIN_VOTES: Final = 3
HASH_RADIUS: Final = 64
HASH_WEIGHT: Final = 8.0
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


def _point_hits(
    query: VideoPrint, segment: Segment, neighbours: Neighbours
) -> tuple[Index, Index, NDArray[np.float64]]:
    rows = _points_looked_up(query)
    alike = neighbours.find(query.descriptor[rows], LOOKUP_RADIUS)
    q = rows[alike.query]
    view = np.searchsorted(query.point_start, q, side="right") - 1
    key = np.searchsorted(segment.whole.point_start, alike.stored, side="right") - 1
    keys = max(1, segment.whole.key_count)
    votes = count_votes(
        query, segment.whole, PointPairs(q, alike.stored, view * keys + key), at_least=MIN_VOTES
    )
    return votes.pair // keys, votes.pair % keys, votes.count.astype(np.float64)


def _points_looked_up(query: VideoPrint) -> Index:
    """The first points of each view and scale: they are the best, see `local_features`."""
    count = len(query.scale)
    view = np.searchsorted(query.point_start, np.arange(count), side="right")
    group = view * 16 + query.scale
    begin = np.flatnonzero(np.append(True, group[1:] != group[:-1])[:count])
    length = np.diff(np.append(begin, count))
    return ranges(begin, np.minimum(length, POINTS_LOOKED_UP))


def _hash_hits(query: VideoPrint, segment: Segment) -> tuple[Index, Index, NDArray[np.float64]]:
    """Key frames whose global hashes are near, as the picture is and mirrored."""
    whole = segment.whole
    stored = np.flatnonzero(whole.quality[whole.key_run] >= MIN_QUALITY)
    asked = np.flatnonzero(query.quality[query.key_run] >= MIN_QUALITY)
    found: list[tuple[Index, Index, NDArray[np.float64]]] = []
    stored_hash = whole.hash[whole.key_run[stored]]
    for mirrored in range(query.views):
        mask = MIRROR_MASK if mirrored else np.zeros(4, dtype=np.uint64)
        for first in range(0, len(asked), 64):
            some = asked[first : first + 64]
            distance = distances(query.hash[query.key_run[some]] ^ mask, stored_hash)
            q, s = np.nonzero(distance <= HASH_RADIUS)
            weight = HASH_WEIGHT * (1.5 - distance[q, s] / HASH_RADIUS)
            found.append((some[q] * query.views + mirrored, stored[s], weight))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    view, key, weight = (np.concatenate(part) for part in zip(*found, strict=True))
    return view, key, weight


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
