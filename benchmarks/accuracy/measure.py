"""Let a method describe and search one split, in several processes; descriptions are kept for the next run."""

from __future__ import annotations

import json
import multiprocessing
import secrets
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy.method import Found, Method, Searcher, find_method

_method: Method
_searcher: Searcher


@dataclass(frozen=True)
class Searched:
    """Of one query. Seconds are those of the processor, all threads together."""

    found: Found
    describe_s: float
    search_s: float


@dataclass(frozen=True)
class Job:
    """A file to describe; `digest` names its content."""

    file: Path
    digest: str
    query: bool


_CONTEXT = multiprocessing.get_context("spawn")  # never forked: OpenCV's threads don't outlive it


def describe(method: str, jobs: list[Job], cache: Path, workers: int) -> list[tuple[Path, float]]:
    """The files of the descriptions, and the seconds of processor time that each took when it was made."""
    with ProcessPoolExecutor(workers, _CONTEXT, _start, (method,)) as pool:
        return list(pool.map(_described, jobs, [cache] * len(jobs)))


def measure(
    method: str, references: dict[str, Job], queries: dict[str, Job], cache: Path, workers: int
) -> tuple[dict[str, Searched], float]:
    """What was found in each query, and the seconds that describing the references took."""
    made = describe(method, list(references.values()), cache, workers)
    asked = dict(zip(queries, describe(method, list(queries.values()), cache, workers), strict=True))
    prints = dict(zip(references, [path for path, _ in made], strict=True))
    with ProcessPoolExecutor(workers, _CONTEXT, _start, (method, prints)) as pool:
        answers = pool.map(_searched, [path for path, _ in asked.values()])
        searched = {
            name: Searched(found, asked[name][1], seconds)
            for name, (found, seconds) in zip(asked, answers, strict=True)
        }
    return searched, sum(seconds for _, seconds in made)


def _start(name: str, prints: dict[str, Path] | None = None) -> None:
    global _method, _searcher
    _method = find_method(name)
    if prints is not None:
        read = {key: path.read_bytes() for key, path in prints.items()}
        _searcher = _method.index(read)
        # What an index makes on its first search is not part of the cost of one.
        _searcher.search(next(iter(read.values())))


def _described(job: Job, cache: Path) -> tuple[Path, float]:
    """The file of the description, and the seconds it took when it was made."""
    role = "query" if job.query else "reference"
    path = cache / f"{_method.name}-{_method.key}" / f"{job.digest}-{role}"
    took = path.with_suffix(".json")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        start = time.process_time()
        made = _method.describe(job.file, query=job.query)
        took.write_text(json.dumps(time.process_time() - start))
        staged = path.with_suffix(f".{secrets.token_hex(6)}")
        staged.write_bytes(made)
        staged.rename(path)
    return path, float(json.loads(took.read_text()))


def _searched(path: Path) -> tuple[Found, float]:
    query = path.read_bytes()
    start = time.process_time()
    default = _searcher.search(query)
    seconds = time.process_time() - start
    return Found(default, _searcher.search_all(query)), seconds
