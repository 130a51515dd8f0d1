"""Exact evidence that a moment of the query shows a moment of the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.frame_votes import PointPairs, count_votes, fit_transforms
from shotprint.engine.video.prints import VideoPrint

POINT_RADIUS: Final = 32
"""Bits of 128 in which two points that look alike may differ."""
MIN_VOTES: Final = 5
PAIRS_AT_ONCE: Final = 512

Index = NDArray[np.int64]


@dataclass(frozen=True)
class KeyEvidence:
    """For each picture pair asked for: reference points put in place by one affine map, and that map.

    ``votes`` int64, shape (n,); ``matrix`` float64, shape (n, 2, 3), see `frame_votes.Fits`.
    """

    votes: Index
    matrix: NDArray[np.float64]


class PairEvidence:
    """Compares pictures of one query with pictures of one reference, each pair at most once."""

    def __init__(self, query: VideoPrint, reference: VideoPrint) -> None:
        self._query = query
        self._reference = reference
        self._known: dict[int, tuple[int, NDArray[np.float64]]] = {}

    def of_keys(self, query_key: Index, reference_key: Index, *, mirrored: bool) -> KeyEvidence:
        """Compare key frames: local features, all of shape (n,)."""
        views = query_key * self._query.views + int(mirrored)
        names = views * self._reference.key_count + reference_key
        new = np.array([name for name in np.unique(names) if int(name) not in self._known], dtype=np.int64)
        for first in range(0, len(new), PAIRS_AT_ONCE):
            self._compare(new[first : first + PAIRS_AT_ONCE])
        found = [self._known[int(name)] for name in names]
        matrix = np.array([entry[1] for entry in found]).reshape(-1, 2, 3)
        return KeyEvidence(np.array([entry[0] for entry in found], dtype=np.int64), matrix)

    def _compare(self, names: Index) -> None:
        views, keys = names // self._reference.key_count, names % self._reference.key_count
        query_rows, reference_rows, pair = [], [], []
        for number, (view, key) in enumerate(zip(views.tolist(), keys.tolist(), strict=True)):
            q, r = self._alike(view, key)
            query_rows.append(q)
            reference_rows.append(r)
            pair.append(np.full(len(q), number, dtype=np.int64))
        pairs = PointPairs(*(np.concatenate(part) for part in (query_rows, reference_rows, pair)))
        votes = count_votes(self._query, self._reference, pairs, at_least=MIN_VOTES)
        fits = fit_transforms(self._query, self._reference, pairs, votes)
        nothing = np.zeros((2, 3))
        self._known.update(dict.fromkeys(names.tolist(), (0, nothing)))
        for place, number in enumerate(votes.pair.tolist()):
            self._known[int(names[number])] = (int(fits.count[place]), fits.matrix[place])

    def _alike(self, view: int, key: int) -> tuple[Index, Index]:
        """Each query point with the reference point nearest to it, as far as within the radius."""
        q = slice(*self._query.point_start[view : view + 2].tolist())
        r = slice(*self._reference.point_start[key : key + 2].tolist())
        if q.start == q.stop or r.start == r.stop:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        distance, nearest = cv2.batchDistance(
            self._query.descriptor[q],
            self._reference.descriptor[r],
            cv2.CV_32S,
            normType=cv2.NORM_HAMMING,
            K=1,
        )
        near = np.flatnonzero(distance[:, 0] <= POINT_RADIUS)
        return near + q.start, nearest[near, 0].astype(np.int64) + r.start
