"""Matches as a JSON document, and as a table with a picture of the time lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from shotprint.cli.output import out, print_line, print_table, printable

if TYPE_CHECKING:
    from shotprint.engine.types import Box, Match, Passages, Segment, Transform

BAR_CELLS = 60
EXCERPT_CHARS = 100  # of a passage, for people
LEAST_COVERED = 0.02  # a cell or two may differ for no reason
FULL, EMPTY = "█", "░"
PLAIN_BAR = str.maketrans({FULL: "#", EMPTY: "."})


def result_document(query: str, matches: Sequence[Match]) -> dict[str, object]:
    """What ``--json`` of search and match prints; seconds to the millisecond."""
    return {"query": query, "matches": [_match_document(match) for match in matches]}


def _match_document(match: Match) -> dict[str, object]:
    return {
        "reference": match.reference,
        "similarity": round(match.similarity, 4),
        "segments": [_segment_document(segment) for segment in match.segments],
    }


def _segment_document(segment: Segment) -> dict[str, object]:
    return {
        "query_start": round(segment.query_start, 3),
        "query_end": round(segment.query_end, 3),
        "reference_start": round(segment.reference_start, 3),
        "reference_end": round(segment.reference_end, 3),
        "similarity": round(segment.similarity, 4),
        "kind": segment.kind,
        **(_picture_document(segment) if segment.passages is None else _passages_document(segment.passages)),
    }


def _picture_document(segment: Segment) -> dict[str, object]:
    transform = segment.transform
    return {
        "speed": round(segment.speed, 4),
        "transform": {
            "mirrored": transform.mirrored,
            "flipped": transform.flipped,
            "rotation_deg": round(transform.rotation_deg, 2),
            "crop": _box_document(transform.crop),
            "inset": _box_document(transform.inset),
            "covered": round(transform.covered, 3),
        },
    }


def _passages_document(passages: Passages) -> dict[str, object]:
    """Spans are characters, from the first to behind the last."""
    return {
        "query_span": list(passages.query_span),
        "reference_span": list(passages.reference_span),
        "query_text": passages.query_text,
        "reference_text": passages.reference_text,
        "agreement": passages.agreement,
        "evidence": passages.evidence,
    }


def _box_document(box: Box | None) -> list[float] | None:
    return None if box is None else [round(side, 4) for side in box]


def print_matches(
    query: str, query_duration: float, matches: Sequence[Match], duration_of: Callable[[str], float]
) -> None:
    """The matches of `query` for people; `duration_of` gives a reference's length in seconds."""
    console = out()
    if not matches:
        console.print(f"No match for {printable(query)}.", soft_wrap=True)
        return
    for match in matches:
        console.print(f"{printable(match.reference)}   similarity {match.similarity:.2f}", soft_wrap=True)
        if match.segments[0].passages is not None:
            _print_passages(match.segments)
            continue
        print_table(
            ("", "in the query", "in the reference", "speed", "similarity", "picture"),
            [_segment_row(number, segment) for number, segment in enumerate(match.segments, 1)],
        )
        for line in time_lines(match.segments, query_duration, duration_of(match.reference)):
            console.print(line if _can_draw(console.encoding) else line.translate(PLAIN_BAR), soft_wrap=True)
        console.print()


def _print_passages(segments: Sequence[Segment]) -> None:
    """Where each passage of a text is, and how both read."""
    timed = any(segment.query_end for segment in segments)
    print_table(
        (
            "",
            "characters of the query",
            *(("said at",) if timed else ()),
            "of the reference",
            "agreement",
            "similarity",
        ),
        [_passages_row(number, segment, timed) for number, segment in enumerate(segments, 1)],
    )
    for number, segment in enumerate(segments, 1):
        if segment.passages is not None:
            print_line(f"{number:>3}  query      {_excerpt(segment.passages.query_text)}")
            print_line(f"     reference  {_excerpt(segment.passages.reference_text)}")
    print_line("")


def _passages_row(number: int, segment: Segment, timed: bool) -> tuple[str, ...]:
    passages = segment.passages
    assert passages is not None  # noqa: S101 - all segments of a text's match have them
    said = (f"{clock(segment.query_start)} - {clock(segment.query_end)}",) if timed else ()
    return (
        str(number),
        f"{passages.query_span[0]} - {passages.query_span[1]}",
        *said,
        f"{passages.reference_span[0]} - {passages.reference_span[1]}",
        f"{100 * passages.agreement:.0f} %",
        f"{segment.similarity:.2f}",
    )


def _excerpt(text: str) -> str:
    """A passage on one line: all of it, or its beginning and its end."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_CHARS else f"{line[: EXCERPT_CHARS - 30]} ... {line[-25:]}"


def _can_draw(encoding: str) -> bool:
    try:
        (FULL + EMPTY).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _segment_row(number: int, segment: Segment) -> tuple[str, ...]:
    return (
        str(number),
        f"{clock(segment.query_start)} - {clock(segment.query_end)}",
        f"{clock(segment.reference_start)} - {clock(segment.reference_end)}",
        f"{segment.speed:.2f}x",
        f"{segment.similarity:.2f}",
        describe_transform(segment.transform),
    )


def describe_transform(transform: Transform) -> str:
    """In words, how the copy's picture was changed."""
    words = []
    if transform.mirrored:
        words.append("mirrored")
    if transform.flipped:
        words.append("upside down")
    if abs(transform.rotation_deg) >= 1:
        words.append(f"turned {transform.rotation_deg:.0f} degrees")
    if transform.crop is not None:
        words.append(f"cropped to {100 * transform.crop[2]:.0f} x {100 * transform.crop[3]:.0f} %")
    if transform.inset is not None:
        words.append(f"inset of {100 * transform.inset[2]:.0f} x {100 * transform.inset[3]:.0f} %")
    if transform.covered >= LEAST_COVERED:
        words.append(f"{100 * transform.covered:.0f} % covered")
    return ", ".join(words) or "as it was"


def clock(seconds: float) -> str:
    """Seconds as m:ss.s, or h:mm:ss.s from an hour on."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{rest}" if hours else f"{minutes}:{rest}"


def time_lines(segments: Sequence[Segment], query_duration: float, reference_duration: float) -> list[str]:
    """Two bars, the query above the reference, with the segments numbered on both."""
    spans = {
        "query": ([(s.query_start, s.query_end) for s in segments], query_duration),
        "reference": ([(s.reference_start, s.reference_end) for s in segments], reference_duration),
    }
    return [
        f"{side:>9}  0:00 {draw_spans(places, duration)} {clock(duration)}"
        for side, (places, duration) in spans.items()
    ]


def draw_spans(spans: Sequence[tuple[float, float]], duration: float, cells: int = BAR_CELLS) -> str:
    """A bar of `cells` characters for 0 to `duration` seconds; each span is filled and holds its number."""
    scale = cells / max(duration, max((end for _, end in spans), default=0.0), 1e-9)
    bar = [EMPTY] * cells
    numbers: dict[int, str] = {}
    for number, (start, end) in enumerate(spans, 1):
        first = min(int(start * scale), cells - 1)
        last = min(max(first, round(end * scale) - 1), cells - 1)
        bar[first : last + 1] = [FULL] * (last + 1 - first)
        label = str(number)
        if last + 1 - first >= len(label) + 2:
            middle = first + (last + 1 - first - len(label)) // 2
            numbers.update(zip(range(middle, middle + len(label)), label, strict=True))
    for cell, digit in numbers.items():
        bar[cell] = digit
    return "".join(bar)
