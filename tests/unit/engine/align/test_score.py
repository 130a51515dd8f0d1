"""One number for a segment, one for a reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.align.score import reference_similarity, segment_similarity
from shotprint.engine.types import Segment

evidence = st.lists(st.floats(0, 40), min_size=1, max_size=30)


def similarity(votes: list[float], pictures: int | None = None, **measured: Any) -> float:
    sure = {"motion": 1.0, "moves": 10.0, "likeness": 1.0, "contradicted": False} | measured
    return segment_similarity(np.array(votes), len(votes) if pictures is None else pictures, **sure)


def segment(length: float, similarity: float) -> Segment:
    return Segment(0, length, 0, length, similarity)


@settings(deadline=None, max_examples=60)
@given(evidence, st.data())
def test_similarity_is_a_share_and_grows_with_votes(votes: list[float], data: st.DataObject) -> None:
    more = [
        v + extra
        for v, extra in zip(
            votes,
            data.draw(st.lists(st.floats(0, 10), min_size=len(votes), max_size=len(votes))),
            strict=True,
        )
    ]
    assert 0 <= similarity(votes) <= similarity(more) <= 1


@settings(deadline=None, max_examples=40)
@given(st.floats(1, 40), st.integers(1, 60))
def test_similarity_grows_with_the_number_of_pictures(votes: float, pictures: int) -> None:
    assert similarity([votes] * pictures) < similarity([votes] * (pictures + 1)) or similarity(
        [votes] * pictures
    ) == pytest.approx(1)


def test_ten_times_the_pictures_are_not_ten_times_the_proof() -> None:
    one, ten = (-np.log2(1 - similarity([2.0] * n)) for n in (1, 10))
    assert ten < 5 * one


def test_what_stands_still_counts_little_however_long() -> None:
    assert similarity([20.0] * 8, moves=0.0) == similarity([20.0] * 80, moves=0.0) < similarity([20.0] * 8)


@settings(deadline=None, max_examples=40)
@given(st.floats(-1, 1), st.floats(0, 0.5), st.booleans())
def test_more_agreement_of_what_moves_is_never_less_similar(
    motion: float, more: float, against: bool
) -> None:
    low, high = (similarity([30.0] * 8, motion=m, contradicted=against) for m in (motion, motion + more))
    assert low <= high


def test_a_scene_whose_motion_does_not_agree_is_no_copy() -> None:
    assert similarity([40.0] * 20, motion=0.3) == 0
    assert similarity([40.0] * 20, motion=0.55, contradicted=True) == 0
    assert similarity([40.0] * 20, moves=0.5, contradicted=True) == 0


def test_a_still_scene_that_looks_otherwise_is_no_copy() -> None:
    assert similarity([40.0] * 20, moves=0.5, likeness=0.85) == 0


def test_another_speed_counts_for_less() -> None:
    assert 0 < similarity([20.0] * 4, plain_speed=False) < similarity([20.0] * 4)


@settings(deadline=None, max_examples=40)
@given(evidence)
def test_moments_without_evidence_weaken(votes: list[float]) -> None:
    assert similarity([*votes, 0.0]) <= similarity(votes)


def test_no_evidence_is_no_similarity() -> None:
    assert similarity([0.0, 0.0]) == 0
    assert similarity([]) == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1)), min_size=1, max_size=6))
def test_a_reference_is_as_similar_as_its_segments_on_average(parts: list[tuple[float, float]]) -> None:
    found = reference_similarity([segment(length, value) for length, value in parts])
    values = [value for _, value in parts]
    assert min(values) - 1e-9 <= found <= max(values) + 1e-9


def test_longer_segments_weigh_more() -> None:
    assert reference_similarity([segment(30, 0.9), segment(10, 0.5)]) == pytest.approx(0.8)
