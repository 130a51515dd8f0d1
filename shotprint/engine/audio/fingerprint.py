"""A file with sound becomes a fingerprint."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from shotprint.engine.audio.decode import open_sound
from shotprint.engine.audio.describe import SoundDescriber
from shotprint.engine.audio.presets import DEFAULT_PRESET, find_preset
from shotprint.engine.types import Cancel, Fingerprint, MediaInfo, Progress, Role


def fingerprint_sound(
    source: str | Path | BinaryIO,
    *,
    role: Role = Role.REFERENCE,
    preset: str = DEFAULT_PRESET,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[Fingerprint, MediaInfo]:
    """Fingerprint the sound of a file, with or without pictures.

    Parameters
    ----------
    source : path or seekable binary file
    role : Role
        `REFERENCE` for a file to be found later, `QUERY` for a file to search with. `as_reference` thins the second
        to the first, so that one reading serves both.
    preset : str
        How; see `shotprint.engine.audio.presets`.

    Returns
    -------
    Fingerprint, MediaInfo

    Raises
    ------
    MediaUnreadable, MediaNotSupported
        The file is damaged from end to end, or holds no sound.
    Cancelled
    """
    numbers = find_preset(preset)
    describer = SoundDescriber(numbers, role)
    with open_sound(source, rate=numbers.rate) as reader:
        for block in reader.blocks(progress=progress, cancel=cancel):
            describer.feed(block)
        info = reader.info
    return describer.finish(info.duration), info
