"""Runs the command and servers as processes of their own, as a user does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-W", "error", "-m", "shotprint")
READY = "shotprint is ready at "
LIMIT_S = 120


def shotprint(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S
    )


@dataclass
class RunningServer:
    """A server that is ready. `before` is what it printed until then."""

    process: subprocess.Popen[str]
    url: str
    before: list[str]
    log: Path

    def children(self) -> list[int]:
        """Process ids of the processes that the server started."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; gives its exit code."""
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)


@contextmanager
def server(data: Path, *arguments: str | Path) -> Iterator[RunningServer]:
    """A server on a free port with one worker; killed at the end if it still runs. Its log is beside `data`."""
    log = data.with_suffix(".log")
    command = [*COMMAND, "serve", "--port", "0", "--workers", "1", "--data", str(data), *map(str, arguments)]
    environment = {**os.environ, "SHOTPRINT_LEASE_S": "5"}
    with (
        log.open("a") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as process,
    ):
        try:
            yield _ready(process, log)
        finally:
            if process.poll() is None:
                process.kill()


def _ready(process: subprocess.Popen[str], log: Path) -> RunningServer:
    assert process.stdout is not None
    before = []
    for line in process.stdout:
        if line.startswith(READY):
            return RunningServer(process, line.removeprefix(READY).rstrip("\n"), before, log)
        before.append(line)
    raise AssertionError(f"the server ended with {process.wait()}:\n{log.read_text()}")


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
