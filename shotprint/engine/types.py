"""The plain values that travel between the engine's steps.

``bytes → decode → Frame → describe → Fingerprint → index → align → Segment → score → Match``

Times are seconds as ``float``, counted from the start of the media's own time line (what a player
shows as 0:00). Boxes are ``(x, y, width, height)`` as fractions of the picture, from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

Source = str | Path | BinaryIO
"""A file: a path, or a seekable binary file object."""

Gray = NDArray[np.uint8]
"""A luma picture, shape (height, width), 0 to 255."""

Box = tuple[float, float, float, float]
"""x, y, width, height; fractions of the picture, 0 to 1."""

Progress = Callable[[float], None]
"""Called with the share of the work done, 0 to 1, never decreasing."""

Cancel = Callable[[], bool]
"""Asked between steps; once it says True the work ends with ``errors.Cancelled``."""


MIN_LENGTH_S: Final = 1.5
"""Shorter segments are left out unless something else is asked for."""


class Modality(StrEnum):
    """What kind of media a library holds."""

    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    TEXT = "text"


class TextType(StrEnum):
    """What kind of text a file holds: plain, or speech recognition's result or subtitles, which have times."""

    TEXT = "text"
    ASR = "asr"


class Role(StrEnum):
    """What a fingerprint is for: ``QUERY`` holds everything that ``REFERENCE`` does, more densely, plus
    the views (mirrored) that only the searching side needs."""

    QUERY = "query"
    REFERENCE = "reference"


@dataclass(frozen=True)
class MediaInfo:
    """What the container and the decoder say about a file.

    Attributes
    ----------
    container, codec : FFmpeg's short names, e.g. "mov,mp4,m4a,3gp,3g2,mj2" and "h264". Of a text "plain", "asr", "srt"
        or "vtt", and its encoding; it has no pictures, and a duration only if it has times.
    width, height : pixels as shown: after rotation and with square pixels.
    rotation : degrees clockwise that the file asks a player to turn the picture; 0, 90, 180 or 270.
    frame_rate : frames per second as the container states it; 0 when it does not.
    duration : seconds as measured by decoding (end of the last frame shown), or as declared before that.
    frames_decoded, frames_bad : how many frames came out, and how many could not be decoded.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    frame_rate: Fraction
    duration: float
    has_audio: bool
    frames_decoded: int = 0
    frames_bad: int = 0


@dataclass(frozen=True)
class Frame:
    """One picture of the time line, shown from ``start`` to ``end`` seconds."""

    start: float
    end: float
    image: Gray


@dataclass(frozen=True)
class Transform:
    """How the reference's picture became the query's.

    Attributes
    ----------
    mirrored : left and right are exchanged.
    flipped : top and bottom are exchanged.
    rotation_deg : degrees clockwise by which the query's picture is turned, -180 < d <= 180.
    crop : the part of the reference's picture that the query shows, None when all of it.
    inset : the part of the query's picture that shows it, None when all of it.
    covered : share of what is shown that something lies over all the time, such as a caption; 0 to 1.
    """

    mirrored: bool = False
    flipped: bool = False
    rotation_deg: float = 0.0
    crop: Box | None = None
    inset: Box | None = None
    covered: float = 0.0


@dataclass(frozen=True)
class FramePair:
    """Evidence: a moment of the query beside the moment of the reference that it shows."""

    query_time: float
    reference_time: float
    votes: float


@dataclass(frozen=True)
class Passages:
    """Of texts: a passage of the query, and the one of the reference that it copies.

    Attributes
    ----------
    query_span, reference_span : characters, from the first to behind the last.
    query_text, reference_text : the passages as they stand there; of long ones the beginning, with "…" behind.
    agreement : share of the letters of both that agree in their order, 0 to 1.
    evidence : letters that agree, each counting the less, the more references of the library have it there.
    """

    query_span: tuple[int, int]
    reference_span: tuple[int, int]
    query_text: str
    reference_text: str
    agreement: float
    evidence: float


@dataclass(frozen=True)
class Segment:
    """A stretch of the query that copies a stretch of the reference.

    ``speed`` is reference seconds per query second: a copy played at 1.25 times has 1.25. ``pitch`` is the query's
    frequency over the reference's: sound that is played at 1.25 times like a record has 1.25, sound whose tempo alone
    was changed has 1. ``similarity`` is 0 to 1, monotone in the strength of the evidence. ``passages`` are there for
    texts alone, whose seconds are those of a recording's words, and 0 where there is none.
    """

    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    similarity: float
    speed: float = 1.0
    kind: str = "video"
    transform: Transform = Transform()
    evidence: tuple[FramePair, ...] = ()
    passages: Passages | None = None
    pitch: float = 1.0


@dataclass(frozen=True)
class Match:
    """One reference that the query copies: its key, one similarity, and the segments in query order."""

    reference: str
    similarity: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a media file: enough to find its copies, not enough to show it.

    Attributes
    ----------
    preset : name of the preset that made it, version included; prints of different presets don't compare.
    modality, role : see `Modality` and `Role`.
    duration : seconds.
    arrays : the descriptors by name; which ones, with dtype and shape, is said by the preset's describer.
    """

    preset: str
    modality: Modality
    role: Role
    duration: float
    arrays: Mapping[str, NDArray[np.generic]] = field(repr=False)
