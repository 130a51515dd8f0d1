"""The engine's steps in order: a file becomes a fingerprint; two fingerprints become a match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shotprint.engine.kinds import Index, kind_with
from shotprint.engine.types import (
    MIN_LENGTH_S,
    Cancel,
    Fingerprint,
    Match,
    MediaInfo,
    Progress,
    Role,
    Source,
)
from shotprint.engine.video.presets import DEFAULT_PRESET

if TYPE_CHECKING:
    from shotprint.engine.index.findings import Finding


def fingerprint_file(
    source: Source,
    *,
    role: Role = Role.REFERENCE,
    preset: str = DEFAULT_PRESET,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    threads: int = 0,
) -> tuple[Fingerprint, MediaInfo]:
    """Fingerprint a media file.

    Parameters
    ----------
    source : path or seekable binary file
    role : Role
        `REFERENCE` for a file to be found later, `QUERY` for a file to search with. `as_reference` thins the second
        to the first, so that one reading serves both.
    preset : str
        How, and so of which kind the file is; see `shotprint.engine.kinds`.
    threads : int
        Of the decoder; 0 is one per core. The print does not depend on it.

    Returns
    -------
    Fingerprint, MediaInfo

    Raises
    ------
    InvalidValue
        The preset is not known.
    MediaUnreadable, MediaNotSupported
        The file is damaged from end to end, or of another kind.
    Cancelled
    """
    read = kind_with(preset).fingerprint_file
    return read(source, role=role, preset=preset, progress=progress, cancel=cancel, threads=threads)


def match_fingerprints(
    query: Fingerprint,
    reference: Fingerprint,
    *,
    name: str = "reference",
    min_similarity: float | None = None,
    min_length_s: float = MIN_LENGTH_S,
) -> Match | None:
    """Find the stretches of one reference that a query copies; None when there are none.

    Parameters are those of the kind's index; `name` becomes `Match.reference`.
    """
    index = _index_of(name, reference)
    return next(iter(index.search(query, min_similarity=min_similarity, min_length_s=min_length_s)), None)


def examine_fingerprints(
    query: Fingerprint, reference: Fingerprint, *, name: str, min_length_s: float
) -> tuple[Match | None, list[Finding]]:
    """The same, and what it was judged by; see `Index.examine`."""
    matches, findings = _index_of(name, reference).examine(query, min_length_s=min_length_s)
    return next(iter(matches), None), findings


def _index_of(name: str, reference: Fingerprint) -> Index:
    index = kind_with(reference.preset).open_index(preset=reference.preset)
    index.add(name, reference)
    return index
