"""A query's print against an index segment → the lines along which stored files may be copied."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.frame_votes import PointPairs, count_votes, fit_transforms
from shotprint.engine.align.offset_votes import Hits, Line, find_both_kinds, line_through
from shotprint.engine.index.matches import Matches, find_matches
from shotprint.engine.index.neighbours import Neighbours
from shotprint.engine.index.segment import MIN_QUALITY, Segment
from shotprint.engine.ranges import ranges
from shotprint.engine.video.picture_hash import MIRROR_MASK
from shotprint.engine.video.prints import VideoPrint

Index = NDArray[np.int64]
Floats = NDArray[np.float64]
Candidate = tuple[int, Line]
"""Number of a stored file in its segment, and where the query may show it."""

HASH_RADIUS: Final = 64
HASH_WEIGHT: Final = 8.0
STILL_STEP_S: Final = 1.0
MAX_STILL_MOMENTS: Final = 6
MIN_LINE_WEIGHT: Final = 5.0
PLAIN_LINES: Final = 12
OTHER_LINES: Final = 6
MIN_PAIR_VOTES: Final = 2
"""Points in common, which say the same, from which a pair of pictures lies on a line; single ones hide the line among
chance."""
MIN_LINE_VOTES: Final = 3
"""Points of a line that vote for one transform, from which it is fitted."""


def find_candidates(
    query: VideoPrint, segment: Segment, neighbours: Neighbours, threads: Executor
) -> list[Candidate]:
    """Lines on which pictures look alike, with the points that one affine map puts in place along each.

    A still picture gives a few moments on either side, since any of them may lie on the line.
    """
    matches = find_matches(query, segment, neighbours, threads)
    hits = _hits(query, segment, matches)
    file = segment.file_of(hits.pair % max(1, segment.key_count))
    order = np.argsort(file, kind="stable")
    found: list[tuple[int, Line, Hits]] = []
    for rows in np.split(order, np.flatnonzero(np.diff(file[order])) + 1):
        if len(rows) and hits.weight[rows].sum() >= MIN_LINE_WEIGHT:
            lines = find_both_kinds(
                hits.only(rows), plain=PLAIN_LINES, others=OTHER_LINES, min_weight=MIN_LINE_WEIGHT
            )
            found += ((int(file[rows[0]]), line, members) for line, members in lines)
    return _fitted(query, segment, matches, found) if found else []


def _hits(query: VideoPrint, segment: Segment, matches: Matches) -> Hits:
    """Pairs of pictures that look alike, as moments; of still pictures several."""
    keys = max(1, segment.key_count)
    stored, place = np.unique(matches.stored, return_inverse=True)
    points = segment.points_at(stored)
    pairs = PointPairs(matches.query, place, matches.pair)
    votes = count_votes(query, points, pairs, at_least=MIN_PAIR_VOTES)
    pair = votes.pair
    view, key, whole = _alike_as_a_whole(query, segment)
    pair = np.append(pair, view * keys + key)
    weight = np.append(votes.count.astype(np.float64), whole)
    whole = np.append(np.zeros(len(votes.pair)), whole)
    asked, mirrored = np.divmod(pair // keys, query.views)
    row, query_time = _spread(query.key_start()[asked], query.key_end()[asked])
    again, reference_time = _spread(*segment.times_of(pair[row] % keys))
    row = row[again]
    return Hits(query_time[again], reference_time, weight[row], mirrored[row], pair[row], whole[row])


def _alike_as_a_whole(query: VideoPrint, segment: Segment) -> tuple[Index, Index, Floats]:
    """Views and key frames whose global hashes are near, and votes for it."""
    asked = np.flatnonzero(query.quality[query.key_run] >= MIN_QUALITY)
    plain = query.hash[query.key_run[asked]]
    hashes = np.concatenate([plain, plain ^ MIRROR_MASK] if query.views == 2 else [plain])
    view = np.concatenate([asked * query.views + mirrored for mirrored in range(query.views)])
    q, s, apart = segment.hashes.find(hashes, segment.arrays["hash"], HASH_RADIUS)
    return view[q], s, HASH_WEIGHT * (1.5 - apart / HASH_RADIUS)


def _spread(start: NDArray[np.float32], end: NDArray[np.float32]) -> tuple[Index, Floats]:
    """Moments of each run: its start, and on in equal steps of a second or more."""
    length = np.maximum(end.astype(np.float64) - start - 1e-6, 0)
    count = np.minimum(length // STILL_STEP_S, MAX_STILL_MOMENTS - 1).astype(np.int64) + 1
    row = np.repeat(np.arange(len(start)), count)
    place = ranges(np.zeros_like(count), count)
    return row, start[row] + place * (length / count)[row]


def _fitted(
    query: VideoPrint, segment: Segment, matches: Matches, found: list[tuple[int, Line, Hits]]
) -> list[Candidate]:
    """The lines as the points have them that one affine map puts in place, all pictures of a line together, and the
    pictures that are alike as a whole; a line without any stays as it is."""
    lengths = [len(hits) for *_, hits in found]
    line = np.repeat(np.arange(len(found)), lengths)
    pair = np.concatenate([hits.pair for *_, hits in found])
    every = int(pair.max()) + 1
    name, again = np.unique(line * every + pair, return_inverse=True)  # a still pair has several moments
    line, pair = np.divmod(name, every)
    begin = np.searchsorted(matches.pair, pair)
    length = np.searchsorted(matches.pair, pair, side="right") - begin
    rows, of_name = ranges(begin, length), np.repeat(np.arange(len(name)), length)
    stored, place = np.unique(matches.stored[rows], return_inverse=True)
    points = segment.points_at(stored)
    pairs = PointPairs(matches.query[rows], place, line[of_name])
    votes = count_votes(query, points, pairs, at_least=MIN_LINE_VOTES)
    fits = fit_transforms(query, points, pairs, votes)
    counted = np.bincount(of_name[votes.member[fits.in_place]], minlength=len(name)).astype(np.float64)
    count = dict(zip(votes.pair.tolist(), fits.count.tolist(), strict=True))
    return [
        (file, _through_sure_hits(line, replace(hits, weight=weight + hits.whole), count.get(number, 0)))
        for number, ((file, line, hits), weight) in enumerate(
            zip(found, np.split(counted[again], np.cumsum(lengths)[:-1]), strict=True)
        )
    ]


def _through_sure_hits(line: Line, hits: Hits, count: int) -> Line:
    if not hits.weight.any():
        return line
    surer = line_through(hits.only(hits.weight > 0), line.speed, line.offset)
    return replace(surer, fitted=surer.fitted + count)
