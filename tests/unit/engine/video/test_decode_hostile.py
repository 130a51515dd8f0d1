"""Files from strangers: damaged, mislabelled, or made to reach something else."""

import io
import random
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from av.packet import Packet
from hypothesis import given, settings
from hypothesis import strategies as st
from support import media
from support.media import Coding, Rgb, make_sound, make_video, numbered, numbered_pictures, read_number

from shotprint import errors
from shotprint.engine.types import Frame, MediaInfo
from shotprint.engine.video import demux
from shotprint.engine.video.decode import open_video


def read(data: bytes, *, rate: float = 25, threads: int = 0) -> tuple[MediaInfo, list[Frame]]:
    with open_video(io.BytesIO(data), threads=threads) as reader:
        frames = list(reader.frames(rate=rate, max_side=64))
        return reader.info, frames


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A video that nobody may reach through another file."""
    make_video(numbered_pictures(25), container="mpegts", to=tmp_path / "secret.ts")
    return tmp_path / "secret.ts"


PLAYLISTS: list[Callable[[Path], str]] = [
    lambda target: f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
    lambda target: f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{target}\n#EXT-X-ENDLIST\n",
    lambda target: f"ffconcat version 1.0\nfile '{target}'\n",
    lambda target: f"  \n\ufeff#EXTM3U\n#EXTINF:9,\n{target}\n",
    lambda target: (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        f"<Period><AdaptationSet><Representation><BaseURL>{target}</BaseURL></Representation>"
        "</AdaptationSet></Period></MPD>"
    ),
    lambda target: (
        f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video 9 RTP/AVP 96\r\na={target}"
    ),
]


@pytest.mark.parametrize("playlist", PLAYLISTS)
@pytest.mark.parametrize("name", ["list.m3u8", "list.ffconcat", "list.mpd", "list.sdp", "list.mp4", "list"])
def test_a_playlist_reaches_nothing(playlist: Callable[[Path], str], name: str, secret: Path) -> None:
    path = secret.with_name(name)
    path.write_text(playlist(secret))
    with pytest.raises(errors.MediaNotSupported):
        open_video(path)
    with pytest.raises(errors.MediaNotSupported), path.open("rb") as file:
        open_video(file)


def test_a_name_is_only_a_name(tmp_path: Path) -> None:
    """What FFmpeg would take for a protocol, a pattern or a device is a file here."""
    for name in ("http:", "concat:a|b", "frame-%03d.png", "a?b*c", "-"):
        path = tmp_path / name
        make_video(numbered_pictures(2), to=path)
        with open_video(path) as reader:
            assert reader.info.width == 64
    with pytest.raises(errors.MediaNotFound):
        open_video(f"concat:{tmp_path / '-'}")
    with pytest.raises(errors.MediaNotFound):
        open_video("https://example.org/video.mp4")


def test_the_name_makes_no_difference(tmp_path: Path) -> None:
    data = make_video(numbered_pictures(5))
    seen = []
    for name in ("a.mp4", "a.png", "a.m3u8", "a.yuv", "a"):
        (tmp_path / name).write_bytes(data)
        with open_video(tmp_path / name) as reader:
            seen.append((reader.info, [f.image.tobytes() for f in reader.frames(rate=25, max_side=64)]))
    assert all(item == seen[0] for item in seen)


def test_what_is_not_there_or_not_a_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(errors.MediaNotFound, match=r"nothing\.mp4"):
        open_video(tmp_path / "nothing.mp4")
    with pytest.raises(errors.MediaNotFound):
        open_video(str(tmp_path / "none" / "a.mp4"))
    with pytest.raises(errors.MediaUnreadable, match="regular file"):
        open_video(tmp_path)
    with pytest.raises(errors.MediaUnreadable):
        open_video("a\0b.mp4")


def encoded(extension: str) -> bytes:
    return bytes(cv2.imencode(extension, numbered(5, 64, 48))[1])


@pytest.mark.parametrize(
    "data",
    [
        make_sound(),
        make_sound(container="mp4", cover=True),
        make_sound(container="matroska"),
        make_sound(container="adts"),
        *(encoded(extension) for extension in (".png", ".jpg", ".bmp", ".webp", ".tiff", ".ppm")),
    ],
)
def test_sound_alone_and_still_images_are_not_supported(data: bytes) -> None:
    with pytest.raises(errors.MediaNotSupported):
        open_video(io.BytesIO(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\0" * 100_000,
        b"hello " * 1000,
        random.Random(1).randbytes(100_000),
        b"GIF89a",
        b"\xff" * 5000,
    ],
)
def test_what_is_no_media_is_unreadable(data: bytes) -> None:
    with pytest.raises(errors.MediaUnreadable) as caught:
        read(data)
    assert len(caught.value.message) > 15


def test_a_file_without_its_index_is_unreadable() -> None:
    data = make_video(numbered_pictures(50))
    with pytest.raises(errors.MediaUnreadable):
        read(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("container", "coding"),
    [("matroska", media.VP8), ("mpegts", media.MPEG2), ("avi", media.MPEG4), ("flv", media.FLV1)],
)
def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(container: str, coding: Coding) -> None:
    data = make_video(media.moving_pictures(2, 64, 48), container=container, coding=coding)
    info, frames = read(data[: len(data) // 2])
    assert 10 < info.frames_decoded < 45
    assert 0.4 < info.duration < 1.8
    assert frames[-1].end == info.duration


def spoiled(which: Callable[[int], bool], pictures: int = 30) -> bytes:
    """PNG pictures in a MOV file, some of whose packets are rubbish."""

    def spoil(index: int, packet: Packet) -> Packet:
        if not which(index):
            return packet
        rubbish = Packet(b"rubbish")
        rubbish.pts, rubbish.dts, rubbish.time_base = packet.pts, packet.dts, packet.time_base
        rubbish.stream, rubbish.is_keyframe = packet.stream, True
        return rubbish

    coding = Coding("png", "rgb24")
    return make_video(numbered_pictures(pictures), container="mov", coding=coding, change=spoil)


@pytest.mark.parametrize("threads", [1, 4])
def test_pictures_that_cannot_be_decoded_are_counted(threads: int) -> None:
    info, frames = read(spoiled(lambda index: index % 5 == 2 and index < 25), threads=threads)
    assert (info.frames_decoded, info.frames_bad) == (25, 5)
    assert [read_number(f.image) for f in frames] == [n for n in range(30) if n % 5 != 2 or n >= 25]
    longer = [f.start for f in frames if f.end - f.start > 0.06]
    assert longer == pytest.approx([n / 25 for n in (1, 6, 11, 16, 21)])


def test_the_first_pictures_may_be_bad() -> None:
    info, frames = read(spoiled(lambda index: index < 10))
    assert (info.frames_decoded, info.frames_bad) == (20, 10)
    assert read_number(frames[0].image) == 10
    assert frames[0].start == pytest.approx(0.4)


def test_nothing_left_is_unreadable() -> None:
    with pytest.raises(errors.MediaUnreadable, match="one picture"):
        read(spoiled(lambda index: True))


def test_cancelling_works_where_no_picture_comes_out() -> None:
    """Opening gives up looking for a first picture, so that the caller gets to say stop."""
    answers = iter([False] * 2000 + [True])
    with (
        open_video(io.BytesIO(spoiled(lambda index: True, pictures=3000))) as reader,
        pytest.raises(errors.Cancelled),
    ):
        list(reader.frames(rate=4, max_side=64, cancel=lambda: next(answers)))


def test_a_gigantic_picture_is_not_made() -> None:
    gif = make_video(numbered_pictures(2), container="gif", coding=Coding("gif", "rgb8"))
    size, huge = struct.pack("<HH", 64, 48), struct.pack("<HH", 65535, 65535)
    assert size in gif
    with pytest.raises(errors.MediaUnreadable, match=f"more than {demux.MAX_PIXELS} pixels"):
        read(gif.replace(size, huge))


def test_a_picture_over_the_limit_is_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demux, "MAX_PIXELS", 64 * 48 - 1)
    with pytest.raises(errors.MediaNotSupported, match="64 x 48"):
        read(make_video(numbered_pictures(12), container="mpegts"))


def test_pictures_that_grow_over_the_limit_in_mid_stream_count_as_bad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demux, "MAX_PIXELS", 200 * 100)
    pieces = [make_video([numbered(1, *size)] * 50, container="h264") for size in ((64, 48), (320, 240))]
    info, frames = read(b"".join(pieces))
    assert {frame.image.shape for frame in frames} == {(48, 64)}
    assert 45 <= info.frames_decoded <= 50
    assert info.frames_bad >= 45


class Failing(io.BytesIO):
    """Fails once it has been read up to a place."""

    def __init__(self, data: bytes, place: int, failure: Exception) -> None:
        super().__init__(data)
        self.place, self.failure = place, failure

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self.place:
            raise self.failure
        return super().read(size)


@pytest.mark.parametrize("share", [0, 0.5, 0.9])
def test_a_file_that_cannot_be_read_on_is_a_temporary_fault(share: float) -> None:
    pictures: list[Rgb] = list(media.moving_pictures(2, 160, 120))
    data = make_video(pictures, container="mpegts", coding=media.MPEG2)
    for failure, raised in (
        (OSError("connection lost"), errors.TemporaryError),
        (errors.MediaAccessDenied("no longer"), errors.MediaAccessDenied),
    ):
        with (
            pytest.raises(raised),
            open_video(Failing(data, int(len(data) * share), failure)) as reader,
        ):
            list(reader.frames(rate=4, max_side=64))


def test_a_file_that_fails_at_once_is_a_temporary_fault() -> None:
    class Gone(io.BytesIO):
        def seek(self, offset: int, whence: int = 0, /) -> int:
            raise OSError("gone")

    with pytest.raises(errors.TemporaryError, match="gone"):
        open_video(Gone(b"abc"))


def test_a_file_that_gives_more_than_asked_does_no_harm() -> None:
    class Generous(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            place = self.tell()
            data = super().read(size)
            rest = super().read(50_000)
            self.seek(place + len(data))
            return data + rest

    data = make_video(numbered_pictures(50))
    with open_video(Generous(data)) as reader:
        assert len(list(reader.frames(rate=25, max_side=64))) == 50


def test_a_file_that_cannot_be_sought_in_is_refused() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(errors.MediaUnreadable, match="seek"):
        open_video(Pipe(make_video(numbered_pictures(2))))


FUZZED = [
    make_video(numbered_pictures(8), container=container, coding=coding, sound=sound)
    for container, coding, sound in (
        ("mp4", media.H264, True),
        ("matroska", media.H264, False),
        ("webm", media.VP9, False),
        ("avi", media.MPEG4, True),
        ("mpegts", media.MPEG2, False),
        ("vob", media.MPEG2, True),
        ("asf", media.WMV, False),
        ("flv", media.FLV1, False),
        ("mxf", media.MPEG2, False),
        ("mov", Coding("png", "rgba"), False),
        ("gif", Coding("gif", "rgb8"), False),
    )
]


@settings(max_examples=250, deadline=None)
@given(
    data=st.sampled_from(FUZZED),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=20),
    header=st.booleans(),
    kept=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_flipped_bytes_raise_our_errors_only(
    data: bytes, changes: list[tuple[float, int]], header: bool, kept: float
) -> None:
    damaged = bytearray(data)
    reach = min(len(damaged), 500) if header else len(damaged)
    for place, value in changes:
        damaged[int(place * reach)] = value
    del damaged[int(kept * len(damaged)) :]
    try:
        info, frames = read(bytes(damaged))
    except (errors.MediaUnreadable, errors.MediaNotSupported):
        return
    assert info.frames_decoded >= len(frames) > 0
    assert all(f.start < f.end for f in frames)
    assert all(before.end == after.start for before, after in pairwise(frames))
    assert all(f.image.ndim == 2 and f.image.dtype == np.uint8 for f in frames)
