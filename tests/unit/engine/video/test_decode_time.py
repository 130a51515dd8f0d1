"""True times: whatever a container does with its clock, a picture is seen when a player shows it."""

import io
from collections.abc import Callable
from fractions import Fraction

import pytest
from av.packet import Packet
from support import media
from support.media import make_video, numbered_pictures, read_number

from shotprint.engine.types import MediaInfo
from shotprint.engine.video.decode import open_video

Shown = list[tuple[int, float, float]]


def read(data: bytes, *, rate: float = 10) -> tuple[MediaInfo, Shown]:
    """What is measured, and (number, start, end) of each picture seen."""
    with open_video(io.BytesIO(data)) as reader:
        frames = list(reader.frames(rate=rate, max_side=64))
        return reader.info, [(read_number(f.image), f.start, f.end) for f in frames]


def approx(shown: Shown) -> list[object]:
    return [pytest.approx(item, abs=2e-3) for item in shown]


@pytest.mark.parametrize("container", ["mp4", "matroska", "mov", "nut"])
def test_variable_frame_rate_is_sampled_by_time_not_by_count(container: str) -> None:
    times = [0, 0.03, 0.06, 0.09, 1.0, 1.5, 1.51, 1.52, 2.0]
    info, shown = read(make_video(numbered_pictures(9), container=container, times=times), rate=2)
    assert [(n, s, e) for n, s, e in shown[:-1]] == approx(
        [(0, 0, 0.5), (3, 0.5, 1), (4, 1, 1.5), (5, 1.5, 2)]
    )
    assert shown[-1][:2] == (8, 2.0)
    assert info.duration == shown[-1][2]
    assert 2.0 < info.duration < 3


def test_a_slide_that_is_shown_for_minutes_is_one_picture() -> None:
    _, shown = read(make_video(numbered_pictures(3), container="matroska", times=[0, 600, 600.5]), rate=4)
    assert shown[:2] == approx([(0, 0, 600), (1, 600, 600.5)])


@pytest.mark.parametrize(
    ("container", "coding"),
    [("matroska", media.H264), ("mpegts", media.H264), ("mp4", media.H264), ("flv", media.FLV1)],
)
def test_a_start_far_from_zero_is_the_time_lines_zero(container: str, coding: media.Coding) -> None:
    times = [3600 + index / 25 for index in range(25)]
    info, shown = read(
        make_video(numbered_pictures(25), container=container, coding=coding, times=times), rate=5
    )
    assert [(n, s) for n, s, _ in shown] == approx([(0, 0), (5, 0.2), (10, 0.4), (15, 0.6), (20, 0.8)])  # type: ignore[list-item]
    assert info.duration == pytest.approx(1, abs=0.05)


def test_pictures_that_begin_after_the_sound_keep_their_distance_from_it() -> None:
    times = [2 + index / 25 for index in range(25)]
    data = make_video(numbered_pictures(25), container="matroska", times=times, sound=True)
    info, shown = read(data)
    assert (shown[0][0], shown[0][1]) == (0, pytest.approx(2))
    assert info.duration == pytest.approx(3, abs=0.05)


def test_sound_that_begins_later_changes_nothing() -> None:
    data = make_video(numbered_pictures(50), container="matroska", sound=True, sound_from=1)
    assert read(data)[1] == read(make_video(numbered_pictures(50), container="matroska"))[1]


def test_one_picture_is_a_video_of_one_picture() -> None:
    for container in ("mp4", "matroska", "avi", "mpegts"):
        info, shown = read(make_video(numbered_pictures(1, first=9), container=container))
        assert shown == approx([(9, 0, 0.04)])
        assert (info.frames_decoded, info.duration) == (1, pytest.approx(0.04, abs=2e-3))


def test_a_short_picture_between_two_instants_is_seen_all_the_same() -> None:
    data = make_video(numbered_pictures(1, first=9), container="matroska", times=[0.55], sound=True)
    _, shown = read(data, rate=1)
    assert [(n, s) for n, s, _ in shown] == [(9, 0)]


def test_a_stream_that_declares_no_duration_is_measured() -> None:
    coding = media.Coding("mpeg4", options={"b": "2000000"})
    live = make_video(
        numbered_pictures(50), container="matroska", coding=coding, container_options={"live": "1"}
    )
    for data in (live, make_video(numbered_pictures(50), container="h264")):
        with open_video(io.BytesIO(data)) as reader:
            assert reader.info.duration == 0
            assert len(list(reader.frames(rate=10, max_side=64))) == 20
            assert reader.info.duration == pytest.approx(2, abs=2e-3)


def stamped(change: Callable[[int, Packet], None], count: int = 50) -> bytes:
    """MPEG-4 without reordering in Matroska, with timestamps that need not rise."""

    def changed(index: int, packet: Packet) -> Packet:
        change(index, packet)
        return packet

    return make_video(numbered_pictures(count), container="matroska", coding=media.MPEG4, change=changed)


def test_pictures_of_the_same_time_replace_each_other() -> None:
    def repeat(index: int, packet: Packet) -> None:
        packet.pts = packet.dts = index // 5 * 5  # in 1/25 s

    info, shown = read(stamped(repeat), rate=5)
    assert [(n, s) for n, s, _ in shown] == approx([(5 * k + 4, k / 5) for k in range(10)])  # type: ignore[list-item]
    assert info.frames_decoded == 50


def test_reordered_pictures_without_presentation_times_are_in_their_places() -> None:
    _, shown = read(make_video(numbered_pictures(50), container="avi", coding=media.H264))
    assert [n for n, _, _ in shown] == [-(-5 * k // 2) if k % 2 == 0 else 5 * k // 2 for k in range(20)]


def test_joined_transport_streams_follow_each_other() -> None:
    pieces = [
        make_video(numbered_pictures(50, first=first), container="mpegts", coding=media.MPEG2)
        for first in (0, 50, 100)
    ]
    info, shown = read(b"".join(pieces), rate=5)
    numbers = [number for number, _, _ in shown]
    assert numbers == sorted(numbers)
    assert numbers[0] == 0
    assert numbers[-1] >= 145
    assert len(numbers) >= 29
    assert info.duration == pytest.approx(6, abs=0.2)
    assert info.frames_decoded >= 148


def test_sound_that_is_found_only_while_reading_does_no_harm() -> None:
    pieces = [
        make_video(numbered_pictures(50, first=50 * n), container="mpegts", coding=media.MPEG2, sound=n > 0)
        for n in range(3)
    ]
    info, shown = read(b"".join(pieces), rate=5)
    assert info.frames_decoded >= 148
    assert [number for number, _, _ in shown] == sorted(number for number, _, _ in shown)


def test_joined_program_streams_follow_each_other() -> None:
    pieces = [
        make_video(numbered_pictures(50, first=first), container="vob", coding=media.MPEG2)
        for first in (0, 50)
    ]
    info, shown = read(b"".join(pieces), rate=5)
    numbers = [number for number, _, _ in shown]
    assert numbers == sorted(numbers)
    assert numbers[-1] >= 95
    assert info.duration == pytest.approx(4, abs=0.2)


def test_a_gap_of_days_costs_nothing() -> None:
    day = 24 * 3600.0
    info, shown = read(
        make_video(numbered_pictures(3), container="matroska", times=[0, 7 * day, 14 * day]), rate=100
    )
    assert shown[:2] == approx([(0, 0, 7 * day), (1, 7 * day, 14 * day)])
    assert info.duration >= 14 * day


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(50), Fraction(15, 2)]
)
def test_the_frame_rate_is_exact(rate: Fraction) -> None:
    info, _ = read(make_video(numbered_pictures(40), rate=rate))
    assert info.frame_rate == rate
    assert info.duration == pytest.approx(float(40 / rate), abs=1e-3)


def test_the_end_of_the_last_picture_is_the_duration() -> None:
    for container, coding in (
        ("mp4", media.H264),
        ("mpegts", media.H264),
        ("avi", media.MPEG4),
        ("asf", media.WMV),
    ):
        info, shown = read(make_video(numbered_pictures(33), container=container, coding=coding))
        assert shown[-1][2] == info.duration == pytest.approx(33 / 25, abs=2e-3)


def test_the_rate_need_not_fit_the_frame_rate() -> None:
    _, shown = read(make_video(numbered_pictures(75)), rate=3.7)
    for number, start, _ in shown:
        assert number == int(start * 25 + 1e-6)
    assert [start for _, start, _ in shown] == pytest.approx([k / 3.7 for k in range(12)])
