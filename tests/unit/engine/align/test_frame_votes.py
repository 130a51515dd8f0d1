"""Point pairs vote for a transform; chance pairs don't agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.prints import made_print

from shotprint.engine.align.frame_votes import (
    MIN_FIT_POINTS,
    Fits,
    PointPairs,
    Votes,
    count_votes,
    fit_transforms,
)
from shotprint.engine.video.local_features import ANGLE_STEPS, POSITION_STEPS, SIZE_STEPS
from shotprint.engine.video.prints import VideoPrint

POINTS = 80
Matrix = NDArray[np.float64]


def picture(seed: int, points: int = POINTS, pictures: int = 1) -> VideoPrint:
    """Points in the middle of the range of sizes, so that they can be scaled either way."""
    made = VideoPrint.of(made_print(seed, seconds=pictures, points=points))
    size = 128 + (made.size.astype(int) - 105) // 2
    return replace(made, size=size.astype(np.uint8))


def similarity(scale: float, degrees: float, x: float, y: float) -> Matrix:
    """The map around the middle of the picture that then moves it by x and y."""
    cosine, sine = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([0.5, 0.28])
    return np.column_stack([turn, middle - turn @ middle + (x, y)])


def transformed(reference: VideoPrint, matrix: Matrix) -> tuple[VideoPrint, NDArray[np.int64]]:
    """What the query sees of each point, and the rows of those that are still in its picture."""
    place = reference.position / POSITION_STEPS @ matrix[:, :2].T + matrix[:, 2]
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    turn = np.arctan2(matrix[1, 0], matrix[0, 0]) / (2 * np.pi)
    size = np.clip(np.round(reference.size + SIZE_STEPS * np.log2(scale)), 0, 255)
    angle = np.round(reference.angle + turn * ANGLE_STEPS) % ANGLE_STEPS
    inside = np.flatnonzero(((place >= 0) & (place <= (1, 0.5625))).all(axis=1))
    position = np.clip(np.round(place * POSITION_STEPS), 0, POSITION_STEPS)
    query = replace(
        reference,
        position=position.astype(np.uint16),
        size=size.astype(np.uint8),
        angle=angle.astype(np.uint8),
    )
    return query, inside


def paired(rows: NDArray[np.int64]) -> PointPairs:
    return PointPairs(rows, rows, np.zeros(len(rows), np.int64))


def voted(query: VideoPrint, reference: VideoPrint, pairs: PointPairs) -> tuple[Votes, Fits]:
    votes = count_votes(query, reference, pairs, at_least=3)
    return votes, fit_transforms(query, reference, pairs, votes)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 9),
    st.floats(0.5, 2),
    st.floats(-180, 180),
    st.floats(-0.2, 0.2),
    st.floats(-0.1, 0.1),
)
def test_a_change_of_scale_angle_and_place_is_recovered(
    seed: int, scale: float, degrees: float, x: float, y: float
) -> None:
    reference = picture(seed)
    matrix = similarity(scale, degrees, x, y)
    query, inside = transformed(reference, matrix)
    votes, fits = voted(query, reference, paired(inside))
    assert votes.pair.tolist() == [0]
    # A transform on the edges of bins splits its votes, in four dimensions and two grids at worst in four.
    assert votes.count[0] >= len(inside) // 5
    assert votes.count[0] == len(votes.member)
    assert fits.count[0] == votes.count[0]
    assert np.abs(fits.matrix[0] - matrix).max() < 0.02


def test_the_true_transform_wins_among_three_times_as_many_chance_pairs() -> None:
    reference = picture(1, points=240)
    matrix = similarity(0.8, 10, 0.05, 0)
    query, inside = transformed(reference, matrix)
    true = inside[:50]
    dice = np.random.default_rng(1)
    rows = np.append(true, dice.integers(0, 240, 150))
    pairs = PointPairs(np.append(true, dice.integers(0, 240, 150)), rows, np.zeros(200, np.int64))
    _, fits = voted(query, reference, pairs)
    assert fits.count[0] >= 25
    assert np.abs(fits.matrix[0] - matrix).max() < 0.02


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_chance_pairs_hardly_agree(seed: int) -> None:
    query, reference = picture(seed, 200), picture(seed + 1, 200)
    votes = count_votes(query, reference, paired(np.arange(200)), at_least=1)
    assert votes.count.max() <= 20


def test_pairs_of_pictures_are_voted_on_apart() -> None:
    reference = picture(3, points=40, pictures=3)
    matrices = [similarity(1, 0, 0, 0), similarity(0.7, 90, 0, 0)]
    moved = [transformed(reference, matrix)[0] for matrix in matrices]
    both = {
        name: np.concatenate([getattr(part, name) for part in moved])
        for name in ("position", "size", "angle")
    }
    query = replace(reference, **both)
    rows = np.arange(120)
    first, second = rows[:40], rows[40:80]
    pairs = PointPairs(
        np.concatenate([first, second + 120, rows[80:90]]),
        np.concatenate([first, second, rows[90:100]]),
        np.repeat([7, 3, 12], [40, 40, 10]),
    )
    votes, fits = voted(query, reference, pairs)
    found = {int(pair): (int(fits.count[i]), fits.matrix[i]) for i, pair in enumerate(votes.pair)}
    assert votes.pair.tolist() == sorted(votes.pair.tolist())
    for name, matrix in ((7, matrices[0]), (3, matrices[1])):
        assert found[name][0] >= 20
        assert np.abs(found[name][1] - matrix).max() < 0.02
    assert found.get(12, (0, None))[0] <= 4
    assert (pairs.pair[votes.member] == votes.pair[votes.member_pair]).all()


@settings(deadline=None, max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_makes_no_difference(dice: object) -> None:
    reference = picture(5)
    query, inside = transformed(reference, similarity(0.9, -20, 0.02, 0.01))
    order = list(range(len(inside)))
    dice.shuffle(order)  # type: ignore[attr-defined]
    plain, plain_fits = voted(query, reference, paired(inside))
    votes, fits = voted(query, reference, paired(inside[order]))
    assert votes.count.tolist() == plain.count.tolist()
    assert sorted(inside[order][votes.member]) == sorted(inside[plain.member])
    assert fits.count.tolist() == plain_fits.count.tolist()
    assert np.allclose(fits.matrix, plain_fits.matrix, atol=1e-9)


def test_a_reference_point_votes_once_however_many_query_points_look_like_it() -> None:
    made = picture(1)
    same = replace(
        made,
        **{
            name: np.repeat(getattr(made, name)[:1], POINTS, axis=0) for name in ("position", "size", "angle")
        },
    )
    one = PointPairs(np.arange(POINTS), np.zeros(POINTS, np.int64), np.zeros(POINTS, np.int64))
    assert count_votes(same, made, one, at_least=1).count.tolist() == [1]
    assert len(count_votes(same, made, one, at_least=2).pair) == 0


def test_no_pairs_give_no_votes_and_no_fits() -> None:
    made = picture(1)
    votes, fits = voted(made, made, paired(np.zeros(0, np.int64)))
    assert len(votes.pair) == len(votes.member) == len(fits.count) == 0
    assert fits.matrix.shape == (0, 2, 3)


def all_in_one_bin(count: int) -> Votes:
    zero = np.zeros(1, np.int64)
    return Votes(zero, zero + count, np.arange(count), np.zeros(count, np.int64))


@pytest.mark.parametrize(
    "linear",
    [[[-1, 0], [0, 1]], [[1, 0], [0, -1]], [[0, 1], [1, 0]], [[1, 0], [0, 0.05]], [[0.02, 0], [0, 0.02]]],
    ids=["mirrored", "flipped", "transposed", "squeezed flat", "shrunk to nothing"],
)
def test_maps_that_no_edit_makes_have_no_votes(linear: list[list[float]]) -> None:
    reference = picture(2)
    turn = np.array(linear, float)
    middle = np.array([0.5, 0.28])
    matrix = np.column_stack([turn, middle - turn @ middle])
    query, _ = transformed(reference, matrix)
    fits = fit_transforms(query, reference, paired(np.arange(POINTS)), all_in_one_bin(POINTS))
    assert fits.count.tolist() == [0]
    assert not fits.in_place.any()


def test_a_stretched_picture_has_votes() -> None:
    reference = picture(2)
    matrix = np.array([[1.0, 0, 0], [0, 0.75, 0.1]])
    query, _ = transformed(reference, matrix)
    fits = fit_transforms(query, reference, paired(np.arange(POINTS)), all_in_one_bin(POINTS))
    assert fits.count.tolist() == [POINTS]
    assert np.abs(fits.matrix[0] - matrix).max() < 0.01


def test_points_out_of_place_do_not_bend_the_fit() -> None:
    reference = picture(4)
    matrix = similarity(0.9, 5, 0, 0)
    query, _ = transformed(reference, matrix)
    query.position[:10] = query.position[10:20]
    fits = fit_transforms(query, reference, paired(np.arange(POINTS)), all_in_one_bin(POINTS))
    assert POINTS - 15 <= fits.count[0] <= POINTS - 5
    assert fits.in_place[20:].all()
    assert fits.in_place.sum() == fits.count[0]
    assert np.abs(fits.matrix[0] - matrix).max() < 0.02


@pytest.mark.parametrize("count", range(1, MIN_FIT_POINTS + 3))
def test_a_few_points_or_points_on_a_line_never_break_the_fit(count: int) -> None:
    made = picture(1)
    made.position[:, 1] = made.position[:, 0] // 2
    fits = fit_transforms(made, made, paired(np.arange(count)), all_in_one_bin(count))
    assert fits.count[0] in (0, count)
    assert np.isfinite(fits.matrix).all()
    assert count >= MIN_FIT_POINTS or fits.count[0] == 0


def test_angles_a_little_to_the_left_and_right_of_upright_vote_together() -> None:
    """Where the place lies in its bins is up to their size; some of these places are in the middle of one."""
    reference = picture(6)
    counts = []
    for x in np.arange(0, 0.3, 0.03):
        query, _ = transformed(reference, similarity(1, 0, x, x))
        jitter = np.resize(np.array([1, -1], np.int8), POINTS).astype(np.uint8)
        query = replace(query, angle=query.angle + jitter)
        counts.append(count_votes(query, reference, paired(np.arange(POINTS)), at_least=1).count[0])
    assert max(counts) >= 0.9 * POINTS
