"""Tables of one run for people, and everything that was predicted for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.accuracy.edits import CLASSES
from benchmarks.accuracy.judge import Copy, Judged, counted, share
from benchmarks.accuracy.measure import Searched
from benchmarks.accuracy.plan import Split
from benchmarks.accuracy.recipe import plain_values
from benchmarks.accuracy.score import quantile
from benchmarks.tables import markdown

HEAD = (
    "method", "segment uAP", "precision", "recall", "F1", "found", "false matches", "a query hour",
    "query s, median / p95", "reference s, median / p95", "search s / min", "describe s / min",
)  # fmt: skip
COPY_HEAD = (
    "copies",
    "found",
    "with no threshold",
    "overlap",
    "query s, median / p95",
    "reference s, median / p95",
)


def summary_row(title: str, judged: Judged) -> tuple[str, ...]:
    return (
        title, f"{judged.uap:.3f}", f"{judged.shares.precision:.2f}", f"{judged.shares.recall:.2f}",
        f"{judged.shares.f1:.2f}", f"{judged.found:.2f}", str(len(judged.false)),
        f"{len(judged.false) / judged.query_hours:.0f}", *_errors(judged.copies),
        f"{judged.search_share:.2f}", f"{judged.describe_share:.2f}",
    )  # fmt: skip


def tables(title: str, judged: Judged) -> str:
    """All tables of one method on one split."""
    blocks = [markdown(HEAD, [summary_row(title, judged)])]
    groups: list[tuple[str, str, Callable[[Copy], str]]] = [
        ("class of edit", "", _class_of),
        ("strength", "", lambda copy: str(copy.truth.strength)),
        ("look of the reference", "", lambda copy: copy.truth.look),
        ("edit", "", lambda copy: f"{copy.truth.kind}: {copy.truth.edit}"),
    ]
    for name, _, group_of in groups:
        blocks.append(markdown((name, *COPY_HEAD), _grouped(judged.copies, group_of)))
    blocks.append(markdown(("false matches: what was mistaken", "number"), counted(judged.false)))
    blocks.append(
        f"{judged.without_copy} queries without a copy, {judged.query_hours * 60:.0f} minutes of query in all. "
        f"Reports of the shared intro, counted neither way: {judged.intros}. "
        f"Describing references: {judged.references_share:.2f} s a minute."
    )
    return "\n\n".join(blocks)


def _class_of(copy: Copy) -> str:
    return copy.truth.kind if copy.truth.view == "whole" else f"{copy.truth.kind}: {copy.truth.view}"


def _grouped(copies: Sequence[Copy], group_of: Callable[[Copy], str]) -> list[tuple[str, ...]]:
    groups: dict[str, list[Copy]] = {}
    for copy in copies:
        groups.setdefault(group_of(copy), []).append(copy)
    order = {name: number for number, name in enumerate(CLASSES)}
    ranked = sorted(groups.items(), key=lambda group: (order.get(group[0].partition(":")[0], 99), group[0]))
    return [(name, *_copy_cells(members)) for name, members in ranked] + [("**all**", *_copy_cells(copies))]


def _copy_cells(copies: Sequence[Copy]) -> tuple[str, ...]:
    found = [copy for copy in copies if copy.placed.found]
    overlap = sum(copy.placed.overlap for copy in found) / len(found) if found else 0.0
    shares = share(copy.placed.found for copy in copies), share(copy.anyhow for copy in copies)
    return (str(len(copies)), *(f"{value:.2f}" for value in shares), f"{overlap:.2f}", *_errors(copies))


def _errors(copies: Sequence[Copy]) -> tuple[str, str]:
    query = [error for copy in copies for error in copy.placed.query_errors]
    reference = [error for copy in copies for error in copy.placed.reference_errors]
    cells = [f"{quantile(e, 0.5):.2f} / {quantile(e, 0.95):.2f}" if e else "-" for e in (query, reference)]
    return cells[0], cells[1]


def listing(judged: Judged) -> str:
    """Every miss and every false match, one a line."""
    lines = ["# Missed", ""]
    for copy in judged.copies:
        if not copy.placed.found:
            true = copy.truth
            state = "below the threshold" if copy.anyhow else "not seen"
            lines.append(
                f"{copy.query}  {true.edit} ({true.view}, {true.look})  {_times(true.query_start, true.query_end)} of "
                f"{true.reference} {_times(true.reference_start, true.reference_end)}  {state}"
            )
    lines += ["", "# False matches", ""]
    for false in sorted(judged.false, key=lambda match: (match.kind, -match.report.box.score)):
        box = false.report.box
        lines.append(
            f"{false.query}  {false.kind}  {_times(box.query_start, box.query_end)} as {false.report.reference} "
            f"{_times(box.reference_start, box.reference_end)}  score {box.score:.3f}  {false.report.details}"
        )
    lines += ["", "# Found, but badly placed (overlap under 0.5)", ""]
    for copy in judged.copies:
        if copy.placed.found and copy.placed.overlap < 0.5:
            true, placed = copy.truth, copy.placed
            lines.append(
                f"{copy.query}  {true.edit} ({true.view}, {true.look})  {_times(true.query_start, true.query_end)} of "
                f"{true.reference} {_times(true.reference_start, true.reference_end)}  overlap {placed.overlap:.2f}  "
                f"off by {_rounded(placed.query_errors)} in the query, {_rounded(placed.reference_errors)} beside"
            )
    return "\n".join(lines) + "\n"


def _times(start: float, end: float) -> str:
    return f"{start:.2f}-{end:.2f}"


def _rounded(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def write_everything(path: Path, split: Split, searched: dict[str, Searched], files: dict[str, Path]) -> None:
    """One JSON: each query with its file, its truth and all that was reported."""
    told = [
        {
            **plain_values(query),
            "file": str(files[query.id]),
            "reported": [asdict(report) for report in searched[query.id].found.default],
            "reported_without_threshold": [asdict(report) for report in searched[query.id].found.all],
            "search_s": searched[query.id].search_s,
        }
        for query in split.queries
    ]
    path.write_text(json.dumps(told, indent=1))
