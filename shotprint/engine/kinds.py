"""The kinds of media, one line each: who reads the files, who thins a query's print, who searches.

A kind is a folder of this package. Its modules are imported when they are first used, for each needs libraries of its
own. What a kind can do besides, it offers in its own modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from shotprint.engine.preset_names import named
from shotprint.engine.text import presets as text
from shotprint.engine.types import (
    Cancel,
    Fingerprint,
    Match,
    MediaInfo,
    Modality,
    Progress,
    Role,
    Source,
)
from shotprint.engine.video import presets as video
from shotprint.errors import InvalidValue, NotSupported

if TYPE_CHECKING:
    from shotprint.engine.index.findings import Finding


class Index(Protocol):
    """All prints of a library, searchable, in memory or in a directory. For one thread at a time; `search` changes
    nothing.

    Attributes
    ----------
    checkpoint : what `save` was told last: up to where the index has its library.
    """

    checkpoint: int

    def __len__(self) -> int: ...

    def __contains__(self, key: object) -> bool: ...

    def keys(self) -> Iterator[str]: ...

    def add(self, key: str, fingerprint: Fingerprint) -> None: ...

    def remove(self, key: str) -> None: ...

    def search(
        self,
        query: Fingerprint,
        *,
        min_similarity: float | None = None,
        min_length_s: float = ...,
        threads: int = ...,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> list[Match]: ...

    def examine(
        self,
        query: Fingerprint,
        *,
        min_similarity: float | None = None,
        min_length_s: float = ...,
        threads: int = ...,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> tuple[list[Match], list[Finding]]:
        """As `search`, and what matches were judged by, for people; not every kind has such findings."""
        ...

    def save(self, checkpoint: int) -> None: ...


class Reader(Protocol):
    """Makes a fingerprint of a file; see `shotprint.engine.video.pipeline` for the parameters."""

    def __call__(
        self,
        source: Source,
        *,
        role: Role,
        preset: str,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        threads: int = ...,
    ) -> tuple[Fingerprint, MediaInfo]: ...


class _Opener(Protocol):
    def __call__(self, directory: Path | None = None, *, preset: str) -> Index: ...


class _Thinner(Protocol):
    def __call__(self, query: Fingerprint) -> Fingerprint: ...


@dataclass(frozen=True)
class Kind:
    """What there is for one kind of media.

    Attributes
    ----------
    presets : names, the default first.
    """

    modality: Modality
    presets: tuple[str, ...]
    _reader: str
    _thinner: str
    _index: str

    @property
    def default_preset(self) -> str:
        return self.presets[0]

    @property
    def fingerprint_file(self) -> Reader:
        reader: Reader = _load(self._reader)
        return reader

    @property
    def as_reference(self) -> _Thinner:
        thinner: _Thinner = _load(self._thinner)
        return thinner

    @property
    def open_index(self) -> _Opener:
        opener: _Opener = _load(self._index).open
        return opener


KINDS: Final[Mapping[Modality, Kind]] = {
    kind.modality: kind
    for kind in (
        Kind(
            Modality.VIDEO,
            tuple(video.PRESETS),
            "video.pipeline:fingerprint_file",
            "video.describe_frames:as_reference",
            "index.library_index:LibraryIndex",
        ),
        Kind(
            Modality.TEXT,
            tuple(text.PRESETS),
            "text.pipeline:fingerprint_file",
            "text.prints:as_reference",
            "text.index:TextIndex",
        ),
    )
}


def kind_of(modality: Modality) -> Kind:
    """`NotSupported` when there is none yet."""
    try:
        return KINDS[modality]
    except KeyError:
        raise NotSupported(
            f"Libraries of {modality.value} are not supported yet", parameter="modality"
        ) from None


def kind_with(preset: str) -> Kind:
    """The kind that has a preset; `InvalidValue` when none has."""
    return named(preset, {name: kind for kind in KINDS.values() for name in kind.presets})


def choose_preset(modality: Modality | None, preset: str | None) -> str:
    """The preset, or the default one of the kind; of video when neither is given.

    Raises
    ------
    InvalidValue
        The preset is not known, or is one of another kind.
    NotSupported
        There is no such kind yet.
    """
    if preset is None:
        return kind_of(modality or Modality.VIDEO).default_preset
    kind = kind_with(preset)
    if modality is not None and kind is not kind_of(modality):
        raise InvalidValue(
            f"the preset {preset} is one of {kind.modality.value}, not of {modality.value}",
            parameter="preset",
        )
    return preset


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(f"shotprint.engine.{module}"), name)
