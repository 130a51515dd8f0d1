"""Scattered hits → lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shotprint.engine.align.offset_votes import MAX_WEIGHT, SPEEDS, TOLERANCE_S, Hits, Line, find_lines


def voted(query_time: Any, reference_time: Any, weight: Any, mirrored: Any) -> Hits:
    """Hits of pictures' points alone, each of a picture pair of its own."""
    return Hits(query_time, reference_time, weight, mirrored, np.arange(len(weight)), np.zeros(len(weight)))


def on_line(
    speed: float,
    offset: float,
    *,
    begin: float = 0,
    end: float = 10,
    step: float = 0.5,
    weight: float = 10,
    mirrored: int = 0,
    noise: float = 0.0,
    seed: int = 0,
) -> Hits:
    times = np.arange(begin, end, step)
    shaken = speed * times + offset + np.random.default_rng(seed).uniform(-noise, noise, len(times))
    n = len(times)
    return voted(times, shaken, np.full(n, float(weight)), np.full(n, mirrored))


def scattered(count: int, seed: int, *, weight: float = 4, span: float = 600) -> Hits:
    rng = np.random.default_rng(seed)
    return voted(
        rng.integers(0, 60, count) / 2, rng.random(count) * span, np.full(count, weight), np.zeros(count, int)
    )


def together(*parts: Hits) -> Hits:
    names = ("query_time", "reference_time", "weight", "mirrored", "pair", "whole")
    return Hits(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def lines_of(hits: Hits, *, at_most: int = 8, min_weight: float = 12) -> list[Line]:
    return [line for line, _ in find_lines(hits, at_most=at_most, min_weight=min_weight)]


def error(line: Line, speed: float, offset: float) -> float:
    times = np.array([line.begin, line.end])
    return float(np.abs(line.at(times) - speed * times - offset).max())


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([0.5, 0.8, 1.0, 1.0, 1.25, 2.0]), st.integers(-200, 5000), st.integers(0, 20))
def test_a_line_is_found_among_noise(speed: float, offset: int, seed: int) -> None:
    true = on_line(speed, offset / 10, end=20, noise=0.2, seed=seed)
    line = lines_of(together(scattered(60, seed), true))[0]
    assert error(line, speed, offset / 10) < TOLERANCE_S
    assert abs(line.speed / speed - 1) < 0.1
    assert line.weight >= 0.7 * 10 * len(true)
    assert not line.mirrored


def test_a_plain_copy_is_never_taken_for_a_slightly_faster_one() -> None:
    for seed in range(10):
        line = lines_of(on_line(1.0, 33.3, end=15, noise=0.3, seed=seed))[0]
        assert line.speed == 1.0


def test_each_copy_gets_its_line_the_heaviest_first() -> None:
    wanted = [(1.0, 100.0, 40), (1.25, 900.0, 32), (1.0, 400.0, 20)]
    hits = together(
        *(on_line(s, o, begin=i * 30, end=i * 30 + n / 2) for i, (s, o, n) in enumerate(wanted)),
        scattered(40, 1),
    )
    lines = lines_of(hits, min_weight=60)
    assert len(lines) >= 3
    for line, (speed, offset, count) in zip(lines, wanted, strict=False):
        assert error(line, speed, offset) < TOLERANCE_S
        assert line.weight == pytest.approx(10 * count, rel=0.2)


def test_a_mirrored_copy_has_a_line_of_its_own() -> None:
    hits = together(on_line(1, 50), on_line(1, 50, begin=10, end=16, mirrored=1))
    assert [(line.mirrored, line.begin, line.end) for line in lines_of(hits)] == [
        (False, 0, 9.5),
        (True, 10, 15.5),
    ]


def test_a_line_begins_and_ends_with_its_hits() -> None:
    line = lines_of(on_line(1, 7, begin=3, end=9))[0]
    assert (line.begin, line.end) == (3, 8.5)
    assert set(line.moments) <= set(np.arange(3, 9, 0.5))


def test_one_moment_counts_once_however_long_the_reference_stands_still() -> None:
    n = 40
    still = voted(np.zeros(n), np.arange(n) / 40, np.full(n, 10.0), np.zeros(n, int))
    assert lines_of(still, min_weight=1)[0].weight <= MAX_WEIGHT
    assert lines_of(still, min_weight=MAX_WEIGHT + 1) == []


@st.composite
def any_hits(draw: st.DrawFn) -> Hits:
    """Whole weights, so that sums don't depend on their order."""
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 40), st.integers(-40, 400), st.integers(1, 30), st.integers(0, 1)),
            min_size=1,
            max_size=40,
        )
    )
    q, r, w, m = (np.array(column) for column in zip(*rows, strict=True))
    return voted(q / 2, r / 4, w.astype(float), m)


def facts(lines: list[Line]) -> list[tuple[object, ...]]:
    return [
        (line.mirrored, line.speed, round(line.offset, 6), line.begin, line.end, line.weight)
        for line in lines
    ]


@settings(deadline=None, max_examples=40)
@given(any_hits(), st.randoms(use_true_random=False))
def test_the_order_of_the_hits_makes_no_difference(hits: Hits, dice: object) -> None:
    order = list(range(len(hits)))
    dice.shuffle(order)  # type: ignore[attr-defined]
    shuffled = voted(
        hits.query_time[order], hits.reference_time[order], hits.weight[order], hits.mirrored[order]
    )
    assert facts(lines_of(shuffled)) == facts(lines_of(hits))


@settings(deadline=None, max_examples=40)
@given(any_hits(), st.integers(1, 5), st.integers(1, 100))
def test_lines_keep_to_their_limits(hits: Hits, at_most: int, min_weight: int) -> None:
    lines = lines_of(hits, at_most=at_most, min_weight=min_weight)
    assert len(lines) <= at_most
    assert facts(lines_of(hits, at_most=at_most + 1, min_weight=min_weight)[:at_most]) == facts(lines)
    for line in lines:
        assert line.weight >= min_weight
        assert line.begin <= line.end
        assert SPEEDS.min() <= line.speed <= SPEEDS.max()
        assert np.isin(line.moments, hits.query_time).all()


@settings(deadline=None, max_examples=30)
@given(any_hits(), st.integers(-1000, 1000))
def test_moving_the_reference_moves_the_lines_with_it(hits: Hits, shift: int) -> None:
    moved = voted(hits.query_time, hits.reference_time + shift, hits.weight, hits.mirrored)
    plain, other = lines_of(hits), lines_of(moved)
    assume(len({line.weight for line in plain}) == len(plain))
    assert [(line.speed, line.begin, line.end) for line in other] == [
        (line.speed, line.begin, line.end) for line in plain
    ]
    for before, after in zip(plain, other, strict=True):
        assert after.offset == pytest.approx(before.offset + shift)


def test_ties_go_to_the_slower_speed_and_the_smaller_offset() -> None:
    one = voted(np.array([0.0]), np.array([5.0]), np.array([20.0]), np.array([0]))
    assert lines_of(one)[0].speed == 1.0
    two = together(on_line(1, 100), on_line(1, 30))
    assert [round(line.offset) for line in lines_of(two)] == [30, 100]


def test_no_hits_give_no_lines() -> None:
    assert lines_of(on_line(1, 0, end=0), min_weight=0) == []
