"""Named prints in immutable segments and a small fresh part, in memory or in a directory.

On disk an index is a directory::

    manifest.json            which segments count, which of their files were removed, the checkpoint
    segment-<random>/        the arrays of one segment, never changed

A new manifest replaces the old one in one step, so that a reader in another process has either, and segments
that no manifest names are left-overs. The index is a cache: whoever owns the fingerprints can always build it
again, and ``checkpoint`` tells up to where it has them.
"""

from __future__ import annotations

import json
import secrets
import shutil
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from shotprint.errors import InternalError, InvalidValue, NotFound

MANIFEST: Final = "manifest.json"
FRESH_FILES: Final = 64
"""So many added files wait side by side before they become a segment in memory."""

Stored = TypeVar("Stored")
StoredOut = TypeVar("StoredOut", covariant=True)


class IndexSegment(Protocol[StoredOut]):
    """Many prints as one set of arrays; the same one if the same object. ``size`` grows with what it holds."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def size(self) -> int: ...

    def stored(self, file: int) -> StoredOut: ...

    def save(self, directory: Path) -> None: ...


Part = TypeVar("Part", bound=IndexSegment[Any])


class SegmentedIndex(Generic[Part, Stored]):
    """Keeps reference prints by key; what a modality adds is how segments are made and searched. For one thread at a
    time.

    Parameters
    ----------
    directory : Path or None
        Made when it does not exist. None keeps everything in memory.
    preset : str
        Of the prints that go in; an index on disk that has another one is an error.

    Raises
    ------
    InvalidValue
        The index in the directory is of another preset.
    InternalError
        The directory holds no readable index. Delete it and add the prints again.
    """

    FORMAT_VERSION: ClassVar[int]

    def __init__(self, directory: Path | None, preset: str) -> None:
        self._directory = directory
        self._preset_name = preset
        self._stored: dict[str, Part] = {}  # on disk, by name
        self._sealed: list[Part] = []  # in memory only
        self._fresh: dict[str, Stored] = {}
        self._fresh_segment: Part | None = None
        self._place: dict[str, Part] = {}  # key → the segment that has its living print
        self.checkpoint = 0
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            self._load()

    @abstractmethod
    def _build(self, prints: Sequence[tuple[str, Stored]]) -> Part:
        """Put named prints together."""

    @abstractmethod
    def _open_segment(self, directory: Path) -> Part:
        """Map a saved segment; `OSError`, `ValueError` or `KeyError` when something is missing or damaged."""

    @abstractmethod
    def _knows(self, preset: object) -> bool:
        """Whether there is a preset of that name."""

    def __len__(self) -> int:
        return len(self._place) + len(self._fresh)

    def __contains__(self, key: object) -> bool:
        return key in self._fresh or key in self._place

    def keys(self) -> Iterator[str]:
        yield from self._place
        yield from self._fresh

    def remove(self, key: str) -> None:
        """Take a print out; `NotFound` when there is none of that key."""
        if key in self._fresh:
            del self._fresh[key]
            self._fresh_segment = None
        elif self._place.pop(key, None) is None:
            raise NotFound(f"no file {key!r} in the index")

    def save(self, checkpoint: int) -> None:
        """Write what is new as segments and note up to where the index has the library.

        Small segments are merged with the new ones, so that there are never many.
        """
        if self._directory is None:
            raise InternalError("an index in memory cannot be saved")
        self._seal()
        while merge := self._smaller_than_double():
            self._merge(merge)
        for segment in self._sealed:
            name = f"segment-{secrets.token_hex(8)}"
            staged = self._directory / f"new-{name}"
            segment.save(staged)
            staged.rename(self._directory / name)
            mapped = self._open_segment(self._directory / name)  # the arrays need not stay in memory
            self._place.update({key: mapped for key in segment.names if self._place.get(key) is segment})
            self._stored[name] = mapped
        self._sealed = []
        self.checkpoint = checkpoint
        self._write_manifest()

    def _segments(self) -> list[Part]:
        if self._fresh and self._fresh_segment is None:
            self._fresh_segment = self._build(list(self._fresh.items()))
        fresh = [self._fresh_segment] if self._fresh and self._fresh_segment else []
        return [*self._stored.values(), *self._sealed, *fresh]

    def _put(self, key: str, stored: Stored) -> None:
        """Put a print in, in place of the one that had the key."""
        if key in self:
            self.remove(key)
        self._fresh[key] = stored
        self._fresh_segment = None
        if len(self._fresh) >= FRESH_FILES:
            self._seal()

    def _is_living(self, segment: Part, file: int) -> bool:
        return segment is self._fresh_segment or self._place.get(segment.names[file]) is segment

    def _seal(self) -> None:
        if self._fresh:
            segment = self._build(list(self._fresh.items()))
            self._sealed.append(segment)
            self._place.update(dict.fromkeys(self._fresh, segment))
            self._fresh, self._fresh_segment = {}, None

    def _smaller_than_double(self) -> list[Part]:
        """Two segments of which the larger is at most twice the smaller, if there are any: merging these keeps the
        number of segments logarithmic in the size of the library."""
        by_size = sorted([*self._stored.values(), *self._sealed], key=lambda segment: segment.size)
        alike = (list(pair) for pair in pairwise(by_size) if pair[1].size <= 2 * pair[0].size)
        return next(alike, [])

    def _merge(self, segments: list[Part]) -> None:
        living = [
            (name, segment.stored(file))
            for segment in segments
            for file, name in enumerate(segment.names)
            if self._is_living(segment, file)
        ]
        self._stored = {name: kept for name, kept in self._stored.items() if kept not in segments}
        self._sealed = [kept for kept in self._sealed if kept not in segments]
        if living:
            merged = self._build(living)
            self._sealed.append(merged)
            self._place.update(dict.fromkeys(merged.names, merged))

    def _write_manifest(self) -> None:
        assert self._directory is not None  # noqa: S101 - only called by save
        removed = {
            name: [key for file, key in enumerate(segment.names) if not self._is_living(segment, file)]
            for name, segment in self._stored.items()
        }
        manifest = {
            "format": self.FORMAT_VERSION,
            "preset": self._preset_name,
            "checkpoint": self.checkpoint,
            "segments": removed,
        }
        staged = self._directory / f"new-{secrets.token_hex(8)}.json"
        staged.write_text(json.dumps(manifest))
        staged.replace(self._directory / MANIFEST)
        self._delete_unnamed()

    def _delete_unnamed(self) -> None:
        """Delete segments that the manifest no longer names; who has them mapped keeps them until it lets go. And what
        a writer that was killed left half done."""
        assert self._directory is not None  # noqa: S101 - only called by save
        for entry in self._directory.iterdir():
            if entry.name.startswith(("new-", "segment-")) and entry.name not in self._stored:
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)

    def _load(self) -> None:
        """Read the manifest; once more when another process wrote a new one and deleted segments meanwhile."""
        assert self._directory is not None  # noqa: S101 - only called by open
        path = self._directory / MANIFEST
        text = ""
        while path.exists():
            failed = text
            try:
                text = path.read_text()
                self._take(self._directory, json.loads(text))
                return
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                if text == failed:
                    raise InternalError(f"the index in {self._directory} cannot be read: {error}") from error

    def _take(self, directory: Path, manifest: dict[str, Any]) -> None:
        format_version, preset = manifest["format"], manifest["preset"]
        if format_version != self.FORMAT_VERSION or not self._knows(preset):
            raise ValueError(f"format {format_version}, preset {preset}")
        if preset != self._preset_name:
            raise InvalidValue(f"the index in {directory} is of preset {preset}, not {self._preset_name}")
        removed = {name: set(keys) for name, keys in manifest["segments"].items()}
        self._stored = {name: self._open_segment(directory / Path(name).name) for name in removed}
        self._place = {
            key: segment
            for name, segment in self._stored.items()
            for key in segment.names
            if key not in removed[name]
        }
        self.checkpoint = int(manifest["checkpoint"])
