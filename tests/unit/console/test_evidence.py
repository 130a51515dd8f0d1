"""The numbers and drawings of a match's page."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotprint.console.drawing import Rect, shown_part, turn
from shotprint.console.evidence import Evidence, Side, covered, moments, spread
from shotprint.engine.types import FramePair, Match, Segment, Transform
from shotprint.errors import NotFound
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


@given(st.floats(0, 1e5), st.floats(0.1, 2e4), st.floats(0.5, 2.0))
def test_parts_follow_each_other_and_are_short(start: float, length: float, speed: float) -> None:
    there = replace(SEGMENT, query_start=start, query_end=start + length, reference_end=5.0 + length * speed)
    parts = evidence(there).parts
    assert (parts[0][0], parts[-1][1]) == (
        pytest.approx(start, abs=1e-3),
        pytest.approx(start + length, abs=1e-3),
    )
    assert all(before[1] == after[0] and before[3] == after[2] for before, after in pairwise(parts))
    assert all(max(part[1] - part[0], part[3] - part[2]) <= 60.01 for part in parts)


def test_a_preview_shows_a_part_and_a_second_around_it() -> None:
    one = evidence(SEGMENT)
    assert (one.part(0, "query"), one.part(0, "reference")) == ((0.0, 5.0), (4.0, 10.0))
    for number in (-1, 1):
        with pytest.raises(NotFound):
            one.part(number, "query")


def test_a_strip_shows_what_matches_and_a_little_around_it() -> None:
    strip = evidence(SEGMENT).film_strip("reference")
    assert (strip.start, strip.end) == (4.0, 10.0)
    assert strip.moments[:2] == (4.25, 4.75)
    (mark,) = strip.marks
    assert (mark.x, mark.width) == (pytest.approx(1000 / 6), pytest.approx(4000 / 6))
    here = evidence(SEGMENT).film_strip("query")
    assert (here.start, here.end) == (0.0, 5.0)  # there is nothing before it
    assert evidence(SEGMENT).strip_bands == ["M0.0 0H800.0L833.3 100H166.7Z"]


def test_of_many_segments_some_are_shown() -> None:
    many = [replace(SEGMENT, query_start=n, query_end=n + 1.0) for n in range(1000)]
    found = moments(Match("film", 0.8, tuple(many)))
    assert len(found) == 24
    assert found[-1].segment > 950
