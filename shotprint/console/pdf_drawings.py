"""What is drawn in the PDF of a match."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from shotprint.console.drawing import PICTURE, shown_part, turn_matrix
from shotprint.console.map_plot import HEIGHT as MAP_HEIGHT
from shotprint.console.map_plot import LEFT as MAP_LEFT
from shotprint.console.map_plot import TOP as MAP_TOP
from shotprint.console.map_plot import WIDTH as MAP_WIDTH
from shotprint.console.map_plot import MapPlot
from shotprint.console.pdf_text import PLAIN
from shotprint.console.render import clock
from shotprint.engine.types import Transform

INK, MUTED, LINE = HexColor("#15191c"), HexColor("#56606a"), HexColor("#dfe3e7")
_QUERY, _REFERENCE, _BAND = HexColor("#0b6b63"), HexColor("#7a3fb5"), HexColor("#bcd6d3")
_MARK, _FOUND = HexColor("#ffd400"), HexColor("#e5006e")


class _Drawing(Flowable):  # type: ignore[misc]  # reportlab has no types, so its class is Any
    """Something drawn by hand, as wide as it says."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return self.width, self.height


class Bands(_Drawing):
    """From where on the query's line to where on the reference's, below it; corners as shares of the lines."""

    def __init__(
        self, bands: Sequence[tuple[float, float, float, float]], above: str, below: str, width: float
    ) -> None:
        super().__init__(width, 62)
        self._bands, self._above, self._below = bands, above, below

    def draw(self) -> None:
        canvas, width = self.canv, self.width
        top, bottom = 50.0, 12.0
        canvas.setFillColor(_BAND)
        for start, end, there_start, there_end in self._bands:
            path = canvas.beginPath()
            path.moveTo(width * start, top)
            path.lineTo(width * end, top)
            path.lineTo(width * there_end, bottom)
            path.lineTo(width * there_start, bottom)
            path.close()
            canvas.drawPath(path, stroke=0, fill=1)
        canvas.setFont(PLAIN, 7)
        for colour, y, words, place in ((_QUERY, top, self._above, 54), (_REFERENCE, bottom, self._below, 2)):
            canvas.setFillColor(colour)
            canvas.rect(0, y - 1, width, 2, stroke=0, fill=1)
            canvas.drawString(0, place, words)


class Bars(_Drawing):
    """Where in the query a match is, as shares: from where on, and how wide."""

    def __init__(self, bars: Sequence[tuple[float, float]], width: float, *, current: bool) -> None:
        super().__init__(width, 9)
        self._bars, self._colour = bars, _QUERY if current else MUTED

    def draw(self) -> None:
        for colour, start, width in ((LINE, 0.0, 1.0), *((self._colour, *bar) for bar in self._bars)):
            self.canv.setFillColor(colour)
            self.canv.rect(self.width * start, 0, self.width * width, self.height, stroke=0, fill=1)


class Strip(_Drawing):
    """A film strip; marks as shares: where it begins, and how wide it is."""

    def __init__(self, picture: bytes, marks: Sequence[tuple[float, float]], width: float) -> None:
        self._image = ImageReader(io.BytesIO(picture))
        wide, high = self._image.getSize()
        super().__init__(width, width * high / wide)
        self._marks = marks

    def draw(self) -> None:
        self.canv.drawImage(self._image, 0, 0, self.width, self.height)
        self.canv.setStrokeColor(_MARK)
        self.canv.setLineWidth(2)
        for start, width in self._marks:
            self.canv.rect(self.width * start, 1, self.width * width, self.height - 2, stroke=1, fill=0)


class Shot(_Drawing):
    """A picture with what was done to it drawn on it."""

    def __init__(self, picture: bytes, transform: Transform, side: str, width: float) -> None:
        self._image = ImageReader(io.BytesIO(picture))
        wide, high = self._image.getSize()
        height = min(width * high / wide, 1.5 * width)
        super().__init__(height * wide / high, height)
        self._transform, self._side = transform, side

    def draw(self) -> None:
        canvas = self.canv
        canvas.drawImage(self._image, 0, 0, self.width, self.height)
        box = shown_part(self._transform, self._side)
        if box is not None:
            across, down = self.width / PICTURE, self.height / PICTURE
            canvas.setStrokeColor(_MARK)
            canvas.setLineWidth(1.2)
            canvas.rect(
                box.x * across,
                self.height - (box.y + box.height) * down,
                box.width * across,
                box.height * down,
            )
        matrix = turn_matrix(self._transform)
        if matrix is not None:
            self._letter(matrix if self._side == "query" else (1.0, 0.0, 0.0, 1.0))

    def _letter(self, matrix: tuple[float, float, float, float]) -> None:
        """An F in the corner, turned; its lines are those of the console's page, where down is positive."""
        canvas = self.canv
        canvas.saveState()
        canvas.translate(self.width - 10, 10)
        canvas.setFillColor(INK)
        canvas.rect(-8, -8, 16, 16, stroke=0, fill=1)
        a, b, c, d = matrix
        canvas.transform(a, -b, -c, d, 0, 0)
        canvas.setStrokeColor(_MARK)
        canvas.setLineWidth(1.6)
        canvas.lines([(-2.5, -5.5, -2.5, 5.5), (-2.5, 5.5, 3.5, 5.5), (-2.5, 0, 2.5, 0)])
        canvas.restoreState()


class Map(_Drawing):
    """The map of which moments agree, with its axes."""

    def __init__(self, plot: MapPlot) -> None:
        self._scale = 1.1
        super().__init__((MAP_LEFT + MAP_WIDTH + 20) * self._scale, (MAP_HEIGHT + MAP_TOP + 22) * self._scale)
        self._plot = plot

    def draw(self) -> None:
        canvas, shown = self.canv, self._plot.map
        canvas.scale(self._scale, self._scale)
        bottom, right = 18.0, MAP_LEFT + MAP_WIDTH
        image = ImageReader(io.BytesIO(self._plot.image))
        canvas.drawImage(image, MAP_LEFT, bottom, MAP_WIDTH, MAP_HEIGHT, mask="auto")
        canvas.setStrokeColor(LINE)
        canvas.rect(MAP_LEFT, bottom, MAP_WIDTH, MAP_HEIGHT)
        canvas.setStrokeColor(_FOUND)
        canvas.setDash(4, 2)
        for line in self._plot.lines:
            up = bottom + MAP_TOP + MAP_HEIGHT
            canvas.line(line.x1, up - line.y1, line.x2, up - line.y2)
        canvas.setFont(PLAIN, 7)
        canvas.setFillColor(MUTED)
        canvas.drawString(MAP_LEFT, 8, clock(shown.query_start))
        canvas.drawRightString(right, 8, clock(shown.query_end))
        canvas.drawRightString(MAP_LEFT - 4, bottom, clock(shown.reference_start))
        canvas.drawRightString(MAP_LEFT - 4, bottom + MAP_HEIGHT - 6, clock(shown.reference_end))
