"""audfprint, in its fork ``audfprint2``: landmarks, with the time range that it reports.

It runs as a program of an environment of its own: ``python3 -m venv .cache/audfprint && .cache/audfprint/bin/pip
install audfprint2==0.1.2``.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.audio.score import Report

PROGRAM: Final = Path(".cache/audfprint/bin/audfprint")
TOLD: Final = re.compile(
    r"Matched\s+([\d.]+) s starting at\s+([\d.]+) s in (\S+)\s+to time\s+([\d.]+) s in (\S+) "
    r"with\s+(\d+) of\s+(\d+) common hashes"
)


class Audfprint:
    title = "audfprint (audfprint2 0.1.2)"

    def __init__(self, cache: Path) -> None:
        self._base = cache / "audfprint.base"
        self._list = cache / "audfprint.list"
        self._keys: dict[str, str] = {}

    def load(self, references: Mapping[str, Path]) -> None:
        self._keys = {str(path): key for key, path in references.items()}
        if not self._base.exists():
            self._list.write_text("\n".join(self._keys))
            self._run("--list", "new", str(self._list))

    def search(self, path: Path) -> list[Report]:
        told = self._run("--find-time-range", "--max-matches", "5", "match", str(path))
        reports = []
        for length, start, _, place, file, common, _ in TOLD.findall(told):
            begin, at, long = float(start), float(place), float(length)
            reports.append(Report(self._keys[file], begin, begin + long, at, at + long, float(common)))
        return reports

    def _run(self, *words: str) -> str:
        command = [
            str(PROGRAM),
            "-v",
            "--dbase",
            str(self._base),
            *words,
        ]  # it wants options before its command
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
