"""The arrays of a print while it is being made: grown in place, so that a long file costs its print and no more."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shotprint.engine.types import Role
from shotprint.engine.video.prints import ARRAY_DTYPES, row_shape


class PrintWriter:
    """Appends rows to each of the arrays that `describe_frames` lists.

    An array is one block of bytes that is made larger where it lies. Lists of small arrays take several times their
    contents, and putting them together at the end takes all of it twice.
    """

    def __init__(self, role: Role) -> None:
        self._role = role
        self._bytes = {name: bytearray() for name in ARRAY_DTYPES}

    def append(self, name: str, rows: ArrayLike) -> None:
        """Append one row or several of array `name`; they are converted to its dtype."""
        self._bytes[name] += np.asarray(rows, dtype=ARRAY_DTYPES[name]).tobytes()

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All arrays by name, not copied; nothing can be appended afterwards."""
        return {
            name: np.frombuffer(content, dtype=ARRAY_DTYPES[name]).reshape(-1, *row_shape(name, self._role))
            for name, content in self._bytes.items()
        }
