"""A match to keep or pass on: as JSON, as CSV, and as one page that needs nothing else."""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from shotprint.console.evidence import Evidence, Moment, Side, votes
from shotprint.console.match_pdf import Pictures, Strips
from shotprint.console.render import copied, render
from shotprint.engine.types import Passages
from shotprint.service.verdicts import Verdict

_STYLE = Path(__file__).parent / "static" / "console.css"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(evidence: Evidence, verdicts: Sequence[Verdict]) -> str:
    """All that is known of it; times in seconds, boxes as x, y, width and height from 0 to 1."""
    match = evidence.match
    told = {
        "task": evidence.task_id,
        "query": _side(evidence.query),
        "reference": _side(evidence.reference),
        "similarity": match.similarity,
        "similarity_threshold": evidence.threshold,
        "near_miss": evidence.near is not None,
        "why_not": evidence.why_not,
        "query_seconds": evidence.query_seconds,
        "reference_seconds": evidence.reference_seconds,
        "segments": [
            {**asdict(one), "copied": copied(one.transform, one.speed), "votes": votes(one)}
            for one in match.segments
        ],
        "verdicts": [
            {
                "ruling": one.ruling.value, "note": one.note, "by": one.actor,
                "at": one.created.isoformat(), "task": one.task_id,
            }
            for one in verdicts
        ],
    }  # fmt: skip
    return json.dumps(told, indent=2)


def as_csv(evidence: Evidence) -> str:
    """A line for each segment; spans of texts are from the first character to behind the last. What a spreadsheet would
    take for a formula gets a quote before it."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(
        (
            "query", "reference", "query_start", "query_end", "reference_start", "reference_end", "similarity",
            "speed", "copied", "mirrored", "flipped", "rotation_deg", "crop", "inset", "covered", "pairs", "votes",
            "query_span", "reference_span",
        )
    )  # fmt: skip
    for one in evidence.match.segments:
        transform = one.transform
        lines.writerow(
            (
                _text(evidence.query.title), _text(evidence.reference.title), one.query_start, one.query_end,
                one.reference_start, one.reference_end, one.similarity, one.speed,
                copied(transform, one.speed), transform.mirrored, transform.flipped, transform.rotation_deg,
                _box(transform.crop), _box(transform.inset), transform.covered, len(one.evidence), votes(one),
                *_spans(one.passages),
            )
        )  # fmt: skip
    return out.getvalue()


def as_page(evidence: Evidence, verdicts: Sequence[Verdict], pictures: Pictures, strips: Strips) -> str:
    """One HTML file with its pictures and its style inside; it loads nothing and runs nothing."""

    def source(moment: Moment, name: str) -> str:
        side, at = (
            (evidence.query, moment.query_time)
            if name == "query"
            else (evidence.reference, moment.reference_time)
        )
        return _address(pictures(side, at))

    return render(
        "match_export.html", evidence=evidence, verdicts=verdicts, source=source, style=_style(),
        strip_source=lambda side: _address(strips(side)),
    )  # fmt: skip


def _address(jpeg: bytes | None) -> str:
    return "" if jpeg is None else f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")


def _side(side: Side) -> dict[str, Any]:
    place = None if side.place is None else asdict(side.place)
    return {"key": side.title, "place": place, "duration": side.duration_s}


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _spans(passages: Passages | None) -> tuple[str, str]:
    if passages is None:
        return "", ""
    query, reference = passages.query_span, passages.reference_span
    return f"{query[0]} {query[1]}", f"{reference[0]} {reference[1]}"


def _box(box: Sequence[float] | None) -> str:
    return "" if box is None else " ".join(f"{value:.4f}" for value in box)
