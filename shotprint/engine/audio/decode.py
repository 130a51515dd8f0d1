"""Reading sound: what it is, and its samples as one voice at one rate.

``bytes → packets → frames → times that never run backwards → mono at the rate wanted``

Times are those of the container, so that a film's sound and its pictures share one time line: what is missing before
the first sample, or between two, is silence. Memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard
from numpy.typing import NDArray

from shotprint import errors
from shotprint.engine.media_file import MediaFile
from shotprint.engine.types import Cancel, MediaInfo, Progress
from shotprint.engine.video.demux import DEMUXERS, MICROSECONDS, open_container, packets

Samples = NDArray[np.float32]
"""Shape (n,); full scale is -1 to 1."""

SOUND_DEMUXERS: Final = DEMUXERS + (
    ",aac,ac3,ac4,aiff,amr,amrnb,amrwb,ape,au,avr,caf,dsf,dss,dts,dtshd,eac3,flac,gsm,iff,ilbc,ircam,loas,mlp,mp3,mpc,"
    "mpc8,nistsphere,oma,paf,pvf,qcp,qoa,shn,sox,spdif,tak,truehd,tta,voc,w64,wav,wsd,wv,xwma"
)
"""FFmpeg's readers that may be used: those of videos, and those of sound that is whole in one file."""
GAP_S: Final = 0.1
"""Timestamps that run ahead of the samples by less are rounded, as many containers round them."""
MAX_SILENCE_S: Final = 6 * 3600.0
"""So much missing sound is filled with silence in all: a timestamp costs a stranger nothing, silence costs us time."""
BLOCK: Final = 1 << 16
"""Samples of silence at once."""
LOUDEST: Final = 16.0
"""Samples beyond are cut off, and what is no number is silence: floats in a file may be anything."""


def open_sound(source: str | Path | BinaryIO, *, rate: int) -> SoundReader:
    """Open a file with sound of any container and codec that FFmpeg reads from one file, with or without pictures.

    Parameters
    ----------
    source : a path, or a seekable binary file object, which stays open.
    rate : samples per second that are wanted.

    Raises
    ------
    MediaNotFound, MediaAccessDenied
        The path cannot be opened.
    MediaUnreadable
        The file is empty, damaged or no media at all.
    MediaNotSupported
        No sound in it, a playlist, or an unknown codec.
    TemporaryError
        The file object could not be read.
    """
    with ExitStack() as stack:
        file = stack.enter_context(MediaFile(source))
        container = stack.enter_context(open_container(file, demuxers=SOUND_DEMUXERS, kind="sound file"))
        reader = SoundReader(file, container, _sound_stream(container), rate)
        stack.pop_all()
        return reader


def _sound_stream(container: InputContainer) -> AudioStream:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        raise errors.MediaNotSupported("The file has no sound.")
    if stream.codec_context is None:
        raise errors.MediaNotSupported("The sound's codec is not known.")
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    return stream


class SoundReader:
    """One file's sound, read once from its start to its end; a context manager. Made by `open_sound`."""

    def __init__(self, file: MediaFile, container: InputContainer, stream: AudioStream, rate: int) -> None:
        self._file, self._container, self._stream, self._rate = file, container, stream, rate
        self._bad = self._decoded = 0
        self._read = self._closed = False
        declared = (container.duration or 0) / MICROSECONDS
        if declared <= 0 and stream.duration and stream.time_base:
            declared = float(stream.duration * stream.time_base)
        self._info = MediaInfo(
            container=container.format.name,
            codec=stream.codec_context.codec.canonical_name,
            width=0,
            height=0,
            rotation=0,
            frame_rate=Fraction(0),
            duration=max(declared, 0.0),
            has_audio=True,
        )

    @property
    def info(self) -> MediaInfo:
        """What the file declares; once `blocks` is exhausted, what was measured. Of pictures it says nothing: width,
        height and frame rate are 0."""
        return self._info

    def blocks(self, *, cancel: Cancel | None = None, progress: Progress | None = None) -> Iterator[Samples]:
        """All samples in order, in blocks of any length; a file's blocks together don't depend on their lengths.

        Parameters
        ----------
        cancel : asked after each packet.
        progress : told the share of the file that is read.

        Raises
        ------
        Cancelled
            `cancel` said so.
        MediaUnreadable
            Not one sample could be decoded.
        TemporaryError
            The file object could not be read.
        """
        if self._read or self._closed:
            raise errors.InternalError("The samples of a file can be read only once, while it is open.")
        self._read = True
        made = 0
        for block in self._mono(cancel, progress):
            made += len(block)
            yield block
        if not self._decoded:
            raise errors.MediaUnreadable("Not one sample could be decoded: the sound is damaged.")
        self._info = replace(
            self._info,
            duration=made / self._rate,
            frames_decoded=self._decoded,
            frames_bad=self._bad,
        )
        if progress:
            progress(1.0)

    def _mono(self, cancel: Cancel | None, progress: Progress | None) -> Iterator[Samples]:
        voice = _Voice(self._rate)
        start = self._container.start_time
        line = _Line(None if start is None else start / MICROSECONDS)
        told = 0.0
        for frame in self._frames(cancel):
            if progress:
                share = min(self._file.tell() / max(1, self._file.size), 1.0)
                if share > told:
                    told = share
                    progress(told)
            if frame is None:
                continue
            missing = line.missing_before(frame)
            if missing > 0:
                yield from voice.finish()
                for first in range(0, round(missing * self._rate), BLOCK):
                    yield np.zeros(min(BLOCK, round(missing * self._rate) - first), np.float32)
            yield from voice.take(frame)
        yield from voice.finish()

    def _frames(self, cancel: Cancel | None) -> Iterator[AudioFrame | None]:
        """Each frame, and None for every packet that gave none, so that the caller gets to act."""
        for packet in packets(self._file, self._container, self._stream, self._count_bad):
            if cancel is not None and cancel():
                raise errors.Cancelled
            frames: list[AudioFrame] = []
            try:
                frames = self._stream.codec_context.decode(packet)
            except av.error.EOFError:
                pass  # flushed already
            except (av.error.FFmpegError, ValueError):
                self._bad += 1
            self._file.check()
            whole = [frame for frame in frames if frame.samples and frame.sample_rate]
            self._decoded += len(whole)
            yield from whole or (None,)
            if self._closed:  # reading on would reach into memory that FFmpeg has freed
                raise errors.InternalError("The file was closed while its samples were being read.")

    def _count_bad(self) -> None:
        self._bad += 1

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


class _Line:
    """Where frames lie in time, and what is missing between them."""

    def __init__(self, zero: float | None) -> None:
        self._expected = zero
        self._filled = 0.0

    def missing_before(self, frame: AudioFrame) -> float:
        """Seconds of silence before a frame. Timestamps that run backwards, or ahead by more than may be filled, start
        a new piece, which follows at once."""
        length = frame.samples / frame.sample_rate
        if frame.pts is None or frame.time_base is None:
            if self._expected is not None:
                self._expected += length
            return 0.0
        time = float(frame.pts * frame.time_base)
        gap = 0.0 if self._expected is None else time - self._expected
        if abs(gap) <= GAP_S and self._expected is not None:
            self._expected += length  # rounded timestamps must not add up, nor must they be trusted
            if abs(gap) > GAP_S / 2:
                self._expected = time + length
            return 0.0
        self._expected = time + length
        if GAP_S < gap <= MAX_SILENCE_S - self._filled:
            self._filled += gap
            return gap
        return 0.0


class _Voice:
    """Frames of any layout, format and rate → mono at one rate."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._kind: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def take(self, frame: AudioFrame) -> Iterator[Samples]:
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:  # a stream may change its mind
            yield from self.finish()
            self._kind = kind
        if self._resampler is None:
            self._resampler = AudioResampler(format="fltp", layout="mono", rate=self._rate)
        frame.pts = None  # else it would fill gaps in its own way
        for made in self._resampler.resample(frame):
            yield _samples(made)

    def finish(self) -> Iterator[Samples]:
        if self._resampler is not None:
            for made in self._resampler.resample(None):
                yield _samples(made)
        self._resampler = None


def _samples(frame: AudioFrame) -> Samples:
    taken = frame.to_ndarray().reshape(-1)[: frame.samples].astype(np.float32)
    return np.clip(np.nan_to_num(taken, copy=False), -LOUDEST, LOUDEST)
