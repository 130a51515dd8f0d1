"""Text as it is compared: letters and digits alone, without case, width, accents and the like.

Each character is folded by itself, so that the place of every folded one is known exactly:

1. compatibility decomposition (NFKD) and case folding: full and half width, ligatures, circled digits;
2. marks that sit on other characters go (canonical combining class above 0), and so do spaces, punctuation, symbols and
   what cannot be seen; signs that are vowels of their own stay;
3. digits of every script become 0 to 9;
4. traditional characters become simplified ones, and letters that look like a to z those (``variants.txt``).

As step 2 drops all that canonical ordering and composition move or join, the four normal forms of Unicode fold alike.
Unicode Standard Annex 15, Unicode Technical Standard 39.
"""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.ranges import ranges

Codes = NDArray[np.uint32]
Index = NDArray[np.int64]

CODE_POINTS: Final = 0x110000
WIDE: Final = 2
"""How many letters of an alphabet a Chinese or Japanese character counts as: a text of so many fewer says the same."""
UNSEEN: Final = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
        (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)  # fmt: skip
"""Letters and marks that are never shown (Default_Ignorable_Code_Point of the Unicode Character Database)."""


@dataclass(frozen=True, eq=False)
class Folded:
    """A folded text of ``n`` characters.

    Attributes
    ----------
    codes : uint32, shape (n,). Code points.
    source : int64, shape (n,). The character of the text that each one comes from; never falls.
    weight : int64, shape (n + 1,). Letters before each one, of which a wide character counts as `WIDE`.
    length : characters of the text.
    """

    codes: Codes
    source: Index
    weight: Index
    length: int

    def __len__(self) -> int:
        return len(self.codes)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the folded characters from `start` to `end`, at least one, are in the text: from the first
        character that they come from to behind the last one."""
        return int(self.source[start]), int(self.source[end - 1]) + 1

    def letters(self, start: int, end: int) -> int:
        """What the folded characters from `start` to behind the last one weigh."""
        return int(self.weight[end] - self.weight[start])

    def text(self, start: int, end: int) -> str:
        """The folded characters themselves."""
        return self.codes[start:end].tobytes().decode("utf-32-le")


def fold(text: str) -> Folded:
    """Fold a text. Unpaired surrogates are dropped."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    start, count, flat = _TABLE.look_up(codes)
    folded = flat[ranges(start.astype(np.int64), count.astype(np.int64))]
    source = np.repeat(np.arange(len(codes), dtype=np.int64), count)
    weight = np.zeros(len(folded) + 1, dtype=np.int64)
    np.cumsum(np.where(_is_wide(folded), WIDE, 1), out=weight[1:])
    return Folded(folded, source, weight, len(codes))


def fold_character(char: str) -> str:
    """What one character is folded to: nothing, one, or several."""
    folded = []
    for part in unicodedata.normalize("NFKD", char):
        for plain in unicodedata.normalize("NFKD", part.casefold()):
            if _counts(plain):
                digit = unicodedata.digit(plain, None) if plain.isdecimal() else None
                folded.append(_variants().get(plain, plain) if digit is None else str(digit))
    return "".join(folded)


def _counts(char: str) -> bool:
    kind = unicodedata.category(char)[0]
    return kind in "LNM" and not unicodedata.combining(char) and char not in UNSEEN


def _is_wide(codes: Codes) -> NDArray[np.bool_]:
    """Whether each is a Chinese character, a kana or of a script of their kind; by Unicode's blocks."""
    return np.asarray(((codes >= 0x2E80) & (codes < 0xA000)) | (codes >= 0x20000))


@cache
def _variants() -> dict[str, str]:
    lines = files(__package__).joinpath("variants.txt").read_text("utf-8").splitlines()
    return {char: line[0] for line in lines if not line.startswith("#") for char in line[1:]}


class _Table:
    """What each code point is folded to, filled in as code points are met, for texts have few different ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = np.full(CODE_POINTS, -1, dtype=np.int8)  # how many; -1 while not met
        self._start = np.zeros(CODE_POINTS, dtype=np.int32)
        self._flat: Codes = np.zeros(0, dtype=np.uint32)

    def look_up(self, codes: Codes) -> tuple[NDArray[np.int32], NDArray[np.int8], Codes]:
        """Of each code: where in the third array it begins, and how many it is."""
        if (self._count[codes] < 0).any():
            with self._lock:
                for code in np.unique(codes[self._count[codes] < 0]):
                    self._meet(int(code))
        return self._start[codes], self._count[codes], self._flat

    def _meet(self, code: int) -> None:
        folded = "" if 0xD800 <= code < 0xE000 else fold_character(chr(code))
        self._start[code] = len(self._flat)
        self._flat = np.append(self._flat, np.array([ord(char) for char in folded], dtype=np.uint32))
        self._count[code] = len(folded)  # last: who sees it sees the others


_TABLE: Final = _Table()
