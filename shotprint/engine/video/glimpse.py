"""One picture of a video, in colour, for people: found by seeking, so that the middle of a long film costs a second.

Not for fingerprints, which read every file from its start: where a container's index is wrong, the picture is
one from nearby.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from shotprint import errors
from shotprint.engine.media_file import MediaFile
from shotprint.engine.video.demux import MICROSECONDS, Decoder, open_container, video_stream
from shotprint.engine.video.picture import Turn, fit

Colour = NDArray[np.uint8]
"""A picture as OpenCV writes it, blue first; shape (height, width, 3)."""

_MOST_STEPS = 20_000
"""Packets read behind the place that was sought: above the distance between the key frames of any usual film."""

_EARLIER_S = 10
"""How much further back a place is sought when the first one lay too late, as in containers without an index."""

_ROUNDING_S = Fraction(1, 1000)
"""Moments in a fingerprint are kept as float32."""


def picture_at(source: str | Path | BinaryIO, seconds: float, *, max_side: int, threads: int = 0) -> Colour:
    """The picture that is shown at a moment: upright, with square pixels, not enlarged; after the end the last one
    that is found.

    Parameters
    ----------
    source : a path, or a seekable binary file object, which stays open.
    seconds : on the media's own time line, as in a `Segment`; before 0 is 0.
    max_side : pixels of the longer side at most.
    threads : of the decoder; 0 takes one per core.

    Raises
    ------
    MediaNotFound, MediaAccessDenied, MediaUnreadable, MediaNotSupported, TemporaryError
        As `open_video`.
    """
    moment = Fraction(max(seconds, 0.0))
    with MediaFile(source) as file:
        for place in (moment, moment - _EARLIER_S, None):
            if place is not None and place <= 0:
                continue
            picture = _shown_at(file, moment, max_side, threads, place)
            if picture is not None:
                return picture
    raise errors.MediaUnreadable("Not one picture could be decoded.")


def _shown_at(
    file: MediaFile, moment: Fraction, max_side: int, threads: int, place: Fraction | None
) -> Colour | None:
    """The picture, read from a place before it on, which is sought; None: from the start. None when that place is
    not found or lies behind the moment."""
    file.seek(0)
    with open_container(file) as container:
        stream = video_stream(container)
        aspect = stream.sample_aspect_ratio or Fraction(1)
        if place is not None and not _seek(container, place):
            return None
        decoder = Decoder(file, container, stream, threads, shortcuts=False)
        zero = Fraction(container.start_time or 0, MICROSECONDS)
        shown: VideoFrame | None = None
        for frame in _frames(decoder):
            time = decoder.timestamp(frame)
            if place is not None and (frame.pts is None or time is None):
                return None  # after a jump only the pictures' own times can be believed
            if time is not None and Fraction(time, decoder.scale) - zero > moment + _ROUNDING_S:
                if shown is not None:
                    break
                if place is not None:
                    return None
            shown = frame
        return None if shown is None else _upright(shown, aspect, max_side)


def _seek(container: InputContainer, moment: Fraction) -> bool:
    try:
        container.seek(int(moment * MICROSECONDS) + (container.start_time or 0), backward=True)
    except (av.error.FFmpegError, OverflowError):
        return False
    return True


def _frames(decoder: Decoder) -> Iterator[VideoFrame]:
    return (frame for frame in islice(decoder.steps(), _MOST_STEPS) if frame is not None)


def _upright(frame: VideoFrame, aspect: Fraction, max_side: int) -> Colour:
    width, height = fit(frame.width, frame.height, aspect if aspect > 0 else Fraction(1), max_side)
    try:
        small = frame.reformat(width=width, height=height, format="bgr24", threads=1)
    except (av.error.FFmpegError, ValueError) as error:
        raise errors.MediaNotSupported(f"Pixels of the format {frame.format.name} cannot be read.") from error
    return Turn.of(frame).apply(np.asarray(small.to_ndarray(), np.uint8))
