"""One picture of a film, wherever it is."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import VP8, make_video, numbered_pictures, read_number

from shotprint.engine.video.glimpse import picture_at
from shotprint.errors import MediaUnreadable


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
