"""Words of 32 bits sorted into buckets by their first bits, and looked up with a bit or two turned over.

Indyk and Motwani, "Approximate nearest neighbors" (STOC 1998), take a table for each sample of bits. Looking into
more buckets of one table instead, those that a likely change leads to, finds as much for a fraction of the memory:
Lv et al., "Multi-probe LSH" (VLDB 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.ranges import ranges

Words = NDArray[np.uint32]
Index = NDArray[np.int64]
Doubt = NDArray[np.float32]

MIN_BITS: Final = 12
MAX_BITS: Final = 28
PROBES: Final = 40
"""Buckets looked into for each word: those first that are reached by turning over one bit, then some of two."""
DOUBTED: Final = 9
"""Of so many bits, those nearest to turning over, any number may have."""
MAX_BUCKET: Final = 32
"""A bucket that more words share says little about each of them: this many at most, evenly spread, are looked at."""
LEAST_OF_BUCKET: Final = 8
MOST_PLACES: Final = 200
"""Looked at for each word, on average. In a large library there are many overfull buckets: fewer of each then."""


@dataclass(frozen=True)
class Buckets:
    """The more words, the more bits make a bucket, so that a look-up costs about the same whatever is stored.

    ``bounds`` uint32, shape (2**bits + 1,): bucket b holds the places from bounds[b] to bounds[b+1].
    ``rows`` int32, shape (n,): the row of the word at each place; within a bucket in ascending order.
    """

    bounds: Words
    rows: NDArray[np.int32]

    @classmethod
    def build(cls, words: Words) -> Buckets:
        """Sort words; uint32, shape (n,)."""
        bits = bucket_bits(len(words))
        bucket = words >> np.uint32(32 - bits)
        bounds = np.zeros((1 << bits) + 1, dtype=np.uint32)
        bounds[1:] = np.cumsum(np.bincount(bucket, minlength=1 << bits))
        return cls(bounds, np.argsort(bucket, kind="stable").astype(np.int32))

    @property
    def bits(self) -> int:
        return int(len(self.bounds) - 1).bit_length() - 1

    def look_up(self, words: Words, doubt: Doubt | None = None) -> tuple[Index, Index]:
        """Places whose words have the same first bits, all but one of them, or all but two of the least steady ones.

        Parameters
        ----------
        doubt : float32, shape (n, 32), optional
            How far each bit of the words is from turning over, the highest first. With it the buckets looked into are
            those of the words' likeliest changes, up to all of the `DOUBTED` bits that are nearest.

        Returns
        -------
        asked, place : int64, shape (k,)
            Row of the word looked up, and place (`rows` has its row); no pair twice, in no particular order.
        """
        order = np.argsort(words)  # one after the other, look-ups lie near each other in memory
        keys = words[order] >> np.uint32(32 - self.bits)
        flips = _flips(self.bits)[:, None] if doubt is None else _likely_flips(doubt[order, : self.bits])
        probes = (flips ^ keys[None, :]).ravel()
        row = np.tile(order, len(flips))
        begin = self.bounds[probes].astype(np.int64)
        length = self.bounds[probes + np.uint32(1)] - begin
        few, many = np.flatnonzero((length > 0) & (length <= MAX_BUCKET)), np.flatnonzero(length > MAX_BUCKET)
        room = (MOST_PLACES * len(words) - int(length[few].sum())) // max(1, len(many))
        sample = min(max(room, LEAST_OF_BUCKET), MAX_BUCKET)
        place = [ranges(begin[few], length[few]), _evenly(begin[many], length[many], sample)]
        asked = [np.repeat(row[few], length[few]), np.repeat(row[many], sample)]
        return np.concatenate(asked), np.concatenate(place)


def bucket_bits(count: int) -> int:
    """How many bits make a bucket among so many words: two to four words in each, were they spread evenly."""
    return min(max(count.bit_length() - 2, MIN_BITS), MAX_BITS)


def _flips(bits: int) -> Words:
    """What to turn over: nothing, each bit, and then two bits, of which the later ones are the less steady."""
    single = np.uint32(1) << np.arange(bits, dtype=np.uint32)  # the last bit first
    high, low = np.tril_indices(bits, -1)
    double = single[high] | single[low]
    return np.concatenate([np.zeros(1, np.uint32), single, double])[: max(PROBES, bits + 1)]


def _likely_flips(doubt: Doubt) -> Words:
    """What to turn over in each word, the likeliest `PROBES`; shape (probes, n)."""
    bits = doubt.shape[1]
    nearest = np.argpartition(doubt, DOUBTED - 1, axis=1)[:, :DOUBTED]
    sets = (np.arange(1 << DOUBTED)[:, None] >> np.arange(DOUBTED)) & 1
    cost = np.take_along_axis(doubt, nearest, axis=1) @ sets.T.astype(np.float32)
    likely = np.argpartition(cost, PROBES - 1, axis=1)[:, :PROBES]
    masks = np.uint32(1) << (bits - 1 - nearest).astype(np.uint32)
    return np.einsum("nps,ns->pn", sets[likely].astype(np.uint32), masks)


def _evenly(begin: Index, length: Index, count: int) -> Index:
    return (begin[:, None] + length[:, None] * np.arange(count) // count).ravel()
