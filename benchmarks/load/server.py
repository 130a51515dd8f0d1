"""The server under load: `shotprint serve` as a process of its own, and what its processes used."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

READY = "shotprint is ready at http://"
STOP_S = 60


@dataclass(frozen=True)
class Used:
    """Seconds of CPU since the start, and how many analyses were done."""

    api_s: float
    workers_s: float
    analyses: int


@dataclass(frozen=True)
class Server:
    """A server that is ready; `host` with the port."""

    host: str
    process: psutil.Process
    log: Path

    def used(self) -> Used:
        own = self.process.cpu_times()
        workers = [child.cpu_times() for child in self.process.children(recursive=True)]
        return Used(
            own.user + own.system, sum(times.user + times.system for times in workers), self._analyses()
        )

    def _analyses(self) -> int:
        count = 0
        for line in self.log.read_text().splitlines():
            if '"task_done"' in line and json.loads(line).get("name") == "analyse":
                count += 1
        return count


@contextmanager
def running_server(
    folder: Path, *, key: tuple[str, str], bucket: tuple[str, Path], workers: int, database: str | None
) -> Iterator[Server]:
    """A server on a free port of the loopback with its data in `folder`; stopped at the end.

    Parameters
    ----------
    database : URL; None for the embedded one.
    """
    command = [sys.executable, "-m", "shotprint", "serve", "--host", "127.0.0.1", "--port", "0"]
    command += ["--data", str(folder / "data"), "--workers", str(workers), "--access-key", ":".join(key)]
    command += ["--bucket", f"{bucket[0]}={bucket[1]}"]
    if database is not None:
        command += ["--database", database]
    log = folder / "server.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            yield Server(_host(process, log), psutil.Process(process.pid), log)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _host(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")
