"""shotprint itself, as its users call it."""

from __future__ import annotations

from pathlib import Path

import shotprint
from benchmarks.accuracy.method import Report, digest_of_code
from benchmarks.accuracy.score import Box
from shotprint.engine import codec, pipeline, video
from shotprint.engine.types import Match, Role, Segment
from shotprint.engine.video.presets import DEFAULT_PRESET, VIDEO_2_FAST


class Shotprint:
    name = "shotprint"
    preset = DEFAULT_PRESET

    def __init__(self) -> None:
        # Prints are made anew when the code that makes them changes, but not when alignment or scores do.
        code = digest_of_code(Path(video.__path__[0]), Path(pipeline.__file__))
        self.title = f"shotprint, {self.preset}"
        self.key = f"{self.preset}-{code}"

    def describe(self, path: Path, *, query: bool) -> bytes:
        role = Role.QUERY if query else Role.REFERENCE
        return codec.encode(shotprint.fingerprint(path, role=role, preset=self.preset))

    def index(self, references: dict[str, bytes]) -> ShotprintSearcher:
        library = shotprint.Library(preset=self.preset)
        for key, made in references.items():
            library.add(codec.decode(made), key)
        return ShotprintSearcher(library)


class ShotprintFast(Shotprint):
    name = "shotprint-fast"
    preset = VIDEO_2_FAST.name


class ShotprintSearcher:
    def __init__(self, library: shotprint.Library) -> None:
        self._library = library

    def search(self, query: bytes) -> list[Report]:
        return reports(self._library.search(codec.decode(query)))

    def search_all(self, query: bytes) -> list[Report]:
        return reports(self._library.search(codec.decode(query), min_similarity=0.0))


def reports(matches: list[Match]) -> list[Report]:
    return [_report(match.reference, segment) for match in matches for segment in match.segments]


def _report(reference: str, segment: Segment) -> Report:
    box = Box(
        segment.query_start,
        segment.query_end,
        segment.reference_start,
        segment.reference_end,
        segment.similarity,
    )
    details = {"speed": round(segment.speed, 3), "transform": str(segment.transform), "kind": segment.kind}
    return Report(reference, box, details)
