"""A line that is likely → the stretches of it that really are copied, with their boundaries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.audio.lines import Line
from shotprint.engine.audio.query import Part
from shotprint.engine.audio.score import evidence
from shotprint.engine.audio.second_look import Agreement, Place, compare

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]

CORE_FRAMES: Final = 312
"""Five seconds: a line is placed by at least so much of the query, where there is so much."""
LEAST_AT_FIRST: Final = 2.5
"""Evidence at the place that the votes say, or beside it, below which a line is given up."""
LEAST: Final = 5.0
"""Evidence of a run, below which it is not told whatever the threshold."""
IN_SHARE: Final = 0.5
"""A cell belongs to a run if it agrees half as well as the run does."""
LEAST_AGREEMENT: Final = 0.12
"""Whatever the run does."""
SLOWEST: Final = 0.78
FASTEST: Final = 1.28
"""Tempos that are looked for, and a little more: notes played anew by one synthesizer agree at tempos of no copy."""
SWITCH: Final = 1.5
"""What it costs to begin or to end a run, in cells that agree fully."""


@dataclass(frozen=True)
class Run:
    """Cells `first` to `last` (not included) of the reference that are found in the query, and where.

    ``agreed``, ``sure``: sums over the run, see `second_look.Agreement`; ``cells``: how many have something to say.
    """

    place: Place
    first: int
    last: int
    agreed: float
    sure: float
    cells: int

    @property
    def evidence(self) -> float:
        return evidence(self.agreed, self.sure, self.cells)


class Follower:
    """Follows lines of one file through one part of a query."""

    def __init__(self, part: Part, stored: Signs) -> None:
        self._part, self._stored = part, stored
        self._preset = part.preset

    def follow(self, line: Line) -> list[Run]:
        """The runs along a line, in the order of time."""
        begin, end = _widened(line.begin, line.end, self._part.begin, self._part.end)
        place, first = self._placed(line.place, begin, end)
        if first < LEAST_AT_FIRST:
            return []
        place = self._refined(place, begin, end)
        found = self._runs(place)
        if not found:
            return []
        longest = max(found, key=lambda run: run.evidence)
        begin, end = (
            int((cell * self._preset.look_frames - place.offset) / place.tempo)
            for cell in (longest.first, longest.last)
        )
        place = self._refined(place, *_widened(begin, end, self._part.begin, self._part.end), fine=True)
        return self._runs(place)

    def _compare(self, place: Place, begin: float, end: float) -> tuple[int, Agreement]:
        """How the reference's cells from `begin` to `end` of the query agree, after the number of the first of them."""
        size = self._preset.look_frames
        first = max(0, int(np.ceil((place.tempo * begin + place.offset) / size)))
        last = min(len(self._stored), int((place.tempo * end + place.offset) / size))
        local = replace(place, offset=place.offset + place.tempo * self._part.begin)
        return first, compare(
            self._part.area, self._stored[first : max(first, last)], first, local, self._preset
        )

    def _placed(self, place: Place, begin: int, end: int) -> tuple[Place, float]:
        """The best of the places beside one, and its evidence."""

        def tried(offset: float, shift: float) -> tuple[float, Place]:
            beside = Place(place.tempo, place.offset + offset, place.shift + shift)
            return self._evidence(beside, begin, end), beside

        best = max((tried(offset, 0.0) for offset in (-8, -4, 0, 4, 8)), key=lambda found: found[0])
        if best[0] < LEAST_AT_FIRST:
            best = max(
                (tried(offset, shift) for shift in (-1.0, 1.0) for offset in (-4, 0, 4)),
                key=lambda found: found[0],
            )
        return best[1], best[0]

    def _refined(self, place: Place, begin: int, end: int, *, fine: bool = False) -> Place:
        """Climb to where query and reference agree best: pitch, tempo (around the middle) and offset by turns."""
        middle = (begin + end) / 2
        best = self._evidence(place, begin, end)
        tempo_step = 0.5 * self._preset.look_frames / max(1, end - begin)

        def climb(moved: Callable[[Place, float], Place], steps: tuple[float, ...]) -> None:
            nonlocal place, best
            for step in steps:
                for side in (step, -step):
                    while (value := self._evidence(other := moved(place, side), begin, end)) > best + 1e-9:
                        place, best = other, value

        def pitch(of: Place, step: float) -> Place:
            return replace(of, shift=of.shift + step)

        def offset(of: Place, step: float) -> Place:
            return replace(of, offset=of.offset + step)

        def tempo(of: Place, step: float) -> Place:
            turned = min(max(of.tempo * (1 + step * tempo_step), SLOWEST), FASTEST)
            return replace(of, tempo=turned, offset=of.offset + (of.tempo - turned) * middle)

        if not fine:
            climb(pitch, (1.0, 0.5))
            climb(tempo, (4.0, 2.0))
        climb(offset, (2.0, 1.0))
        climb(tempo, (1.0, 0.5))
        climb(offset, (1.0, 0.5))
        climb(pitch, (0.25,))
        return place

    def _evidence(self, place: Place, begin: int, end: int) -> float:
        _, seen = self._compare(place, begin, end)
        return evidence(float(seen.agreed.sum()), float(seen.sure.sum()), int((seen.sure > 0).sum()))

    def _runs(self, place: Place) -> list[Run]:
        first, seen = self._compare(place, self._part.begin, self._part.end)
        sure = seen.sure > 0
        if not sure.any():
            return []
        typical = float(np.median(seen.sure[sure]))
        share = LEAST_AGREEMENT
        made: list[Run] = []
        for _ in range(3):  # how well a run agrees is known once it is
            gain = (seen.agreed - share * seen.sure) / typical
            made = [
                Run(
                    place,
                    first + a,
                    first + b,
                    float(seen.agreed[a:b].sum()),
                    float(seen.sure[a:b].sum()),
                    int(sure[a:b].sum()),
                )
                for a, b in best_runs(gain, SWITCH * (1 - share) * 0.5)
            ]
            made = [run for run in made if run.evidence >= LEAST]
            if not made:
                return []
            best = max(made, key=lambda run: run.evidence)
            share = max(LEAST_AGREEMENT, IN_SHARE * best.agreed / best.sure)
        return made


def best_runs(gain: Floats, cost: float) -> list[tuple[int, int]]:
    """The stretches, from and to (not included), whose sum of gains less `cost` for each begin and end is largest."""
    outside, inside = 0.0, -cost
    came_in, went_out = np.zeros(len(gain), np.bool_), np.zeros(len(gain), np.bool_)
    for place, value in enumerate(gain.tolist()):
        enters, leaves = outside - cost > inside, inside - cost > outside
        came_in[place], went_out[place] = enters, leaves
        outside, inside = (
            (inside - cost if leaves else outside),
            (outside - cost if enters else inside) + value,
        )
    runs: list[tuple[int, int]] = []
    within, end = inside - cost > outside, len(gain)
    for place in range(len(gain) - 1, -1, -1):
        if within and came_in[place]:
            runs.append((place, end))
            within = False
        elif not within and went_out[place]:
            within, end = True, place
    if within:
        runs.append((0, end))
    return [run for run in reversed(runs) if run[1] > run[0]]


def _widened(begin: int, end: int, least: int, most: int) -> tuple[int, int]:
    missing = max(0, CORE_FRAMES - (end - begin))
    begin, end = begin - missing // 2, end + missing // 2
    if begin < least:
        begin, end = least, end + least - begin
    if end > most:
        begin, end = begin - (end - most), most
    return max(begin, least), min(end, most)
