"""Pictures of a video from any moment on, in colour, for people: found by seeking, so that the middle of a long film
costs a second.

Not for fingerprints, which read every file from its start: where a container's index is wrong, the picture is
one from nearby.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from shotprint import errors
from shotprint.engine.media_file import MediaFile
from shotprint.engine.types import Cancel
from shotprint.engine.video.demux import MICROSECONDS, Decoder, open_container, video_stream
from shotprint.engine.video.picture import Turn, fit
from shotprint.engine.video.time_line import TimeLine

Colour = NDArray[np.uint8]
"""A picture as OpenCV writes it, blue first; shape (height, width, 3)."""

Timed = tuple[Fraction, VideoFrame]
"""When a picture is shown, seconds; and the picture as it was decoded."""

_EARLIER_S = 10
"""How much further back a place is sought when the first one lay too late, as in containers without an index."""

_ROUNDING_S = Fraction(1, 1000)
"""Moments in a fingerprint are kept as float32."""

_LOOK_AHEAD = 1000
"""Packets within which the first picture is looked for, which tells how a file without timestamps is to be read."""

_UNTIMED = 250
"""So many pictures behind a place without one whose time is known are enough to give the place up."""

_READ_ON_S = 3
"""Moments nearer to each other are reached by reading on: a jump costs about as much."""


def picture_at(
    source: str | Path | BinaryIO,
    seconds: float,
    *,
    max_side: int,
    threads: int = 0,
    cancel: Cancel | None = None,
) -> Colour:
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
    MediaNotFound, MediaAccessDenied, MediaUnreadable, MediaNotSupported, TemporaryError, Cancelled
        As `open_video`.
    """
    return pictures_at(source, [seconds], max_side=max_side, threads=threads, cancel=cancel)[0]


def pictures_at(
    source: str | Path | BinaryIO,
    moments: Sequence[float],
    *,
    max_side: int,
    threads: int = 0,
    cancel: Cancel | None = None,
) -> list[Colour]:
    """The pictures that are shown at moments that don't run backwards; see `picture_at`."""
    found: list[Colour] = []
    with Film(source, threads=threads, cancel=cancel) as film:
        frames: Iterator[Timed] = iter(())
        shown: Timed | None = None  # and the one behind it
        ahead: Timed | None = None
        for moment in (Fraction(max(seconds, 0.0)) + _ROUNDING_S for seconds in moments):
            if ahead is None or moment > ahead[0] + _READ_ON_S:
                frames = film.shown_from(moment)
                shown, ahead = next(frames), next(frames, None)
            while ahead is not None and ahead[0] <= moment:
                shown, ahead = ahead, next(frames, None)
            assert shown is not None  # noqa: S101 - `shown_from` gives one or raises
            found.append(film.upright(shown[1], max_side))
    return found


class Film:
    """A video that is open to be looked at, wherever one likes; a context manager.

    Parameters
    ----------
    source, threads : as of `picture_at`.
    cancel : asked after each packet; once it says True the work ends with `Cancelled`.
    """

    def __init__(
        self, source: str | Path | BinaryIO, *, threads: int = 0, cancel: Cancel | None = None
    ) -> None:
        self._threads = threads
        self._cancel = cancel
        with ExitStack() as stack:
            self._file = stack.enter_context(MediaFile(source))
            self._open()
            stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()
        self._file.close()

    def shown_from(self, moment: Fraction) -> Iterator[Timed]:
        """The picture that is shown at a moment, and those that follow; after the end the last one. At least one.

        Raises
        ------
        MediaUnreadable
            Not one picture could be decoded.
        Cancelled
        """
        for place in (moment, moment - _EARLIER_S):
            if place > 0 and (found := self._from_place(place, moment)) is not None:
                return found
        self._container.close()
        self._open()
        return self._from_first(self._timed(), moment)

    def upright(self, frame: VideoFrame, max_side: int) -> Colour:
        """The picture in colour, with square pixels, within a square of that side.

        Raises
        ------
        MediaNotSupported
            Its pixels are of a kind that cannot be converted.
        """
        aspect = self._aspect if self._aspect > 0 else Fraction(1)
        width, height = fit(frame.width, frame.height, aspect, max_side)
        try:
            small = frame.reformat(width=width, height=height, format="bgr24", threads=1)
        except (av.error.FFmpegError, ValueError) as error:
            raise errors.MediaNotSupported(
                f"Pixels of the format {frame.format.name} cannot be read."
            ) from error
        return Turn.of(frame).apply(np.asarray(small.to_ndarray(), np.uint8))

    def _open(self) -> None:
        """From the start. The first picture is decoded at once, for in files that don't say when a picture is shown
        (AVI) it tells by how much the decoder is late, which no picture behind a jump does."""
        self._file.seek(0)
        container = open_container(self._file)
        try:
            stream = video_stream(container)
            self._container: InputContainer = container
            self._aspect = stream.sample_aspect_ratio or Fraction(1)
            self._rate = stream.average_rate or stream.base_rate or Fraction(0)
            self._decoder = Decoder(self._file, container, stream, self._threads, shortcuts=False)
            steps = self._decoder.steps()
            self._first: list[VideoFrame] = []
            for _, frame in zip(range(_LOOK_AHEAD), steps, strict=False):
                self._go_on()
                if frame is not None:
                    self._first.append(frame)
                    break
        except BaseException:
            container.close()
            raise
        self._rest = steps
        self._zero = self._start()

    def _start(self) -> int | None:
        """What a player shows as 0:00, on the file's own clock; None when nothing says."""
        start: int | None = self._container.start_time
        if start is not None:
            return start * (self._decoder.scale // MICROSECONDS)
        return self._decoder.timestamp(self._first[0]) if self._first else None

    def _from_place(self, place: Fraction, moment: Fraction) -> Iterator[Timed] | None:
        """From the moment on, read from a place before it, which is sought; None when that is not found, or lies
        behind the moment."""
        if self._zero is None or not self._seek(place):
            return None
        return self._from_moment(self._timed(self._decoder.steps()), moment)

    def _from_first(self, frames: Iterator[Timed], moment: Fraction) -> Iterator[Timed]:
        """From the moment on; a player shows the first picture from 0:00 on, whatever its time."""
        first = next(frames, None)
        if first is None:
            raise errors.MediaUnreadable("Not one picture could be decoded.")
        found = self._from_moment(chain([(min(first[0], moment), first[1])], frames), moment)
        return iter(()) if found is None else found

    def _from_moment(self, frames: Iterator[Timed], moment: Fraction) -> Iterator[Timed] | None:
        shown: Timed | None = None
        for ahead in frames:
            if ahead[0] > moment + _ROUNDING_S:
                return None if shown is None else chain([shown, ahead], frames)
            shown = ahead
        return None if shown is None else iter([shown])

    def _seek(self, place: Fraction) -> bool:
        try:
            self._container.seek(int(place * MICROSECONDS) + (self._container.start_time or 0), backward=True)
        except (av.error.FFmpegError, OverflowError):
            return False
        return True

    def _timed(self, sought: Iterator[VideoFrame | None] | None = None) -> Iterator[Timed]:
        """Pictures with their times: those behind a place, as soon as one has a time of its own, or all of them."""
        line = TimeLine(self._decoder.scale, self._zero, self._rate)
        without = 0
        for frame in chain(self._first, self._rest) if sought is None else sought:
            self._go_on()
            if frame is None:
                continue
            timestamp = self._decoder.timestamp(frame)
            if sought is not None and timestamp is None and without >= 0:
                without += 1
                if without > _UNTIMED:
                    return
                continue
            without = -1
            time = line.place(timestamp, self._decoder.duration(frame))
            yield Fraction(time, self._decoder.scale), frame

    def _go_on(self) -> None:
        if self._cancel is not None and self._cancel():
            raise errors.Cancelled
