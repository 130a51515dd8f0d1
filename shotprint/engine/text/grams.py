"""Grams: stretches of a few letters, as numbers, and which of them an index keeps.

Winnowing, after Schleimer, Wilkerson and Aiken, "Winnowing: Local Algorithms for Document Fingerprinting" (SIGMOD
2003): of every window of neighbouring grams the one of the smallest number is kept, the last one where several have it.
So two texts that share a stretch of at least a window and a gram share a kept gram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.text.fold import Folded
from shotprint.engine.text.presets import TextPreset

Hashes = NDArray[np.uint64]
Index = NDArray[np.int64]

_BASE: Final = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_INVERSE: Final = pow(_BASE, -1, 1 << 64)
_LAST: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, eq=False)
class Grams:
    """Gram ``i`` is the folded characters from ``i`` on that weigh as much as the preset says, or a little more.

    Attributes
    ----------
    hash : uint64, shape (n,). The same for the same characters.
    end : int64, shape (n,). Behind the last character of each; never falls.
    """

    hash: Hashes
    end: Index


def grams_of(folded: Folded, letters: int) -> Grams:
    """All grams of so many letters; none of a text that is shorter.

    Their numbers are differences of running sums ``c[0] + c[1] B + c[2] B**2 + ...`` modulo 2**64, shifted back.
    """
    last = int(folded.weight[-1]) - letters
    count = int(np.searchsorted(folded.weight, last, side="right")) if last >= 0 else 0
    start = np.arange(count, dtype=np.int64)
    end = np.searchsorted(folded.weight, folded.weight[:count] + letters)
    sums = np.zeros(len(folded) + 1, dtype=np.uint64)
    np.cumsum(_mixed(folded.codes.astype(np.uint64)) * _powers(_BASE, len(folded)), out=sums[1:])
    shifted = (sums[end] - sums[start]) * _powers(_INVERSE, count)
    return Grams(_mixed(shifted), end.astype(np.int64))


def winnow(hashes: Hashes, window: int) -> Index:
    """Which grams are kept, in ascending order: of fewer than a window, one; of the same one again and again, as in a
    line of dashes spelled with letters, one in each window and the last one."""
    count = len(hashes)
    if not count:
        return np.zeros(0, dtype=np.int64)
    place = np.arange(count, dtype=np.uint64)
    least = (hashes & ~_LAST) | (_LAST - place)  # the later one is the smaller among equal ones
    width = 1
    while width < min(window, count):
        step = min(width, min(window, count) - width)
        least = np.minimum(least[:-step], least[step:])
        width += step
    kept = np.unique(_LAST - (least & _LAST)).astype(np.int64)
    fresh = np.ones(len(kept), dtype=bool)
    fresh[1:] = (np.diff(kept) != 1) | (np.diff(hashes[kept]) != 0)
    first = np.maximum.accumulate(np.where(fresh, kept, 0))
    last = np.append(fresh[1:], True)
    return kept[((kept - first) % window == 0) | last]


def kept_grams(folded: Folded, preset: TextPreset) -> tuple[Hashes, Index]:
    """The grams that an index keeps of a reference: their numbers, and where they start."""
    grams = grams_of(folded, preset.gram)
    kept = winnow(grams.hash, preset.window)
    return grams.hash[kept], kept


def _powers(base: int, count: int) -> Hashes:
    powers = np.full(count, base, dtype=np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)


def _mixed(values: Hashes) -> Hashes:
    """Each number spread over all bits: the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    values = values + np.uint64(_BASE)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
