"""Starts and stops a shotprint server of the demo's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = "shotprint is ready at "
STOP_S = 30


class ServerFailed(Exception):
    """The server ended before it was ready."""


@contextmanager
def running_server(directory: Path, buckets: dict[str, Path], key: tuple[str, str]) -> Iterator[str]:
    """A server on a free port with its data in `directory`; gives its URL and stops it at the end."""
    command = [sys.executable, "-m", "shotprint", "serve", "--port", "0", "--data", str(directory / "data")]
    for name, place in buckets.items():
        command += ["--bucket", f"{name}={place}"]
    command += ["--access-key", ":".join(key)]
    with (
        (directory / "server.log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            yield _wait_until_ready(server, directory / "server.log")
        finally:
            server.terminate()
            try:
                server.wait(STOP_S)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait_until_ready(server: subprocess.Popen[str], log: Path) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    raise ServerFailed(f"The server did not start; its log is {log}")
