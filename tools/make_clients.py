"""Installs the vendor's clients that the tests drive the server with: ``python -m tools.make_clients``.

Each has an environment of its own in ``.cache/clients``, since several are versions of one package, and is
installed again only when the files that pin it, or this Python, have changed. Those for Node are pinned by a folder
with ``package.json`` and ``package-lock.json``, those for Python by a text file.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "tests" / "clients" / "requirements"
ENVIRONMENTS = ROOT / ".cache" / "clients"
SHOWN_LINES = 6  # of an installer's complaint: the cause is at its end


class InstallFailed(Exception):
    """A client could not be installed; the message has what the installer said."""


@dataclass(frozen=True)
class ClientEnvironment(ABC):
    """Where a client is, or will be, installed; `requirements` names and pins it."""

    requirements: Path
    directory: Path

    @property
    def name(self) -> str:
        return self.directory.name

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
        self._make()
        self._stamp.write_text(self._wanted())

    @property
    @abstractmethod
    def interpreter(self) -> str:
        """The program that runs scripts with this client."""

    @property
    @abstractmethod
    def variables(self) -> Mapping[str, str]:
        """Of the interpreter's environment; what lets a script find the client."""

    @abstractmethod
    def _make(self) -> None:
        """Install into `directory`, which is not there."""

    @abstractmethod
    def _wanted(self) -> str:
        """Changes with whatever makes a new installation needed."""

    @property
    def _stamp(self) -> Path:
        return self.directory / ".made"

    def _run(self, *command: str) -> None:
        ended = subprocess.run(  # noqa: S603 - pip or npm, with the arguments of this file
            command, cwd=self.directory, capture_output=True, text=True
        )
        if ended.returncode != 0:
            said = "\n".join(ended.stderr.strip().splitlines()[-SHOWN_LINES:])
            raise InstallFailed(f"The client {self.name} cannot be installed. The installer says:\n{said}")


class PythonEnvironment(ClientEnvironment):
    """A virtual environment."""

    @property
    def interpreter(self) -> str:
        return str(self.directory / "bin" / "python")

    @property
    def variables(self) -> Mapping[str, str]:
        return {}

    def _make(self) -> None:
        venv.EnvBuilder(symlinks=True).create(self.directory)
        # The build tool first, so that pip needs no second, unpinned environment to build in.
        self._install("-c", str(self.requirements), "setuptools")
        self._install("--no-build-isolation", "--use-pep517", "-r", str(self.requirements))

    def _wanted(self) -> str:
        return hashlib.sha256(self.requirements.read_bytes() + sys.version.encode()).hexdigest()

    def _install(self, *arguments: str) -> None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", self.interpreter]
        # Compiling what is never imported takes longer than installing.
        self._run(*pip, "-q", "install", "--no-compile", *arguments)


class NodeEnvironment(ClientEnvironment):
    """A folder with ``node_modules``; needs ``node`` and ``npm``."""

    @property
    def interpreter(self) -> str:
        return "node"

    @property
    def variables(self) -> Mapping[str, str]:
        return {"NODE_PATH": str(self.directory / "node_modules")}

    @property
    def is_made(self) -> bool:
        return super().is_made and shutil.which(self.interpreter) is not None

    def _make(self) -> None:
        for program in ("node", "npm"):
            if shutil.which(program) is None:
                raise InstallFailed(
                    f"The client {self.name} needs {program}; on Debian: apt install nodejs npm"
                )
        shutil.copytree(self.requirements, self.directory)
        # No package's own programs are run; the clients are nothing but scripts.
        self._run(
            "npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"
        )

    def _wanted(self) -> str:
        pins = [self.requirements / name for name in ("package.json", "package-lock.json")]
        return hashlib.sha256(b"".join(pin.read_bytes() for pin in pins)).hexdigest()


def environments(
    requirements: Path = REQUIREMENTS, directory: Path = ENVIRONMENTS
) -> Sequence[ClientEnvironment]:
    """One for each client that something in `requirements` pins."""
    return [
        *(PythonEnvironment(pins, directory / pins.stem) for pins in sorted(requirements.glob("*.txt"))),
        *(
            NodeEnvironment(pins.parent, directory / pins.parent.name)
            for pins in sorted(requirements.glob("*/package-lock.json"))
        ),
    ]


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
            "Are the package indexes reachable? Without these clients their tests are skipped; "
            "with CI=true they fail.",
            file=sys.stderr,
        )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
