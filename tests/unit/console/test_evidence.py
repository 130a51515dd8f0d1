"""The numbers and drawings of a match's page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotprint.console.evidence import (
    Evidence,
    Rect,
    Side,
    covered,
    moments,
    shown_part,
    spread,
    turn,
)
from shotprint.engine.types import FramePair, Match, Segment, Transform
from shotprint.service.types import MediaPlace
from shotprint.service.verdicts import Pair

PAIR = Pair(None, MediaPlace("media", "", "q"), "film")
PAIRS = tuple(FramePair(n / 10, 5 + n / 10, float(n)) for n in range(40))
SEGMENT = Segment(0.0, 4.0, 5.0, 9.0, 0.8, evidence=PAIRS)


def evidence(*segments: Segment, query: float | None = 10.0, reference: float | None = 20.0) -> Evidence:
    match = Match("film", 0.8, segments)
    sides = Side("query", "q", None, query), Side("reference", "film", None, reference)
    return Evidence("/tasks/x", "q", "x", PAIR, 1, (match,), *sides)


def test_moments_are_spread_over_each_segment() -> None:
    later = replace(SEGMENT, query_start=6.0, query_end=8.0, reference_end=7.0, evidence=())
    found = moments(Match("film", 0.8, (SEGMENT, later)))
    assert [(one.segment, one.query_time) for one in found] == [
        (1, 0.5), (1, 1.5), (1, 2.5), (1, 3.5), (2, 7.0),
    ]  # fmt: skip
    assert found[0].reference_time == 5.5
    assert (found[-1].reference_time, found[-1].votes) == (6.0, None)


@given(st.lists(st.integers()), st.integers(1, 20))
def test_what_is_spread_is_in_order_and_no_more_than_wanted(values: list[int], most: int) -> None:
    places = spread(range(len(values)), most)
    assert len(places) == min(len(values), most)
    assert places == sorted(set(places))


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [([], 0), ([(1, 3)], 2), ([(1, 3), (2, 5)], 4), ([(4, 6), (0, 1)], 3), ([(0, 9), (1, 2)], 9)],
)
def test_what_is_covered_twice_counts_once(spans: list[tuple[float, float]], seconds: float) -> None:
    assert covered(spans) == seconds


def test_shares_and_drawings() -> None:
    one = evidence(SEGMENT)
    assert (one.query_seconds / one.query_length, one.reference_seconds / one.reference_length) == (0.4, 0.2)
    assert one.bands == ["M0.0 0H400.0L450.0 100H250.0Z"]
    assert one.rows[0].bars == (Rect(0.0, 0.0, 400.0, 12.0),)
    assert (one.pairs, one.votes) == (40, sum(range(40)))


def test_lengths_that_are_not_known_reach_to_the_end_of_what_matches() -> None:
    one = evidence(SEGMENT, query=None, reference=None)
    assert (one.query_length, one.reference_length) == (4.0, 9.0)
    assert evidence(query=None).query_length == 1.0


def test_a_bar_is_never_too_thin_or_outside() -> None:
    (bar,) = evidence(replace(SEGMENT, query_start=9.999, query_end=10.0)).rows[0].bars
    assert (bar.x, bar.width) == (998.0, 2.0)


def test_the_part_that_both_have_is_framed() -> None:
    cropped = Transform(crop=(0.1, -0.2, 0.5, 0.6), inset=None)
    assert shown_part(cropped, "query") is None
    found = shown_part(cropped, "reference")
    assert found is not None
    assert [found.x, found.y, found.width, found.height] == pytest.approx([10, 0, 50, 40])
    set_in = shown_part(Transform(inset=(0.5, 0.5, 0.9, 0.25)), "query")
    assert set_in is not None
    assert [set_in.x, set_in.y, set_in.width, set_in.height] == pytest.approx([50, 50, 50, 25])


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        (Transform(crop=(0, 0, 0.5, 0.5)), ""),
        (Transform(mirrored=True), "rotate(0) scale(-1 1)"),
        (Transform(flipped=True), "rotate(0) scale(1 -1)"),
        (Transform(rotation_deg=-12.5), "rotate(-12.5) scale(1 1)"),
    ],
)
def test_a_mark_is_turned_as_the_picture_was(transform: Transform, words: str) -> None:
    assert turn(transform) == words
