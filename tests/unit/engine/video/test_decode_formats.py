"""Every container, codec and pixel format that we say is read, each with a file made here."""

import io

import av
import numpy as np
import pytest
from support import media
from support.media import Coding, make_video, numbered_pictures, read_number

from shotprint.engine.types import Frame, MediaInfo
from shotprint.engine.video.decode import open_video

SEEN = [0, 2, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27]
"""Which of 25 pictures a second are on the screen ten times a second."""


def read(data: bytes, *, rate: float = 10, max_side: int = 640) -> tuple[MediaInfo, list[Frame]]:
    with open_video(io.BytesIO(data)) as reader:
        frames = list(reader.frames(rate=rate, max_side=max_side))
        return reader.info, frames


@pytest.mark.parametrize(
    ("container", "coding", "codec"),
    [
        ("mp4", media.H264, "h264"),
        ("mp4", media.HEVC, "hevc"),
        ("mp4", media.MPEG4, "mpeg4"),
        ("mp4", media.AV1, "av1"),
        ("mov", media.PRORES, "prores"),
        ("mov", media.MJPEG, "mjpeg"),
        ("3gp", media.H264, "h264"),
        ("matroska", media.H264, "h264"),
        ("matroska", media.HEVC, "hevc"),
        ("matroska", media.MPEG2, "mpeg2video"),
        ("webm", media.VP8, "vp8"),
        ("webm", media.VP9, "vp9"),
        ("webm", media.AV1, "av1"),
        ("avi", media.MPEG4, "mpeg4"),
        ("avi", media.H264, "h264"),
        ("avi", media.MJPEG, "mjpeg"),
        ("avi", Coding("msmpeg4"), "msmpeg4v3"),
        ("avi", Coding("utvideo", "gbrp"), "utvideo"),
        ("flv", media.H264, "h264"),
        ("flv", media.FLV1, "flv1"),
        ("mpegts", media.H264, "h264"),
        ("mpegts", media.HEVC, "hevc"),
        ("mpegts", media.MPEG2, "mpeg2video"),
        ("vob", media.MPEG2, "mpeg2video"),
        ("mpeg", Coding("mpeg1video", options={"b": "2000000"}), "mpeg1video"),
        ("mxf", media.MPEG2, "mpeg2video"),
        ("asf", media.WMV, "wmv2"),
        ("ogg", media.VP8, "vp8"),
        ("nut", media.LOSSLESS, "ffv1"),
        ("gif", Coding("gif", "rgb8"), "gif"),
        ("apng", Coding("apng", "rgba"), "apng"),
        ("h264", media.H264, "h264"),
        ("yuv4mpegpipe", Coding("wrapped_avframe"), "rawvideo"),
    ],
)
def test_container_and_codec_are_read(container: str, coding: Coding, codec: str) -> None:
    info, frames = read(make_video(numbered_pictures(30), container=container, coding=coding))
    assert [read_number(frame.image) for frame in frames] == SEEN
    assert [frame.start for frame in frames] == pytest.approx([k / 10 for k in range(12)])
    assert [frame.end for frame in frames] == pytest.approx([k / 10 for k in range(1, 13)])
    assert (info.codec, info.width, info.height, info.frame_rate) == (codec, 64, 48, 25)
    assert info.duration == pytest.approx(1.2)
    assert (info.frames_decoded, info.frames_bad) == (30, 0)
    assert not info.has_audio


@pytest.mark.parametrize("codec", ["wmv3", "vc1", "theora", "rv40", "vp6f", "indeo5", "svq3", "cinepak"])
def test_decoder_of_a_codec_that_cannot_be_written_here_is_there(codec: str) -> None:
    assert av.Codec(codec, "r").type == "video"


@pytest.mark.parametrize("container", ["mp4", "matroska", "avi", "mpegts", "vob", "mxf", "asf", "flv"])
def test_sound_beside_the_pictures_is_noticed_and_passed_over(container: str) -> None:
    coding = media.H264 if container in ("mp4", "matroska", "mpegts", "flv") else media.MPEG2
    info, frames = read(make_video(numbered_pictures(30), container=container, coding=coding, sound=True))
    assert info.has_audio
    assert (info.frames_decoded, info.frames_bad) == (30, 0)
    # Coded sound begins a little before the first picture, and with it the file's time line.
    late = [frame.start - read_number(frame.image) / 25 for frame in frames]
    assert all(-0.04 < seconds < 0.1 for seconds in late)


def gradient(width: int = 256, height: int = 32) -> media.Rgb:
    """A grey ramp from black to white."""
    ramp = np.linspace(0, 255, width).astype(np.uint8)
    return np.broadcast_to(ramp[None, :, None], (height, width, 3)).copy()


EXACT = {"preset": "ultrafast", "qp": "0"}


@pytest.mark.parametrize(
    ("container", "coding"),
    [
        ("mp4", Coding("libx264", "yuv420p", EXACT)),
        ("mp4", Coding("libx264", "yuvj420p", EXACT)),
        ("mp4", Coding("libx264", "yuv422p", EXACT)),
        ("mp4", Coding("libx264", "yuv444p", EXACT)),
        ("mp4", Coding("libx264", "nv12", EXACT)),
        ("matroska", Coding("ffv1", "gray")),
        ("mp4", Coding("libx264", "yuv420p10le", EXACT)),
        ("mov", media.PRORES),
        ("mov", Coding("prores_ks", "yuva444p10le")),
        ("matroska", Coding("ffv1", "yuv420p12le")),
        ("matroska", Coding("ffv1", "yuv444p16le")),
        ("matroska", Coding("ffv1", "gray16le")),
        ("matroska", Coding("ffv1", "yuva420p")),
        ("matroska", Coding("ffv1", "bgra")),
        ("matroska", Coding("ffv1", "rgb48le")),
        ("avi", Coding("rawvideo", "bgr24")),
        ("avi", Coding("rawvideo", "yuyv422")),
        ("avi", Coding("rawvideo", "yuv420p")),
        ("mov", Coding("qtrle", "argb")),
        ("mov", Coding("png", "rgba")),
        ("avi", media.MJPEG),
    ],
    ids=lambda value: f"{value.codec}-{value.pixels}" if isinstance(value, Coding) else value,
)
def test_black_is_0_and_white_is_255_in_every_pixel_format(container: str, coding: Coding) -> None:
    info, frames = read(make_video([gradient()] * 2, container=container, coding=coding))
    expected = gradient()[..., 0].astype(int)
    error = frames[0].image.astype(int) - expected
    assert (info.width, info.height) == (256, 32)
    assert np.abs(error).max() <= 4
    assert np.abs(error).mean() < 1.3
