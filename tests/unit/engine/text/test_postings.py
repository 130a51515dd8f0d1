"""The table of places against a plain list."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shotprint.engine.text.postings import KEY_BITS, MAX_PLACES, Postings

KEYS = st.lists(st.integers(0, 2**KEY_BITS - 1) | st.integers(0, 5) | st.just(2**KEY_BITS - 1), max_size=80)


def table(keys: list[int]) -> Postings:
    return Postings.build(np.array(keys, dtype=np.uint64), np.arange(len(keys), dtype=np.uint32) * 3)


def places(postings: Postings, keys: list[int]) -> list[list[int]]:
    asked, place, count = postings.look_up(np.array(keys, dtype=np.uint64))
    found = defaultdict(list)
    for key, where in zip(asked.tolist(), place.tolist(), strict=True):
        found[key].append(where)
    assert [min(one, MAX_PLACES) for one in count.tolist()] == [len(found[n]) for n in range(len(keys))]
    return [found[n] for n in range(len(keys))]


@given(KEYS, KEYS)
def test_each_key_is_found_where_it_was_put(stored: list[int], asked: list[int]) -> None:
    asked = [*asked, *stored[:5]]
    wanted = [[3 * place for place, key in enumerate(stored) if key == one] for one in asked]
    assert places(table(stored), asked) == wanted
    assert sorted(table(stored).keys().tolist()) == sorted(stored)


@given(KEYS, KEYS, st.integers(0, 1000))
def test_a_merged_table_is_that_of_what_stays(one: list[int], other: list[int], shift: int) -> None:
    parts, wanted = [], []
    for number, keys in enumerate((one, other)):
        made = table(keys)
        kept = made.place % 2 == number % 2
        moved = np.full(len(made), (shift + 300) * number, dtype=np.int64)
        parts.append((made, kept, moved))
        pairs = zip(made.keys()[kept].tolist(), (made.place[kept] + moved[kept]).tolist(), strict=True)
        wanted += list(pairs)
    merged = Postings.merge(parts)
    assert sorted(zip(merged.keys().tolist(), merged.place.tolist(), strict=True)) == sorted(wanted)
    assert (np.diff(merged.keys().astype(np.int64)) >= 0).all()


def test_of_a_gram_that_is_everywhere_places_all_over_are_looked_at() -> None:
    (found,) = places(table([7] * 1000), [7])
    assert len(found) == MAX_PLACES
    assert (found[0], found[-1]) == (0, 3 * (1000 * (MAX_PLACES - 1) // MAX_PLACES))
    assert max(np.diff(found)) <= 3 * (1000 // MAX_PLACES + 1)


def test_many_keys_need_no_high_tags() -> None:
    keys = np.arange(1 << 16, dtype=np.uint64) << np.uint64(KEY_BITS - 16)
    assert len(Postings.build(keys, np.zeros(len(keys), np.uint32)).tag_high) == len(keys)
    many = np.sort(np.random.Generator(np.random.PCG64(1)).integers(0, 2**KEY_BITS, 1 << 24, dtype=np.uint64))
    large = Postings.build(many, np.zeros(len(many), np.uint32))
    assert len(large.tag_high) == 0
    assert (large.keys()[::1000] == many[::1000]).all()
