"""Search time, memory and disk against library size, on fingerprints generated from real ones."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.tables import markdown
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Fingerprint, Role

FILE_S = 300.0
TURNS = 3


def growth_table(clips: list[Path], hours: list[float]) -> str:
    """One row a size. Each is built and searched by a process of its own, so that its memory is its own."""
    rows = []
    first: float | None = None
    for size in hours:
        command = [sys.executable, "-m", "benchmarks.speed.growth", str(size), *map(str, clips)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, found, resident, disk, add = done.stdout.split()
        first = float(seconds) if first is None else first
        ratio = f"{float(seconds) / first:.2f}"
        per_hour = [f"{float(value) / size / 1e6:.1f}" for value in (resident, disk)]
        rows.append((size, ratio, f"{float(seconds):.2f}", found, *per_hour, f"{float(add) / size:.2f}"))
    head = (
        "library hours",
        "search, ratio to the first row",
        "seconds",
        "found",
        "MB resident / h",
        "MB disk / h",
    )
    return markdown((*head, "s to add and save / h"), rows)


def generated(pattern: Fingerprint, dice: np.random.Generator) -> Fingerprint:
    """A print of `FILE_S` seconds that matches nothing but has the statistics of a real one.

    Real descriptors in new order at new places, each with three bits in ten turned over: what is common among
    real descriptors stays common, while no picture is left whole.
    """
    repeat = int(FILE_S // np.ceil(pattern.duration))
    arrays = {name: np.concatenate([array] * repeat) for name, array in pattern.arrays.items()}
    turn = np.repeat(np.arange(repeat), len(pattern.arrays["start"]))
    shift = (turn * np.ceil(pattern.duration)).astype(np.float32)
    arrays["start"], arrays["end"] = arrays["start"] + shift, arrays["end"] + shift
    keys, points = len(pattern.arrays["key_run"]), len(pattern.arrays["descriptor"])
    first_run = np.repeat(np.arange(repeat), keys) * len(pattern.arrays["start"])
    arrays["key_run"] = (arrays["key_run"] + first_run).astype(np.int32)
    starts = np.concatenate([pattern.arrays["point_start"][:-1] + turn * points for turn in range(repeat)])
    arrays["point_start"] = np.append(starts, repeat * points).astype(np.int64)
    order = dice.permutation(len(arrays["descriptor"]))
    bits = arrays["descriptor"].shape[1] * 8
    noise = np.packbits(dice.random((len(order), bits)) < 0.3, axis=1)
    arrays["descriptor"] = arrays["descriptor"][order] ^ noise
    # other pictures, as hard to deflate as those of a film that does not repeat
    noise = dice.integers(0, 6, arrays["look"].shape, dtype=np.uint8)
    arrays["look"] = arrays["look"][:, dice.permutation(arrays["look"].shape[1])] + noise
    arrays["position"] = dice.permutation(arrays["position"])
    arrays["hash"] = arrays["hash"] ^ np.packbits(dice.random((len(arrays["hash"]), 256)) < 0.3, axis=1).view(
        np.uint64
    )
    return Fingerprint(
        pattern.preset, pattern.modality, Role.REFERENCE, float(repeat * np.ceil(pattern.duration)), arrays
    )


def measure(hours: float, clips: list[Path]) -> None:
    """Print: seconds a search, whether the right file was found, bytes resident, bytes on disk, seconds to add."""
    dice = np.random.default_rng(7)
    patterns = [fingerprint_file(clip)[0] for clip in clips]
    query, _ = fingerprint_file(clips[0], role=Role.QUERY)
    with tempfile.TemporaryDirectory() as folder:
        index = LibraryIndex.open(Path(folder))
        made = [generated(patterns[n % len(patterns)], dice) for n in range(round(hours * 3600 / FILE_S))]
        start = time.perf_counter()
        for number, print_ in enumerate(made):
            index.add(f"generated-{number}", print_)
        index.add("real", patterns[0])
        index.save(1)
        added = time.perf_counter() - start
        del made, index
        disk = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        index = LibraryIndex.open(Path(folder))
        before = _resident()
        seconds = []
        for _ in range(TURNS):
            start = time.perf_counter()
            found = index.search(query)
            seconds.append(time.perf_counter() - start)
        right = [match.reference for match in found] == ["real"]
        print(statistics.median(seconds), right, max(0, _resident() - before), disk, added)


def _resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    measure(float(sys.argv[1]), [Path(clip) for clip in sys.argv[2:]])
