"""From what a method reported to numbers: per class of edit, per look of the reference, per kind of negative."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.accuracy.measure import Searched
from benchmarks.accuracy.method import Report
from benchmarks.accuracy.plan import Split
from benchmarks.accuracy.recipe import Query, Reference, Truth
from benchmarks.accuracy.score import (
    Box,
    Pair,
    Placed,
    Shares,
    common,
    false_reports,
    length,
    place,
    segment_uap,
    vcsl,
)


@dataclass(frozen=True)
class Copy:
    """One true stretch and what became of it at the method's threshold; `anyhow` is whether it is found without."""

    query: str
    truth: Truth
    placed: Placed
    anyhow: bool


@dataclass(frozen=True)
class FalseMatch:
    query: str
    report: Report
    kind: str


@dataclass
class Judged:
    uap: float
    shares: Shares
    copies: list[Copy]
    false: list[FalseMatch]
    intros: int
    query_hours: float
    without_copy: int
    describe_share: float
    search_share: float
    references_share: float
    predictions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def found(self) -> float:
        return share(copy.placed.found for copy in self.copies)


def share(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else math.nan


def judge(split: Split, searched: dict[str, Searched], references_s: float) -> Judged:
    """Score one method on one split.

    Reports of a shared intro are neither right nor wrong: it was copied, but nobody wants to hear of it. They are
    counted apart.
    """
    references = {reference.key: reference for reference in split.references}
    truth: dict[Pair, list[Box]] = {}
    ranked: dict[Pair, list[Box]] = {}
    told: dict[Pair, list[Box]] = {}
    copies: list[Copy] = []
    false: list[FalseMatch] = []
    intros = 0
    for query in split.queries:
        found = searched[query.id].found
        default = [report for report in found.default if not _is_intro(query, report)]
        anyhow = [report for report in found.all if not _is_intro(query, report)]
        intros += len(found.default) - len(default)
        for true in query.truth:
            truth.setdefault((query.id, true.reference), []).append(_box(true))
        for into, reports in ((told, default), (ranked, anyhow)):
            for report in reports:
                into.setdefault((query.id, report.reference), []).append(report.box)
        copies += _copies(query, told, ranked)
        false += _false(query, default, references)
    seconds = sum(query.duration for query in split.queries)
    stored = sum(reference.duration for reference in split.references)
    return Judged(
        uap=segment_uap(truth, ranked),
        shares=vcsl(truth, told),
        copies=copies,
        false=false,
        intros=intros,
        query_hours=seconds / 3600,
        without_copy=sum(not query.truth for query in split.queries),
        describe_share=sum(s.describe_s for s in searched.values()) / seconds * 60,
        search_share=sum(s.search_s for s in searched.values()) / seconds * 60,
        references_share=references_s / stored * 60,
    )


def _box(truth: Truth) -> Box:
    return Box(truth.query_start, truth.query_end, truth.reference_start, truth.reference_end)


def _is_intro(query: Query, report: Report) -> bool:
    """At least half of it, on both time lines, is the intro."""
    return any(
        length(common(report.box.query, box.query)) >= length(report.box.query) / 2
        and length(common(report.box.reference, box.reference)) >= length(report.box.reference) / 2
        for intro in query.intro
        if intro.reference == report.reference
        for box in [_box(intro)]
    )


def _copies(query: Query, told: dict[Pair, list[Box]], ranked: dict[Pair, list[Box]]) -> list[Copy]:
    copies = []
    for true in query.truth:
        pair = (query.id, true.reference)
        others = [
            _box(other) for other in query.truth if other.reference == true.reference and other is not true
        ]
        placed = place(_box(true), told.get(pair, ()), others)
        copies.append(Copy(query.id, true, placed, place(_box(true), ranked.get(pair, ())).found))
    return copies


def _false(query: Query, reports: Sequence[Report], references: dict[str, Reference]) -> list[FalseMatch]:
    wrong = []
    for report in reports:
        true = [_box(other) for other in query.truth if other.reference == report.reference]
        if false_reports(true, [report.box]):
            wrong.append(FalseMatch(query.id, report, _kind(query, report, references[report.reference])))
    return wrong


def _kind(query: Query, report: Report, reference: Reference) -> str:
    """What was mistaken for the reference: the stretch of the query that the report covers most."""
    at = max(
        query.stretches, key=lambda stretch: length(common((stretch.start, stretch.end), report.box.query))
    )
    copied = at.origin == "copy"
    here = [
        t
        for t in query.truth
        if t.reference == reference.key and length(common((at.start, at.end), _box(t).query)) > 0
    ]
    if copied and here:
        return "right reference, wrong seconds"
    if at.scene == reference.scene:
        return "same scene, another recording"
    if at.series == reference.series:
        return "same series, another scene"
    if copied:
        return "copied stretch, unrelated reference"
    return "unrelated clip" if at.origin in ("foreign", "same scene", "same series") else at.origin


def counted(false: Sequence[FalseMatch]) -> list[tuple[str, int]]:
    return Counter(match.kind for match in false).most_common()
