"""The fast search for similar descriptors against the plain one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.index.neighbours import (
    MAX_BUCKET,
    TABLES,
    Alike,
    BitSampleNeighbours,
    BitSampleTables,
    Descriptors,
    ExactNeighbours,
    hamming,
    pair_distances,
    sample_keys,
)

RADIUS = 56


def fast(stored: Descriptors) -> BitSampleNeighbours:
    return BitSampleNeighbours(stored, BitSampleTables.build(stored))


def pairs(alike: Alike) -> list[tuple[int, int]]:
    return list(zip(alike.query.tolist(), alike.stored.tolist(), strict=True))


def chance(count: int, seed: int) -> Descriptors:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def flipped(descriptors: Descriptors, bits: int, seed: int) -> Descriptors:
    """Each with so many different bits turned over."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((len(descriptors), 256), np.uint8)
    for row in mask:
        row[rng.permutation(256)[:bits]] = 1
    return descriptors ^ np.packbits(mask, axis=1)


@st.composite
def descriptor_sets(draw: st.DrawFn) -> tuple[Descriptors, Descriptors]:
    """Stored ones, and queries of which some are stored ones with a few bits turned over; repetitions in both."""
    stored = chance(draw(st.integers(0, 60)), draw(st.integers(0, 99)))
    stored = np.concatenate([stored, stored[: draw(st.integers(0, 10))]])
    near = flipped(stored[: draw(st.integers(0, 30))], draw(st.integers(0, 80)), 1)
    return stored, np.concatenate([near, near[:3], chance(draw(st.integers(0, 20)), 123)])


@settings(deadline=None, max_examples=60)
@given(descriptor_sets(), st.integers(0, 256))
def test_the_exact_search_finds_all_pairs_within_the_radius_and_no_others(
    sets: tuple[Descriptors, Descriptors], radius: int
) -> None:
    stored, query = sets
    bits_s, bits_q = np.unpackbits(stored, axis=1), np.unpackbits(query, axis=1)
    wanted = [
        (q, s)
        for q in range(len(query))
        for s in range(len(stored))
        if (bits_q[q] != bits_s[s]).sum() <= radius
    ]
    assert pairs(ExactNeighbours(stored).find(query, radius)) == wanted


@settings(deadline=None, max_examples=60)
@given(descriptor_sets(), st.integers(0, 256))
def test_the_fast_search_finds_a_part_of_what_the_exact_one_finds_in_the_same_order(
    sets: tuple[Descriptors, Descriptors], radius: int
) -> None:
    stored, query = sets
    exact = pairs(ExactNeighbours(stored).find(query, radius))
    found = pairs(fast(stored).find(query, radius))
    assert found == sorted(set(found))
    assert set(found) <= set(exact)


@pytest.mark.parametrize(("bits", "floor"), [(0, 1.0), (8, 0.9), (24, 0.5), (40, 0.15)])
@pytest.mark.parametrize("count", [300, 20_000])
def test_the_fast_search_finds_most_near_pairs(count: int, bits: int, floor: float) -> None:
    stored = chance(count, 5)
    rows = np.arange(0, count, count // 300)
    found = fast(stored).find(flipped(stored[rows], bits, 6), RADIUS)
    assert (rows[found.query] == found.stored).mean() > 0.99
    assert len(np.unique(found.query)) >= floor * len(rows)


def test_descriptors_that_are_the_same_are_all_found_up_to_a_bucket_full() -> None:
    stored = np.concatenate([chance(50, 1), np.repeat(chance(1, 2), MAX_BUCKET, axis=0)])
    found = fast(stored).find(chance(1, 2), 0)
    assert found.stored.tolist() == list(range(50, 50 + MAX_BUCKET))


def test_of_an_overfull_bucket_evenly_spread_rows_are_looked_at() -> None:
    count = 20 * MAX_BUCKET
    stored = np.repeat(chance(1, 2), count, axis=0)
    found = fast(stored).find(chance(1, 2), 0).stored
    assert MAX_BUCKET <= len(found) <= TABLES * MAX_BUCKET
    assert np.histogram(found, bins=8, range=(0, count))[0].min() >= MAX_BUCKET // 8 - 1


@pytest.mark.parametrize(("stored", "asked"), [(0, 0), (0, 5), (5, 0)])
def test_nothing_is_like_nothing(stored: int, asked: int) -> None:
    for neighbours in (ExactNeighbours(chance(stored, 1)), fast(chance(stored, 1))):
        found = neighbours.find(chance(asked, 1), 256)
        assert (found.query.shape, found.stored.shape) == ((0,), (0,))


def test_one_stored_descriptor_is_found() -> None:
    assert pairs(fast(chance(1, 9)).find(chance(1, 9), 0)) == [(0, 0)]


def test_what_is_stored_does_not_depend_on_the_order_of_equal_keys() -> None:
    stored = chance(500, 3)
    order = np.random.default_rng(1).permutation(500)
    query = flipped(stored, 20, 4)
    plain = pairs(fast(stored).find(query, RADIUS))
    shuffled = [(q, int(order[s])) for q, s in pairs(fast(stored[order]).find(query, RADIUS))]
    assert sorted(shuffled) == plain


def test_the_sampled_bits_never_change() -> None:
    """Tables on disk were sorted by them."""
    keys = sample_keys(np.arange(32, dtype=np.uint8)[None] * 7)
    assert keys.dtype == np.uint32
    assert keys[:, 0].tolist() == [
        15497381,
        310727647,
        378012551,
        2682311744,
        51670746,
        320816713,
        2155370569,
        2562605795,
    ]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 12), st.integers(0, 12))
def test_distances_count_the_bits_that_differ(left_count: int, right_count: int) -> None:
    left, right = chance(left_count, 1), chance(right_count, 2)
    table = hamming(left, right)
    assert table.shape == (left_count, right_count)
    rows, columns = np.indices(table.shape).reshape(2, -1)
    assert pair_distances(left, rows, right, columns).tolist() == table.ravel().tolist()
    for row, column in zip(rows, columns, strict=True):
        assert table[row, column] == int.from_bytes(left[row] ^ right[column]).bit_count()
