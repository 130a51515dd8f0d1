"""Do two pictures show the same thing? Point pairs vote for a change of scale, angle and place.

Each pair of points that look alike says how the reference's picture would have to be scaled, turned and
moved to give the query's. True pairs agree, chance pairs scatter. This is the voting of Lowe, "Distinctive image
features from scale-invariant keypoints" (IJCV 2004), section 7.3, on binary descriptors, for many picture
pairs at once; `fit_transforms` then asks for agreement to a few pixels.

Positions are in units of the picture's longer side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.ranges import ranges
from shotprint.engine.video.local_features import ANGLE_STEPS, POSITION_STEPS, SIZE_STEPS

Index = NDArray[np.int64]

SCALE_BIN: Final = 0.6  # doublings
ANGLE_BINS: Final = 12  # of 30 degrees
PLACE_BIN: Final = 0.28  # of the longer side
FIT_TOLERANCE: Final = 0.02
"""How far, in units of the query's longer side, a point may lie from where the transform puts it: 6 pixels of 320."""
MIN_FIT_POINTS: Final = 4


class Placed(Protocol):
    """Points in their pictures: a print, or some points. See `local_features.Points`."""

    @property
    def position(self) -> NDArray[np.uint16]: ...
    @property
    def size(self) -> NDArray[np.uint8]: ...
    @property
    def angle(self) -> NDArray[np.uint8]: ...


@dataclass(frozen=True)
class PointPairs:
    """Points that look alike: ``query`` and ``reference`` are rows in two sets of points; ``pair`` names the picture
    pair that they belong to. All int64, shape (n,)."""

    query: Index
    reference: Index
    pair: Index


@dataclass(frozen=True)
class Votes:
    """``count`` of the best bin for each of the picture pairs in ``pair``, and the point pairs in it (``member``,
    rows of the `PointPairs`, with ``member_pair`` = index into ``pair``)."""

    pair: Index
    count: Index
    member: Index
    member_pair: Index


def count_votes(query: Placed, reference: Placed, pairs: PointPairs, *, at_least: int) -> Votes:
    """For each picture pair, find the transform that most of its point pairs vote for.

    A reference point votes once per bin, however many query points it looks like. Two grids, shifted by half a
    bin, so that an agreement on a bin's edge is not lost.
    """
    log_scale, turn, centre = _single_transforms(query, reference, pairs)
    plain, shifted = (
        _best_bins(_bins(pairs.pair, log_scale, turn, centre, shift), pairs, at_least) for shift in (0.0, 0.5)
    )
    return _better(plain, shifted)


def _single_transforms(
    query: Placed, reference: Placed, pairs: PointPairs
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Each point pair's own idea: doublings, turns (0 to 1), and where the reference's centre comes to lie."""
    q, r = pairs.query, pairs.reference
    steps = query.size[q].astype(np.float32) - reference.size[r]
    log_scale = steps / np.float32(SIZE_STEPS)
    turn = ((query.angle[q].astype(np.float32) - reference.angle[r]) / np.float32(ANGLE_STEPS)) % 1
    unit = np.float32(1 / POSITION_STEPS)
    away = np.float32(0.4) - reference.position[r].astype(np.float32) * unit
    scale = np.exp2(log_scale)
    cosine, sine = scale * np.cos(2 * np.pi * turn), scale * np.sin(2 * np.pi * turn)
    centre = query.position[q].astype(np.float32) * unit
    centre[:, 0] += cosine * away[:, 0] - sine * away[:, 1]
    centre[:, 1] += sine * away[:, 0] + cosine * away[:, 1]
    return log_scale, turn, centre


def _bins(
    pair: Index,
    log_scale: NDArray[np.float32],
    turn: NDArray[np.float32],
    centre: NDArray[np.float32],
    shift: float,
) -> Index:
    scale_bin = np.clip(np.floor(log_scale / SCALE_BIN + shift) + 16, 0, 31).astype(np.int64)
    turn_bin = np.floor(turn * ANGLE_BINS + shift).astype(np.int64) % ANGLE_BINS
    place = np.clip(np.floor(centre / PLACE_BIN + shift) + 32, 0, 63).astype(np.int64)
    return (((pair * 32 + scale_bin) * 16 + turn_bin) * 64 + place[:, 0]) * 64 + place[:, 1]


_BINS_PER_PAIR: Final = 32 * 16 * 64 * 64


def _best_bins(bins: Index, pairs: PointPairs, at_least: int) -> Votes:
    order = np.lexsort((pairs.reference, bins))
    bins, points = bins[order], pairs.reference[order]
    first_of_bin = np.concatenate([[True], bins[1:] != bins[:-1]])[: len(bins)]
    new_point = first_of_bin | np.concatenate([[True], points[1:] != points[:-1]])[: len(bins)]
    begin = np.flatnonzero(first_of_bin)
    if not len(begin):
        return Votes(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
    count = np.add.reduceat(new_point.astype(np.int64), begin)
    length = np.diff(np.append(begin, len(bins)))
    pair = bins[begin] // _BINS_PER_PAIR
    enough = count >= at_least
    begin, count, length, pair = begin[enough], count[enough], length[enough], pair[enough]
    rank = np.lexsort((begin, -count, pair))
    top = rank[np.concatenate([[True], pair[rank][1:] != pair[rank][:-1]])[: len(rank)]]
    begin, count, length, pair = begin[top], count[top], length[top], pair[top]
    member = order[ranges(begin, length)]
    return Votes(pair, count, member, np.repeat(np.arange(len(pair)), length))


def _better(left: Votes, right: Votes) -> Votes:
    """For each picture pair, the votes of the grid that got more."""
    pair = np.concatenate([left.pair, right.pair])
    count = np.concatenate([left.count, right.count])
    member = np.concatenate([left.member, right.member])
    member_pair = np.concatenate([left.member_pair, right.member_pair + len(left.pair)])
    rank = np.lexsort((np.arange(len(pair)), -count, pair))
    top = rank[np.concatenate([[True], pair[rank][1:] != pair[rank][:-1]])[: len(rank)]]
    place = np.full(len(pair), -1, dtype=np.int64)
    place[top] = np.arange(len(top))
    keep = place[member_pair] >= 0
    return Votes(pair[top], count[top], member[keep], place[member_pair[keep]])


@dataclass(frozen=True)
class Fits:
    """For each pair of the votes: how many reference points an affine map puts in place, and the map.

    ``count`` int64, shape (n,); ``matrix`` float64, shape (n, 2, 3): query = matrix @ (x, y, 1) of the reference;
    ``in_place`` bool, for each member of the votes.
    """

    count: Index
    matrix: NDArray[np.float64]
    in_place: NDArray[np.bool_]


def fit_transforms(query: Placed, reference: Placed, pairs: PointPairs, votes: Votes) -> Fits:
    """Fit an affine map to each bin's members and count the reference points that it puts in place.

    Least squares, then twice more on the members within the tolerance, first a loose one: all picture pairs at
    once, through the 3 x 3 normal equations.
    """
    unit = np.float64(1 / POSITION_STEPS)
    place = reference.position[pairs.reference[votes.member]] * unit
    source = np.concatenate([place, np.ones((len(place), 1))], axis=1)
    target = query.position[pairs.query[votes.member]] * unit
    pair, n = votes.member_pair, len(votes.pair)
    keep = np.ones(len(pair), dtype=np.bool_)
    matrix = np.zeros((n, 2, 3))
    for tolerance in (4 * FIT_TOLERANCE, 2 * FIT_TOLERANCE, FIT_TOLERANCE):
        matrix = _least_squares(source[keep], target[keep], pair[keep], n)
        error = np.einsum("mij,mj->mi", matrix[pair], source) - target
        keep = (error**2).sum(axis=1) <= tolerance**2
    points = pairs.reference[votes.member[keep]]
    order = np.lexsort((points, pair[keep]))
    of_pair, points = pair[keep][order], points[order]
    new = np.append(True, (of_pair[1:] != of_pair[:-1]) | (points[1:] != points[:-1]))[: len(points)]
    count = np.bincount(of_pair[new], minlength=n)
    count = np.where(count >= MIN_FIT_POINTS, count, 0) * _is_sane(matrix)
    return Fits(count, matrix, keep & (count[pair] > 0))


def _least_squares(
    source: NDArray[np.float64], target: NDArray[np.float64], pair: Index, n: int
) -> NDArray[np.float64]:
    normal = _sums(source[:, :, None] * source[:, None, :], pair, n)
    right = _sums(source[:, :, None] * target[:, None, :], pair, n)
    normal += np.eye(3) * 1e-6  # a bin whose points lie on a line has no single answer
    return np.asarray(np.linalg.solve(normal, right), dtype=np.float64).transpose(0, 2, 1)


def _sums(values: NDArray[np.float64], pair: Index, n: int) -> NDArray[np.float64]:
    """Sum over the members of each pair; shape (m, 3, k) → (n, 3, k)."""
    total = np.zeros((n, *values.shape[1:]))
    for i, j in np.ndindex(values.shape[1:]):
        total[:, i, j] = np.bincount(pair, weights=values[:, i, j], minlength=n)
    return total


def _is_sane(matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a map could come from an edit: not mirrored (that is a view of its own), not squeezed flat."""
    determinant = np.linalg.det(matrix[:, :, :2])
    stretch = np.linalg.norm(matrix[:, :, :2], axis=(1, 2)) ** 2 / 2
    return (determinant > 0.01) & (determinant > 0.35 * stretch)
