"""The pictures themselves, much reduced, side by side: is this the same recording, and exactly where?

Local features say that a moment of the query shows the scene of a moment of the reference, and how the picture was
moved. The second look takes that at its word: it lays the query's reduced pictures onto the reference's and
compares them cell by cell at every instant of the grid.

Two things are measured. *Likeness* is the correlation of two pictures over the cells. *Motion* is the same after
taking away what stands still over the whole stretch: other takes of one scene are as alike as copies, but what moves
in them moves otherwise, and a caption that stands still takes nothing from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Role
from shotprint.engine.video.prints import LOOK_SIDE, VideoPrint

Index = NDArray[np.int64]
Times = NDArray[np.float64]
Cells = NDArray[np.float32]

SIDE: Final = LOOK_SIDE[Role.REFERENCE]
ALIKE_GAIN: Final = 2.0
"""Motion counts up to this many times the likeness of the pictures."""
FINE: Final = 4
"""Samples a side that make a cell of the query's picture."""
MIN_CELLS: Final = 24
"""Fewer cells of the reference's picture in sight say too little."""
PICTURES_AT_ONCE: Final = 1024
"""Pictures that are settled together, so that memory does not grow with the length of a copy by more than the cells."""
AROUND: Final = 2
"""Cells to each side whose mean is taken away from a cell."""
AROUND_STEPS: Final = 6
"""Instants before and after whose mean is what stands still."""
ALIKE: Final = 0.5
"""Likeness in detail from which two pictures may be the same; unrelated ones mostly have less."""
UNLIKE_WEIGHT: Final = 0.01
"""Not nothing: where no picture around is alike, their mean still is what stands still."""
REFINING_ROUNDS: Final = 3
REFINING_PICTURES: Final = 48
LEAST_GAIN: Final = 0.1
"""Contrast of the query to the reference's from which the one can show the other."""
MAX_BEND: Final = 0.12
"""Of the query's width and height; votes place a picture better than that."""
MAX_SHIFT: Final = 1.0
"""Cells by which a shaking picture may be off its place; more is another picture."""
NOISE: Final = 0.7
"""Grey levels (root mean square over the cells) that coding alone moves."""
COVERED: Final = 10.0
"""Grey levels by which a cell has to differ from what it should show to count as covered."""
STILL: Final = 0.7
"""Grey levels under which nothing moves that motion could be told from."""


_MIDDLES: Final = np.vstack(
    [(np.mgrid[:SIDE, :SIDE][::-1].reshape(2, -1) + 0.5) / SIDE, np.ones(SIDE * SIDE)]
)
"""x, y and 1 of every cell's middle, as fractions of the picture; shape (3, 256)."""


@dataclass(frozen=True)
class Overlay:
    """Where the reference's picture lies on the query's.

    ``matrix`` float64, shape (2, 3): from a place in the reference's picture to the place in the query's, both as
    fractions of width and height; the query as it is, even where it is mirrored.
    """

    matrix: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        matrix: NDArray[np.float64],
        query_extent: NDArray[np.float64],
        reference_extent: NDArray[np.float64],
        *,
        mirrored: bool,
    ) -> Overlay:
        """From a map in units of the longer sides, which leads to the mirrored query if so."""
        scaled = np.hstack([matrix[:, :2] * reference_extent, matrix[:, 2:]]) / query_extent[:, None]
        if mirrored:
            scaled = np.diag([-1.0, 1.0]) @ scaled + np.array([[0, 0, 1.0], [0, 0, 0]])
        return cls(scaled)

    @classmethod
    def whole(cls, *, mirrored: bool) -> Overlay:
        """The whole picture on the whole picture."""
        plain = np.array([[1.0, 0, 0], [0, 1, 0]])
        return cls(np.array([[-1.0, 0, 1], [0, 1, 0]]) if mirrored else plain)

    def seen(self) -> NDArray[np.bool_]:
        """Which of the reference's cells lie in the query's picture; shape (256,)."""
        place = self.matrix @ _MIDDLES
        half = np.abs(self.matrix[:, :2]).sum(axis=1, keepdims=True) / SIDE / 4
        return np.asarray(((place > half) & (place < 1 - half)).all(axis=0))

    def away(self, other: Overlay) -> float:
        """How far off the other one the reference's corners are laid at most, in widths or heights of the query."""
        corners = np.array([[0.0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]])
        return float(np.abs((self.matrix - other.matrix) @ corners).max())

    def take(self, looks: NDArray[np.uint8], shift: NDArray[np.float64] | None = None) -> Cells:
        """The query's pictures as the reference's cells see them; shape (n, 64 * 64) → (n, 256).

        ``shift``, shape (n, 2): how many cells to the left and up each picture is laid off its place.
        """
        side = round(looks.shape[1] ** 0.5)  # a reference's print may be searched with
        fine = SIDE * FINE
        # from pixel centres of the fine grid to pixel centres of the query's picture
        linear = self.matrix[:, :2] * (side / fine)
        move = self.matrix[:, 2] * side + linear.sum(axis=1) * 0.5 - 0.5
        moves = np.tile(move, (len(looks), 1))
        if shift is not None:
            moves = moves - shift * FINE @ linear.T
        taken = np.empty((len(looks), SIDE, SIDE), dtype=np.float32)
        for number, look in enumerate(looks.reshape(-1, side, side)):
            warped = cv2.warpAffine(
                look, np.hstack([linear, moves[number][:, None]]), (fine, fine),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
            taken[number] = cv2.resize(warped.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return taken.reshape(-1, SIDE * SIDE)


def refine(overlay: Overlay, looks: NDArray[np.uint8], reference: Cells) -> tuple[Overlay, float]:
    """The overlay, bent to where the pictures fit best, and their mean likeness then; shapes (n, 64 * 64), (n, 256).

    Votes place a picture to some per cent, which detail does not forgive. Least squares of all pictures together on the
    six numbers of the map: "An iterative image registration technique" (Lucas and Kanade, IJCAI 1981), section 5.
    """
    some = np.unique(np.linspace(0, len(looks) - 1, REFINING_PICTURES).astype(np.int64))
    looks, reference = looks[some], reference[some]
    best, best_fit = overlay, _fit(overlay, looks, reference)
    for _ in range(REFINING_ROUNDS):
        bent = _bent(best, looks, reference)
        if bent.away(overlay) > MAX_BEND:  # another map, which fits by chance
            break
        fit = _fit(bent, looks, reference)
        if fit <= best_fit:
            break
        best, best_fit = bent, fit
    return best, best_fit


def _fit(overlay: Overlay, looks: NDArray[np.uint8], reference: Cells) -> float:
    """Mean likeness in detail."""
    seen = overlay.seen()
    if int(seen.sum()) < MIN_CELLS:
        return -1.0
    query = overlay.take(looks)
    return float(likeness(sharpen(query[:, seen], seen), sharpen(reference[:, seen], seen)).mean())


def _bent(overlay: Overlay, looks: NDArray[np.uint8], reference: Cells) -> Overlay:
    """One step: the cells of the query show the reference a little beside their place; by how much, as an affine
    function of the place."""
    seen = overlay.seen()
    slopes = _slopes(reference, seen)
    target, plain = overlay.take(looks)[:, seen], reference[:, seen]
    target, plain = (part - part.mean(axis=1, keepdims=True) for part in (target, plain))
    power = np.einsum("nc,nc->n", plain, plain) + 1e-3
    gain = np.maximum(np.einsum("nc,nc->n", target, plain) / power, LEAST_GAIN)[:, None]
    rest = target - gain * plain
    clear = np.abs(rest) <= max(COVERED, 3 * float(np.median(np.abs(rest))))
    x, y, ones = _MIDDLES[:, seen]
    columns = np.stack([gain * slope * by * clear for slope in slopes for by in (ones, x, y)], axis=2)
    columns = columns.reshape(-1, 6).astype(np.float64)
    normal = columns.T @ columns
    normal += np.eye(6) * (1e-3 + 1e-3 * np.trace(normal) / 6)
    across, across_x, across_y, down, down_x, down_y = np.linalg.solve(
        normal, columns.T @ (rest * clear).ravel().astype(np.float64)
    )
    beside = np.array([[across_x, across_y, across], [down_x, down_y, down], [0, 0, 0]]) / SIDE
    return Overlay(overlay.matrix @ np.linalg.inv(np.eye(3) + beside))


def _slopes(pictures: Cells, seen: NDArray[np.bool_]) -> tuple[Cells, Cells]:
    """Grey levels a cell, across and down, of the cells in sight; shape (n, 256) → (n, seen cells) twice."""
    square = pictures.reshape(-1, SIDE, SIDE)
    across, down = (
        np.asarray(np.gradient(square, axis=axis)).reshape(len(pictures), -1)[:, seen] for axis in (2, 1)
    )
    return across, down


def shown_at(made: VideoPrint, times: Times) -> Index:
    """The run shown at each moment."""
    return np.clip(np.searchsorted(made.start, times, side="right") - 1, 0, len(made.start) - 1)


def reference_cells(reference: VideoPrint, times: Times) -> Cells:
    """The reference's cells at any moment, between two instants of the grid a mixture of both; shape (n, 256)."""
    rate = reference.preset.grid_rate
    instant = np.floor(times * rate) / rate
    share = ((times - instant) * rate).astype(np.float32)[:, None]
    first, second = shown_at(reference, instant + 1e-4), shown_at(reference, instant + 1 / rate + 1e-4)
    return reference.look[first] * (1 - share) + reference.look[second] * share


def sharpen(cells: Cells, seen: NDArray[np.bool_]) -> Cells:
    """Each cell less the mean of those around it, as far as they are in sight; shape (n, seen cells) twice.

    Any two pictures with a bright middle and dark edges are alike at large; detail tells them apart.

    Parameters
    ----------
    seen : bool, shape (256,)
        Where the cells lie in the picture.
    """
    row, column = np.divmod(np.flatnonzero(seen), SIDE)
    near = (np.abs(row[:, None] - row) <= AROUND) & (np.abs(column[:, None] - column) <= AROUND)
    share = near / near.sum(axis=0)
    return np.asarray(cells - cells @ share.astype(np.float32))


def contrast(pictures: Cells) -> NDArray[np.float64]:
    """Grey levels by which the cells of each picture differ from their mean (root mean square); (n, cells) → (n,)."""
    return np.asarray(pictures.std(axis=1), dtype=np.float64)


def likeness(left: Cells, right: Cells) -> NDArray[np.float64]:
    """Correlation of each pair of pictures, shape (n, cells) twice → (n,); near 0 where there is no contrast."""
    left = left - left.mean(axis=1, keepdims=True)
    right = right - right.mean(axis=1, keepdims=True)
    both = np.einsum("nc,nc->n", left, right)
    power = np.einsum("nc,nc->n", left, left) * np.einsum("nc,nc->n", right, right)
    floor = left.shape[1] * NOISE**2
    return np.asarray(both / (np.sqrt(power) + floor), dtype=np.float64)


def settle(query: Cells, reference: Cells, seen: NDArray[np.bool_]) -> tuple[Cells, NDArray[np.float64]]:
    """The query's cells, each picture moved by up to a cell to where it fits the reference's best, and by how many
    cells to the left and up; shape (n, 256) twice → (n, seen cells), (n, 2).

    One step of Lucas and Kanade ("An iterative image registration technique", IJCAI 1981): least squares of the
    query's picture on the reference's, its two slopes, and a constant.
    """
    parts = [
        _settle(query[first : first + PICTURES_AT_ONCE], reference[first : first + PICTURES_AT_ONCE], seen)
        for first in range(0, max(1, len(query)), PICTURES_AT_ONCE)
    ]
    return np.concatenate([cells for cells, _ in parts]), np.concatenate([shift for _, shift in parts])


def _settle(query: Cells, reference: Cells, seen: NDArray[np.bool_]) -> tuple[Cells, NDArray[np.float64]]:
    across, down = _slopes(reference, seen)
    plain, target = reference[:, seen], query[:, seen]
    columns = np.stack([plain, across, down, np.ones_like(plain)], axis=2).astype(np.float64)
    normal = np.einsum("nci,ncj->nij", columns, columns)
    normal += np.eye(4) * (1e-3 + 1e-4 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / 4)
    right = np.einsum("nci,nc->ni", columns, target.astype(np.float64))
    part = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    gain = np.maximum(part[:, :1], LEAST_GAIN)
    shift = part[:, 1:3] / gain
    far = np.maximum(1.0, np.abs(shift).max(axis=1, keepdims=True) / MAX_SHIFT)
    moved = (part[:, 1:2] * across + part[:, 2:3] * down) / far
    return np.asarray(target - moved, dtype=np.float32), shift / far


@dataclass(frozen=True)
class Moved:
    """How what moves in two series of pictures agrees, all of shape (n,): the correlation of each pair of pictures
    after the mean of the stretch is taken away, and how much moves in the query and in the reference, in grey levels
    (root mean square over the cells)."""

    agreement: NDArray[np.float64]
    query: NDArray[np.float64]
    reference: NDArray[np.float64]
    product: NDArray[np.float64]

    def overall(self, rows: NDArray[np.bool_]) -> float:
        """One correlation over many pictures."""
        power = np.sqrt((self.query[rows] ** 2).sum() * (self.reference[rows] ** 2).sum())
        return float(self.product[rows].sum() / (power + 1e-9))

    def amount(self, rows: NDArray[np.bool_]) -> float:
        """Grey levels that move, the more of the two."""
        if not rows.any():
            return 0.0
        return float(np.sqrt(max((self.query[rows] ** 2).mean(), (self.reference[rows] ** 2).mean())))


def motion(query: Cells, reference: Cells, alike: NDArray[np.float64]) -> Moved:
    """Compare what moves; shapes (n, cells) twice, (n,). What stands still is the mean of those instants around each
    at which the pictures are alike: the mean over a cut would make the whole picture move."""
    weight = np.where(alike >= ALIKE, 1.0, UNLIKE_WEIGHT)
    left, right = (_moving(part, weight) for part in (query, reference))
    cells = left.shape[1]
    product = np.einsum("nc,nc->n", left, right).astype(np.float64) / cells
    moved = [np.sqrt(np.einsum("nc,nc->n", part, part) / cells).astype(np.float64) for part in (left, right)]
    return Moved(product / (moved[0] * moved[1] + NOISE**2), moved[0], moved[1], product)


def _moving(cells: Cells, weight: NDArray[np.float64]) -> Cells:
    steps = np.arange(len(cells))
    first, last = np.maximum(0, steps - AROUND_STEPS), np.minimum(len(cells), steps + AROUND_STEPS + 1)
    columns = np.hstack([cells * weight[:, None], weight[:, None]])
    total = np.concatenate([np.zeros((1, columns.shape[1])), np.cumsum(columns, axis=0, dtype=np.float64)])
    around = total[last] - total[first]
    return np.asarray(cells - around[:, :-1] / around[:, -1:], dtype=np.float32)


@dataclass(frozen=True)
class Looks:
    """A series of pictures prepared for comparing any of them with any other.

    At large: detail (`sharpen`) forgives no map that is some per cent off, as voted ones are. ``cells`` float32
    (n, cells), less their mean; ``moving`` float32 (n, cells), less what stands still around, and ``moves`` (n,), how
    many grey levels that is (root mean square over the cells).
    """

    cells: Cells
    moving: Cells
    moves: Cells

    @classmethod
    def of(cls, cells: Cells, seen: NDArray[np.bool_]) -> Looks:
        """Of neighbouring instants; shape (n, 256). ``seen``, bool (256,): where to look."""
        seen_cells = cells[:, seen]
        moving = _moving(seen_cells, np.ones(len(cells)))
        levelled = seen_cells - seen_cells.mean(axis=1, keepdims=True)
        return cls(levelled, moving, np.sqrt((moving**2).mean(axis=1)))

    def only(self, rows: Index) -> Looks:
        return Looks(self.cells[rows], self.moving[rows], self.moves[rows])


def agreement_of_all(query: Looks, reference: Looks) -> Cells:
    """How well each picture of the one agrees with each of the other, see `blend`; (n, cells), (m, cells) → (n, m)."""
    cells = query.cells.shape[1]
    power = np.sqrt((query.cells**2).sum(axis=1)[:, None] * (reference.cells**2).sum(axis=1))
    alike = query.cells @ reference.cells.T / (power + cells * NOISE**2)
    moved = query.moves[:, None] * reference.moves
    motion = query.moving @ reference.moving.T / cells / (moved + NOISE**2)
    agreed = blend(alike, motion, np.maximum(query.moves[:, None], reference.moves))
    return np.asarray(agreed, dtype=np.float32)


def blend(alike: NDArray[Any], motion: NDArray[Any], amount: NDArray[Any]) -> NDArray[Any]:
    """Where nothing moves, likeness; where much moves, motion, as far as the pictures are alike as well."""
    share = np.clip((amount - STILL) / STILL, 0, 1)
    return share * np.minimum(motion, np.maximum(alike, 0) * ALIKE_GAIN) + (1 - share) * alike


def clear_cells(query: Cells, reference: Cells) -> NDArray[np.bool_]:
    """Which cells of two mean pictures show the same, up to brightness and contrast; shape (cells,) twice → (cells,).

    A caption or a logo covers the others. Least squares, repeated without what lies far off; of more than half of
    the cells nothing is left out, since then the pictures are not the same.
    """
    keep = np.ones(len(query), dtype=np.bool_)
    for _ in range(4):
        left, right = query[keep], reference[keep]
        spread = float(((right - right.mean()) ** 2).sum())
        gain = float(((left - left.mean()) * (right - right.mean())).sum()) / (spread + 1e-6)
        rest = np.abs(query - left.mean() - max(gain, LEAST_GAIN) * (reference - right.mean()))
        new = rest <= max(COVERED, 3 * float(np.median(rest)))
        if new.sum() * 2 < len(new):
            return np.ones(len(query), dtype=np.bool_)
        if (new == keep).all():
            break
        keep = new
    return keep
