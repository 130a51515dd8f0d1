"""A line → the stretches of it that really are copied, with their boundaries.

Along the line every moment of the query is compared with the moments of the reference around the place that the
line predicts. Moments with evidence form runs that may have gaps; a run's own hits then correct speed and offset.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.pair_evidence import HASH_RADIUS, MIN_QUALITY, PairEvidence
from shotprint.engine.video.prints import VideoPrint

Index = NDArray[np.int64]
Times = NDArray[np.float64]

REACH_S: Final = 1.0
"""How far around the predicted moment the reference is looked at: its key frames are a second apart."""
HASH_REACH_S: Final = 0.4
GAP_S: Final = 2.6
EXTEND_S: Final = 4.0
MIN_EVIDENCE: Final = 7.0
"""Votes at which a moment is a hit by itself: of random picture pairs one in 3,000 reaches it."""
WEAK_EVIDENCE: Final = 5.0
"""Votes at which a moment counts where moments near it are hits by themselves: one random pair in 100 has them."""
MAX_EVIDENCE: Final = 40.0
HASH_VOTES: Final = 24.0
"""What an identical global hash is worth, in votes; less the farther it is, none at the radius."""
FLAT_VOTES: Final = WEAK_EVIDENCE + 1
"""What the hash of a flat picture is worth at most: it may carry on a copy, not begin one."""
MIN_HITS: Final = 3
MIN_STRONG_HITS: Final = 2
MAX_SPEED_CHANGE: Final = 0.2
HIT_ERROR_S: Final = 0.3
"""Standard error of a hit's place in the reference, whose key frames are a second apart."""
SURE: Final = 3.0


@dataclass(frozen=True)
class Trace:
    """What was found along a line at each of its moments, all of shape (n,) but the last.

    Attributes
    ----------
    query_time, reference_time : seconds; the second is the start of the key frame that fits best, NaN where none does.
    evidence : votes, 0 to `MAX_EVIDENCE`.
    votes : votes of local features alone.
    agreement : votes of local features and of global hashes, without a limit: what tells the right one of
        many places that look much the same.
    query_key : key frame of the query shown at that moment.
    flat : the query's picture is too flat to say anything.
    matrix : shape (n, 2, 3); the affine map of the local features.
    """

    query_time: Times
    reference_time: Times
    evidence: Times
    votes: Times
    agreement: Times
    query_key: Index
    flat: NDArray[np.bool_]
    matrix: NDArray[np.float64]

    def part(self, rows: slice) -> Trace:
        names = self.__dataclass_fields__
        return Trace(**{name: getattr(self, name)[rows] for name in names})


def trace_line(line: Line, query: VideoPrint, reference: VideoPrint, evidence: PairEvidence) -> Trace:
    """Compare the pictures along a line, from its first hit to its last and on while evidence goes on."""
    step = query.preset.query_key_step / query.preset.grid_rate
    probe = _compare(np.unique(np.round(line.moments / step)) * step, line, query, reference, evidence)
    if not (probe.evidence >= MIN_EVIDENCE).any():
        return probe  # most lines of files that are no copies end here
    begin, end = line.begin - EXTEND_S, line.end + EXTEND_S
    reach = 4 * EXTEND_S
    while True:
        times = np.arange(max(0, np.ceil(begin / step)), np.ceil(min(end, query.duration) / step)) * step
        inside = (line.at(times) >= -step) & (line.at(times) <= reference.duration + step)
        trace = _compare(times[inside], line, query, reference, evidence)
        hits = trace.query_time[trace.evidence >= MIN_EVIDENCE]
        if not len(hits):
            return trace
        more_before = hits[0] - GAP_S < begin and begin > 0
        more_after = hits[-1] + GAP_S > end and end < query.duration
        if not (more_before or more_after):
            return trace
        begin, end = begin - reach * more_before, end + reach * more_after
        reach *= 2  # a long copy is followed in few passes


def _compare(
    times: Times, line: Line, query: VideoPrint, reference: VideoPrint, evidence: PairEvidence
) -> Trace:
    n = len(times)
    run = np.maximum(np.searchsorted(query.start, times, side="right") - 1, 0)
    expected = line.at(times)
    key = np.searchsorted(query.key_run, run, side="right") - 1
    has_key = (
        (key >= 0) & (query.key_run[np.maximum(key, 0)] == run) if query.key_count else np.zeros(n, bool)
    )
    votes, place, matrix = np.zeros(n), np.full(n, np.nan), np.zeros((n, 2, 3))
    around = _keys_around(expected, reference)
    for nth in range(around.shape[1]):
        rows = np.flatnonzero(has_key & (around[:, nth] >= 0))
        if not len(rows):
            continue
        found = evidence.of_keys(key[rows], around[rows, nth], mirrored=line.mirrored)
        better = found.votes > votes[rows]
        rows = rows[better]
        votes[rows], matrix[rows] = found.votes[better], found.matrix[better]
        shown = reference.key_start().astype(np.float64)[around[rows, nth]]
        gone = reference.key_end().astype(np.float64)[around[rows, nth]]
        place[rows] = np.clip(expected[rows], shown, np.maximum(shown, gone - 0.25))
    hash_votes = _hash_votes(run, expected, query, reference, evidence, mirrored=line.mirrored)
    total = np.minimum(np.maximum(votes, hash_votes), MAX_EVIDENCE)
    return Trace(
        times, place, total, votes, votes + hash_votes, key, query.quality[run] < MIN_QUALITY, matrix
    )


def _keys_around(expected: Times, reference: VideoPrint) -> Index:
    """Key frames of the reference shown within reach of each moment, shape (n, 3), nearest first, -1 for none."""
    count = reference.key_count
    if not count:
        return np.full((len(expected), 3), -1, dtype=np.int64)
    middle = np.searchsorted(reference.key_start(), expected, side="right") - 1
    keys = middle[:, None] + np.array([0, 1, -1])
    inside = np.clip(keys, 0, count - 1)
    near = (reference.key_start()[inside] <= expected[:, None] + REACH_S) & (
        reference.key_end()[inside] >= expected[:, None] - REACH_S
    )
    return np.where((keys == inside) & near, inside, -1)


def _hash_votes(
    run: Index,
    expected: Times,
    query: VideoPrint,
    reference: VideoPrint,
    evidence: PairEvidence,
    *,
    mirrored: bool,
) -> Times:
    low = np.maximum(np.searchsorted(reference.start, expected - HASH_REACH_S, side="right") - 1, 0)
    high = np.searchsorted(reference.start, expected + HASH_REACH_S, side="right")
    distance = evidence.of_hashes(run, low, high, mirrored=mirrored)
    votes = np.maximum(0.0, HASH_VOTES * (1 - distance / HASH_RADIUS))
    return np.where(query.quality[run] < MIN_QUALITY, np.minimum(votes, FLAT_VOTES), votes)


def hit_runs(trace: Trace, *, min_length_s: float) -> list[slice]:
    """Stretches of a trace whose hits are at most `GAP_S` apart.

    Weak hits carry a run on; it begins and ends with hits by themselves, or right beside them.
    """
    hits = np.flatnonzero(trace.evidence >= WEAK_EVIDENCE)
    if not len(hits):
        return []
    breaks = np.flatnonzero(np.diff(trace.query_time[hits]) > GAP_S) + 1
    runs = []
    for group in np.split(hits, breaks):
        strong = group[trace.evidence[group] >= MIN_EVIDENCE]
        if len(strong) < MIN_STRONG_HITS:
            continue
        group = group[(group >= strong[0] - 1) & (group <= strong[-1] + 1)]
        first, last = int(group[0]), int(group[-1])
        length = trace.query_time[last] - trace.query_time[first]
        if len(group) >= MIN_HITS and length + _step(trace) >= min_length_s:
            runs.append(slice(first, last + 1))
    return runs


def _step(trace: Trace) -> float:
    return float(trace.query_time[1] - trace.query_time[0]) if len(trace.query_time) > 1 else 0.0


def fit_line(trace: Trace, line: Line) -> Line:
    """Correct speed and offset by the run's own hits, by weighted least squares.

    A speed other than 1 has to differ from it by `SURE` standard errors: over a short or still run many speeds fit.
    """
    rows = np.flatnonzero(
        (trace.evidence >= WEAK_EVIDENCE) & np.isfinite(trace.reference_time) & (trace.votes > 0)
    )
    begin, end = float(trace.query_time[0]), float(trace.query_time[-1])
    if len(rows) < 2:
        return replace(line, begin=begin, end=end)
    t, r, weight = trace.query_time[rows], trace.reference_time[rows], trace.votes[rows]
    away = t - np.average(t, weights=weight)
    spread = np.average(away**2, weights=weight)
    speed = float(np.average(away * r, weights=weight) / spread)
    if abs(speed - line.speed) > MAX_SPEED_CHANGE * line.speed:
        speed = line.speed
    if abs(speed - 1) < SURE * HIT_ERROR_S / np.sqrt(len(rows) * spread):
        speed = 1.0
    offset = float(np.average(r - speed * t, weights=weight))
    return replace(line, speed=speed, offset=offset, begin=begin, end=end)
