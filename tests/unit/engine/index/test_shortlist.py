"""Which lines are looked at."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.index.shortlist import (
    LIKELY,
    LINES_A_SECOND,
    SURE,
    SURE_LINES_A_SECOND,
    UNLIKELY_LINES_A_SECOND,
    VOTE,
    shortlist,
)


def line(begin: float, end: float, *, fitted: float, weight: float = 20.0) -> Line:
    return Line(1.0, 0.0, False, begin, end, weight, fitted)


lines = st.lists(
    st.builds(
        lambda begin, length, fitted, weight: line(
            begin, min(60.0, begin + length), fitted=fitted, weight=weight
        ),
        st.floats(0, 60),
        st.floats(0, 30),
        st.integers(0, 200),
        st.floats(12, 200),
    ),
    max_size=60,
)


def test_points_in_place_come_before_points_that_look_alike() -> None:
    votes, placed = line(0, 5, fitted=0, weight=60), line(0, 5, fitted=30, weight=30)
    assert shortlist([votes, placed], 10) == [1, 0]


def test_of_equal_lines_the_first_is_the_better() -> None:
    assert shortlist([line(0, 5, fitted=9)] * 3, 10) == [0, 1, 2]


def test_more_chance_lines_are_no_more_work() -> None:
    for fitted, room in ((LIKELY, LINES_A_SECOND), (LIKELY - 1, UNLIKELY_LINES_A_SECOND)):
        assert len(shortlist([line(0, 9, fitted=fitted)] * 1000, 10)) == room


def test_all_files_with_one_recording_are_looked_at_up_to_a_bound() -> None:
    assert len(shortlist([line(0, 9, fitted=SURE)] * 30, 10)) == 30
    assert len(shortlist([line(0, 9, fitted=SURE)] * 1000, 10)) == SURE_LINES_A_SECOND


def test_a_weak_line_is_looked_at_where_there_are_no_better_ones() -> None:
    crowd = [line(0, 9, fitted=90)] * 100
    kept = shortlist([line(20, 25, fitted=0), *crowd, line(4, 6, fitted=0)], 30)
    assert 0 in kept
    assert len(crowd) + 1 not in kept


@settings(deadline=None, max_examples=60)
@given(lines)
def test_a_line_is_left_out_only_for_better_ones_through_each_of_its_seconds(given_lines: list[Line]) -> None:
    kept = shortlist(given_lines, 60)
    strength = [one.fitted + VOTE * one.weight for one in given_lines]
    assert [strength[place] for place in kept] == sorted((strength[place] for place in kept), reverse=True)
    for place in set(range(len(given_lines))) - set(kept):
        for second in range(int(given_lines[place].begin), int(given_lines[place].end) + 1):
            through = [
                other
                for other in kept
                if int(given_lines[other].begin) <= second <= int(given_lines[other].end)
                and strength[other] >= strength[place]
            ]
            likely = given_lines[place].fitted >= LIKELY
            assert len(through) >= (LINES_A_SECOND if likely else UNLIKELY_LINES_A_SECOND)
