"""Opening a container safely, and getting the pictures out of it whatever its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import lcm
from typing import TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shotprint import errors
from shotprint.engine.media_file import MediaFile

StreamT = TypeVar("StreamT", VideoStream, AudioStream)

MICROSECONDS = 1_000_000
"""FFmpeg's clock for a container as a whole, per second."""

MAX_PIXELS = 1 << 27
"""Pixels of one picture, 16384 x 8192: above every video standard, and at most 200 MiB a picture as 4:2:0."""

DEMUXERS = (
    "3g2,3gp,apng,apv,asf,asf_o,av1,avi,avs2,avs3,cavsvideo,dhav,dirac,dnxhd,dv,evc,flic,flv,gif,gxf,"
    "h261,h263,h264,hevc,ivf,kux,live_flv,lxf,m4v,matroska,webm,mjpeg,mjpeg_2000,mov,mp4,mpeg,mpegts,"
    "mpegtsraw,mpegvideo,mtv,mxf,nsv,nut,nuv,obu,ogg,pva,rm,swf,vc1,vc1test,vivo,vvc,wtv,xmv,yuv4mpegpipe"
)
"""FFmpeg's readers that may be used: those of videos that are whole in one file. What is not here are the
ones that open other files or connections (hls, dash, concat, image2, imf, sdp, rtsp, lavfi, mlv …), single
images, and sound alone."""

_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"<SMIL", b"<smil")

_PIXELS_AT_ONCE = 1 << 29
"""Pixels in all the pictures that decoder threads work on, one each: at most 0.8 GB as 4:2:0."""

_MOST_THREADS = 16
"""FFmpeg takes no more by itself."""

_FAILURES_IN_A_ROW = 100
"""After so many failed reads with no packet between them there is nothing more to come."""


def open_container(file: MediaFile, *, demuxers: str = DEMUXERS, kind: str = "video") -> InputContainer:
    """Open the container without letting it reach anything but `file`.

    Parameters
    ----------
    demuxers : FFmpeg's readers that may be used, with commas between.
    kind : what is looked for, as errors name it.

    Raises
    ------
    MediaNotSupported
        It is a playlist, an image, or anything else that none of the readers takes.
    MediaUnreadable
        It is empty, damaged, or no media at all.
    """
    if not file.size:
        raise errors.MediaUnreadable("The file is empty.")
    if file.head(16).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PLAYLISTS):
        raise errors.MediaNotSupported(
            f"The file is a playlist, which names other files; only {kind}s are read."
        )
    options = {
        "format_whitelist": demuxers,
        "protocol_whitelist": "none",
        "max_pixels": str(MAX_PIXELS),
        # PyAV has FFmpeg make up missing timestamps, which is wrong where pictures are reordered (H.264 in
        # AVI); the decoding times that are there instead are right.
        "fflags": "-genpts",
    }
    try:
        return av.open(file, "r", options=options, metadata_errors="replace")
    except (av.error.ArgumentError, av.error.PermissionError) as error:
        file.check()
        raise errors.MediaNotSupported(f"The file is not a {kind} of a kind that can be read.") from error
    except (av.error.FFmpegError, ValueError) as error:
        file.check()
        raise errors.MediaUnreadable("The file is damaged, or is no media file.") from error


def video_stream(container: InputContainer) -> VideoStream:
    """The stream that a player would show; every other one is told not to bring packets.

    Raises
    ------
    MediaNotSupported
        There is none (cover art is not one), no decoder for it, or its pictures are too large.
    """
    stream = container.streams.best("video")
    stills = Disposition.attached_pic | Disposition.still_image
    if not isinstance(stream, VideoStream) or stream.disposition & stills:
        raise errors.MediaNotSupported("The file has no video stream.")
    if stream.codec_context is None:
        raise errors.MediaNotSupported("The video's codec is not known.")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAX_PIXELS:
        raise errors.MediaNotSupported(
            f"The picture has {width} x {height} pixels; at most {MAX_PIXELS} can be read."
        )
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    return stream


class Decoder:
    """The pictures of one stream, in the order in which they are shown.

    Attributes
    ----------
    decoded, bad : how many pictures came out, and how often one could not be decoded or read.
    scale : units per second of all times here; both the stream's clock and microseconds fit.
    """

    def __init__(
        self,
        file: MediaFile,
        container: InputContainer,
        stream: VideoStream,
        threads: int,
        *,
        shortcuts: bool,
    ) -> None:
        self._file, self._container, self._stream = file, container, stream
        self.decoded = self.bad = 0
        tick = stream.time_base or Fraction(1)
        self.scale = lcm(tick.denominator, MICROSECONDS)
        self._tick = tick.numerator * (self.scale // tick.denominator)
        self._delay = 0
        context = stream.codec_context
        context.options = {"max_pixels": str(MAX_PIXELS)}
        if shortcuts:
            context.options |= {"skip_loop_filter": "all"}
            context.skip_frame = "NONREF"
        context.thread_type = "AUTO"
        most = max(1, _PIXELS_AT_ONCE // max(1, context.width * context.height))
        context.thread_count = threads if most >= _MOST_THREADS else min(threads or most, most)

    def steps(self) -> Iterator[VideoFrame | None]:
        """Each picture, and None for every packet that gave none, so that the caller gets to act.

        Raises
        ------
        TemporaryError
            The file could not be read on.
        """
        for packet in packets(self._file, self._container, self._stream, self._count_bad):
            if packet is not None and packet.pts is None:  # `timestamp` needs all pictures then
                self._stream.codec_context.skip_frame = "DEFAULT"
            frames: list[VideoFrame] = []
            try:
                frames = self._stream.codec_context.decode(packet)
            except av.error.EOFError:
                pass  # flushed already
            except (av.error.FFmpegError, ValueError):
                self.bad += 1
            self._file.check()
            if frames and not self.decoded and frames[0].dts is not None:
                self._delay = frames[0].dts - (self._stream.start_time or 0)
            self.decoded += len(frames)
            yield from frames or (None,)

    def _count_bad(self) -> None:
        self.bad += 1

    def timestamp(self, frame: VideoFrame) -> int | None:
        """When the frame is shown on the file's own clock, None when the file does not say.

        Some containers (AVI) have decoding times alone. A frame carries the one of the packet that released
        it, which is late by the decoder's delay; the stream's first frame shows how much.
        """
        if frame.pts is not None:
            return frame.pts * self._tick
        return None if frame.dts is None else (frame.dts - self._delay) * self._tick

    def duration(self, frame: VideoFrame) -> int:
        """For how long the file says that the frame is shown, 0 when it does not say."""
        return max(frame.duration, 0) * self._tick


def packets(
    file: MediaFile, container: InputContainer, stream: StreamT, failed: Callable[[], None]
) -> Iterator[Packet[StreamT] | None]:
    """The stream's packets, at the end an empty one or None, which flush the decoder. `failed` is called when the rest
    of the file cannot be read.

    Raises
    ------
    TemporaryError
        The file could not be read on.
    """
    failures = 0
    while failures < _FAILURES_IN_A_ROW:
        try:
            for packet in container.demux(stream):
                failures = 0
                if packet.stream is stream:
                    yield packet
            return
        except av.error.FFmpegError:
            file.check()
            failures += 1
        except IndexError:  # PyAV's, at the end of a file in which streams were found while reading
            break
    else:
        failed()
    yield None
