"""Pairs of points that say the same as others."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.index import support
from shotprint.engine.index.support import CELLS, OFFSET_BIN_S, SCALE_BIN, PointVotes, supported

EVERY = CELLS * CELLS


def votes(offset: Any, doublings: Any, turn: Any, cell: Any, weight: Any) -> PointVotes:
    return PointVotes(
        np.asarray(offset, np.float64),
        np.asarray(doublings, np.float32),
        np.asarray(turn, np.float32),
        np.asarray(cell, np.int64),
        np.asarray(weight, np.float32),
    )


def agreeing(count: int, *, offset: float = 100.0, doublings: float = 0.1, turn: float = 0.01) -> PointVotes:
    """Pairs in cells of their own that say the same."""
    return votes([offset] * count, [doublings] * count, [turn] * count, range(count), [1.0] * count)


def scattered(count: int, seed: int = 0) -> PointVotes:
    rng = np.random.default_rng(seed)
    return votes(
        rng.random(count) * 1e6,
        rng.uniform(-3, 3, count),
        rng.random(count),
        rng.integers(0, 2 * EVERY, count),
        [1.0] * count,
    )


def together(*parts: PointVotes) -> PointVotes:
    return PointVotes(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(PointVotes))
    )


def kept(given_votes: PointVotes, *, least: float = 5, most: int = 1000) -> list[int]:
    return np.flatnonzero(supported(given_votes, least=least, most_groups=most)).tolist()


def test_what_agrees_is_kept_and_what_is_scattered_is_not() -> None:
    assert kept(together(scattered(3000), agreeing(6))) == list(range(3000, 3006))


@settings(deadline=None, max_examples=60)
@given(st.floats(-500, 500), st.floats(-3, 3), st.floats(0, 0.999), st.integers(0, 99))
def test_it_does_not_matter_where_between_the_bins_they_agree(
    offset: float, doublings: float, turn: float, seed: int
) -> None:
    """A little noise in one of the three parts off in another grid; both grids cannot cut one part at once."""
    same = agreeing(8, offset=offset, doublings=doublings, turn=turn)
    noise = np.random.default_rng(seed).uniform(-0.2, 0.2, 8)
    assert len(kept(replace(same, offset=same.offset + noise * OFFSET_BIN_S), least=8)) == 8
    wide = replace(same, doublings=same.doublings + (noise * SCALE_BIN).astype(np.float32))
    assert len(kept(wide, least=8)) == 8


def test_the_same_corner_seen_again_and_again_counts_once() -> None:
    again = votes([100.0] * 50, [0.0] * 50, [0.0] * 50, [7] * 50, [1.0] * 50)
    assert kept(again, least=2) == []
    assert len(kept(again, least=1)) == 50


def test_a_cell_counts_as_its_surest_point() -> None:
    pair = votes([100.0, 100.0, 100.0], [0.0] * 3, [0.0] * 3, [7, 7, 8], [1.0, 3.0, 2.0])
    assert kept(pair, least=5) == [0, 1, 2]
    assert kept(pair, least=5.5) == []


@pytest.mark.parametrize(
    "change", [{"offset": 110.0}, {"doublings": 2.0}, {"turn": 0.5}], ids=["place", "scale", "angle"]
)
def test_who_differs_in_one_thing_does_not_agree(change: dict[str, float]) -> None:
    assert kept(together(agreeing(3), agreeing(3, **change)), least=4) == []


def test_the_picture_and_its_mirror_image_do_not_agree() -> None:
    mirrored = replace(agreeing(3), cell=np.arange(3, 6) + EVERY)
    assert kept(together(agreeing(3), mirrored), least=4) == []


def test_a_turn_of_just_under_one_is_next_to_none() -> None:
    under, over = agreeing(3, turn=0.999), replace(agreeing(3, turn=0.001), cell=np.arange(3, 6))
    assert len(kept(together(under, over), least=6)) == 6


def test_of_more_groups_the_largest_are_kept() -> None:
    groups = [agreeing(size, offset=1000.0 * size) for size in range(3, 13)]
    found = kept(together(*groups), least=1, most=3)
    assert len(found) == 12 + 11 + 10


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 99), st.integers(2, 9), st.integers(1, 200))
def test_what_is_kept_does_not_depend_on_which_groups_share_a_slot(seed: int, least: int, slots: int) -> None:
    mixed = together(
        scattered(400, seed), agreeing(6), replace(scattered(400, seed), cell=np.arange(400) % EVERY)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support, "SLOTS", slots)
        shared = kept(mixed, least=least)
    assert shared == kept(mixed, least=least)


def test_nothing_gives_nothing() -> None:
    assert kept(scattered(0)) == []
