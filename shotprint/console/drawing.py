"""Where to draw what on a picture, so that people see how it was copied."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shotprint.engine.types import Transform

WIDTH = 1000.0  # of drawings, which scale
PICTURE = 100.0  # both sides of what is drawn on a picture


@dataclass(frozen=True)
class Rect:
    """On a drawing."""

    x: float
    y: float
    width: float
    height: float


def shown_part(transform: Transform, side: str) -> Rect | None:
    """What to frame on a picture: of the reference the part that the query shows, of the query the part that shows
    it; None for all."""
    box = transform.crop if side == "reference" else transform.inset
    if box is None:
        return None
    left, top = (min(max(value, 0.0), 1.0) for value in box[:2])
    right, bottom = (min(max(box[n] + box[n + 2], 0.0), 1.0) for n in (0, 1))
    return Rect(left * PICTURE, top * PICTURE, max(right - left, 0) * PICTURE, max(bottom - top, 0) * PICTURE)


def turn_matrix(transform: Transform) -> tuple[float, float, float, float] | None:
    """The same as a matrix, SVG's a to d: to the right and down; None when it stands as it did."""
    if not turn(transform):
        return None
    angle = math.radians(transform.rotation_deg)
    across, down = (-1 if transform.mirrored else 1), (-1 if transform.flipped else 1)
    return (
        math.cos(angle) * across,
        math.sin(angle) * across,
        -math.sin(angle) * down,
        math.cos(angle) * down,
    )


def turn(transform: Transform) -> str:
    """What turns an upright mark as the reference's picture was turned, as SVG says it around the origin; "" when it
    stands as it did."""
    if not (transform.mirrored or transform.flipped or transform.rotation_deg):
        return ""
    across, down = (-1 if transform.mirrored else 1), (-1 if transform.flipped else 1)
    return f"rotate({transform.rotation_deg:g}) scale({across} {down})"
