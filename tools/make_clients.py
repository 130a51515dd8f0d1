"""Installs the vendor's clients that the tests drive the server with: ``python -m tools.make_clients``.

Each has an environment of its own in ``.cache/clients``, since several are versions of one package, and is
installed again only when the file that pins it, or this Python, has changed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "tests" / "clients" / "requirements"
ENVIRONMENTS = ROOT / ".cache" / "clients"
SHOWN_LINES = 6  # of pip's complaint: the cause is at its end


class InstallFailed(Exception):
    """A client could not be installed; the message has what pip said."""


@dataclass(frozen=True)
class ClientEnvironment:
    """Where a client is, or will be, installed; `requirements` names and pins it."""

    requirements: Path
    directory: Path

    @property
    def name(self) -> str:
        return self.requirements.stem

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def is_made(self) -> bool:
        """Whether it holds what the requirements ask for now."""
        return self._stamp.is_file() and self._stamp.read_text() == self._wanted()

    def make(self) -> None:
        """Install, from nothing.

        Raises
        ------
        InstallFailed
        """
        shutil.rmtree(self.directory, ignore_errors=True)
        venv.EnvBuilder(symlinks=True).create(self.directory)
        # The build tool first, so that pip needs no second, unpinned environment to build in.
        self._install("-c", str(self.requirements), "setuptools")
        self._install("--no-build-isolation", "--use-pep517", "-r", str(self.requirements))
        self._stamp.write_text(self._wanted())

    @property
    def _stamp(self) -> Path:
        return self.directory / ".made"

    def _wanted(self) -> str:
        return hashlib.sha256(self.requirements.read_bytes() + sys.version.encode()).hexdigest()

    def _install(self, *arguments: str) -> None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(self.python)]
        # Compiling what is never imported takes longer than installing.
        ended = subprocess.run(  # noqa: S603 - the program is this Python
            [*pip, "-q", "install", "--no-compile", *arguments], capture_output=True, text=True
        )
        if ended.returncode != 0:
            said = "\n".join(ended.stderr.strip().splitlines()[-SHOWN_LINES:])
            raise InstallFailed(f"The client {self.name} cannot be installed. pip says:\n{said}")


def environments(
    requirements: Path = REQUIREMENTS, directory: Path = ENVIRONMENTS
) -> Sequence[ClientEnvironment]:
    """One for each file in `requirements`."""
    return [ClientEnvironment(file, directory / file.stem) for file in sorted(requirements.glob("*.txt"))]


def make_missing(clients: Sequence[ClientEnvironment]) -> list[InstallFailed]:
    """Install those that are not there; returns what went wrong."""
    missing = [client for client in clients if not client.is_made]
    if not missing:
        return []
    print(f"Installing the vendor's clients {', '.join(client.name for client in missing)} ...", flush=True)
    with ThreadPoolExecutor(len(missing)) as pool:  # mostly waits for the package index
        return [failure for failure in pool.map(_attempt, missing) if failure]


def _attempt(client: ClientEnvironment) -> InstallFailed | None:
    try:
        client.make()
    except InstallFailed as failure:
        return failure
    return None


def main() -> int:
    failures = make_missing(environments())
    for failure in failures:
        print(failure, file=sys.stderr)
    if failures:
        print(
            "Is the package index reachable? Without these clients their tests are skipped; "
            "with CI=true they fail.",
            file=sys.stderr,
        )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
