"""A line near the right one → the right one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.placing import REACH_S, Table, place

STEP = 0.25


def table(speed: float, offset: float, *, seconds: float = 8, start: float = 2, shown_s: float = 60) -> Table:
    """Where reference time = speed * query time + offset everything agrees, and less the farther from there."""
    times = start + np.arange(0, seconds, STEP)
    shown = np.arange(0, shown_s, STEP)
    away = np.abs(shown - speed * times[:, None] - offset)
    return Table(times, 0.0, STEP, np.clip(1 - away / 0.5, 0, 1).astype(np.float32))


def voted(speed: float, offset: float) -> Line:
    return Line(speed, offset, False, 2, 10, 50.0)


def error(found: Line, speed: float, offset: float) -> float:
    ends = np.array([2.0, 10.0])
    return float(np.abs(found.at(ends) - speed * ends - offset).max())


@settings(deadline=None, max_examples=40)
@given(st.floats(5, 30), st.floats(-REACH_S + 0.2, REACH_S - 0.2))
def test_a_line_moves_to_where_the_pictures_agree(offset: float, off: float) -> None:
    found, agreed = place(voted(1.0, offset + off), table(1.0, offset))
    assert found.speed == 1
    assert error(found, 1.0, offset) <= 0.1
    assert agreed > 0.7


@pytest.mark.parametrize("speed", [0.5, 0.8, 0.93, 1.17, 1.25, 2.0])
def test_a_line_tilts_to_the_speed_at_which_they_agree(speed: float) -> None:
    about = (1 + 2 * speed) / 3
    found, agreed = place(voted(about, 26 - 6 * about), table(speed, 26 - 6 * speed))
    assert error(found, speed, 26 - 6 * speed) <= 0.15
    assert agreed > 0.7


def test_a_long_line_tilts_by_less_than_speeds_are_apart() -> None:
    found, _ = place(voted(1.0, 10.0), table(1.008, 10.0, seconds=60, start=0, shown_s=90))
    assert found.speed == pytest.approx(1.008, abs=0.002)


def test_where_nothing_moves_the_line_stays_where_it_was_voted() -> None:
    everywhere = Table(np.arange(2, 10, STEP), 0.0, STEP, np.ones((32, 240), dtype=np.float32))
    found, agreed = place(voted(1.0, 20.0), everywhere)
    assert (found.speed, found.offset) == (1.0, 20.0)
    assert agreed == pytest.approx(1)


def test_what_lies_beside_the_reference_agrees_with_nothing() -> None:
    """The first picture is no stand-in for what would come before it."""
    shown = np.zeros((32, 24), dtype=np.float32)
    shown[:, 0] = 1
    found, _ = place(voted(1.0, -2.0), Table(np.arange(2, 10, STEP), 0.0, STEP, shown))
    assert found.offset >= -2.5


def test_another_speed_has_to_agree_better() -> None:
    times = np.arange(2, 4, STEP)
    agrees = table(1.02, 20.0, seconds=2)
    found, _ = place(Line(1.02, 20.0, False, 2, 4, 50.0), agrees)
    assert found.speed == 1
    assert float(np.abs(found.at(times) - 1.02 * times - 20).max()) <= 0.1


def test_a_reference_of_one_instant_is_beside_most_of_a_line() -> None:
    one = Table(np.array([0.0, 0.25, 0.5]), 0.0, STEP, np.array([[1.0], [-1.0], [-1.0]], dtype=np.float32))
    assert one.mean(np.ones(1), np.array([0.0]), 0.0) == pytest.approx(1 / 3)


def test_between_two_instants_both_count_and_beyond_the_last_none() -> None:
    two = Table(np.array([0.0]), 0.0, STEP, np.array([[0.2, 1.0]], dtype=np.float32))
    found = two.mean(np.ones(1), np.array([-0.2, -0.1, 0.0, 0.125, 0.25, 0.35, 0.45]), 0.0)[0]
    assert found == pytest.approx([0, 0.2, 0.2, 0.6, 1, 1, 0])
