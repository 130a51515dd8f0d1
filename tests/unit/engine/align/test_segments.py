"""Prints of made films → the stretches that are copies, with their times."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

import cv2
import numpy as np
import pytest
from support.scenes import Edit, Picture, described, film

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.path import LineFollower, Run
from shotprint.engine.align.segments import align
from shotprint.engine.pipeline import match_fingerprints
from shotprint.engine.types import Fingerprint, Match, Role, Segment
from shotprint.engine.video.prints import VideoPrint

SIZE = (240, 136)
FILM, OTHER, THIRD = 1, 2, 3
FILM_S = 20


@cache
def part(seed: int, start: float, seconds: float, speed: float = 1.0) -> tuple[Picture, ...]:
    """Four pictures a second, as the engine looks at them."""
    return tuple(film(seconds, seed=seed, start=start, speed=speed, rate=4, size=SIZE))


@cache
def reference(seed: int = FILM) -> Fingerprint:
    return described(part(seed, 0, FILM_S))


@cache
def whole_film() -> Fingerprint:
    return query(part(FILM, 0, FILM_S))


@cache
def edited(edit: Edit | None) -> Fingerprint:
    """Seconds 4 to 10 of the film."""
    return query(part(FILM, 4, 6), edit=edit)


def query(*parts: tuple[Picture, ...], edit: Edit | None = None) -> Fingerprint:
    pictures = chain(*parts)
    return described((edit(p) for p in pictures) if edit else pictures, role=Role.QUERY)


def matched(asked: Fingerprint, stored: Fingerprint | None = None) -> Match:
    match = match_fingerprints(asked, stored or reference())
    assert match is not None
    return match


def times(segment: Segment) -> list[float]:
    return [segment.query_start, segment.query_end, segment.reference_start, segment.reference_end]


def test_a_film_copies_itself_from_end_to_end() -> None:
    (segment,) = matched(whole_film()).segments
    assert times(segment) == pytest.approx([0, FILM_S, 0, FILM_S], abs=0.3)
    assert segment.speed == 1
    assert segment.transform.crop is None
    assert not segment.transform.mirrored


def test_a_part_between_foreign_parts_is_found_with_its_boundaries() -> None:
    asked = query(part(OTHER, 0, 4), part(FILM, 6, 8), part(THIRD, 0, 4))
    (segment,) = matched(asked).segments
    assert times(segment) == pytest.approx([4, 12, 6, 14], abs=0.6)


def test_a_part_put_in_twice_is_two_segments() -> None:
    asked = query(part(FILM, 5, 6), part(OTHER, 0, 5), part(FILM, 5, 6))
    first, second = matched(asked).segments
    assert times(first) == pytest.approx([0, 6, 5, 11], abs=0.6)
    assert times(second) == pytest.approx([11, 17, 5, 11], abs=0.6)


def test_parts_in_another_order_are_segments_in_the_order_of_the_query() -> None:
    asked = query(part(FILM, 14, 6), part(FILM, 2, 6))
    segments = matched(asked).segments
    assert [s.query_start for s in segments] == sorted(s.query_start for s in segments)
    assert times(segments[0]) == pytest.approx([0, 6, 14, 20], abs=0.8)
    assert times(segments[-1]) == pytest.approx([6, 12, 2, 8], abs=0.8)


@pytest.mark.parametrize("speed", [0.8, 1.25])
def test_another_speed_is_told(speed: float) -> None:
    asked = query(part(OTHER, 0, 8), part(FILM, 3, 10, speed), part(THIRD, 0, 3))
    (segment,) = matched(asked).segments
    assert segment.speed == pytest.approx(speed, abs=0.05)
    assert times(segment) == pytest.approx([8, 18, 3, 3 + 10 * speed], abs=0.9)


def mirror(image: Picture) -> Picture:
    return np.ascontiguousarray(image[:, ::-1])


def crop(image: Picture) -> Picture:
    return np.ascontiguousarray(image[14:122, 24:216])


def letterbox(image: Picture) -> Picture:
    return np.asarray(cv2.copyMakeBorder(image, 23, 23, 0, 0, cv2.BORDER_CONSTANT))


def test_a_mirrored_copy_is_told_from_a_plain_one() -> None:
    (segment,) = matched(edited(mirror)).segments
    assert segment.transform.mirrored
    assert times(segment) == pytest.approx([0, 6, 4, 10], abs=0.6)


def test_a_crop_says_which_part_is_shown() -> None:
    (segment,) = matched(edited(crop)).segments
    assert segment.transform.crop == pytest.approx((0.1, 0.1, 0.8, 0.8), abs=0.05)
    assert segment.transform.inset is None


def test_a_letterbox_says_where_the_picture_is() -> None:
    (segment,) = matched(edited(letterbox)).segments
    assert segment.transform.inset == pytest.approx((0, 0.125, 1, 0.75), abs=0.05)


@pytest.mark.parametrize("edit", [None, mirror, crop], ids=["plain", "mirror", "crop"])
def test_evidence_lies_in_the_segment_and_on_its_line(edit: Edit | None) -> None:
    for segment in matched(edited(edit)).segments:
        assert segment.evidence
        for pair in segment.evidence:
            assert segment.query_start - 0.01 <= pair.query_time <= segment.query_end
            line = segment.reference_start + segment.speed * (pair.query_time - segment.query_start)
            assert pair.reference_time == pytest.approx(line, abs=0.02)
            assert pair.votes > 0


def test_unrelated_films_do_not_match() -> None:
    for seed in range(10, 13):
        assert match_fingerprints(query(part(seed, 0, 12)), reference()) is None


def test_segments_keep_within_both_files() -> None:
    """The copy is shown to its last picture, and the query goes on; and the other way round."""
    long = query(part(OTHER, 0, 3), part(FILM, 0, FILM_S), part(THIRD, 0, 3))
    short = described(part(FILM, 5, 6))
    for asked, stored in (
        (long, reference()),
        (whole_film(), short),
        (query(part(FILM, 5, 6)), reference()),
    ):
        for segment in matched(asked, stored).segments:
            assert 0 <= segment.query_start < segment.query_end <= asked.duration
            assert 0 <= segment.reference_start < segment.reference_end <= stored.duration
            assert 0 < segment.similarity <= 1


def test_a_still_picture_is_found_where_it_is_shown() -> None:
    """A still stretch says nothing about the moment, but its length is right and so is what surrounds it."""
    still = (part(FILM, 0, FILM_S)[40],) * 24
    stored = described([*part(FILM, 0, 6), *still, *part(FILM, 12, 8)])
    asked = query(part(OTHER, 0, 4), part(FILM, 2, 4), still, part(FILM, 12, 4))
    segments = matched(asked, stored).segments
    assert min(s.query_start for s in segments) == pytest.approx(4, abs=0.6)
    assert max(s.query_end for s in segments) == pytest.approx(18, abs=0.6)


def test_black_parts_match_nothing() -> None:
    black = (np.zeros((136, 240, 3), np.uint8),) * 40
    assert match_fingerprints(query(black), described(black)) is None
    asked = query(black, part(FILM, 6, 6), black)
    (segment,) = matched(asked, described([*black, *part(FILM, 0, 16)])).segments
    assert times(segment)[:2] == pytest.approx([10, 16], abs=0.8)


def test_a_copy_ends_where_its_pictures_get_too_flat_to_show_anything() -> None:
    """A dark stretch with the lens's faint vignette is alike in all that this camera took."""
    y, x = np.mgrid[-1:1:136j, -1:1:240j]
    dark = (np.repeat((24 - 5 * np.hypot(x, y)).astype(np.uint8)[..., None], 3, axis=2),) * 24
    asked = query(part(OTHER, 0, 4), part(FILM, 4, 6), dark)
    (segment,) = matched(asked, described([*part(FILM, 0, 10), *dark])).segments
    assert times(segment) == pytest.approx([4, 10, 4, 10], abs=0.6)


def soft_card(light: float) -> Picture:
    """A few soft spots, without a corner that could vote."""
    y, x = np.mgrid[0:1:136j, 0:1:240j]
    spots = 60 + 90 * np.exp(-40 * ((x - 0.3) ** 2 + (y - 0.6) ** 2)) + light * np.cos(5 * x) * np.sin(7 * y)
    return np.repeat(np.clip(spots, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_a_plain_still_picture_is_known_by_its_look_but_not_told_by_default() -> None:
    """Other title cards have spots there too. The second half is a little darker, so there are two pictures."""
    card = (soft_card(70),) * 12 + (soft_card(55),) * 12
    asked, stored = query(part(OTHER, 0, 4), card), described([*part(FILM, 0, 6), *card])
    assert match_fingerprints(asked, stored) is None
    weak = match_fingerprints(asked, stored, min_similarity=0.1)
    assert weak is not None
    assert times(weak.segments[-1])[:2] == pytest.approx([4, 10], abs=0.6)


def test_a_still_picture_that_is_shown_longer_is_no_slower_copy() -> None:
    still = (part(FILM, 0, FILM_S)[40],) * 60
    stored = described([*part(THIRD, 0, 2), *still[:30], *part(THIRD, 2, 4)])
    segments = matched(query(part(OTHER, 0, 4), still, part(OTHER, 4, 4)), stored).segments
    assert [s.speed for s in segments] == [1] * len(segments)


@pytest.mark.parametrize(
    ("other", "followed"),
    [({"offset": 9.0}, 1), ({"offset": 9.0, "mirrored": True}, 2), ({"offset": 9.0, "end": 9.0}, 2)],
    ids=["same stretch", "mirrored", "longer stretch"],
)
def test_lines_over_a_copy_that_is_beyond_doubt_are_not_followed(
    monkeypatch: pytest.MonkeyPatch, other: dict[str, Any], followed: int
) -> None:
    lines: list[Line] = []
    follow = LineFollower.follow

    def noting(self: LineFollower, line: Line, *, min_length_s: float) -> list[Run]:
        lines.append(line)
        return follow(self, line, min_length_s=min_length_s)

    monkeypatch.setattr(LineFollower, "follow", noting)
    right = Line(speed=1, offset=4, mirrored=False, begin=1, end=5, weight=60, moments=np.arange(1.0, 5.0))
    asked, stored = VideoPrint.of(query(part(FILM, 4, 6), part(OTHER, 0, 4))), VideoPrint.of(reference())
    (aligned,) = align(asked, stored, [right, replace(right, **other)], min_length_s=2)
    segment = aligned.segment
    assert times(segment) == pytest.approx([0, 6, 4, 10], abs=0.6)
    assert len(lines) == followed


@pytest.mark.parametrize(("seed", "bent"), [(FILM, 1), (OTHER, 0)])
def test_a_map_is_bent_only_where_pictures_agree(
    monkeypatch: pytest.MonkeyPatch, seed: int, bent: int
) -> None:
    """It takes most of the time that a line costs, and most lines are chance."""
    fits: list[float] = []
    refine = LineFollower._refine

    def noting(self: LineFollower, line: Line) -> float:
        fits.append(refine(self, line))
        return fits[-1]

    monkeypatch.setattr(LineFollower, "_refine", noting)
    line = Line(speed=1, offset=4, mirrored=False, begin=1, end=5, weight=60, moments=np.arange(1.0, 5.0))
    align(VideoPrint.of(query(part(seed, 4, 6))), VideoPrint.of(reference()), [line], min_length_s=2)
    assert len(fits) == bent


@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_files_of_hardly_any_pictures_are_no_copies_and_have_none(pictures: int) -> None:
    few = part(FILM, 4, 6)[:pictures]
    assert match_fingerprints(query(few), reference()) is None
    assert match_fingerprints(whole_film(), described(few)) is None


def test_the_same_search_gives_the_same_match() -> None:
    assert matched(edited(crop)) == matched(edited(crop))
