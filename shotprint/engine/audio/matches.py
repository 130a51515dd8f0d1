"""Runs of all parts of a query in one stored sound → segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from shotprint.engine.audio.follow import Run
from shotprint.engine.audio.presets import AudioPreset
from shotprint.engine.audio.score import segment_similarity
from shotprint.engine.types import Segment

SAME_LINE_S: Final = 0.25
"""Two runs that lie so near to one line are one copy."""
GAP_S: Final = 2.0
"""Of which so much may not be recognised."""
COVERED: Final = 0.5
"""Of a run, the share of the query that better ones of the same sound may explain before it says nothing new: what
repeats in a piece agrees with itself at many places."""


@dataclass(frozen=True)
class _Span:
    """A run in seconds."""

    run: Run
    query_start: float
    query_end: float
    reference_start: float
    reference_end: float


def to_segments(runs: Sequence[Run], duration: float, preset: AudioPreset) -> list[Segment]:
    """The segments that runs of one reference make, in query order.

    Parameters
    ----------
    duration : of the query, in seconds.
    """
    chosen: list[_Span] = []
    for run in sorted(runs, key=lambda run: (-run.evidence, run.first, run.place.offset)):
        span = _span(run, duration, preset)
        if span.query_end <= span.query_start:
            continue
        joined = [other for other in chosen if _continues(span, other)]
        covered = sum(_overlap(span, other) for other in chosen if other not in joined)
        if covered <= COVERED * (span.query_end - span.query_start):
            chosen = [other for other in chosen if other not in joined]
            chosen.append(_join([span, *joined]))
    return [_segment(span, preset) for span in sorted(chosen, key=lambda span: span.query_start)]


def _span(run: Run, duration: float, preset: AudioPreset) -> _Span:
    size, frame = preset.look_frames, preset.frame_s
    begin, end = max(0, run.first - 1) * size, run.last * size  # each cell looks back at the one before
    query = [(edge - run.place.offset) / run.place.tempo * frame for edge in (begin, end)]
    start, stop = max(0.0, query[0]), min(duration, query[1])
    return _Span(
        run,
        start,
        stop,
        begin * frame + (start - query[0]) * run.place.tempo,
        end * frame - (query[1] - stop) * run.place.tempo,
    )


def _overlap(span: _Span, other: _Span) -> float:
    return max(0.0, min(span.query_end, other.query_end) - max(span.query_start, other.query_start))


def _continues(span: _Span, other: _Span) -> bool:
    """Whether two spans are stretches of one copy: on one line, and near each other."""
    earlier, later = sorted((span, other), key=lambda one: one.query_start)
    gap = later.query_start - earlier.query_end
    if gap > GAP_S or abs(span.run.place.shift - other.run.place.shift) > 1.0:
        return False
    at = min(earlier.query_end, later.query_end)
    at = max(at, later.query_start)
    return all(abs(_at(earlier, time) - _at(later, time)) <= SAME_LINE_S for time in (later.query_start, at))


def _at(span: _Span, time: float) -> float:
    return span.reference_start + (time - span.query_start) * span.run.place.tempo


def _join(spans: Sequence[_Span]) -> _Span:
    """One span of several on one line; what two of them have in common counts once."""
    if len(spans) == 1:
        return spans[0]
    best = max(spans, key=lambda span: span.run.evidence).run
    first = min(spans, key=lambda span: span.query_start)
    last = max(spans, key=lambda span: span.query_end)
    length = last.query_end - first.query_start
    total = sum(span.query_end - span.query_start for span in spans)
    once = min(1.0, length / total)
    tempo = (last.reference_end - first.reference_start) / length
    run = replace(
        best,
        place=replace(best.place, tempo=tempo),
        agreed=once * sum(span.run.agreed for span in spans),
        sure=once * sum(span.run.sure for span in spans),
        cells=round(once * sum(span.run.cells for span in spans)),
    )
    return _Span(run, first.query_start, last.query_end, first.reference_start, last.reference_end)


def _segment(span: _Span, preset: AudioPreset) -> Segment:
    return Segment(
        query_start=round(span.query_start, 3),
        query_end=round(span.query_end, 3),
        reference_start=round(span.reference_start, 3),
        reference_end=round(span.reference_end, 3),
        similarity=round(segment_similarity(span.run.evidence), 4),
        speed=round(span.run.place.tempo, 4),
        pitch=round(2 ** (span.run.place.shift / preset.bands_an_octave), 4),
        kind="audio",
    )
