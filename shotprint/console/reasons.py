"""Why something is a match, or nearly is one, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from shotprint.engine.align.score import (
    DEFAULT_MIN_SIMILARITY,
    HALF_EVIDENCE,
    LEAST_LIKENESS,
    LEAST_MOTION,
    LIKENESS_RANGE,
    MOTION_RANGE,
    MOVES,
    PROOF_RANGE,
    Proof,
    surplus,
)
from shotprint.engine.index.findings import Finding

_MOTION = LEAST_MOTION + MOTION_RANGE
_LIKENESS = LEAST_LIKENESS + LIKENESS_RANGE


def measured(proofs: Sequence[Proof]) -> str:
    """What the strongest segment was judged by; "" when that was not kept."""
    if not proofs:
        return ""
    proof = _strongest(proofs)
    strength = f"strength {proof.strength:.0f}, where {HALF_EVIDENCE:.0f} make a similarity of one half"
    if proof.moves >= MOVES:
        agrees = f"what moves agrees to {proof.motion:.2f} over {proof.moving_s:.1f} s"
        return f"{agrees}, where a copy has {_MOTION:.2f} or more; {strength}"
    return f"hardly anything moves, and what stands still agrees to {proof.likeness:.2f}; {strength}"


def why_not(finding: Finding, threshold: float | None, shortest_s: float) -> list[str]:
    """What kept something from being a match, the first thing first; at least one sentence.

    Parameters
    ----------
    threshold : that was asked for; None when it was the preset's own.
    shortest_s : shorter stretches are not told.
    """
    least = DEFAULT_MIN_SIMILARITY if threshold is None else threshold
    strongest = max((one.similarity for one in finding.match.segments), default=0.0)
    if strongest >= least:
        longest = max(one.query_end - one.query_start for one in finding.match.segments)
        return [f"It is too short: {longest:.1f} s. From {shortest_s:g} s on it would be told."]
    told = [f"Its similarity is {strongest:.2f}; from {least:.2f} on it would be told."]
    return told + (_bounds(_strongest(finding.proofs), least) if finding.proofs else [])


def _bounds(proof: Proof, least: float) -> list[str]:
    told = []
    if proof.moves >= MOVES:
        if proof.motion < _MOTION:
            told.append(
                f"What moves in both agrees to {proof.motion:.2f}. A copy has {_MOTION:.2f} or more; less than "
                f"{LEAST_MOTION:.2f} is another recording of the same scene."
            )
        if surplus(proof) < PROOF_RANGE:
            told.append(
                f"Something moves for {proof.moving_s:.1f} s only, and that it agrees so well may be chance."
                + ("" if proof.plain_speed else " It runs at another speed, of which dozens are tried.")
            )
    elif proof.contradicted:
        told.append("Nothing moves in it, and right beside it the same scene goes on otherwise.")
    elif proof.likeness < _LIKENESS:
        told.append(
            f"Hardly anything moves, and what stands still agrees to {proof.likeness:.2f}, where a copy has "
            f"{_LIKENESS:.2f} or more."
        )
    needed = math.inf if least >= 1 else -HALF_EVIDENCE * math.log2(1 - least)
    if proof.strength < needed:
        told.append(
            f"Its evidence has a strength of {proof.strength:.0f}, where {needed:.0f} are needed: too few points of "
            "the pictures are in place, or in too few pictures."
        )
    return told


def _strongest(proofs: Sequence[Proof]) -> Proof:
    return max(proofs, key=lambda one: (one.similarity, one.strength))
