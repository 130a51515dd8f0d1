"""Texts whose parts have times: speech recognition's JSON, SubRip and WebVTT.

Times are seconds. Parts are kept in the order of the file; a part that is empty goes.
"""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final

from shotprint.errors import MediaUnreadable

MAX_SECONDS: Final = 1e9


@dataclass(frozen=True)
class Part:
    """What is said from `start` to `end` seconds; ``start <= end``."""

    start: float
    end: float
    text: str


_STAMP: Final = r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_TIMES: Final = re.compile(rf"[ \t]*{_STAMP}[ \t]+-->[ \t]+{_STAMP}(?:[ \t].*)?")
_TAGS: Final = re.compile(r"<[^<>\n]{0,200}>|\{\\[^{}\n]{0,200}\}")


def looks_like_speech(text: str) -> bool:
    """Whether a text is JSON of speech recognition, well formed or not: an array whose first thing is an object."""
    return re.match(r"\s*\[\s*\{", text) is not None


def read_speech(text: str) -> list[Part]:
    """JSON of speech recognition: an array of objects with `start` and `end` in seconds and `text`; other members are
    not looked at.

    Raises
    ------
    MediaUnreadable
        It is not; which sentence is wrong, and how, is said.
    """
    try:
        sentences = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MediaUnreadable(f"The speech recognition's result is no JSON: {error}") from error
    if not isinstance(sentences, list):
        raise MediaUnreadable("The speech recognition's result is not a JSON array of sentences")
    return _kept([_sentence(number, one) for number, one in enumerate(sentences, 1)])


def read_subtitles(text: str) -> tuple[str, list[Part]] | None:
    """The format, ``srt`` or ``vtt``, and the parts of a file of subtitles; None when it is none.

    Blocks without a line of times (headers, notes, styles) are left out, and so is mark-up within.
    """
    lines = text.splitlines()
    head = next((line.strip() for line in lines if line.strip()), "")
    form = "vtt" if head.split(" ")[0].split("\t")[0] == "WEBVTT" else "srt"
    if form == "srt" and not _begins_like_subrip(lines):
        return None
    parts, block = [], list[str]()
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            parts += _cue(block)
            block = []
    return form, _kept(parts)


def _begins_like_subrip(lines: list[str]) -> bool:
    """A number, then a line of times; the number may be missing."""
    filled = [line for line in lines if line.strip()][:2]
    return any(_TIMES.fullmatch(line) for line in filled) and (
        _TIMES.fullmatch(filled[0]) is not None or filled[0].strip().isdecimal()
    )


def _cue(block: list[str]) -> list[Part]:
    for number, line in enumerate(block[:2]):
        if times := _TIMES.fullmatch(line):
            start, end = _seconds(*times.groups()[:4]), _seconds(*times.groups()[4:])
            said = html.unescape(_TAGS.sub("", "\n".join(block[number + 1 :])))
            return [Part(start, max(start, end), said)]
    return []


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(f"{seconds}.{fraction}")


def _sentence(number: int, value: Any) -> Part:
    if not isinstance(value, dict):
        raise MediaUnreadable(f"Sentence {number} is not an object with start, end and text")
    for name in ("start", "end", "text"):
        if name not in value:
            raise MediaUnreadable(f"Sentence {number} has no {name!r}")
    start, end = _number(number, "start", value["start"]), _number(number, "end", value["end"])
    if end < start:
        raise MediaUnreadable(f"Sentence {number} ends at {end:g} s, before it begins at {start:g} s")
    if not isinstance(value["text"], str):
        raise MediaUnreadable(f"The text of sentence {number} is no text")
    return Part(start, end, value["text"].encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _number(sentence: int, name: str, value: Any) -> float:
    """A number, or one written as a text."""
    try:
        if isinstance(value, bool):
            raise TypeError
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        raise MediaUnreadable(f"The {name} of sentence {sentence} is no number of seconds") from None
    if not (math.isfinite(seconds) and 0 <= seconds <= MAX_SECONDS):
        raise MediaUnreadable(f"The {name} of sentence {sentence}, {seconds:g} s, is no time of a recording")
    return seconds


def _kept(parts: list[Part]) -> list[Part]:
    return [part for part in parts if part.text.strip()]
