"""``python -m benchmarks.audio``: which copies of sound are found, where, and what else is claimed.

Needs ffmpeg with librubberband; fetches its pieces as Debian packages on the first run. Everything is kept under
``--cache``. Peers: ``fpcalc`` of libchromaprint-tools, and audfprint in an environment of its own.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.audio.growth import growth_table
from benchmarks.audio.methods import METHODS, find_method
from benchmarks.audio.plan import SIZES, Query, plan_queries
from benchmarks.audio.pool import Piece, as_file, choose, load_pool
from benchmarks.audio.render import Renderer, Truth
from benchmarks.audio.score import HEAD, Answer, Judged, judge, listing, row, table
from benchmarks.tables import markdown

Made = tuple[Query, Path, list[Truth]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audio", description=__doc__)
    parser.add_argument("step", nargs="?", choices=["run", "pool", "growth"], default="run")
    parser.add_argument("--cache", type=Path, default=Path(".cache/audio"))
    parser.add_argument("--size", choices=list(SIZES), default="small", help="how many queries")
    parser.add_argument("--split", choices=["tuning", "test"], help="one alone")
    parser.add_argument("--method", nargs="+", choices=list(METHODS), default=["shotprint"])
    parser.add_argument("--hours", type=float, nargs="+", default=[0, 100, 1000], help="sizes of growth")
    asked = parser.parse_args()
    pieces = choose(load_pool(asked.cache), SIZES[asked.size].pieces)
    if asked.step == "pool":
        for piece in pieces:
            use = "foreign" if piece.foreign else "library"
            print(f"{piece.split:7} {piece.kind:7} {use:8} {piece.duration:7.1f} s  {piece.key}")
        return
    for split in [asked.split] if asked.split else ["tuning", "test"]:
        made = _render(pieces, split, asked)
        if asked.step == "growth":
            print(growth_table(_library(pieces, asked.cache), made, asked.cache, asked.hours), flush=True)
        else:
            _run(pieces, split, made, asked)


def _render(pieces: Sequence[Piece], split: str, asked: argparse.Namespace) -> list[Made]:
    renderer = Renderer({piece.key: piece for piece in pieces}, asked.cache)
    return [(query, *renderer.render(query)) for query in plan_queries(pieces, split, SIZES[asked.size])]


def _library(pieces: Sequence[Piece], cache: Path) -> dict[str, Path]:
    """The library is that of both splits."""
    return {piece.key: as_file(piece, cache) for piece in pieces if not piece.foreign}


def _run(pieces: Sequence[Piece], split: str, made: Sequence[Made], asked: argparse.Namespace) -> None:
    library = _library(pieces, asked.cache)
    hours = sum(piece.duration for piece in pieces if not piece.foreign) / 3600
    works = {piece.key: piece.work for piece in pieces}
    today = datetime.date.today()
    machine = f"{today}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rows = []
    for name in asked.method:
        method = find_method(name, asked.cache)
        method.load(library)
        answers = []
        for query, path, truths in made:
            start = time.perf_counter()
            reports = method.search(path)
            answers.append(Answer(query, truths, reports, time.perf_counter() - start))
        judged = [judge(answer, works) for answer in answers]
        rows.append((method.title, *row(judged), f"{sum(a.seconds for a in answers) / len(answers):.2f}"))
        told = (
            f"# {method.title}: {split}, {asked.size}\n\n{machine}; {hours:.1f} hours\n\n{_tables(judged)}\n"
        )
        out = asked.cache / "results" / f"{today}-{name}-{split}-{asked.size}"
        out.parent.mkdir(parents=True, exist_ok=True)
        out.with_suffix(".md").write_text(told)
        out.with_suffix(".misses.txt").write_text(listing(judged))
        print(f"{told}\n{out}.md, .misses.txt\n", flush=True)
    if len(rows) > 1:
        print(markdown(("method", *HEAD, "s a query"), rows), flush=True)


def _tables(judged: Sequence[Judged]) -> str:
    by_length = table(judged, "length", lambda query: f"{query.length:g} s{', heavy' if query.heavy else ''}")
    by_group = table(judged, "kind", lambda query: query.group)
    ten = [one for one in judged if one.answer.query.length == 10 and one.answer.query.group != "negative"]
    by_edit = table(ten, "edit, 10 s", lambda query: query.edit)
    return "\n\n".join((by_length, by_group, by_edit))


if __name__ == "__main__":
    main()
