"""What fingerprinting costs beyond decoding: both in one run, by turns, the ratio of the medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import av

from benchmarks.tables import markdown
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Role

TURNS = 5


def cost_table(clips: list[Path]) -> str:
    """One row a clip: fingerprinting as a reference and as a query, in multiples of decoding it with PyAV alone."""
    rows = []
    for clip in clips:
        works: list[Callable[[], object]] = [
            partial(_decode, clip),
            partial(fingerprint_file, clip),
            partial(fingerprint_file, clip, role=Role.QUERY),
        ]
        decode, reference, query = _by_turns(works)
        _, info = fingerprint_file(clip)
        size = f"{info.width} x {info.height}, {info.codec}"
        rows.append(
            (clip.stem, size, f"{info.duration:.1f}", f"{reference / decode:.2f}", f"{query / decode:.2f}")
        )
    return markdown(("clip", "picture", "seconds", "reference / decode", "query / decode"), rows)


def _decode(clip: Path) -> None:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for _ in container.decode(stream):
            pass


def _by_turns(works: list[Callable[[], object]]) -> list[float]:
    """Median seconds of each; taking turns spreads the noise of a busy machine over all of them."""
    seconds: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    for _ in range(TURNS):
        for work, taken in zip(works, seconds, strict=True):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in seconds]
