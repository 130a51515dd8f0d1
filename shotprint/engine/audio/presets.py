"""Every number that shapes an audio fingerprint, by name and version.

A released preset is never edited: fingerprints carry its name, and prints of different presets do not compare. A change
is a new preset, shown with the benchmark before and after.
"""

from __future__ import annotations

from dataclasses import dataclass

from shotprint.errors import InvalidValue


@dataclass(frozen=True)
class Bit:
    """One bit of a descriptor: whether a coefficient of the patch's cosine transform exceeds `middle`.

    ``time``, ``pitch``: half-waves of the cosine across the patch. ``spread``: standard deviation of the coefficient,
    the unit in which it is near its middle or far from it.
    """

    time: int
    pitch: int
    middle: float
    spread: float


@dataclass(frozen=True)
class AudioPreset:
    """How sound becomes descriptors. Lengths are in frames and bands of the spectrogram unless they say otherwise.

    Attributes
    ----------
    name : with its version.
    rate : samples per second that are looked at.
    window, hop : samples of a frame, and from one frame to the next.
    lowest_hz, bands, bands_an_octave : of the spectrogram.
    frames_at_once : frames transformed together.
    cell_frames : anchors are chosen among those of so many frames.
    anchors_reference, anchors_query : of each such cell at most.
    apart_frames, apart_bands : an anchor is the loudest point within so many to each side.
    contrast_db : by which it exceeds the mean around it.
    rise_db : by which it exceeds the quietest moment of its band beside it.
    patch_frames, patch_bands : to each side of an anchor, what its descriptor is of.
    patch_below_db, patch_above_db : levels of the patch are cut off so far from that of the anchor.
    bits : of a descriptor, the steadiest first; half are looked up, the others are compared.
    tempos : query patches are stretched by each of these factors (seconds of the reference per second of the query).
    look_frames, look_bands, look_lowest : cells of the second look, and the band at which they begin; there are 33.
    """

    name: str
    rate: int
    window: int
    hop: int
    lowest_hz: float
    bands: int
    bands_an_octave: int
    frames_at_once: int
    cell_frames: int
    anchors_reference: int
    anchors_query: int
    apart_frames: int
    apart_bands: int
    contrast_db: float
    rise_db: float
    patch_frames: int
    patch_bands: int
    patch_below_db: float
    patch_above_db: float
    bits: tuple[Bit, ...]
    tempos: tuple[float, ...]
    look_frames: int
    look_bands: int
    look_lowest: int

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next."""
        return self.hop / self.rate

    @property
    def reach(self) -> int:
        """Frames to each side of a moment that may decide what is kept of it."""
        return max(round(self.patch_frames / min(self.tempos)) + 1, 2 * self.apart_frames)


# Where the numbers come from: docs/why/audio-engine.md.
_BITS = (
    Bit(0, 4, 15.13, 37.62),
    Bit(0, 6, -10.75, 34.07),
    Bit(0, 5, 0.06, 36.54),
    Bit(1, 0, 0.61, 50.31),
    Bit(0, 2, -1.23, 37.57),
    Bit(2, 0, -5.28, 33.91),
    Bit(0, 3, 6.01, 31.33),
    Bit(4, 0, 9.06, 28.45),
    Bit(1, 3, -0.09, 10.93),
    Bit(0, 1, 34.63, 47.61),
    Bit(1, 4, -0.38, 12.8),
    Bit(1, 2, 0.61, 12.06),
    Bit(2, 4, -3.37, 8.91),
    Bit(1, 6, -0.01, 11.8),
    Bit(6, 0, -7.17, 23.93),
    Bit(1, 1, 0.61, 12.89),
    Bit(3, 0, 1.65, 27.7),
    Bit(2, 2, 1.36, 9.34),
    Bit(2, 1, 0.07, 10.81),
    Bit(2, 6, 2.73, 7.97),
    Bit(1, 5, -0.48, 12.75),
    Bit(2, 5, -0.07, 8.42),
    Bit(1, 7, 0.36, 12.6),
    Bit(2, 3, -0.38, 7.77),
    Bit(3, 1, -0.27, 8.41),
    Bit(3, 2, -0.46, 7.24),
    Bit(5, 0, -1.07, 19.78),
    Bit(3, 4, 0.41, 7.13),
    Bit(4, 2, -2.48, 6.42),
    Bit(2, 7, -0.27, 8.55),
    Bit(3, 5, -0.11, 6.46),
    Bit(4, 4, 1.45, 6.07),
    Bit(0, 7, 1.97, 37.67),
    Bit(8, 0, 6.61, 18.82),
    Bit(3, 3, 0.05, 6.54),
    Bit(3, 6, -0.03, 6.35),
    Bit(4, 1, -0.22, 7.83),
    Bit(5, 1, 0.03, 7.09),
    Bit(7, 0, 1.6, 18.29),
    Bit(4, 6, -1.12, 5.65),
    Bit(6, 2, 2.02, 5.89),
    Bit(3, 7, 0.29, 6.08),
    Bit(6, 1, 0.23, 7.53),
    Bit(4, 3, 0.07, 5.67),
    Bit(5, 2, 0.38, 5.84),
    Bit(5, 4, -0.34, 5.33),
    Bit(4, 5, -0.2, 5.42),
    Bit(6, 4, -1.76, 5.06),
    Bit(6, 6, 1.76, 4.91),
    Bit(4, 7, 0.11, 5.12),
    Bit(5, 6, 0.24, 4.97),
    Bit(5, 7, 0.1, 4.61),
    Bit(7, 6, 0.06, 4.42),
    Bit(6, 3, 0.04, 4.81),
    Bit(5, 3, -0.0, 4.84),
    Bit(5, 5, -0.1, 4.83),
    Bit(8, 1, 0.03, 5.73),
    Bit(7, 2, -0.04, 4.99),
    Bit(7, 1, -0.11, 5.88),
    Bit(8, 4, 1.31, 4.36),
    Bit(7, 4, -0.06, 4.46),
    Bit(6, 5, 0.07, 4.63),
    Bit(8, 2, -1.77, 4.82),
    Bit(6, 7, 0.14, 4.39),
)
AUDIO_1 = AudioPreset(
    name="audio-1",
    rate=8000,
    window=1024,
    hop=128,
    lowest_hz=110.0,
    bands=123,
    bands_an_octave=24,
    frames_at_once=250,
    cell_frames=125,
    anchors_reference=16,
    anchors_query=60,
    apart_frames=8,
    apart_bands=3,
    contrast_db=3.0,
    rise_db=2.0,
    patch_frames=36,
    patch_bands=14,
    patch_below_db=25.0,
    patch_above_db=6.0,
    bits=_BITS,
    tempos=(0.8, 0.894, 1.0, 1.118, 1.25),
    look_frames=8,
    look_bands=3,
    look_lowest=11,
)

PRESETS = {preset.name: preset for preset in (AUDIO_1,)}
DEFAULT_PRESET = AUDIO_1.name


def find_preset(name: str) -> AudioPreset:
    """The preset of that name; `InvalidValue` when there is none."""
    try:
        return PRESETS[name]
    except KeyError:
        raise InvalidValue(
            f"unknown preset {name!r}; known: {', '.join(PRESETS)}", parameter="preset"
        ) from None
