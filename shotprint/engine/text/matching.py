"""Aligned passages → segments of a match: places in the texts as they are, seconds, similarities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from shotprint.engine.text.align import LEAST_BLOCK, Aligned, Asked, align
from shotprint.engine.text.fold import Folded, fold
from shotprint.engine.text.presets import TextPreset
from shotprint.engine.text.prints import TextPrint
from shotprint.engine.text.score import (
    DEFAULT_MIN_SIMILARITY,
    LEAST_PROOF,
    mean_similarity,
    proof,
    similarity,
)
from shotprint.engine.types import Match, Passages, Segment

ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
MAX_PASSAGE_CHARS: Final = 4000
"""Of a passage that is told; where it is is told in full."""
MAX_TOLD_CHARS: Final = 40_000
"""Of all passages of a match together; those behind are told by their first `LEAST_TOLD_CHARS`."""
LEAST_TOLD_CHARS: Final = 80


class Times:
    """When something is said: in each part of a text evenly, letter by letter.

    Parameters
    ----------
    part : int, shape (n,). The character that each part begins with.
    seconds : float64, shape (n, 2). When each begins and ends; none of a text without times.
    """

    def __init__(self, folded: Folded, part: NDArray[Any], seconds: NDArray[np.float64]) -> None:
        self._bounds = np.append(np.searchsorted(folded.source, part), len(folded)).astype(np.int64)
        self._seconds = seconds

    def between(self, start: int, end: int) -> tuple[float, float]:
        """Seconds of the folded characters from `start` to behind the last one; zeros without times.

        A letter or two of one more part, which agree anywhere, do not count.
        """
        if not len(self._seconds):
            return 0.0, 0.0
        inner = self._bounds[(self._bounds > start) & (self._bounds < end)]
        if len(inner) and inner[0] - start < LEAST_BLOCK:
            start = int(inner[0])
        if len(inner) and end - inner[-1] < LEAST_BLOCK and inner[-1] > start:
            end = int(inner[-1])
        return self._at(start, start), self._at(end, end - 1)

    def _at(self, place: int, inside: int) -> float:
        part = max(0, int(np.searchsorted(self._bounds[:-1], inside, side="right")) - 1)
        first, last = self._bounds[part], self._bounds[part + 1]
        begin, end = self._seconds[part]
        share = (place - first) / max(1, last - first)
        return round(float(begin + (end - begin) * min(max(share, 0.0), 1.0)), 3)


@dataclass(frozen=True, eq=False)
class Stretch:
    """A text from its character `first` on, folded, with its times."""

    text: str
    first: int
    folded: Folded
    times: Times

    @classmethod
    def of(cls, text: str, part: NDArray[Any], seconds: NDArray[np.float64], first: int = 0) -> Stretch:
        """`part` counts from the start of the stretch."""
        folded = fold(text)
        return cls(text, first, folded, Times(folded, part, seconds))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where folded characters are in the whole text."""
        first, last = self.folded.span(start, end)
        return first + self.first, last + self.first

    def told(self, start: int, end: int) -> str:
        """A passage as a match tells it."""
        first, last = self.folded.span(start, end)
        kept = self.text[first : min(last, first + MAX_PASSAGE_CHARS)].replace(
            "\0", "\N{REPLACEMENT CHARACTER}"
        )
        return kept + ELLIPSIS if last - first > MAX_PASSAGE_CHARS else kept


@dataclass(frozen=True, eq=False)
class Query:
    """A query's text, ready to be compared.

    Attributes
    ----------
    rarity : float64, shape (grams,). How much each gram says, 0 to 1; not a number where no reference has it.
    """

    preset: TextPreset
    stretch: Stretch
    asked: Asked
    rarity: NDArray[np.float64]

    @classmethod
    def of(cls, made: TextPrint) -> Query:
        """One whose every gram says as much as it can."""
        stretch = whole(made)
        asked = Asked.of(stretch.folded, made.preset)
        return cls(made.preset, stretch, asked, np.ones(len(asked.hash)))


def whole(made: TextPrint) -> Stretch:
    """All of a text."""
    return Stretch.of(made.text, made.part, made.seconds)


def match_stretches(
    query: Query,
    name: str,
    stretches: Iterable[Stretch],
    *,
    min_similarity: float | None = None,
    min_length_s: float = 0.0,
) -> Match | None:
    """What the query copies of a reference's stretches, which do not overlap; None when that is nothing.

    Parameters are those of `TextIndex.search`.
    """
    least = DEFAULT_MIN_SIMILARITY if min_similarity is None else min_similarity
    found = [
        made
        for stretch in stretches
        for one in align(query.asked, stretch.folded, query.preset)
        if (made := _segment(query, stretch, one)) is not None
        and made.similarity >= least
        and (not made.query_end or made.query_end - made.query_start >= min_length_s)
    ]
    kept = _shortened(_best(found))
    return Match(name, mean_similarity(kept), kept) if kept else None


def in_order(matches: Iterable[Match]) -> list[Match]:
    """The most similar first; equal ones by name."""
    return sorted(matches, key=lambda match: (-match.similarity, match.reference))


def _best(found: list[Segment]) -> tuple[Segment, ...]:
    """In query order, without those that lie by half where better ones do: a reference that repeats itself."""
    kept: list[Segment] = []
    for one in sorted(found, key=lambda one: (-_passages(one).evidence, _passages(one).query_span)):
        start, end = _passages(one).query_span
        others = (_passages(other).query_span for other in kept)
        if 2 * sum(max(0, min(end, last) - max(start, first)) for first, last in others) < end - start:
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: _passages(one).query_span))


def _shortened(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """The segments with no more text than `MAX_TOLD_CHARS` on a side, or little more where they are very many."""
    left, kept = MAX_TOLD_CHARS, []
    for one in segments:
        passages, most = _passages(one), max(left, LEAST_TOLD_CHARS)
        texts = {name: getattr(passages, name) for name in ("query_text", "reference_text")}
        shown = {
            name: text if len(text) <= most + 1 else text[:most] + ELLIPSIS for name, text in texts.items()
        }
        left -= max(map(len, shown.values()))
        kept.append(replace(one, passages=replace(passages, **shown)))
    return tuple(kept)


def _passages(segment: Segment) -> Passages:
    assert segment.passages is not None  # noqa: S101 - these are all of texts
    return segment.passages


def _segment(query: Query, reference: Stretch, one: Aligned) -> Segment | None:
    """None when it is too little to be told from chance."""
    ours, theirs = (one.query, one.query_end), (one.reference, one.reference_end)
    letters = query.stretch.folded.letters(*ours) + reference.folded.letters(*theirs)
    agreement = min(1.0, 2 * one.agreed / letters)
    evidence = one.agreed * _rarity(query, one)
    if proof(agreement, evidence) < LEAST_PROOF:
        return None
    return Segment(
        *query.stretch.times.between(*ours),
        *reference.times.between(*theirs),
        similarity=similarity(agreement, evidence),
        kind="text",
        passages=Passages(
            query_span=query.stretch.span(*ours),
            reference_span=reference.span(*theirs),
            query_text=query.stretch.told(*ours),
            reference_text=reference.told(*theirs),
            agreement=round(agreement, 4),
            evidence=round(evidence, 1),
        ),
    )


def _rarity(query: Query, one: Aligned) -> float:
    """How much the stretches say that agree; 1 when none of their grams is in the index.

    A gram says no more than its neighbours: which of a phrase's grams are in the index depends a little on what stands
    around it, and so does how many texts have each.
    """
    ends, near = query.asked.grams.end, query.preset.window - 1
    said = [np.zeros(0)]
    for run in one.runs:
        grams = query.rarity[run.query : max(run.query, np.searchsorted(ends, run.query_end, side="right"))]
        known = np.pad(np.where(np.isnan(grams), np.inf, grams), near, constant_values=np.inf)
        if len(grams):  # what is left of a run that overlapped another one may hold none
            said.append(sliding_window_view(known, 2 * near + 1).min(axis=1))
    all_said = np.concatenate(said)
    told = all_said[np.isfinite(all_said)]
    return float(told.mean()) if len(told) else 1.0
