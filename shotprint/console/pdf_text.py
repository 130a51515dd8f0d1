"""Any text in a PDF: each part in a font that has it, and what no font has as its number."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "Vera", "VeraBd"
MOST_CHARS = 400  # of a text; names may have two thousand bytes

_CHINESE, _KOREAN = "STSong-Light", "HYSMyeongJo-Medium"  # every reader has its own in their place
_IN_CHINESE = ((0x370, 0x3FF), (0x400, 0x451), (0x3000, 0x30FF), (0x4E00, 0x9FA5), (0xFF00, 0xFF5E))
_HANGUL = (0xAC00, 0xD7A3)


def in_fonts(text: str) -> str:
    """The text as markup of a paragraph: nothing in it is markup of its own, and nothing turns the line around."""
    if len(text) > MOST_CHARS:
        text = f"{text[: MOST_CHARS - 1]}…"
    marked = []
    for font, letters in groupby(text, _font_of):
        part = "".join(letters)
        if font is None:
            marked.append(escape("".join(f"\\u{{{ord(letter):x}}}" for letter in part)))
        else:
            marked.append(escape(part) if font == PLAIN else f'<font name="{font}">{escape(part)}</font>')
    return "".join(marked)


@cache
def register_fonts() -> None:
    """Those that come with reportlab, and names of others."""
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    for bold in (0, 1):
        for italic in (0, 1):
            addMapping(PLAIN, bold, italic, BOLD if bold else PLAIN)
    for name in (_CHINESE, _KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def _font_of(letter: str) -> str | None:
    """None when it is no letter that can be shown."""
    code = ord(letter)
    if unicodedata.category(letter)[0] == "C":
        return None
    if code in _glyphs():
        return PLAIN
    if any(first <= code <= last for first, last in _IN_CHINESE):
        return _CHINESE
    return _KOREAN if _HANGUL[0] <= code <= _HANGUL[1] else None


@cache
def _glyphs() -> Any:
    register_fonts()
    return pdfmetrics.getFont(PLAIN).face.charToGlyph
