"""Prints of libraries that are too large to film."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from support.prints import made_print

from benchmarks.accuracy.generated import FILE_S, LOOKS, Generator, repeated
from shotprint.engine.index.neighbours import row_distances
from shotprint.engine.index.segment import Segment
from shotprint.engine.video.presets import find_preset
from shotprint.engine.video.prints import VideoPrint

CLIP = made_print(1, seconds=10, points=20)


def test_a_repeated_clip_is_a_print_of_its_pictures_in_turn() -> None:
    twice = VideoPrint.of(repeated(CLIP, 25.0))
    assert (twice.duration, twice.key_count, len(twice.descriptor)) == (20.0, 20, 400)
    assert twice.start.tolist() == list(range(20))
    assert np.array_equal(twice.descriptor[:200], twice.descriptor[200:])


def test_a_clip_that_is_longer_than_that_is_there_once() -> None:
    assert VideoPrint.of(repeated(CLIP, 3.0)).duration == 10.0


def test_generated_files_are_as_long_as_they_should_be_and_differ() -> None:
    made = list(Generator([CLIP], [made_print(2, points=40)]).files(LOOKS + 1))
    assert {one.duration for one in made} == {FILE_S}
    assert len({one.descriptor.tobytes() for one in made}) == LOOKS + 1
    built = Segment.build([(str(n), one) for n, one in enumerate(made)], find_preset(CLIP.preset))
    assert built.print_of(0).key_count == FILE_S


def test_a_point_is_seen_again_in_the_next_picture_of_its_scene_and_not_for_ever() -> None:
    (made,) = Generator([CLIP], [made_print(2, points=40)]).files(1)
    points = made.descriptor.reshape(int(FILE_S), 20, 16)
    apart = np.array([row_distances(one, two).mean() for one, two in pairwise(points)])
    assert 0.6 < (apart < 20).mean() < 0.95
    assert (apart > 40).any()
