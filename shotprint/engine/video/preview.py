"""A stretch of a video as small WebM (VP8), which every browser plays, for people to look at."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shotprint.engine.types import Cancel, Progress
from shotprint.engine.video.glimpse import Colour, Film

MAX_SIDE: Final = 480  # pixels of the longer side
MAX_RATE: Final = 30  # pictures a second
MEDIA_TYPE: Final = "video/webm"

_CLOCK = Fraction(1, 1000)  # of WebM
_KEY_FRAMES = 30  # one in so many, so that a player finds any place at once
_OPTIONS = {"deadline": "realtime", "cpu-used": "8", "crf": "16", "b": "900000", "error-resilient": "1"}


def make_preview(
    source: str | Path | BinaryIO,
    start: float,
    end: float,
    *,
    threads: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> bytes:
    """The pictures from `start` to `end` as a film that begins at 0:00, without sound.

    Parameters
    ----------
    start, end : seconds on the media's own time line; behind its end the film ends with it.

    Raises
    ------
    MediaNotFound, MediaAccessDenied, MediaUnreadable, MediaNotSupported, TemporaryError, Cancelled
        As `picture_at`.
    """
    first, last = Fraction(max(start, 0.0)), Fraction(max(start, end, 0.0))
    buffer = io.BytesIO()
    with Film(source, threads=threads, cancel=cancel) as film, av.open(buffer, "w", format="webm") as output:
        stream: VideoStream | None = None
        taken = -1  # the last clock tick that has a picture
        for time, frame in film.shown_from(first):
            if time >= last and stream is not None:
                break
            tick = round(max(time - first, Fraction(0)) / _CLOCK)
            if taken >= 0 and tick - taken < 1000 // MAX_RATE:
                continue
            picture = film.upright(frame, MAX_SIDE)
            stream = stream or _stream(output, picture)
            output.mux(stream.encode(_frame(picture, stream, tick)))
            taken = tick
            if progress is not None and last > first:
                progress(min(1.0, float((time - first) / (last - first))))
        if stream is not None:
            output.mux(stream.encode(None))
    return buffer.getvalue()


def _stream(output: av.container.OutputContainer, picture: Colour) -> VideoStream:
    stream = output.add_stream("libvpx", rate=MAX_RATE, options=_OPTIONS)
    height, width = picture.shape[:2]
    stream.width, stream.height = max(2, width // 2 * 2), max(2, height // 2 * 2)
    stream.pix_fmt = "yuv420p"
    stream.gop_size = _KEY_FRAMES
    stream.codec_context.time_base = _CLOCK
    stream.codec_context.thread_count = 1
    return stream


def _frame(picture: Colour, stream: VideoStream, tick: int) -> VideoFrame:
    frame = VideoFrame.from_ndarray(picture, format="bgr24")
    frame = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
    frame.pts, frame.time_base = tick, _CLOCK
    return frame
