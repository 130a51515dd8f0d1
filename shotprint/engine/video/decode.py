"""Reading a video: what it is, and the pictures that a sampling grid sees.

``bytes → packets → frames → times that never run backwards → the pictures shown at k / rate → luma``

One picture at a time waits for its successor, so memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shotprint import errors
from shotprint.engine.media_file import MediaFile
from shotprint.engine.types import Cancel, Frame, Gray, MediaInfo, Progress
from shotprint.engine.video import picture
from shotprint.engine.video.demux import MAX_PIXELS, MICROSECONDS, Decoder, open_container, video_stream
from shotprint.engine.video.time_line import TimeLine, sample

_LOOK_AHEAD = 1000
"""Packets within which the first picture is looked for when a file is opened."""

_PROGRESS_STEP = 0.002


def open_video(source: str | Path | BinaryIO, *, threads: int = 0, shortcuts: bool = False) -> VideoReader:
    """Open a video of any container and codec that FFmpeg reads from one file.

    Parameters
    ----------
    source : a path, or a seekable binary file object, which stays open.
    threads : decoder threads; 0 takes one per core. Pictures of an undamaged file don't depend on it.
    shortcuts : leave out deblocking, and pictures that no other one refers to, which saves up to half of decoding.
        Pictures are blockier and fewer; how many are left was the encoder's choice. From the first picture on of
        which the file does not say when it is shown (AVI, MPEG program streams), none is left out.

    Raises
    ------
    MediaNotFound, MediaAccessDenied
        The path cannot be opened.
    MediaUnreadable
        The file is empty, damaged or no media at all.
    MediaNotSupported
        No video stream (sound, a still image), a playlist, an unknown codec, or over `MAX_PIXELS`
        where the container says so.
    TemporaryError
        The file object could not be read.
    """
    with ExitStack() as stack:
        file = stack.enter_context(MediaFile(source))
        container = stack.enter_context(open_container(file))
        stream = video_stream(container)
        decoder = Decoder(file, container, stream, threads, shortcuts=shortcuts)
        reader = VideoReader(file, container, stream, decoder)
        stack.pop_all()
        return reader


class VideoReader:
    """One video, read once from its start to its end; a context manager. Made by `open_video`."""

    def __init__(
        self, file: MediaFile, container: InputContainer, stream: VideoStream, decoder: Decoder
    ) -> None:
        self._file, self._container, self._stream = file, container, stream
        self._decoder = decoder
        self._rate = _positive(stream.average_rate) or _positive(stream.base_rate)
        self._zero = container.start_time
        if self._zero is not None:
            self._zero *= self._decoder.scale // MICROSECONDS
        self._declared = _declared_duration(container, stream)
        self._sample_aspect = _positive(stream.sample_aspect_ratio) or Fraction(1)
        self._closed = self._read = False
        self._steps = self._primed(self._decoder.steps())

    def _primed(self, steps: Iterator[VideoFrame | None]) -> Iterator[VideoFrame | None]:
        """The same steps, after the first picture has told what the container alone does not."""
        ahead: list[VideoFrame | None] = []
        for frame in steps:
            ahead.append(frame)
            if frame is not None or len(ahead) == _LOOK_AHEAD:
                break
        self._info = self._describe(ahead[-1] if ahead else None)
        return chain(ahead, steps)

    def _describe(self, frame: VideoFrame | None) -> MediaInfo:
        context = self._stream.codec_context
        turn = picture.Turn.of(frame) if frame else picture.Turn()
        width, height = (frame.width, frame.height) if frame else (context.width, context.height)
        width = max(1, round(width * self._sample_aspect))
        if turn.on_its_side:
            width, height = height, width
        return MediaInfo(
            container=self._container.format.name,
            codec=context.codec.canonical_name,
            width=width,
            height=height,
            rotation=turn.clockwise,
            frame_rate=self._rate,
            duration=self._declared,
            has_audio=bool(self._container.streams.audio),
        )

    @property
    def info(self) -> MediaInfo:
        """What the file declares; once `frames` is exhausted, what was measured. Readable after closing."""
        return self._info

    def frames(
        self, *, rate: float, max_side: int, cancel: Cancel | None = None, progress: Progress | None = None
    ) -> Iterator[Frame]:
        """The pictures shown at the instants k / rate seconds of the time line, each one once.

        Time 0 is the container's start, as players show it. A picture's ``start`` is the first instant at
        which it is shown, its ``end`` the first one at which another is, or the end of the stream. The
        first picture counts from the last instant not after its time. Can be called once.

        Parameters
        ----------
        rate : instants per second, above 0.
        max_side : pixels of the longer side at most; smaller pictures are not enlarged.
        cancel : asked after each packet.
        progress : told the share of the declared duration, or of the bytes where none is declared.

        Raises
        ------
        Cancelled
            `cancel` said so.
        MediaUnreadable
            Not one picture could be decoded, because of damage or over `MAX_PIXELS` pixels.
        MediaNotSupported
            Its pixels are of a kind that cannot be converted.
        TemporaryError
            The file object could not be read.
        """
        if self._read:
            raise errors.InternalError("The frames of a video can be read only once.")
        self._read = True
        scale = self._decoder.scale
        line = TimeLine(scale, self._zero, self._rate)
        report = _Report(progress)

        def keep(frame: VideoFrame) -> Gray:
            turn = picture.Turn.of(frame)
            return picture.luma(frame, sample_aspect=self._sample_aspect, turn=turn, max_side=max_side)

        placed = self._placed(line, cancel, report)
        grid = Fraction(rate).limit_denominator(1_000_000)
        for start, end, image in sample(placed, scale, grid, keep=keep, end=lambda: line.end):
            yield Frame(float(start), float(end), image)
        self._info = replace(
            self._info,
            duration=line.end / scale,
            frames_decoded=self._decoder.decoded,
            frames_bad=self._decoder.bad,
        )
        if not self._decoder.decoded:
            raise errors.MediaUnreadable(
                f"Not one picture could be decoded: it is damaged, or has more than {MAX_PIXELS} pixels."
            )
        report(1.0)

    def _placed(
        self, line: TimeLine, cancel: Cancel | None, report: _Report
    ) -> Iterator[tuple[int, VideoFrame]]:
        self._check_open()
        for frame in self._steps:
            if cancel is not None and cancel():
                raise errors.Cancelled
            if frame is None:
                continue
            time = line.place(self._decoder.timestamp(frame), self._decoder.duration(frame))
            if report.wanted:
                report(self._share(time))
            yield time, frame
            self._check_open()

    def _check_open(self) -> None:
        if self._closed:  # reading on would reach into memory that FFmpeg has freed
            raise errors.InternalError("The video was closed while its frames were being read.")

    def _share(self, time: int) -> float:
        if self._declared > 0:
            return time / self._decoder.scale / self._declared
        return self._file.tell() / self._file.size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the container, and the file if it was opened here."""
        self._closed = True
        self._container.close()
        self._file.close()


class _Report:
    """Passes on the share done when it is a step above the last one told; never more than 1."""

    def __init__(self, progress: Progress | None) -> None:
        self.wanted = progress is not None
        self._progress = progress
        self._told = 0.0

    def __call__(self, share: float) -> None:
        share = min(share, 1.0)
        if self._progress is not None and (share >= self._told + _PROGRESS_STEP or share == 1.0 > self._told):
            self._told = share
            self._progress(share)


def _positive(value: Fraction | None) -> Fraction:
    return value if value is not None and value > 0 else Fraction(0)


def _declared_duration(container: InputContainer, stream: VideoStream) -> float:
    """Seconds, 0 when the file does not say."""
    if container.duration is not None and container.duration > 0:
        return container.duration / MICROSECONDS
    if stream.duration is not None and stream.time_base is not None and stream.duration > 0:
        return float(stream.duration * stream.time_base)
    return 0.0
