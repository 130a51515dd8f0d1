"""Samples in, levels on a scale of equal musical steps out: a change of pitch moves them, a change of speed moves and
stretches them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.decode import Samples
from shotprint.engine.audio.presets import AudioPreset

Levels = NDArray[np.float32]
"""Decibels, shape (frames, bands); frame k is centred on second k * hop / rate. A sine of full scale has about 48."""

QUIET: Final = 1e-6
"""Power at which levels end, -60 dB: some 108 under a full sine, where nothing but rounding is left."""

ROWS_AT_ONCE: Final = 2
"""Frames multiplied together. Larger products are shared among threads, which costs more than they take here, and ten
times as much where other programs want the cores too."""


class Spectrogram:
    """Streaming: `feed` samples in blocks of any length, `finish`; both give the frames that are complete.

    Frames are made `frames_at_once` together, whatever the blocks are, so that rounding does not depend on them either.
    """

    def __init__(self, preset: AudioPreset) -> None:
        self._preset = preset
        self._window = np.hanning(preset.window + 1)[:-1].astype(np.float32)
        self._bank = band_weights(preset)
        self._waiting = np.zeros(
            preset.window // 2, np.float32
        )  # so that frame 0 is centred on the first sample
        self._size = (preset.frames_at_once - 1) * preset.hop + preset.window

    def feed(self, samples: Samples) -> Iterator[Levels]:
        """Take samples; gives blocks of `frames_at_once` frames."""
        self._waiting = np.concatenate([self._waiting, samples])
        step = self._preset.frames_at_once * self._preset.hop
        begin = 0
        while begin + self._size <= len(self._waiting):
            yield self._levels(self._waiting[begin : begin + self._size])
            begin += step
        self._waiting = self._waiting[begin:]

    def finish(self) -> Levels:
        """The rest: frames up to the one nearest to the last sample."""
        hop, window = self._preset.hop, self._preset.window
        count = (
            max(0, len(self._waiting) - window // 2 - 1) // hop + 1 if len(self._waiting) > window // 2 else 0
        )
        padded = np.zeros(self._size + window, np.float32)
        padded[: len(self._waiting)] = self._waiting
        made = [self._levels(padded[: self._size])[:count]]
        if count > self._preset.frames_at_once:
            rest = np.zeros(self._size, np.float32)
            tail = padded[self._preset.frames_at_once * hop :]
            rest[: len(tail)] = tail
            made.append(self._levels(rest)[: count - self._preset.frames_at_once])
        return np.concatenate(made)

    def _levels(self, samples: Samples) -> Levels:
        frames = np.lib.stride_tricks.sliding_window_view(samples, self._preset.window)[:: self._preset.hop]
        spectrum = np.fft.rfft(frames * self._window, axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        few = power.reshape(-1, ROWS_AT_ONCE, power.shape[1]) @ self._bank
        levels: Levels = 10 * np.log10(few.reshape(len(power), -1) + np.float32(QUIET))
        return levels


def band_weights(preset: AudioPreset) -> NDArray[np.float32]:
    """What each frequency of the transform counts in each band, shape (window / 2 + 1, bands): a triangle around the
    band's frequency, as wide as the step to its neighbours, or as the transform's own step where that is wider."""
    hertz = np.arange(preset.window // 2 + 1) * preset.rate / preset.window
    centre = preset.lowest_hz * 2 ** (np.arange(preset.bands) / preset.bands_an_octave)
    width = np.maximum(centre * (2 ** (1 / preset.bands_an_octave) - 1), preset.rate / preset.window)
    weights = np.clip(1 - np.abs(hertz[:, None] - centre) / width, 0, None)
    return (weights / weights.sum(axis=0)).astype(np.float32)
