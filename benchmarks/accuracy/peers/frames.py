"""Pictures at a steady rate, for peers that describe pictures; and arrays as bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""


def pictures(path: Path, rate: float, longest_side: int) -> Iterator[tuple[float, Picture]]:
    """The picture shown at second k / rate of the file, for k = 0, 1, 2, ..."""
    number = 0
    shown: list[Picture] = []
    with av.open(str(path)) as container:
        for time, frame in _timed(container):
            while shown and number / rate < time:
                yield number / rate, shown[0]
                number += 1
            share = min(1.0, longest_side / max(frame.width, frame.height))
            width, height = max(8, round(frame.width * share)), max(8, round(frame.height * share))
            shown = [
                np.ascontiguousarray(frame.to_ndarray(format="rgb24", width=width, height=height), np.uint8)
            ]
    if shown:
        yield number / rate, shown[0]


def _timed(container: InputContainer) -> Iterator[tuple[float, av.VideoFrame]]:
    """Frames with their seconds since the first; what cannot be decoded is left out."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    origin: list[float] = []
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            if isinstance(frame, av.VideoFrame) and frame.time is not None:
                origin = origin or [frame.time]
                yield frame.time - origin[0], frame


def pack(**arrays: NDArray[np.generic]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return dict(arrays)
