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
    refine,
    settle,
    sharpen,
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
    alike, rows = np.ones(12), np.ones(12, dtype=np.bool_)
    assert motion(series, series, alike).overall(rows) == pytest.approx(1)
    assert motion(captioned, series, alike).overall(rows) > 0.8
    assert motion(other, series, alike).overall(rows) < 0.4


def test_a_cut_to_another_picture_moves_nothing_before_it() -> None:
    """The query goes over to something else after ten instants; up to there both stand still."""
    still, other = cells(1)[0], cells(1, seed=2)[0]
    query, reference = np.tile(still, (20, 1)), np.tile(still, (20, 1))
    query[10:] = other
    moved = motion(query, reference, likeness(query, reference))
    assert moved.query[:10].max() < 1 < contrast(query - reference)[10:].min()


def test_two_pictures_with_a_bright_middle_are_alike_at_large_but_not_in_detail() -> None:
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    middle = 120 * np.exp(-(x**2 + y**2) / 40)
    rng = np.random.default_rng(3)
    left, right = (
        (middle + rng.normal(0, 20, (SIDE, SIDE))).reshape(1, -1).astype(np.float32) for _ in range(2)
    )
    assert likeness(left, right)[0] > 0.6
    assert abs(likeness(sharpen(left, EVERYTHING), sharpen(right, EVERYTHING))[0]) < 0.2
    assert likeness(sharpen(left, EVERYTHING), sharpen(left, EVERYTHING))[0] > 0.98


def test_a_flat_picture_has_no_detail_at_the_edge_of_what_is_in_sight() -> None:
    seen = np.zeros((SIDE, SIDE), dtype=np.bool_)
    seen[3:9, 4:12] = True
    flat = np.full((1, int(seen.sum())), 7, dtype=np.float32)
    assert sharpen(flat, seen.ravel()) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        [[1.0, 0, 0.04], [0, 1, -0.03]],
        [[1.06, 0, -0.03], [0, 1.06, -0.03]],
        [[1.0, 0.05, -0.02], [-0.05, 1, 0.03]],
    ],
)
def test_a_map_that_is_some_per_cent_off_is_bent_right(wrong: list[list[float]]) -> None:
    plain = Overlay.whole(mirrored=False)
    off = Overlay(np.array(wrong))
    bent, fit = refine(off, looks(12), cells(12))
    assert off.away(plain) > 0.03
    assert bent.away(plain) < off.away(plain) / 2
    assert fit > 0.85


def test_a_map_is_not_bent_into_another_one() -> None:
    """The picture is laid a quarter beside: to follow it that far is to find something in anything."""
    beside = Overlay(np.array([[1.0, 0, 0.25], [0, 1, 0]]))
    assert refine(beside, looks(12), cells(12))[0].away(beside) <= 0.12


def test_pictures_that_have_nothing_in_common_do_not_fit() -> None:
    _, fit = refine(Overlay.whole(mirrored=False), looks(12), cells(12, seed=2))
    assert fit < 0.3


def test_the_same_scene_with_something_else_moving_does_not_agree() -> None:
    """A bright spot wanders, each time along another way."""
    scene = cells(1)[0]

    def take(seed: int) -> Cells:
        rng = np.random.default_rng(seed)
        series = np.tile(scene, (20, 1))
        for picture in series:
            picture[rng.integers(0, SIDE * SIDE - 3) + np.arange(3)] += 60
        return series

    alike, rows = np.ones(20), np.ones(20, dtype=np.bool_)
    assert likeness(take(1), take(2)).min() > 0.8
    assert motion(take(1), take(2), alike).overall(rows) < 0.2
    assert motion(take(1), take(1), alike).amount(rows) > 3


def test_nothing_that_moves_is_no_amount() -> None:
    still = np.tile(cells(1), (5, 1))
    none = np.zeros(5, dtype=np.bool_)
    moved = motion(still, still, np.ones(5))
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
