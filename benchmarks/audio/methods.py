"""What can be measured: a method puts references in and searches with files."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from benchmarks.audio.score import Report


class Method(Protocol):
    title: str

    def load(self, references: Mapping[str, Path]) -> None: ...

    def search(self, path: Path) -> list[Report]: ...


METHODS: Final = {
    "shotprint": "benchmarks.audio.shotprint_method:Shotprint",
    "chromaprint": "benchmarks.audio.peers.chromaprint:Chromaprint",
    "audfprint": "benchmarks.audio.peers.audfprint:Audfprint",
}


def find_method(name: str, cache: Path) -> Method:
    """Import a method, which may keep what it makes in a folder."""
    module, _, word = METHODS[name].partition(":")
    method: Method = getattr(importlib.import_module(module), word)(cache)
    return method
