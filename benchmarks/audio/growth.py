"""Queries against ever larger libraries: what is still found, and what a search costs.

The other hours are generated: their anchors have descriptors of real pieces with a quarter of the bits turned over, so
that what is common among real descriptors is common there, at real bands, eight a second; nothing is copied. They are
segments of an index of 1,000 hours each, mapped from disk as any index is.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.audio.plan import Query
from benchmarks.audio.render import Truth
from benchmarks.audio.score import Answer, judge, row
from benchmarks.audio.shotprint_method import Shotprint, reports
from benchmarks.tables import markdown
from shotprint.engine.audio.audio_index import AudioIndex
from shotprint.engine.audio.presets import AUDIO_1
from shotprint.engine.audio.segment import AudioSegment, StoredSound
from shotprint.engine.index.segmented_index import MANIFEST
from shotprint.engine.types import Role

SEGMENT_H: Final = 1000.0
FILE_S: Final = 240.0
TURNED_OVER: Final = 0.25
ANCHORS_A_SECOND: Final = AUDIO_1.anchors_reference / (AUDIO_1.cell_frames * AUDIO_1.frame_s)

HEAD: Final = (
    "hours", "copies", "found", "false matches", "s a query of 30 s, median / p95", "MB on disk an hour",
)  # fmt: skip


def growth_table(
    library: Mapping[str, Path],
    made: Sequence[tuple[Query, Path, list[Truth]]],
    cache: Path,
    hours: Sequence[float],
) -> str:
    """One row a size. Each query is searched once before it is timed: pages that searches touch stay in memory."""
    method = Shotprint(cache)
    prints = {key: method.describe(path, Role.REFERENCE) for key, path in library.items()}
    descriptors = np.concatenate([made.arrays["descriptor"] for made in prints.values()])
    bands = np.concatenate([made.arrays["anchor_band"] for made in prints.values()])
    asked = [
        (query, method.describe(path, Role.QUERY), truths)
        for query, path, truths in made
        if query.length == 30
    ]
    rows = []
    for size in hours:
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            index = AudioIndex(Path(folder))
            for key, stored in prints.items():
                index.add(key, stored)
            index.save(1)
            _generate(Path(folder), size, descriptors, bands)
            index = AudioIndex(Path(folder))
            answers, seconds = [], []
            for query, stored, truths in asked:
                index.search(stored, threads=2)
                begin = time.perf_counter()
                found = index.search(stored, threads=2)
                seconds.append(time.perf_counter() - begin)
                answers.append(Answer(query, truths, reports(found), seconds[-1]))
            works = dict(zip(index.keys(), index.keys(), strict=True))
            cells = row([judge(answer, works) for answer in answers])
            disk = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
            total = size + sum(stored.duration for stored in prints.values()) / 3600
            rows.append(
                (
                    f"{total:.0f}",
                    cells[0],
                    cells[1],
                    cells[-1],
                    f"{np.median(seconds):.2f} / {np.percentile(seconds, 95):.2f}",
                    f"{disk / 1e6 / total:.2f}",
                )
            )
    return markdown(HEAD, rows)


def _generate(folder: Path, hours: float, descriptors: NDArray[np.uint32], bands: NDArray[np.uint8]) -> None:
    """Put so many hours into an index, as segments of their own beside what it has."""
    dice = np.random.default_rng(1)
    left, names = hours, []
    while left > 0:
        files = max(1, round(min(left, SEGMENT_H) * 3600 / FILE_S))
        name = f"segment-{secrets.token_hex(8)}"
        _segment(dice, files, descriptors, bands).save(folder / name)
        names.append(name)
        left -= SEGMENT_H
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["segments"] |= {name: [] for name in names}
    (folder / MANIFEST).write_text(json.dumps(manifest))


def _segment(
    dice: np.random.Generator, files: int, descriptors: NDArray[np.uint32], bands: NDArray[np.uint8]
) -> AudioSegment:
    anchors = round(FILE_S * ANCHORS_A_SECOND)
    cells = int(FILE_S / AUDIO_1.frame_s / AUDIO_1.look_frames)
    frames = round(FILE_S / AUDIO_1.frame_s)
    parts: list[tuple[str, StoredSound]] = []
    for _ in range(files):
        like = dice.integers(0, len(descriptors), anchors)
        turned: Any = dice.integers(0, 2**32, (2, anchors, 2), dtype=np.uint32)
        parts.append(
            (
                f"generated {secrets.token_hex(6)}",
                StoredSound(
                    FILE_S,
                    np.sort(dice.integers(0, frames, anchors)).astype(np.uint32),
                    bands[like],
                    descriptors[like] ^ (turned[0] & turned[1]),
                    dice.integers(0, 2**32, cells, dtype=np.uint32),
                ),
            )
        )
    return AudioSegment.build(parts, AUDIO_1)
