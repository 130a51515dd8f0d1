"""The queries of a split against ever larger libraries: what is still found, and what a search and a change cost."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.generated import FILE_S, Generator
from benchmarks.accuracy.judge import judge, share
from benchmarks.accuracy.measure import Searched
from benchmarks.accuracy.method import Found, Report
from benchmarks.accuracy.plan import Split
from benchmarks.accuracy.shotprint_method import reports
from benchmarks.tables import markdown
from shotprint.engine import codec
from shotprint.engine.align.score import DEFAULT_MIN_SIMILARITY
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.index.segment import Segment
from shotprint.engine.index.segmented_index import MANIFEST
from shotprint.engine.index.stored_print import StoredPrint
from shotprint.engine.types import Fingerprint
from shotprint.engine.video.presets import find_preset
from shotprint.engine.video.prints import VideoPrint

PATTERNS = 8
"""So many strangers' times and pictures are taken."""
SHORTEST_PATTERN_S = 8.0


@dataclass(frozen=True)
class Task:
    """A library of one size, made in `folder`; prints are files."""

    split: Split
    references: dict[str, Path]
    queries: dict[str, Path]
    strangers: list[Path]
    hours: float
    folder: Path


@dataclass(frozen=True)
class Measured:
    """Of one size. ``wall`` and ``cpu``: seconds for a minute of query, of the clock and of the processor; medians."""

    found: float
    anyhow: float
    false: int
    wall: float
    cpu: float
    anonymous: int
    mapped: int
    disk: int
    open_s: float
    add_s: float
    remove_s: float


def growth_table(
    split: Split,
    references: dict[str, Path],
    queries: dict[str, Path],
    strangers: list[Path],
    hours: list[float],
) -> str:
    """One row a size. Each is built and searched by processes of its own, so that its memory is its own."""
    rows = []
    first: Measured | None = None
    for size in hours:
        with tempfile.TemporaryDirectory() as folder:
            task = Task(split, references, queries, strangers, size, Path(folder))
            (task.folder / "task").write_bytes(pickle.dumps(task))
            _in_a_process("build", task.folder)
            row = Measured(**json.loads(_in_a_process("measure", task.folder)))
        first = first or row
        total = size + sum(reference.duration for reference in split.references) / 3600
        rows.append(
            (
                f"{total:.1f}", f"{row.found:.2f}", f"{row.anyhow:.2f}", str(row.false),
                f"{row.wall / first.wall:.2f}", f"{row.wall:.2f}", f"{row.cpu:.2f}",
                f"{row.anonymous / 1e6:.0f} + {row.mapped / 1e6:.0f}",
                f"{(row.anonymous + row.mapped) / total / 1e6:.2f}", f"{row.disk / total / 1e6:.2f}",
                f"{row.open_s:.2f}", f"{row.add_s:.2f}", f"{row.remove_s:.2f}",
            )
        )  # fmt: skip
    head = (
        "library hours", "found", "with no threshold", "false matches", "search, ratio", "s / min", "processor s / min",
        "MB resident, own + mapped", "MB resident / h", "MB disk / h", "open s", "add and save s", "remove and save s",
    )  # fmt: skip
    return markdown(head, rows)


def _in_a_process(step: str, folder: Path) -> str:
    command = [sys.executable, "-m", "benchmarks.accuracy.growth", step, str(folder)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def build_index(task: Task) -> Path:
    """The folder of an index of one segment: what is added later makes segments beside it, until they are as large."""
    references = {key: read_print(path) for key, path in task.references.items()}
    strangers = [read_print(path) for path in task.strangers]
    patterns = [clip for clip in strangers if clip.duration >= SHORTEST_PATTERN_S][:PATTERNS]
    made = enumerate(Generator(patterns, strangers).files(round(task.hours * 3600 / FILE_S)))
    prints = [(f"generated-{number}", print_) for number, print_ in made]
    prints += [(key, StoredPrint.of(VideoPrint.of(print_))) for key, print_ in references.items()]
    preset = find_preset(strangers[0].preset)
    index = task.folder / "index"
    index.mkdir()
    Segment.build(prints, preset).save(index / "segment-all")
    manifest = {
        "format": LibraryIndex.FORMAT_VERSION,
        "preset": preset.name,
        "checkpoint": 0,
        "segments": {"segment-all": []},
    }
    (index / MANIFEST).write_text(json.dumps(manifest))
    return index


def _measure(task: Task) -> Measured:
    directory = task.folder / "index"
    queries = {key: read_print(path) for key, path in task.queries.items()}
    disk = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    before = _resident()
    index, opening = _timed(lambda: LibraryIndex.open(directory))
    for query in queries.values():  # what is mapped is read once before it is measured
        index.search(query)
    after = _resident()
    searched, walls, cpus = {}, [], []
    for key, query in queries.items():
        all_, (cpu, wall) = _timed(lambda query=query: reports(index.search(query, min_similarity=0.0)))
        searched[key] = Searched(Found(_told(all_), all_), 0.0, cpu)
        walls.append(wall / query.duration * 60)
        cpus.append(cpu / query.duration * 60)
    judged = judge(task.split, searched, 0.0)
    another = read_print(task.strangers[0])
    return Measured(
        found=judged.found,
        anyhow=share(copy.anyhow for copy in judged.copies),
        false=len(judged.false),
        wall=float(np.median(walls)),
        cpu=float(np.median(cpus)),
        anonymous=after["RssAnon"] - before["RssAnon"],
        mapped=after["RssFile"] - before["RssFile"],
        disk=disk,
        open_s=opening[1],
        add_s=_timed(lambda: _change(index, lambda: index.add("another", another)))[1][1],
        remove_s=_timed(lambda: _change(index, lambda: index.remove("another")))[1][1],
    )


def _told(everything: list[Report]) -> list[Report]:
    return [report for report in everything if report.box.score >= DEFAULT_MIN_SIMILARITY]


def read_print(path: Path) -> Fingerprint:
    return codec.decode(path.read_bytes())


def _change(index: LibraryIndex, change: Callable[[], None]) -> None:
    change()
    index.save(index.checkpoint + 1)


def _timed(step: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    """What a step gives, and seconds of processor and of wall clock."""
    processor, wall = time.process_time(), time.perf_counter()
    result = step()
    return result, (time.process_time() - processor, time.perf_counter() - wall)


def _resident() -> dict[str, int]:
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    return {line[0][:-1]: int(line[1]) * 1024 for line in lines if line[0].startswith("Rss")}


if __name__ == "__main__":
    task: Task = pickle.loads((Path(sys.argv[2]) / "task").read_bytes())
    if sys.argv[1] == "build":
        build_index(task)
    else:
        print(json.dumps(asdict(_measure(task))))
