"""Why something nearly was a match, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotprint.console.reasons import measured, why_not
from shotprint.engine.align.likeness_map import LikenessMap
from shotprint.engine.align.score import Proof, prove
from shotprint.engine.index.findings import Finding
from shotprint.engine.types import Match, Segment

MAP = LikenessMap(0.0, 1.0, 0.0, 1.0, np.zeros((2, 2), np.uint8))
SURE = Proof(60.0, 1.0, 0.8, 2.0, 5.0, 0.99, False, True)


def near(proof: Proof, similarity: float = 0.3, length: float = 4.0) -> Finding:
    segment = Segment(1.0, 1.0 + length, 2.0, 2.0 + length, similarity)
    return Finding(Match("film", similarity, (segment,)), (proof,), MAP, False)


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (replace(SURE, motion=0.45, moving_s=30.0), "What moves in both agrees to 0.45"),
        (replace(SURE, moving_s=0.5), "Something moves for 0.5 s only"),
        (replace(SURE, moving_s=0.5, plain_speed=False), "another speed"),
        (replace(SURE, moves=0.3, contradicted=True), "the same scene goes on otherwise"),
        (replace(SURE, moves=0.3, likeness=0.94), "what stands still agrees to 0.94"),
        (replace(SURE, strength=12.0), "a strength of 12, where 25 are needed"),
    ],
)
def test_the_bound_that_held_it_is_named(proof: Proof, words: str) -> None:
    told = why_not(near(proof), None, 1.5)
    assert told[0] == "Its similarity is 0.30; from 0.50 on it would be told."
    assert len(told) == 2
    assert words in told[1]


def test_what_is_strong_enough_was_too_short() -> None:
    told = why_not(near(SURE, similarity=0.7, length=1.2), 0.6, 1.5)
    assert told == ["It is too short: 1.2 s. From 1.5 s on it would be told."]


measures = {
    "moving_s": st.floats(0, 60), "motion": st.floats(-1, 1), "moves": st.floats(0, 9), "likeness": st.floats(-1, 1),
    "contradicted": st.booleans(), "plain_speed": st.booleans(),
}  # fmt: skip


@given(st.lists(st.floats(0, 40), max_size=6), st.fixed_dictionaries(measures), st.floats(0.01, 1))
def test_there_is_always_a_reason(votes: list[float], measured_: dict[str, float], threshold: float) -> None:
    proof = prove(np.array(votes), **measured_)  # type: ignore[arg-type]
    if proof.similarity < threshold:
        assert len(why_not(near(proof, similarity=proof.similarity), threshold, 1.5)) >= 2


def test_what_was_measured_is_said_if_it_was_kept() -> None:
    assert measured(()) == ""
    assert measured((replace(SURE, strength=3.0), SURE)).startswith("what moves agrees to 0.80 over 5.0 s")
    assert measured((replace(SURE, moves=0.2),)).startswith("hardly anything moves, and what stands still")
