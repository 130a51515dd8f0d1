"""Which segments does a search tell that looks ten times as far, and how many of these does the index's own tell?

An exact search, every point against every stored one, is out of reach: some 10^9 pairs are near for eight seconds of
query in a library of 20 hours. This one looks into ten times the buckets, reads them whole and lets all pairs vote.
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
from shotprint.engine.index import buckets, matches
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.types import Fingerprint

Told = Mapping[str, list[Report]]


PROBES = 400
MAX_BUCKET = 256


def wider_table(
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
        with (
            mock.patch.object(buckets, "PROBES", PROBES),
            mock.patch.object(buckets, "MAX_BUCKET", MAX_BUCKET),
            mock.patch.object(buckets, "MOST_PLACES", sys.maxsize >> 32),
            mock.patch.object(matches, "MOST_PAIRS", sys.maxsize),
        ):
            wider = _told(index, asked)
    row = (f"{hours:g}", str(len(asked)), shared(wider, own), shared(own, wider))
    return markdown(
        ("generated hours", "queries", "segments of the wider search told too", "own segments told by it"),
        [row],
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
