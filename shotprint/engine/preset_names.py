"""Presets by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from shotprint.errors import InvalidValue

Preset = TypeVar("Preset")


def named(name: str, presets: Mapping[str, Preset]) -> Preset:
    """The preset of that name; `InvalidValue` when there is none."""
    try:
        return presets[name]
    except KeyError:
        raise InvalidValue(
            f"unknown preset {name!r}; known: {', '.join(presets)}", parameter="preset"
        ) from None
