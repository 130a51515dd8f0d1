"""Local descriptors of a picture: ORB points, spread over the picture, best first.

After Rublee et al., "ORB: an efficient alternative to SIFT or SURF" (ICCV 2011), as OpenCV has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Gray
from shotprint.engine.video.picture import shrink
from shotprint.engine.video.presets import PointScale, VideoPreset

SIZE_STEPS: Final = 16
"""Point sizes are kept as this many steps per doubling."""
SIZE_OFFSET: Final = 160
ANGLE_STEPS: Final = 256
POSITION_STEPS: Final = 65535

_response = attrgetter("response")

DESCRIPTOR_BYTES: Final = 16
# fmt: off
KEPT_BITS: Final = np.array([
    89, 155, 171, 238, 163, 91, 44, 25, 213, 174, 166, 168, 226, 161, 235, 165,
    230, 160, 254, 77, 233, 247, 38, 151, 236, 108, 59, 19, 103, 202, 228, 223,
    141, 8, 3, 35, 126, 195, 1, 18, 42, 57, 242, 34, 253, 29, 240, 63,
    186, 237, 90, 245, 6, 4, 176, 58, 78, 31, 10, 225, 180, 169, 39, 75,
    11, 70, 158, 182, 48, 113, 170, 22, 55, 205, 23, 139, 251, 46, 83, 79,
    129, 204, 179, 185, 215, 16, 172, 200, 183, 14, 12, 119, 40, 114, 30, 80,
    61, 73, 241, 105, 196, 15, 93, 28, 194, 26, 232, 74, 133, 20, 27, 64,
    50, 104, 148, 149, 7, 110, 32, 227, 45, 101, 21, 17, 5, 68, 96, 56,
])
# fmt: on
"""ORB's bits that are kept, of 256, in the order that they have in a descriptor: those first that a copy turns over
least and that say least about each other, since the index sorts by the first of them. Where they come from:
docs/why/visual-engine.md."""


@dataclass(frozen=True)
class Points:
    """Local features of one picture, in the order of the preset's scales and, within one, best first.

    Attributes
    ----------
    descriptor : uint8, shape (n, 16)
        128 of ORB's bits, see `KEPT_BITS`; the first is the highest of the first byte.
    position : uint16, shape (n, 2)
        x and y in units of the picture's longer side / 65535.
    size : uint8, shape (n,)
        log2(diameter / longer side) * 16 + 160.
    angle : uint8, shape (n,)
        Degrees * 256 / 360, clockwise, 0 = to the right.
    scale : uint8, shape (n,)
        Which of the preset's scales found it.
    """

    descriptor: NDArray[np.uint8]
    position: NDArray[np.uint16]
    size: NDArray[np.uint8]
    angle: NDArray[np.uint8]
    scale: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.descriptor)


class PointFinder:
    """Takes the points of a picture at the preset's scales. Not safe for use by two threads at once."""

    def __init__(self, preset: VideoPreset, *, reference: bool) -> None:
        self._preset = preset
        self._reference = reference
        self._orb = cv2.ORB.create(
            nfeatures=6 * max(scale.count for scale in preset.scales),
            scaleFactor=preset.pyramid_factor,
            nlevels=preset.pyramid_levels,
            edgeThreshold=preset.patch_side // 2 + 2,
            patchSize=preset.patch_side,
            fastThreshold=preset.corner_contrast,
        )

    def find(self, image: Gray) -> tuple[Points, ...]:
        """Describe a picture: as it is, and for a query mirrored left to right too. No points in a flat or tiny one.

        Parameters
        ----------
        image : uint8, shape (height, width)
        """
        views = zip(*(self._at(image, index) for index in self._scales(max(image.shape))), strict=True)
        return tuple(_join(parts) for parts in views)

    def _scales(self, longer: int) -> list[int]:
        """The scales to use: a picture too small for two of them gives its points to the smaller one."""
        scales = self._preset.scales
        use = [i for i in range(len(scales)) if i + 1 == len(scales) or longer > scales[i + 1].side]
        return [i for i in use if self._count(scales[i])]

    def _count(self, scale: PointScale) -> int:
        return scale.reference_count if self._reference else scale.count

    def _at(self, image: Gray, index: int) -> tuple[Points, ...]:
        scale = self._preset.scales[index]
        small = _reduce(image, scale.side)
        height, width = small.shape
        if min(height, width) < 2 * self._preset.patch_side:
            return (_no_points(),) * (1 if self._reference else 2)
        found = self._orb.detect(small)
        order = _spread(found, width, height, self._preset.grid_cells)[: self._count(scale)]
        chosen = [found[i] for i in order.tolist()]
        plain = self._described(small, chosen, index)
        if self._reference:
            return (plain,)
        # finding the same corners again in the mirrored picture would take most of the time
        mirrored = [_mirror(point, width, self._preset.pyramid_factor) for point in chosen]
        return plain, self._described(np.ascontiguousarray(small[:, ::-1]), mirrored, index)

    def _described(self, small: Gray, chosen: list[cv2.KeyPoint], index: int) -> Points:
        for rank, point in enumerate(chosen):
            point.class_id = rank  # compute() sorts by pyramid level
        points, descriptor = self._orb.compute(small, chosen)
        if not points:  # then the second value is None, whatever the type says
            return _no_points()
        longer = max(small.shape)
        rows = np.array([(*point.pt, point.size, point.angle, point.class_id) for point in points])
        order = np.argsort(rows[:, 4])
        rows = rows[order]
        position = (rows[:, :2] + 0.5) * POSITION_STEPS / longer
        size = np.log2(rows[:, 2] / longer) * SIZE_STEPS + SIZE_OFFSET
        angle = np.rint(rows[:, 3] * (ANGLE_STEPS / 360)).astype(np.int64) % ANGLE_STEPS
        return Points(
            descriptor=keep_bits(np.asarray(descriptor, dtype=np.uint8)[order]),
            position=np.clip(np.rint(position), 0, POSITION_STEPS).astype(np.uint16),
            size=np.clip(np.rint(size), 0, 255).astype(np.uint8),
            angle=angle.astype(np.uint8),
            scale=np.full(len(rows), index, dtype=np.uint8),
        )


def best_points(points: Points, preset: VideoPreset) -> NDArray[np.bool_]:
    """Which points of a query's picture its reference keeps; shape (n,)."""
    keep = np.zeros(len(points), dtype=np.bool_)
    for index, scale in enumerate(preset.scales):
        keep[np.flatnonzero(points.scale == index)[: scale.reference_count]] = True
    return keep


def keep_bits(descriptors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """ORB's descriptors to those of a print; uint8, shape (n, 32) → (n, 16)."""
    bits = np.unpackbits(descriptors, axis=1, bitorder="little")[:, KEPT_BITS]
    return np.packbits(bits.ravel()).reshape(-1, DESCRIPTOR_BYTES)


def _reduce(image: Gray, side: int) -> Gray:
    height, width = image.shape
    longer = max(height, width)
    if longer <= side:
        return image
    return shrink(image, (max(1, round(width * side / longer)), max(1, round(height * side / longer))))


def _spread(points: Sequence[cv2.KeyPoint], width: int, height: int, cells: int) -> NDArray[np.intp]:
    """Order points so that every prefix is spread over the picture: the strongest of each cell first.

    Without it one textured corner takes all points, and a crop that loses the corner loses the picture.
    """
    if not points:
        return np.zeros(0, dtype=np.intp)
    strength = np.fromiter(map(_response, points), dtype=np.float32, count=len(points))
    place = np.asarray(cv2.KeyPoint.convert(points), dtype=np.float64)
    strongest = _strongest_first(strength, place)
    column, row = np.minimum((place[strongest] * cells / (width, height)).astype(np.uint16), cells - 1).T
    cell = row * cells + column
    # What is left to sort are small whole numbers in stable order, which NumPy does in linear time.
    by_cell = np.argsort(cell, kind="stable")
    first = np.cumsum(np.append(0, np.bincount(cell)))
    rank = np.empty(len(points), dtype=np.uint16)
    rank[by_cell] = np.arange(len(points)) - first[cell[by_cell]]
    return strongest[np.argsort(rank, kind="stable")]


def _strongest_first(strength: NDArray[np.float32], place: NDArray[np.float64]) -> NDArray[np.intp]:
    """Points of equal strength are ordered by place, since ORB's own order is nobody's promise. They are rare, and
    sorting by three keys takes four times as long."""
    order = np.argsort(-strength, kind="stable")
    if np.any(strength[order[1:]] == strength[order[:-1]]):
        return np.lexsort((place[:, 1], place[:, 0], -strength))
    return order


def _mirror(point: cv2.KeyPoint, width: int, factor: float) -> cv2.KeyPoint:
    """The point in the mirrored picture: at the pixel of its pyramid level that mirrors its own."""
    x, y = point.pt
    level = factor**point.octave
    column = round(width / level) - 1 - round(x / level)
    return cv2.KeyPoint(
        column * level, y, point.size, (540 - point.angle) % 360, point.response, point.octave
    )


def _no_points() -> Points:
    byte = np.zeros(0, dtype=np.uint8)
    return Points(byte.reshape(0, DESCRIPTOR_BYTES), np.zeros((0, 2), dtype=np.uint16), byte, byte, byte)


def _join(parts: Sequence[Points]) -> Points:
    return Points(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in Points.__dataclass_fields__
        }
    )
