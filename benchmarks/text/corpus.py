"""The texts of the benchmark: books and manuals of Debian packages, fetched once, tuning and test kept apart.

Only prose is used: paragraphs of letters, with hardly a file name or a command. These a manual shares with its
translations to the letter, and rightly matches there. For the same reason a paragraph is left out that has 30 letters
in a row (15 Chinese or Japanese characters) in common with one before it, wherever that is.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from benchmarks.packages import unpacked_package

SPLITS: Final = ("tuning", "test")
DOCUMENT_CHARS: Final = 6_000
LEAST_CHARS: Final = {"zh": 40, "ja": 40}  # of a paragraph; 120 in other languages
SAME: Final = {"zh": 15, "ja": 15}  # 30 in other languages
LEAST_PARAGRAPHS: Final = 4
MOST_TEXTS: Final = 80  # of a work
LEAST_LETTERS: Final = 0.6  # of a paragraph's characters; of its own script where that is not Latin
MOST_TECHNICAL: Final = 0.01
OWN_LETTERS: Final = {
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ja": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
}
TECHNICAL: Final = re.compile(r"[/=_$<>{}|@#\\+*\[\]~]|--")


@dataclass(frozen=True)
class Work:
    """A book or manual: `use` is "library" (stored), "host" (around what is copied) or "other" (copies nothing)."""

    split: str
    use: str
    language: str
    package: str
    path: str  # a pattern inside the package


WORKS: Final = (
    Work("tuning", "library", "en", "maint-guide", "**/maint-guide.en.txt.gz"),
    Work("tuning", "library", "en", "debian-faq", "**/debian-faq.en.txt.gz"),
    Work("tuning", "library", "zh", "debian-faq-zh-cn", "**/debian-faq.zh-cn.txt.gz"),
    Work("tuning", "library", "zh", "debmake-doc", "**/debmake-doc.zh-cn.txt.gz"),
    Work("tuning", "library", "de", "debian-faq-de", "**/debian-faq.de.txt.gz"),
    Work("tuning", "host", "en", "anarchism", "**/html/append*.html"),
    Work("tuning", "host", "zh", "debian-handbook", "**/html/zh-CN/sect.[n-z]*.html"),
    Work("tuning", "host", "de", "debian-handbook", "**/html/de-DE/sect.[n-z]*.html"),
    Work("tuning", "other", "fr", "debian-faq-fr", "**/debian-faq.fr.txt.gz"),
    Work("tuning", "other", "en", "debmake-doc", "**/debmake-doc.en.txt.gz"),
    Work("tuning", "other", "ja", "debmake-doc", "**/debmake-doc.ja.txt.gz"),
    Work("tuning", "other", "ru", "debmake-doc", "**/debmake-doc.ru.txt.gz"),
    Work("test", "library", "en", "debian-reference-en", "**/debian-reference.en.txt.gz"),
    Work("test", "library", "en", "debian-policy", "**/debian-policy/policy.txt.gz"),
    Work("test", "library", "zh", "debian-reference-zh-cn", "**/debian-reference.zh-cn.txt.gz"),
    Work("test", "library", "de", "debian-reference-de", "**/debian-reference.de.txt.gz"),
    Work("test", "library", "de", "developers-reference-de", "**/developers-reference.txt.gz"),
    Work("test", "host", "en", "anarchism", "**/html/sec*.html"),
    Work("test", "host", "zh", "debian-handbook", "**/html/zh-CN/sect.[a-m]*.html"),
    Work("test", "host", "de", "debian-handbook", "**/html/de-DE/sect.[a-m]*.html"),
    Work("test", "other", "fr", "debian-reference-fr", "**/debian-reference.fr.txt.gz"),
    Work("test", "other", "ja", "debian-reference-ja", "**/debian-reference.ja.txt.gz"),
    Work("test", "other", "en", "developers-reference", "**/developers-reference.txt.gz"),
    Work("test", "other", "en", "debian-handbook", "**/html/en-US/sect.[a-m]*.html"),
    Work("test", "other", "fr", "developers-reference-fr", "**/developers-reference.txt.gz"),
)


@dataclass(frozen=True)
class Text:
    """A part of a work, of about `DOCUMENT_CHARS`, as paragraphs."""

    name: str
    work: Work
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


def load_texts(split: str, folder: Path) -> list[Text]:
    """All texts of a split; packages are fetched into `folder`."""
    texts, seen = [], set[int]()
    for work in WORKS:
        if work.split != split:
            continue
        package = unpacked_package(work.package, folder)
        files = [path for path in sorted(package.glob(work.path)) if not path.is_symlink()]
        if not files:
            raise SystemExit(f"{work.package} has no file {work.path}")
        paragraphs = [
            one for file in files for one in _prose(file, work.language) if _is_new(one, work.language, seen)
        ]
        for number, part in enumerate(_parts(paragraphs)):
            if number < MOST_TEXTS:
                texts.append(Text(f"{work.package}.{work.language}.{number}", work, tuple(part)))
    return texts


def _is_new(paragraph: str, language: str, seen: set[int]) -> bool:
    """Whether nothing of `SAME` letters in a row was seen in an earlier paragraph; it is seen from now on."""
    letters = "".join(char for char in paragraph.lower() if char.isalnum())
    size = SAME.get(language, 30)
    grams = {hash(letters[start : start + size]) for start in range(max(1, len(letters) - size + 1))}
    if grams & seen:
        return False
    seen |= grams
    return True


def _prose(file: Path, language: str) -> Iterator[str]:
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = raw.decode("utf-8", "replace")
    blocks = _html_paragraphs(text) if file.suffix == ".html" else re.split(r"\n\s*\n", text)
    glue = "" if language in ("zh", "ja") else " "
    for block in blocks:
        paragraph = re.sub(r"\s*\n\s*", glue, block.strip())
        if len(paragraph) >= LEAST_CHARS.get(language, 120) and _is_prose(paragraph, language):
            yield paragraph


def _is_prose(paragraph: str, language: str) -> bool:
    own = OWN_LETTERS.get(language)
    letters = sum(map(str.isalpha, paragraph)) if own is None else len(own.findall(paragraph))
    technical = len(TECHNICAL.findall(paragraph))
    return letters >= LEAST_LETTERS * len(paragraph) and technical <= MOST_TECHNICAL * len(paragraph)


def _parts(paragraphs: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for paragraph in paragraphs:
        part.append(paragraph)
        if sum(map(len, part)) >= DOCUMENT_CHARS and len(part) >= LEAST_PARAGRAPHS:
            yield part
            part = []
    if sum(map(len, part)) >= DOCUMENT_CHARS // 4 and len(part) >= LEAST_PARAGRAPHS:
        yield part


class _Paragraphs(HTMLParser):
    """The texts between paragraphs' tags; the handbook's are ``<div class="para">``."""

    def __init__(self) -> None:
        super().__init__()
        self.found = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "div", "pre", "li", "h2"):
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "div", "pre", "li", "h2"):
            self.found.append("")

    def handle_data(self, data: str) -> None:
        self.found[-1] += data


def _html_paragraphs(text: str) -> list[str]:
    parser = _Paragraphs()
    parser.feed(text)
    return parser.found
