from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import cv2
import numpy as np
import pytest

from shotprint.engine.types import Gray
from shotprint.service import thumbnails
from shotprint.service.thumbnails import Thumbnails


def picture(width: int, height: int, level: int = 128) -> Gray:
    return np.full((height, width), level, np.uint8)


def names(kept: Thumbnails) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(kept.zipped())) as archive:
        return archive.namelist()


def shapes(kept: Thumbnails) -> list[tuple[int, ...]]:
    with zipfile.ZipFile(io.BytesIO(kept.zipped())) as archive:
        pictures = [np.frombuffer(archive.read(name), np.uint8) for name in archive.namelist()]
    return [np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)).shape for data in pictures]


def test_pictures_are_named_by_milliseconds() -> None:
    kept = Thumbnails()
    for seconds in (0.0, 1.0, 12.3456, 86399.999):
        kept.add(seconds, picture(64, 48))
    assert names(kept) == ["000000000.jpg", "000001000.jpg", "000012346.jpg", "086399999.jpg"]


def test_closer_pictures_are_left_out() -> None:
    kept = Thumbnails()
    for step in range(9):
        kept.add(step * 0.5, picture(64, 48))
    assert names(kept) == [f"{1000 * second:09d}.jpg" for second in range(5)]


@pytest.mark.parametrize(
    ("size", "shape"),
    [((1920, 1080), (90, 160)), ((1080, 1920), (160, 90)), ((100, 80), (80, 100)), ((4000, 1), (1, 160))],
)
def test_pictures_are_small_and_keep_their_form(size: tuple[int, int], shape: tuple[int, int]) -> None:
    kept = Thumbnails()
    kept.add(0, picture(*size))
    assert shapes(kept) == [shape]


def test_a_long_file_keeps_fewer_pictures_further_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MAX_PICTURES", 10)
    kept = Thumbnails()
    for second in range(100):
        kept.add(second, picture(8, 8))
    moments = [int(name[:9]) // 1000 for name in names(kept)]
    assert 5 <= len(moments) <= 10
    assert moments[0] == 0
    assert moments[-1] > 80
    assert len({later - earlier for earlier, later in pairwise(moments)}) == 1


def test_the_same_pictures_give_the_same_bytes() -> None:
    def make() -> bytes:
        kept = Thumbnails()
        kept.add(0, picture(640, 360, 7))
        kept.add(2, picture(640, 360, 200))
        return kept.zipped()

    assert make() == make()


def test_no_pictures_give_an_empty_archive() -> None:
    assert names(Thumbnails()) == []
