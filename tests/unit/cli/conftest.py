"""Runs the command line inside the test's process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shotprint import logs
from shotprint.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output, which has to be one JSON document and nothing else."""
        return json.loads(self.out)


Cli = Callable[..., Outcome]


@pytest.fixture
def bare_cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command line and gives its outcome. Logging stays pytest's."""
    monkeypatch.setattr(logs, "configure", lambda *_arguments: None)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # which main would set for good

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["shotprint", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def cli(bare_cli: Cli, tmp_path: Path) -> Cli:
    """Runs a command on data of the test's own."""

    def run(*arguments: str) -> Outcome:
        return bare_cli(*arguments, "--data", str(tmp_path / "data"))

    return run
