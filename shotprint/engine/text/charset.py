"""Bytes → text, in whatever encoding they are."""

from __future__ import annotations

import codecs
from typing import Final

import charset_normalizer

from shotprint.errors import MediaNotSupported

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode_text(data: bytes) -> tuple[str, str]:
    """The text, without a byte order mark, and the name of its encoding.

    What a byte order mark says is believed; else what is good UTF-8 without zeros is that; else charset-normalizer
    finds out.

    Raises
    ------
    MediaNotSupported
        It is no text in an encoding that can be told.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    try:
        if marked is not None:
            return data.decode(marked), marked.removesuffix("-sig")
        if b"\0" not in data:
            return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    best = charset_normalizer.from_bytes(data).best()
    if best is None:
        raise MediaNotSupported("The file is no text, or in an encoding that cannot be told")
    return str(best), best.encoding.replace("_", "-")
