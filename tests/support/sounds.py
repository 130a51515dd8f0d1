"""Sounds made by code, for any test.

`tune` plays notes and beats drawn by a seed, at any tempo and pitch: two tunes of one seed are copies of each other,
however fast and high, and those of other seeds have nothing in common. `sound_file` gives the bytes of a file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from shotprint.engine.audio.describe import SoundDescriber
from shotprint.engine.audio.presets import AUDIO_1
from shotprint.engine.types import Fingerprint, Role

Samples = NDArray[np.float32]

RATE = AUDIO_1.rate


def tune(
    seed: int, seconds: float, *, start: float = 0.0, tempo: float = 1.0, pitch: float = 1.0, rate: int = RATE
) -> Samples:
    """What a listener hears in so many seconds of a tune that is played `tempo` times as fast and `pitch` times as
    high, from second `start` of the tune as it was written on."""
    sound = np.zeros(round(seconds * rate))
    for begin, length, note, loud in _score(seed, start + seconds * tempo):
        heard, last = (begin - start) / tempo, (begin + length - start) / tempo
        if last <= 0 or heard >= seconds:
            continue
        first, end = max(0, round(heard * rate)), min(len(sound), round(last * rate))
        time = np.arange(first, end) / rate - heard
        swell = np.minimum(1, time / 0.01) * np.exp(-3 * time * tempo / length)
        for partial, share in ((1, 1.0), (2, 0.5), (3, 0.3)):
            hertz = 196 * 2 ** (note / 12) * partial * pitch
            if hertz < rate / 2:
                sound[first:end] += loud * share * swell * np.sin(2 * np.pi * hertz * time)
    return (0.1 * sound).astype(np.float32)


def _score(seed: int, until: float) -> Iterable[tuple[float, float, float, float]]:
    """Notes: when, how long, how high in semitones, how loud. Each voice keeps to its own uneven time."""
    for voice in range(3):
        dice = np.random.default_rng([seed, voice])
        time = float(dice.random())
        while time < until:
            length = float(dice.choice([0.2, 0.3, 0.45, 0.7])) * float(dice.uniform(0.9, 1.1))
            yield time, length * 1.5, float(dice.integers(0, 30)), float(dice.uniform(0.4, 1))
            time += length


def noise(seed: int, seconds: float, loud: float = 0.1, rate: int = RATE) -> Samples:
    """White noise."""
    dice = np.random.default_rng(seed)
    return (loud * dice.standard_normal(round(seconds * rate))).astype(np.float32)


def print_of(samples: Samples, role: Role = Role.REFERENCE, *, block: int = 4096) -> Fingerprint:
    """The fingerprint of samples at `RATE`, fed in blocks."""
    describer = SoundDescriber(AUDIO_1, role)
    for first in range(0, len(samples), block):
        describer.feed(samples[first : first + block])
    return describer.finish(len(samples) / RATE)


def golden_sound() -> bytes:
    """The sound whose fingerprint every machine and every version has to get the same, 12 s, as WAV."""
    return sound_file(tune(20261129, 12.0), rate=RATE)


def sound_file(
    samples: NDArray[np.float32],
    *,
    container: str = "wav",
    codec: str = "pcm_s16le",
    rate: int = 44100,
    layout: str = "mono",
    start_s: float = 0.0,
) -> bytes:
    """A file of samples, shape (n,) for all channels alike or (channels, n)."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        planes = np.atleast_2d(samples)
        planes = np.broadcast_to(planes, (stream.codec_context.channels, planes.shape[1]))
        step = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout=layout, rate=rate, frame_size=step
        )
        mixed = np.ascontiguousarray(planes.T, dtype=np.float32).reshape(1, -1)
        frame = AudioFrame.from_ndarray(mixed, format="flt", layout=layout)
        frame.sample_rate = rate
        frame.pts = round(start_s * rate)
        for made in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(made))
        output.mux(stream.encode(None))
    return buffer.getvalue()
