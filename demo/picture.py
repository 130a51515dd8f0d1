"""Draws a match: the film strip of the query above that of the reference, the copied stretch lit on both."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from demo.edited_copy import Picture, read_pictures

SCALE = 2  # drawn larger and reduced at the end: smoother lines and letters
WIDTH, HEIGHT = 1200, 350
MARGIN = 24
TILE = (128, 72)
STRIP_WIDTH = 9 * TILE[0]
QUERY_TOP, REFERENCE_TOP = 56, 224
PAPER, INK, FAINT, MARK = (255, 255, 255), (40, 40, 40), (120, 120, 120), (60, 160, 30)
DIM = 0.4
EDGE_S = 0.3  # boundaries are told to a quarter of a second or so

Span = tuple[float, float]  # seconds


class Strip:
    """One film strip: `left` and `top` in pixels, `per_second` pixels a second."""

    def __init__(
        self, path: Path, duration: float, span: Span, left: float, top: int, per_second: float
    ) -> None:
        self._path = path
        self._duration = duration
        self._span = span
        self.start = left + span[0] * per_second
        self.end = left + span[1] * per_second
        self.top = top
        self.bottom = top + TILE[1]
        self._left = left
        self._per_second = per_second

    def paint(self, canvas: Picture) -> None:
        """Draw the pictures, dim outside the span, and frame the span."""
        film = self._film()
        lit = np.full(film.shape[1], DIM)
        first, last = round((self.start - self._left) * SCALE), round((self.end - self._left) * SCALE)
        lit[first:last] = 1.0
        pale = film * lit[None, :, None] + 255 * (1 - lit)[None, :, None]
        x, y = round(self._left * SCALE), self.top * SCALE
        canvas[y : y + film.shape[0], x : x + film.shape[1]] = pale.astype(np.uint8)
        corners = (_at(self.start, self.top), _at(self.end, self.bottom))
        cv2.rectangle(canvas, *corners, MARK, 3 * SCALE, cv2.LINE_AA)

    def _film(self) -> Picture:
        """The tiles side by side, each showing the moment at its middle; one of them begins with the span."""
        width, tile_width = round(self._duration * self._per_second * SCALE), TILE[0] * SCALE
        film = np.zeros((TILE[1] * SCALE, width, 3), np.uint8)
        first = round((self.start - self._left) * SCALE) % tile_width - tile_width
        lefts = range(first, width, tile_width)
        moments = [self._moment((left / tile_width + 0.5) * TILE[0] / self._per_second) for left in lefts]
        for left, picture in zip(lefts, pictures_at(self._path, moments), strict=True):
            tile = cv2.resize(picture, (tile_width, film.shape[0]), interpolation=cv2.INTER_AREA)
            begin, end = max(left, 0), min(left + tile_width, width)
            film[:, begin:end] = tile[:, begin - left : end - left]
        return film

    def _moment(self, middle: float) -> float:
        """The moment that a tile shows: one inside the span if the tile begins there."""
        begins = middle - TILE[0] / self._per_second / 2
        return (
            min(middle, self._span[1] - EDGE_S) if self._span[0] - EDGE_S < begins < self._span[1] else middle
        )


def pictures_at(path: Path, moments: list[float]) -> list[Picture]:
    """The last picture at or before each moment (seconds, rising); past the end the last one."""
    shown: list[Picture] = []
    last: Picture | None = None
    step = 1 / 25
    for number, picture in enumerate(read_pictures(path, 0.0, float("inf"))):
        last = picture
        while len(shown) < len(moments) and moments[len(shown)] < (number + 1) * step:
            shown.append(picture)
    if last is None:
        raise ValueError(f"{path} has no picture")
    return shown + [last] * (len(moments) - len(shown))


def draw_match(
    target: Path,
    query: tuple[Path, float, Span],
    reference: tuple[Path, float, Span],
    title: str,
    credit: str,
) -> None:
    """Write a picture of one segment; each side is (file, its length in seconds, its span)."""
    canvas: Picture = np.full((HEIGHT * SCALE, WIDTH * SCALE, 3), PAPER, np.uint8)
    per_second = STRIP_WIDTH / query[1]
    above = Strip(*query, MARGIN, QUERY_TOP, per_second)
    below = Strip(*reference, (WIDTH - reference[1] * per_second) / 2, REFERENCE_TOP, per_second)
    _paint_band(canvas, above, below)
    above.paint(canvas)
    below.paint(canvas)
    _write(canvas, title, MARGIN, QUERY_TOP - 22, 0.62, INK)
    _label_times(canvas, above, query[2], above.bottom + 22)
    _label_times(canvas, below, reference[2], below.top - 12)
    _write(canvas, f"stored: {reference[0].name}", below.start, below.bottom + 26, 0.55, INK)
    _write(canvas, credit, MARGIN, HEIGHT - 10, 0.42, FAINT)
    small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    if not cv2.imwrite(str(target), small, [cv2.IMWRITE_JPEG_QUALITY, 88]):
        raise OSError(f"Cannot write {target}")


def _paint_band(canvas: Picture, above: Strip, below: Strip) -> None:
    corners = [
        _at(above.start, above.bottom),
        _at(above.end, above.bottom),
        _at(below.end, below.top),
        _at(below.start, below.top),
    ]
    tinted = canvas.copy()
    cv2.fillPoly(tinted, [np.array(corners, np.int32)], MARK, cv2.LINE_AA)
    canvas[:] = cv2.addWeighted(tinted, 0.18, canvas, 0.82, 0)


def _label_times(canvas: Picture, strip: Strip, span: Span, baseline: int) -> None:
    for seconds, x, align_right in ((span[0], strip.start + 6, False), (span[1], strip.end - 6, True)):
        _write(canvas, f"{seconds:.1f} s", x, baseline, 0.55, MARK, align_right=align_right)


def _write(
    canvas: Picture,
    text: str,
    x: float,
    baseline: int,
    size: float,
    colour: tuple[int, int, int],
    *,
    align_right: bool = False,
) -> None:
    font, scale, weight = cv2.FONT_HERSHEY_DUPLEX, size * SCALE, SCALE
    if align_right:
        (width, _), _ = cv2.getTextSize(text, font, scale, weight)
        x -= width / SCALE
    cv2.putText(canvas, text, _at(x, baseline), font, scale, colour, weight, cv2.LINE_AA)


def _at(x: float, y: float) -> tuple[int, int]:
    return round(x * SCALE), round(y * SCALE)
