"""Every number that shapes a text's print, by name and version.

A released preset is never edited: prints carry its name, and prints of different presets do not compare.
"""

from __future__ import annotations

from dataclasses import dataclass

from shotprint.engine.preset_names import named


@dataclass(frozen=True)
class TextPreset:
    """How texts become grams.

    Attributes
    ----------
    name : with its version.
    gram : letters of an alphabet in a gram; of Chinese and Japanese characters half as many.
    window : of so many neighbouring grams of a reference one at least is in the index (winnowing).
    """

    name: str
    gram: int
    window: int


# Where the numbers come from: docs/why/text-engine.md.
TEXT_1 = TextPreset(name="text-1", gram=12, window=12)

PRESETS = {preset.name: preset for preset in (TEXT_1,)}
DEFAULT_PRESET = TEXT_1.name


def find_preset(name: str) -> TextPreset:
    """The preset of that name; `InvalidValue` when there is none."""
    return named(name, PRESETS)
