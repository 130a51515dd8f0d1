"""Where each kept gram is: numbers sorted into buckets by their first bits, with the places beside them.

Of a gram's number 36 bits are kept: which bucket, and a tag within it. Among the grams of a thousand million characters
a query of 2,000 words meets about twenty that are not the same, and alignment sees that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.ranges import ranges
from shotprint.engine.text.grams import Hashes

Index = NDArray[np.int64]

KEY_BITS: Final = 36
MIN_BITS: Final = 12  # the tag, the rest, has 24 bits at most
MAX_BITS: Final = 28
MAX_PLACES: Final = 256
"""Of a gram that is at more places, so many, evenly spread, are looked at."""


@dataclass(frozen=True, eq=False)
class Postings:
    """Bucket ``b`` holds the rows from ``bounds[b]`` to ``bounds[b + 1]``, ascending by tag, then by place.

    ``bounds`` uint32, shape (2**bits + 1,); ``tag_low`` uint16 and ``place`` uint32, shape (n,); ``tag_high`` uint8, of
    the same shape, or (0,) where tags have 16 bits or fewer.
    """

    bounds: NDArray[np.uint32]
    tag_low: NDArray[np.uint16]
    tag_high: NDArray[np.uint8]
    place: NDArray[np.uint32]

    @classmethod
    def build(cls, keys: Hashes, place: NDArray[np.uint32]) -> Postings:
        """Sort keys, uint64 below 2**KEY_BITS, and their places; both of shape (n,), places ascending."""
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        bits = min(max(len(keys).bit_length() - 4, MIN_BITS), MAX_BITS)
        edges = np.arange((1 << bits) + 1, dtype=np.uint64) << np.uint64(KEY_BITS - bits)
        bounds = np.searchsorted(keys, edges).astype(np.uint32)
        tag = keys & np.uint64((1 << (KEY_BITS - bits)) - 1)
        return cls(
            bounds,
            (tag & np.uint64(0xFFFF)).astype(np.uint16),
            (tag[: len(tag) * (KEY_BITS - bits > 16)] >> np.uint64(16)).astype(np.uint8),
            place[order],
        )

    @classmethod
    def merge(cls, parts: Sequence[tuple[Postings, NDArray[np.bool_], Index]]) -> Postings:
        """One table of several: of each, which rows stay, and how far the places of all its rows are shifted."""
        keys = np.concatenate([part.keys()[kept] for part, kept, _ in parts])
        place = np.concatenate([part.place[kept] + shift[kept] for part, kept, shift in parts])
        order = np.argsort(place, kind="stable")
        return cls.build(keys[order], place[order].astype(np.uint32))

    def __len__(self) -> int:
        return len(self.place)

    @property
    def bits(self) -> int:
        return int(len(self.bounds) - 1).bit_length() - 1

    def keys(self) -> Hashes:
        """The key of every row."""
        bucket = np.repeat(np.arange(len(self.bounds) - 1, dtype=np.uint64), np.diff(self.bounds))
        return (bucket << np.uint64(KEY_BITS - self.bits)) | self._tags(np.arange(len(self)))

    def look_up(self, keys: Hashes) -> tuple[Index, Index, Index]:
        """Find keys, each at most at `MAX_PLACES`.

        Returns
        -------
        asked, place : int64, shape (k,)
            Row of the key that was looked up, ascending, and a place of it.
        count : int64, shape (len(keys),)
            At how many places each is.
        """
        bucket = (keys >> np.uint64(KEY_BITS - self.bits)).astype(np.int64)
        tag = keys & np.uint64((1 << (KEY_BITS - self.bits)) - 1)
        first, last = self.bounds[bucket].astype(np.int64), self.bounds[bucket + 1].astype(np.int64)
        begin = self._bisect(first, last, tag)
        count = self._bisect(begin, last, tag + np.uint64(1)) - begin
        taken = np.minimum(count, MAX_PLACES)
        asked = np.repeat(np.arange(len(keys)), taken)
        nth = ranges(np.zeros(len(keys), np.int64), taken)
        row = begin[asked] + nth * count[asked] // taken[asked]
        return asked, self.place[row].astype(np.int64), count

    def _bisect(self, low: Index, high: Index, tag: Hashes) -> Index:
        """The first row from `low` on, below `high`, whose tag is no smaller; all together."""
        low, high = low.copy(), high.copy()
        while (open_ := np.flatnonzero(low < high)).size:
            middle = (low[open_] + high[open_]) // 2
            less = self._tags(middle) < tag[open_]
            low[open_[less]] = middle[less] + 1
            high[open_[~less]] = middle[~less]
        return low

    def _tags(self, rows: Index) -> Hashes:
        low = self.tag_low[rows].astype(np.uint64)
        return low | (self.tag_high[rows].astype(np.uint64) << np.uint64(16)) if len(self.tag_high) else low


def as_keys(hashes: Hashes) -> Hashes:
    """The bits of grams' numbers that a table keeps."""
    return hashes >> np.uint64(64 - KEY_BITS)
