"""Evidence → one number from 0 to 1, for a segment and for a reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Segment

HALF_EVIDENCE: Final = 25.0
"""Evidence at which similarity is one half. Where it comes from: docs/why/video-1.md."""
OTHER_SPEED: Final = 0.75
DEFAULT_MIN_SIMILARITY: Final = 0.5


def segment_similarity(
    evidence: NDArray[np.float64], moments: NDArray[np.int64], *, plain_speed: bool = True
) -> float:
    """How sure it is that a stretch is a copy.

    ``1 - 2 ** (-strength / HALF_EVIDENCE)``, strength = mean evidence * sqrt(number of different pictures): more
    agreeing points in each picture count, and more pictures count, but ten times the pictures are not ten
    times the proof, and a picture that stands still counts once.

    Parameters
    ----------
    evidence : float64, shape (n,)
        Votes at each moment from the first hit to the last; moments without evidence have 0.
    moments : int64, shape (n,)
        Which picture of the query is shown at each.
    plain_speed : bool
        The copy runs as fast as the original. Another speed has dozens of chances to fit, and counts for less.

    Returns
    -------
    float, 0 to 1
    """
    pictures = np.unique(moments[evidence > 0])
    if not len(pictures):
        return 0.0
    strength = float(evidence.mean()) * np.sqrt(len(pictures)) * (1.0 if plain_speed else OTHER_SPEED)
    return float(1 - 2 ** (-strength / HALF_EVIDENCE))


def reference_similarity(segments: Sequence[Segment]) -> float:
    """Mean similarity of the segments, each weighted with its length in the query; at least one segment."""
    lengths = np.array([max(s.query_end - s.query_start, 1e-3) for s in segments])
    return float(np.average([s.similarity for s in segments], weights=lengths))
