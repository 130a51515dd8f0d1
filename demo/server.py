"""Starts and stops a shotprint server of the demo's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

READY = "shotprint is ready at "
STOP_S = 60


class ServerFailed(Exception):
    """The server ended before it was ready."""


@dataclass(frozen=True)
class Server:
    """A server that is ready.

    Attributes
    ----------
    log : file of what it writes to standard error.
    """

    url: str
    pid: int
    log: Path


@contextmanager
def running_server(
    directory: Path, buckets: dict[str, Path], key: tuple[str, str], *options: str
) -> Iterator[Server]:
    """A server on a free port with its data in `directory`, stopped at the end; `options` are of the command."""
    command = [sys.executable, "-m", "shotprint", "serve", "--port", "0", "--data", str(directory / "data")]
    for name, place in buckets.items():
        command += ["--bucket", f"{name}={place}"]
    command += ["--access-key", ":".join(key), *options]
    log = directory / "server.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            yield Server(_wait_until_ready(process, log), process.pid, log)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    raise ServerFailed(f"The server did not start; its log is {log}")
