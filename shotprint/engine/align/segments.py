"""Lines of one query and one reference → segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.pair_evidence import PairEvidence
from shotprint.engine.align.path import WEAK_EVIDENCE, Trace, fit_line, hit_runs, trace_line
from shotprint.engine.align.picture_transform import consistency, describe_transform
from shotprint.engine.align.score import segment_similarity
from shotprint.engine.types import FramePair, Segment
from shotprint.engine.video.local_features import POSITION_STEPS
from shotprint.engine.video.picture_hash import distances
from shotprint.engine.video.prints import VideoPrint

MAX_OVERLAP: Final = 0.5
"""Of two segments that share more of the query than this, the weaker is the same copy seen worse."""
PLAIN_SPEED_PREFERENCE: Final = 1.05
"""Of two lines through a nearly still scene the one at speed 1 is right unless the other agrees this much better."""
EVIDENCE_PAIRS: Final = 5


def align(
    query: VideoPrint, reference: VideoPrint, lines: Sequence[Line], *, min_length_s: float
) -> list[Segment]:
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
    evidence = PairEvidence(query, reference)
    step = query.preset.query_key_step / query.preset.grid_rate
    found = []
    for line in lines:
        trace = trace_line(line, query, reference, evidence)
        for rows in hit_runs(trace, min_length_s=min_length_s):
            run = trace.part(rows)
            fitted = fit_line(run, line)
            agreement = float(run.agreement.sum()) * (PLAIN_SPEED_PREFERENCE if fitted.speed == 1.0 else 1.0)
            segment = _segment(trace, rows, fitted, query, reference)
            length = (
                segment.query_end - segment.query_start
            )  # less than the run's where one of the files ends
            if length + step >= min_length_s:
                found.append((agreement, segment))
    return _without_repeats(found)


def _segment(trace: Trace, rows: slice, line: Line, query: VideoPrint, reference: VideoPrint) -> Segment:
    run = trace.part(rows)
    start = _boundary(trace, rows.start - 1, rows.start, query, otherwise=0.0)
    end = _boundary(trace, rows.stop - 1, rows.stop, query, otherwise=query.duration)
    low, high = (
        np.clip((edge - line.offset) / line.speed, 0, query.duration) for edge in (0, reference.duration)
    )
    start, end = max(start, float(low)), min(end, float(high))
    unit = 1 / POSITION_STEPS
    middle = len(run.query_key) // 2
    transform = describe_transform(
        run.matrix,
        run.votes,
        query.key_extent[run.query_key[middle]] * unit,
        np.median(reference.key_extent, axis=0) * unit,
        mirrored=line.mirrored,
    )
    alike = consistency(run.matrix, run.votes)
    telling = ~run.flat | (
        run.evidence > 0
    )  # that nothing is seen where there is nothing to see proves nothing
    similarity = segment_similarity(
        (run.evidence * alike)[telling], run.query_key[telling], plain_speed=line.speed == 1.0
    )
    reference_start, reference_end = line.speed * start + line.offset, line.speed * end + line.offset
    return Segment(
        query_start=round(start, 3),
        query_end=round(end, 3),
        reference_start=round(max(0.0, reference_start), 3),
        reference_end=round(min(reference.duration, reference_end), 3),
        similarity=round(similarity, 4),
        speed=round(line.speed, 4),
        transform=transform,
        evidence=_evidence_pairs(run, line),
    )


def _boundary(trace: Trace, before: int, after: int, query: VideoPrint, *, otherwise: float) -> float:
    """The moment between two neighbouring moments of the trace, one of them the last (or first) hit, at which the
    query's picture changes most: a splice is a cut. `otherwise` where the trace ends."""
    if before < 0 or after >= len(trace.query_time):
        edge = float(trace.query_time[min(max(before, 0), len(trace.query_time) - 1)])
        step = query.preset.query_key_step / query.preset.grid_rate
        return (
            otherwise if abs(otherwise - edge) <= 2 * step else edge + step * (0.5 if before >= 0 else -0.5)
        )
    low, high = float(trace.query_time[before]), float(trace.query_time[after])
    first = int(np.searchsorted(query.start, low, side="right"))
    last = int(np.searchsorted(query.start, high, side="right"))
    if first >= last or first == 0:
        return (low + high) / 2
    runs = np.arange(first, last)
    jump = np.array([distances(query.hash[r : r + 1], query.hash[r - 1 : r])[0, 0] for r in runs])
    return float(query.start[runs[int(np.argmax(jump))]])


def _evidence_pairs(run: Trace, line: Line) -> tuple[FramePair, ...]:
    """A few moments spread over the segment, each the best around."""
    parts = np.array_split(np.arange(len(run.query_time)), EVIDENCE_PAIRS)
    best = [int(part[np.argmax(run.evidence[part])]) for part in parts if len(part)]
    return tuple(
        FramePair(
            query_time=round(float(run.query_time[row]), 3),
            reference_time=round(max(0.0, float(line.speed * run.query_time[row] + line.offset)), 3),
            votes=round(float(run.evidence[row]), 1),
        )
        for row in best
        if run.evidence[row] >= WEAK_EVIDENCE
    )


def _without_repeats(found: list[tuple[float, Segment]]) -> list[Segment]:
    """Of segments that claim the same stretch of the query, the one whose pictures agree best."""
    kept: list[Segment] = []
    for _, segment in sorted(
        found, key=lambda entry: (-entry[0], entry[1].query_start, entry[1].reference_start)
    ):
        if segment.query_end > segment.query_start and not any(_is_same(segment, other) for other in kept):
            kept.append(segment)
    return sorted(kept, key=lambda s: (s.query_start, s.reference_start))


def _is_same(segment: Segment, other: Segment) -> bool:
    shared = min(segment.query_end, other.query_end) - max(segment.query_start, other.query_start)
    return shared > MAX_OVERLAP * (segment.query_end - segment.query_start)
