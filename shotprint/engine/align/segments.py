"""Lines of one query and one reference → segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.pair_evidence import PairEvidence
from shotprint.engine.align.path import LineFollower, Run
from shotprint.engine.align.picture_transform import consistency, describe_transform, middle_map
from shotprint.engine.align.placing import EXACT_S
from shotprint.engine.align.score import MOVES, MOVING_VOTES, Proof, prove
from shotprint.engine.align.second_look import Overlay
from shotprint.engine.types import FramePair, Segment
from shotprint.engine.video.local_features import POSITION_STEPS
from shotprint.engine.video.prints import VideoPrint

MAX_OVERLAP: Final = 0.5
"""Of two segments that share more of the query than this, the weaker is the same copy seen worse."""
EVIDENCE_PAIRS: Final = 5
KEY_REACH_S: Final = 1.1
"""Key frames of a reference are a second apart."""
PROBES: Final = 10
"""Key frames of a run whose points are compared."""
MIN_MAP_VOTES: Final = 5
"""Points in place from which a pair of key frames tells how the picture was moved."""
STILL_RANK: Final = 0.6
"""Of two runs in the same place one in which something moves is the surer."""
CLEAR: Final = 0.8
"""Similarity, and agreement below, from which a segment needs no rival looked at."""
CLEAR_AGREEMENT: Final = 0.7
STILL_LOOK_VOTES: Final = 14.0
"""What pictures that look the same are worth, in votes, where nothing moves and local features find nothing: a plain
slide looks like many, and by itself stays under the default threshold."""


@dataclass(frozen=True)
class Aligned:
    """A stretch that may be a copy, what it was judged by, and where the picture lies."""

    segment: Segment
    proof: Proof
    overlay: Overlay


def align(
    query: VideoPrint, reference: VideoPrint, lines: Sequence[Line], *, min_length_s: float
) -> list[Aligned]:
    """Follow each line and keep the stretches that are copies, in query order.

    Parameters
    ----------
    query, reference : VideoPrint
        Of the same preset.
    lines : sequence of Line
        Where to look; the strongest first.
    min_length_s : float
        Shorter segments are dropped.
    """
    if not len(query.start) or not len(reference.start):
        return []
    pairs = PairEvidence(query, reference)
    found: list[tuple[float, Aligned]] = []
    for line in lines:
        if _is_explained(line, found):
            continue
        follower = LineFollower(query, reference, _overlay(query, reference, line, pairs))
        if not follower.can_see:
            continue
        for run in follower.follow(line, min_length_s=min_length_s):
            if run.line.speed != 1.0 and run.moves < MOVES:
                continue  # what stands still has no speed
            aligned, strength = _segment(run, query, reference, pairs)
            if aligned.segment.query_end - aligned.segment.query_start + 0.25 >= min_length_s:
                found.append((strength, aligned))
    found = [
        (agreement * one.segment.similarity * np.sqrt(one.segment.query_end - one.segment.query_start), one)
        for agreement, one in found
    ]
    return _without_repeats(found)


def _is_explained(line: Line, found: Sequence[tuple[float, Aligned]]) -> bool:
    """Whether a segment that is beyond doubt already covers the stretch of the query that the line is about."""
    return any(
        segment.similarity >= CLEAR
        and strength >= CLEAR_AGREEMENT
        and segment.transform.mirrored == line.mirrored
        and segment.query_start <= line.begin + 0.5
        and segment.query_end >= line.end - 0.5
        for strength, segment in ((strength, one.segment) for strength, one in found)
    )


def _extents(query: VideoPrint, reference: VideoPrint) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    unit = 1 / POSITION_STEPS
    return np.median(query.key_extent, axis=0) * unit, np.median(reference.key_extent, axis=0) * unit


def _overlay(query: VideoPrint, reference: VideoPrint, line: Line, pairs: PairEvidence) -> Overlay:
    """How the reference's picture lies on the query's, from the line's own best hits."""
    votes, matrix = _votes_along(query, reference, line, line.moments, pairs)
    good = votes >= MIN_MAP_VOTES
    if not good.any():
        return Overlay.whole(mirrored=line.mirrored)
    common = middle_map(matrix[good], votes[good].astype(np.float64))
    return Overlay.of(common, *_extents(query, reference), mirrored=line.mirrored)


def _votes_along(
    query: VideoPrint, reference: VideoPrint, line: Line, times: NDArray[np.float64], pairs: PairEvidence
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """At each moment of the line: votes and map of the best pair of key frames around."""
    key = np.searchsorted(query.key_start(), times + 1e-4, side="right") - 1
    expected = line.at(times)
    near = np.searchsorted(reference.key_start(), expected, side="right") - 1
    votes, matrix = np.zeros(len(times), dtype=np.int64), np.zeros((len(times), 2, 3))
    start, end = reference.key_start(), reference.key_end()
    for step in (0, 1):
        other = np.clip(near + step, 0, max(0, reference.key_count - 1))
        usable = (
            (key >= 0) & (start[other] <= expected + KEY_REACH_S) & (end[other] >= expected - KEY_REACH_S)
        )
        rows = np.flatnonzero(usable)
        if not len(rows):
            continue
        found = pairs.of_keys(key[rows], other[rows], mirrored=line.mirrored)
        better = found.votes > votes[rows]
        votes[rows[better]], matrix[rows[better]] = found.votes[better], found.matrix[better]
    return votes, matrix


def _segment(
    run: Run, query: VideoPrint, reference: VideoPrint, pairs: PairEvidence
) -> tuple[Aligned, float]:
    line = run.line
    start, end = _ends(run, query, reference)
    keys = np.unique(np.searchsorted(query.key_start(), run.times + 1e-4, side="right") - 1)
    keys = keys[keys >= 0]
    probes = keys[np.unique(np.linspace(0, len(keys) - 1, PROBES).astype(np.int64))] if len(keys) else keys
    moments = np.maximum(query.key_start()[probes].astype(np.float64), run.times[0])
    votes, matrix = _votes_along(query, reference, line, moments, pairs)
    look = np.interp(moments, run.times, run.agreement)
    evidence = np.maximum(
        np.minimum(votes, 40) * consistency(matrix, votes.astype(np.float64)),
        (MOVING_VOTES if run.moves >= MOVES else STILL_LOOK_VOTES) * np.clip((look - 0.5) / 0.4, 0, 1),
    )
    transform = describe_transform(run.overlay.matrix, *_extents(query, reference), mirrored=line.mirrored)
    transform = replace(transform, covered=round(run.covered, 3))
    proof = prove(
        evidence,
        moving_s=run.moving_s,
        motion=run.motion,
        moves=run.moves,
        likeness=run.likeness,
        contradicted=run.contradicted,
        plain_speed=line.speed == 1.0,
    )
    reference_start, reference_end = (float(line.speed * edge + line.offset) for edge in (start, end))
    segment = Segment(
        query_start=round(start, 3),
        query_end=round(end, 3),
        reference_start=round(max(0.0, reference_start), 3),
        reference_end=round(min(reference.duration, reference_end), 3),
        similarity=round(proof.similarity, 4),
        speed=round(line.speed, 4),
        transform=transform,
        evidence=_evidence_pairs(moments, evidence, line),
    )
    agreement = float(np.minimum(run.agreement, 1).mean())
    return Aligned(segment, proof, run.overlay), agreement * (1.0 if run.moves >= MOVES else STILL_RANK)


def _ends(run: Run, query: VideoPrint, reference: VideoPrint) -> tuple[float, float]:
    """Start and end in the query: half a step beyond the first and last instant seen, or where a file ends."""
    step = 1 / query.preset.grid_rate
    line = run.line
    start, end = float(run.times[0]) - step / 2, float(run.times[-1]) + step / 2
    low, high = ((edge - line.offset) / line.speed for edge in (0.0, reference.duration))
    first = low if low > EXACT_S else 0.0  # a line is no more exact
    last = high if high < query.duration - EXACT_S else query.duration
    start = first if start <= first + step else start
    end = last if end >= last - step else end
    return max(start, first), min(end, last)


def _evidence_pairs(
    moments: NDArray[np.float64], evidence: NDArray[np.float64], line: Line
) -> tuple[FramePair, ...]:
    """A few moments spread over the segment, each the best around."""
    parts = np.array_split(np.arange(len(moments)), EVIDENCE_PAIRS)
    best = [int(part[np.argmax(evidence[part])]) for part in parts if len(part)]
    return tuple(
        FramePair(
            query_time=round(float(moments[row]), 3),
            reference_time=round(max(0.0, float(line.speed * moments[row] + line.offset)), 3),
            votes=round(float(evidence[row]), 1),
        )
        for row in best
        if evidence[row] > 0
    )


def _without_repeats(found: list[tuple[float, Aligned]]) -> list[Aligned]:
    """Of segments that claim the same stretch of the query, the one whose pictures agree best."""
    kept: list[Aligned] = []
    for _, one in sorted(found, key=lambda entry: (-entry[0], *_place(entry[1]))):
        segment = one.segment
        if segment.query_end > segment.query_start and not any(
            _is_same(segment, other.segment) for other in kept
        ):
            kept.append(one)
    return sorted(kept, key=_place)


def _place(one: Aligned) -> tuple[float, float]:
    return one.segment.query_start, one.segment.reference_start


def _is_same(segment: Segment, other: Segment) -> bool:
    shared = min(segment.query_end, other.query_end) - max(segment.query_start, other.query_start)
    return shared > MAX_OVERLAP * (segment.query_end - segment.query_start)
