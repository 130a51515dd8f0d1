"""What one search tells among what another tells."""

from __future__ import annotations

from benchmarks.accuracy.method import Report
from benchmarks.accuracy.score import Box
from benchmarks.accuracy.wider import shared


def told(*boxes: tuple[str, float, float]) -> list[Report]:
    return [Report(reference, Box(at, at + 5, there, there + 5)) for reference, at, there in boxes]


def test_a_segment_is_told_too_if_one_of_its_reference_has_seconds_in_common_on_both_sides() -> None:
    these = {"a": told(("film", 0, 0), ("film", 10, 40), ("other", 0, 0)), "b": told(("film", 0, 0))}
    those = {"a": told(("film", 2, 3), ("film", 10, 46)), "b": []}
    assert shared(these, those) == "1 of 4"
    assert shared(those, these) == "1 of 2"
