"""Samples in, audio fingerprint out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.anchors import find_anchors
from shotprint.engine.audio.decode import Samples
from shotprint.engine.audio.patches import margins, pack
from shotprint.engine.audio.presets import AudioPreset
from shotprint.engine.audio.prints import ARRAY_DTYPES, AudioPrint, in_decibels, quantise, row_shape
from shotprint.engine.audio.second_look import make_looks
from shotprint.engine.audio.spectrogram import Spectrogram
from shotprint.engine.types import Fingerprint, Modality, Role

Steps = NDArray[np.uint8]

CELLS_AT_ONCE: Final = 2
"""Cells of anchors whose frames wait until they are described."""


class SoundDescriber:
    """Streaming: `feed` samples in blocks of any length, then `finish`. Memory grows with the print alone."""

    def __init__(self, preset: AudioPreset, role: Role) -> None:
        self._preset, self._role = preset, role
        self._spectrogram = Spectrogram(preset)
        self._made = {name: bytearray() for name in ARRAY_DTYPES}
        self._anchors = _AnchorDescriber(preset)
        self._looks = _LookDescriber(preset)

    def feed(self, samples: Samples) -> None:
        """Take the next samples, mono at the preset's rate."""
        for levels in self._spectrogram.feed(samples):
            self._take(quantise(levels))

    def finish(self, duration: float) -> Fingerprint:
        """Close the print of a sound that lasts `duration` seconds."""
        self._take(quantise(self._spectrogram.finish()))
        self._append(self._anchors.finish())
        arrays = {
            name: np.frombuffer(content, ARRAY_DTYPES[name]).reshape(-1, *row_shape(name, self._preset))
            for name, content in self._made.items()
        }
        return Fingerprint(self._preset.name, Modality.AUDIO, self._role, duration, arrays)

    def _take(self, levels: Steps) -> None:
        if self._role is Role.QUERY:
            self._made["levels"] += levels.tobytes()
        for described in self._anchors.feed(levels):
            self._append(described)
        self._append({"look": self._looks.feed(levels)})

    def _append(self, rows: dict[str, NDArray[np.generic]]) -> None:
        for name, array in rows.items():
            self._made[name] += array.astype(ARRAY_DTYPES[name]).tobytes()


class _AnchorDescriber:
    """Cells of frames with what surrounds them → anchors and their descriptors."""

    def __init__(self, preset: AudioPreset) -> None:
        self._preset = preset
        self._begin = 0  # frame at which the waiting cell begins
        self._waiting: Steps | None = None  # from `reach` frames before it on

    def feed(self, levels: Steps) -> Iterator[dict[str, NDArray[np.generic]]]:
        if not len(levels):
            return
        preset = self._preset
        if self._waiting is None:
            self._waiting = np.repeat(levels[:1], preset.reach, axis=0)  # nothing is known of what was before
        self._waiting = np.concatenate([self._waiting, levels])
        while len(self._waiting) >= preset.cell_frames + 2 * preset.reach:
            yield self._describe(self._waiting[: preset.cell_frames + 2 * preset.reach])
            self._waiting = self._waiting[preset.cell_frames :]
            self._begin += preset.cell_frames

    def finish(self) -> dict[str, NDArray[np.generic]]:
        preset = self._preset
        if self._waiting is None or len(self._waiting) <= preset.reach:
            return {}
        after = np.repeat(self._waiting[-1:], preset.reach, axis=0)
        rest = list(self.feed(after))
        left = self._waiting
        made = [*rest, self._describe(left)] if len(left) > 2 * preset.reach else rest
        return {name: np.concatenate([part[name] for part in made]) for name in made[0]} if made else {}

    def _describe(self, steps: Steps) -> dict[str, NDArray[np.generic]]:
        """Of frames with `reach` more on each side; a cell, or less at the end."""
        preset = self._preset
        levels = in_decibels(steps)
        last = len(levels) - preset.reach
        found = find_anchors(levels, preset, preset.reach, last, preset.anchors_reference)
        return {
            "anchor_frame": found.frame - preset.reach + self._begin,
            "anchor_band": found.band,
            "descriptor": pack(margins(levels, found, preset)),
        }


class _LookDescriber:
    """Frames → the words of the second look; each looks back at the cell before."""

    def __init__(self, preset: AudioPreset) -> None:
        self._preset = preset
        self._waiting: Steps | None = None

    def feed(self, levels: Steps) -> NDArray[np.uint32]:
        size = self._preset.look_frames
        if not len(levels):
            return np.zeros(0, np.uint32)
        if self._waiting is None:
            self._waiting = np.repeat(levels[:1], size, axis=0)
        self._waiting = np.concatenate([self._waiting, levels])
        cells = len(self._waiting) // size - 1
        if cells < 1:
            return np.zeros(0, np.uint32)
        made = make_looks(in_decibels(self._waiting[: (cells + 1) * size]), self._preset, 0, cells)
        self._waiting = self._waiting[cells * size :]
        return made


def as_reference(query: Fingerprint) -> Fingerprint:
    """Thin a query's print to the one that `Role.REFERENCE` gives for the same file.

    Raises
    ------
    FingerprintError
        It is no sound's print, or its arrays don't fit together.
    """
    if query.role is Role.REFERENCE:
        return query
    whole = AudioPrint.of(query)  # it may come from a stranger
    arrays = dict(query.arrays) | {"levels": np.zeros((0, whole.preset.bands), np.uint8)}
    return Fingerprint(query.preset, query.modality, Role.REFERENCE, query.duration, arrays)
