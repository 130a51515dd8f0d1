"""Write ``shotprint/engine/text/variants.txt``: which characters count as the same one.

``python -m tools.make_variants`` fetches two packages, unpacks them (nothing is installed) and reads

- OpenCC's ``TSCharacters.txt`` (Apache-2.0, from opencc-python-reimplemented): traditional characters to simplified;
- Unicode's ``confusables`` (Unicode licence, from confusable-homoglyphs): letters of other alphabets, and marked or
  turned ones, that look like one of the letters a to z.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path
from string import ascii_letters

TARGET = Path(__file__).parent.parent / "shotprint/engine/text/variants.txt"
CHARACTERS = ("opencc-python-reimplemented==0.1.7", "opencc/dictionary/TSCharacters.txt")
LOOKALIKES = ("confusable-homoglyphs==3.3.1", "confusable_homoglyphs/confusables.json")
ALPHABETS = ("LATIN ", "CYRILLIC ", "GREEK ", "COPTIC ", "ARMENIAN ", "CHEROKEE ", "LISU ")
HEAD = """\
# Which characters count as the same one: after each line's first character, those that are read as it.
# Written by tools/make_variants.py from
# - TSCharacters.txt of OpenCC, https://github.com/BYVoid/OpenCC, Apache-2.0;
# - confusables.txt of Unicode, https://www.unicode.org/Public/security/, (c) Unicode, Inc., Unicode License v3.
"""


def main() -> None:
    read_as = simplified(fetched(*CHARACTERS)) | latin(json.loads(fetched(*LOOKALIKES)))
    groups: dict[str, list[str]] = defaultdict(list)
    for variant, plain in sorted(read_as.items()):
        groups[plain].append(variant)
    lines = [plain + "".join(variants) for plain, variants in sorted(groups.items())]
    TARGET.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def simplified(table: str) -> dict[str, str]:
    """Traditional to simplified, by OpenCC's first choice; a choice that has one itself is followed."""
    pairs = (line.split("\t") for line in table.splitlines())
    first = {old: new.split()[0] for old, new in pairs}
    first = {old: new for old, new in first.items() if old != new and len(new) == 1}
    return {old: _followed(first, old) for old in first if _followed(first, old) != old}


def latin(confusables: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """Small letters that look like a to z, or whose capitals look like A to Z."""
    looks: dict[str, str] = {}
    for text, others in confusables.items():
        for one in others:
            if len(text) == 1 and one["c"] in ascii_letters and one["c"]:
                looks[text] = one["c"].lower()
    found = {}
    for code in range(0x80, sys.maxunicode + 1):
        small = chr(code)
        if not unicodedata.name(small, "").startswith(ALPHABETS) or small != small.casefold():
            continue
        for form in (small, small.upper()):
            if form in looks and unicodedata.normalize("NFKD", small) == small:
                found[small] = looks[form]
                break
    return found


def fetched(package: str, path: str) -> str:
    """A text file of a package's wheel."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", folder, package]
        subprocess.run(command, check=True)  # noqa: S603 - fixed names
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            return wheel.read(path).decode("utf-8")


def _followed(table: dict[str, str], old: str) -> str:
    seen = {old}
    while old in table and table[old] not in seen:
        old = table[old]
        seen.add(old)
    return old


if __name__ == "__main__":
    main()
