"""What can be measured: a method describes files, and searches a library of descriptions."""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmarks.accuracy.score import Box


@dataclass(frozen=True)
class Report:
    """A segment that a method claims. `details` is for whoever looks into a miss."""

    reference: str
    box: Box
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """At the method's own threshold, and with everything that it can rank."""

    default: list[Report]
    all: list[Report]


class Searcher(Protocol):
    def search(self, query: bytes) -> list[Report]:
        """What the method reports at its own threshold."""

    def search_all(self, query: bytes) -> list[Report]:
        """The same with no threshold on the score."""


class Method(Protocol):
    name: str
    title: str
    key: str
    """Changes whenever a description of the same file may be another one."""

    def describe(self, path: Path, *, query: bool) -> bytes: ...

    def index(self, references: dict[str, bytes]) -> Searcher: ...


METHODS = {
    "shotprint": "benchmarks.accuracy.shotprint_method:Shotprint",
    "shotprint-fast": "benchmarks.accuracy.shotprint_method:ShotprintFast",
    "vpdq": "benchmarks.accuracy.peers.pdq:Vpdq",
    "pdq-vote": "benchmarks.accuracy.peers.pdq:PdqVote",
    "tmk": "benchmarks.accuracy.peers.tmk:Tmk",
    "sscd": "benchmarks.accuracy.peers.sscd:Sscd",
    "sscd-distilled": "benchmarks.accuracy.peers.sscd:SscdDistilled",
}


def find_method(name: str) -> Method:
    """Import a method; peers need their own environment, see `benchmarks/accuracy/peers/requirements.txt`."""
    module, _, word = METHODS[name].partition(":")
    method: Method = getattr(importlib.import_module(module), word)()
    return method


def digest_of_code(*paths: Path) -> str:
    """Of Python files, or of all in a folder."""
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return hashlib.blake2b(b"".join(file.read_bytes() for file in files), digest_size=6).hexdigest()
