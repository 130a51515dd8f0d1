"""Points of a spectrogram that are found again in a copy: louder than all around them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.presets import AudioPreset
from shotprint.engine.audio.spectrogram import Levels

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Anchors:
    """int64, shape (n,) each: frame and band, by frame and then by band."""

    frame: Index
    band: Index

    def __len__(self) -> int:
        return len(self.frame)


def find_anchors(levels: Levels, preset: AudioPreset, first: int, last: int, at_most: int) -> Anchors:
    """The clearest anchors of frames `first` to `last` (not included), which are at least twice `apart_frames` from the
    ends of `levels`; at most so many. Clearest: furthest above the mean around them, which a change of loudness or of
    timbre leaves alone."""
    aside_t, aside_f = preset.apart_frames, preset.apart_bands
    some = np.ascontiguousarray(levels[first - 2 * aside_t : last + 2 * aside_t], dtype=np.float32)
    highest = cv2.dilate(some, np.ones((2 * aside_t + 1, 2 * aside_f + 1), np.uint8))
    around = cv2.blur(some, (2 * aside_f + 1, 4 * aside_t + 1))
    lowest = cv2.erode(some, np.ones((4 * aside_t + 1, 1), np.uint8))
    inside = slice(2 * aside_t, len(some) - 2 * aside_t)
    contrast = (some - around)[inside]
    found = (some >= highest)[inside] & (contrast > preset.contrast_db)
    found &= (some - lowest)[inside] > preset.rise_db  # a steady tone says nothing of when
    found[:, : preset.patch_bands] = False
    found[:, preset.bands - preset.patch_bands :] = False
    frame, band = np.nonzero(found)
    best = np.sort(np.lexsort((band, frame, -contrast[frame, band]))[:at_most])
    return Anchors(frame[best] + first, band[best])
