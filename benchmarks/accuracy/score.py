"""Found segments against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.build import Query, Truth
from shotprint.engine.types import Match, Segment


@dataclass(frozen=True)
class Outcome:
    """One true segment: the most similar found one that overlaps it on both time lines, or None."""

    edit: str
    truth: Truth
    found: Segment | None

    def boundary_errors(self) -> list[float]:
        """Seconds by which start and end are off, on the query's side and on the reference's."""
        if self.found is None:
            return []
        names = ("query_start", "query_end", "reference_start", "reference_end")
        return [abs(getattr(self.found, name) - getattr(self.truth, name)) for name in names]


@dataclass(frozen=True)
class FalseMatch:
    """A found segment that overlaps no true one."""

    query: str
    reference: str
    segment: Segment


def compare(query: Query, matches: Sequence[Match]) -> tuple[list[Outcome], list[FalseMatch]]:
    """What became of each true segment, and what was found besides."""
    found = [(match.reference, segment) for match in matches for segment in match.segments]
    outcomes = []
    for truth in query.truth:
        right = [segment for reference, segment in found if _agree(truth, reference, segment)]
        outcomes.append(Outcome(query.edit, truth, max(right, key=lambda s: s.similarity, default=None)))
    false = [
        FalseMatch(query.name, reference, segment)
        for reference, segment in found
        if not any(_agree(truth, reference, segment) for truth in query.truth)
    ]
    return outcomes, false


def summary(outcomes: Iterable[Outcome]) -> tuple[int, float, float, float]:
    """Count, share found, and median and 95th percentile of the boundary errors in seconds."""
    outcomes = list(outcomes)
    errors = [error for outcome in outcomes for error in outcome.boundary_errors()]
    share = float(np.mean([outcome.found is not None for outcome in outcomes]))
    median, high = np.percentile(errors, (50, 95)) if errors else (float("nan"), float("nan"))
    return len(outcomes), share, float(median), float(high)


def _agree(truth: Truth, reference: str, segment: Segment) -> bool:
    return (
        truth.reference == reference
        and min(truth.query_end, segment.query_end) > max(truth.query_start, segment.query_start)
        and min(truth.reference_end, segment.reference_end)
        > max(truth.reference_start, segment.reference_start)
    )
