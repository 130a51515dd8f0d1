"""Look-ups in sorted buckets against plain comparison."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.index.buckets import (
    MAX_BITS,
    MAX_BUCKET,
    MIN_BITS,
    MOST_PLACES,
    PROBES,
    Buckets,
    bucket_bits,
)

few_words = st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([0, 1 << 31, 2**32 - 1]), max_size=30)


@settings(deadline=None, max_examples=60)
@given(few_words, few_words)
def test_all_are_found_that_share_the_first_bits_or_all_but_one(stored: list[int], asked: list[int]) -> None:
    buckets = Buckets.build(np.array(stored, np.uint32))
    q, place = buckets.look_up(np.array(asked, np.uint32))
    found = list(zip(q.tolist(), buckets.rows[place].tolist(), strict=True))
    assert len(found) == len(set(found))
    apart = {
        (q, s): ((word ^ other) >> 32 - MIN_BITS).bit_count()
        for q, word in enumerate(asked)
        for s, other in enumerate(stored)
    }
    assert {pair for pair, bits in apart.items() if bits <= 1} <= set(found)
    assert all(apart[pair] <= 2 for pair in found)


def test_of_an_overfull_bucket_evenly_spread_words_are_looked_at() -> None:
    count = 20 * MAX_BUCKET
    buckets = Buckets.build(np.full(count, 77, np.uint32))
    _, place = buckets.look_up(np.array([77], np.uint32))
    assert len(place) == MAX_BUCKET
    assert np.histogram(buckets.rows[place], bins=8, range=(0, count))[0].tolist() == [MAX_BUCKET // 8] * 8


def test_of_many_overfull_buckets_fewer_words_each_are_looked_at() -> None:
    words = np.arange(1 << MIN_BITS, dtype=np.uint32) << np.uint32(32 - MIN_BITS)
    buckets = Buckets.build(np.repeat(words, 3 * MAX_BUCKET))
    assert 0.9 * MOST_PLACES < len(buckets.look_up(words)[0]) / len(words) <= MOST_PLACES


@pytest.mark.parametrize(
    ("count", "bits"), [(0, MIN_BITS), (1 << 16, 15), (1 << 20, 19), (1 << 28, 27), (1 << 31, MAX_BITS)]
)
def test_buckets_grow_in_number_and_not_in_size(count: int, bits: int) -> None:
    assert bucket_bits(count) == bits


def test_a_look_up_costs_about_the_same_in_a_small_and_a_large_table() -> None:
    dice = np.random.default_rng(1)
    asked = dice.integers(0, 2**32, 1000, dtype=np.uint32)
    for count in (1 << 14, 1 << 20):
        buckets = Buckets.build(dice.integers(0, 2**32, count, dtype=np.uint32))
        looked_at = len(buckets.look_up(asked)[0]) / len(asked)
        assert PROBES < looked_at < 5 * PROBES


def test_with_doubts_the_likeliest_changes_are_looked_up() -> None:
    """Any two of the surest bits may not be wrong; the four least sure ones all may."""
    dice = np.random.default_rng(4)
    words = dice.integers(0, 2**32, 3000, dtype=np.uint32)
    buckets = Buckets.build(words)
    doubt = dice.uniform(5, 9, (200, 32)).astype(np.float32)
    unsure = np.array([dice.choice(buckets.bits, 4, replace=False) for _ in range(200)])
    np.put_along_axis(doubt, unsure, dice.uniform(0, 0.5, (200, 4)).astype(np.float32), axis=1)
    for count in range(5):
        asked = words[:200].copy()
        for bit in range(count):
            asked ^= np.uint32(1) << (31 - unsure[:, bit]).astype(np.uint32)
        found = set(zip(*(part.tolist() for part in buckets.look_up(asked, doubt)), strict=True))
        rows = {(query, int(buckets.rows[place])) for query, place in found}
        assert len(found) == len(rows)
        assert all((row, row) in rows for row in range(200))
