"""The global hash: mirrored for free, the same under borders, silent on flat pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scenes import picture_at

from shotprint.engine.types import Gray
from shotprint.engine.video.describe_frames import unbordered
from shotprint.engine.video.picture_hash import (
    FLIP_MASK,
    MIRROR_MASK,
    SIDE,
    content_box,
    distances,
    hash_thumbnail,
    thumbnail,
)

CONTRAST = 10
FEW_BITS = 48
"""Of 256; unrelated pictures differ in 128, give or take 30."""


def gray(seed: int, time: float = 1.0, size: tuple[int, int] = (320, 180)) -> Gray:
    return np.asarray(cv2.cvtColor(picture_at(time, seed=seed, size=size), cv2.COLOR_BGR2GRAY), np.uint8)


def hash_of(image: Gray) -> np.ndarray:
    return hash_thumbnail(thumbnail(unbordered(image, CONTRAST)))[0]


def bits_apart(left: np.ndarray, right: np.ndarray) -> int:
    return int(distances(left[None], right[None])[0, 0])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_a_mirrored_or_flipped_thumbnail_flips_known_bits(seed: int) -> None:
    small = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    plain, quality = hash_thumbnail(small)
    mirrored, mirrored_quality = hash_thumbnail(small[:, ::-1])
    flipped, flipped_quality = hash_thumbnail(small[::-1])
    assert mirrored.tolist() == (plain ^ MIRROR_MASK).tolist()
    assert flipped.tolist() == (plain ^ FLIP_MASK).tolist()
    assert quality == mirrored_quality == flipped_quality


@pytest.mark.parametrize("size", [(320, 180), (319, 181), (640, 360), (101, 77), (70, 200)])
def test_a_mirrored_picture_of_any_size_has_nearly_the_mirrored_hash(size: tuple[int, int]) -> None:
    image = gray(1, size=size)
    assert bits_apart(hash_of(np.ascontiguousarray(image[:, ::-1])), hash_of(image) ^ MIRROR_MASK) <= FEW_BITS


@pytest.mark.parametrize("level", [0, 16, 255])
@pytest.mark.parametrize("bars", [(20, 0), (0, 40), (60, 60)])
def test_borders_hardly_change_the_hash(bars: tuple[int, int], level: int) -> None:
    for seed in range(4):
        image = gray(seed)
        rows, columns = bars
        framed = cv2.copyMakeBorder(image, rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=level)
        assert bits_apart(hash_of(np.asarray(framed)), hash_of(image)) <= FEW_BITS


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 255))
def test_the_content_is_found_inside_borders_of_any_width(
    top: int, bottom: int, left: int, right: int, level: int
) -> None:
    content = np.random.default_rng(top).integers(0, 256, (60, 80), dtype=np.uint8)
    framed = cv2.copyMakeBorder(content, top, bottom, left, right, cv2.BORDER_CONSTANT, value=level)
    assert content_box(np.asarray(framed), CONTRAST) == (top, top + 60, left, left + 80)


def test_a_border_that_leaves_next_to_nothing_is_the_picture_itself() -> None:
    image = np.zeros((100, 100), np.uint8)
    image[45:55, 45:55] = gray(1)[:10, :10]
    assert content_box(image, CONTRAST) == (0, 100, 0, 100)


@pytest.mark.parametrize("level", [0, 1, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (64, 64), (1, 300), (180, 320)])
def test_a_flat_picture_has_no_quality_and_no_borders(shape: tuple[int, int], level: int) -> None:
    image = np.full(shape, level, np.uint8)
    assert unbordered(image, CONTRAST) is image
    assert hash_thumbnail(thumbnail(image))[1] == 0


def test_quality_grows_with_contrast() -> None:
    image = gray(2).astype(np.int16) - 128
    qualities = [
        hash_thumbnail(thumbnail((128 + image * share).astype(np.uint8)))[1] for share in (0.05, 0.2, 0.5, 1)
    ]
    assert qualities == sorted(qualities)
    assert qualities[0] < qualities[-1]


def test_the_hash_does_not_depend_on_brightness_or_contrast() -> None:
    image = gray(3).astype(np.float64)
    darker = (image * 0.5 + 20).astype(np.uint8)
    assert bits_apart(hash_of(darker), hash_of(gray(3))) <= FEW_BITS


def test_different_pictures_are_far_apart() -> None:
    hashes = np.array([hash_of(gray(seed)) for seed in range(12)])
    apart = distances(hashes, hashes)
    assert np.diag(apart).tolist() == [0] * 12
    assert (apart == apart.T).all()
    assert apart[~np.eye(12, dtype=bool)].min() > 1.3 * FEW_BITS


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 255), max_size=40, unique=True), st.integers(0, 2**64 - 1))
def test_the_distance_is_the_number_of_bits_that_differ(bits: list[int], word: int) -> None:
    left = np.full((1, 4), word, np.uint64)
    right = left.copy()
    for bit in bits:
        right[0, bit // 64] ^= np.uint64(1 << bit % 64)
    assert distances(left, right).tolist() == [[len(bits)]]


def test_distances_of_nothing_are_empty() -> None:
    none, some = np.zeros((0, 4), np.uint64), np.zeros((3, 4), np.uint64)
    assert distances(none, some).shape == (0, 3)
    assert distances(some, none).shape == (3, 0)
