"""Media facts as JSON values and back, without loss: ``from_json(to_json(info)) == info``."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import Any

from shotprint.engine.types import MediaInfo


def to_json(info: MediaInfo) -> dict[str, Any]:
    """JSON values of `info`; the frame rate as a text like "30000/1001"."""
    return asdict(info) | {"frame_rate": str(info.frame_rate)}


def from_json(values: dict[str, Any]) -> MediaInfo:
    """The facts that `to_json` made `values` of."""
    return MediaInfo(**values | {"frame_rate": Fraction(values["frame_rate"])})
