"""A fixed camera sees one studio in every take: what moves tells a copy from another take, and moments apart."""

from __future__ import annotations

from functools import cache
from itertools import chain

import numpy as np
import pytest
from support.scenes import Picture, described, film, take

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.path import LineFollower, Run
from shotprint.engine.pipeline import match_fingerprints
from shotprint.engine.types import Fingerprint, Role, Segment

TAKE_S = 40
REST = (14.0, 20.0)


@cache
def reference() -> Fingerprint:
    return described(take(TAKE_S, number=1, rest=REST))


def part(number: int, start: float, seconds: float, speed: float = 1) -> list[Picture]:
    return list(take(seconds, number=number, start=start, speed=speed, rest=REST))


def foreign(seed: int) -> list[Picture]:
    return list(film(4, seed=seed, rate=4, size=(320, 180)))


def found(*parts: list[Picture]) -> tuple[Segment, ...]:
    match = match_fingerprints(described(chain(*parts), role=Role.QUERY), reference())
    return () if match is None else match.segments


def times(segment: Segment) -> list[float]:
    return [segment.query_start, segment.query_end, segment.reference_start, segment.reference_end]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_another_take_is_no_copy(number: int) -> None:
    assert found(foreign(7), part(number, 22, 10), foreign(8)) == ()


@pytest.mark.parametrize("start", [1.0, 6.5, 25.25])
def test_a_copy_is_placed_by_what_moves(start: float) -> None:
    (segment,) = found(foreign(7), part(1, start, 6), foreign(8))
    assert times(segment) == pytest.approx([4, 10, start, start + 6], abs=0.3)
    assert segment.speed == 1


@pytest.mark.parametrize("speed", [0.8, 1.25])
def test_another_speed_is_told_by_what_moves(speed: float) -> None:
    (segment,) = found(foreign(7), part(1, 22, 8, speed), foreign(8))
    assert segment.speed == pytest.approx(speed, abs=0.03)
    assert times(segment) == pytest.approx([4, 12, 22, 22 + 8 * speed], abs=0.5)


def test_a_rest_that_two_takes_share_is_no_copy_while_the_scene_goes_on() -> None:
    assert found(part(2, 10, 14)) == ()


def test_a_rest_by_itself_between_other_pictures_is_found() -> None:
    (segment,) = found(foreign(7), part(1, 15, 4), foreign(8))
    assert times(segment)[:2] == pytest.approx([4, 8], abs=0.4)


@pytest.mark.parametrize(
    ("width", "height", "start"),
    [(284, 160, 14), (270, 152, 22)],
    ids=["a rest, by a cell at most", "by more than a cell at once"],
)
def test_a_shaking_copy_is_found_from_end_to_end(width: int, height: int, start: float) -> None:
    """A cell is 20 by 11 pixels. More than one is not put right by a single look, so pictures are laid anew."""
    rng = np.random.default_rng(5)
    places = rng.integers(0, (320 - width + 1, 180 - height + 1), (32, 2))
    shaken = [
        np.ascontiguousarray(picture[y : y + height, x : x + width])
        for picture, (x, y) in zip(part(1, start, 8), places, strict=True)
    ]
    (segment,) = found(foreign(7), shaken, foreign(8))
    assert times(segment) == pytest.approx([4, 12, start, start + 8], abs=0.5)


def test_a_caption_over_a_copy_that_rests_takes_nothing_from_it() -> None:
    captioned = part(1, 15, 4)
    for picture in captioned:
        picture[144:] = 0
        picture[152:172, 60:260] = 255
    (segment,) = found(foreign(7), captioned, foreign(8))
    assert times(segment)[:2] == pytest.approx([4, 8], abs=0.5)
    assert segment.transform.covered == pytest.approx(0.2, abs=0.06)


def test_nothing_covers_a_plain_copy() -> None:
    (segment,) = found(foreign(7), part(1, 22, 6), foreign(8))
    assert segment.transform.covered == 0


def test_a_rest_in_a_copy_is_no_proof_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands still is the same in every take: only seconds in which something moves are counted."""
    runs: list[Run] = []
    follow = LineFollower.follow

    def noting(self: LineFollower, line: Line, *, min_length_s: float) -> list[Run]:
        runs.extend(follow(self, line, min_length_s=min_length_s))
        return runs

    monkeypatch.setattr(LineFollower, "follow", noting)
    (segment,) = found(foreign(7), part(1, 10, 10), foreign(8))
    assert times(segment) == pytest.approx([4, 14, 10, 20], abs=0.5)
    # four seconds before the rest, and as many more as the picture that stands still around is a mean of
    assert all(4 <= run.moving_s <= 7 for run in runs if run.line.speed == 1 and len(run.times) > 30)
    assert any(len(run.times) > 30 for run in runs)
