"""Texts as string literals of the languages that samples are written in.

Any Unicode text becomes a literal on one line that its language reads back as that text. Nothing invisible is left
as it is, so that what people see of a sample is what they run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

__all__ = ["csharp", "go", "java", "php", "python", "shell", "typescript"]

_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def python(text: str) -> str:
    return _quoted(text, _SHORT, _by_code_point, quote=_quieter(text))


def typescript(text: str) -> str:
    return _quoted(text, _SHORT, _in_braces, quote=_quieter(text))


def go(text: str) -> str:
    """Raw where that is easier to read."""
    if '"' in text and "`" not in text and text.isprintable():
        return f"`{text}`"
    return _quoted(text, _SHORT, _by_code_point)


def csharp(text: str) -> str:
    return _quoted(text, _SHORT, _by_code_point)


def php(text: str) -> str:
    """Plain where that is easier to read; else of the kind that knows escapes, and so variables."""
    if '"' in text and text.isprintable():
        plain = text.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{plain}'"
    return _quoted(text, {**_SHORT, "$": "\\$"}, _in_braces)


def java(text: str) -> str:
    """ASCII alone: javac reads files in the encoding of the machine."""
    return _quoted(text, _SHORT, _by_utf16_unit, keeps=str.isascii)


def shell(text: str) -> str:
    """For a POSIX shell, where line ends stay line ends."""
    return "'" + text.replace("'", "'\\''") + "'"


def _quoted(
    text: str,
    short: Mapping[str, str],
    escaped: Callable[[str], str],
    *,
    quote: str = '"',
    keeps: Callable[[str], bool] = lambda _: True,
) -> str:
    """Between quotes, with the `short` escapes. Of all other characters those stay that print and that `keeps` is
    true for."""

    def written(character: str) -> str:
        if character == quote:
            return f"\\{quote}"
        if character in short:
            return short[character]
        return character if character.isprintable() and keeps(character) else escaped(character)

    return f"{quote}{''.join(map(written, text))}{quote}"


def _quieter(text: str) -> str:
    """The quotes that leave JSON readable."""
    return "'" if '"' in text and "'" not in text else '"'


def _by_code_point(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _in_braces(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"


def _by_utf16_unit(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    return re.sub("....", lambda unit: f"\\u{unit[0]}", units)
