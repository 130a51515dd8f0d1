"""Evidence → one number from 0 to 1, for a segment and for a reference."""

from __future__ import annotations

from typing import Final

import numpy as np

CHANCE: Final = 0.25
"""Standard deviation of how well one cell of the second look agrees by chance."""
NO_EVIDENCE: Final = 5.0
"""So many standard deviations are reached by chance, since thousands of places are tried."""
HALF_EVIDENCE: Final = 2.5
"""Standard deviations above that at which similarity is one half."""
DEFAULT_MIN_SIMILARITY: Final = 0.5


def evidence(agreed: float, sure: float, cells: int) -> float:
    """How far agreement is above what chance would give, in standard deviations of chance.

    Parameters
    ----------
    agreed, sure : decibels, see `second_look.Agreement`.
    cells : over which they were summed.
    """
    return agreed / sure * float(np.sqrt(cells)) / CHANCE if sure > 0 else 0.0


def segment_similarity(strength: float) -> float:
    """How sure it is that a stretch is a copy: ``1 - 2 ** (-(evidence - NO_EVIDENCE) / HALF_EVIDENCE)``, at least 0.

    Evidence grows with how well query and reference agree, and with the root of how long they do: a loud copy of three
    seconds and one of twelve seconds half hidden by noise have the same.
    """
    return float(1 - 2 ** (-max(0.0, strength - NO_EVIDENCE) / HALF_EVIDENCE))
