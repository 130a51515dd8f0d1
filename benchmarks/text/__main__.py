"""``python -m benchmarks.text``: how much of what was copied of texts is found, and what else is claimed.

Fetches books and manuals as Debian packages on the first run; everything is kept under ``--cache``.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import io
import platform
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.tables import markdown
from benchmarks.text.corpus import SPLITS, load_texts
from benchmarks.text.growth import growth_table
from benchmarks.text.peers import PEERS, documents, f1
from benchmarks.text.plan import LEVELS, Plan, plan
from benchmarks.text.score import Pair, Score, score
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.text.index import TextIndex
from shotprint.engine.text.presets import DEFAULT_PRESET
from shotprint.engine.types import Fingerprint, Role

Told = dict[str, list[tuple[Pair, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.text", description=__doc__)
    parser.add_argument("step", nargs="?", choices=["run", "growth"], default="run")
    parser.add_argument("--cache", type=Path, default=Path(".cache/texts"))
    parser.add_argument("--split", choices=SPLITS, help="one alone")
    parser.add_argument("--queries", type=int, default=60, help="of each level")
    parser.add_argument("--texts", type=int, nargs="+", default=[10_000, 100_000], help="sizes of growth")
    parser.add_argument(
        "--peers", action="store_true", help="others' methods too; needs datasketch and simhash"
    )
    asked = parser.parse_args()
    asked.cache.mkdir(parents=True, exist_ok=True)
    print(f"{datetime.date.today()}, {platform.machine()}, Python {platform.python_version()}\n")
    if asked.step == "growth":
        print(growth_table(asked.texts, asked.cache))
        return
    for split in [asked.split] if asked.split else SPLITS:
        planned = plan(split, load_texts(split, asked.cache), asked.queries)
        told, seconds = _ask(planned)
        size = sum(len(text.text) for text in planned.library)
        print(f"## {split}: {len(planned.library)} texts, {size:,} characters\n")
        print(markdown(HEAD, [_row(level, planned, told) for level in LEVELS]) + "\n")
        print(f"{_claims(planned, told)} Searching: {seconds:.1f} s for {len(planned.queries)} queries.\n")
        print(markdown(PEER_HEAD, _peer_rows(planned, told, PEERS if asked.peers else {})) + "\n")


HEAD = (
    "copies",
    "queries",
    "precision",
    "recall",
    "granularity",
    "PlagDet",
    "passages missed",
    "of",
    "false documents",
)
PEER_HEAD = ("documents found, F1", *LEVELS)


def _ask(planned: Plan) -> tuple[Told, float]:
    index = TextIndex.open()
    for text in planned.library:
        index.add(text.name, _print(text.text, Role.REFERENCE))
    told: Told = {}
    started = time.process_time()
    for query in planned.queries:
        told[query.name] = [
            (
                Pair(one.passages.query_span, one.passages.reference_span, match.reference),
                one.similarity,
            )
            for match in index.search(_print(query.text, Role.QUERY))
            for one in match.segments
            if one.passages is not None
        ]
    return told, time.process_time() - started


def _print(text: str, role: Role) -> Fingerprint:
    return fingerprint_file(io.BytesIO(text.encode()), role=role, preset=DEFAULT_PRESET)[0]


def _truth(planned: Plan, level: str) -> dict[str, list[Pair]]:
    return {
        query.name: [Pair(case.query, case.reference, case.text) for case in query.cases]
        for query in planned.queries
        if query.level == level
    }


def _row(level: str, planned: Plan, told: Told) -> Sequence[object]:
    truth = _truth(planned, level)
    reports = {name: [pair for pair, _ in told[name]] for name in truth}
    result: Score = score(truth, reports)
    missed = sum(
        not any(_overlap(case, report) for report in reports[name])
        for name, cases in truth.items()
        for case in cases
    )
    false = sum(
        len({report.text for report in reports[name]} - {case.text for case in cases})
        for name, cases in truth.items()
    )
    return (
        level, len(truth), f"{result.precision:.3f}", f"{result.recall:.3f}", f"{result.granularity:.3f}",
        f"**{result.plagdet:.3f}**", missed, sum(map(len, truth.values())), false,
    )  # fmt: skip


def _overlap(case: Pair, report: Pair) -> bool:
    return (
        case.text == report.text
        and max(case.query[0], report.query[0]) < min(case.query[1], report.query[1])
        and max(case.reference[0], report.reference[0]) < min(case.reference[1], report.reference[1])
    )


def _claims(planned: Plan, told: Told) -> str:
    """What is said of texts that copy nothing, spelled out."""
    others = [query for query in planned.queries if query.level == "other"]
    claimed = [
        f"*{' '.join(query.text[slice(*pair.query)].split())}* ({query.name} in {pair.text}, {strength:.2f})"
        for query in others
        for pair, strength in told[query.name]
    ]
    listed = "; ".join(claimed)
    return f"{len(others)} texts that copy nothing: {len(claimed)} passages claimed{': ' if claimed else ''}{listed}."


def _peer_rows(planned: Plan, told: Told, peers: dict[str, object]) -> list[Sequence[object]]:
    ours = [(name, pair.text, strength) for name, pairs in told.items() for pair, strength in pairs]
    strongest = {(name, text): 0.0 for name, text, _ in ours}
    for name, text, strength in ours:
        strongest[name, text] = max(strongest[name, text], strength)
    rows = [("shotprint", *_documents(planned, [(*pair, value) for pair, value in strongest.items()]))]
    for label, method in peers.items():
        if any(importlib.util.find_spec(name) is None for name in ("datasketch", "simhash")):
            raise SystemExit("--peers needs: pip install datasketch simhash")
        assert callable(method)
        scores = method(planned)
        found = [(name, text, value) for name, texts in scores.items() for text, value in texts.items()]
        rows.append((label, *_documents(planned, found)))
    return rows


def _documents(planned: Plan, told: Sequence[tuple[str, str, float]]) -> list[str]:
    return [f"{f1(*documents(planned, level, told)):.3f}" for level in LEVELS]


if __name__ == "__main__":
    main()
