"""One picture of a film, wherever it is."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media import LOSSLESS, VP8, make_video, moving_pictures, numbered_pictures, read_number

from shotprint.engine.video.decode import open_video
from shotprint.engine.video.glimpse import picture_at, pictures_at
from shotprint.engine.video.preview import make_preview
from shotprint.errors import Cancelled, MediaUnreadable

FILMS = {"avi": make_video(numbered_pictures(250), container="avi", rate=25)}


def number_at(data: bytes, seconds: float) -> int:
    picture = picture_at(io.BytesIO(data), seconds, max_side=640)
    return read_number(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts", "avi"])
def test_it_is_the_one_that_a_player_shows(container: str) -> None:
    film = make_video(numbered_pictures(100), container=container, rate=25)
    for shown in (0, 1, 37, 74, 99):
        assert number_at(film, shown / 25) == shown
        assert number_at(film, shown / 25 + 0.03) == shown
    assert number_at(film, 1e6) == 99
    assert number_at(film, -3) == 0


def test_times_are_counted_from_the_start_of_the_file() -> None:
    film = make_video(
        numbered_pictures(50), container="matroska", coding=VP8, times=[7 + n / 25 for n in range(50)]
    )
    assert number_at(film, 1.0) == 25


@pytest.mark.parametrize("container", ["avi", "h264"])
def test_files_that_do_not_say_when_a_picture_is_shown_are_read_right(container: str) -> None:
    film = make_video(numbered_pictures(700), container=container, rate=25)
    for shown in (0, 30, 350, 699):
        assert number_at(film, shown / 25 + 0.01) == shown


class Counted(io.BytesIO):
    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


@pytest.mark.parametrize("container", ["avi", "mp4"])
def test_the_end_of_a_long_film_is_reached_without_reading_it_all(container: str) -> None:
    film = make_video(moving_pictures(90), container=container, rate=25)
    file = Counted(film)
    picture_at(file, 85.0, max_side=64)
    assert file.taken < len(film) / 2


@given(
    moments=st.lists(st.integers(-25, 300).map(lambda n: n / 25 + 0.02), min_size=1, max_size=6).map(sorted)
)
@settings(max_examples=20)
def test_pictures_of_a_row_are_those_of_each_moment(moments: list[float]) -> None:
    """In the middle of each: a file that does not say when a picture is shown places it to some milliseconds."""
    film = FILMS["avi"]
    found = pictures_at(io.BytesIO(film), moments, max_side=640)
    assert [read_number(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY)) for one in found] == [
        number_at(film, moment) for moment in moments
    ]


def test_looking_ends_when_it_is_cancelled() -> None:
    with pytest.raises(Cancelled):
        picture_at(io.BytesIO(FILMS["avi"]), 5.0, max_side=64, cancel=lambda: True)


def test_a_preview_is_the_stretch_alone() -> None:
    told: list[float] = []
    made = make_preview(io.BytesIO(FILMS["avi"]), 3.0, 5.0, progress=told.append)
    with open_video(io.BytesIO(made)) as reader:
        assert (reader.info.codec, reader.info.has_audio) == ("vp8", False)
        assert reader.info.duration == pytest.approx(2.0, abs=0.1)
    for seconds, number in ((0.0, 75), (1.01, 100), (1.97, 124)):
        assert number_at(made, seconds) == number
    assert told == sorted(told)
    assert told[-1] > 0.9
    behind = make_preview(io.BytesIO(FILMS["avi"]), 1000.0, 1005.0)
    assert number_at(behind, 0.0) == 249


def test_a_preview_is_upright_and_small(tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    make_video(numbered_pictures(5, 961, 641), turned=90, to=path, coding=LOSSLESS, container="matroska")
    with open_video(io.BytesIO(make_preview(path, 0.0, 1.0))) as reader:
        assert (reader.info.width, reader.info.height) == (320, 480)


def test_it_is_upright_and_small(tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    make_video(numbered_pictures(5, 640, 480), turned=90, to=path)
    picture = picture_at(path, 0.0, max_side=320)
    assert picture.shape == (320, 240, 3)
    assert picture.dtype == np.uint8


def test_it_has_colours() -> None:
    film = make_video(np.full((48, 64, 3), (200, 30, 30), np.uint8) for _ in range(5))
    blue, _green, red = picture_at(io.BytesIO(film), 0.1, max_side=64).mean(axis=(0, 1))
    assert red > 150 > 80 > blue


def test_damaged_files_are_refused() -> None:
    with pytest.raises(MediaUnreadable):
        picture_at(io.BytesIO(b"no film" * 100), 1.0, max_side=64)
