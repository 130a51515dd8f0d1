"""Where exactly does a line run? Every instant of the query beside every instant of the reference around it.

Key frames vote for a line to half a second, and in a fixed camera's view, where every moment looks like every other,
not even that. One table says how well any two instants agree; each speed and offset is a path through it, and the path
that collects most is the line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.offset_votes import SPEEDS, Line
from shotprint.engine.align.second_look import Cells

Times = NDArray[np.float64]

REACH_S: Final = 3.0
"""How far from the line that the key frames voted for the true one may lie."""
FAR: Final = 0.02
"""What a line `REACH_S` away has to agree better, on average: where nothing moves the votes are right."""
PLAIN_MARGIN: Final = 0.05
"""By how much another speed must agree better than the plain one."""
SPEED_STEP: Final = 0.028
"""Between two of `SPEEDS`, as a share."""
SPREAD: Final = np.array(sorted(np.linspace(-1, 1, 9), key=abs))
"""Steps to either side, the nearest first: of equals the first is taken."""
ROUGH_STEPS: Final = 40
"""So many instants are enough to see about where a line runs."""
EXACT_S: Final = 0.03
"""Seconds to which a line is placed, at its ends as well."""


@dataclass(frozen=True)
class Table:
    """``agreement`` float32, shape (n, m): how well what the query shows at ``times`` (n,) agrees with what the
    reference shows at ``first``, ``first + step``, ..."""

    times: Times
    first: float
    step: float
    agreement: Cells

    def some(self, count: int) -> Table:
        """The same at so many of the query's instants, evenly spread."""
        rows = np.unique(np.linspace(0, len(self.times) - 1, count).astype(np.int64))
        return Table(self.times[rows], self.first, self.step, self.agreement[rows])

    def mean(self, speeds: Times, places: Times, middle: float) -> Times:
        """Mean agreement along lines; shapes (s,), (p,) → (s, p). ``places``: of the reference, at the query's
        ``middle``. Between two instants of the reference both count; beside it there is none."""
        column = (
            speeds[:, None, None] * (self.times - middle) + places[None, :, None] - self.first
        ) / self.step
        last = self.agreement.shape[1] - 1
        low = np.clip(np.floor(column), 0, last).astype(np.int64)
        row = np.arange(len(self.times))
        share = np.clip(column - low, 0, 1).astype(np.float32)
        value = (
            self.agreement[row, low] * (1 - share) + self.agreement[row, np.minimum(low + 1, last)] * share
        )
        shown = (column >= -0.5) & (column <= last + 0.5)
        return np.asarray((value * shown).mean(axis=2), dtype=np.float64)


def place(line: Line, table: Table) -> tuple[Line, float]:
    """The speed and offset, near the line, at which the pictures agree best, and how well they do on average."""
    middle = float(table.times[0] + table.times[-1]) / 2
    half = max(float(table.times[-1] - table.times[0]) / 2, table.step)
    centre = line.speed * middle + line.offset
    moves = np.arange(-REACH_S, REACH_S + 1e-6, table.step)
    speeds = SPEEDS[(np.abs(SPEEDS - line.speed) * half <= REACH_S) | (SPEEDS == 1.0)]
    some = table.some(ROUGH_STEPS)
    found = some.mean(speeds, centre + moves, middle) - FAR * np.abs(moves) / REACH_S
    row, move = np.unravel_index(int(np.argmax(found)), found.shape)
    speed, spot, agreed = _exactly(table, float(speeds[row]), centre + float(moves[move]), middle, SPEED_STEP)
    plain_spot = centre + float(moves[np.argmax(found[speeds == 1.0][0])])
    plain = _exactly(table, 1.0, plain_spot, middle, 0.0)
    if plain[2] >= agreed - PLAIN_MARGIN:
        speed, spot, agreed = plain
    around = table.mean(np.array([speed]), spot + table.step * np.array([-1, 0, 1]), middle)[0]
    spot += _beside(around) * table.step
    return replace(line, speed=speed, offset=spot - speed * middle), agreed


def _exactly(
    table: Table, speed: float, spot: float, middle: float, tilt: float
) -> tuple[float, float, float]:
    """The best speed and place around, in ever smaller steps of place and of `tilt` (0: the speed stays), and how well
    the pictures agree there."""
    width, half = table.step, float(table.times[-1] - table.times[0]) / 2
    while True:
        speeds, places = np.unique(speed * (1 + tilt * SPREAD)), spot + width * SPREAD
        found = table.mean(speeds, places, middle)
        row, place = np.unravel_index(int(np.argmax(found)), found.shape)
        speed, spot = float(speeds[row]), float(places[place])
        if max(width, tilt * speed * half) <= EXACT_S:
            return speed, spot, float(found[row, place])
        width, tilt = width / 3, tilt / 3


def _beside(three: Times) -> float:
    """Where between the neighbours of the best of three the top lies, in steps: that of the parabola through them. A
    table of instants a step apart has no more than the values there."""
    bend = float(three[0] - 2 * three[1] + three[2])
    return 0.0 if bend > -1e-6 else float(np.clip((three[0] - three[2]) / (2 * bend), -0.5, 0.5))
