"""Scattered hits → straight lines: at which speed and offset does the reference run beside the query?

A copy at constant speed puts its hits on a line, reference time = speed * query time + offset. Each hit votes
for the offset that it implies at each speed looked at; the fullest bin is a line, its hits are taken away, and
so on: the Hough transform, as copy detection has used it since Douze et al., "An image-based approach to
video copy detection with spatio-temporal post-filtering" (IEEE TMM 2010).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

OFFSET_BIN_S: Final = 0.5
TOLERANCE_S: Final = 1.0
"""Key frames of a reference lie up to a second apart, so a hit may lie that far from its line."""
PLAIN_SPEED_BONUS: Final = 1.1
"""Most copies are not sped up; another speed has to explain that much more."""
MAX_WEIGHT: Final = 60.0
PROBES: Final = 8
MAX_HITS: Final = 4000
"""Of more hits the heaviest are enough to find the lines."""


def _speeds() -> NDArray[np.float64]:
    steps = 2.0 ** (np.arange(-25, 26) / 25)
    usual = [0.5, 0.75, 0.8, 0.9, 24 / 25, 1.0, 25 / 24, 1.1, 1.2, 1.25, 1.5, 2.0]
    return np.unique(np.round(np.concatenate([steps, usual]), 6))


SPEEDS: Final = _speeds()
PLAIN_SPEED: Final = np.ones(1)


@dataclass(frozen=True)
class Hits:
    """Moments that look alike; all of shape (n,). Times in seconds, weight in votes, `mirrored` 0 or 1; ``pair`` names
    the picture pair that a moment is of. ``whole``: that part of the weight that is for the picture as a whole."""

    query_time: NDArray[np.float64]
    reference_time: NDArray[np.float64]
    weight: NDArray[np.float64]
    mirrored: NDArray[np.int64]
    pair: NDArray[np.int64]
    whole: NDArray[np.float64]

    def only(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Hits:
        return Hits(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})

    def __len__(self) -> int:
        return len(self.query_time)


@dataclass(frozen=True)
class Line:
    """reference time = speed * query time + offset, with hits from query second `begin` to `end`.

    ``weight`` is the sum of its moments' votes, ``fitted`` that of the surer ones: how many points of the reference
    one affine map puts in place, all pictures together, and the votes for pictures as a whole. ``moments`` (n,) are the
    query times of its best hits, at most `PROBES`.
    """

    speed: float
    offset: float
    mirrored: bool
    begin: float
    end: float
    weight: float
    fitted: float = 0.0
    moments: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def at(self, query_time: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.speed * query_time + self.offset


def find_both_kinds(hits: Hits, *, plain: int, others: int, min_weight: float) -> list[tuple[Line, Hits]]:
    """At most `plain` lines of speed 1 and `others` of any other speed.

    In a nearly still scene a line of every speed gets about the same hits, and the few plain ones, the right one
    among them, would drown.
    """
    upright = find_lines(hits, at_most=plain, min_weight=min_weight, speeds=PLAIN_SPEED)
    slanted = find_lines(hits, at_most=others, min_weight=min_weight)
    return [*upright, *(found for found in slanted if found[0].speed != 1.0)]


def find_lines(
    hits: Hits, *, at_most: int, min_weight: float, speeds: NDArray[np.float64] = SPEEDS
) -> list[tuple[Line, Hits]]:
    """The lines that hits lie on, each with its hits, the heaviest first; hits of one don't count for the next.

    Deterministic: ties go to the slower speed and the smaller offset.
    """
    lines: list[tuple[Line, Hits]] = []
    hits = hits.only(np.argsort(-hits.weight, kind="stable")[:MAX_HITS])
    while len(hits) and len(lines) < at_most and hits.weight.sum() >= min_weight:
        line, members = _heaviest(hits, speeds)
        if line.weight < min_weight:
            break
        lines.append((line, hits.only(members)))
        hits = hits.only(~members)
    return lines


def _heaviest(hits: Hits, speeds: NDArray[np.float64]) -> tuple[Line, NDArray[np.bool_]]:
    speed, offset, mirrored = max(
        (
            _fullest_bin(hits.only(hits.mirrored == side), speeds, side)
            for side in np.unique(hits.mirrored).tolist()
        ),
        key=lambda found: found[0],  # the first of equals: not mirrored
    )[1:]
    away = np.abs(hits.reference_time - speed * hits.query_time - offset)
    members = (away <= TOLERANCE_S) & (hits.mirrored == mirrored)
    return line_through(hits.only(members), speed, offset), members


def line_through(hits: Hits, speed: float, offset: float) -> Line:
    """The line with these hits on it, at least one."""
    best = np.argsort(-hits.weight, kind="stable")[:PROBES]
    return Line(
        speed,
        offset,
        bool(hits.mirrored[0]),
        float(hits.query_time.min()),
        float(hits.query_time.max()),
        _sum_of_moments(hits.query_time, hits.weight),
        _sum_of_moments(hits.query_time, hits.whole),
        moments=hits.query_time[best],
    )


def _fullest_bin(hits: Hits, speeds: NDArray[np.float64], side: int) -> tuple[float, float, float, int]:
    """Over all speeds the heaviest pair of neighbouring offset bins: weight, speed, mean offset; and `side` again."""
    offset = hits.reference_time[None, :] - speeds[:, None] * hits.query_time[None, :]
    bins = np.floor(offset / OFFSET_BIN_S).astype(np.int64)
    bins -= bins.min()
    width = (
        int(bins.max()) + 2
    )  # one free bin, so that the last of a speed is no neighbour of the next one's first
    bins += np.arange(len(speeds))[:, None] * width
    order = np.argsort(bins, axis=None, kind="stable")
    in_order = bins.ravel()[order]
    begin = np.flatnonzero(np.append(True, in_order[1:] != in_order[:-1]))
    votes = np.broadcast_to(hits.weight, offset.shape).ravel()[order]
    weight = np.add.reduceat(votes, begin)
    moment = np.add.reduceat(votes * offset.ravel()[order], begin)
    used = in_order[begin]
    beside = np.append(used[1:] == used[:-1] + 1, False)
    both = weight + np.where(beside, np.append(weight[1:], 0.0), 0.0)
    total = moment + np.where(beside, np.append(moment[1:], 0.0), 0.0)
    plain = speeds[used // width] == 1.0
    ranked = np.round(both * np.where(plain, PLAIN_SPEED_BONUS, 1.0), 9)
    place = int(np.argmax(ranked))
    return float(ranked[place]), float(speeds[used[place] // width]), float(total[place] / both[place]), side


def _sum_of_moments(times: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Sum over query moments of the heaviest hit of each, so that a still reference does not count many times."""
    moments, place = np.unique(times, return_inverse=True)
    top = np.zeros(len(moments))
    np.maximum.at(top, place, weight)
    return float(np.minimum(top, MAX_WEIGHT).sum())
