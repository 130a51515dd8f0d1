"""A match as people judge it: which moments to look at, where to draw what, and the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shotprint.engine.types import Match, Segment, Transform
from shotprint.service.types import File, MediaPlace
from shotprint.service.verdicts import Pair

MOST_MOMENTS = 8  # unless there are more segments
MOST_ROWS = 40  # of matches on a time line
WIDTH = 1000.0  # of drawings, which scale
PICTURE = 100.0  # both sides of what is drawn on a picture

Span = tuple[float, float]
T = TypeVar("T")


@dataclass(frozen=True)
class Side:
    """One of the two files.

    Attributes
    ----------
    name : "query" or "reference", as in addresses.
    title : the primary key, or the object's name.
    place : None when it is not known any more.
    file : as it is stored in the library now; None when it is not.
    """

    name: str
    title: str
    place: MediaPlace | None
    duration_s: float | None
    file: File | None = None


@dataclass(frozen=True)
class Moment:
    """A moment of the query and the one of the reference that it shows.

    Attributes
    ----------
    segment : its number, from 1.
    votes : of the pair; None where the segment has kept none, and the moment is its middle.
    """

    segment: int
    query_time: float
    reference_time: float
    votes: float | None
    transform: Transform


@dataclass(frozen=True)
class Rect:
    """On a drawing."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Row:
    """A match on the query's time line: its number, and where its segments are."""

    number: int
    title: str
    similarity: float
    bars: tuple[Rect, ...]
    current: bool


@dataclass(frozen=True)
class Evidence:
    """A match with all that the page says of it.

    Attributes
    ----------
    task : the path of the task's page, below ``/console``.
    pair : what the match is between, as verdicts are kept.
    number : of the match, from 1.
    matches : all of the task.
    threshold : similarities below it were left out; None when the preset's own was used.
    replaced : the reference was stored anew after the search, so what is shown may not be what was found.
    """

    task: str
    task_title: str
    task_id: str
    pair: Pair
    number: int
    matches: tuple[Match, ...]
    query: Side
    reference: Side
    threshold: float | None = None
    replaced: bool = False

    @property
    def match(self) -> Match:
        return self.matches[self.number - 1]

    @property
    def path(self) -> str:
        return f"{self.task}/matches/{self.number}"

    @property
    def span(self) -> Span:
        """Where in the query it is, from the first to the last second."""
        starts = [one.query_start for one in self.match.segments]
        ends = [one.query_end for one in self.match.segments]
        return min(starts, default=0.0), max(ends, default=0.0)

    @property
    def moments(self) -> list[Moment]:
        return moments(self.match)

    @property
    def is_framed(self) -> bool:
        """Whether a part of any picture is framed."""
        sides = ("query", "reference")
        return any(shown_part(one.transform, side) for one in self.match.segments for side in sides)

    @property
    def is_turned(self) -> bool:
        return any(turn(one.transform) for one in self.match.segments)

    @property
    def rows(self) -> list[Row]:
        """The matches on the query's time line, this one always among them."""
        length = self.query_length
        shown = {*range(1, MOST_ROWS + 1), self.number}
        return [
            Row(
                number, match.reference, match.similarity,
                tuple(_bar(one.query_start, one.query_end, length) for one in match.segments),
                number == self.number,
            )
            for number, match in enumerate(self.matches, 1) if number in shown
        ]  # fmt: skip

    @property
    def query_length(self) -> float:
        """Seconds; at least to the end of what matches."""
        ends = [one.query_end for match in self.matches for one in match.segments]
        return max([self.query.duration_s or 0.0, *ends]) or 1.0

    @property
    def reference_length(self) -> float:
        return (
            max([self.reference.duration_s or 0.0, *(one.reference_end for one in self.match.segments)])
            or 1.0
        )

    @property
    def query_seconds(self) -> float:
        """How much of the query is copied."""
        return covered((one.query_start, one.query_end) for one in self.match.segments)

    @property
    def reference_seconds(self) -> float:
        return covered((one.reference_start, one.reference_end) for one in self.match.segments)

    @property
    def bands(self) -> list[str]:
        """Between the query's line, above, and the reference's, below: paths from where each segment is on the one
        to where it is on the other, on a drawing that is 100 high."""
        here, there = WIDTH / self.query_length, WIDTH / self.reference_length
        return [
            f"M{here * one.query_start:.1f} 0H{here * one.query_end:.1f}"
            f"L{there * one.reference_end:.1f} 100H{there * one.reference_start:.1f}Z"
            for one in self.match.segments
        ]

    @property
    def times(self) -> list[list[float]]:
        """Each segment in query order: from and to in the query, from and to in the reference."""
        return sorted(
            [one.query_start, one.query_end, one.reference_start, one.reference_end]
            for one in self.match.segments
        )

    @property
    def pairs(self) -> int:
        """How many pairs of pictures were found to be the same."""
        return sum(len(one.evidence) for one in self.match.segments)

    @property
    def votes(self) -> float:
        return sum(votes(one) for one in self.match.segments)


def votes(segment: Segment) -> float:
    """Those of all its pairs."""
    return sum(pair.votes for pair in segment.evidence)


def moments(match: Match) -> list[Moment]:
    """Some moments of every segment, evenly spread over what was found."""
    each = max(1, MOST_MOMENTS // max(len(match.segments), 1))
    found = []
    for number, segment in enumerate(match.segments, 1):
        if not segment.evidence:
            middle = (segment.query_start + segment.query_end) / 2
            there = (segment.reference_start + segment.reference_end) / 2
            found.append(Moment(number, middle, there, None, segment.transform))
        for pair in spread(sorted(segment.evidence, key=lambda pair: pair.query_time), each):
            found.append(Moment(number, pair.query_time, pair.reference_time, pair.votes, segment.transform))
    return found


def spread(values: Sequence[T], most: int) -> list[T]:
    """At most so many of the values, from the middles of equal parts of them."""
    if len(values) <= most:
        return list(values)
    return [values[math.floor((index + 0.5) * len(values) / most)] for index in range(most)]


def covered(spans: Iterable[Span]) -> float:
    """Seconds that lie in any of the spans."""
    total, reached = 0.0, -math.inf
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def shown_part(transform: Transform, side: str) -> Rect | None:
    """What to frame on a picture: of the reference the part that the query shows, of the query the part that shows
    it; None for all."""
    box = transform.crop if side == "reference" else transform.inset
    if box is None:
        return None
    left, top = (min(max(value, 0.0), 1.0) for value in box[:2])
    right, bottom = (min(max(box[n] + box[n + 2], 0.0), 1.0) for n in (0, 1))
    return Rect(left * PICTURE, top * PICTURE, max(right - left, 0) * PICTURE, max(bottom - top, 0) * PICTURE)


def turn(transform: Transform) -> str:
    """What turns an upright mark as the reference's picture was turned, as SVG says it around the origin; "" when it
    stands as it did."""
    if not (transform.mirrored or transform.flipped or transform.rotation_deg):
        return ""
    across, down = (-1 if transform.mirrored else 1), (-1 if transform.flipped else 1)
    return f"rotate({transform.rotation_deg:g}) scale({across} {down})"


def _bar(start: float, end: float, length: float) -> Rect:
    """At least two units wide, so that it is seen."""
    width = max(2.0, WIDTH * (end - start) / length)
    return Rect(min(WIDTH * start / length, WIDTH - width), 0.0, width, 12.0)
