"""One number for a segment, one for a reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.engine.align.score import prove, reference_similarity
from shotprint.engine.types import Segment

evidence = st.lists(st.floats(0, 40), min_size=1, max_size=30)


def similarity(votes: list[float], **measured: Any) -> float:
    sure = {"moving_s": 4.0, "motion": 1.0, "moves": 10.0, "likeness": 1.0, "contradicted": False} | measured
    return prove(np.array(votes), **sure).similarity


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
@given(st.floats(1, 40), st.floats(1, 60))
def test_similarity_grows_with_the_time_that_something_moves(votes: float, seconds: float) -> None:
    shorter, longer = (similarity([votes], moving_s=moving_s) for moving_s in (seconds, seconds + 1))
    assert shorter < longer or shorter == pytest.approx(1)


def test_ten_times_the_time_is_not_ten_times_the_proof() -> None:
    one, ten = (-np.log2(1 - similarity([2.0], moving_s=seconds)) for seconds in (1.0, 10.0))
    assert ten < 5 * one


def test_what_stands_still_counts_little_however_long() -> None:
    still = [similarity([20.0], moves=0.0, moving_s=seconds) for seconds in (0.5, 50)]
    assert still[0] == still[1] < similarity([20.0], moving_s=50)


def test_agreement_that_chance_reaches_in_two_seconds_is_proof_over_eight() -> None:
    short, long = (similarity([20.0], motion=0.55, moving_s=seconds) for seconds in (2, 8))
    assert short == 0 < 0.5 < long


def test_another_speed_and_a_stretch_beside_that_contradicts_ask_for_more_proof() -> None:
    plain = similarity([20.0], motion=0.6, moving_s=3)
    assert similarity([20.0], motion=0.6, moving_s=3, plain_speed=False) == 0 < plain
    assert similarity([20.0], motion=0.6, moving_s=3, contradicted=True) == 0


def test_what_moves_faintly_and_alike_adds_to_what_stands_still() -> None:
    still = {"moves": 0.6, "moving_s": 1.0, "likeness": 0.99}
    assert similarity([14.0], motion=0.4, **still) < 0.5 < similarity([14.0], motion=0.8, **still)
    assert similarity([14.0], motion=0.8, **still | {"moves": 0.3}) < 0.5  # noise of coding


def test_points_of_the_scene_behind_what_moves_prove_little() -> None:
    assert similarity([24.0], moving_s=1) == similarity([40.0], moving_s=1) < similarity([40.0], moves=0.0)


@settings(deadline=None, max_examples=40)
@given(st.floats(-1, 1), st.floats(0, 0.5), st.booleans())
def test_more_agreement_of_what_moves_is_never_less_similar(
    motion: float, more: float, against: bool
) -> None:
    low, high = (similarity([30.0] * 8, motion=m, contradicted=against) for m in (motion, motion + more))
    assert low <= high


def test_a_scene_whose_motion_does_not_agree_is_no_copy() -> None:
    assert similarity([40.0] * 20, motion=0.45) == 0
    assert similarity([40.0] * 20, motion=0.55, contradicted=True) == 0
    assert similarity([40.0] * 20, moves=0.5, contradicted=True) == 0


def test_a_still_scene_that_looks_otherwise_is_no_copy() -> None:
    assert similarity([40.0] * 20, moves=0.5, likeness=0.92) == 0


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
