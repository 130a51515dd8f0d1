"""Many index ranges as one array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ranges(begin: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenate ``arange(b, b + n)`` for each begin ``b`` and length ``n``; both of shape (k,)."""
    shift = np.repeat(begin - (np.cumsum(length) - length), length)
    return np.arange(int(length.sum()), dtype=np.int64) + shift
