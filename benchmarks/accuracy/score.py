"""How good a list of reported segments is, given the truth.

A `Box` is a stretch of a query that is a stretch of a reference: four times in seconds. Truth and reports are lists of
boxes for each pair of a query and a reference.

* Segment uAP: the micro average precision of the Video Similarity Challenge 2022 (matching track).
* Precision, recall, F1 of segments: those of VCSL (He et al., 2022).
* Found, overlap, boundary errors and false matches: the plain counts of this benchmark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
"""A query's id and a reference's key."""

Interval = tuple[float, float]

EPSILON = 1e-6
"""VCSL adds it to its denominators."""


@dataclass(frozen=True)
class Box:
    """Seconds; `score` counts for reports only."""

    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    score: float = 0.0

    @property
    def query(self) -> Interval:
        return self.query_start, self.query_end

    @property
    def reference(self) -> Interval:
        return self.reference_start, self.reference_end


def length(interval: Interval) -> float:
    return max(0.0, interval[1] - interval[0])


def common(a: Interval, b: Interval) -> Interval:
    return max(a[0], b[0]), min(a[1], b[1])


def touches(a: Box, b: Box) -> bool:
    """Their rectangles share some area."""
    return length(common(a.query, b.query)) > 0 and length(common(a.reference, b.reference)) > 0


def union_length(intervals: Iterable[Interval]) -> float:
    total, reached = 0.0, -math.inf
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


@dataclass
class _Axes:
    """Of one pair: how long the reports are, and how much of that is true, on the query's and the reference's axis."""

    reported: tuple[float, float] = (0.0, 0.0)
    right: tuple[float, float] = (0.0, 0.0)


def segment_uap(truth: Mapping[Pair, Sequence[Box]], reports: Mapping[Pair, Sequence[Box]]) -> float:
    """VSC 2022's segment micro average precision, 0 to 1.

    Reports come in by falling score, those of equal score together. After each group, over all pairs:
    precision = sqrt of the product over both axes of (reported and true / reported),
    recall = sqrt of the product over both axes of (reported and true / true),
    where "true" counts only the true boxes of the pair that some report touches, and lengths are those of unions.
    The result is the sum of precision times the rise of recall.
    """
    needed = [sum(union_length(_axis(boxes, axis)) for boxes in truth.values()) for axis in (0, 1)]
    if min(needed) <= 0:
        return 0.0
    ranked = sorted(
        ((box.score, pair, box) for pair, boxes in reports.items() for box in boxes), key=lambda r: -r[0]
    )
    seen: dict[Pair, list[Box]] = {}
    axes: dict[Pair, _Axes] = {}
    reported, right = [0.0, 0.0], [0.0, 0.0]
    uap = recall = 0.0
    at = 0
    while at < len(ranked):
        changed = set()
        score = ranked[at][0]
        while at < len(ranked) and ranked[at][0] == score:
            _, pair, box = ranked[at]
            seen.setdefault(pair, []).append(box)
            changed.add(pair)
            at += 1
        for pair in changed:
            old, new = axes.get(pair, _Axes()), _pair_axes(truth.get(pair, ()), seen[pair])
            axes[pair] = new
            for axis in (0, 1):
                reported[axis] += new.reported[axis] - old.reported[axis]
                right[axis] += new.right[axis] - old.right[axis]
        if min(reported) <= 0:
            continue
        precision = math.sqrt(right[0] / reported[0] * right[1] / reported[1])
        now = math.sqrt(right[0] / needed[0] * right[1] / needed[1])
        uap += precision * (now - recall)
        recall = now
    return uap


def _axis(boxes: Iterable[Box], axis: int) -> list[Interval]:
    return [box.reference if axis else box.query for box in boxes]


def _pair_axes(truth: Sequence[Box], reports: Sequence[Box]) -> _Axes:
    touched = [true for true in truth if any(touches(true, box) for box in reports)]
    told, right = [], []
    for axis in (0, 1):
        a, b = _axis(reports, axis), _axis(touched, axis)
        told.append(union_length(a))
        right.append(union_length(a) + union_length(b) - union_length([*a, *b]))
    return _Axes((told[0], told[1]), (right[0], right[1]))


@dataclass(frozen=True)
class Shares:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def vcsl_pair(truth: Sequence[Box], reports: Sequence[Box]) -> Shares:
    """VCSL's precision and recall of one pair; (0, 1) for reports without truth, (1, 0) for truth without reports."""
    if not truth or not reports:
        return Shares(0.0 if reports else 1.0, 0.0 if truth else 1.0)
    return Shares(_covered(reports, truth), _covered(truth, reports))


def _covered(boxes: Sequence[Box], by: Sequence[Box]) -> float:
    """How much of `boxes` the others cover: the product of the shares on both axes."""
    shares = []
    for axis in (0, 1):
        inside = 0.0
        for box in boxes:
            cuts = [
                common(own, other)
                for own, other in zip(_axis([box] * len(by), axis), _axis(by, axis), strict=True)
            ]
            inside += union_length(cut for cut, other in zip(cuts, by, strict=True) if touches(box, other))
        shares.append(inside / (sum(map(length, _axis(boxes, axis))) + EPSILON))
    return shares[0] * shares[1]


def vcsl(truth: Mapping[Pair, Sequence[Box]], reports: Mapping[Pair, Sequence[Box]]) -> Shares:
    """VCSL's micro average: precision over the pairs that have reports, recall over those that have truth."""
    pairs = {
        pair: vcsl_pair(truth.get(pair, ()), reports.get(pair, ()))
        for pair in {*truth, *reports}
        if truth.get(pair) or reports.get(pair)
    }
    precisions = [shares.precision for pair, shares in pairs.items() if reports.get(pair)]
    recalls = [shares.recall for pair, shares in pairs.items() if truth.get(pair)]
    return Shares(_mean(precisions), _mean(recalls))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


@dataclass(frozen=True)
class Placed:
    """What became of one true box.

    Attributes
    ----------
    overlap : intersection over union with the reports that touch it; the root of the product over both axes.
    query_errors, reference_errors : seconds by which start and end of the report that overlaps it most are off,
        end-points beyond each other positive or negative alike taken as they are: absolute values.
    """

    found: bool
    overlap: float = 0.0
    query_errors: tuple[float, ...] = ()
    reference_errors: tuple[float, ...] = ()


def place(true: Box, reports: Sequence[Box], others: Sequence[Box] = ()) -> Placed:
    """Look for one true box in the reports of its pair. `others` are the other true boxes of the pair: what a report
    shares with them is not held against this one."""
    touching = [box for box in reports if touches(true, box)]
    if not touching:
        return Placed(found=False)
    shares = []
    for axis in (0, 1):
        own, told, else_true = _axis([true], axis), _axis(touching, axis), _axis(others, axis)
        inside = union_length(
            common(own[0], interval) for interval in told if length(common(own[0], interval)) > 0
        )
        beyond = union_length([*told, *own, *else_true]) - union_length([*own, *else_true])
        shares.append(inside / (length(own[0]) + beyond))
    best = max(touching, key=lambda box: length(common(true.query, box.query)))
    return Placed(
        found=True,
        overlap=math.sqrt(shares[0] * shares[1]),
        query_errors=(abs(best.query_start - true.query_start), abs(best.query_end - true.query_end)),
        reference_errors=(
            abs(best.reference_start - true.reference_start),
            abs(best.reference_end - true.reference_end),
        ),
    )


def false_reports(truth: Sequence[Box], reports: Sequence[Box]) -> list[Box]:
    """The reports of a pair that touch none of its true boxes."""
    return [box for box in reports if not any(touches(true, box) for true in truth)]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed; NaN of none."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan
