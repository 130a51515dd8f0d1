"""Anchors that look alike → the lines along which a stored sound may run in the query.

A pair of like anchors says at which tempo and pitch the one would be the other, and when. Pairs that look alike by
chance are scattered over all times, tempos and pitches of a library; those of a copy agree. Of ten thousand hours two
that agree are hardly chance, so two make a line, and the second look decides.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, fields
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.patches import pack
from shotprint.engine.audio.query import Part
from shotprint.engine.audio.second_look import Place
from shotprint.engine.audio.segment import AudioSegment

Index = NDArray[np.int64]

SIGNATURE_RADIUS: Final = 11
"""Bits of 32 in which the second words may differ: nine in ten true pairs in loud noise, one chance pair in fifteen."""
MAX_SHIFT: Final = 8
"""Bands, a quarter more or less in frequency: the copy is within a fifth, and an anchor may be a band off."""
OFFSET_BIN: Final = 48
"""Frames, 0.8 s: what the step between two tempos comes to in ten seconds."""
WINDOW: Final = 625
"""Frames, ten seconds, within which pairs have to agree."""
MIN_VOTES: Final = 2
MIN_APART: Final = 3
"""Frames between the first and the last anchor of a line: the same moment twice says one thing."""
GROUPS: Final = 48
"""So many groups of agreeing pairs, the largest, are looked into in each segment of the index."""
LINES: Final = 40
"""So many lines are followed in each part of the query if they are likely."""
SURE_VOTES: Final = 12
"""From which a line is followed anyway, since a library may hold one recording many times."""
SURE_LINES: Final = 400
TOLERANCE: Final = 12
"""Frames, 0.2 s, within which pairs lie on a line."""
FINE: Final = np.exp(np.arange(-6, 7) * 0.01)
"""Tempos tried around that of a group."""


@dataclass(frozen=True)
class Pairs:
    """Like anchors: query frame, number of the tempo, stored row, its file and frame, and bands by which the query's is
    higher. All of shape (n,)."""

    frame: Index
    tempo: Index
    file: Index
    stored: Index
    shift: Index

    def only(self, keep: NDArray[np.bool_] | Index) -> Pairs:
        return Pairs(*(getattr(self, f.name)[keep] for f in fields(self)))


@dataclass(frozen=True)
class Line:
    """Where a stored file may run in the query, from query frame `begin` to `end`, and how many anchors say so."""

    file: int
    place: Place
    begin: int
    end: int
    votes: int


class Finder(Protocol):
    def find(self, part: Part, tempo: int) -> tuple[Index, Index]:
        """Anchors of the query at a tempo, and stored rows that look like them: all such pairs, or a good part."""


class TableFinder:
    """Looks the first words up, with the likeliest changes, and compares the second ones."""

    def __init__(self, segment: AudioSegment) -> None:
        self._table = segment.anchors

    def find(self, part: Part, tempo: int) -> tuple[Index, Index]:
        described = part.margins[tempo]
        words = pack(described)
        asked, place = self._table.buckets.look_up(words[:, 0], np.abs(described[:, :32]))
        apart = np.bitwise_count(words[asked, 1] ^ self._table.signature[place])
        near = np.flatnonzero(apart <= SIGNATURE_RADIUS)
        return asked[near], self._table.buckets.rows[place[near]].astype(np.int64)


class ExactFinder:
    """Compares every anchor with every other: the reference that `TableFinder` is tested against."""

    RADIUS: Final = 5
    """Bits in which the first words may differ."""

    def __init__(self, segment: AudioSegment) -> None:
        self._stored = np.asarray(segment.arrays["descriptor"])

    def find(self, part: Part, tempo: int) -> tuple[Index, Index]:
        words = pack(part.margins[tempo])
        apart = np.bitwise_count(words[:, None] ^ self._stored[None])
        asked, rows = np.nonzero((apart[..., 0] <= self.RADIUS) & (apart[..., 1] <= SIGNATURE_RADIUS))
        return asked, rows


def find_lines(part: Part, segment: AudioSegment, finder: Finder, threads: Executor) -> list[Line]:
    """The lines of a segment's files through a part of the query, those with most votes first."""

    def pairs_at(tempo: int) -> Pairs:
        asked, rows = finder.find(part, tempo)
        shift = part.anchors.band[asked] - segment.arrays["anchor_band"][rows].astype(np.int64)
        near = np.flatnonzero(np.abs(shift) <= MAX_SHIFT)
        asked, rows = asked[near], rows[near]
        stored = segment.arrays["anchor_frame"][rows].astype(np.int64)
        frame = part.anchors.frame[asked]
        return Pairs(frame, np.full(len(rows), tempo), segment.file_of(rows), stored, shift[near])

    found = list(threads.map(pairs_at, range(len(part.margins))))
    pairs = Pairs(*(np.concatenate([getattr(one, f.name) for one in found]) for f in fields(Pairs)))
    pairs = pairs.only(np.argsort(pairs.file, kind="stable"))
    lines: list[Line] = []
    for members in _groups(pairs, np.array(part.preset.tempos)):
        line = _fit(pairs, members, np.array(part.preset.tempos))
        if line is not None and not any(_same(line, other) for other in lines):
            lines.append(line)
    return sorted(lines, key=lambda line: (-line.votes, line.file, line.place.offset))


def shortlist(votes: list[int]) -> list[int]:
    """Places of the lines that are followed, of all segments together, given their votes; the likeliest first."""
    ranked = sorted(range(len(votes)), key=lambda place: -votes[place])
    sure = sum(count >= SURE_VOTES for count in votes)
    return ranked[: max(LINES, min(sure, SURE_LINES))]


def _groups(pairs: Pairs, tempos: NDArray[np.float64]) -> list[Index]:
    """The largest groups of pairs that agree on file, time, tempo and pitch within some seconds; rows of `pairs`."""
    offset = pairs.stored - tempos[pairs.tempo] * pairs.frame
    found: list[tuple[int, Index]] = []
    if not len(offset):
        return []
    for grid in range(4):  # an agreement on the edge of a bin is in the middle of one of another grid
        half, other = grid % 2 / 2, grid // 2
        name = pairs.file << 36
        name |= (np.floor(offset / OFFSET_BIN + half).astype(np.int64) + (1 << 26)) << 9
        name |= ((pairs.shift + MAX_SHIFT + other) // 2) << 3
        name |= pairs.tempo
        window = (pairs.frame + other * WINDOW // 2) // WINDOW
        order = np.lexsort((pairs.frame, window, name))
        name, window, frame = name[order], window[order], pairs.frame[order]
        new = np.append(True, (name[1:] != name[:-1]) | (window[1:] != window[:-1]))
        begin = np.flatnonzero(new)
        end = np.append(begin[1:], len(name))
        votes = np.add.reduceat((np.append(True, frame[1:] != frame[:-1]) | new).astype(np.int64), begin)
        good = np.flatnonzero((votes >= MIN_VOTES) & (frame[end - 1] - frame[begin] >= MIN_APART))
        best = good[np.argsort(-votes[good], kind="stable")[:GROUPS]]
        found += [(int(votes[group]), order[begin[group] : end[group]]) for group in best.tolist()]
    found.sort(key=lambda group: -group[0])
    return [members for _, members in found[:GROUPS]]


def _fit(pairs: Pairs, members: Index, tempos: NDArray[np.float64]) -> Line | None:
    """The line on which most pairs of a group's file lie, near what the group says. `pairs` are sorted by file."""
    seed = pairs.only(members)
    file, tempo = int(seed.file[0]), int(seed.tempo[0])
    shift = int(np.median(seed.shift))
    first, last = np.searchsorted(pairs.file, [file, file + 1])
    some = pairs.only(np.arange(first, last))
    some = some.only((np.abs(some.tempo - tempo) <= 1) & (np.abs(some.shift - shift) <= 2))
    middle = float(np.median(seed.frame))
    at = float(np.median(seed.stored - tempos[tempo] * (seed.frame - middle)))
    tried = tempos[tempo] * FINE
    offset = some.stored[None] - at - tried[:, None] * (some.frame - middle)[None]
    inside = np.abs(offset) <= 2 * OFFSET_BIN
    offset = np.where(inside, offset, np.inf)
    best, where = 0, (1.0, 0.0)
    for factor, row in zip(tried.tolist(), np.sort(offset, axis=1), strict=True):
        row = row[np.isfinite(row)]
        if not len(row):
            continue
        count = np.searchsorted(row, row + TOLERANCE, side="right") - np.arange(len(row))
        start = int(np.argmax(count))
        closer = abs(np.log(factor / tempos[tempo])) < abs(np.log(where[0] / tempos[tempo]))
        if count[start] > best or (count[start] == best and closer):
            best, where = int(count[start]), (factor, float(row[start : start + count[start]].mean()))
    factor, beside = where
    on = np.abs(some.stored - at - factor * (some.frame - middle) - beside) <= TOLERANCE
    frames = np.unique(some.frame[on])
    if len(frames) < MIN_VOTES or frames[-1] - frames[0] < MIN_APART:
        return None
    place = Place(factor, at + beside - factor * middle, float(np.median(some.shift[on])))
    return Line(file, place, int(frames[0]), int(frames[-1]), len(frames))


def _same(line: Line, other: Line) -> bool:
    middle = (line.begin + line.end) / 2
    apart = line.place.tempo * middle + line.place.offset - other.place.tempo * middle - other.place.offset
    return (
        line.file == other.file
        and abs(apart) <= 2 * TOLERANCE
        and abs(line.place.shift - other.place.shift) <= 1
        and other.begin - WINDOW <= middle <= other.end + WINDOW
    )
