"""What a query is made of, and what in it is copied: plain values, without FFmpeg."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Layer:
    """A stretch of a clip, or of a picture drawn by FFmpeg (`source` is then ``lavfi:`` and its words)."""

    source: str
    digest: str
    start: float


@dataclass(frozen=True)
class Part:
    """One stretch of a query; `frames` pictures long.

    Attributes
    ----------
    width, height : to which the layers are scaled before `filters`.
    filters : see `benchmarks.accuracy.edits.Drawn`.
    origin : "copy", "intro", or the kind of negative.
    """

    layers: tuple[Layer, ...]
    frames: int
    speed: float
    width: int
    height: int
    filters: str
    origin: str


@dataclass(frozen=True)
class Recipe:
    """A video to build: the parts one after the other, each fitted into the canvas."""

    parts: tuple[Part, ...]
    width: int
    height: int
    rate: int
    crf: int

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True)
class Truth:
    """A copied stretch, in seconds of both sides. `view` is "whole", or in a composite "copy" or "carrier"."""

    reference: str
    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    edit: str
    kind: str
    strength: int
    look: str
    view: str = "whole"


@dataclass(frozen=True)
class Stretch:
    """What a stretch of a query is, for naming false matches. `origin` is that of the `Part`."""

    start: float
    end: float
    origin: str
    clip: str
    scene: str
    series: str


@dataclass(frozen=True)
class Query:
    id: str
    recipe: Recipe
    truth: tuple[Truth, ...]
    stretches: tuple[Stretch, ...]
    intro: tuple[Truth, ...] = ()

    @property
    def duration(self) -> float:
        return sum(part.frames for part in self.recipe.parts) / self.recipe.rate


@dataclass(frozen=True)
class Reference:
    """A file of the library. Second 0 of the file is second `offset` of the recording."""

    key: str
    recording: str
    offset: float
    duration: float
    scene: str
    series: str
    look: str
    file: str = ""
    digest: str = ""
    recipe: Recipe | None = None


def plain_values(query: Query) -> dict[str, Any]:
    """For a report: all but the recipe."""
    return {
        "id": query.id,
        "duration": query.duration,
        "truth": [asdict(truth) for truth in query.truth],
        "stretches": [asdict(stretch) for stretch in query.stretches],
        "intro": [asdict(intro) for intro in query.intro],
    }
