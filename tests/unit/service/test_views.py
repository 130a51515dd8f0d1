"""What people look at: made beside the server, once, and within limits."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import make_video, numbered_pictures, read_number

from shotprint.blobs.buckets import Buckets
from shotprint.engine.types import Progress
from shotprint.engine.video.glimpse import pictures_at
from shotprint.errors import MediaNotFound, MediaTooSlow, MediaUnreadable, TemporaryError
from shotprint.service import views as module
from shotprint.service.types import MediaPlace
from shotprint.service.view_cache import KEEP_S, ViewCache
from shotprint.service.view_process import ViewProcess
from shotprint.service.views import Making, Views

FILM = MediaPlace("media", "", "film.avi")


@dataclass(frozen=True)
class Endless:
    """A decoder that never comes back, and lets no signal handler of Python run."""

    place: MediaPlace

    def carry_out(self, _buckets: Buckets, progress: Progress) -> bytes:
        progress(0.5)
        os.read(os.pipe()[0], 1)  # nobody writes, and Python goes on waiting after a handled signal
        return b""


@dataclass(frozen=True)
class Busy:
    """A decoder that works without end."""

    place: MediaPlace

    def carry_out(self, _buckets: Buckets, progress: Progress) -> bytes:
        progress(0.5)
        while True:
            pass


@dataclass(frozen=True)
class Deadly:
    """A decoder that takes its process with it."""

    place: MediaPlace

    def carry_out(self, _buckets: Buckets, _progress: Progress) -> bytes:
        os._exit(9)


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "film.avi").write_bytes(make_video(numbered_pictures(250), container="avi"))
    (folder / "other.avi").write_bytes(b"no film")
    return folder


@pytest.fixture
def views(media: Path, tmp_path: Path) -> Iterator[Views]:
    cache = ViewCache(tmp_path / "views", most_bytes=1 << 24)
    made = Views({"media": str(media)}, max_bytes=1 << 30, cache=cache)
    yield made
    made.close()


def number(jpeg: bytes) -> int:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return read_number(np.asarray(picture, np.uint8))


def whole(views: Views, start: float, end: float, of: str = "task") -> Making:
    for _ in range(600):
        making = views.preview(FILM, start, end, of=of)
        if making.path is not None or making.problem:
            return making
        time.sleep(0.1)
    raise AssertionError("the preview is not made")


def test_pictures_strips_and_previews_are_made(views: Views) -> None:
    assert number(views.picture(FILM, 4.0, of="task")) == 100
    strip = views.strip(FILM, (1.0, 2.0, 9.0), of="task")
    row = cv2.imdecode(np.frombuffer(strip, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert [read_number(np.asarray(part, np.uint8)) for part in np.hsplit(row, 3)] == [25, 50, 225]
    making = whole(views, 4.0, 6.0)
    assert making.path is not None
    shown = pictures_at(making.path, [0.01, 1.01], max_side=64)
    assert [read_number(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY)) for one in shown] == [100, 125]


def test_what_was_made_is_kept_for_the_same_task_alone(views: Views, media: Path) -> None:
    first = views.picture(FILM, 1.0, of="task")
    making = whole(views, 1.0, 2.0)
    (media / "film.avi").write_bytes(make_video(numbered_pictures(100, first=500), container="avi"))
    assert views.picture(FILM, 1.0, of="task") == first
    assert whole(views, 1.0, 2.0).path == making.path
    assert number(views.picture(FILM, 1.0, of="later task")) == 525


def test_what_cannot_be_read_says_so(views: Views) -> None:
    with pytest.raises(MediaUnreadable):
        views.picture(MediaPlace("media", "", "other.avi"), 1.0, of="task")
    with pytest.raises(MediaNotFound):
        views.picture(MediaPlace("media", "", "../film.avi"), 1.0, of="task")
    other = MediaPlace("media", "", "gone.avi")
    for _ in range(600):
        making = views.preview(other, 1.0, 2.0, of="task")
        if making.problem:
            break
        time.sleep(0.1)
    assert "gone.avi" in making.problem
    assert making.path is None


@pytest.mark.parametrize("order", [Endless(FILM), Busy(FILM), Deadly(FILM)])
def test_a_file_that_never_ends_to_be_decoded_ends_its_process_alone(media: Path, order: Any) -> None:
    process = ViewProcess({"media": str(media)}, max_bytes=1 << 30)
    told: list[float] = []
    try:
        with pytest.raises(MediaTooSlow):
            process.carry_out(order, limit_s=0.2, progress=told.append)
        assert told == ([] if isinstance(order, Deadly) else [0.5])
        picture = module.Picture(FILM, 1.0)
        assert number(process.carry_out(picture, limit_s=60, progress=told.append)) == 25
    finally:
        process.close()


def test_a_file_over_which_a_process_ended_is_left_alone(
    views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Picture", lambda place, _seconds: Endless(place))
    monkeypatch.setattr(module, "PICTURE_S", 0.2)
    with pytest.raises(MediaTooSlow):
        views.picture(FILM, 1.0, of="task")
    monkeypatch.undo()
    with pytest.raises(MediaTooSlow):  # which is said at once, also of what could be made
        views.picture(FILM, 1.0, of="task")
    assert views.preview(FILM, 1.0, 2.0, of="task").problem
    monkeypatch.setattr(module.time, "monotonic", lambda now=time.monotonic: now() + module.REFUSED_S + 1)
    assert number(views.picture(FILM, 1.0, of="task")) == 25


def test_so_many_orders_wait_at_most(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    monkeypatch.setattr(module, "PREVIEW_S", 1.0)
    monkeypatch.setattr(module, "Preview", lambda place, _start, _end: Endless(place))
    views.preview(FILM, 1.0, 2.0, of="task")
    views.preview(FILM, 1.0, 2.0, of="task")  # the same one
    views.preview(FILM, 1.0, 2.0, of="another task")
    with pytest.raises(TemporaryError):
        views.preview(FILM, 1.0, 2.0, of="a third task")
    monkeypatch.undo()
    assert number(views.picture(FILM, 1.0, of="task")) == 25  # pictures don't wait for previews


def test_closing_ends_what_is_under_way(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Preview", lambda place, _start, _end: Endless(place))
    views.preview(FILM, 1.0, 2.0, of="task")  # for five minutes
    views.close()
    with pytest.raises(RuntimeError):
        views.picture(MediaPlace("media", "", "other.avi"), 1.0, of="task")


def test_the_cache_keeps_so_many_bytes_and_for_so_long(tmp_path: Path) -> None:
    cache = ViewCache(tmp_path / "views", most_bytes=1000)
    for n in range(30):
        cache.put(f"picture {n}", bytes(100))
        path = cache.find(f"picture {n}")
        assert path is not None
        os.utime(path, (n, time.time() - 1000 + n))
        assert sum(one.stat().st_size for one in (tmp_path / "views").rglob("*") if one.is_file()) <= 1000
    assert cache.get("picture 29") == bytes(100)
    assert cache.get("picture 0") is None
    cache.put("too large", bytes(1001))
    assert cache.get("too large") is None
    assert cache.get("picture 29") == bytes(100)
    path = cache.find("picture 29")
    assert path is not None
    os.utime(path, (0, time.time() - KEEP_S - 1))
    assert cache.get("picture 29") is None
    again = ViewCache(tmp_path / "views", most_bytes=1000)  # looks at what there is when it first writes
    again.put("picture 30", bytes(100))
    assert not path.exists()
