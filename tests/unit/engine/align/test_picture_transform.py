"""Matrices made by hand → the edit in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shotprint.engine.align.picture_transform import WHOLE, describe_transform, middle_map
from shotprint.engine.align.second_look import Overlay
from shotprint.engine.types import Box, Transform

Matrix = NDArray[np.float64]
WIDE = np.array([1.0, 0.5625])
TALL = np.array([0.5625, 1.0])
PLAIN = Transform()


def placed(part: Box, inset: Box, query: Matrix = WIDE, reference: Matrix = WIDE) -> Matrix:
    """The map that shows `part` of the reference at `inset` of the query."""
    x, y, w, h = part
    ix, iy, iw, ih = inset
    scale = np.array([iw / w * query[0] / reference[0], ih / h * query[1] / reference[1]])
    move = np.array([ix, iy]) * query - scale * np.array([x, y]) * reference
    return np.column_stack([np.diag(scale), move])


def in_mirrored_query(matrix: Matrix, query: Matrix = WIDE) -> Matrix:
    """The same map, to the query as it looks mirrored."""
    flip = np.diag([-1.0, 1.0])
    out = flip @ matrix
    out[0, 2] += query[0]
    return np.asarray(out)


def turned(degrees: float) -> Matrix:
    """Clockwise around the middle; y points down."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, WIDE / 2 - turn @ (WIDE / 2)])


def described(
    matrix: Matrix, query: Matrix = WIDE, reference: Matrix = WIDE, *, mirrored: bool = False
) -> Transform:
    """Of a map in longer sides that leads to the mirrored query, if so."""
    overlay = Overlay.of(matrix, query, reference, mirrored=mirrored)
    return describe_transform(overlay.matrix, query, reference, mirrored=mirrored)


ALL: Box = (0, 0, 1, 1)


def test_a_plain_copy_has_no_edit() -> None:
    assert described(placed(ALL, ALL)) == PLAIN


def test_a_copy_of_another_shape_shows_all_of_the_picture() -> None:
    stretched = placed(ALL, ALL, query=TALL)
    assert described(stretched, query=TALL) == PLAIN


boxes = st.tuples(st.floats(0.2, 0.9), st.floats(0.2, 0.9), st.floats(0, 1), st.floats(0, 1)).map(
    lambda v: ((1 - v[0]) * v[2], (1 - v[1]) * v[3], v[0], v[1])
)


@settings(deadline=None, max_examples=50)
@given(boxes, st.sampled_from([(WIDE, WIDE), (TALL, WIDE), (WIDE, TALL)]), st.booleans())
def test_a_crop_is_recovered(box: Box, shapes: tuple[Matrix, Matrix], mirrored: bool) -> None:
    query, reference = shapes
    matrix = placed(box, ALL, query, reference)  # to the mirrored query, if so, which shows the same part
    found = described(matrix, query=query, reference=reference, mirrored=mirrored)
    assert found.crop == pytest.approx(box, abs=0.002)
    assert (found.inset, found.mirrored, found.flipped, found.rotation_deg) == (None, mirrored, False, 0)


@settings(deadline=None, max_examples=50)
@given(boxes, st.sampled_from([(WIDE, WIDE), (TALL, WIDE), (WIDE, TALL)]))
def test_an_inset_is_recovered(box: Box, shapes: tuple[Matrix, Matrix]) -> None:
    query, reference = shapes
    found = described(placed(ALL, box, query, reference), query=query, reference=reference)
    assert found.inset == pytest.approx(box, abs=0.002)
    assert (found.crop, found.mirrored, found.rotation_deg) == (None, False, 0)


def test_letterbox_bars_are_an_inset() -> None:
    bars: Box = (0, 0.125, 1, 0.75)
    assert described(placed(ALL, bars)).inset == pytest.approx(bars, abs=0.002)


def test_a_mirrored_copy_is_mirrored_and_nothing_else() -> None:
    assert described(placed(ALL, ALL), mirrored=True) == Transform(mirrored=True)


def test_the_inset_of_a_mirrored_copy_is_where_the_query_shows_it() -> None:
    inset: Box = (0.1, 0.2, 0.5, 0.5)
    seen_mirrored: Box = (0.4, 0.2, 0.5, 0.5)
    found = described(placed(ALL, seen_mirrored), mirrored=True)
    assert found.mirrored
    assert found.inset == pytest.approx(inset, abs=0.002)


def test_mirrored_and_upside_down_is_flipped() -> None:
    found = described(turned(180), mirrored=True)
    assert (found.flipped, found.mirrored, found.rotation_deg) == (True, False, 0)


@pytest.mark.parametrize("degrees", [-170, -90, -45, -5, 5, 30, 90, 135, 179, 180])
def test_a_turn_is_recovered(degrees: float) -> None:
    found = described(turned(degrees))
    assert found.rotation_deg == pytest.approx(degrees, abs=0.11)
    assert not found.mirrored
    assert not found.flipped
    assert -180 < found.rotation_deg <= 180


@pytest.mark.parametrize("degrees", [-30, -5, 5, 30])
def test_a_copy_mirrored_then_turned_says_how_the_query_is_turned(degrees: float) -> None:
    found = described(in_mirrored_query(np.asarray(mirror_then_turn(degrees))), mirrored=True)
    assert found.mirrored
    assert found.rotation_deg == pytest.approx(degrees, abs=0.11)


def mirror_then_turn(degrees: float) -> Matrix:
    """Reference to query: left and right exchanged, then turned clockwise."""
    mirror = np.array([[-1.0, 0, 1.0], [0, 1, 0], [0, 0, 1]])
    return turned(degrees) @ mirror


def test_the_middle_map_counts_not_the_odd_one() -> None:
    good = placed((0.1, 0.1, 0.8, 0.8), ALL)
    maps = np.array([good, placed((0.5, 0.5, 0.3, 0.3), ALL), good, turned(90), good])
    assert middle_map(maps, np.ones(5)) == pytest.approx(good)


def test_a_map_of_many_votes_counts_more_than_several_of_few() -> None:
    good, other = placed((0.1, 0.1, 0.8, 0.8), ALL), placed(ALL, ALL)
    assert middle_map(np.array([other, good, other]), np.array([2.0, 5.0, 2.0])) == pytest.approx(good)


def test_hardly_any_crop_is_none() -> None:
    share = (1 + WHOLE) / 2
    assert described(placed((0.01, 0.01, share, share), ALL)).crop is None


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(-2, 2), min_size=6, max_size=6),
    st.booleans(),
)
def test_any_map_gives_boxes_within_the_picture(numbers: list[float], mirrored: bool) -> None:
    matrix = np.array(numbers).reshape(2, 3)
    if (
        abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]) < 0.01
    ):  # det warns of the tiniest numbers
        matrix[:, :2] = np.eye(2)
    found = described(matrix, mirrored=mirrored)
    assert -180 < found.rotation_deg <= 180
    for box in (found.crop, found.inset):
        if box is not None:
            assert all(0 <= value <= 1 for value in box)
            assert box[0] + box[2] <= 1.002
            assert box[1] + box[3] <= 1.002
