"""Arrays that stay on the disk until they are looked at."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np


def map_array(path: Path) -> Any:
    """Map an array that `np.save` wrote; `OSError` or `ValueError` when it is missing or damaged."""
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        return np.asarray(mapped)  # as a plain array, which is quicker to index
    except (EOFError, TokenError) as error:  # an empty file; a header that is no header
        raise ValueError(f"{path.name} is damaged: {error}") from error
