"""What the surroundings of an anchor look like, as bits.

A patch of the spectrogram, in bands relative to the anchor's so that a change of pitch leaves it alone, is cut off
below and above the anchor's level, transformed by cosines over time and pitch, and each chosen coefficient gives a bit.
A query takes its patches at several tempos. How far a coefficient is from where its bit turns says how sure the bit is.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.anchors import Anchors
from shotprint.engine.audio.presets import AudioPreset
from shotprint.engine.audio.spectrogram import Levels

Margins = NDArray[np.float32]
"""Shape (n, bits of the preset): coefficient less its middle, in units of its spread; above 0 the bit is set."""

ROWS_AT_ONCE = 512
"""Patches cut out together: some megabytes."""


def margins(levels: Levels, anchors: Anchors, preset: AudioPreset, tempo: float = 1.0) -> Margins:
    """Describe anchors, whose patches have to lie within `levels`.

    Parameters
    ----------
    tempo : seconds of the reference per second of the query: patches are so much shorter.
    """
    over_time, over_pitch, reach = _waves(preset, tempo)
    patches = np.lib.stride_tricks.sliding_window_view(levels, (2 * reach + 1, 2 * preset.patch_bands + 1))
    coefficients = np.empty((len(anchors), over_time.shape[0], over_pitch.shape[1]), np.float32)
    for begin in range(0, len(anchors), ROWS_AT_ONCE):
        frame, band = (part[begin : begin + ROWS_AT_ONCE] for part in (anchors.frame, anchors.band))
        cut = patches[frame - reach, band - preset.patch_bands]
        low = levels[frame, band][:, None, None] - np.float32(preset.patch_below_db)
        cut = np.clip(cut - low, 0, np.float32(preset.patch_below_db + preset.patch_above_db))
        coefficients[begin : begin + len(cut)] = over_time @ cut @ over_pitch
    times, pitches = ([getattr(bit, name) for bit in preset.bits] for name in ("time", "pitch"))
    middle, spread = (
        np.array([getattr(bit, name) for bit in preset.bits], np.float32) for name in ("middle", "spread")
    )
    described: Margins = (coefficients[:, times, pitches] - middle) / spread
    return described


def pack(described: Margins) -> NDArray[np.uint32]:
    """Bits of descriptors in words of 32, the first bit as the highest; uint32, shape (n, bits / 32)."""
    packed = np.packbits(np.ascontiguousarray(described > 0), axis=1)
    return packed.view(">u4").astype(np.uint32)


@lru_cache(maxsize=32)
def _waves(preset: AudioPreset, tempo: float) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Cosines over the time of a patch at `tempo`, shape (waves, frames), and over its bands, shape (bands, waves); and
    the frames to each side that it takes."""
    half, aside = preset.patch_frames, preset.patch_bands
    reach = int(np.ceil(half / tempo))
    frames = np.arange(-reach, reach + 1) * tempo
    across = np.arange(-aside, aside + 1)
    times, pitches = (
        np.arange(max(getattr(bit, name) for bit in preset.bits) + 1) for name in ("time", "pitch")
    )
    over_time = np.cos(np.pi * times[:, None] * (frames + half + 0.5) / (2 * half + 1))
    over_time *= (np.abs(frames) <= half + 0.5) * tempo / np.sqrt(2 * half + 1)
    over_pitch = np.cos(np.pi * pitches * (across + aside + 0.5)[:, None] / (2 * aside + 1))
    over_pitch /= np.sqrt(2 * aside + 1)
    return over_time.astype(np.float32), over_pitch.astype(np.float32), reach
