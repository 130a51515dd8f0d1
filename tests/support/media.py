"""Media files made by code, for any test.

Two kinds of pictures: `numbered` ones carry their own number in blocks that survive any codec and scaling,
so that a test can ask which picture it got (`read_number`) and whether it stands upright; `moving` ones
look like film, and different at different times and for different seeds.

``make_video(numbered_pictures(50))`` gives the bytes of an MP4 file, ``make_video(..., to=path)`` a file.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from numpy.typing import NDArray

os.environ.setdefault("SVT_LOG", "0")  # the AV1 encoder writes its banner to stderr otherwise

Rgb = NDArray[np.uint8]
"""Shape (height, width, 3), or (height, width, 4) with alpha last."""

_COLUMNS, _ROWS = 4, 3
NUMBERS = 2 ** (_COLUMNS * _ROWS)
"""How many different numbered pictures there are."""


def numbered(number: int, width: int = 64, height: int = 48) -> Rgb:
    """A picture of 4 x 3 black and white blocks that spell `number` (0 to 4095), lowest bit first."""
    bits = [(number >> bit) & 1 for bit in range(_COLUMNS * _ROWS)]
    blocks = np.array(bits, np.uint8).reshape(_ROWS, _COLUMNS) * 255
    gray = cv2.resize(blocks, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.repeat(gray[..., None], 3, axis=2)


def read_number(image: NDArray[np.uint8]) -> int:
    """The number that a luma picture of shape (height, width) spells, whatever its size and brightness."""
    blocks = cv2.resize(image, (_COLUMNS * 8, _ROWS * 8), interpolation=cv2.INTER_AREA)
    centres = blocks.reshape(_ROWS, 8, _COLUMNS, 8)[:, 2:6, :, 2:6].mean(axis=(1, 3)).ravel()
    return int(sum(1 << bit for bit, level in enumerate(centres) if level > 127))


def numbered_pictures(count: int, width: int = 64, height: int = 48, *, first: int = 0) -> Iterator[Rgb]:
    """The pictures that spell first, first + 1, …"""
    return (numbered(first + index, width, height) for index in range(count))


def moving(time: float, width: int = 160, height: int = 120, *, seed: int = 0) -> Rgb:
    """A scene at a time in seconds: a textured ground that pans, and things that cross it.

    A new scene begins every two seconds, so that distant times have nothing in common.
    """
    rng = np.random.default_rng([seed, int(time // 2)])
    ground = cv2.resize(rng.integers(0, 256, (24, 32, 3), np.uint8), (2 * width, 2 * height))
    shift = 0.1 + 0.4 * (time % 2)
    x, y = int(shift * width), int(shift * height / 2)
    picture = np.ascontiguousarray(ground[y : y + height, x : x + width])
    for _ in range(6):
        colour = [int(c) for c in rng.integers(0, 256, 3)]
        start, speed, size = rng.random(2), rng.random(2) - 0.5, 0.05 + 0.12 * rng.random()
        centre = (start + speed * (time % 2)) * (width, height)
        cv2.circle(picture, (int(centre[0]), int(centre[1])), int(size * width), colour, -1, cv2.LINE_AA)
    return picture


def moving_pictures(
    seconds: float, width: int = 160, height: int = 120, *, rate: float = 25, seed: int = 0, start: float = 0
) -> Iterator[Rgb]:
    """`moving` at start, start + 1 / rate, …"""
    count = round(seconds * rate)
    return (moving(start + index / rate, width, height, seed=seed) for index in range(count))


@dataclass(frozen=True)
class Coding:
    """How a stream is coded: a codec that this FFmpeg can write, its pixel format and its options."""

    codec: str = "libx264"
    pixels: str = "yuv420p"
    options: Mapping[str, str] = field(default_factory=dict)


H264 = Coding(options={"preset": "ultrafast", "crf": "18", "bf": "2", "g": "12"})
HEVC = Coding("libx265", options={"preset": "ultrafast", "x265-params": "log-level=none"})
MPEG2 = Coding("mpeg2video", options={"b": "2000000", "bf": "2", "g": "12"})
MPEG4 = Coding("mpeg4", options={"b": "2000000"})
MJPEG = Coding("mjpeg", "yuvj420p")
PRORES = Coding("prores_ks", "yuv422p10le")
VP8 = Coding("libvpx", options={"deadline": "realtime", "cpu-used": "8", "b": "1000000"})
VP9 = Coding("libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8", "b": "1000000"})
AV1 = Coding("libsvtav1", options={"preset": "12", "crf": "30"})
WMV = Coding("wmv2", options={"b": "2000000"})
FLV1 = Coding("flv1", options={"b": "2000000"})
LOSSLESS = Coding("ffv1", "bgr0")


def make_video(
    pictures: Iterable[Rgb],
    *,
    container: str = "mp4",
    coding: Coding = H264,
    rate: Fraction | float = 25,
    times: Sequence[float] | None = None,
    turned: float = 0,
    mirrored: bool = False,
    sample_aspect: Fraction | None = None,
    sound: bool = False,
    sound_from: float = 0,
    change: Callable[[int, Packet], Packet | None] | None = None,
    container_options: Mapping[str, str] | None = None,
    to: Path | None = None,
) -> bytes:
    """Write a video and give its bytes.

    Parameters
    ----------
    pictures : all of one size; RGB, or RGBA for a coding with alpha.
    container : FFmpeg's name of the muxer, e.g. "mp4", "matroska", "mpegts", "asf".
    rate : pictures per second.
    times : seconds at which each picture is shown, rising; 1 / rate apart when left out.
    turned : degrees clockwise that the file asks a player to turn the picture.
    mirrored : the file asks a player to exchange left and right as well.
    sample_aspect : width to height of one pixel.
    sound, sound_from : with a tone beside the pictures, which begins at `sound_from` seconds.
    change : called with (index, packet) before a video packet is written; may alter it, or drop it with None.
    container_options : for the muxer.
    to : where to write the file as well.
    """
    rate = Fraction(rate).limit_denominator(1001)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=dict(container_options or {})) as output:
        stream = output.add_stream(coding.codec, rate=rate, options=dict(coding.options))
        stream.pix_fmt = coding.pixels
        tick = 1 / rate if times is None else Fraction(1, 1000)
        stream.codec_context.time_base = tick
        if turned or mirrored:
            stream.set_display_rotation(-turned, hflip=mirrored)
        tone = output.add_stream(_SOUND.get(container, "aac"), rate=_HERTZ) if sound else None
        written = count()

        def write(packets: Iterable[Packet]) -> None:
            for packet in packets:
                kept = packet if change is None else change(next(written), packet)
                if kept is not None:
                    output.mux(kept)

        end = 0.0
        for index, picture in enumerate(pictures):
            if not index:
                stream.height, stream.width = picture.shape[:2]
                if sample_aspect is not None:
                    stream.codec_context.sample_aspect_ratio = sample_aspect
            start = float(index / rate) if times is None else times[index]
            write(stream.encode(_frame(picture, coding.pixels, start, tick)))
            end = start + float(1 / rate)
        write(stream.encode(None))
        if tone is not None:
            output.mux(_tone(tone, sound_from, end))
    if to is not None:
        to.write_bytes(buffer.getvalue())
    return buffer.getvalue()


def make_sound(seconds: float = 1, *, container: str = "ipod", cover: bool = False) -> bytes:
    """A file with a tone and no video, or with one picture as its cover art."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        tone = output.add_stream("aac", rate=_HERTZ)
        art = output.add_stream("mjpeg") if cover else None
        if art is not None:
            art.width, art.height, art.pix_fmt, art.disposition = 64, 48, "yuvj420p", Disposition.attached_pic
            output.mux(art.encode(_frame(numbered(1), "yuvj420p", 0, Fraction(1, 25))))
        output.mux(_tone(tone, 0, seconds))
    return buffer.getvalue()


_SOUND = {"mpeg": "mp2", "vob": "mp2", "mpegts": "mp2", "asf": "mp2", "avi": "mp2", "mxf": "pcm_s16le"}
"""The sound codec where it is not AAC."""

_HERTZ = 48000


def _frame(picture: Rgb, pixels: str, start: float, time_base: Fraction) -> VideoFrame:
    frame = VideoFrame.from_ndarray(picture, format="rgba" if picture.shape[2] == 4 else "rgb24")
    frame = frame.reformat(format=pixels)
    frame.time_base, frame.pts = time_base, round(start / time_base)
    return frame


def _tone(stream: AudioStream, start: float, end: float) -> list[Packet]:
    """Packets of a 440 Hz tone from `start` to `end` seconds."""
    packets: list[Packet] = []
    for first in range(int(start * _HERTZ), int(end * _HERTZ), 1024):
        wave = np.sin(np.arange(first, first + 1024) * (2 * np.pi * 440 / _HERTZ)) * 8000
        frame = AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _HERTZ, first, Fraction(1, _HERTZ)
        packets += stream.encode(frame)
    return packets + stream.encode(None)
