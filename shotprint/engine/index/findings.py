"""What a search came upon, with what it was judged by: matches, and what nearly was one. For people; a search without
them is a little cheaper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shotprint.engine.align.likeness_map import LikenessMap, likeness_map
from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.score import Proof, reference_similarity
from shotprint.engine.align.segments import Aligned, align
from shotprint.engine.index.segment import Segment as IndexSegment
from shotprint.engine.types import Match
from shotprint.engine.video.prints import VideoPrint

MOST_MATCHES: Final = 5
"""That are told with their map: the most similar."""
MOST_NEAR: Final = 3
LOOKED_INTO: Final = 5
"""Candidates, the best first, of which nothing long enough was found, and in which something shorter is looked for."""
SHORTEST_S: Final = 0.8
LEAST_SIMILARITY: Final = 0.02
LEAST_LIKENESS: Final = 0.6
"""What nearly is a match is similar at least that much, or shows the same scene; the rest only has points in common."""


@dataclass(frozen=True)
class Finding:
    """A match, or what nearly was one.

    Attributes
    ----------
    match : with the segments that were judged; a near one has those that were too weak or too short.
    proofs : of each segment, in the same order.
    map : around them.
    told : whether it is a match.
    """

    match: Match
    proofs: tuple[Proof, ...]
    map: LikenessMap
    told: bool


@dataclass(frozen=True)
class Suspect:
    """A file of an index that the query may copy, and where; the print is read when it is looked at."""

    segment: IndexSegment
    file: int
    lines: list[Line]

    @property
    def name(self) -> str:
        return self.segment.names[self.file]

    def aligned(self, query: VideoPrint, min_length_s: float) -> list[Aligned]:
        return align(query, self.segment.print_of(self.file), self.lines, min_length_s=min_length_s)


@dataclass(frozen=True)
class Judged:
    """A candidate of which something was found.

    Attributes
    ----------
    told : whether that is a match.
    """

    candidate: Suspect
    match: Match
    aligned: tuple[Aligned, ...]
    told: bool

    def finding(self, query: VideoPrint) -> Finding:
        reference = self.candidate.segment.print_of(self.candidate.file)
        proofs = tuple(one.proof for one in self.aligned)
        return Finding(self.match, proofs, likeness_map(query, reference, self.aligned), self.told)


def judge(query: VideoPrint, candidate: Suspect, least: float, min_length_s: float) -> Judged | None:
    """What is strong enough, or else all that was found, which is no match; None when nothing was."""
    aligned = candidate.aligned(query, min_length_s)
    kept = [one for one in aligned if one.segment.similarity >= least]
    return _judged(candidate, kept or aligned, told=bool(kept))


def judge_shorter(query: VideoPrint, candidate: Suspect, least: float) -> Judged | None:
    """What would be a match if it were longer."""
    kept = [one for one in candidate.aligned(query, SHORTEST_S) if one.segment.similarity >= least]
    return _judged(candidate, kept, told=False)


def _judged(candidate: Suspect, aligned: list[Aligned], *, told: bool) -> Judged | None:
    if not aligned:
        return None
    segments = tuple(one.segment for one in aligned)
    match = Match(candidate.name, round(reference_similarity(segments), 4), segments)
    return Judged(candidate, match, tuple(aligned), told)


def findings(query: VideoPrint, judged: Sequence[Judged]) -> list[Finding]:
    """The first matches, and the strongest of the others that nearly are one."""
    matches = [one for one in judged if one.told][:MOST_MATCHES]
    near = [one for one in judged if not one.told and _is_near(one)][:MOST_NEAR]
    return [one.finding(query) for one in (*matches, *near)]


def _is_near(judged: Judged) -> bool:
    return any(
        one.segment.similarity >= LEAST_SIMILARITY or one.proof.likeness >= LEAST_LIKENESS
        for one in judged.aligned
    )
