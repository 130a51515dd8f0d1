"""The engine on one screen: fingerprint a file, compare two, keep a library of many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from shotprint.engine.kinds import choose_preset, kind_with
from shotprint.engine.pipeline import fingerprint_file, match_fingerprints
from shotprint.engine.types import (
    MIN_LENGTH_S,
    Cancel,
    Fingerprint,
    Match,
    Modality,
    Progress,
    Role,
    Source,
)
from shotprint.errors import InvalidValue

Media = str | Path | Fingerprint


def fingerprint(
    path: Source,
    *,
    role: Role = Role.REFERENCE,
    modality: str | None = None,
    preset: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Fingerprint:
    """Fingerprint a file.

    Parameters
    ----------
    modality : str, optional
        What kind of media it is, "video" or "text"; video without it, or what the preset is for.
    preset : str, optional
        How; the kind's default without it.

    Others, and what is raised: see `shotprint.engine.pipeline.fingerprint_file`.
    """
    chosen = choose_preset(_modality(modality), preset)
    return fingerprint_file(path, role=role, preset=chosen, progress=progress, cancel=cancel)[0]


def match(
    query: Media,
    reference: Media,
    *,
    min_similarity: float | None = None,
    min_length_s: float = MIN_LENGTH_S,
    modality: str | None = None,
    preset: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Match | None:
    """Find the stretches of `reference` that `query` copies.

    Parameters
    ----------
    query, reference : path or Fingerprint
        A video's query is best one of `Role.QUERY`: only that finds mirrored copies.
    min_similarity : float, 0 to 1, optional
        Weaker segments are left out. The default is the one measured for the preset.
    min_length_s : float
        Shorter segments are left out; those of a text without times never are.
    modality : str, optional
        What kind of media files are, "video" or "text". Without it, what the fingerprint given or the preset is for,
        or else video.
    preset : str, optional
        How files are fingerprinted. Without it, as the fingerprint that was given, or else by the kind's default.

    Returns
    -------
    Match or None
        None when nothing is copied. ``Match.reference`` is the reference's path as given.

    Raises
    ------
    InvalidValue
        The preset is not known, is one of another kind, or a fingerprint given has another; no file is read then.
    MediaUnreadable, MediaNotSupported, MediaNotFound, Cancelled
    """
    preset = _common_preset(query, reference, _modality(modality), preset)
    first, second = (_half(progress, 0.0), _half(progress, 0.5))
    asked = _print(query, Role.QUERY, first, cancel, preset)
    stored = _print(reference, Role.REFERENCE, second, cancel, preset)
    name = "reference" if isinstance(reference, Fingerprint) else str(reference)
    return match_fingerprints(
        asked, stored, name=name, min_similarity=min_similarity, min_length_s=min_length_s
    )


class Library:
    """Files of one kind that can be searched for copies.

    Parameters
    ----------
    directory : path, optional
        Where the library is kept; made when it does not exist. Without it the library lives in memory.
    modality : str, optional
        What kind of media the files are, "video" or "text"; video without it, or what the preset is for.
    preset : str, optional
        How files are fingerprinted, by the kind's default without it; fingerprints that are put in or searched with
        have to be of the same, and so has what the directory holds.

    Raises
    ------
    InvalidValue
        The preset is not known, is one of another kind, or what the directory holds is of another.
    InternalError
        The directory holds no readable library.

    Examples
    --------
    >>> with Library("films") as library:          # doctest: +SKIP
    ...     library.add("film.mp4")
    ...     for match in library.search("suspect.mp4"):
    ...         print(match.reference, match.segments)
    """

    def __init__(
        self,
        directory: str | Path | None = None,
        *,
        modality: str | None = None,
        preset: str | None = None,
    ) -> None:
        self._directory = None if directory is None else Path(directory)
        self._preset = choose_preset(_modality(modality), preset)
        self._index = kind_with(self._preset).open_index(self._directory, preset=self._preset)

    def add(
        self,
        media: Media,
        key: str | None = None,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        """Put a file in, in place of the one that had its key. The key of a path is the path as given.

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
        """Take a file out; `NotFound` when there is none of that key."""
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
        """Find what a file copies, the most similar first. See `match` for the parameters.

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
    return fingerprint_file(media, role=role, preset=preset, progress=progress, cancel=cancel)[0]


def _common_preset(query: Media, reference: Media, modality: Modality | None, preset: str | None) -> str:
    given = {made.preset for made in (query, reference) if isinstance(made, Fingerprint)}
    wanted = given if preset is None else given | {preset}
    if len(wanted) > 1:
        raise InvalidValue(
            f"fingerprints of different presets cannot be compared: {', '.join(sorted(wanted))}",
            parameter="preset",
        )
    return choose_preset(modality, wanted.pop() if wanted else None)


def _modality(name: str | None) -> Modality | None:
    try:
        return None if name is None else Modality(name)
    except ValueError:
        raise InvalidValue(
            f"unknown kind of media {name!r}; known: {', '.join(Modality)}", parameter="modality"
        ) from None


def _half(progress: Progress | None, start: float) -> Progress | None:
    return None if progress is None else lambda share: progress(start + share / 2)
