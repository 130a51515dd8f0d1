"""What is done to a stretch of sound before it is a query.

Most is a filter of FFmpeg; noise, other voices and rooms are mixed in before it. TRECVID's A1 to A7 (content-based copy
detection, 2008 to 2011) are among them, by the words of its guidelines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.audio.pool import RATE, Samples

Dice = np.random.Generator
Mix = Callable[[Samples, Samples, Dice], Samples]
"""Stretch, speech to lay over it, dice → the mixed stretch."""

FLAC: Final = ("flac", ("-c:a", "flac"))
MULTIBAND: Final = (
    r"mcompand=0.005\,0.1 6 -47/-40\,-34/-34\,-17/-33 100 | 0.003\,0.05 6 -47/-40\,-34/-34\,-17/-33 400 | "
    r"0.000625\,0.0125 6 -47/-40\,-34/-34\,-15/-33 1600 | 0.0001\,0.025 6 -47/-40\,-34/-34\,-31/-31\,-0/-30 6400 | "
    r"0\,0.025 6 -38/-31\,-28/-28\,-0/-25 22000"
)
COMPAND: Final = "compand=attacks=0.01:decays=0.2:points=-80/-60|-40/-20|-20/-12|0/-6"
TELEPHONE: Final = "highpass=f=300,highpass=f=300,lowpass=f=3400,lowpass=f=3400"


@dataclass(frozen=True)
class Edit:
    """``tempo``: seconds of the original per second of the copy; ``pitch``: the copy's frequency over the original's.
    ``heavy``: from which less is asked."""

    name: str
    group: str
    filters: str = ""
    codec: tuple[str, tuple[str, ...]] = FLAC
    mix: Mix | None = None
    tempo: float = 1.0
    pitch: float = 1.0
    heavy: bool = False


def loudness(samples: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) + 1e-9


def laid_over(ratio_db: float, samples: Samples, other: Samples) -> Samples:
    """With another sound on top, so many decibels quieter."""
    other = np.resize(other, len(samples))
    mixed: Samples = samples + other * np.float32(
        loudness(samples) / loudness(other) * 10 ** (-ratio_db / 20)
    )
    return mixed * np.float32(min(1.0, 0.98 / max(1e-6, float(np.abs(mixed).max()))))


def noise(ratio_db: float) -> Mix:
    """Pink noise."""

    def mix(samples: Samples, speech: Samples, dice: Dice) -> Samples:
        spectrum = np.fft.rfft(dice.standard_normal(len(samples)))
        spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
        return laid_over(ratio_db, samples, np.fft.irfft(spectrum, len(samples)).astype(np.float32))

    return mix


def speech(ratio_db: float) -> Mix:
    return lambda samples, speech, dice: laid_over(ratio_db, samples, speech)


def room(seconds: float, direct: float, ratio_db: float) -> Mix:
    """From a loudspeaker through a room: an impulse response of decaying noise (60 dB in so many seconds), of whose
    energy a part is direct sound, and noise."""

    def mix(samples: Samples, speech: Samples, dice: Dice) -> Samples:
        length = int(RATE * seconds)
        response = dice.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
        response *= np.sqrt((1 - direct) / np.sum(response**2))
        response[0] += np.sqrt(direct)
        size = 1 << (len(samples) + length).bit_length()
        heard = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)[: len(samples)]
        return noise(ratio_db)(heard.astype(np.float32), speech, dice)

    return mix


def clipped(gain_db: float) -> Mix:
    return lambda samples, speech, dice: np.clip(samples * np.float32(10 ** (gain_db / 20)), -0.5, 0.5)


def _coded(kind: str, codec: str, rate: str, *more: str) -> tuple[str, tuple[str, ...]]:
    return kind, ("-c:a", codec, "-b:a", rate, *more)


def _faster(by: float) -> list[Edit]:
    """Like a record, in tempo alone, in pitch alone."""
    heavy = abs(np.log(by)) > 0.15
    name = f"{by:g}"
    return [
        Edit(
            f"speed {name}",
            "speed",
            f"asetrate={round(RATE * by)},aresample={RATE}",
            tempo=by,
            pitch=by,
            heavy=heavy,
        ),
        Edit(f"tempo {name}", "tempo", f"rubberband=tempo={by}", tempo=by, heavy=heavy),
        Edit(f"pitch {name}", "pitch", f"rubberband=pitch={by}", pitch=by, heavy=heavy),
    ]


EDITS: Final = (
    Edit("none (A1)", "light"),
    Edit("mp3 64k (A2)", "light", codec=_coded("mp3", "libmp3lame", "64k")),
    Edit("mp3 32k", "light", codec=_coded("mp3", "libmp3lame", "32k")),
    Edit("aac 32k", "light", codec=_coded("m4a", "aac", "32k")),
    Edit("opus 32k", "light", codec=_coded("opus", "libopus", "32k")),
    Edit("8 kHz, 8 bits", "light", codec=("wav", ("-c:a", "pcm_mulaw", "-ar", "8000"))),
    Edit("20 dB quieter", "light", "volume=-20dB"),
    Edit("clipped", "light", mix=clipped(20)),
    Edit("equaliser: bass", "tone", "bass=g=12:f=150,treble=g=-14:f=2000"),
    Edit("equaliser: treble", "tone", "bass=g=-14:f=400,treble=g=10:f=3000,equalizer=f=900:t=o:w=1:g=-12"),
    Edit("telephone", "tone", TELEPHONE, codec=("wav", ("-c:a", "pcm_mulaw", "-ar", "8000"))),
    Edit("multi-band companding, mp3 (A3)", "tone", MULTIBAND, codec=_coded("mp3", "libmp3lame", "64k")),
    Edit("band limit, companding (A4)", "tone", f"{TELEPHONE},{COMPAND}"),
    Edit("speech over it, 6 dB below", "mixed", mix=speech(6)),
    Edit("speech over it, as loud (A5)", "mixed", mix=speech(0)),
    Edit("speech, multi-band (A6)", "mixed", MULTIBAND, mix=speech(0)),
    Edit("speech, band-pass, companding (A7)", "mixed", f"{TELEPHONE},{COMPAND}", mix=speech(0)),
    Edit("speech over it, 6 dB louder", "mixed", mix=speech(-6), heavy=True),
    Edit("noise 20 dB below", "noise", mix=noise(20)),
    Edit("noise 10 dB below", "noise", mix=noise(10)),
    Edit("noise as loud", "noise", mix=noise(0), heavy=True),
    Edit("over the air, 0.4 s", "air", "highpass=f=200,lowpass=f=8000", mix=room(0.4, 0.5, 20)),
    Edit("over the air, 0.8 s", "air", "highpass=f=200,lowpass=f=6000", mix=room(0.8, 0.3, 20)),
    Edit("over the air, 1.5 s", "air", "highpass=f=200,lowpass=f=6000", mix=room(1.5, 0.25, 15)),
    *(edit for by in (0.8, 0.9, 0.95, 1.05, 1.1, 1.2) for edit in _faster(by)),
    Edit("tempo 1.1, pitch 0.9", "tempo and pitch", "rubberband=tempo=1.1:pitch=0.9", tempo=1.1, pitch=0.9),
    Edit(
        "tempo 0.85, pitch 1.15",
        "tempo and pitch",
        "rubberband=tempo=0.85:pitch=1.15",
        tempo=0.85,
        pitch=1.15,
        heavy=True,
    ),
)
