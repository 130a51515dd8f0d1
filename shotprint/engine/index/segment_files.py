"""A segment's arrays as files of a directory, and back, mapped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.mapped_array import map_array

_FACTS: Final = "segment.json"


def write_segment(
    directory: Path, arrays: Mapping[str, NDArray[Any]], *, preset: str, names: Sequence[str]
) -> None:
    """Write into a new directory."""
    directory.mkdir()
    for name, array in arrays.items():
        np.save(directory / f"{name}.npy", array)
    (directory / _FACTS).write_text(json.dumps({"preset": preset, "names": names}))


def read_facts(directory: Path, preset: str) -> tuple[str, ...]:
    """The names of a saved segment's files; `OSError`, `ValueError` or `KeyError` when damaged or of another preset."""
    facts = json.loads((directory / _FACTS).read_text())
    if facts["preset"] != preset:
        raise ValueError(f"a segment of preset {facts['preset']!r}")
    return tuple(facts["names"])


def read_tables(directory: Path, names: Sequence[str]) -> dict[str, Any]:
    """Map some of a saved segment's arrays; `OSError` or `ValueError` when one is missing or damaged."""
    return {name: map_array(directory / f"{name}.npy") for name in names}


def starts(lengths: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
    """Where each of several arrays begins once they follow one another, and where the last one ends; shape (n + 1,)."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
