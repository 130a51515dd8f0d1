"""What the processes of the server under load have used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import psutil

from demo.server import Server


@dataclass(frozen=True)
class Used:
    """Seconds of CPU since the start, and how many analyses were done."""

    api_s: float
    workers_s: float
    analyses: int


def used_by(server: Server) -> Used:
    process = psutil.Process(server.pid)
    own = process.cpu_times()
    workers = [child.cpu_times() for child in process.children(recursive=True)]
    return Used(
        own.user + own.system, sum(times.user + times.system for times in workers), _analyses(server.log)
    )


def _analyses(log: Path) -> int:
    count = 0
    for line in log.read_text().splitlines():
        if '"task_done"' in line and json.loads(line).get("name") == "analyse":
            count += 1
    return count
