"""Pictures at a steady rate, for peers that describe pictures; and arrays as bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""


def pictures(path: Path, rate: float, longest_side: int) -> Iterator[tuple[float, Picture]]:
    """The picture shown at second k / rate of the file, for k = 0, 1, 2, ..."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        shown: Picture | None = None
        origin: float | None = None
        number = 0
        for frame in container.decode(stream):
            if frame.time is None:
                continue
            origin = frame.time if origin is None else origin
            while shown is not None and number / rate < float(frame.time) - origin:
                yield number / rate, shown
                number += 1
            share = min(1.0, longest_side / max(frame.width, frame.height))
            size = max(8, round(frame.width * share)), max(8, round(frame.height * share))
            shown = np.asarray(frame.to_ndarray(format="rgb24", width=size[0], height=size[1]), np.uint8)
        if shown is not None:
            yield number / rate, shown


def pack(**arrays: NDArray[np.generic]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return dict(arrays)
