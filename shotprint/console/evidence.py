"""A match as people judge it: which moments to look at, where to draw what, and the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shotprint.console import reasons
from shotprint.console.drawing import PICTURE, WIDTH, Rect, shown_part, turn
from shotprint.console.map_plot import MapPlot, plot
from shotprint.engine.index.findings import Finding
from shotprint.engine.types import MIN_LENGTH_S, Match, Segment, Transform
from shotprint.errors import NotFound
from shotprint.service.types import File, MediaPlace
from shotprint.service.verdicts import Pair

MOST_MOMENTS = 8  # unless there are more segments
MOST_SEGMENTS = 24  # with moments of their own
STRIP_PICTURES = 12
STRIP_BEFORE = 0.15  # of the match's length, shown before and after it
STRIP_BEFORE_S = 1.0  # at least
PART_S = 60.0  # longest stretch that a preview is made of
PART_BEFORE_S = 1.0  # shown before and after it
MOST_ROWS = 40  # of matches on a time line

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
class Strip:
    """Pictures of a stretch of one side, in a row.

    Attributes
    ----------
    start, end : of the stretch, seconds.
    moments : of the pictures; each is the middle of its part of the stretch.
    marks : where what matches is, on a drawing that is 100 high.
    """

    start: float
    end: float
    moments: tuple[float, ...]
    marks: tuple[Rect, ...]


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
    number : of the match, from 1; or of what nearly was one.
    matches : all of the task.
    threshold : similarities below it were left out; None when the preset's own was used.
    replaced : the reference was stored anew after the search, so what is shown may not be what was found.
    finding : what it was judged by, where that was kept; and if it is no match, what nearly was one.
    shortest_s : shorter stretches are not told.
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
    finding: Finding | None = None
    shortest_s: float = MIN_LENGTH_S

    @property
    def match(self) -> Match:
        near = self.near
        return self.matches[self.number - 1] if near is None else near.match

    @property
    def near(self) -> Finding | None:
        """None when it is a match."""
        return None if self.finding is None or self.finding.told else self.finding

    @property
    def path(self) -> str:
        return f"{self.task}/{'matches' if self.near is None else 'near'}/{self.number}"

    @property
    def measured(self) -> str:
        """What it was judged by, in words; "" when that was not kept."""
        return "" if self.finding is None else reasons.measured(self.finding.proofs)

    @property
    def why_not(self) -> list[str]:
        """What kept it from being a match; none when it is one."""
        return [] if self.near is None else reasons.why_not(self.near, self.threshold, self.shortest_s)

    @property
    def map(self) -> MapPlot | None:
        return None if self.finding is None else plot(self.finding.map, self.match.segments)

    @property
    def span(self) -> Span:
        return span(self.match)

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
        current = self.number if self.near is None else 0
        shown = [
            (number, match)
            for number, match in enumerate(self.matches, 1)
            if number <= MOST_ROWS or number == current
        ]
        if self.near is not None:
            shown.append((current, self.match))
        length = self.query_length
        return [
            Row(
                number, match.reference, match.similarity,
                tuple(_bar(one.query_start, one.query_end, length) for one in match.segments),
                number == current,
            )
            for number, match in shown
        ]  # fmt: skip

    @property
    def query_length(self) -> float:
        """Seconds; at least to the end of what matches."""
        ends = [one.query_end for match in (*self.matches, self.match) for one in match.segments]
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
        return self._bands((0.0, self.query_length), (0.0, self.reference_length))

    def bands_at(self) -> list[tuple[float, float, float, float]]:
        """The same as shares of both lines: from and to in the query, from and to in the reference."""
        here, there = self.query_length, self.reference_length
        return [
            (
                one.query_start / here,
                one.query_end / here,
                one.reference_start / there,
                one.reference_end / there,
            )
            for one in self.match.segments
        ]

    @property
    def strip_bands(self) -> list[str]:
        """The same between both strips."""
        query, reference = self.film_strip("query"), self.film_strip("reference")
        return self._bands((query.start, query.end), (reference.start, reference.end))

    def _bands(self, query: Span, reference: Span) -> list[str]:
        def here(seconds: float) -> str:
            return f"{WIDTH * (seconds - query[0]) / max(query[1] - query[0], 1e-3):.1f}"

        def there(seconds: float) -> str:
            return f"{WIDTH * (seconds - reference[0]) / max(reference[1] - reference[0], 1e-3):.1f}"

        return [
            f"M{here(one.query_start)} 0H{here(one.query_end)}"
            f"L{there(one.reference_end)} 100H{there(one.reference_start)}Z"
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
    def parts(self) -> list[list[float]]:
        """The same, cut into stretches that are short enough for a preview."""
        return [part for times in self.times for part in _cut(times)]

    def part(self, number: int, side: str) -> Span:
        """The seconds of one side that the preview of a part shows, counted from 0; NotFound when there is no such
        part."""
        if not 0 <= number < len(self.parts):
            raise NotFound(f"There is no part {number} of this match")
        query_start, query_end, reference_start, reference_end = self.parts[number]
        start, end = (query_start, query_end) if side == "query" else (reference_start, reference_end)
        return max(0.0, start - PART_BEFORE_S), end + PART_BEFORE_S

    def film_strip(self, side: str) -> Strip:
        """What to show in a row of one side: where it matches, and a little before and after."""
        if side == "query":
            spans, length = (
                [(one.query_start, one.query_end) for one in self.match.segments],
                self.query_length,
            )
        else:
            spans = [(one.reference_start, one.reference_end) for one in self.match.segments]
            length = self.reference_length
        first, last = min((s for s, _ in spans), default=0.0), max((e for _, e in spans), default=length)
        around = max(STRIP_BEFORE_S, STRIP_BEFORE * (last - first))
        start, end = max(0.0, first - around), min(length, last + around)
        width = max(end - start, 1e-3)
        step = width / STRIP_PICTURES
        moments = tuple(round(start + (n + 0.5) * step, 3) for n in range(STRIP_PICTURES))
        marks = (
            Rect(WIDTH * (s - start) / width, 0.0, WIDTH * max(e - s, 0.0) / width, PICTURE) for s, e in spans
        )
        return Strip(start, end, moments, tuple(marks))

    @property
    def is_text(self) -> bool:
        """Whether texts are compared: there are passages then, and no pictures."""
        return any(one.passages for one in self.match.segments)

    @property
    def query_characters(self) -> int:
        """Of the query, that lie in any passage."""
        return round(covered(one.passages.query_span for one in self.match.segments if one.passages))

    @property
    def letters(self) -> float:
        """Evidence of all passages."""
        return sum(one.passages.evidence for one in self.match.segments if one.passages)

    @property
    def pairs(self) -> int:
        """How many pairs of pictures were found to be the same."""
        return sum(len(one.evidence) for one in self.match.segments)

    @property
    def votes(self) -> float:
        return sum(votes(one) for one in self.match.segments)


def span(match: Match) -> Span:
    """Where in the query it is, from the first to the last second."""
    starts = [one.query_start for one in match.segments]
    ends = [one.query_end for one in match.segments]
    return min(starts, default=0.0), max(ends, default=0.0)


def votes(segment: Segment) -> float:
    """Those of all its pairs."""
    return sum(pair.votes for pair in segment.evidence)


def moments(match: Match) -> list[Moment]:
    """Some moments of every segment, or of so many of them, evenly spread over what was found."""
    shown = spread(list(enumerate(match.segments, 1)), MOST_SEGMENTS)
    each = max(1, MOST_MOMENTS // max(len(shown), 1))
    found = []
    for number, segment in shown:
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


def _cut(times: list[float]) -> list[list[float]]:
    """Stretches of both sides that follow each other, none longer than `PART_S` on either."""
    query_start, query_end, reference_start, reference_end = times
    longest = max(query_end - query_start, reference_end - reference_start)
    count = max(1, math.ceil(longest / PART_S))

    def edge(start: float, end: float, number: int) -> float:
        return round(start + (end - start) * number / count, 3)

    return [
        [
            edge(query_start, query_end, n), edge(query_start, query_end, n + 1),
            edge(reference_start, reference_end, n), edge(reference_start, reference_end, n + 1),
        ]
        for n in range(count)
    ]  # fmt: skip


def covered(spans: Iterable[Span]) -> float:
    """Seconds that lie in any of the spans."""
    total, reached = 0.0, -math.inf
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _bar(start: float, end: float, length: float) -> Rect:
    """At least two units wide, so that it is seen."""
    width = max(2.0, WIDTH * (end - start) / length)
    return Rect(min(WIDTH * start / length, WIDTH - width), 0.0, width, 12.0)
