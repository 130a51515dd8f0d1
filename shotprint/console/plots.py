"""Plots as plain numbers: where each bar is and what it says. The template ``plot.html`` draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 360.0, 140.0  # of the picture, which scales
LEFT, RIGHT, BOTTOM, TOP = 36.0, 14.0, 20.0, 8.0  # room for numbers beside and below the bars
GAP = 0.25  # of a bar's place
LEAST, MOST = 1e-9, 1e18  # what is less is nothing, and what is more is as high as this


@dataclass(frozen=True)
class Series:
    """A row of values, with the name of its colour in the style sheet."""

    name: str
    colour: str
    values: Sequence[float]


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    colour: str
    says: str


@dataclass(frozen=True)
class Mark:
    """A number beside the plot, or a word below it."""

    at: float
    text: str


@dataclass(frozen=True)
class Plot:
    """Bars, those of one place on top of each other; `of` is what there is a bar for each of."""

    title: str
    unit: str
    labels: Sequence[str]
    series: Sequence[Series]
    of: str = "Day"

    @property
    def top(self) -> float:
        """The value at the upper end: a round number that no bar is higher than."""
        highest = max(
            (sum(values) for values in zip(*(s.values for s in self.series), strict=True)), default=0.0
        )
        return round_up(highest)

    @property
    def bars(self) -> list[Bar]:
        place = (WIDTH - LEFT - RIGHT) / max(len(self.labels), 1)
        scale = (HEIGHT - BOTTOM - TOP) / self.top
        found = []
        for index, label in enumerate(self.labels):
            floor = HEIGHT - BOTTOM
            for series in self.series:
                value = series.values[index]
                height = min(value * scale, floor - TOP)
                floor -= height
                if value >= LEAST:
                    x = LEFT + (index + GAP / 2) * place
                    says = f"{label}: {series.name} {shown(min(value, MOST))}"
                    found.append(Bar(x, floor, place * (1 - GAP), height, series.colour, says))
        return found

    @property
    def rows(self) -> list[Mark]:
        """Lines across, with their values: none, half, and the top."""
        scale = (HEIGHT - BOTTOM - TOP) / self.top
        return [
            Mark(HEIGHT - BOTTOM - value * scale, shown(value)) for value in (0.0, self.top / 2, self.top)
        ]

    @property
    def columns(self) -> list[Mark]:
        """The words below: some of the labels, the last one always."""
        place = (WIDTH - LEFT - RIGHT) / max(len(self.labels), 1)
        step = max(1, math.ceil(len(self.labels) / 5))
        last = len(self.labels) - 1
        return [
            Mark(LEFT + (index + 0.5) * place, label)
            for index, label in enumerate(self.labels)
            if (last - index) % step == 0
        ]

    @property
    def is_empty(self) -> bool:
        return not self.bars


def round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 10, 20, …; 1 for nothing, and for what is too small or too large to be drawn."""
    if not LEAST <= value <= MOST:
        return 1.0 if value < LEAST else MOST
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        step * power for step in (1.0, 2.0, 4.0, 5.0, 10.0, 20.0) if step * power >= value * (1 - 1e-9)
    )


def shown(value: float) -> str:
    """A number as short as can be."""
    return f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:.2g}"
