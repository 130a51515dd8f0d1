"""Which stored descriptors look like the query's? Exactly, and fast.

Descriptors are 256 bits; alike means a Hamming distance within a radius. `ExactNeighbours` compares all with
all and is the reference that `BitSampleNeighbours` is tested against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.ranges import ranges

Descriptors = NDArray[np.uint8]
"""Shape (n, 32)."""
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Alike:
    """Rows of the query's and of the stored descriptors that look alike; int64, shape (n,), sorted by both."""

    query: Index
    stored: Index


class Neighbours(Protocol):
    def find(self, query: Descriptors, radius: int) -> Alike:
        """All pairs within the radius (0 to 256 bits), or most of them."""


class ExactNeighbours:
    """Compares everything with everything."""

    def __init__(self, stored: Descriptors) -> None:
        self._stored = stored

    def find(self, query: Descriptors, radius: int) -> Alike:
        rows = []
        for first in range(0, len(query), 256):
            near = hamming(query[first : first + 256], self._stored) <= radius
            q, s = np.nonzero(near)
            rows.append((q + first, s))
        q, s = (
            (np.concatenate(part) for part in zip(*rows, strict=True))
            if rows
            else (np.zeros(0, np.int64),) * 2
        )
        return Alike(q, s)


TABLES: Final = 8
KEY_BITS: Final = 32
MIN_PREFIX: Final = 16
MAX_BUCKET: Final = 128
"""A bucket that more descriptors share says little about each of them: this many, evenly spread, are looked at."""

Keys = NDArray[np.uint32]


def _sampled_bits() -> NDArray[np.intp]:
    """The bits that each table looks at; fixed for good, since stored tables depend on them."""
    shuffle = np.random.Generator(np.random.PCG64(20261124))
    return np.stack([shuffle.permutation(256)[:KEY_BITS] for _ in range(TABLES)])


_BITS: Final = _sampled_bits()


def sample_keys(descriptors: Descriptors) -> Keys:
    """Each table's key of each descriptor; uint32, shape (TABLES, n)."""
    keys = np.zeros((TABLES, len(descriptors)), dtype=np.uint32)
    for table in range(TABLES):
        for bit in _BITS[table]:
            keys[table] = (keys[table] << np.uint32(1)) | (descriptors[:, bit >> 3] >> (bit & 7) & 1)
    return keys


@dataclass(frozen=True)
class BitSampleTables:
    """Per table, the keys in ascending order and the row of each: uint32 and int32, shape (TABLES, n)."""

    keys: Keys
    rows: NDArray[np.int32]

    @classmethod
    def build(cls, stored: Descriptors) -> BitSampleTables:
        keys = sample_keys(stored)
        order = np.argsort(keys, axis=1, kind="stable")
        return cls(np.take_along_axis(keys, order, axis=1), order.astype(np.int32))


class BitSampleNeighbours:
    """Locality-sensitive hashing by bit sampling, with sorted keys in place of buckets.

    Indyk and Motwani, "Approximate nearest neighbors" (STOC 1998), in the prefix form of Bawa et al., "LSH
    Forest" (WWW 2005): the more descriptors are stored, the longer the prefix that has to agree, so the work per
    query descriptor stays about the same while single matches get rarer. Alignment needs a few of a picture's
    many points, not all.
    """

    def __init__(self, stored: Descriptors, tables: BitSampleTables) -> None:
        self._stored = stored
        self._tables = tables

    def find(self, query: Descriptors, radius: int) -> Alike:
        count = len(self._stored)
        if not count or not len(query):
            return Alike(np.zeros(0, np.int64), np.zeros(0, np.int64))
        prefix = min(KEY_BITS, max(MIN_PREFIX, int(np.ceil(np.log2(count))) + 1))
        found = [self._find_in(table, keys, prefix) for table, keys in enumerate(sample_keys(query))]
        pairs = np.sort(np.concatenate(found))
        pairs = pairs[
            np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]
        ]  # np.unique, several times as fast
        q, s = pairs // count, pairs % count
        near = pair_distances(query, q, self._stored, s) <= radius
        return Alike(q[near], s[near])

    def _find_in(self, table: int, keys: Keys, prefix: int) -> Index:
        """Candidates of one table, as query row * stored count + stored row."""
        tail = np.uint32(KEY_BITS - prefix)
        order = np.argsort(keys, kind="stable")  # neighbours in the query search neighbouring pages
        low = keys[order] >> tail << tail
        high = low | ((np.uint32(1) << tail) - np.uint32(1))
        begin = np.searchsorted(self._tables.keys[table], low, side="left")
        length = np.searchsorted(self._tables.keys[table], high, side="right") - begin
        taken = np.minimum(length, MAX_BUCKET)
        step = np.repeat(length / np.maximum(taken, 1), taken)
        place = np.repeat(begin, taken) + (ranges(np.zeros_like(taken), taken) * step).astype(np.int64)
        return np.repeat(order, taken) * len(self._stored) + self._tables.rows[table][place]


def hamming(left: Descriptors, right: Descriptors) -> NDArray[np.uint16]:
    """Distances of every pair, shape (n, m)."""
    total = np.zeros((len(left), len(right)), dtype=np.uint16)
    for word in range(4):
        total += np.bitwise_count(words(left)[:, None, word] ^ words(right)[None, :, word])
    return total


def pair_distances(
    left: Descriptors, left_rows: Index, right: Descriptors, right_rows: Index
) -> NDArray[np.uint16]:
    """Distances of the named rows, shape (n,)."""
    both = words(left)[left_rows] ^ words(right)[right_rows]
    return np.bitwise_count(both).sum(axis=1, dtype=np.uint16)


def words(descriptors: Descriptors) -> NDArray[np.uint64]:
    """The same bits as four words each, shape (n, 4); no copy."""
    return descriptors.view(np.uint64)
