"""Compiles and runs programs of the languages that samples are written in, with what this machine has of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.requirements import missing

from tools.make_clients import ClientEnvironment, environments

LIMIT_S = 240
HTTP_FOR_MONO = Path("/usr/lib/mono/gac/System.Net.Http")
PACKAGES = {
    "go": "golang-go",
    "php": "php-cli",
    "mcs": "mono-mcs",
    "mono": "mono-runtime",
    "java": "default-jdk",
}


def needed(*programs: str) -> None:
    """Skip the test, or fail it in CI, unless all of these programs are there."""
    for program in programs:
        if shutil.which(program) is None:
            package = PACKAGES.get(program, program)
            missing(f"{program} is not installed; on Debian: apt install {package}")


def client(name: str) -> ClientEnvironment:
    """The environment of one of the vendor's clients."""
    environment = next(made for made in environments() if made.name == name)
    if not environment.is_made:
        missing(f"the client {name} is not installed; `make test` installs it")
    return environment


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def run(command: Sequence[str | Path], *, cwd: Path, variables: Mapping[str, str] | None = None) -> Ended:
    """Run to the end; what it wrote is UTF-8."""
    ended = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**os.environ, **(variables or {})}, capture_output=True, timeout=LIMIT_S
    )  # fmt: skip
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode(errors="replace"))


def done(command: Sequence[str | Path], *, cwd: Path, variables: Mapping[str, str] | None = None) -> str:
    """`run` what must succeed; gives its output."""
    ended = run(command, cwd=cwd, variables=variables)
    assert ended.code == 0, ended.out + ended.err
    return ended.out


class Runner(ABC):
    """How a language's programs are run.

    Attributes
    ----------
    name : of a program's file.
    variables : of the environment, besides those of this process.
    """

    name: str
    variables: Mapping[str, str] = {}

    def prepare(self, folders: Sequence[Path]) -> None:
        """What is done once for the programs in all of the folders; nothing, for a language that needs no compiler."""
        return

    @abstractmethod
    def command(self, folder: Path) -> Sequence[str | Path]:
        """What runs the program in the folder, once it is compiled where it must be."""


class Shell(Runner):
    name = "call.sh"

    def __init__(self) -> None:
        needed("curl", "openssl")

    def command(self, _: Path) -> Sequence[str | Path]:
        return ("sh", self.name)


class Python(Runner):
    """With one of the vendor's clients."""

    name = "call.py"

    def __init__(self, environment: str) -> None:
        self._environment = client(environment)

    def command(self, _: Path) -> Sequence[str | Path]:
        return (self._environment.interpreter, self.name)


class TypeScript(Runner):
    """Checked by the compiler against the client's own types, then run."""

    name = "call.ts"

    def __init__(self) -> None:
        needed("node")
        self._environment = client("node-mts-4.0.1")
        self.variables = self._environment.variables

    def prepare(self, folders: Sequence[Path]) -> None:
        """Compile all at once: the client's types take seconds to read."""
        modules = self._environment.directory / "node_modules"
        root = folders[0].parent
        (root / "node_modules").symlink_to(modules)
        options = (
            "--strict",
            "--target",
            "es2022",
            "--module",
            "node16",
            "--esModuleInterop",
            "--skipLibCheck",
        )
        compiler = modules / "typescript" / "bin" / "tsc"
        done(["node", compiler, *options, *(folder / self.name for folder in folders)], cwd=root)

    def command(self, _: Path) -> Sequence[str | Path]:
        return ("node", "call.js")


class Java(Runner):
    name = "Call.java"

    def __init__(self) -> None:
        needed("java", "javac")

    def command(self, _: Path) -> Sequence[str | Path]:
        return ("java", self.name)


class Go(Runner):
    name = "call.go"
    variables: Mapping[str, str] = {"GOTOOLCHAIN": "local"}

    def __init__(self) -> None:
        needed("go")

    def command(self, folder: Path) -> Sequence[str | Path]:
        assert done(["gofmt", "-l", self.name], cwd=folder) == ""
        return ("go", "run", self.name)


class Php(Runner):
    name = "call.php"

    def __init__(self) -> None:
        needed("php")

    def command(self, _: Path) -> Sequence[str | Path]:
        return ("php", self.name)


class CSharp(Runner):
    name = "Call.cs"

    def __init__(self) -> None:
        needed("mcs", "mono")
        if not HTTP_FOR_MONO.is_dir():
            missing("mono has no HTTP client; on Debian: apt install libmono-system-net-http4.0-cil")

    def command(self, folder: Path) -> Sequence[str | Path]:
        done(["mcs", "-langversion:latest", "-r:System.Net.Http", "-out:call.exe", self.name], cwd=folder)
        return ("mono", "call.exe")
