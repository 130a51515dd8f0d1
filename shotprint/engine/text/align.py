"""Two texts → the passages that one copies from the other: seed, chain, extend.

Seeds are all stretches of at least a gram that agree to the letter, of whatever grams an index keeps. Those that follow
each other in both texts, not too far apart, are chained; what is between and at both ends is compared by edit distance
(RapidFuzz). After Wise, "String similarity via greedy string tiling" (1993), in what counts as agreement, and minimap
(Li, Bioinformatics 2016) in the order of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from shotprint.engine.ranges import ranges
from shotprint.engine.text.fold import Folded
from shotprint.engine.text.grams import Grams, Hashes, grams_of
from shotprint.engine.text.presets import TextPreset

Index = NDArray[np.int64]

LEAST_BLOCK: Final = 3
"""Letters: shorter stretches agree between any two texts."""
MAX_GAP: Final = 300
"""Letters between two seeds of one passage, on either side."""
CLOSE: Final = 60
"""Letters: over a gap so short on both sides nothing is asked."""
LEAST_IN_GAP: Final = 0.2
"""Share of a longer gap's letters that have to agree."""
SHIFT_COST: Final = 0.1
"""Letters that a chain loses for each letter that one text has more than the other between two seeds."""
GAP_COST: Final = 0.01
NEAR_SHIFT: Final = 32
"""Characters: shifts of this difference are about the same."""
LOOK_BACK: Final = 32
"""So many seeds before one are looked at for the one that it follows."""
FIRST_REACH: Final = 64
REACH: Final = 160
"""Characters that are compared at once where a passage may go on: at first, and where it did."""
LEAST_GAIN: Final = 5
"""Letters more that agree than do not, by which going on has to pay: a few agree anywhere."""
LEAST_SEEDS: Final = 18
"""Letters: a chain with fewer in its seeds is no copy that could be told from chance."""
MAX_PAIRS: Final = 8
"""A gram that is there more often in the query seeds nothing, unless all are."""
MAX_SEED_PAIRS: Final = 1 << 18


@dataclass(frozen=True, eq=False)
class Asked:
    """A query, ready to be compared with many texts: ``order`` sorts its grams' numbers."""

    folded: Folded
    grams: Grams
    order: Index
    hash: Hashes

    @classmethod
    def of(cls, folded: Folded, preset: TextPreset) -> Asked:
        grams = grams_of(folded, preset.gram)
        order = np.argsort(grams.hash, kind="stable")
        return cls(folded, grams, order, grams.hash[order])


@dataclass(frozen=True)
class Run:
    """A stretch that agrees to the letter: folded characters of the query and of the reference."""

    query: int
    query_end: int
    reference: int
    reference_end: int


@dataclass(frozen=True)
class Aligned:
    """A passage and its copy, as folded characters, the stretches of at least a gram that agree, and how many letters
    agree in all."""

    query: int
    query_end: int
    reference: int
    reference_end: int
    runs: tuple[Run, ...]
    agreed: float


def align(asked: Asked, reference: Folded, preset: TextPreset) -> list[Aligned]:
    """The passages of the reference that the query has, in no particular order; they may overlap."""
    found: list[Aligned] = []
    runs = seeds(asked, reference, preset)
    for chain in _chains(asked.folded, reference, runs) if runs else ():
        found += _polished(asked.folded, reference, chain)
    return found


def seeds(asked: Asked, reference: Folded, preset: TextPreset) -> list[Run]:
    """Stretches of at least a gram that agree, as long as they can be, by their place in the query; all but those that
    no chain needs."""
    theirs = grams_of(reference, preset.gram)
    first = np.searchsorted(asked.hash, theirs.hash, side="left")
    count = np.searchsorted(asked.hash, theirs.hash, side="right") - first
    row = np.flatnonzero((count > 0) & (count <= MAX_PAIRS))
    if not len(row):
        row = np.flatnonzero(count > 0)
    row = row[np.cumsum(count[row]) <= MAX_SEED_PAIRS]
    query = asked.order[ranges(first[row], count[row])]
    there = np.repeat(row, count[row])
    shift = there - query
    order = np.lexsort((query, shift))
    query, there, shift = query[order], there[order], shift[order]
    if not len(query):
        return []
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(shift) != 0) | (np.diff(query) != 1)]))
    ends = np.concatenate([starts[1:], [len(query)]]) - 1
    runs = np.stack(
        [query[starts], asked.grams.end[query[ends]], there[starts], theirs.end[there[ends]]], axis=1
    )
    runs = runs[_supported(runs, asked.folded)]
    return [Run(*run) for run in runs[np.lexsort((runs[:, 2], runs[:, 0]))].tolist()]


def _supported(runs: Index, query: Folded) -> NDArray[np.bool_]:
    """Which seeds are long enough by themselves, or have another one near on about the same shift; most by chance are
    neither."""
    start, end = query.weight[runs[:, 0]], query.weight[runs[:, 1]]
    kept = end - start >= LEAST_SEEDS
    shift = runs[:, 2] - runs[:, 0]
    for offset in (0, NEAR_SHIFT):
        band = (shift + offset) // (2 * NEAR_SHIFT)
        order = np.lexsort((start, band))
        near = (np.diff(band[order]) == 0) & (start[order][1:] - end[order][:-1] <= MAX_GAP)
        kept[order[1:][near]] = kept[order[:-1][near]] = True
    return kept


def _chains(query: Folded, reference: Folded, runs: list[Run]) -> list[list[Run]]:
    """Seeds that follow each other, enough of them to look at; the best chain first, and each seed in one."""
    ends = np.array([(run.query, run.query_end, run.reference, run.reference_end) for run in runs]).reshape(
        -1, 4
    )
    ours, ours_end = query.weight[ends[:, 0]].tolist(), query.weight[ends[:, 1]].tolist()
    theirs, theirs_end = reference.weight[ends[:, 2]].tolist(), reference.weight[ends[:, 3]].tolist()
    total, before = [0.0] * len(runs), [-1] * len(runs)
    for number in range(len(runs)):
        own = best = float(ours_end[number] - ours[number])
        for back in range(number - 1, max(number - 1 - LOOK_BACK, -1), -1):
            gap, their_gap = ours[number] - ours_end[back], theirs[number] - theirs_end[back]
            overlap = -min(gap, their_gap, 0)
            if gap > MAX_GAP or their_gap > MAX_GAP or overlap >= own:
                continue
            gap, their_gap = max(gap, 0), max(their_gap, 0)
            cost = SHIFT_COST * abs(gap - their_gap) + GAP_COST * min(gap, their_gap) + overlap
            if total[back] - cost + own > best:
                best, before[number] = total[back] - cost + own, back
        total[number] = best
    return _taken_apart(query, runs, total, before)


def _taken_apart(query: Folded, runs: list[Run], total: list[float], before: list[int]) -> list[list[Run]]:
    chains, used = [], [False] * len(runs)
    for last in sorted(range(len(runs)), key=lambda number: -total[number]):
        chain, number = [], last
        while number >= 0 and not used[number]:
            used[number] = True
            chain.append(runs[number])
            number = before[number]
        if sum(query.letters(run.query, run.query_end) for run in chain) >= LEAST_SEEDS:
            chains.append(chain[::-1])
    return chains


def _polished(query: Folded, reference: Folded, chain: list[Run]) -> list[Aligned]:
    """A chain as passages: parted where a long gap does not agree, and extended at the ends."""
    passages: list[list[Run]] = [[chain[0]]]
    between = [0.0]
    for run in chain[1:]:
        last = passages[-1][-1]
        cut = max(0, last.query_end - run.query, last.reference_end - run.reference)
        run = Run(run.query + cut, run.query_end, run.reference + cut, run.reference_end)
        agreed = _agreed_between(query, reference, last, run)
        if agreed is None:
            passages.append([run])
            between.append(0.0)
        else:
            passages[-1].append(run)
            between[-1] += agreed
    return [
        _extended(query, reference, tuple(runs), inside)
        for runs, inside in zip(passages, between, strict=True)
    ]


def _agreed_between(query: Folded, reference: Folded, last: Run, run: Run) -> float | None:
    """Letters that agree between two seeds; None when they are of two passages."""
    gap = query.letters(last.query_end, run.query)
    their_gap = reference.letters(last.reference_end, run.reference)
    if not gap or not their_gap:
        return None if max(gap, their_gap) > CLOSE else 0.0
    ours = _Side(query, last.query_end, run.query)
    theirs = _Side(reference, last.reference_end, run.reference)
    agreed = sum(weight for *_, size, weight in _blocks(ours, theirs) if size and weight >= LEAST_BLOCK)
    far = max(gap, their_gap) > CLOSE
    return None if far and agreed < LEAST_IN_GAP * max(gap, their_gap) else agreed


def _extended(query: Folded, reference: Folded, runs: tuple[Run, ...], between: float) -> Aligned:
    first, last = runs[0], runs[-1]
    end, their_end, after = _reach(query, last.query_end, reference, last.reference_end, 1)
    start, their_start, before = _reach(query, first.query, reference, first.reference, -1)
    inside = sum(query.letters(run.query, run.query_end) for run in runs)
    return Aligned(start, end, their_start, their_end, runs, inside + between + after + before)


def _reach(query: Folded, at: int, reference: Folded, there: int, step: int) -> tuple[int, int, float]:
    """How far two texts go on agreeing from a place on, forward or backward, edits and all: the place with the best
    balance of letters that agree and letters that do not."""
    agreed, reach = 0.0, FIRST_REACH
    while True:
        ours, theirs = _Side(query, at, at + step * reach), _Side(reference, there, there + step * reach)
        balance = best = so_far = 0.0
        reached, gained, met = (0, 0), 0.0, (0, 0)
        for mine, other, size, weight in _blocks(ours, theirs):
            balance -= max(ours.letters(met[0], mine), theirs.letters(met[1], other))
            met = (mine + size, other + size)
            if weight >= LEAST_BLOCK:
                balance += weight
                so_far += weight
            if balance > max(best, LEAST_GAIN):
                best, reached, gained = balance, met, so_far
        at, there, agreed = at + step * reached[0], there + step * reached[1], agreed + gained
        if 2 * max(reached) < reach:
            return at, there, agreed
        reach = REACH


class _Side:
    """Some folded characters in the order in which they are compared: backward where `end` is before `start`."""

    def __init__(self, folded: Folded, start: int, end: int) -> None:
        low, high = max(0, min(start, end)), min(len(folded), max(start, end))
        weight = folded.weight[low : high + 1] - folded.weight[low]
        self.text = folded.text(low, high)
        if end < start:
            self.text, weight = self.text[::-1], weight[-1] - weight[::-1]
        self._weight: list[int] = weight.tolist()

    def letters(self, start: int, end: int) -> int:
        return self._weight[end] - self._weight[start]


def _blocks(ours: _Side, theirs: _Side) -> list[tuple[int, int, int, float]]:
    """Stretches that agree, in order: where in both, how many characters, how many letters; an empty one at the end."""
    blocks = Levenshtein.opcodes(ours.text, theirs.text).as_matching_blocks()
    return [(one.a, one.b, one.size, float(ours.letters(one.a, one.a + one.size))) for one in blocks]
