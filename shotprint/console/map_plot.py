"""The map of a match, as a drawing: this file's seconds to the right, the reference's upwards."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.likeness_map import LEVELS, LikenessMap
from shotprint.engine.types import Segment

LEFT, TOP, WIDTH, HEIGHT = 56.0, 8.0, 300.0, 190.0  # of the map on the drawing, with room for the axes
_COLOUR = (140, 150, 20)  # blue, green, red: seen on light and on dark


@dataclass(frozen=True)
class Line:
    """On the drawing."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class MapPlot:
    """What the drawing shows.

    Attributes
    ----------
    image : PNG, one pixel for each pair of moments; the more they agree the less transparent.
    lines : where the segments are.
    along, beside : mean agreement on the lines and elsewhere, 0 to 1.
    """

    map: LikenessMap
    image: bytes
    lines: tuple[Line, ...]
    along: float
    beside: float

    @property
    def source(self) -> str:
        """As an address."""
        return f"data:image/png;base64,{b64encode(self.image).decode()}"


def plot(shown: LikenessMap, segments: Sequence[Segment]) -> MapPlot:
    """The drawing of a map, with the segments on it."""
    across = WIDTH / (shown.query_end - shown.query_start)
    up = HEIGHT / (shown.reference_end - shown.reference_start)

    def line(one: Segment) -> Line:
        return Line(
            LEFT + across * (one.query_start - shown.query_start),
            TOP + HEIGHT - up * (one.reference_start - shown.reference_start),
            LEFT + across * (one.query_end - shown.query_start),
            TOP + HEIGHT - up * (one.reference_end - shown.reference_start),
        )

    on = _on_lines(shown, segments)
    levels = shown.levels / LEVELS
    return MapPlot(
        shown, _png(shown.levels), tuple(line(one) for one in segments),
        float(levels[on].mean()) if on.any() else 0.0, float(levels[~on].mean()) if not on.all() else 0.0,
    )  # fmt: skip


def _png(levels: NDArray[np.uint8]) -> bytes:
    picture = np.zeros((levels.shape[1], levels.shape[0], 4), np.uint8)
    picture[..., :3] = _COLOUR
    picture[..., 3] = levels.T[::-1].astype(np.uint16) * 255 // LEVELS
    _done, data = cv2.imencode(".png", picture)
    return data.tobytes()


def _on_lines(shown: LikenessMap, segments: Sequence[Segment]) -> NDArray[np.bool_]:
    """Which cells the segments run through."""
    rows, columns = shown.levels.shape
    times = shown.query_start + (np.arange(rows) + 0.5) * (shown.query_end - shown.query_start) / rows
    step = (shown.reference_end - shown.reference_start) / columns
    on = np.zeros((rows, columns), np.bool_)
    for one in segments:
        inside = np.flatnonzero((times >= one.query_start) & (times <= one.query_end))
        share = (times[inside] - one.query_start) / max(one.query_end - one.query_start, 1e-3)
        place = one.reference_start + share * (one.reference_end - one.reference_start)
        column = np.clip((place - shown.reference_start) / step, 0, columns - 1).astype(np.int64)
        on[inside, column] = True
    return on
