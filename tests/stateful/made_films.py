"""Films that hold a fingerprint in the place of pictures: a bucket of them, what reads them, and what a search of
one with another has to find."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from paused_work import READING, pass_point
from support.prints import made_print

from shotprint.engine import codec
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.types import Cancel, Fingerprint, Match, MediaInfo, Progress, Role, TextType
from shotprint.engine.video.describe_frames import as_reference
from shotprint.errors import Cancelled, FingerprintError, MediaUnreadable, TemporaryError
from shotprint.service.media_reader import Media

BUCKET = "films"
BROKEN, MISSING, UNSTEADY = "broken", "missing", "unsteady"
"""A file that is no film, one that is not there, and one whose place fails each time it is read."""

_UNSTEADY = b"the place cannot be reached"


def _joined(first: Fingerprint, second: Fingerprint) -> Fingerprint:
    """A print of both films, one after the other."""
    shifts = {
        "start": first.duration,
        "end": first.duration,
        "key_run": len(first.arrays["key_run"]),
        "point_start": first.arrays["point_start"][-1],
    }
    arrays = {}
    for name, array in first.arrays.items():
        later = second.arrays[name][1:] if name == "point_start" else second.arrays[name]
        arrays[name] = np.concatenate([array, later + later.dtype.type(shifts.get(name, 0))])
    return Fingerprint(first.preset, first.modality, first.role, first.duration + second.duration, arrays)


def _print(seed: int, seconds: int, points: int) -> Fingerprint:
    return made_print(seed, seconds=seconds, points=points, role=Role.QUERY)


def _films() -> dict[str, Fingerprint]:
    one, two = _print(1, 4, 12), _print(2, 3, 10)
    return {"one": one, "two": two, "three": _print(3, 4, 12), "one and two": _joined(one, two)}


FILMS = _films()
THRESHOLDS = (None, 0.3, 0.71, 0.95)
"""The similarity of a film to itself is 0.68 for `two` and 0.74 for the longer ones."""


def make_bucket(directory: Path) -> None:
    """Write the films, each as a file of its name."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, print_ in FILMS.items():
        (directory / name).write_bytes(codec.encode(print_))
    (directory / BROKEN).write_bytes(b"no film at all")
    (directory / UNSTEADY).write_bytes(_UNSTEADY)


@cache
def match_of(query: str, reference: str, threshold: float | None) -> Match | None:
    """What comparing two films finds, without any library; ``Match.reference`` is the film's name."""
    alone = LibraryIndex.open(None)
    alone.add(reference, FILMS[reference])
    found = alone.search(FILMS[query], min_similarity=threshold)
    return found[0] if found else None


def duration_of(film: str) -> float:
    """In seconds."""
    return FILMS[film].duration


class FilmReader:
    """Reads such files; does for them what `shotprint.service.media_reader.MediaReader` does for media."""

    def __init__(self, **_limits: object) -> None:
        """The limits of media mean nothing here."""

    def read(
        self,
        source: Path | BinaryIO,
        size_bytes: int,
        *,
        preset: str,
        role: Role,
        to_store: bool,
        text_type: TextType | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Media:
        data = source.read_bytes() if isinstance(source, Path) else source.read()
        pass_point(READING)
        if cancel is not None and cancel():
            raise Cancelled
        if data == _UNSTEADY:
            raise TemporaryError
        try:
            print_ = codec.decode(data)
        except FingerprintError as exc:
            raise MediaUnreadable from exc
        assert print_.preset == preset
        info = MediaInfo("mov,mp4", "h264", 192, 144, 0, Fraction(1), print_.duration, False, 1, 0)
        kept = as_reference(print_) if role is Role.REFERENCE else print_
        return Media(kept, info, size_bytes, b"a zip" if to_store else None)


def strongest_first(matches: Sequence[tuple[str, Match]]) -> list[tuple[str, Match]]:
    """Pairs of a file's id and its match, in the order in which a search tells them."""
    return sorted(matches, key=lambda pair: (-pair[1].similarity, pair[0]))
