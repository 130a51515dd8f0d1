"""Plots, and the page that has them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.console_browser import Browser
from support.console_things import fill

from shotprint.console.plots import BOTTOM, HEIGHT, LEAST, LEFT, TOP, WIDTH, Plot, Series, round_up
from shotprint.service.types import Account
from shotprint.wiring import App

VALUES = st.lists(st.just(0.0) | st.floats(1e-6, 1e9), min_size=1, max_size=40)
ANY = st.lists(st.floats(0, allow_nan=False), min_size=1, max_size=5)


@given(VALUES, VALUES)
def test_bars_are_inside_the_picture_and_as_high_as_their_values(
    first: list[float], second: list[float]
) -> None:
    count = min(len(first), len(second))
    series = [Series("one", "good", first[:count]), Series("two", "bad", second[:count])]
    plot = Plot("Title", "things", [str(n) for n in range(count)], series)
    scale = (HEIGHT - BOTTOM - TOP) / plot.top
    for bar in plot.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH + 1e-6
        assert bar.y >= TOP - 1e-6
        assert bar.y + bar.height <= HEIGHT - BOTTOM + 1e-6
    drawn = sum(bar.height for bar in plot.bars) / scale
    assert drawn == pytest.approx(sum(first[:count]) + sum(second[:count]), rel=1e-6, abs=1e-9 / scale)
    assert plot.is_empty == (drawn == 0)


@given(ANY, ANY)
@example([5e-324], [0.0])
@example([1.7e308], [1.7e308])
@example([float("inf")], [1.0])
def test_whatever_the_values_are_the_drawing_is_finite_and_inside(
    first: list[float], second: list[float]
) -> None:
    count = min(len(first), len(second))
    series = [Series("one", "good", first[:count]), Series("two", "bad", second[:count])]
    plot = Plot("Title", "things", [str(n) for n in range(count)], series)
    for bar in plot.bars:
        assert 0 <= bar.height <= HEIGHT - BOTTOM - TOP + 1e-6
        assert TOP - 1e-6 <= bar.y <= HEIGHT - BOTTOM
    assert all(TOP - 1e-6 <= mark.at <= HEIGHT - BOTTOM for mark in plot.rows)
    assert plot.is_empty == (max(first[:count] + second[:count]) < LEAST)


@given(st.floats(1e-6, 1e12))
def test_the_top_is_a_round_number_not_far_above(value: float) -> None:
    assert value * (1 - 1e-9) <= round_up(value) <= value * 2.5
    assert f"{round_up(value):e}"[0] in "1245"


def test_a_plot_names_its_last_column() -> None:
    plot = Plot("Title", "things", [str(n) for n in range(30)], [Series("one", "good", [1] * 30)])
    assert [mark.text for mark in plot.columns] == ["5", "11", "17", "23", "29"]


def test_the_overview_counts_and_plots(app: App, ada: Browser, mine: Account) -> None:
    assert "Nothing was asked for yet" in ada.get("/console/").text
    things = fill(app, mine, "films", "text", "one.mp4")
    text = ada.get("/console/").text
    for state, count in (("queued", 1), ("running", 1), ("succeeded", 1), ("failed", 1)):
        assert f'state={state}"><b>{count}</b>' in text
    assert "1 file of 1 library" in text
    assert text.count("<rect") == 9  # succeeded, failed, hours, matches, one that waits, four states
    assert text.count('<tr><th scope="row">') == 4 * 30 + 4  # the same for those who do not see
    assert things.found in text
    assert f'href="/console/libraries/{things.library.id}"><bdi>films</bdi></a> <progress' in text
    assert "/console/tasks/live?id=" in text
