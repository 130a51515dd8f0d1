"""Matches as JSON values and back, without loss: ``from_json(to_json(matches)) == matches``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from shotprint.engine.types import Box, FramePair, Match, Passages, Segment, Transform


def to_json(matches: Sequence[Match]) -> list[dict[str, Any]]:
    """JSON values of `matches`; evidence as triples, for there are many."""
    return [
        {
            "reference": match.reference,
            "similarity": match.similarity,
            "segments": [_segment_to_json(segment) for segment in match.segments],
        }
        for match in matches
    ]


def from_json(values: Sequence[dict[str, Any]]) -> tuple[Match, ...]:
    """The matches that `to_json` made `values` of."""
    return tuple(
        Match(
            reference=value["reference"],
            similarity=float(value["similarity"]),
            segments=tuple(_segment_from_json(segment) for segment in value["segments"]),
        )
        for value in values
    )


def _segment_to_json(segment: Segment) -> dict[str, Any]:
    transform = segment.transform
    return {
        "query": [segment.query_start, segment.query_end],
        "reference": [segment.reference_start, segment.reference_end],
        "similarity": segment.similarity,
        "speed": segment.speed,
        "kind": segment.kind,
        "transform": {
            "mirrored": transform.mirrored,
            "flipped": transform.flipped,
            "rotation_deg": transform.rotation_deg,
            "crop": transform.crop,
            "inset": transform.inset,
            "covered": transform.covered,
        },
        "passages": None if segment.passages is None else asdict(segment.passages),
        "evidence": [[pair.query_time, pair.reference_time, pair.votes] for pair in segment.evidence],
    }


def _segment_from_json(value: dict[str, Any]) -> Segment:
    transform = value["transform"]
    return Segment(
        query_start=float(value["query"][0]),
        query_end=float(value["query"][1]),
        reference_start=float(value["reference"][0]),
        reference_end=float(value["reference"][1]),
        similarity=float(value["similarity"]),
        speed=float(value["speed"]),
        kind=value["kind"],
        transform=Transform(
            mirrored=transform["mirrored"],
            flipped=transform["flipped"],
            rotation_deg=float(transform["rotation_deg"]),
            crop=_box(transform["crop"]),
            inset=_box(transform["inset"]),
            covered=float(transform.get("covered", 0.0)),  # older results do not tell
        ),
        passages=_passages(value.get("passages")),  # older results have none
        evidence=tuple(FramePair(float(q), float(r), float(votes)) for q, r, votes in value["evidence"]),
    )


def _passages(value: dict[str, Any] | None) -> Passages | None:
    if value is None:
        return None
    spans = {name: (int(value[name][0]), int(value[name][1])) for name in ("query_span", "reference_span")}
    return Passages(**value | spans)


def _box(value: list[float] | None) -> Box | None:
    if value is None:
        return None
    x, y, width, height = (float(number) for number in value)
    return (x, y, width, height)
