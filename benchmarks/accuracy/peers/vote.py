"""From pairs of like pictures to segments: a vote on speed and offset, the same for every peer of single pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.score import Box

Array = NDArray[np.float64]

SPEEDS = np.geomspace(0.5, 2.0, 17)
TOLERANCE_S = 0.6
GAP_S = 2.6
MIN_PICTURES = 3
MAX_SEGMENTS = 6
NEAREST = 5
"""So many pictures of one reference may vote for one picture of the query."""


def segments(
    query_times: Array, reference_times: Array, likeness: Array, least: float, step: float
) -> list[Box]:
    """Segments of one pair.

    Parameters
    ----------
    likeness : shape (query pictures, reference pictures); larger is more alike.
    least : pairs below it don't vote.
    step : seconds between pictures of the query.

    Returns
    -------
    list of Box
        Scored by the mean likeness above `least` times the root of the number of pictures.
    """
    query, reference = _hits(likeness, least)
    weights = likeness[query, reference] - least + 1e-3
    at, beside = query_times[query], reference_times[reference]
    boxes: list[Box] = []
    while len(boxes) < MAX_SEGMENTS and len(at) >= MIN_PICTURES:
        speed, offset = _best_line(at, beside, weights)
        on_line = np.abs(beside - speed * at - offset) <= TOLERANCE_S
        boxes += _runs(at[on_line], weights[on_line], speed, offset, step)
        if len(np.unique(at[on_line])) < MIN_PICTURES:
            break
        at, beside, weights = at[~on_line], beside[~on_line], weights[~on_line]
    return boxes


def _hits(likeness: Array, least: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    count = min(NEAREST, likeness.shape[1])
    nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
    query = np.repeat(np.arange(len(likeness)), count)
    reference = nearest.ravel()
    enough = likeness[query, reference] >= least
    return query[enough], reference[enough]


def _best_line(at: Array, beside: Array, weights: Array) -> tuple[float, float]:
    """The speed and offset with the most weight within the tolerance."""
    best = (0.0, 1.0, 0.0)
    for speed in SPEEDS:
        offsets = beside - speed * at
        order = np.argsort(offsets)
        ranked, summed = offsets[order], np.concatenate([[0.0], np.cumsum(weights[order])])
        last = np.searchsorted(ranked, ranked + 2 * TOLERANCE_S, side="right")
        totals = summed[last] - summed[np.arange(len(ranked))]
        # At equal weight the speed nearest to 1 is likelier.
        top = int(np.argmax(totals))
        total = float(totals[top]) * (1 - 0.02 * abs(float(np.log2(speed))))
        if total > best[0]:
            best = (total, float(speed), float(np.median(ranked[top : last[top]])))
    return best[1], best[2]


def _runs(at: Array, weights: Array, speed: float, offset: float, step: float) -> list[Box]:
    order = np.argsort(at)
    at, weights = at[order], weights[order]
    boxes = []
    for part in np.split(np.arange(len(at)), np.flatnonzero(np.diff(at) > GAP_S) + 1):
        times = np.unique(at[part])
        if len(times) < MIN_PICTURES:
            continue
        start, end = float(times[0]) - step / 2, float(times[-1]) + step / 2
        strongest = [weights[part][at[part] == time].max() for time in times]
        score = float(np.mean(strongest) * np.sqrt(len(times)))
        boxes.append(Box(max(0.0, start), end, max(0.0, speed * start + offset), speed * end + offset, score))
    return boxes
