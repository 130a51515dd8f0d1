"""Reports against the truth → tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.audio.plan import Query
from benchmarks.audio.render import Truth
from benchmarks.tables import markdown

PLACED_S: Final = 0.5
"""Seconds by which a report may be off the line of the truth."""


@dataclass(frozen=True)
class Report:
    """A stretch that a method says is copied. Seconds; ``tempo`` and ``pitch`` as in `Truth`, 0 where it tells none."""

    reference: str
    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    similarity: float
    tempo: float = 0.0
    pitch: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What a method says of one query, and in how many seconds of the clock."""

    query: Query
    truths: Sequence[Truth]
    reports: Sequence[Report]
    seconds: float


@dataclass(frozen=True)
class Judged:
    """``found``: the best report of each truth, or None. ``elsewhere``: of a copied piece, at another place of it.
    ``false``: of a piece of which nothing is copied."""

    answer: Answer
    found: list[Report | None]
    elsewhere: list[Report]
    false: list[Report]


def judge(answer: Answer, works: dict[str, str]) -> Judged:
    """Compare with the truth; `works` names the recording that a piece is a version of."""
    found = []
    for truth in answer.truths:
        right = [report for report in answer.reports if _is_of(report, truth)]
        found.append(max(right, key=lambda report: _overlap(report, truth), default=None))
    copied = {works[truth.reference] for truth in answer.truths}
    others = [r for r in answer.reports if not any(_is_of(r, truth) for truth in answer.truths)]
    return Judged(
        answer,
        found,
        [report for report in others if works[report.reference] in copied],
        [report for report in others if works[report.reference] not in copied],
    )


def _is_of(report: Report, truth: Truth) -> bool:
    if report.reference != truth.reference or _overlap(report, truth) <= 0:
        return False
    middle = (max(report.query_start, truth.query_start) + min(report.query_end, truth.query_end)) / 2
    length = max(1e-6, report.query_end - report.query_start)
    slope = (report.reference_end - report.reference_start) / length
    told = report.reference_start + (middle - report.query_start) * slope
    return abs(told - (truth.reference_start + (middle - truth.query_start) * truth.tempo)) <= PLACED_S


def _overlap(report: Report, truth: Truth) -> float:
    return min(report.query_end, truth.query_end) - max(report.query_start, truth.query_start)


HEAD: Final = (
    "copies", "found", "boundaries s, median / p95", "tempo off, median / p95 %", "pitch off, median / p95 %",
    "elsewhere in it", "false matches",
)  # fmt: skip


def table(judged: Sequence[Judged], name: str, key: Callable[[Query], str]) -> str:
    """One row for each value of `key`, in the order in which they come, and one for all."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(key(one.answer.query), []).append(one)
    rows = [(label, *row(members)) for label, members in groups.items()]
    return markdown((name, *HEAD), [*rows, ("**all**", *row(judged))])


def row(judged: Sequence[Judged]) -> tuple[str, ...]:
    """The cells of `HEAD`."""
    pairs = [
        (report, truth) for one in judged for report, truth in zip(one.found, one.answer.truths, strict=True)
    ]
    right = [(report, truth) for report, truth in pairs if report is not None]
    edges = [
        abs(told - true)
        for report, truth in right
        for told, true in (
            (report.query_start, truth.query_start),
            (report.query_end, truth.query_end),
        )
    ]
    tempo = [abs(report.tempo / truth.tempo - 1) * 100 for report, truth in right if report.tempo]
    pitch = [abs(report.pitch / truth.pitch - 1) * 100 for report, truth in right if report.pitch]
    return (
        str(len(pairs)),
        f"{len(right) / len(pairs):.3f}" if pairs else "",
        _spread(edges),
        _spread(tempo),
        _spread(pitch),
        str(sum(len(one.elsewhere) for one in judged)),
        str(sum(len(one.false) for one in judged)),
    )


def _spread(values: Iterable[float]) -> str:
    some = list(values)
    return f"{np.median(some):.2f} / {np.percentile(some, 95):.2f}" if some else ""


def listing(judged: Sequence[Judged]) -> str:
    """Every miss and every false match, one a line."""
    lines = []
    for one in judged:
        for report, truth in zip(one.found, one.answer.truths, strict=True):
            if report is None:
                lines.append(f"miss\t{one.answer.query.id}\t{truth}")
        lines += [f"elsewhere\t{one.answer.query.id}\t{report}" for report in one.elsewhere]
        lines += [f"false\t{one.answer.query.id}\t{report}" for report in one.false]
    return "\n".join(lines) + "\n"
