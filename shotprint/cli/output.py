"""Printing: JSON documents, tables, errors; nothing in a file name reaches the terminal as a command."""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console

# Control, format (text direction), unpaired surrogate, unassigned; line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


def printable(text: str) -> str:
    """`text` with every character that would steer a terminal written as an escape, e.g. ``\\x1b``."""
    return "".join(_escape(char) if unicodedata.category(char) in _HIDDEN else char for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def prepare_streams() -> None:
    """Let standard output and error escape what their encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(document: object) -> None:
    """One JSON document on standard output; ASCII, so that every locale can carry it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    sys.stdout.flush()


def print_error(message: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"shotprint: {printable(' '.join(line.strip() for line in message.splitlines()))}\n")
    sys.stderr.flush()


def print_line(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def out() -> Console:
    """Standard output for people: colours on a terminal, plain lines of any length in a pipe."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 200
    return console


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table; a cell is text, never markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    out().print(table)


class Bar(Protocol):
    """Shows how far a piece of work is."""

    def __call__(self, share: float) -> None: ...


@contextmanager
def progress_bar(label: str) -> Iterator[Bar]:
    """A bar on a terminal (standard error), nothing in a pipe; call it with shares from 0 to 1."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, markup=False, highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    # Lines printed meanwhile go above the bar, but only where they would have gone to this terminal anyway.
    shared = sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, redirect_stdout=shared) as progress:
        task = progress.add_task(printable(label), total=1.0)
        yield lambda share: progress.update(task, completed=share)
