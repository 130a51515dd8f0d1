"""A query's print against an index segment → for each stored file that may be copied, the moments that look alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.frame_votes import PointPairs, count_votes, fit_transforms
from shotprint.engine.align.offset_votes import Hits
from shotprint.engine.index.neighbours import Neighbours, row_distances
from shotprint.engine.index.segment import MIN_QUALITY, Segment
from shotprint.engine.ranges import ranges
from shotprint.engine.video.picture_hash import MIRROR_MASK
from shotprint.engine.video.prints import VideoPrint

Index = NDArray[np.int64]


@dataclass(frozen=True)
class FramePairs:
    """Pictures that look alike: view of the query, key frame of the segment, votes, and points that one affine map
    puts in place; all of shape (n,)."""

    view: Index
    key: Index
    votes: NDArray[np.float64]
    fitted: NDArray[np.float64]

    @classmethod
    def join(cls, parts: Sequence[FramePairs]) -> FramePairs:
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})

    def only(self, rows: Index) -> FramePairs:
        return FramePairs(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


POINTS_LOOKED_UP: Final = 120
"""Of each view, at each scale: the best ones. Alignment looks at all of them later."""
LOOKUP_RADIUS: Final = 28
MIN_VOTES: Final = 3
HASH_RADIUS: Final = 64
HASH_WEIGHT: Final = 8.0
VIEWS_AT_ONCE: Final = 64
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
    pairs = FramePairs.join([*_point_hits(query, segment, neighbours), _hash_hits(query, segment)])
    file = segment.file_of(pairs.key)
    order = np.lexsort((pairs.key, pairs.view, file))
    hits: dict[int, Hits] = {}
    bounds = np.flatnonzero(np.diff(file[order])) + 1
    for rows in np.split(order, bounds):
        if len(rows):
            hits[int(file[rows[0]])] = _moments(query, segment, pairs.only(rows))
    return hits


def _point_hits(query: VideoPrint, segment: Segment, neighbours: Neighbours) -> Iterator[FramePairs]:
    """Key frames whose local features vote for a common transform. A part of the query at a time: what looks alike
    by chance is much more than what remains."""
    for views in _blocks(np.arange(len(query.point_start) - 1), VIEWS_AT_ONCE):
        rows = _points_looked_up(query, int(views[0]), int(views[-1]) + 1)
        yield _votes_of(query, segment, neighbours, rows)


def _votes_of(query: VideoPrint, segment: Segment, neighbours: Neighbours, rows: Index) -> FramePairs:
    alike = neighbours.find(query.descriptor[rows])
    q, s = rows[alike.query], alike.stored
    view = np.searchsorted(query.point_start, q, side="right") - 1
    keys = max(1, segment.key_count)
    pair = view * keys + np.searchsorted(segment.point_start, s, side="right") - 1
    often = _often(pair, MIN_VOTES)  # chance pairs are scattered, so most are not looked at any further
    q, s, pair = q[often], s[often], pair[often]
    stored, place = np.unique(s, return_inverse=True)
    points = segment.points_at(stored)
    near = row_distances(query.descriptor[q], points.descriptor[place]) <= LOOKUP_RADIUS
    pairs = PointPairs(q[near], place[near], pair[near])
    votes = count_votes(query, points, pairs, at_least=MIN_VOTES)
    fits = fit_transforms(query, points, pairs, votes)
    counts = votes.count.astype(np.float64), fits.count.astype(np.float64)
    return FramePairs(votes.pair // keys, votes.pair % keys, *counts)


def _often(names: Index, least: int) -> NDArray[np.bool_]:
    """Which names are there at least so many times."""
    _, place, count = np.unique(names, return_inverse=True, return_counts=True)
    return np.asarray(count[place] >= least)


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
    """Key frames whose global hashes are near, as the picture is and mirrored."""
    asked = np.flatnonzero(query.quality[query.key_run] >= MIN_QUALITY)
    plain = query.hash[query.key_run[asked]]
    hashes = np.concatenate([plain, plain ^ MIRROR_MASK] if query.views == 2 else [plain])
    view = np.concatenate([asked * query.views + mirrored for mirrored in range(query.views)])
    q, s, apart = segment.hashes.find(hashes, segment.arrays["hash"], HASH_RADIUS)
    weight = HASH_WEIGHT * (1.5 - apart / HASH_RADIUS)
    return FramePairs(view[q], s, weight, weight)


def _blocks(rows: Index, size: int) -> Iterator[Index]:
    return (rows[first : first + size] for first in range(0, len(rows), size))


def _moments(query: VideoPrint, segment: Segment, pairs: FramePairs) -> Hits:
    """Key frame pairs as moments; of still pictures several."""
    asked, mirrored = pairs.view // query.views, pairs.view % query.views
    row, query_time = _spread(query.key_start()[asked], query.key_end()[asked])
    again, reference_time = _spread(*segment.times_of(pairs.key[row]))
    row = row[again]
    return Hits(query_time[again], reference_time, pairs.votes[row], mirrored[row], pairs.fitted[row])


def _spread(start: NDArray[np.float32], end: NDArray[np.float32]) -> tuple[Index, NDArray[np.float64]]:
    """Moments of each run: its start, and on in equal steps of a second or more."""
    length = np.maximum(end.astype(np.float64) - start - 1e-6, 0)
    count = np.minimum(length // STILL_STEP_S, MAX_STILL_MOMENTS - 1).astype(np.int64) + 1
    row = np.repeat(np.arange(len(start)), count)
    place = ranges(np.zeros_like(count), count)
    return row, start[row] + place * (length / count)[row]
