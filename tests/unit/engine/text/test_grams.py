"""Grams are the same for the same letters wherever they are, and winnowing misses no stretch that is long enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotprint.engine.text.fold import fold
from shotprint.engine.text.grams import grams_of, winnow

LETTERS = st.text(st.sampled_from("abc汉字"), max_size=60)


@given(LETTERS, st.integers(1, 9))
def test_grams_are_equal_exactly_when_their_characters_are(text: str, size: int) -> None:
    folded = fold(text)
    grams = grams_of(folded, size)
    spelled = [folded.text(start, int(end)) for start, end in enumerate(grams.end)]
    for spelling in spelled:
        assert size <= fold(spelling).weight[-1] <= size + 1
    assert (
        len({*zip(spelled, grams.hash.tolist(), strict=True)})
        == len({*spelled})
        == len({*grams.hash.tolist()})
    )
    rest = folded.letters(len(spelled), len(folded))
    assert rest < size  # there is no other one


def test_a_gram_does_not_depend_on_where_it_is() -> None:
    alone, within = (
        grams_of(fold("winter is coming"), 12),
        grams_of(fold("they say winter is coming soon"), 12),
    )
    assert set(alone.hash.tolist()) <= set(within.hash.tolist())


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=50), st.integers(1, 12))
def test_every_window_keeps_one_of_its_smallest_and_nothing_else_is_kept(
    numbers: list[int], window: int
) -> None:
    kept = winnow(np.array(numbers, dtype=np.uint64), window).tolist()
    high = [number >> 32 for number in numbers]
    needed = set()
    for start in range(max(1, len(high) - window + 1) if high else 0):
        part = range(start, min(start + window, len(high)))
        smallest = {place for place in part if high[place] == min(high[place] for place in part)}
        needed.add(max(smallest))
        assert smallest & set(kept)
    assert set(kept) <= needed
    assert kept == sorted(kept)


def test_of_what_repeats_itself_one_in_a_window_is_kept() -> None:
    kept = winnow(np.full(1200, 7, dtype=np.uint64), 12)
    assert len(kept) == pytest.approx(100, abs=2)
    assert np.diff(kept).max() == 12


@pytest.mark.parametrize("length", [0, 1, 11])
def test_a_text_shorter_than_a_gram_has_none(length: int) -> None:
    grams = grams_of(fold("x" * length), 12)
    assert len(grams.hash) == len(grams.end) == len(winnow(grams.hash, 12)) == 0
