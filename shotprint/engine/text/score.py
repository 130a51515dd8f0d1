"""Evidence → similarity, for texts.

``similarity = agreement * (1 - 2 ** (-proof / HALF_PROOF))``, where ``proof = evidence * agreement ** 3``: how much of
both passages agrees, less where it is so little, so common or so scattered that it may be by chance. It never falls as
more agrees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Segment

HALF_PROOF: Final = 12.0
"""Letters, about three words."""
LEAST_PROOF: Final = 30.0
"""Letters: fewer are an idiom, a name or a German word; a quote of 40 characters, or 20 Chinese ones, has more. From
docs/why/text-engine.md."""
DEFAULT_MIN_SIMILARITY: Final = 0.3
OTHER_TEXTS: Final = 1000
"""How common something is is judged as if so many other texts stood in the library, which have it not."""


def rarity(owners: NDArray[np.int64], texts: int) -> NDArray[np.float64]:
    """How much a gram says that so many of the library's texts have: 1 if one has it, 0 if all have.

    The inverse document frequency, after Spärck Jones, "A statistical interpretation of term specificity" (1972), as
    a share of the largest.
    """
    shown = np.minimum(np.maximum(owners, 1), texts + OTHER_TEXTS)
    return np.asarray(1 - np.log(shown) / math.log(texts + OTHER_TEXTS))


def proof(agreement: float, evidence: float) -> float:
    """Letters that agree, of which those count less that stand among others which do not."""
    return evidence * agreement**3


def similarity(agreement: float, evidence: float) -> float:
    """See above; 0 to 1, four decimals."""
    return round(agreement * (1 - 2 ** (-proof(agreement, evidence) / HALF_PROOF)), 4)


def mean_similarity(segments: Sequence[Segment]) -> float:
    """Of a match: that of its segments, each weighted with its characters in the query; 0 without any."""
    spans = [one.passages.query_span for one in segments if one.passages is not None]
    lengths = [end - start for start, end in spans]
    return (
        round(float(np.average([one.similarity for one in segments], weights=lengths)), 4) if lengths else 0.0
    )
