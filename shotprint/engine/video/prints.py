"""A video fingerprint with its arrays by name and its invariants checked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.engine.video.local_features import DESCRIPTOR_BYTES
from shotprint.engine.video.presets import VideoPreset, find_preset
from shotprint.errors import FingerprintError

ARRAY_DTYPES: Final = {
    "start": "f4", "end": "f4", "hash": "u8", "quality": "u1", "look": "u1", "key_run": "i4", "key_extent": "u2",
    "point_start": "i8", "descriptor": "u1", "position": "u2", "size": "u1", "angle": "u1", "scale": "u1",
}  # fmt: skip
"""The arrays of a print and what they are made of."""
LOOK_SIDE: Final = {Role.QUERY: 64, Role.REFERENCE: 16}
"""Cells a side of the reduced picture that is kept of every run."""

_WIDTHS = {"hash": 4, "key_extent": 2, "descriptor": DESCRIPTOR_BYTES, "position": 2}


@dataclass(frozen=True)
class VideoPrint:
    """The arrays of a video fingerprint; what they hold is said in `describe_frames`."""

    preset: VideoPreset
    role: Role
    duration: float
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    hash: NDArray[np.uint64]
    quality: NDArray[np.uint8]
    look: NDArray[np.uint8]
    key_run: NDArray[np.int32]
    key_extent: NDArray[np.uint16]
    point_start: NDArray[np.int64]
    descriptor: NDArray[np.uint8]
    position: NDArray[np.uint16]
    size: NDArray[np.uint8]
    angle: NDArray[np.uint8]
    scale: NDArray[np.uint8]

    @classmethod
    def of(cls, fingerprint: Fingerprint) -> VideoPrint:
        """Take the arrays of a fingerprint.

        Raises
        ------
        FingerprintError
            It is not a video's, or its arrays don't fit together.
        InvalidValue
            Its preset is not known.
        """
        if fingerprint.modality is not Modality.VIDEO:
            raise FingerprintError(f"a {fingerprint.modality} fingerprint where a video's was expected")
        preset = find_preset(fingerprint.preset)
        for name, kind in ARRAY_DTYPES.items():
            array = fingerprint.arrays.get(name)
            if (
                array is None
                or array.ndim == 0
                or (array.dtype.str[1:], array.shape[1:]) != (kind, row_shape(name, fingerprint.role))
            ):
                raise FingerprintError(f"the fingerprint's array {name!r} is missing or of the wrong shape")
        names = [f.name for f in fields(cls)][3:]
        arrays = {name: fingerprint.arrays[name] for name in names}
        # Each array was checked above to have the dtype of its field, which no type says.
        made = cls(preset, fingerprint.role, fingerprint.duration, **arrays)  # type: ignore[arg-type]
        made._check()
        return made

    @property
    def views(self) -> int:
        """2 in a query (as it is, and mirrored), 1 in a reference."""
        return 2 if self.role is Role.QUERY else 1

    @property
    def key_count(self) -> int:
        return len(self.key_run)

    def key_start(self) -> NDArray[np.float32]:
        """Seconds at which each key frame begins to be shown."""
        return self.start[self.key_run]

    def key_end(self) -> NDArray[np.float32]:
        """Seconds at which the picture of each key frame has gone."""
        return self.end[self.key_run]

    def _check(self) -> None:
        runs, points = len(self.start), len(self.descriptor)
        bounds = self.point_start
        fits = (
            all(len(array) == runs for array in (self.end, self.hash, self.quality, self.look))
            and all(len(array) == points for array in (self.position, self.size, self.angle, self.scale))
            and len(self.key_extent) == self.key_count
            and len(bounds) == self.key_count * self.views + 1
            and bounds[0] == 0
            and bounds[-1] == points
            and bool(np.all(bounds[1:] >= bounds[:-1]))  # a difference could overflow
            and bool(np.all((self.key_run >= 0) & (self.key_run < runs)))
            and bool(np.all(self.key_run[1:] > self.key_run[:-1]))
            and self._has_sane_times()
        )
        if not fits:
            raise FingerprintError("the fingerprint's arrays do not fit together")

    def _has_sane_times(self) -> bool:
        """Runs follow one another within the duration; false for what is not a number."""
        return bool(
            np.all(self.start >= 0)
            and np.all(self.start <= self.end)
            and np.all(self.end[:-1] <= self.start[1:])
            and np.all(self.end.astype(np.float64) <= self.duration * (1 + 1e-6))  # they are rounded
            and np.isfinite(self.duration)
        )


def row_shape(name: str, role: Role) -> tuple[int, ...]:
    """Shape of one row of an array; () where a row is a number."""
    if name == "look":
        return (LOOK_SIDE[role] ** 2,)
    return (_WIDTHS[name],) if name in _WIDTHS else ()
