"""Whether a stretch of one sound really is a stretch of another: a comparison of everything, once it is known where.

A reference keeps 32 bits of every eighth of a second: whether the step in level from one band to the next grows or
shrinks, after Haitsma and Kalker, "A highly robust audio fingerprinting system" (ISMIR 2002). Unlike theirs the
bands are steps of a musical scale, and the query keeps its levels, from which the same steps are taken at any tempo and
pitch: so a reference's bit is compared with how far the query's step is from turning, and steps that are unsure count
little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.presets import AudioPreset
from shotprint.engine.audio.spectrogram import Levels

Floats = NDArray[np.float64]
Looks = NDArray[np.uint32]
"""One word for each cell of time; the bit of the lowest band is the highest."""

LOOK_BITS: Final = 32
FULL_STEP_DB: Final = 6.0
"""A larger step is no surer than this."""


class Area:
    """Sums of levels over any part of a spectrogram, for means over cells of any size, at any fraction of a frame."""

    def __init__(self, levels: Levels) -> None:
        self._sums = np.zeros((levels.shape[0] + 1, levels.shape[1] + 1))
        np.cumsum(np.cumsum(levels, axis=0, dtype=np.float64), axis=1, out=self._sums[1:, 1:])

    @property
    def frames(self) -> int:
        return self._sums.shape[0] - 1

    def means(self, times: Floats, bands: Floats) -> Floats:
        """Mean levels between each two edges that follow one another, in frames and bands from 0 on and ascending;
        shapes (n + 1,), (m + 1,) → (n, m). Beyond the ends levels are those of nothing: 0."""
        area = self._at(times, bands)
        cells = np.diff(np.diff(area, axis=0), axis=1)
        return np.asarray(cells / np.outer(np.diff(times), np.diff(bands)))

    def _at(self, times: Floats, bands: Floats) -> Floats:
        rows, row_part = _split(times, self._sums.shape[0])
        columns, column_part = _split(bands, self._sums.shape[1])
        upper, lower = self._sums[rows], self._sums[rows + 1]
        between = upper + (lower - upper) * row_part[:, None]
        left, right = between[:, columns], between[:, columns + 1]
        return np.asarray(left + (right - left) * column_part)


def _split(edges: Floats, size: int) -> tuple[NDArray[np.int64], Floats]:
    edges = np.clip(edges, 0, size - 1)
    whole = np.minimum(edges.astype(np.int64), size - 2)
    return whole, edges - whole


def steps(area: Area, times: Floats, shift: float, preset: AudioPreset) -> Floats:
    """How the step in level from band to band changes from the cell before, in dB; shape (n, LOOK_BITS).

    Parameters
    ----------
    times : float64, shape (n + 2,)
        Edges of the cells, the first of which is only looked back at; in frames, ascending.
    shift : bands by which the query is higher.
    """
    bands = preset.look_lowest + shift + preset.look_bands * np.arange(LOOK_BITS + 2, dtype=np.float64)
    return np.asarray(np.diff(np.diff(area.means(times, bands), axis=1), axis=0))


def make_looks(levels: Levels, preset: AudioPreset, first: int, last: int) -> Looks:
    """The words of cells `first` to `last` (not included) of a reference, whose levels begin with the cell before."""
    edges = preset.look_frames * np.arange(last - first + 2, dtype=np.float64)
    bits = np.packbits(steps(Area(levels), edges, 0.0, preset) > 0, axis=1)
    return bits.view(">u4").astype(np.uint32)[:, 0]


def signs(looks: Looks) -> NDArray[np.int8]:
    """1 where a bit is set and -1 where not; shape (n, LOOK_BITS)."""
    bits = np.unpackbits(looks.astype(">u4").view(np.uint8).reshape(-1, 4), axis=1)
    return (bits.astype(np.int8) << 1) - np.int8(1)


@dataclass(frozen=True)
class Agreement:
    """Of each cell of the reference: ``agreed`` of the ``sure`` decibels that the query's steps have, -sure to sure;
    both of shape (n,)."""

    agreed: Floats
    sure: Floats

    def share(self) -> float:
        """-1 to 1; 0 when nothing is sure."""
        total = float(self.sure.sum())
        return float(self.agreed.sum()) / total if total > 0 else 0.0


@dataclass(frozen=True)
class Place:
    """Where the reference runs: reference frame = tempo * query frame + offset, the query `shift` bands higher."""

    tempo: float
    offset: float
    shift: float


def compare(
    query: Area, stored: NDArray[np.int8], first: int, place: Place, preset: AudioPreset
) -> Agreement:
    """Compare the cells of a reference from number `first` on with the query, at a place.

    Parameters
    ----------
    query : of the query's levels; frames beyond its ends count nothing.
    stored : int8, shape (n, LOOK_BITS), see `signs`.
    """
    cells = np.arange(first - 1, first + len(stored) + 1)
    times = np.asarray((cells * preset.look_frames - place.offset) / place.tempo, dtype=np.float64)
    found = np.clip(steps(query, times, place.shift, preset), -FULL_STEP_DB, FULL_STEP_DB)
    found[(times[:-2] < 0) | (times[2:] > query.frames)] = 0.0
    return Agreement((stored * found).sum(axis=1), np.abs(found).sum(axis=1))
