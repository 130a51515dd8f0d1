"""Local features: spread over the picture, best first, the same every time, and found again in an edited copy."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from support.scenes import picture_at

from shotprint.engine.index.neighbours import hamming
from shotprint.engine.types import Gray
from shotprint.engine.video.local_features import POSITION_STEPS, PointFinder, Points, best_points
from shotprint.engine.video.presets import VIDEO_2 as PRESET
from shotprint.engine.video.presets import PointScale, VideoPreset


def gray(seed: int, size: tuple[int, int] = (640, 360)) -> Gray:
    return np.asarray(cv2.cvtColor(picture_at(1.0, seed=seed, size=size), cv2.COLOR_BGR2GRAY), np.uint8)


def query_points(image: Gray) -> Points:
    return PointFinder(PRESET, reference=False).find(image)[0]


def reference_points(image: Gray, preset: VideoPreset = PRESET) -> Points:
    (points,) = PointFinder(preset, reference=True).find(image)
    return points


def same_points(left: Points, right: Points) -> bool:
    names = Points.__dataclass_fields__
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in names)


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (640, 200), (321, 241), (200, 150)])
def test_points_lie_in_the_picture_and_are_no_more_than_the_preset_says(size: tuple[int, int]) -> None:
    points = query_points(gray(1, size))
    assert len(points) > 0
    unit = POSITION_STEPS / max(size)
    assert (points.position <= np.round(np.array(size) * unit)).all()
    assert (np.diff(points.scale.astype(int)) >= 0).all()
    counts = np.bincount(points.scale, minlength=len(PRESET.scales))
    assert (counts <= [scale.count for scale in PRESET.scales]).all()


@pytest.mark.parametrize("size", [(640, 360), (320, 240), (160, 120), (100, 80)])
def test_a_reference_keeps_the_best_points_of_the_query(size: tuple[int, int]) -> None:
    image = gray(2, size)
    asked = query_points(image)
    keep = best_points(asked, PRESET)
    kept = Points(**{name: getattr(asked, name)[keep] for name in Points.__dataclass_fields__})
    assert same_points(kept, reference_points(image))


@pytest.mark.parametrize("size", [(640, 359), (360, 640), (250, 190)])
def test_a_query_has_the_points_of_the_mirrored_picture_too(size: tuple[int, int]) -> None:
    """All but a few: of corners of equal strength the other one may be taken."""
    image = gray(8, size)
    _, mirrored = PointFinder(PRESET, reference=False).find(image)
    again = query_points(np.ascontiguousarray(image[:, ::-1]))
    assert len(mirrored) == len(again)
    for scale in np.unique(again.scale):
        ours, theirs = (part.descriptor[part.scale == scale] for part in (mirrored, again))
        assert (hamming(ours, theirs).min(axis=1) <= 4).mean() > 0.9
        places = (part.position[part.scale == scale].mean(axis=0) for part in (mirrored, again))
        assert np.ptp(list(places), axis=0).max() < POSITION_STEPS / 50


def test_every_part_of_a_picture_gets_points_even_where_contrast_is_low() -> None:
    image = gray(3).copy()
    image[:, 320:] = (image[:, 320:] * 0.4 + 60).astype(np.uint8)
    # with as many points as cells or more; the 32 of a reference stay where contrast is
    dense = replace(PRESET, scales=(PointScale(320, 220, 90), PointScale(160, 80, 40)))
    points = reference_points(image, dense)
    right = (points.position[:, 0] > POSITION_STEPS / 2).mean()
    assert 0.25 < right < 0.75


@pytest.mark.parametrize("shape", [(1, 1), (1, 640), (30, 640), (360, 640), (17, 23)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_and_tiny_pictures_have_no_points(shape: tuple[int, int], level: int) -> None:
    for reference in (False, True):
        views = PointFinder(PRESET, reference=reference).find(np.full(shape, level, np.uint8))
        assert len(views) == (1 if reference else 2)
        for points in views:
            assert len(points) == 0
            assert points.descriptor.shape == (0, 16)
            assert points.position.shape == (0, 2)


def test_a_picture_too_small_for_a_patch_has_no_points() -> None:
    assert len(query_points(gray(1, (640, 360))[:40, :60])) == 0


def test_a_finder_can_be_used_again_and_opencv_threads_make_no_difference() -> None:
    image = gray(4)
    before = cv2.getNumThreads()
    finder = PointFinder(PRESET, reference=False)
    first, _ = finder.find(image)
    try:
        for threads in (1, 2, 5):
            cv2.setNumThreads(threads)
            finder.find(gray(5))
            assert same_points(finder.find(image)[0], first)
    finally:
        cv2.setNumThreads(before)


def found_again(image: Gray, copy: Gray) -> float:
    """Share of the points of a reference that some point of the edited copy's print is near to."""
    reference = reference_points(image)
    apart = hamming(reference.descriptor, query_points(copy).descriptor)
    return float((apart.min(axis=1) <= 20).mean())


def test_points_are_found_again_at_half_the_size_in_another_light_and_turned_a_little() -> None:
    image = gray(6)
    half = np.asarray(cv2.resize(image, (320, 180), interpolation=cv2.INTER_AREA), np.uint8)
    dark = (image * 0.6 + 20).astype(np.uint8)
    turn = cv2.getRotationMatrix2D((320, 180), 8, 1.0)
    turned = np.asarray(cv2.warpAffine(image, turn, (640, 360)), np.uint8)
    unrelated = found_again(image, gray(7))
    for copy in (half, dark, turned):
        assert found_again(image, copy) > unrelated + 0.25
