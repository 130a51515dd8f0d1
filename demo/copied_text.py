"""A text that copies an edited passage of a real one: the licence of this project."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STORED = ("LICENSE", "CONTRIBUTING.md")
ORIGINAL, FOREIGN, COPY = "LICENSE", "README.md", "copy.txt"
SECTION = re.compile(r"   2\. Grant of Copyright License\..*?(?=\n\n   3\. )", re.DOTALL)
DROPPED = 8  # every so many words one is left out


@dataclass(frozen=True)
class CopiedText:
    """The passage as it stands in the original, and as it stands in the copy."""

    original: str
    copied: str


def make_copied_text(work: Path) -> CopiedText:
    """Write the texts to be stored, and `COPY`, into `work`."""
    for name in STORED:
        (work / name).write_bytes((ROOT / name).read_bytes())
    found = SECTION.search((ROOT / ORIGINAL).read_text("utf-8"))
    assert found is not None
    words = found[0].split()
    copied = " ".join(word.upper() for number, word in enumerate(words, 1) if number % DROPPED)
    paragraphs = (ROOT / FOREIGN).read_text("utf-8").split("\n\n")
    (work / COPY).write_text("\n\n".join([*paragraphs[1:4], copied, *paragraphs[4:8]]), "utf-8")
    return CopiedText(found[0].strip(), copied)
