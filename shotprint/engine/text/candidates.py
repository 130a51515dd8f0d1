"""Which texts of an index may be copied, and where in them: a few look-ups for each gram of the query.

Each place where a kept gram of a reference is one of the query's votes for the shift between the two, with what the
gram says. The shifts with most votes win, for each stretch of the query, so that a quote is not lost beside a chapter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.text.align import Asked
from shotprint.engine.text.matching import Query, Stretch
from shotprint.engine.text.postings import as_keys
from shotprint.engine.text.presets import TextPreset
from shotprint.engine.text.score import rarity
from shotprint.engine.text.segment import Segment

Index = NDArray[np.int64]

SHIFT_CHARS: Final = 512
"""Shifts this near each other vote together."""
STRETCH_CHARS: Final = 1024
"""Of the query, for which winners are chosen."""
WINNERS: Final = 8
"""Shifts that are looked at for each stretch."""
MAX_TEXTS: Final = 500
"""Texts that are looked at: those with the strongest shift."""
MARGIN: Final = 1500
"""Characters before the first and behind the last vote that are looked at as well."""


@dataclass(frozen=True, eq=False)
class Part:
    """A segment of an index, and which of its texts live."""

    segment: Segment
    living: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A text of a segment, and the stretches of it, from and to which character, that may be copied."""

    segment: Segment
    text: int
    stretches: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        return self.segment.names[self.text]

    def read(self) -> list[Stretch]:
        return [_stretch(self.segment, self.text, *ends) for ends in self.stretches]


@dataclass(frozen=True, eq=False)
class _Votes:
    """Of ``n`` places of the query's grams: part of the index, text in it, character there; which of the query's
    different grams it is."""

    part: Index
    text: Index
    place: Index
    gram: Index


def find_candidates(
    stretch: Stretch, preset: TextPreset, parts: Sequence[Part]
) -> tuple[Query, list[Candidate]]:
    """The query with what its grams say in this index, and the texts that may be copied, the likeliest first."""
    asked = Asked.of(stretch.folded, preset)
    keys, first, which = np.unique(as_keys(asked.grams.hash), return_index=True, return_inverse=True)
    votes, places = _votes(keys, parts)
    texts = sum(int(part.living.sum()) for part in parts)
    owners = _owners(votes, len(keys))
    # Of a gram that is at more places than were looked at, the share that was says how many have it.
    looked = np.bincount(votes.gram, minlength=len(keys))
    owners = np.where(places > looked, owners * places // np.maximum(looked, 1), owners)
    says = np.where(owners > 0, rarity(owners, texts), np.nan)
    query = Query(preset, stretch, asked, says[which])
    at = stretch.folded.source[: len(which)][first][votes.gram]
    return query, _winners(votes, at, says[votes.gram], parts)


def _votes(keys: NDArray[np.uint64], parts: Sequence[Part]) -> tuple[_Votes, Index]:
    """Where living texts have the keys, and at how many places each is."""
    found: list[tuple[Index, Index, Index, Index]] = []
    places = np.zeros(len(keys), dtype=np.int64)
    for number, part in enumerate(parts):
        gram, place, count = part.segment.postings.look_up(keys)
        places += count
        text = part.segment.text_of(place)
        lives = part.living[text]
        gram, place, text = gram[lives], place[lives], text[lives]
        found.append((np.full(len(text), number), text, place - part.segment.char_start[text], gram))
    columns = zip(*found, strict=True) if found else [[np.zeros(0, np.int64)]] * 4
    return _Votes(*(np.concatenate(column).astype(np.int64) for column in columns)), places


def _owners(votes: _Votes, grams: int) -> Index:
    """How many texts have each gram."""
    order = np.lexsort((votes.text, votes.part, votes.gram))
    gram, part, text = votes.gram[order], votes.part[order], votes.text[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(gram) != 0) | (np.diff(part) != 0) | (np.diff(text) != 0)
    return np.bincount(gram[fresh], minlength=grams)


def _winners(votes: _Votes, at: Index, says: NDArray[np.float64], parts: Sequence[Part]) -> list[Candidate]:
    """The texts of the shifts with most votes; counted twice, so that no shift is parted from its neighbours."""
    shift = votes.place - at
    chosen: dict[tuple[int, int], list[tuple[int, int]]] = {}
    best: dict[tuple[int, int], float] = defaultdict(float)
    for offset in (0, SHIFT_CHARS // 2):
        groups = np.stack([votes.part, votes.text, (shift + offset) // SHIFT_CHARS])
        order = np.lexsort(groups[::-1])
        changes = (np.diff(groups[:, order], axis=1) != 0).any(axis=0)
        starts = np.flatnonzero(np.concatenate([[len(order) > 0], changes]))
        if not len(starts):
            continue
        total = np.add.reduceat(says[order], starts)
        low, high = (extreme.reduceat(votes.place[order], starts) for extreme in (np.minimum, np.maximum))
        stretch = np.minimum.reduceat(at[order], starts) // STRETCH_CHARS
        for group in _first_of_each(stretch, total):
            where = order[starts[group]]
            ends = (int(low[group]), int(high[group]))
            name = (int(votes.part[where]), int(votes.text[where]))
            chosen.setdefault(name, []).append(ends)
            best[name] = max(best[name], float(total[group]))
    strongest = sorted(chosen, key=lambda text: -best[text])[:MAX_TEXTS]
    return [
        Candidate(parts[part].segment, text, _widened(parts[part].segment, text, chosen[part, text]))
        for part, text in strongest
    ]


def _first_of_each(stretch: Index, total: NDArray[np.float64]) -> Index:
    """The groups that are among the first in their stretch of the query."""
    order = np.lexsort((-total, stretch))
    begins = np.searchsorted(stretch[order], stretch[order], side="left")
    return order[np.arange(len(order)) - begins < WINNERS]


def _widened(segment: Segment, text: int, ends: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Stretches of a text with a margin, without overlaps, of whole parts where the text has times."""
    length, (part, _) = segment.length(text), segment.parts(text)
    bounds = np.concatenate([[0], part[1:].astype(np.int64), [length]])
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ends):
        start, end = max(0, low - MARGIN), min(length, high + MARGIN)
        if len(part):
            start = int(bounds[np.searchsorted(bounds, start, side="right") - 1])
            end = int(bounds[np.searchsorted(bounds, end, side="left")])
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _stretch(segment: Segment, text: int, start: int, end: int) -> Stretch:
    part, seconds = segment.parts(text)
    inside = (part >= start) & (part < end)
    return Stretch.of(
        segment.read(text, start, end), part[inside].astype(np.int64) - start, seconds[inside], start
    )
