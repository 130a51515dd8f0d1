"""Evidence → one number from 0 to 1, for a segment and for a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Segment

HALF_EVIDENCE: Final = 25.0
"""Evidence at which similarity is one half. Where it comes from: docs/why/visual-engine.md."""
MOVES: Final = 0.8
"""Grey levels that move from which on motion tells a moment from any other."""
LEAST_MOTION: Final = 0.42
"""However long it agrees."""
MOTION_RANGE: Final = 0.16
CHANCE_MOTION: Final = 0.2
LEAST_PROOF: Final = 0.6
"""Motion above `CHANCE_MOTION`, times the root of the seconds in which something moves: agreement by chance shrinks
with the root of its length. Other takes of one scene stay below nearly always."""
LEAST_PROOF_OTHERWISE: Final = 0.85
"""The same at another speed, of which dozens are tried, and beside a stretch that contradicts."""
PROOF_RANGE: Final = 0.2
FAINT: Final = 0.45
"""Grey levels that move from which on motion adds to what stands still, though it cannot stand for it."""
FAINT_MOTION: Final = 0.5
FAINT_RANGE: Final = 0.25
FAINT_PICTURES: Final = 1.5
"""So little that a plain slide, known by its look alone, stays under the default threshold."""
LEAST_LIKENESS: Final = 0.93
LIKENESS_RANGE: Final = 0.06
STILL_PICTURES: Final = 2
MOVING_VOTES: Final = 24.0
"""Where something moves, more points in place say more about the scene, but not that it is the same recording."""
PICTURES_A_SECOND: Final = 2
"""Pictures nearer to each other show about the same."""
OTHER_SPEED: Final = 0.75
DEFAULT_MIN_SIMILARITY: Final = 0.5


@dataclass(frozen=True)
class Proof:
    """What a segment was judged by; see `prove`.

    Attributes
    ----------
    strength : of the evidence, 0 or more; `HALF_EVIDENCE` makes a similarity of one half.
    same : how far it is the same recording and not another one of the same scene, 0 to 1.
    motion, moves, moving_s, likeness, contradicted, plain_speed : what was measured.
    """

    strength: float
    same: float
    motion: float
    moves: float
    moving_s: float
    likeness: float
    contradicted: bool
    plain_speed: bool

    @property
    def similarity(self) -> float:
        """How sure it is that the segment is a copy, 0 to 1."""
        return float(1 - 2 ** (-self.strength * self.same / HALF_EVIDENCE))


def prove(
    evidence: NDArray[np.float64],
    *,
    moving_s: float,
    motion: float,
    moves: float,
    likeness: float,
    contradicted: bool,
    plain_speed: bool = True,
) -> Proof:
    """How sure it is that a stretch is a copy, and why.

    Similarity is ``1 - 2 ** (-strength * same / HALF_EVIDENCE)``. Strength = mean evidence * sqrt(number of
    different pictures): more agreeing points in each picture count, and more pictures count, but ten times the
    pictures are not ten times the proof. Where something moves only pictures in which it does are counted, and
    points up to `MOVING_VOTES`, for the scene behind is the same in every other recording of it; what stands still
    counts as `STILL_PICTURES`, and as a few more where something moves there faintly and alike. Same, 0 to 1, says
    how far it is the same recording and not another one of the same scene.

    Parameters
    ----------
    evidence : float64, shape (n,)
        Votes at moments spread over the stretch; those without evidence have 0.
    moving_s : float
        Seconds in which something moves; `PICTURES_A_SECOND` of them count as different pictures.
    motion, likeness : float, -1 to 1
        How well what moves agrees, and how well what stands still does; see `second_look`.
    moves : float
        Grey levels that move; below `MOVES` likeness decides, from there on motion.
    contradicted : bool
        Right beside the stretch the scene goes on in both files but what moves in it does not agree, so agreement by
        chance has to be ruled out: what stands still proves nothing then.
    plain_speed : bool
        The copy runs as fast as the original. Another speed has dozens of chances to fit, and counts for less.
    """
    measured = Proof(0.0, 0.0, motion, moves, moving_s, likeness, contradicted, plain_speed)
    if not len(evidence):
        return measured
    if moves >= MOVES:
        same = min((motion - LEAST_MOTION) / MOTION_RANGE, surplus(measured) / PROOF_RANGE)
        pictures = moving_s * PICTURES_A_SECOND
        evidence = np.minimum(evidence, MOVING_VOTES)
    else:
        faintly = _share((motion - FAINT_MOTION) / FAINT_RANGE) if moves >= FAINT else 0.0
        pictures = STILL_PICTURES + FAINT_PICTURES * faintly
        same = 0.0 if contradicted else (likeness - LEAST_LIKENESS) / LIKENESS_RANGE
    strength = float(evidence.mean()) * np.sqrt(pictures) * (1.0 if plain_speed else OTHER_SPEED)
    return replace(measured, strength=strength, same=_share(same))


def surplus(proof: Proof) -> float:
    """By how much motion that agrees for so long is more than has to be to rule out chance."""
    least = LEAST_PROOF_OTHERWISE if proof.contradicted or not proof.plain_speed else LEAST_PROOF
    return float((proof.motion - CHANCE_MOTION) * np.sqrt(proof.moving_s) - least)


def _share(value: float) -> float:
    return min(max(float(value), 0.0), 1.0)


def reference_similarity(segments: Sequence[Segment]) -> float:
    """Mean similarity of the segments, each weighted with its length in the query; at least one segment."""
    lengths = np.array([max(s.query_end - s.query_start, 1e-3) for s in segments])
    return float(np.average([s.similarity for s in segments], weights=lengths))
