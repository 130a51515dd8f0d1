"""Which queries there are: stretches of pieces, edited, alone or between foreign ones, and queries without a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.audio.edits import EDITS, Edit
from benchmarks.audio.pool import Piece

SEED: Final = 20261129
LENGTHS: Final = (5.0, 10.0, 30.0)
FOREIGN_S: Final = (3.0, 8.0)
"""Before and after what is copied, in every second query."""
NOT_THE_EDGE_S: Final = 2.0

PLAIN: Final = EDITS[0]


@dataclass(frozen=True)
class Take:
    """Seconds `start` to `end` of a piece, edited; ``copied`` if the piece is in the library."""

    piece: str
    start: float
    end: float
    edit: Edit
    copied: bool
    speech: tuple[str, float]
    """Piece of speech, and from where, for what is laid over."""


@dataclass(frozen=True)
class Query:
    """Takes one after the other or, if ``together``, all at once. ``group`` and ``edit`` name its row in the tables."""

    id: str
    group: str
    edit: str
    length: float
    heavy: bool
    takes: tuple[Take, ...]
    together: bool = False


@dataclass(frozen=True)
class Size:
    """Queries for each edit, by length; of each other kind; without a copy. Pieces of each split, None for all."""

    edits: dict[float, int]
    others: int
    negatives: int
    pieces: int | None = None


SIZES: Final = {
    "tiny": Size({5.0: 0, 10.0: 1, 30.0: 0}, 3, 15, 32),
    "small": Size({5.0: 1, 10.0: 2, 30.0: 1}, 4, 40),
    "full": Size({5.0: 4, 10.0: 6, 30.0: 3}, 10, 200),
}


def plan_queries(pieces: Sequence[Piece], split: str, size: Size) -> list[Query]:
    """The queries of a split; the same on every machine."""
    return _Planner([piece for piece in pieces if piece.split == split], size).plan()


class _Planner:
    def __init__(self, pieces: Sequence[Piece], size: Size) -> None:
        self._size = size
        self._library = [piece for piece in pieces if not piece.foreign]
        self._foreign = [piece for piece in pieces if piece.foreign]
        self._speech = [piece for piece in self._foreign if piece.kind == "speech"]
        self._dice = np.random.default_rng(SEED)

    def plan(self) -> list[Query]:
        queries = [
            self._edited(edit, length, number)
            for edit in EDITS
            for length, count in self._size.edits.items()
            for number in range(count)
        ]
        for number in range(self._size.others):
            queries += [self._splice(number), self._loop(number), self._together(number)]
        return queries + [self._negative(number) for number in range(self._size.negatives)]

    def _edited(self, edit: Edit, length: float, number: int) -> Query:
        takes = [self._take(self._library, edit, length)]
        if number % 2:
            takes = [self._beside(), *takes, self._beside()]
        name = f"{edit.name} {length:g} {number}"
        return Query(name, edit.group, edit.name, length, edit.heavy, tuple(takes))

    def _splice(self, number: int) -> Query:
        takes = [self._take(self._library, PLAIN, length) for length in (5.0, 8.0, 5.0)]
        return Query(f"splice {number}", "cut", "three sources in a row", 6.0, False, tuple(takes))

    def _loop(self, number: int) -> Query:
        take = self._take(self._library, PLAIN, 4.0)
        return Query(f"loop {number}", "cut", "four seconds, three times", 4.0, False, (take,) * 3)

    def _together(self, number: int) -> Query:
        takes = [self._take(self._library, PLAIN, 15.0) for _ in range(2)]
        return Query(
            f"together {number}", "cut", "two sources at once", 15.0, False, tuple(takes), together=True
        )

    def _negative(self, number: int) -> Query:
        length = LENGTHS[number % len(LENGTHS)]
        edit = EDITS[int(self._dice.integers(len(EDITS)))]
        return Query(
            f"negative {number}",
            "negative",
            edit.name,
            length,
            False,
            (self._take(self._foreign, edit, length),),
        )

    def _beside(self) -> Take:
        return self._take(self._foreign, PLAIN, float(self._dice.uniform(*FOREIGN_S)))

    def _take(self, pieces: Sequence[Piece], edit: Edit, length: float) -> Take:
        """So long once it is edited."""
        wanted = length * edit.tempo
        some = [piece for piece in pieces if piece.duration >= wanted + 2 * NOT_THE_EDGE_S]
        piece = some[int(self._dice.integers(len(some)))]
        start = float(self._dice.uniform(NOT_THE_EDGE_S, piece.duration - wanted - NOT_THE_EDGE_S))
        over = self._speech[int(self._dice.integers(len(self._speech)))]
        where = float(self._dice.uniform(0, over.duration - 45))
        return Take(piece.key, start, start + wanted, edit, not piece.foreign, (over.key, where))
