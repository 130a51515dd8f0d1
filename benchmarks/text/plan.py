"""The queries: host texts with copied passages put between their paragraphs, and texts that copy nothing.

========  ==================================================================================================
quotes    one sentence's stretch of 40 to 80 characters, 20 to 40 Chinese ones, as it is
light     a passage of 200 to 2,000 characters (80 to 800), noise and one word in ten edited
heavy     the same, noise and three words in ten edited
reorder   three neighbouring paragraphs in another order, noise and one word in twenty edited
========  ==================================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.text.corpus import Text
from benchmarks.text.edits import HAN, edit_words, noise, words_of

LEVELS: Final = ("quotes", "light", "heavy", "reorder")
RATES: Final = {"quotes": 0.0, "light": 0.1, "heavy": 0.3, "reorder": 0.05}
PASSAGES: Final = 3  # in a query
HOST_PARAGRAPHS: Final = 4  # before, between and after them


@dataclass(frozen=True)
class Case:
    """A passage and its original: spans of characters, and the text that it is of."""

    query: tuple[int, int]
    reference: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Query:
    name: str
    level: str  # one of LEVELS, or "other"
    language: str
    text: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Plan:
    library: tuple[Text, ...]
    queries: tuple[Query, ...]


def plan(split: str, texts: Sequence[Text], count: int) -> Plan:
    """`count` queries of each level, and one of each text that copies nothing; the same for the same arguments."""
    dice = Random(f"texts of {split}")
    library = [text for text in texts if text.work.use == "library"]
    languages = sorted({text.work.language for text in library})
    queries = []
    for level in LEVELS:
        for number in range(count):
            language = languages[number % len(languages)]
            queries.append(_query(f"{level}.{number}", level, language, texts, dice))
    others = [text for text in texts if text.work.use == "other"]
    dice.shuffle(others)
    queries += [
        Query(f"other.{one.name}", "other", one.work.language, one.text, ()) for one in others[:count]
    ]
    return Plan(tuple(library), tuple(queries))


def _query(name: str, level: str, language: str, texts: Sequence[Text], dice: Random) -> Query:
    sources = [one for one in texts if (one.work.use, one.work.language) == ("library", language)]
    hosts = [one for one in texts if (one.work.use, one.work.language) == ("host", language)]
    foreign = words_of([dice.choice(hosts).text for _ in range(3)], dice)
    host = iter([one for text in dice.sample(hosts, min(4, len(hosts))) for one in text.paragraphs])
    text, cases = "", []

    def put_host() -> None:
        nonlocal text
        for _ in range(HOST_PARAGRAPHS):
            text += next(host, "") + "\n\n"

    put_host()
    for source in dice.sample(sources, min(PASSAGES, len(sources))):
        for passage, reference in _passages(source, level, dice):
            if level != "quotes":
                passage = noise(edit_words(passage, RATES[level], foreign, dice), dice)
            cases.append(Case((len(text), len(text) + len(passage)), reference, source.name))
            text += passage + ("\n\n" if level != "quotes" else " ")
        put_host()
    return Query(name, level, language, text, tuple(cases))


def _passages(source: Text, level: str, dice: Random) -> list[tuple[str, tuple[int, int]]]:
    """Passages of a text with their spans in it."""
    if level == "reorder":
        first = dice.randrange(len(source.paragraphs) - 2)
        chosen = source.paragraphs[first : first + 3]
        start = len("\n\n".join(source.paragraphs[:first])) + (2 if first else 0)
        spans = []
        for paragraph in chosen:
            spans.append((paragraph, (start, start + len(paragraph))))
            start += len(paragraph) + 2
        return [spans[place] for place in dice.choice(([2, 0, 1], [1, 0, 2], [2, 1, 0]))]
    short, long = (40, 80) if level == "quotes" else (200, 2000)
    if HAN.search(source.text):
        short, long = (20, 40) if level == "quotes" else (80, 800)
    text = source.text
    while True:
        size = dice.randint(short, min(long, len(text) // 2))
        start = dice.randrange(len(text) - size)
        passage = text[start : start + size]
        if level == "quotes" and ("\n" in passage or not _is_words(passage)):
            continue
        return [(passage, (start, start + size))]


def _is_words(passage: str) -> bool:
    return sum(char.isalpha() for char in passage) >= 0.75 * len(passage)
