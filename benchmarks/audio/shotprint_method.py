"""This project, as a method of the audio benchmark."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.accuracy.method import digest_of_code
from benchmarks.audio.score import Report
from shotprint.engine import audio, codec
from shotprint.engine.audio.audio_index import AudioIndex
from shotprint.engine.audio.fingerprint import fingerprint_sound
from shotprint.engine.types import Fingerprint, Match, Role

MADE_BY = (
    "anchors", "decode", "describe", "fingerprint", "patches", "presets", "prints", "second_look", "spectrogram",
)  # fmt: skip
"""Modules that prints depend on."""


class Shotprint:
    title = "shotprint, audio-1"

    def __init__(self, cache: Path) -> None:
        folder = Path(audio.__path__[0])
        self._prints = cache / "prints" / digest_of_code(*(folder / f"{name}.py" for name in MADE_BY))
        self._prints.mkdir(parents=True, exist_ok=True)
        self._index = AudioIndex()

    def load(self, references: Mapping[str, Path]) -> None:
        """Put references in."""
        for key, path in references.items():
            self._index.add(key, self.describe(path, Role.REFERENCE))

    def search(self, path: Path, *, least: float | None = None) -> list[Report]:
        """What a file copies."""
        return reports(self._index.search(self.describe(path, Role.QUERY), min_similarity=least))

    def describe(self, path: Path, role: Role) -> Fingerprint:
        """The print of a file, made once."""
        kept = (
            self._prints / f"{hashlib.blake2b(str(path).encode(), digest_size=10).hexdigest()}-{role.value}"
        )
        if not kept.exists():
            kept.write_bytes(codec.encode(fingerprint_sound(path, role=role)[0]))
        return codec.decode(kept.read_bytes())


def reports(matches: Sequence[Match]) -> list[Report]:
    """Each segment of each match."""
    return [
        Report(
            match.reference,
            segment.query_start,
            segment.query_end,
            segment.reference_start,
            segment.reference_end,
            segment.similarity,
            segment.speed,
            segment.pitch,
        )
        for match in matches
        for segment in match.segments
    ]
