"""The fast search for similar descriptors against the plain one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.index.neighbours import (
    ROWS_AT_ONCE,
    SIGNATURE_RADIUS,
    Alike,
    BucketNeighbours,
    Descriptors,
    ExactNeighbours,
    PointTable,
    hamming,
    row_distances,
    word,
)


def fast(stored: Descriptors) -> BucketNeighbours:
    return BucketNeighbours(PointTable.build(stored))


def pairs(alike: Alike) -> list[tuple[int, int]]:
    return list(zip(alike.query.tolist(), alike.stored.tolist(), strict=True))


def chance(count: int, seed: int) -> Descriptors:
    return np.random.default_rng(seed).integers(0, 256, (count, 16), dtype=np.uint8)


def flipped(descriptors: Descriptors, bits: int, seed: int) -> Descriptors:
    """Each with so many different bits turned over."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((len(descriptors), 128), np.uint8)
    for row in mask:
        row[rng.permutation(128)[:bits]] = 1
    return descriptors ^ np.packbits(mask, axis=1)


@st.composite
def descriptor_sets(draw: st.DrawFn) -> tuple[Descriptors, Descriptors]:
    """Stored ones, and queries of which some are stored ones with a few bits turned over; repetitions in both."""
    stored = chance(draw(st.integers(0, 60)), draw(st.integers(0, 99)))
    stored = np.concatenate([stored, stored[: draw(st.integers(0, 10))]])
    near = flipped(stored[: draw(st.integers(0, 30))], draw(st.integers(0, 40)), 1)
    return stored, np.concatenate([near, near[:3], chance(draw(st.integers(0, 20)), 123)])


@settings(deadline=None, max_examples=60)
@given(descriptor_sets(), st.integers(0, 128))
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
    assert pairs(ExactNeighbours(stored, radius).find(query)) == wanted


@settings(deadline=None, max_examples=60)
@given(descriptor_sets())
def test_the_fast_search_finds_pairs_with_near_signatures_once_and_says_how_near(
    sets: tuple[Descriptors, Descriptors],
) -> None:
    stored, query = sets
    alike = fast(stored).find(query)
    found = pairs(alike)
    assert len(found) == len(set(found))
    apart = np.bitwise_count(word(query, 1)[:, None] ^ word(stored, 1)[None])
    assert np.array_equal(alike.apart, apart[alike.query, alike.stored])
    assert set(found) <= set(
        zip(*(part.tolist() for part in np.nonzero(apart <= SIGNATURE_RADIUS)), strict=True)
    )


@pytest.mark.parametrize(("bits", "floor"), [(0, 1.0), (8, 0.8), (16, 0.4), (24, 0.1)])
@pytest.mark.parametrize("count", [300, 20_000])
def test_the_fast_search_finds_most_near_pairs(count: int, bits: int, floor: float) -> None:
    stored = chance(count, 5)
    rows = np.arange(0, count, count // 300)
    found = fast(stored).find(flipped(stored[rows], bits, 6))
    right = rows[found.query] == found.stored
    assert right.sum() >= floor * len(rows)


@pytest.mark.parametrize(("stored", "asked"), [(0, 0), (0, 5), (5, 0)])
def test_nothing_is_like_nothing(stored: int, asked: int) -> None:
    for neighbours in (ExactNeighbours(chance(stored, 1), 128), fast(chance(stored, 1))):
        found = neighbours.find(chance(asked, 1))
        assert (found.query.shape, found.stored.shape) == ((0,), (0,))


def test_one_stored_descriptor_is_found() -> None:
    assert pairs(fast(chance(1, 9)).find(chance(1, 9))) == [(0, 0)]


def test_all_of_many_queries_are_looked_up() -> None:
    """They are taken some thousands at a time."""
    stored = chance(50, 8)
    strangers = chance(2 * ROWS_AT_ONCE, 9)
    found = pairs(fast(stored).find(np.concatenate([strangers, stored])))
    assert {(len(strangers) + row, row) for row in range(50)} <= set(found)


def test_what_is_found_does_not_depend_on_the_order_of_what_is_stored() -> None:
    stored = chance(500, 3)
    order = np.random.default_rng(1).permutation(500)
    query = flipped(stored, 10, 4)
    plain = pairs(fast(stored).find(query))
    shuffled = [(q, int(order[s])) for q, s in pairs(fast(stored[order]).find(query))]
    assert sorted(shuffled) == sorted(plain)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 12), st.integers(0, 12))
def test_distances_count_the_bits_that_differ(left_count: int, right_count: int) -> None:
    left, right = chance(left_count, 1), chance(right_count, 2)
    table = hamming(left, right)
    assert table.shape == (left_count, right_count)
    rows, columns = np.indices(table.shape).reshape(2, -1)
    assert row_distances(left[rows], right[columns]).tolist() == table.ravel().tolist()
    for row, column in zip(rows, columns, strict=True):
        assert table[row, column] == int.from_bytes(left[row] ^ right[column]).bit_count()
