"""An audio fingerprint with its arrays by name and its invariants checked.

The arrays, ``n`` anchors, ``c`` cells, ``f`` frames (of a query alone):

==============  ==========  ===================================================================
anchor_frame    uint32 (n,)      frame of the spectrogram, ascending
anchor_band     uint8  (n,)      band of it
descriptor      uint32 (n, 2)    see `patches`; the first word is looked up
look            uint32 (c,)      see `second_look`
levels          uint8  (f, b)    a query's spectrogram, in steps of half a decibel from `LOWEST_DB` on
==============  ==========  ===================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.presets import AudioPreset, find_preset
from shotprint.engine.audio.spectrogram import Levels
from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.errors import FingerprintError

ARRAY_DTYPES: Final = {
    "anchor_frame": "u4",
    "anchor_band": "u1",
    "descriptor": "u4",
    "look": "u4",
    "levels": "u1",
}
"""The arrays of a print and what they are made of."""
LOWEST_DB: Final = -60.0
STEP_DB: Final = 0.5


@dataclass(frozen=True)
class AudioPrint:
    """The arrays of an audio fingerprint; a reference's has no levels, shape (0, bands)."""

    preset: AudioPreset
    role: Role
    duration: float
    anchor_frame: NDArray[np.uint32]
    anchor_band: NDArray[np.uint8]
    descriptor: NDArray[np.uint32]
    look: NDArray[np.uint32]
    levels: NDArray[np.uint8]

    @classmethod
    def of(cls, fingerprint: Fingerprint) -> AudioPrint:
        """Take the arrays of a fingerprint.

        Raises
        ------
        FingerprintError
            It is not a sound's, or its arrays don't fit together.
        InvalidValue
            Its preset is not known.
        """
        if fingerprint.modality is not Modality.AUDIO:
            raise FingerprintError(f"a {fingerprint.modality} fingerprint where a sound's was expected")
        preset = find_preset(fingerprint.preset)
        for name, kind in ARRAY_DTYPES.items():
            array = fingerprint.arrays.get(name)
            if (
                array is None
                or array.ndim == 0
                or (array.dtype.str[1:], array.shape[1:]) != (kind, row_shape(name, preset))
            ):
                raise FingerprintError(f"the fingerprint's array {name!r} is missing or of the wrong shape")
        names = [f.name for f in fields(cls)][3:]
        arrays = {name: fingerprint.arrays[name] for name in names}
        # Each array was checked above to have the dtype of its field, which no type says.
        made = cls(preset, fingerprint.role, fingerprint.duration, **arrays)  # type: ignore[arg-type]
        made._check()
        return made

    def _check(self) -> None:
        frames, preset = self.anchor_frame, self.preset
        most = frame_count(self.duration, preset)
        fits = (
            len(frames) == len(self.anchor_band) == len(self.descriptor)
            and bool(np.all(frames[1:] >= frames[:-1]))
            and (not len(frames) or int(frames[-1]) < most)
            and bool(np.all(self.anchor_band < preset.bands))
            and abs(len(self.look) - most // preset.look_frames) <= 1
            and (self.role is Role.QUERY or not len(self.levels))
            and (self.role is Role.REFERENCE or abs(len(self.levels) - most) <= 1)
        )
        if not fits:
            raise FingerprintError("the fingerprint's arrays do not fit together")


def row_shape(name: str, preset: AudioPreset) -> tuple[int, ...]:
    """The shape of one row of an array."""
    return {"descriptor": (2,), "levels": (preset.bands,)}.get(name, ())


def frame_count(duration: float, preset: AudioPreset) -> int:
    """About how many frames a sound of so many seconds has."""
    return int(duration / preset.frame_s) + 1


def quantise(levels: Levels) -> NDArray[np.uint8]:
    """Decibels → steps; what is quieter or louder than steps go is cut off."""
    return np.clip(np.round((levels - LOWEST_DB) / STEP_DB), 0, 255).astype(np.uint8)


def in_decibels(steps: NDArray[np.uint8]) -> Levels:
    """Steps → decibels."""
    return steps.astype(np.float32) * np.float32(STEP_DB) + np.float32(LOWEST_DB)
