"""How a video is read: progress, cancelling, threads, what is known when, and how much memory it takes."""

import io
import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from support import media
from support.media import Coding, make_video, moving_pictures, numbered, numbered_pictures, read_number

from shotprint import errors
from shotprint.engine.types import Frame
from shotprint.engine.video.decode import open_video


@pytest.fixture(scope="module")
def video() -> bytes:
    return make_video(moving_pictures(4, 160, 120), sound=True)


def test_what_the_file_declares_is_known_before_reading_and_what_is_measured_after(video: bytes) -> None:
    with open_video(io.BytesIO(video)) as reader:
        declared = reader.info
        assert declared.container == "mov,mp4,m4a,3gp,3g2,mj2"
        assert (declared.codec, declared.width, declared.height, declared.rotation) == ("h264", 160, 120, 0)
        assert declared.frame_rate == Fraction(25)
        assert declared.duration == pytest.approx(4, abs=0.1)
        assert declared.has_audio
        assert (declared.frames_decoded, declared.frames_bad) == (0, 0)
        frames = list(reader.frames(rate=4, max_side=100))
    measured = reader.info
    assert (measured.frames_decoded, measured.frames_bad) == (100, 0)
    assert measured.duration == frames[-1].end
    assert measured.duration == pytest.approx(4, abs=0.05)


def test_paths_and_file_objects_give_the_same(video: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(video)
    seen = []
    with path.open("rb") as file:
        for source in (path, str(path), file, io.BytesIO(video)):
            with open_video(source) as reader:
                seen.append(
                    [(f.start, f.end, f.image.tobytes()) for f in reader.frames(rate=4, max_side=100)]
                )
        assert not file.closed  # it is the caller's
    assert all(frames == seen[0] for frames in seen)
    assert len(seen[0]) == 16


def test_a_path_that_was_opened_here_is_closed_here(video: bytes, tmp_path: Path) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    (tmp_path / "a.mp4").write_bytes(video)
    (tmp_path / "b.mp4").write_bytes(b"no video")
    before = open_files()
    with open_video(tmp_path / "a.mp4") as reader:
        assert open_files() == before + 1
        next(reader.frames(rate=4, max_side=64))
    with pytest.raises(errors.MediaUnreadable):
        open_video(tmp_path / "b.mp4")
    assert open_files() == before


@pytest.mark.parametrize(
    ("container", "coding"),
    [
        ("mp4", media.H264),
        ("mp4", media.HEVC),
        ("matroska", media.MPEG2),
        ("webm", media.VP9),
        ("webm", media.AV1),
        ("avi", media.H264),
        ("mov", media.PRORES),
        ("mp4", Coding("libx264", "yuv420p10le", media.H264.options)),
    ],
)
def test_the_number_of_threads_makes_no_difference(container: str, coding: Coding) -> None:
    data = make_video(moving_pictures(1.2, 320, 240), container=container, coding=coding)
    seen = []
    for threads in (1, 2, 0, 7):
        with open_video(io.BytesIO(data), threads=threads) as reader:
            frames = [(f.start, f.end, f.image.tobytes()) for f in reader.frames(rate=25, max_side=200)]
            seen.append((reader.info, frames))
    assert all(item == seen[0] for item in seen)
    assert len(seen[0][1]) == 30


def test_another_run_gives_the_same_bits(video: bytes) -> None:
    def run() -> list[bytes]:
        with open_video(io.BytesIO(video)) as reader:
            return [frame.image.tobytes() for frame in reader.frames(rate=10, max_side=97)]

    assert run() == run()


def test_the_rate_decides_what_is_seen_and_not_what_is_decoded(video: bytes) -> None:
    for rate, expected in ((0.1, 1), (1, 4), (4, 16), (25, 100), (1000, 100)):
        with open_video(io.BytesIO(video)) as reader:
            frames = list(reader.frames(rate=rate, max_side=64))
            assert len(frames) == pytest.approx(expected, abs=1)
            assert reader.info.frames_decoded == 100


@pytest.mark.parametrize("coding", [media.H264, media.MPEG2], ids=["h264", "mpeg2"])
@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts", "avi", "vob"])
def test_shortcuts_leave_pictures_out_and_keep_the_time_of_the_others(coding: Coding, container: str) -> None:
    data = make_video(numbered_pictures(50), coding=coding, container=container)
    with open_video(io.BytesIO(data)) as reader:
        whole = {read_number(frame.image): frame for frame in reader.frames(rate=25, max_side=640)}
        duration = reader.info.duration
    with open_video(io.BytesIO(data), shortcuts=True) as reader:
        frames = list(reader.frames(rate=25, max_side=640))
        assert (reader.info.frames_decoded < 40) == (container in ("mp4", "matroska", "mpegts"))
        assert reader.info.frames_bad == 0
        assert reader.info.duration == duration
    assert [frame.start for frame in frames] == [whole[read_number(frame.image)].start for frame in frames]
    assert frames[0].start == 0
    assert all(frame.end == after.start for frame, after in pairwise(frames))


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts", "vob", "apng"])
def test_progress_rises_to_one(container: str) -> None:
    coding = {"vob": media.MPEG2, "apng": Coding("apng", "rgb24")}.get(container, media.H264)
    data = make_video(moving_pictures(4, 64, 48), container=container, coding=coding)
    told: list[float] = []
    with open_video(io.BytesIO(data)) as reader:
        for _ in reader.frames(rate=4, max_side=64, progress=told.append):
            pass
    assert told == sorted(set(told))
    assert 0 <= told[0] < 1
    assert told[-1] == 1
    if container in ("mp4", "matroska", "mpegts"):
        assert len(told) > 50


def test_progress_survives_a_duration_that_is_a_lie() -> None:
    honest = make_video(numbered_pictures(25), container="flv", coding=media.FLV1)
    place = honest.index(b"duration") + len(b"duration") + 1
    for lie in (b"\x41\x00\x00\x00\x00\x00\x00\x00", b"\x3f\x50\x62\x4d\xd2\xf1\xa9\xfc"):  # 131072 s, 1 ms
        told: list[float] = []
        with open_video(io.BytesIO(honest[:place] + lie + honest[place + 8 :])) as reader:
            for _ in reader.frames(rate=25, max_side=64, progress=told.append):
                pass
            assert reader.info.duration == pytest.approx(1, abs=0.01)
        assert told == sorted(set(told))
        assert told[-1] == 1


def test_cancelling_stops_at_once(video: bytes) -> None:
    asked = 0

    def cancel() -> bool:
        nonlocal asked
        asked += 1
        return asked > 30

    seen: list[Frame] = []
    with open_video(io.BytesIO(video)) as reader, pytest.raises(errors.Cancelled):
        seen.extend(reader.frames(rate=25, max_side=64, cancel=cancel))
    assert asked == 31
    assert 0 < len(seen) < 31


def test_frames_can_be_read_only_once(video: bytes) -> None:
    with open_video(io.BytesIO(video)) as reader:
        list(reader.frames(rate=4, max_side=64))
        with pytest.raises(errors.InternalError, match="once"):
            list(reader.frames(rate=4, max_side=64))


def test_reading_on_after_closing_is_an_error_and_no_crash(video: bytes) -> None:
    with open_video(io.BytesIO(video)) as reader:
        begun = reader.frames(rate=4, max_side=64)
        next(begun)
    with pytest.raises(errors.InternalError, match="closed"):
        list(begun)
    with open_video(io.BytesIO(video)) as reader:
        unbegun = reader.frames(rate=4, max_side=64)
    with pytest.raises(errors.InternalError, match="closed"):
        list(unbegun)
    assert reader.info.width == 160


def test_memory_does_not_grow_with_the_length() -> None:
    """After a start that fills the decoder's pools, 1000 pictures of 450 KiB, 440 MiB if they were kept."""
    picture = make_video([numbered(1365, 640, 480)], container="mjpeg", coding=media.MJPEG)
    resident = Path("/proc/self/statm")

    def pages() -> int:
        return int(resident.read_text().split()[1])

    with open_video(io.BytesIO(picture * 1500)) as reader:
        frames = reader.frames(rate=25, max_side=64)
        for _ in range(500):
            next(frames)
        before = pages()
        last = 0
        for frame in frames:
            last = read_number(frame.image)
        assert (pages() - before) * os.sysconf("SC_PAGE_SIZE") < 40 << 20
    assert last == 1365
    assert reader.info.frames_decoded == 1500


def test_nothing_is_written_to_standard_error(capfd: pytest.CaptureFixture[str], video: bytes) -> None:
    damaged = bytearray(video)
    for place in range(2000, len(damaged) - 5000, 97):
        damaged[place] ^= 0xFF
    for data in (bytes(damaged), video[: len(video) // 2], b"\0" * 5000):
        try:
            with open_video(io.BytesIO(data)) as reader:
                list(reader.frames(rate=4, max_side=64))
        except errors.MediaUnreadable:
            continue
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
