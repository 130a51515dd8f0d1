"""An immutable part of an index of texts: many prints side by side, in memory or mapped from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.index.segment_files import read_facts, read_tables, starts, write_segment
from shotprint.engine.ranges import ranges
from shotprint.engine.text.blocks import BLOCK_CHARS, unpack
from shotprint.engine.text.fold import fold
from shotprint.engine.text.grams import kept_grams
from shotprint.engine.text.postings import KEY_BITS, Postings, as_keys
from shotprint.engine.text.presets import TextPreset
from shotprint.engine.text.prints import TextPrint

Index = NDArray[np.int64]

MAX_CHARS: Final = (1 << 32) - 1
"""Of all texts of a segment, since places are numbers of 32 bits."""

_ARRAYS: Final = ("packed", "block_start", "first_block", "char_start", "part", "part_start", "seconds")
_TABLES: Final = ("bounds", "tag_low", "tag_high", "place")


@dataclass(frozen=True, eq=False)  # arrays have no one truth value: two segments are the same if one object
class Segment:
    """Texts one after the other, as one long text; text ``i`` has its characters from ``char_start[i]``, its deflated
    blocks from ``first_block[i]``, its parts with times from ``part_start[i]``; block ``j`` its bytes from
    ``block_start[j]``. ``part`` counts from the start of its text.
    """

    preset: TextPreset
    names: tuple[str, ...]
    packed: NDArray[np.uint8]
    block_start: Index
    first_block: Index
    char_start: Index
    part: NDArray[np.uint32]
    part_start: Index
    seconds: NDArray[np.float64]
    postings: Postings

    @classmethod
    def build(cls, prints: Sequence[tuple[str, TextPrint]], preset: TextPreset) -> Segment:
        """Put named prints of one preset together."""
        made = [one for _, one in prints]
        char_start = starts([one.length for one in made])
        keys, places = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
        for one, first in zip(made, char_start, strict=False):
            folded = fold(one.text)
            hashes, start = kept_grams(folded, preset)
            keys.append(as_keys(hashes))
            places.append(folded.source[start] + first)
        return cls(
            preset,
            tuple(name for name, _ in prints),
            packed=np.concatenate([one.packed for one in made]),
            block_start=starts([size for one in made for size in one.block]),
            first_block=starts([len(one.block) for one in made]),
            char_start=char_start,
            part=np.concatenate([one.part for one in made]),
            part_start=starts([len(one.part) for one in made]),
            seconds=np.concatenate([one.seconds for one in made]),
            postings=Postings.build(np.concatenate(keys), np.concatenate(places).astype(np.uint32)),
        )

    @classmethod
    def merge(cls, segments: Sequence[tuple[Segment, NDArray[np.bool_]]], preset: TextPreset) -> Segment:
        """One of several, with those of their texts that are marked; at least one is."""
        kept = [(segment, np.flatnonzero(living)) for segment, living in segments]
        char_start = starts(np.concatenate([np.diff(one.char_start)[texts] for one, texts in kept]))
        blocks = [ranges(one.first_block[texts], np.diff(one.first_block)[texts]) for one, texts in kept]
        parts = [ranges(one.part_start[texts], np.diff(one.part_start)[texts]) for one, texts in kept]
        sizes = [np.diff(one.block_start)[chosen] for (one, _), chosen in zip(kept, blocks, strict=True)]
        packed = [
            one.packed[ranges(one.block_start[chosen], size)]
            for (one, _), chosen, size in zip(kept, blocks, sizes, strict=True)
        ]
        tables, done = [], 0
        for (one, living), (_, texts) in zip(segments, kept, strict=True):
            shift = np.zeros(len(living), dtype=np.int64)
            shift[texts] = char_start[done : done + len(texts)] - one.char_start[texts]
            text = one.text_of(one.postings.place)
            tables.append((one.postings, living[text], shift[text]))
            done += len(texts)
        return cls(
            preset,
            tuple(one.names[text] for one, texts in kept for text in texts),
            packed=np.concatenate(packed),
            block_start=starts(np.concatenate(sizes)),
            first_block=starts(np.concatenate([np.diff(one.first_block)[texts] for one, texts in kept])),
            char_start=char_start,
            part=np.concatenate([one.part[chosen] for (one, _), chosen in zip(kept, parts, strict=True)]),
            part_start=starts(np.concatenate([np.diff(one.part_start)[texts] for one, texts in kept])),
            seconds=np.concatenate(
                [one.seconds[chosen] for (one, _), chosen in zip(kept, parts, strict=True)]
            ),
            postings=Postings.merge(tables),
        )

    @property
    def chars(self) -> int:
        return int(self.char_start[-1])

    def text_of(self, places: NDArray[Any]) -> Index:
        """The text of each place in the long text."""
        return np.searchsorted(self.char_start, places, side="right") - 1

    def length(self, text: int) -> int:
        """Characters of a text."""
        return int(self.char_start[text + 1] - self.char_start[text])

    def read(self, text: int, start: int, end: int) -> str:
        """Some characters of a text; only the blocks that they are in are inflated."""
        if start >= end:
            return ""
        first, last = start // BLOCK_CHARS, (end - 1) // BLOCK_CHARS
        blocks = range(int(self.first_block[text]) + first, int(self.first_block[text]) + last + 1)
        whole = "".join(unpack(self.packed[self.block_start[n] : self.block_start[n + 1]]) for n in blocks)
        return whole[start - first * BLOCK_CHARS : end - first * BLOCK_CHARS]

    def parts(self, text: int) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
        """Where the parts with times of a text begin, and their seconds; see `TextPrint`."""
        own = slice(int(self.part_start[text]), int(self.part_start[text + 1]))
        return self.part[own], self.seconds[own]

    def save(self, directory: Path) -> None:
        """Write into a new directory."""
        tables = {name: getattr(self.postings, name) for name in _TABLES}
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        write_segment(directory, arrays | tables, preset=self.preset.name, names=self.names)

    @classmethod
    def load(cls, directory: Path, preset: TextPreset) -> Segment:
        """Map a saved segment; `OSError`, `ValueError` or `KeyError` when something is missing or damaged."""
        names = read_facts(directory, preset.name)
        arrays, tables = (read_tables(directory, wanted) for wanted in (_ARRAYS, _TABLES))
        loaded = cls(preset, names, **arrays, postings=Postings(**tables))
        loaded._check()
        return loaded

    def _check(self) -> None:
        texts, table = len(self.names), self.postings
        if not (
            len(self.char_start) == len(self.first_block) == len(self.part_start) == texts + 1
            and len(self.block_start) == self.first_block[-1] + 1
            and self.block_start[-1] == len(self.packed)
            and self.part_start[-1] == len(self.part) == len(self.seconds)
            and len(table.bounds) == (1 << table.bits) + 1
            and table.bounds[-1] == len(table.tag_low) == len(table)
            and len(table.tag_high) == (len(table) if KEY_BITS - table.bits > 16 else 0)
        ):
            raise ValueError("the segment's arrays do not fit together")
