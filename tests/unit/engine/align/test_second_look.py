"""Reduced pictures laid onto each other: what is seen of which, and how well it agrees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.align.second_look import (
    SIDE,
    Cells,
    Overlay,
    clear_cells,
    contrast,
    likeness,
    motion,
    settle,
)
from shotprint.engine.video.describe_frames import reduce_look

EVERYTHING = np.ones(SIDE * SIDE, dtype=np.bool_)
PLAIN = np.array([1.0, 1.0])


def looks(count: int, seed: int = 1) -> np.ndarray:
    """Smooth pictures of 64 x 64, none like another."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64] / 64
    waves = sum(
        rng.uniform(10, 30, (count, 1, 1))
        * np.sin(
            rng.uniform(1, 9, (count, 1, 1)) * x + rng.uniform(1, 9, (count, 1, 1)) * y + rng.uniform(0, 6)
        )
        for _ in range(4)
    )
    return np.clip(128 + waves, 0, 255).astype(np.uint8).reshape(count, -1)


def cells(count: int, seed: int = 1) -> Cells:
    return reduce_look(looks(count, seed)).astype(np.float32)


def test_the_whole_picture_is_taken_as_a_reference_has_it() -> None:
    taken = Overlay.whole(mirrored=False).take(looks(3))
    assert np.abs(taken - cells(3)).max() <= 1


def test_a_mirrored_query_is_taken_the_right_way_round() -> None:
    mirrored = looks(3).reshape(3, 64, 64)[:, :, ::-1].reshape(3, -1).copy()
    assert np.abs(Overlay.whole(mirrored=True).take(mirrored) - cells(3)).max() <= 1


def test_a_map_in_longer_sides_becomes_one_in_shares_of_the_picture() -> None:
    """A 4:3 picture in the right half of one twice as wide."""
    matrix = np.array([[0.5, 0, 0.5], [0, 0.5, 0]])
    overlay = Overlay.of(matrix, np.array([1.0, 0.375]), np.array([1.0, 0.75]), mirrored=False)
    assert overlay.matrix == pytest.approx(np.array([[0.5, 0, 0.5], [0, 1, 0]]))


def test_an_inset_is_seen_whole_and_a_crop_in_part() -> None:
    inset = Overlay(np.array([[0.4, 0, 0.3], [0, 0.4, 0.5]]))
    crop = Overlay(np.array([[2.0, 0, -0.5], [0, 2, -0.5]]))
    assert inset.seen().all()
    assert crop.seen().reshape(SIDE, SIDE)[4:12, 4:12].all()
    assert crop.seen().sum() == 64


def test_an_inset_is_taken_out_of_its_place() -> None:
    small = looks(1).reshape(64, 64)[::2, ::2]
    query = np.zeros((64, 64), np.uint8)
    query[16:48, 32:] = small
    taken = Overlay(np.array([[0.5, 0, 0.5], [0, 0.5, 0.25]])).take(query.reshape(1, -1))
    assert likeness(taken, cells(1))[0] > 0.98


def test_likeness_does_not_mind_brightness_and_contrast_but_another_picture() -> None:
    one, other = cells(4), cells(4, seed=2)
    assert likeness(one * 0.5 + 20, one) == pytest.approx(1, abs=0.01)
    assert likeness(one, other).max() < 0.7


def test_flat_pictures_have_no_contrast_and_are_like_nothing() -> None:
    flat = np.full((2, SIDE * SIDE), 90, np.float32)
    assert contrast(flat).tolist() == [0, 0]
    assert likeness(flat, flat).tolist() == [0, 0]


@settings(deadline=None, max_examples=30)
@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6))
def test_a_shifted_picture_settles(across: float, down: float) -> None:
    overlay = Overlay.whole(mirrored=False)
    moved = overlay.take(looks(1), np.array([[across, down]]))
    settled, shift = settle(moved, cells(1), EVERYTHING)
    inner = EVERYTHING.reshape(SIDE, SIDE).copy()
    inner[[0, -1]] = inner[:, [0, -1]] = False
    inside = inner.ravel()
    before, after = (likeness(part[:, inside], cells(1)[:, inside])[0] for part in (moved, settled))
    assert after >= before - 0.01
    assert after > 0.97
    assert np.abs(shift).max() <= 1


def test_what_moves_alike_agrees_and_a_still_caption_takes_nothing_from_it() -> None:
    series, other = cells(12), cells(12, seed=2)
    captioned = series.copy()
    captioned[:, 200:] = 16
    base = np.ones(12, dtype=np.bool_)
    assert motion(series, series, base).overall(base) == pytest.approx(1)
    assert motion(captioned, series, base).overall(base) > 0.8
    assert motion(other, series, base).overall(base) < 0.4


def test_the_same_scene_with_something_else_moving_does_not_agree() -> None:
    """A bright spot wanders, each time along another way."""
    scene = cells(1)[0]

    def take(seed: int) -> Cells:
        rng = np.random.default_rng(seed)
        series = np.tile(scene, (20, 1))
        for picture in series:
            picture[rng.integers(0, SIDE * SIDE - 3) + np.arange(3)] += 60
        return series

    base = np.ones(20, dtype=np.bool_)
    assert likeness(take(1), take(2)).min() > 0.8
    assert motion(take(1), take(2), base).overall(base) < 0.2
    assert motion(take(1), take(1), base).amount(base) > 3


def test_nothing_that_moves_is_no_amount() -> None:
    still = np.tile(cells(1), (5, 1))
    none = np.zeros(5, dtype=np.bool_)
    moved = motion(still, still, ~none)
    assert moved.amount(~none) == 0
    assert moved.amount(none) == 0


def test_covered_cells_are_left_out() -> None:
    shown = cells(1)[0]
    query = shown * 0.8 + 10
    query[:40] = 235
    keep = clear_cells(query.astype(np.float32), shown)
    assert not keep[:40].any()
    assert keep[40:].mean() > 0.95


def test_of_another_picture_at_least_half_is_kept() -> None:
    for seed in range(2, 12):
        assert clear_cells(cells(1, seed=seed)[0], cells(1)[0]).mean() >= 0.5
