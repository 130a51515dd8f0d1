"""A line and an overlay → the stretches of the line that really are copied, with their boundaries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.align.offset_votes import Line
from shotprint.engine.align.placing import REACH_S, Table, place
from shotprint.engine.align.second_look import (
    MIN_CELLS,
    STILL,
    Cells,
    Looks,
    Moved,
    Overlay,
    agreement_of_all,
    blend,
    clear_cells,
    contrast,
    likeness,
    motion,
    reference_cells,
    refine,
    settle,
    sharpen,
    shown_at,
)
from shotprint.engine.video.prints import VideoPrint

Times = NDArray[np.float64]

EXTEND_S: Final = 4.0
HIT: Final = 0.4
"""Agreement from which an instant belongs to a copy."""
HIT_SHARE: Final = 0.5
"""The same, as a share of the agreement that most hits have."""
WEAK: Final = 0.35
"""Motion below which the same scene, seen beside a copy, speaks against it."""
PLACING_STEPS: Final = 120
"""Of a longer line this many instants, evenly spread, are enough to place it."""
GAP_S: Final = 1.5
MIN_HITS: Final = 3
BESIDE_STEPS: Final = 8
AGAINST_STEPS: Final = 4
"""Of these instants before or after a run, so many of the same scene are needed to contradict it."""
SAME_SCENE: Final = 0.75
"""Likeness from which two pictures show the same scene."""
FLAT: Final = 1.0
"""Grey levels (root mean square over the cells) below which a picture shows nothing that could agree."""
LEAST_AGREEMENT: Final = 0.1
"""Mean agreement along a line, before its map is bent, below which no part of it is a copy."""
LEAST_FIT: Final = 0.05
"""Mean likeness along a line below which no part of it is a copy."""
SHAKES: Final = 0.1
"""Cells by which the pictures are off their place on average before each is laid anew."""


@dataclass(frozen=True)
class Run:
    """A stretch of the query that shows the reference.

    Attributes
    ----------
    times : instants of the query, seconds, shape (n,)
    agreement : how well the pictures agree at each, -1 to 1.
    line : through the run.
    likeness, motion : of the whole run, see `second_look`; ``moves`` is how many grey levels move.
    moving_s : seconds in which something moves.
    contradicted : right beside the run the scene goes on in both, but what moves in it does not agree.
    overlay : where the picture lies.
    covered : share of the reference's cells in sight that something lies over, 0 to 1.
    """

    times: Times
    agreement: Times
    line: Line
    likeness: float
    motion: float
    moves: float
    moving_s: float
    contradicted: bool
    overlay: Overlay
    covered: float


@dataclass(frozen=True)
class Agreement:
    """At the instants of a line: how well the pictures agree, how alike they are, and both series of cells, in sight
    and not covered; shapes (n,), (n,), (n, cells), (n, cells)."""

    agreement: Times
    likeness: Times
    query: Cells
    shown: Cells


class LineFollower:
    """Follows one line of a query and a reference; `follow` bends the overlay to it."""

    def __init__(self, query: VideoPrint, reference: VideoPrint, overlay: Overlay) -> None:
        self._query, self._reference, self._overlay = query, reference, overlay
        self._seen = overlay.seen()
        self._step = 1 / query.preset.grid_rate
        self._taken: dict[int, Cells] = {}

    @property
    def can_see(self) -> bool:
        return int(self._seen.sum()) >= MIN_CELLS

    def follow(self, line: Line, *, min_length_s: float) -> list[Run]:
        """The stretches of a line on which query and reference agree."""
        if len(self._core(line)) < MIN_HITS:
            return []
        line, agreed = self._placed(line)
        if agreed < LEAST_AGREEMENT or self._refine(line) < LEAST_FIT:
            return []
        begin, end = line.begin - EXTEND_S, line.end + EXTEND_S
        reach = 4 * EXTEND_S
        while True:
            times = self._instants(line, begin, end)
            if len(times) < MIN_HITS:
                return []
            seen = self._agreement(times, line)
            runs = _runs(times, seen.agreement, min_length_s)
            if not runs:
                return []
            more_before = times[runs[0].start] - GAP_S < begin and begin > 0
            more_after = times[runs[-1].stop - 1] + GAP_S > end and end < self._query.duration
            if not (more_before or more_after):
                break
            begin, end = begin - reach * more_before, end + reach * more_after
            reach *= 2
        return [self._measure(times[rows], line, contradicted=_is_contradicted(rows, seen)) for rows in runs]

    def _refine(self, line: Line) -> float:
        """Lay the reference's picture where it fits best along the line; how alike the pictures are then."""
        times = self._core(line)
        if len(times) < MIN_HITS:
            return 0.0
        looks = self._query.look[shown_at(self._query, times + 1e-4)]
        self._overlay, fit = refine(self._overlay, looks, self._reference_cells(times, line))
        self._seen = self._overlay.seen()
        self._taken.clear()
        return fit

    def _instants(self, line: Line, begin: float, end: float) -> Times:
        step = self._step
        first, last = max(0.0, begin), min(end, self._query.duration)
        times: Times = (
            np.arange(np.ceil(first / step - 1e-6), np.ceil(last / step - 1e-6), dtype=np.float64) * step
        )
        place = line.at(times)
        return np.asarray(times[(place >= -step / 2) & (place <= self._reference.duration + step / 2)])

    def _query_cells(self, times: Times) -> Cells:
        runs = shown_at(self._query, times + 1e-4)
        new = [run for run in np.unique(runs).tolist() if run not in self._taken]
        if new:
            self._taken.update(zip(new, self._overlay.take(self._query.look[new]), strict=True))
        return np.array([self._taken[run] for run in runs.tolist()])

    def _reference_cells(self, times: Times, line: Line) -> Cells:
        return reference_cells(self._reference, np.clip(line.at(times), 0, self._reference.duration))

    def _placed(self, line: Line) -> tuple[Line, float]:
        """The line moved and tilted to where the pictures agree best, and how well they do on average."""
        times, step = self._core(line), self._step
        expected = line.at(times)
        first = max(0.0, np.floor((expected[0] - 2 * REACH_S) / step) * step)
        shown = np.arange(first, min(self._reference.duration, expected[-1] + 2 * REACH_S), step)
        if not len(shown):
            return line, 0.0
        query = self._query_cells(times)
        clear = self._uncovered(query, self._reference_cells(times, line), times, line)
        some = np.unique(np.linspace(0, len(times) - 1, PLACING_STEPS).astype(np.int64))
        left = Looks.of(query, clear).only(some)
        right = Looks.of(reference_cells(self._reference, shown), clear)
        return place(line, Table(times[some], first, step, agreement_of_all(left, right)))

    def _core(self, line: Line) -> Times:
        return self._instants(line, line.begin - 0.5, line.end + 0.5)

    def _agreement(self, times: Times, line: Line) -> Agreement:
        """How well the pictures agree at each instant: likeness, and where something moves, motion."""
        query, shown = self._settled(times, line)
        alike = likeness(query, shown)
        moved = motion(query, shown, alike)
        flat = np.minimum(contrast(query), contrast(shown)) < FLAT
        return Agreement(np.where(flat, 0.0, _blend(alike, moved)), alike, query, shown)

    def _settled(self, times: Times, line: Line) -> tuple[Cells, Cells]:
        """Both series of cells, in sight and not covered, the query's moved to where they fit; looked at once more
        where it shakes."""
        query, reference = self._query_cells(times), self._reference_cells(times, line)
        clear = self._uncovered(
            query, reference, times, line
        )  # a caption would pull the picture off its place
        settled, shift = settle(query, reference, clear)
        if np.abs(shift).mean() > SHAKES:
            looks = self._query.look[shown_at(self._query, times + 1e-4)]
            settled, more = settle(self._overlay.take(looks, shift), reference, clear)
            settled, _ = settle(self._overlay.take(looks, shift + more), reference, clear)
        return sharpen(settled, clear), sharpen(reference[:, clear], clear)

    def _uncovered(self, query: Cells, reference: Cells, times: Times, line: Line) -> NDArray[np.bool_]:
        """The cells in sight that nothing covers while the line runs; shape (256,)."""
        core = (times >= line.begin) & (times <= line.end)
        if not core.any():
            core[:] = True
        means = (part[core][:, self._seen].mean(axis=0) for part in (query, reference))
        clear = self._seen.copy()
        clear[clear] = clear_cells(*means)
        return clear

    def _measure(self, times: Times, line: Line, *, contradicted: bool) -> Run:
        query, shown = self._settled(times, line)
        alike = likeness(query, shown)
        everything = np.ones(len(times), dtype=np.bool_)
        moved = motion(query, shown, alike)
        return Run(
            times=times,
            agreement=_blend(alike, moved),
            line=replace(line, begin=float(times[0]), end=float(times[-1])),
            likeness=float(likeness(query.mean(axis=0)[None], shown.mean(axis=0)[None])[0]),
            motion=moved.overall(everything),
            moves=moved.amount(everything),
            moving_s=float((np.sqrt(moved.query * moved.reference) >= STILL).sum()) * self._step,
            contradicted=contradicted,
            overlay=self._overlay,
            covered=1 - query.shape[1] / max(1, int(self._seen.sum())),
        )


def _is_contradicted(rows: slice, seen: Agreement) -> bool:
    """Whether before or after a run the same scene goes on in both files, but what moves in it does not agree."""
    before = np.arange(max(0, rows.start - BESIDE_STEPS), rows.start)
    after = np.arange(rows.stop, min(rows.stop + BESIDE_STEPS, len(seen.likeness)))
    return any(
        _moves_otherwise(seen.query[same], seen.shown[same])
        for same in (beside[seen.likeness[beside] >= SAME_SCENE] for beside in (before, after))
    )


def _moves_otherwise(query: Cells, shown: Cells) -> bool:
    """Judged by their own mean: where the run stands still its picture is no part of what moves here."""
    if len(query) < AGAINST_STEPS:
        return False
    everything = np.ones(len(query), dtype=np.bool_)
    moved = motion(query, shown, np.ones(len(query)))
    return moved.amount(everything) >= STILL and moved.overall(everything) < WEAK


def _blend(alike: Times, moved: Moved) -> Times:
    return blend(alike, moved.agreement, np.maximum(moved.query, moved.reference))


def _runs(times: Times, agreement: Times, min_length_s: float) -> list[slice]:
    """Stretches whose hits are at most `GAP_S` apart; they begin and end with hits."""
    hits = np.flatnonzero(agreement >= HIT)
    if len(hits) < MIN_HITS:
        return []
    level = float(np.median(agreement[hits]))  # a clean copy agrees much better than what surrounds it
    hits = np.flatnonzero(agreement >= max(HIT, HIT_SHARE * level))
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    breaks = np.flatnonzero(np.diff(times[hits]) > GAP_S) + 1
    found = []
    for group in np.split(hits, breaks):
        length = times[group[-1]] - times[group[0]] + step
        if len(group) >= MIN_HITS and length >= min_length_s:
            found.append(slice(int(group[0]), int(group[-1]) + 1))
    return found
