"""The fast search for near global hashes against comparing all."""

from __future__ import annotations

import numpy as np
import pytest

from shotprint.engine.index.hash_table import TABLES, HashTable, sampled_words
from shotprint.engine.video.picture_hash import Hashes, distances


def chance(count: int, seed: int) -> Hashes:
    return np.random.default_rng(seed).integers(0, 1 << 64, (count, 4), dtype=np.uint64)


def flipped(hashes: Hashes, bits: int) -> Hashes:
    dice = np.random.default_rng(3)
    mask = np.zeros((len(hashes), 256), np.uint8)
    for row in mask:
        row[dice.permutation(256)[:bits]] = 1
    return hashes ^ np.packbits(mask, axis=1).view(np.uint64)


@pytest.mark.parametrize(("bits", "floor"), [(0, 1.0), (16, 1.0), (32, 0.95), (48, 0.8)])
@pytest.mark.parametrize("count", [200, 50_000])
def test_most_near_hashes_are_found_and_no_others(count: int, bits: int, floor: float) -> None:
    stored = chance(count, 1)
    rows = np.arange(0, count, count // 200)
    asked = flipped(stored[rows], bits)
    table = HashTable.build(stored, np.arange(count))
    q, s, apart = table.find(asked, stored, 64)
    assert (apart == distances(asked, stored)[q, s]).all()
    assert apart.max() <= 64
    assert (rows[q] == s).sum() >= floor * len(rows)
    assert len(np.unique(q * count + s)) == len(q)


def test_only_usable_hashes_are_found() -> None:
    stored = chance(10, 1)
    q, s, _ = HashTable.build(stored, np.array([2, 7])).find(stored, stored, 0)
    assert (q.tolist(), s.tolist()) == ([2, 7], [2, 7])


@pytest.mark.parametrize(("stored", "asked"), [(0, 0), (0, 3), (3, 0)])
def test_nothing_is_near_nothing(stored: int, asked: int) -> None:
    table = HashTable.build(chance(stored, 1), np.arange(stored))
    assert [len(part) for part in table.find(chance(asked, 2), chance(stored, 1), 256)] == [0, 0, 0]


def test_the_sampled_bits_never_change() -> None:
    """Tables on disk were sorted by them."""
    words = sampled_words(
        np.array([[1, 2**40 + 3, 7 << 50, 2**63 + 12345]], np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    )
    assert words.shape == (TABLES, 1)
    assert words[:, 0].tolist() == [
        2155322093,
        3897442331,
        1326634258,
        1238234950,
        2706752734,
        3472691754,
        859321624,
        3898883045,
    ]
