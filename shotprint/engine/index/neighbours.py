"""Which stored points look like the query's?

Descriptors are 128 bits (`local_features`): the first 32 are looked up, the second 32, the signature, lie beside and
are compared at once, so that a search reads the index in few places. Both together let one chance pair in thousands
through; of those that agree with others (`support`) the descriptors themselves are compared.

`ExactNeighbours` compares all with all and is the reference that `BucketNeighbours` is tested against.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.index.buckets import Buckets, Words
from shotprint.engine.video.local_features import DESCRIPTOR_BYTES

Descriptors = NDArray[np.uint8]
"""Shape (n, 16)."""
Index = NDArray[np.int64]

SIGNATURE_RADIUS: Final = 8
"""Bits of 32: nineteen in twenty true pairs whose first bits agree differ in no more, one chance pair in seventy."""


@dataclass(frozen=True)
class Alike:
    """Rows of the query's and of the stored descriptors that look alike; int64, shape (n,), in no particular order.
    ``apart`` uint8, shape (n,): in how many bits the signatures differ."""

    query: Index
    stored: Index
    apart: NDArray[np.uint8]

    def only(self, keep: Index) -> Alike:
        return Alike(*(getattr(self, f.name)[keep] for f in fields(self)))


ROWS_AT_ONCE: Final = 1024
"""Descriptors looked up together: what that takes stays in the processor's cache."""
PAIRS_AT_ONCE: Final = 1 << 20
"""Compared together by the exact one, likewise."""


class Neighbours(Protocol):
    def find(self, query: Descriptors) -> Alike:
        """Pairs that may be alike: all of them, or a good part."""


class ExactNeighbours:
    """Compares everything with everything."""

    def __init__(self, stored: Descriptors, radius: int) -> None:
        self._stored = stored
        self._radius = radius

    def find(self, query: Descriptors) -> Alike:
        """All pairs within the radius."""
        rows = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        step = max(1, PAIRS_AT_ONCE // max(1, len(self._stored)))
        for first in range(0, len(query), step):
            near = hamming(query[first : first + step], self._stored) <= self._radius
            q, s = np.nonzero(near)
            rows.append((q + first, s))
        q, s = (np.concatenate(part) for part in zip(*rows, strict=True))
        return Alike(q, s, np.bitwise_count(word(query, 1)[q] ^ word(self._stored, 1)[s]))


@dataclass(frozen=True)
class PointTable:
    """``signature`` uint32, shape (n,): of the descriptor at each place of the buckets."""

    buckets: Buckets
    signature: Words

    @classmethod
    def build(cls, stored: Descriptors) -> PointTable:
        return cls.of_words(word(stored, 0), word(stored, 1))

    @classmethod
    def of_words(cls, words: Words, signatures: Words) -> PointTable:
        """Of what is looked up and what lies beside; shape (n,) each."""
        buckets = Buckets.build(words)
        return cls(buckets, signatures[buckets.rows])


class BucketNeighbours:
    """Looks up the first bits, as they are and with one or two of them turned over, and compares signatures."""

    def __init__(self, table: PointTable) -> None:
        self._table = table

    def find(self, query: Descriptors) -> Alike:
        """Some rows at a time, since nearly all that is read of the index is thrown away at once."""
        parts = [
            self._find(query[first : first + ROWS_AT_ONCE], first)
            for first in range(0, max(1, len(query)), ROWS_AT_ONCE)
        ]
        return Alike(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Alike)))

    def _find(self, query: Descriptors, first: int) -> Alike:
        asked, place = self._table.buckets.look_up(word(query, 0))
        apart = np.bitwise_count(word(query, 1)[asked] ^ self._table.signature[place])
        near = np.flatnonzero(apart <= SIGNATURE_RADIUS)
        return Alike(asked[near] + first, self._table.buckets.rows[place[near]].astype(np.int64), apart[near])


def word(descriptors: Descriptors, number: int) -> Words:
    """The bits from 32 * number on, the first as the highest; uint32, shape (n,)."""
    return np.ascontiguousarray(descriptors).view(">u4")[:, number].astype(np.uint32)


def hamming(left: Descriptors, right: Descriptors) -> NDArray[np.uint16]:
    """Distances of every pair, shape (n, m)."""
    total = np.zeros((len(left), len(right)), dtype=np.uint16)
    for half in range(DESCRIPTOR_BYTES // 8):
        total += np.bitwise_count(_halves(left)[:, None, half] ^ _halves(right)[None, :, half])
    return total


def row_distances(left: Descriptors, right: Descriptors) -> NDArray[np.uint16]:
    """Distance of each row to the same row of the other, shape (n,)."""
    return np.bitwise_count(_halves(left) ^ _halves(right)).sum(axis=1, dtype=np.uint16)


def _halves(descriptors: Descriptors) -> NDArray[np.uint64]:
    return np.ascontiguousarray(descriptors).view(np.uint64)
