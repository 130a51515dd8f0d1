"""Which stored pictures have a global hash near the query's? Several tables, since hashes are few and differ much.

Each table looks at other bits of the lower frequencies, which edits turn over least.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.index.buckets import Buckets, Words
from shotprint.engine.video.picture_hash import FREQUENCIES, Hashes

Index = NDArray[np.int64]

TABLES: Final = 8
LOWER: Final = 12
"""Frequencies across and down whose sum is below this count as lower."""


def _sampled_bits() -> NDArray[np.intp]:
    """The bits that each table looks at, shape (TABLES, 32); fixed for good, since stored tables depend on them."""
    down, across = np.divmod(np.arange(FREQUENCIES**2), FREQUENCIES)
    lower = np.flatnonzero(down + across < LOWER)
    dice = np.random.Generator(np.random.PCG64(20261125))
    return np.stack([dice.permutation(lower)[:32] for _ in range(TABLES)])


_BITS: Final = _sampled_bits()


def sampled_words(hashes: Hashes) -> Words:
    """Each table's word of each hash; uint32, shape (TABLES, n)."""
    bits = np.unpackbits(np.ascontiguousarray(hashes).view(np.uint8), axis=1, bitorder="little")
    packed = [np.packbits(bits[:, table].ravel()).view(">u4") for table in _BITS]
    return np.stack(packed).astype(np.uint32)


@dataclass(frozen=True)
class HashTable:
    """``bounds`` and ``rows`` of each table's `Buckets`: uint32, shape (TABLES, 2**bits + 1); int32, (TABLES, n)."""

    bounds: NDArray[np.uint32]
    rows: NDArray[np.int32]

    @classmethod
    def build(cls, hashes: Hashes, usable: Index) -> HashTable:
        """Of the rows in `usable` alone."""
        tables = [Buckets.build(words) for words in sampled_words(hashes[usable])]
        rows = usable.astype(np.int32)
        return cls(np.stack([t.bounds for t in tables]), np.stack([rows[t.rows] for t in tables]))

    def find(self, asked: Hashes, stored: Hashes, radius: int) -> tuple[Index, Index, NDArray[np.uint16]]:
        """Pairs within the radius, or most of them: row asked, row stored, distance; all of shape (n,)."""
        pairs = [np.zeros(0, np.int64)]
        for bounds, rows, words in zip(self.bounds, self.rows, sampled_words(asked), strict=True):
            q, place = Buckets(bounds, rows).look_up(words)
            pairs.append(q * len(stored) + rows[place])
        q, s = np.divmod(np.unique(np.concatenate(pairs)), max(1, len(stored)))
        apart = np.bitwise_count(asked[q] ^ stored[s]).sum(axis=1, dtype=np.uint16)
        near = apart <= radius
        return q[near], s[near], apart[near]
