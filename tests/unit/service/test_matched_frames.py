"""The pictures that go with a comparison."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import make_video, moving_pictures

from shotprint.engine.types import FramePair, Match, Segment
from shotprint.errors import Cancelled
from shotprint.service.matched_frames import MAX_PAIRS, matched_pairs, pictures_at


def matched(count: int) -> Match:
    pairs = tuple(FramePair(float(second), second + 10.0, 1.0) for second in range(count))
    return Match("master", 0.9, (Segment(0, count, 10, 10 + count, 0.9, evidence=pairs),))


@pytest.mark.parametrize("count", [0, 1, MAX_PAIRS, MAX_PAIRS + 1, 5 * MAX_PAIRS])
def test_pairs_are_thinned_evenly(count: int) -> None:
    pairs = matched_pairs(matched(count))
    assert len(pairs) <= MAX_PAIRS
    assert len(pairs) >= min(count, MAX_PAIRS // 2)
    assert len({b.query_time - a.query_time for a, b in pairwise(pairs)}) <= 1


def test_no_match_has_no_pairs() -> None:
    assert matched_pairs(None) == []


def test_pictures_are_those_shown_at_their_moments(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    pictures = list(moving_pictures(4, seed=1, rate=10))
    make_video(pictures, rate=10, to=path)
    moments = [2.05, 0.0, float(np.float32(1.3)), 2.0, 99.0]
    with path.open("rb") as file:
        shown = pictures_at(file, moments, threads=1, cancel=lambda: False)
    for data, index in zip(shown, (20, 0, 13, 20, 39), strict=True):
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE).astype(float)
        wanted = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) if one.ndim == 3 else one for one in pictures]
        assert int(np.argmin([np.abs(picture - one).mean() for one in wanted])) == index


def test_reading_pictures_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    make_video(moving_pictures(4, seed=1, rate=10), rate=10, to=path)
    with path.open("rb") as file, pytest.raises(Cancelled):
        pictures_at(file, [3.0], threads=1, cancel=lambda: True)
