"""What a search costs among ever more texts, and how large their index is.

The texts are generated: words that follow each other as they do in the books of *tuning* (a Markov chain of order one,
which starts anew every few words, for else it repeats whole sentences), so that phrases are about as common as in real
texts, and nothing is copied but what is put in.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import markdown
from benchmarks.text.corpus import load_texts
from shotprint.engine.text.document import Document
from shotprint.engine.text.index import TextIndex
from shotprint.engine.text.presets import TEXT_1
from shotprint.engine.text.prints import print_of
from shotprint.engine.types import Role

WORDS: Final = 150  # of a text
BATCH: Final = 10_000
QUERIES: Final = 20
QUERY_WORDS: Final = 2000
QUOTE_WORDS: Final = 40
ANEW: Final = 0.4  # the chance that a word is not one that follows the last
HEAD: Final = (
    "texts", "MB of text", "index / text", "build s", "open s", "search ms, median", "slowest", "processor ms", "found",
    "false documents", "MB resident",
)  # fmt: skip


def growth_table(sizes: Sequence[int], folder: Path) -> str:
    """A row for each number of texts; each is built and searched by a process of its own."""
    rows = []
    for size in sizes:
        index = folder / f"growth-{size}"
        told = json.loads(_alone("build", folder, index, size)) if not (index / "built.json").exists() else {}
        if told:
            (index / "built.json").write_text(json.dumps(told))
        built = json.loads((index / "built.json").read_text())
        searched = json.loads(_alone("search", folder, index, size))
        rows.append(
            (
                f"{size:,}", f"{built['bytes'] / 1e6:.0f}", f"{built['index'] / built['bytes']:.2f}",
                f"{built['seconds']:.0f}", f"{searched['open']:.1f}",
                f"{1000 * statistics.median(searched['seconds']):.0f}", f"{1000 * max(searched['seconds']):.0f}",
                f"{1000 * statistics.median(searched['processor']):.0f}",
                f"{searched['found']} of {searched['put']}", searched["false"], f"{searched['mb']:.0f}",
            )
        )  # fmt: skip
    return markdown(HEAD, rows)


def _alone(step: str, folder: Path, index: Path, size: int) -> str:
    command = [sys.executable, "-m", "benchmarks.text.growth", step, str(folder), str(index), str(size)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class Babble:
    """Texts of words that follow each other as in real ones."""

    def __init__(self, folder: Path) -> None:
        english = [one.text for one in load_texts("tuning", folder) if one.work.language == "en"]
        words = " ".join(english).split()
        self._spelled, self._words = np.unique(words, return_inverse=True)
        self._order = np.argsort(self._words[:-1], kind="stable")
        self._count = np.bincount(self._words[:-1], minlength=len(self._spelled))
        self._start = np.cumsum(self._count) - self._count

    def texts(self, seed: int, count: int, words: int) -> list[str]:
        """So many texts of so many words."""
        dice = np.random.Generator(np.random.PCG64(seed))
        chosen: NDArray[np.int64] = np.empty((count, words), dtype=np.int64)
        word = self._words[dice.integers(len(self._words), size=count)]
        for step in range(words):
            chosen[:, step] = word
            among = np.maximum(self._count[word], 1)
            place = self._start[word] + (dice.random(count) * among).astype(np.int64)
            word = self._words[self._order[np.minimum(place, len(self._order) - 1)] + 1]
            anew = dice.random(count) < ANEW
            word = np.where(anew, self._words[dice.integers(len(self._words), size=count)], word)
        return [" ".join(row) for row in self._spelled[chosen]]


def _prints(babble: Babble, size: int) -> Iterator[tuple[str, str]]:
    for first in range(0, size, BATCH):
        for number, text in enumerate(babble.texts(first, min(BATCH, size - first), WORDS), first):
            yield f"{number:032x}", text


def _build(folder: Path, directory: Path, size: int) -> dict[str, Any]:
    babble, index, total, took = Babble(folder), TextIndex.open(directory), 0, 0.0
    for key, text in _prints(babble, size):
        started = time.monotonic()
        total += len(text.encode())
        index.add(key, print_of(_plain(text), TEXT_1, Role.REFERENCE))
        took += time.monotonic() - started
    started = time.monotonic()
    index.save(1)
    took += time.monotonic() - started
    written = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
    return {"bytes": total, "index": written, "seconds": took}


def _search(folder: Path, directory: Path, size: int) -> dict[str, Any]:
    babble, dice = Babble(folder), Random(size)
    started = time.monotonic()
    index = TextIndex.open(directory)
    opened = time.monotonic() - started
    seconds, processor, found, false, put = [], [], 0, 0, 0
    for number in range(-1, QUERIES):
        quoted = dice.randrange(size)
        first = quoted // BATCH * BATCH
        original = babble.texts(first, min(BATCH, size - first), WORDS)[quoted - first].split()
        words = babble.texts(10**9 + number, 1, QUERY_WORDS - QUOTE_WORDS)[0].split()
        start, place = dice.randrange(WORDS - QUOTE_WORDS), dice.randrange(len(words))
        text = " ".join([*words[:place], *original[start : start + QUOTE_WORDS], *words[place:]])
        began, used = time.monotonic(), time.process_time()
        told = {match.reference for match in index.search(print_of(_plain(text), TEXT_1, Role.QUERY))}
        if number >= 0:  # the first one warms up
            seconds.append(time.monotonic() - began)
            processor.append(time.process_time() - used)
            put += 1
            found += f"{quoted:032x}" in told
            false += len(told - {f"{quoted:032x}"})
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "open": opened, "seconds": seconds, "processor": processor,
        "found": found, "false": false, "put": put, "mb": mb,
    }  # fmt: skip


def _plain(text: str) -> Document:
    return Document(text, "plain", "utf-8", np.zeros(0, np.int64), np.zeros((0, 2)))


if __name__ == "__main__":
    step, folder, directory, size = sys.argv[1:]
    os.nice(10)
    work = _build if step == "build" else _search
    print(json.dumps(work(Path(folder), Path(directory), int(size))))
