"""Made texts: sentences of words that nobody writes, so that two of them have nothing in common but by order."""

from __future__ import annotations

import io
from random import Random

from shotprint.engine.text.pipeline import fingerprint_file
from shotprint.engine.text.prints import TextPrint
from shotprint.engine.types import Fingerprint, Role

SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "va",
    "we",
    "xi",
)
HAN = (
    "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙"
)


def words(seed: int, count: int) -> str:
    """So many words in sentences; the same for the same seed."""
    dice = Random(seed)
    made = ["".join(dice.choice(SYLLABLES) for _ in range(dice.randint(1, 4))) for _ in range(count)]
    for place in range(0, count, 9):
        made[place] = made[place].capitalize()
    for place in range(8, count, 9):
        made[place] += "."
    return " ".join(made)


def chinese(seed: int, count: int) -> str:
    """So many Chinese characters with a comma or full stop now and then."""
    dice = Random(seed)
    made = [dice.choice(HAN) for _ in range(count)]
    return "".join(char + ("，" if place % 11 == 10 else "") for place, char in enumerate(made))


def text_print(text: str, role: Role = Role.REFERENCE) -> Fingerprint:
    """The fingerprint of a file with that text."""
    return fingerprint_file(io.BytesIO(text.encode()), role=role)[0]


def read_print(text: str) -> TextPrint:
    """The same, as the engine reads it."""
    return TextPrint.of(text_print(text))
