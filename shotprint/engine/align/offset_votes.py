"""Scattered hits → straight lines: at which speed and offset does the reference run beside the query?

A copy at constant speed puts its hits on a line, reference time = speed * query time + offset. Each hit votes
for the offset that it implies at each speed looked at; the fullest bin is a line, its hits are taken away, and
so on: the Hough transform, as copy detection has used it since Douze et al., "An image-based approach to
video copy detection with spatio-temporal post-filtering" (IEEE TMM 2010).
"""

from __future__ import annotations

from dataclasses import dataclass, field
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


def _speeds() -> NDArray[np.float64]:
    steps = 2.0 ** (np.arange(-25, 26) / 25)
    usual = [0.5, 0.75, 0.8, 0.9, 24 / 25, 1.0, 25 / 24, 1.1, 1.2, 1.25, 1.5, 2.0]
    return np.unique(np.round(np.concatenate([steps, usual]), 6))


SPEEDS: Final = _speeds()


@dataclass(frozen=True)
class Hits:
    """Moments that look alike; all of shape (n,). Times in seconds, weight in votes, `mirrored` 0 or 1."""

    query_time: NDArray[np.float64]
    reference_time: NDArray[np.float64]
    weight: NDArray[np.float64]
    mirrored: NDArray[np.int64]

    def only(self, keep: NDArray[np.bool_]) -> Hits:
        return Hits(self.query_time[keep], self.reference_time[keep], self.weight[keep], self.mirrored[keep])

    def __len__(self) -> int:
        return len(self.query_time)


@dataclass(frozen=True)
class Line:
    """reference time = speed * query time + offset, with hits from query second `begin` to `end`.

    ``moments`` are the query times of its heaviest hits, at most `PROBES`.
    """

    speed: float
    offset: float
    mirrored: bool
    begin: float
    end: float
    weight: float
    moments: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def at(self, query_time: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.speed * query_time + self.offset


def find_lines(hits: Hits, *, at_most: int, min_weight: float) -> list[Line]:
    """The lines that hits lie on, the heaviest first; hits of one line don't count for the next.

    Deterministic: ties go to the slower speed and the smaller offset.
    """
    lines: list[Line] = []
    hits = hits.only(hits.weight > 0)
    while len(hits) and len(lines) < at_most:
        line, members = _heaviest(hits)
        if line.weight < min_weight:
            break
        lines.append(line)
        hits = hits.only(~members)
    return lines


def _heaviest(hits: Hits) -> tuple[Line, NDArray[np.bool_]]:
    best = (-1.0, 1.0, 0.0, 0)
    for mirrored in np.unique(hits.mirrored):
        side = hits.only(hits.mirrored == mirrored)
        for speed in SPEEDS:
            weight, offset = _fullest_bin(side, float(speed))
            weight *= PLAIN_SPEED_BONUS if speed == 1.0 else 1.0
            if weight > best[0] + 1e-9:
                best = (weight, float(speed), offset, int(mirrored))
    _, speed, offset, mirrored = best
    away = np.abs(hits.reference_time - speed * hits.query_time - offset)
    members = (away <= TOLERANCE_S) & (hits.mirrored == mirrored)
    times = hits.query_time[members]
    weight = _weight_per_moment(times, hits.weight[members])
    heaviest = np.argsort(-hits.weight[members], kind="stable")[:PROBES]
    line = Line(
        speed, offset, bool(mirrored), float(times.min()), float(times.max()), weight, times[heaviest]
    )
    return line, members


def _fullest_bin(hits: Hits, speed: float) -> tuple[float, float]:
    """The heaviest pair of neighbouring offset bins: its weight, and the mean offset in it."""
    offset = hits.reference_time - speed * hits.query_time
    first = float(offset.min())
    bins = ((offset - first) / OFFSET_BIN_S).astype(np.int64)
    used, bins = np.unique(bins, return_inverse=True)
    weight = np.bincount(bins, hits.weight)
    moment = np.bincount(bins, hits.weight * offset)
    beside = np.append(used[1:] == used[:-1] + 1, False)
    both = weight + np.append(weight[1:], 0.0) * beside
    place = int(np.argmax(both))
    total = moment[place] + (moment[place + 1] if beside[place] else 0.0)
    return float(both[place]), float(total / both[place])


def _weight_per_moment(times: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Sum over query moments of the heaviest hit of each, so that a still reference does not count many times."""
    moments, place = np.unique(times, return_inverse=True)
    top = np.zeros(len(moments))
    np.maximum.at(top, place, weight)
    return float(np.minimum(top, MAX_WEIGHT).sum())
