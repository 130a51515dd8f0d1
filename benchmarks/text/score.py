"""Precision, recall, granularity and PlagDet, over characters.

After Potthast, Stein, Barrón-Cedeño and Rosso, "An Evaluation Framework for Plagiarism Detection" (COLING 2010),
section 4: macro-averaged over cases and reports. A case and a report are sets of characters of the query and of the
reference; a report detects a case of the same reference when they share characters on both sides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True)
class Pair:
    """A case or a report: spans of the query and of a reference, from the first character to behind the last."""

    query: Span
    reference: Span
    text: str


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float
    granularity: float

    @property
    def plagdet(self) -> float:
        both = self.precision + self.recall
        f1 = 2 * self.precision * self.recall / both if both else 0.0
        return f1 / math.log2(1 + self.granularity)


def score(truth: Mapping[str, Sequence[Pair]], reports: Mapping[str, Sequence[Pair]]) -> Score:
    """Of all queries, by name, together. Without reports precision is 0; without cases recall is."""
    precisions, recalls, detected = [], [], []
    for query in truth.keys() | reports.keys():
        cases, told = truth.get(query, ()), reports.get(query, ())
        precisions += [_covered(report, [case for case in cases if _meet(case, report)]) for report in told]
        for case in cases:
            meeting = [report for report in told if _meet(case, report)]
            recalls.append(_covered(case, meeting))
            if meeting:
                detected.append(len(meeting))
    return Score(_mean(precisions), _mean(recalls), _mean(detected) if detected else 1.0)


def _meet(one: Pair, other: Pair) -> bool:
    return (
        one.text == other.text
        and _shared(one.query, other.query) is not None
        and _shared(one.reference, other.reference) is not None
    )


def _covered(one: Pair, others: Sequence[Pair]) -> float:
    """Share of the characters of both sides that some of the others have as well."""
    ours = _union(_shared(one.query, other.query) for other in others)
    theirs = _union(_shared(one.reference, other.reference) for other in others)
    return (ours + theirs) / (one.query[1] - one.query[0] + one.reference[1] - one.reference[0])


def _shared(one: Span, other: Span) -> Span | None:
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def _union(spans: Iterable[Span | None]) -> int:
    total, reached = 0, -1
    for start, end in sorted(span for span in spans if span is not None):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
