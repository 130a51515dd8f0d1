"""What people do to a text they copy. Every edit is by a random number generator that is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from shotprint.engine.text.fold import fold_character

Edit = Callable[[str, Random], str]

HOMOGLYPHS: Final = str.maketrans("aceopxyiABEHKMOPCTX", "асеорхуіАВЕНКМОРСТХ")
FULL_WIDTH: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
PUNCTUATION: Final = ",.;:!?\"'()—-，。；：、“”（）"
WORD: Final = re.compile(r"\S+")
HAN: Final = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def edit_words(text: str, rate: float, foreign: Sequence[str], dice: Random) -> str:
    """Replace, drop, insert or exchange words, one in `rate`; stretches of one to three characters where there are no
    spaces. `foreign`: words to put in."""
    words = _words(text, dice)
    edited: list[str] = []
    for word in words:
        if dice.random() >= rate:
            edited.append(word)
            continue
        kind = dice.choice(("replace", "replace", "drop", "insert", "exchange"))
        if kind == "replace":
            edited.append(dice.choice(foreign))
        elif kind == "insert":
            edited += [word, dice.choice(foreign)]
        elif kind == "exchange" and edited:
            edited.insert(len(edited) - 1, word)
    return ("" if HAN.search(text) else " ").join(edited)


def _words(text: str, dice: Random) -> list[str]:
    if not HAN.search(text):
        return WORD.findall(text)
    words, place = [], 0
    while place < len(text):
        size = dice.choice((1, 2, 2, 3))
        words.append(text[place : place + size])
        place += size
    return words


def words_of(texts: Sequence[str], dice: Random) -> list[str]:
    """Words to put into others."""
    return [word for text in texts for word in _words(text, dice)]


def noise(text: str, dice: Random) -> str:
    """One or two of: other punctuation, other case, full width, lines broken anew, look-alike letters, and traditional
    for simplified characters."""
    kinds: list[Edit] = [_punctuation, _lines, _invisible]
    kinds += [_traditional, _full_width] if HAN.search(text) else [_case, _homoglyphs, _full_width]
    for kind in dice.sample(kinds, dice.choice((1, 2))):
        text = kind(text, dice)
    return text


def _case(text: str, dice: Random) -> str:
    return dice.choice((str.upper, str.lower, str.title))(text)


def _punctuation(text: str, dice: Random) -> str:
    changed = []
    for char in text:
        if char in PUNCTUATION:
            changed.append(dice.choice(("", char, dice.choice(PUNCTUATION))))
        else:
            changed.append(char)
    return "".join(changed)


def _homoglyphs(text: str, dice: Random) -> str:
    return "".join(char.translate(HOMOGLYPHS) if dice.random() < 0.5 else char for char in text)


def _full_width(text: str, dice: Random) -> str:
    return text.translate(FULL_WIDTH) if dice.random() < 0.5 else text.replace(" ", "\N{IDEOGRAPHIC SPACE}")


def _lines(text: str, dice: Random) -> str:
    width = dice.randint(20, 70)
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


def _invisible(text: str, dice: Random) -> str:
    marks = ("\N{SOFT HYPHEN}", "\N{ZERO WIDTH SPACE}", "\N{COMBINING ACUTE ACCENT}")
    return "".join(char + dice.choice(marks) if dice.random() < 0.1 else char for char in text)


def _traditional(text: str, dice: Random) -> str:
    return "".join(dice.choice(_traditional_forms().get(char, char)) for char in text)


def _traditional_forms() -> dict[str, str]:
    if not _FORMS:
        for code in range(0x4E00, 0xA000):
            plain = fold_character(chr(code))
            if plain != chr(code):
                _FORMS[plain] = _FORMS.get(plain, "") + chr(code)
    return _FORMS


_FORMS: Final[dict[str, str]] = {}
