"""What people and scripts see of matches."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from shotprint.cli import results
from shotprint.engine.types import Match, Passages, Segment, Transform

MATCH = Match(
    "ref [red]\x1b[2J.mp4",
    0.87654,
    (
        Segment(10.0, 20.0, 0.0, 12.5, 0.9, speed=1.25, transform=Transform(mirrored=True)),
        Segment(
            30.0,
            40.00049,
            20.0,
            30.0,
            0.8,
            transform=Transform(
                crop=(0.1, 0.1, 0.8, 0.8), inset=(0.5, 0.5, 0.4, 0.4), rotation_deg=-90.0, covered=0.125
            ),
        ),
    ),
)


def test_document_has_the_agreed_names_and_survives_json() -> None:
    document = json.loads(json.dumps(results.result_document("q.mp4", [MATCH])))
    assert document["query"] == "q.mp4"
    (match,) = document["matches"]
    assert set(match) == {"reference", "similarity", "segments"}
    assert match["reference"] == MATCH.reference
    assert match["similarity"] == 0.8765
    first, second = match["segments"]
    assert first == {
        "query_start": 10.0,
        "query_end": 20.0,
        "reference_start": 0.0,
        "reference_end": 12.5,
        "similarity": 0.9,
        "kind": "video",
        "speed": 1.25,
        "transform": {
            "mirrored": True,
            "flipped": False,
            "rotation_deg": 0.0,
            "crop": None,
            "inset": None,
            "covered": 0.0,
        },
    }
    assert second["query_end"] == 40.0
    assert second["transform"]["crop"] == [0.1, 0.1, 0.8, 0.8]
    assert second["transform"]["inset"] == [0.5, 0.5, 0.4, 0.4]
    assert second["transform"]["covered"] == 0.125


def test_table_shows_names_as_text_and_both_time_ranges(capsys: pytest.CaptureFixture[str]) -> None:
    results.print_matches("q.mp4", 60.0, [MATCH], lambda key: {MATCH.reference: 30.0}[key])
    shown = capsys.readouterr().out
    assert "ref [red]\\x1b[2J.mp4" in shown
    assert "\x1b" not in shown
    assert "0:10.0 - 0:20.0" in shown
    assert "0:00.0 - 0:12.5" in shown
    assert "1.25x" in shown
    assert "mirrored" in shown
    assert "12 % covered" in shown
    assert "cropped to 80 x 80 %" in shown


def test_no_match_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    results.print_matches("[bold]q.mp4", 60.0, [], lambda _key: 0.0)
    assert capsys.readouterr().out == "No match for [bold]q.mp4.\n"


@pytest.mark.parametrize(
    ("spans", "duration", "bar"),
    [
        ([], 10.0, "░" * 10),
        ([(0.0, 10.0)], 10.0, "████1█████"),
        ([(5.0, 10.0)], 10.0, "░░░░░██1██"),
        ([(0.0, 3.0), (7.0, 10.0)], 10.0, "█1█░░░░█2█"),
        ([(4.0, 4.1)], 10.0, "░░░░█░░░░░"),
        ([(9.99, 10.4)], 10.0, "░░░░░░░░░█"),
        ([(0.0, 0.0)], 0.0, "█░░░░░░░░░"),
    ],
)
def test_bar_fills_the_cells_of_each_span(
    spans: list[tuple[float, float]], duration: float, bar: str
) -> None:
    assert results.draw_spans(spans, duration, cells=10) == bar


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0:00.0"), (59.96, "1:00.0"), (61.25, "1:01.2"), (3599.99, "1:00:00.0"), (7325.5, "2:02:05.5")],
)
def test_clock(seconds: float, text: str) -> None:
    assert results.clock(seconds) == text


def test_bar_falls_back_to_plain_characters_where_blocks_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(results, "_can_draw", lambda _encoding: False)
    results.print_matches("q.mp4", 60.0, [MATCH], lambda _key: 30.0)
    bars = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.strip().startswith(("query  ", "reference  "))
    ]
    assert len(bars) == 2
    assert all("#" in bar and bar.isascii() for bar in bars)


def test_a_text_has_spans_and_passages_in_the_place_of_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    long = " ".join(f"word{number}" for number in range(40))
    passages = Passages((5, 340), (1005, 1340), long, "a \x1b[2J\nb", 0.875, 42.5)
    match = Match("book", 0.9, (Segment(0, 0, 0, 0, 0.9, kind="text", passages=passages),))
    ((segment,),) = (one["segments"] for one in results.result_document("q.txt", [match])["matches"])
    assert (segment["query_span"], segment["reference_span"]) == ([5, 340], [1005, 1340])
    assert (segment["query_text"], segment["reference_text"]) == (long, "a \x1b[2J\nb")
    assert (segment["agreement"], segment["evidence"]) == (0.875, 42.5)
    assert not {"speed", "transform"} & set(segment)
    results.print_matches("q.txt", 0.0, [match], lambda _: 0.0)
    shown = capsys.readouterr().out
    assert "5 - 340" in shown
    assert "88 %" in shown
    assert "said at" not in shown
    assert "word0 word1" in shown
    assert "word38 word39" in shown
    assert "a \\x1b[2J b" in shown
    timed = replace(match.segments[0], query_start=61.0, query_end=63.5)
    results.print_matches("q.txt", 0.0, [replace(match, segments=(timed,))], lambda _: 0.0)
    assert "1:01.0 - 1:03.5" in capsys.readouterr().out
