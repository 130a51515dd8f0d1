"""Which segments does a search with exact neighbours report, and how many of these does the index's own report?

The exact one compares every point looked up with every stored one, and all pairs vote; what comes after is the same.
That is a minute of processor time for a query even in the smallest library, and grows with it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

from benchmarks.accuracy.growth import Task, build_index, read_print
from benchmarks.accuracy.method import Report
from benchmarks.accuracy.plan import Split
from benchmarks.accuracy.score import touches
from benchmarks.accuracy.shotprint_method import reports
from benchmarks.tables import markdown
from shotprint.engine.index import matches
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.index.neighbours import ExactNeighbours
from shotprint.engine.types import Fingerprint

Told = Mapping[str, list[Report]]


def exact_table(
    split: Split,
    references: dict[str, Path],
    queries: dict[str, Path],
    strangers: list[Path],
    hours: float,
    every: int,
) -> str:
    """For the split's queries, or each so-many-th of them, in a library of its references and generated hours."""
    asked = {key: read_print(path) for key, path in list(queries.items())[::every]}
    with tempfile.TemporaryDirectory() as folder:
        task = Task(split, references, queries, strangers, hours, Path(folder))
        index = LibraryIndex.open(build_index(task))
        own = _told(index, asked)
        for segment in index._segments():
            vars(segment)["neighbours"] = ExactNeighbours(  # where the cached ones were
                segment.arrays["descriptor"], matches.LOOKUP_RADIUS
            )
        with mock.patch.object(matches, "MOST_PAIRS", sys.maxsize):
            exact = _told(index, asked)
    row = (f"{hours:g}", str(len(asked)), shared(exact, own), shared(own, exact))
    return markdown(
        ("generated hours", "queries", "exact segments found too", "own segments exact too"), [row]
    )


def _told(index: LibraryIndex, asked: Mapping[str, Fingerprint]) -> Told:
    return {key: reports(index.search(query)) for key, query in asked.items()}


def shared(these: Told, those: Told) -> str:
    """How many of the former are among the latter: of the same reference, with time in common on both sides."""
    also = [
        any(report.reference == other.reference and touches(report.box, other.box) for other in those[key])
        for key, told in these.items()
        for report in told
    ]
    return f"{sum(also)} of {len(also)}"
