"""Nothing that a name holds reaches the terminal as a command."""

from __future__ import annotations

import json
import sys

import pytest

from shotprint.cli import output


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Grüße 影片 🎬", "plain Grüße 影片 🎬"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("two\nlines\ttab\x7f", "two\\x0alines\\x09tab\\x7f"),
        ("right\u202eleft", "right\\u202eleft"),
        ("bad\udcff", "bad\\udcff"),
        ("[red]markup[/red] :smile:", "[red]markup[/red] :smile:"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert output.printable(text) == shown


def test_table_cells_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("name",), [["[red]a[/red]\x07 :smile:"]])
    assert "[red]a[/red]\\x07 :smile:" in capsys.readouterr().out


def test_json_is_one_ascii_document(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"name": "影\udcff"})
    shown = capsys.readouterr().out
    assert shown.isascii()
    assert json.loads(shown) == {"name": "影\udcff"}


def test_no_bar_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress_bar("work") as bar:
        bar(0.5)
    assert capsys.readouterr() == ("", "")


def test_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with output.progress_bar("work [x]\x1b") as bar:
        bar(0.5)
    shown = capsys.readouterr()
    assert "work [x]\\x1b" in shown.err
    assert shown.out == ""


def test_lines_beside_a_bar_stay_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with output.progress_bar("work") as bar:
        bar(0.5)
        output.print_line("stored one.mp4")
    assert capsys.readouterr().out == "stored one.mp4\n"


def test_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_error("cannot connect\n\tis it \x1b[31mthere?")
    assert capsys.readouterr().err == "shotprint: cannot connect is it \\x1b[31mthere?\n"
