"""A match as a PDF, to be printed or passed on: why, from where to where, moments side by side, what people say."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from shotprint.console.drawing import WIDTH
from shotprint.console.evidence import Evidence, Moment, Side, votes
from shotprint.console.map_plot import MapPlot
from shotprint.console.pdf_drawings import INK, LINE, MUTED, Bands, Bars, Map, Shot, Strip
from shotprint.console.pdf_text import BOLD, PLAIN, in_fonts, register_fonts
from shotprint.console.render import clock, copied, percent, similarity, span, ways
from shotprint.service.verdicts import Verdict

Pictures = Callable[[Side, float], bytes | None]
"""The picture of a side at a moment, a JPEG; None when there is none."""

Strips = Callable[[Side], bytes | None]
"""A side's film strip, a JPEG; None when there is none."""

MOST_VERDICTS = 20
MOST_SEGMENTS = 100
MOST_LETTERS = 1000  # of a passage: what is longer does not fit a page

_MARGIN = 16 * mm
_PADDING = 6.0  # of a page, within the margins
_ROOM = A4[0] - 2 * _MARGIN - 2 * _PADDING

_TEXT = ParagraphStyle("text", fontName=PLAIN, fontSize=8.5, leading=12, textColor=INK)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=7, leading=9.5, textColor=MUTED)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontName=BOLD, fontSize=14, leading=19)
_HEAD = ParagraphStyle(
    "head", parent=_TEXT, fontName=BOLD, fontSize=10, leading=14, spaceBefore=10, spaceAfter=4
)


def as_pdf(evidence: Evidence, verdicts: Sequence[Verdict], pictures: Pictures, strips: Strips) -> bytes:
    """The document. Whatever names hold is shown as text; what no font has, as its number."""
    register_fonts()
    match = evidence.match
    verb = "copies" if evidence.near is None else "nearly copies"
    title = f"{in_fonts(evidence.query.title)} {verb} {in_fonts(match.reference)}"
    content: list[Any] = [
        Paragraph(title, _TITLE),
        Paragraph(f"Task {evidence.task_id}", _SMALL),
        *(_texts(evidence) if evidence.is_text else _films(evidence, pictures, strips)),
        *_verdicts(verdicts),
        *([] if evidence.is_text else _rows(evidence)),
    ]
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title="Match", creator="shotprint", author="shotprint",
    )  # fmt: skip
    document.build(content, onFirstPage=_footer, onLaterPages=_footer)
    return out.getvalue()


def _films(evidence: Evidence, pictures: Pictures, strips: Strips) -> list[Any]:
    here, there = clock(evidence.query_length), clock(evidence.reference_length)
    return [
        *_why(evidence),
        Paragraph("From where to where", _HEAD),
        Bands(evidence.bands_at(), f"This file, {here}", f"The reference, {there}", _ROOM),
        Spacer(1, 6),
        *_strips(evidence, strips),
        *_segments(evidence),
        *_shots(evidence, pictures),
        *_map(evidence.map),
    ]


def _texts(evidence: Evidence) -> list[Any]:
    """The passages side by side."""
    asked = "" if evidence.threshold is None else f"; from {similarity(evidence.threshold)} on was asked for"
    words = (
        f"Similarity {similarity(evidence.match.similarity)} of 1{asked}. {evidence.query_characters} characters are "
        f"copied; {evidence.letters:.0f} letters agree, each counting the less, the more texts of the library have it "
        "there."
    )
    rows = [[Paragraph(name, _SMALL) for name in ("This text", "The reference")]]
    for one in evidence.match.segments[:MOST_SEGMENTS]:
        if one.passages is not None:
            sides = (
                (one.passages.query_span, one.passages.query_text),
                (one.passages.reference_span, one.passages.reference_text),
            )
            rows.append(
                [
                    Paragraph(f"{start} – {end}: {in_fonts(text[:MOST_LETTERS])}", _TEXT)
                    for (start, end), text in sides
                ]
            )
    left = len(evidence.match.segments) - MOST_SEGMENTS
    more = [Paragraph(f"And {left} more passages.", _SMALL)] if left > 0 else []
    table = _table(rows, [_ROOM / 2, _ROOM / 2], lines=True)
    return [Paragraph("Why it matched", _HEAD), Paragraph(words, _TEXT), table, *more]


def _footer(canvas: Any, document: Any) -> None:
    canvas.setFont(PLAIN, 7)
    canvas.setFillColor(MUTED)
    canvas.drawRightString(A4[0] - _MARGIN - _PADDING, 9 * mm, f"shotprint, page {document.page}")


def _why(evidence: Evidence) -> list[Any]:
    match = evidence.match
    asked = "" if evidence.threshold is None else f"; from {similarity(evidence.threshold)} on was asked for"
    facts = [
        ("Similarity", f"{similarity(match.similarity)} of 1{asked}"),
        (
            "Copied" if evidence.near is None else "May be copied",
            f"{span(evidence.query_seconds)}: {percent(evidence.query_seconds / evidence.query_length)} of this file, "
            f"from {percent(evidence.reference_seconds / evidence.reference_length)} of the reference",
        ),
        (
            "Evidence",
            f"{evidence.pairs} pairs of pictures that show the same, with {evidence.votes:.0f} votes",
        ),
        ("Judged by", evidence.measured),
        ("How", "; ".join(ways(match))),
    ]
    rows = [[Paragraph(name, _SMALL), Paragraph(in_fonts(text), _TEXT)] for name, text in facts if text]
    told: list[Any] = [Paragraph("Why it matched" if evidence.near is None else "What speaks for it", _HEAD)]
    if evidence.near is not None:
        told = [
            Paragraph("Why it is no match", _HEAD),
            *(Paragraph(in_fonts(words), _TEXT) for words in evidence.why_not),
            *told,
        ]
    return [*told, _table(rows, [22 * mm, _ROOM - 22 * mm])]


def _segments(evidence: Evidence) -> list[Any]:
    names = ("In this file", "In the reference", "Speed", "Similarity", "Votes", "Copied")
    rows = [[Paragraph(name, _SMALL) for name in names]]
    for one in evidence.match.segments[:MOST_SEGMENTS]:
        cells = (
            f"{clock(one.query_start)} – {clock(one.query_end)}",
            f"{clock(one.reference_start)} – {clock(one.reference_end)}",
            f"{one.speed:.2f}×", similarity(one.similarity), f"{votes(one):.0f}",
            copied(one.transform, one.speed),
        )  # fmt: skip
        rows.append([Paragraph(cell, _TEXT) for cell in cells])
    left = len(evidence.match.segments) - MOST_SEGMENTS
    more = [Paragraph(f"And {left} more segments.", _SMALL)] if left > 0 else []
    widths = [33 * mm, 33 * mm, 15 * mm, 18 * mm, 13 * mm]
    return [Paragraph("Segments", _HEAD), _table(rows, [*widths, _ROOM - sum(widths)], lines=True), *more]


def _strips(evidence: Evidence, strips: Strips) -> list[Any]:
    shown: list[Any] = []
    for side, name in ((evidence.query, "This file"), (evidence.reference, "The reference")):
        data = strips(side)
        if data is not None:
            strip = evidence.film_strip(side.name)
            marks = [(mark.x / WIDTH, mark.width / WIDTH) for mark in strip.marks]
            caption = f"{name}, {clock(strip.start)} to {clock(strip.end)}; what matches is framed"
            shown.append(KeepTogether([Paragraph(caption, _SMALL), Strip(data, marks, _ROOM), Spacer(1, 4)]))
    return shown


def _shots(evidence: Evidence, pictures: Pictures) -> list[Any]:
    width = (_ROOM - 12) / 4
    cells: list[Any] = []
    for moment in evidence.moments:
        cells += [
            _shot(moment, "query", pictures(evidence.query, moment.query_time), width),
            _shot(moment, "reference", pictures(evidence.reference, moment.reference_time), width),
        ]
    rows = [cells[first : first + 4] for first in range(0, len(cells), 4)]
    if rows and len(rows[-1]) < 4:
        rows[-1] += [""] * (4 - len(rows[-1]))
    hints = []
    if evidence.is_framed:
        hints.append("A frame is drawn around the part that both pictures have.")
    if evidence.is_turned:
        hints.append("The letter F is turned as the picture was.")
    hint = [Paragraph(" ".join(hints), _SMALL)] if hints else []
    return [Paragraph("Moments side by side", _HEAD), *hint, _table(rows, [width + 4] * 4)] if rows else []


def _shot(moment: Moment, side: str, picture: bytes | None, width: float) -> list[Any]:
    at = moment.query_time if side == "query" else moment.reference_time
    name = "This file" if side == "query" else "The reference"
    caption = Paragraph(f"{name}, {clock(at)}", _SMALL)
    if picture is None:
        return [Paragraph("No picture", _SMALL), caption]
    return [Shot(picture, moment.transform, side, width), caption]


def _map(plot: MapPlot | None) -> list[Any]:
    if plot is None:
        return []
    words = (
        f"This file to the right, the reference upwards. What is shown agrees to {percent(plot.along)} on average "
        f"along what was found, which is drawn as a line, and to {percent(plot.beside)} elsewhere."
    )
    return [
        KeepTogether(
            [Paragraph("Which moments agree", _HEAD), Paragraph(words, _SMALL), Spacer(1, 4), Map(plot)]
        )
    ]


def _verdicts(verdicts: Sequence[Verdict]) -> list[Any]:
    if not verdicts:
        return []
    told: list[Any] = [Paragraph("What people say", _HEAD)]
    for one in verdicts[:MOST_VERDICTS]:
        note = f": {in_fonts(one.note)}" if one.note else ""
        who = f"{in_fonts(one.actor)}, {one.created:%Y-%m-%d %H:%M} UTC"
        told.append(Paragraph(f"<b>{one.ruling.value.capitalize()}</b>, {who}{note}", _TEXT))
    return told


def _rows(evidence: Evidence) -> list[Any]:
    widths = [50 * mm, _ROOM - 62 * mm, 12 * mm]
    rows = [
        [
            Paragraph(in_fonts(row.title), _TEXT if row.current else _SMALL),
            Bars(
                [(bar.x / WIDTH, bar.width / WIDTH) for bar in row.bars], widths[1] - 8, current=row.current
            ),
            Paragraph(similarity(row.similarity), _TEXT),
        ]
        for row in evidence.rows
    ]
    words = f"From 0:00 to {clock(evidence.query_length)}"
    return [
        Paragraph("Everything that this file copies", _HEAD),
        Paragraph(words, _SMALL),
        _table(rows, widths),
    ]


def _table(rows: Sequence[Sequence[Any]], widths: Sequence[float], *, lines: bool = False) -> Any:
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    if lines:
        style.append(("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE))
    return Table(rows, colWidths=list(widths), style=style, repeatRows=1 if lines else 0, hAlign="LEFT")
