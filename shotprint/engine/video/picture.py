"""From a decoded frame to the luma picture that the rest of the engine sees.

Black is 0 and white is 255 whatever range the file stores, so that a copy in another range looks the
same. Where a picture is transparent, black shows through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import atan2, degrees
from typing import Any, cast

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Interpolation
from numpy.typing import NDArray

from shotprint import errors
from shotprint.engine.types import Gray

_LUMA_PLANE = re.compile(r"(?:yuvj?4\d\dp|gray)(9|10|12|14|16)?(?:le)?|nv(?:12|21|16|24|42)")
"""Pixel formats whose first plane is luma alone, the number being its bits where it is not 8."""

Levels = NDArray[Any]
"""Luma as stored, uint8 or uint16, shape (height, width)."""

_EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def luma(frame: VideoFrame, *, sample_aspect: Fraction, turn: Turn, max_side: int) -> Gray:
    """The frame's luma: upright, with square pixels, its longer side at most `max_side`, never enlarged.

    Pixels are made square by narrowing the axis that has too many of them, so neither axis is enlarged.

    Raises
    ------
    MediaNotSupported
        The pixels are in a format that cannot be converted.
    """
    plane, bits, full_range = _luma_plane(frame) or _converted(frame)
    small = shrink(plane, fit(frame.width, frame.height, sample_aspect, max_side))
    table = _to_full_range(bits, full_range)
    return turn.apply(np.asarray(cv2.LUT(small, table), np.uint8) if bits == 8 else table[small])


def shrink(plane: Levels, size: tuple[int, int]) -> Levels:
    """The plane at (width, height) `size`, neither of which is above its own.

    First whole blocks of pixels are averaged, then what is left, a factor below 2, is interpolated. OpenCV's
    INTER_AREA for any factor took four times as long on most sizes (1.2 ms against 0.3 ms for 720 x 480 to
    640 x 427, a sixth of what decoding costs), and its sums in floating point may round differently
    from one processor to the next.
    """
    height, width = plane.shape
    by_x, by_y = width // size[0], height // size[1]
    if by_x > 1 or by_y > 1:
        blocks = width // by_x, height // by_y
        plane = cv2.resize(
            plane[: blocks[1] * by_y, : blocks[0] * by_x], blocks, interpolation=cv2.INTER_AREA
        )
    if plane.shape != size[::-1]:
        plane = cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR_EXACT)
    return plane


@lru_cache
def fit(width: int, height: int, sample_aspect: Fraction, max_side: int) -> tuple[int, int]:
    """(width, height) of the largest square-pixel picture within `max_side` that enlarges neither axis."""
    wide = width * min(sample_aspect, Fraction(1))
    high = height / max(sample_aspect, Fraction(1))
    scale = min(Fraction(1), max_side / max(wide, high))
    return max(1, round(wide * scale)), max(1, round(high * scale))


@dataclass(frozen=True)
class Turn:
    """How a picture has to be turned to stand upright.

    Attributes
    ----------
    clockwise : 0, 90, 180 or 270 degrees.
    mirrored : left and right are exchanged before it is turned.
    """

    clockwise: int = 0
    mirrored: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Turn:
        """What the frame's display matrix asks for, to the nearest right angle."""
        try:
            matrix = np.frombuffer(bytes(frame.side_data["DISPLAYMATRIX"]), np.int32)  # type: ignore[typeddict-item]
        except (KeyError, ValueError):  # ValueError: PyAV does not know every kind of side data
            return cls(round(-frame.rotation / 90) * 90 % 360)
        a, b, c, d = (float(matrix[i]) for i in (0, 1, 3, 4))
        mirrored = a * d - b * c < 0
        angle = degrees(atan2(-b, -a) if mirrored else atan2(b, a))
        return cls(round(angle / 90) * 90 % 360, mirrored)

    @property
    def on_its_side(self) -> bool:
        return self.clockwise in (90, 270)

    def apply(self, image: Gray) -> Gray:
        if self.mirrored:
            image = image[:, ::-1]
        return np.ascontiguousarray(np.rot90(image, -self.clockwise // 90))


def _luma_plane(frame: VideoFrame) -> tuple[Levels, int, bool] | None:
    """The luma as the decoder left it, without a copy, its bits, and whether it uses all its values."""
    layout = _luma_layout(frame.format.name)
    if layout is None:
        return None
    bits, by_default_full = layout
    rows = _rows(frame.planes[0]).view(np.uint8 if bits == 8 else np.uint16)[:, : frame.width]
    stated = frame.color_range
    return rows, bits, by_default_full if stated == ColorRange.UNSPECIFIED else stated == ColorRange.JPEG


@lru_cache
def _luma_layout(name: str) -> tuple[int, bool] | None:
    """Of a pixel format whose first plane is luma alone: its bits, and whether it uses all values by default."""
    found = _LUMA_PLANE.fullmatch(name)
    if found is None or (found[1] and not name.endswith("le")):
        return None
    return int(found[1] or 8), name.startswith(("yuvj", "gray"))


def _converted(frame: VideoFrame) -> tuple[Levels, int, bool]:
    """The luma of any other format, by swscale: full range, 8 bits."""
    see_through = frame.format.name == "pal8" or any(part.is_alpha for part in frame.format.components)
    wanted = "ya8" if see_through else "gray"
    try:
        gray = frame.reformat(format=wanted, interpolation=_EXACT, dst_color_range=ColorRange.JPEG, threads=1)
    except (av.error.FFmpegError, ValueError) as error:
        raise errors.MediaNotSupported(f"Pixels of the format {frame.format.name} cannot be read.") from error
    rows = _rows(gray.planes[0])
    if not see_through:
        return rows[:, : frame.width], 8, True
    pairs = rows[:, : 2 * frame.width].reshape(frame.height, frame.width, 2)
    return cv2.multiply(pairs[..., 0], pairs[..., 1], scale=1 / 255), 8, True


def _rows(plane: VideoPlane) -> NDArray[np.uint8]:
    """The plane's bytes, one row per line, padding included, the top line first; not copied."""
    rows = np.frombuffer(cast(bytes, plane), np.uint8).reshape(plane.height, abs(plane.line_size))
    return rows[::-1] if plane.line_size < 0 else rows  # negative: stored from the bottom up


@lru_cache
def _to_full_range(bits: int, full_range: bool) -> NDArray[np.uint8]:
    """For each stored value the luma from 0 to 255; stored black and white after ITU-R BT.709 and BT.2100."""
    black, white = (0, 2**bits - 1) if full_range else (16 << bits - 8, 235 << bits - 8)
    values = np.arange(256 if bits == 8 else 65536, dtype=np.float64)
    return np.clip(np.rint((values - black) * 255 / (white - black)), 0, 255).astype(np.uint8)
