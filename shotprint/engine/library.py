"""The engine on one screen: fingerprint a file, compare two, keep a library of many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from shotprint.engine.index.library_index import MIN_LENGTH_S, LibraryIndex
from shotprint.engine.pipeline import Source, fingerprint_file, match_fingerprints
from shotprint.engine.types import Cancel, Fingerprint, Match, Progress, Role
from shotprint.engine.video.presets import DEFAULT_PRESET, find_preset
from shotprint.errors import InvalidValue

Media = str | Path | Fingerprint


def fingerprint(
    path: Source,
    *,
    role: Role = Role.REFERENCE,
    preset: str = DEFAULT_PRESET,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Fingerprint:
    """Fingerprint a video file. See `shotprint.engine.pipeline.fingerprint_file`."""
    return fingerprint_file(path, role=role, preset=preset, progress=progress, cancel=cancel)[0]


def match(
    query: Media,
    reference: Media,
    *,
    min_similarity: float | None = None,
    min_length_s: float = MIN_LENGTH_S,
    preset: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Match | None:
    """Find the stretches of `reference` that `query` copies.

    Parameters
    ----------
    query, reference : path or Fingerprint
        A query's fingerprint is best one of `Role.QUERY`: only that finds mirrored copies.
    min_similarity : float, 0 to 1, optional
        Weaker segments are left out. The default is the one measured for the preset.
    min_length_s : float
        Shorter segments are left out.
    preset : str, optional
        How files are fingerprinted. Without it, as the fingerprint that was given, or else by the default.

    Returns
    -------
    Match or None
        None when nothing is copied. ``Match.reference`` is the reference's path as given.

    Raises
    ------
    InvalidValue
        The preset is not known, or a fingerprint given has another; no file is read then.
    MediaUnreadable, MediaNotSupported, MediaNotFound, Cancelled
    """
    preset = _common_preset(query, reference, preset)
    first, second = (_half(progress, 0.0), _half(progress, 0.5))
    asked = _print(query, Role.QUERY, first, cancel, preset)
    stored = _print(reference, Role.REFERENCE, second, cancel, preset)
    name = "reference" if isinstance(reference, Fingerprint) else str(reference)
    return match_fingerprints(
        asked, stored, name=name, min_similarity=min_similarity, min_length_s=min_length_s
    )


class Library:
    """Videos that can be searched for copies.

    Parameters
    ----------
    directory : path, optional
        Where the library is kept; made when it does not exist. Without it the library lives in memory.
    preset : str
        How files are fingerprinted; fingerprints that are put in or searched with have to be of the same, and so has
        what the directory holds.

    Raises
    ------
    InvalidValue
        The preset is not known, or what the directory holds is of another.
    InternalError
        The directory holds no readable library.

    Examples
    --------
    >>> with Library("films") as library:          # doctest: +SKIP
    ...     library.add("film.mp4")
    ...     for match in library.search("suspect.mp4"):
    ...         print(match.reference, match.segments)
    """

    def __init__(self, directory: str | Path | None = None, *, preset: str = DEFAULT_PRESET) -> None:
        self._directory = None if directory is None else Path(directory)
        self._preset = preset
        self._index = LibraryIndex.open(self._directory, preset=preset)

    def add(
        self,
        media: Media,
        key: str | None = None,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        """Put a video in, in place of the one that had its key. The key of a path is the path as given.

        Raises
        ------
        MediaUnreadable, MediaNotSupported, MediaNotFound, Cancelled
            Nothing is put in.
        InvalidValue
            A fingerprint of another preset.
        ValueError
            A fingerprint without a key.
        """
        if key is None and isinstance(media, Fingerprint):
            raise ValueError("a fingerprint needs a key")
        made = _print(media, Role.REFERENCE, progress, cancel, self._preset)
        self._index.add(str(media) if key is None else key, made)

    def remove(self, key: str) -> None:
        """Take a video out; `NotFound` when there is none of that key."""
        self._index.remove(key)

    def search(
        self,
        media: Media,
        *,
        min_similarity: float | None = None,
        min_length_s: float = MIN_LENGTH_S,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> list[Match]:
        """Find what a video copies, the most similar first. See `match` for the parameters.

        Raises
        ------
        InvalidValue
            A fingerprint of another preset.
        MediaUnreadable, MediaNotSupported, MediaNotFound, Cancelled
        """
        asked = _print(media, Role.QUERY, progress, cancel, self._preset)
        return self._index.search(
            asked, min_similarity=min_similarity, min_length_s=min_length_s, cancel=cancel
        )

    def save(self) -> None:
        """Write what is new to the directory. Leaving a ``with`` block does it too."""
        self._index.save(self._index.checkpoint + 1)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.keys())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._directory is not None:
            self.save()


def _print(
    media: Media, role: Role, progress: Progress | None, cancel: Cancel | None, preset: str
) -> Fingerprint:
    if isinstance(media, Fingerprint):
        return media
    return fingerprint(media, role=role, preset=preset, progress=progress, cancel=cancel)


def _common_preset(query: Media, reference: Media, preset: str | None) -> str:
    given = {made.preset for made in (query, reference) if isinstance(made, Fingerprint)}
    wanted = given if preset is None else given | {preset}
    if len(wanted) > 1:
        raise InvalidValue(
            f"fingerprints of different presets cannot be compared: {', '.join(sorted(wanted))}",
            parameter="preset",
        )
    return find_preset(wanted.pop()).name if wanted else DEFAULT_PRESET


def _half(progress: Progress | None, start: float) -> Progress | None:
    return None if progress is None else lambda share: progress(start + share / 2)
