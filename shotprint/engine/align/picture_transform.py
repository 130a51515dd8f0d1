"""Affine maps of many pictures → how the copy was edited, in words that people use."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Box, Transform

WHOLE: Final = 0.96
"""A box that covers this share of a side counts as the whole side: point positions are that exact."""
UPRIGHT_DEG: Final = 1.5
STRAY_SIDE: Final = 0.1
"""A map that puts the corners this far off, in units of the longer side, is another map. A shaking copy moves less."""
STRAY: Final = 0.25

Matrix = NDArray[np.float64]


def describe_transform(
    matrix: Matrix, query_extent: Matrix, reference_extent: Matrix, *, mirrored: bool
) -> Transform:
    """Say what a map does to a picture.

    Parameters
    ----------
    matrix : float64, shape (2, 3)
        Reference to query, as fractions of the width and height of each.
    query_extent, reference_extent : float64, shape (2,)
        Width and height of the pictures, in units of their longer sides.
    mirrored : bool
        The map turns the picture over.
    """
    across = (
        matrix[:, 0] * query_extent / reference_extent[0]
    )  # where the reference's right lies, in equal units
    turn = float(np.degrees(np.arctan2(*(-across if mirrored else across)[::-1])))
    flipped = (
        mirrored and abs(turn) > 135
    )  # a mirrored picture that is upside down is one flipped top to bottom
    if flipped:
        turn = turn - 180 if turn > 0 else turn + 180
    turn = 0.0 if abs(turn) < UPRIGHT_DEG else round(turn, 1)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64)
    shown = corners @ matrix[:, :2].T + matrix[:, 2]
    taken = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    return Transform(
        mirrored=mirrored and not flipped,
        flipped=flipped,
        rotation_deg=180.0 if turn == -180 else turn,
        crop=_box(taken),
        inset=_box(shown),
    )


def consistency(matrices: Matrix, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each map agrees with what the maps have in common: 1 for one that does, `STRAY` for one that does not.

    An edit does the same to every picture. Two views of one place give maps too, but another one each time.

    Parameters
    ----------
    matrices : float64, shape (n, 2, 3)
    weights : float64, shape (n,)
        Votes; a map with none is not judged, and gets 1.
    """
    used = weights > 0
    if not used.any():
        return np.ones(len(weights))
    corners = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    placed = np.einsum("nij,cj->nci", matrices, corners)
    expected = corners @ middle_map(matrices[used], weights[used]).T
    away = np.sqrt(((placed - expected) ** 2).sum(axis=2)).mean(axis=1)
    return np.where(used & (away > STRAY_SIDE), STRAY, 1.0)


def middle_map(matrices: Matrix, weights: NDArray[np.float64]) -> Matrix:
    """The map nearest to the weighted median of all, entry by entry: one that was really seen."""
    flat = matrices.reshape(len(matrices), 6)
    order = np.argsort(flat, axis=0)
    total = np.cumsum(np.take_along_axis(np.tile(weights[:, None], 6), order, axis=0), axis=0)
    place = (total < total[-1] / 2).sum(axis=0)
    median = np.take_along_axis(flat, order, axis=0)[place, np.arange(6)]
    return matrices[int(np.argmin(np.abs(flat - median).sum(axis=1)))].copy()


def _box(corners: Matrix) -> Box | None:
    """The rectangle around four corners, as far as it lies in the picture; None for all of the picture."""
    low, high = np.clip(corners.min(axis=0), 0, 1), np.clip(corners.max(axis=0), 0, 1)
    size = high - low
    if (size >= WHOLE).all() or (size <= 0).any():
        return None
    x, y, width, height = (round(float(value), 3) for value in (*low, *size))
    return x, y, width, height
