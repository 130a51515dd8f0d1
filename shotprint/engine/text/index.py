"""All texts of a library, searchable: immutable segments, and a small fresh part.

On disk an index is a directory::

    manifest.json            which segments count, which of their texts were removed, the checkpoint
    segment-<random>/        the arrays of one segment, never changed

A new manifest replaces the old one in one step, so that a reader in another process has either, and segments
that no manifest names are left-overs. The index is a cache: whoever owns the fingerprints can always build it
again, and ``checkpoint`` tells up to where it has them.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.text.candidates import Part, find_candidates
from shotprint.engine.text.matching import in_order, match_stretches, whole
from shotprint.engine.text.presets import DEFAULT_PRESET, PRESETS, find_preset
from shotprint.engine.text.prints import TextPrint
from shotprint.engine.text.segment import MAX_CHARS, Segment
from shotprint.engine.types import Cancel, Fingerprint, Match, Progress
from shotprint.errors import Cancelled, InternalError, InvalidValue, NotFound

if TYPE_CHECKING:
    from shotprint.engine.index.findings import Finding

MANIFEST: Final = "manifest.json"
FORMAT_VERSION: Final = 1
FRESH_TEXTS: Final = 64
FRESH_CHARS: Final = 1 << 20
"""So many added texts, or characters, wait side by side before they become a segment."""


class TextIndex:
    """Add, remove and search reference prints by key. For one thread at a time; `search` changes nothing."""

    def __init__(self, directory: Path | None, preset: str) -> None:
        self._directory = directory
        self._preset = find_preset(preset)
        self._living: dict[Segment, NDArray[np.bool_]] = {}  # which texts of each segment count
        self._names: dict[Segment, str] = {}  # of those on disk
        self._place: dict[str, tuple[Segment, int]] = {}  # key → where its living print is
        self._fresh: dict[str, TextPrint] = {}
        self._fresh_segment: Segment | None = None
        self.checkpoint = 0

    @classmethod
    def open(cls, directory: Path | None = None, *, preset: str = DEFAULT_PRESET) -> TextIndex:
        """Open an index.

        Parameters
        ----------
        directory : Path or None
            Made when it does not exist. None keeps everything in memory.
        preset : str
            Of the prints that go in; an index on disk that has another one is an error.

        Raises
        ------
        InvalidValue
            The preset is not known, or the index in the directory is of another.
        InternalError
            The directory holds no readable index. Delete it and add the prints again.
        """
        index = cls(directory, preset)
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            index._load()
        return index

    def __len__(self) -> int:
        return len(self._place) + len(self._fresh)

    def __contains__(self, key: object) -> bool:
        return key in self._fresh or key in self._place

    def keys(self) -> Iterator[str]:
        yield from self._place
        yield from self._fresh

    def add(self, key: str, fingerprint: Fingerprint) -> None:
        """Put a print in, in place of the one that had the key.

        Raises
        ------
        FingerprintError
            It is no text's, or damaged.
        InvalidValue
            It is of another preset.
        """
        made = self._made(fingerprint)
        if key in self:
            self.remove(key)
        self._fresh[key] = made
        self._fresh_segment = None
        if len(self._fresh) >= FRESH_TEXTS or sum(one.length for one in self._fresh.values()) >= FRESH_CHARS:
            self._seal()

    def remove(self, key: str) -> None:
        """Take a print out; `NotFound` when there is none of that key."""
        if key in self._fresh:
            del self._fresh[key]
            self._fresh_segment = None
            return
        if key not in self._place:
            raise NotFound(f"no file {key!r} in the index")
        segment, text = self._place.pop(key)
        self._living[segment][text] = False

    def search(
        self,
        query: Fingerprint,
        *,
        min_similarity: float | None = None,
        min_length_s: float = 0.0,
        threads: int = 1,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> list[Match]:
        """Find what the query copies.

        Parameters
        ----------
        min_similarity : float, 0 to 1, optional
            Weaker segments are left out; the default is the one measured for the preset.
        min_length_s : float
            Shorter segments are left out, if the query has times.
        threads : int
            For the sake of other kinds of media; a text is searched by one.

        Returns
        -------
        list of Match
            The most similar first; equal ones by key.
        """
        stretch = whole(self._made(query))
        asked, candidates = find_candidates(stretch, self._preset, self._parts())
        matches = []
        for number, candidate in enumerate(candidates, 1):
            if cancel and cancel():
                raise Cancelled
            matches.append(
                match_stretches(
                    asked,
                    candidate.name,
                    candidate.read(),
                    min_similarity=min_similarity,
                    min_length_s=min_length_s,
                )
            )
            if progress:
                progress(number / len(candidates))
        if progress and not candidates:
            progress(1.0)
        return in_order(match for match in matches if match is not None)

    def examine(
        self,
        query: Fingerprint,
        *,
        min_similarity: float | None = None,
        min_length_s: float = 0.0,
        threads: int = 1,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> tuple[list[Match], list[Finding]]:
        """As `search`; texts have no findings, for their passages say it themselves."""
        matches = self.search(
            query,
            min_similarity=min_similarity,
            min_length_s=min_length_s,
            threads=threads,
            progress=progress,
            cancel=cancel,
        )
        return matches, []

    def save(self, checkpoint: int) -> None:
        """Write what is new as segments and note up to where the index has the library.

        Small segments are merged with the new ones, so that there are never many.
        """
        if self._directory is None:
            raise InternalError("an index in memory cannot be saved")
        self._seal()
        self._merge_alike(list(self._living))
        for segment in self._living:
            if segment not in self._names:
                name = f"segment-{secrets.token_hex(8)}"
                staged = self._directory / f"new-{name}"
                segment.save(staged)
                staged.rename(self._directory / name)
                self._names[segment] = name
        self.checkpoint = checkpoint
        self._write_manifest(self._directory)

    def _made(self, fingerprint: Fingerprint) -> TextPrint:
        made = TextPrint.of(fingerprint)
        if made.preset is not self._preset:
            raise InvalidValue(f"a print of preset {made.preset.name}, and an index of {self._preset.name}")
        return made

    def _parts(self) -> list[Part]:
        parts = [Part(segment, living) for segment, living in self._living.items()]
        if self._fresh:
            if self._fresh_segment is None:
                self._fresh_segment = Segment.build(list(self._fresh.items()), self._preset)
            parts.append(Part(self._fresh_segment, np.ones(len(self._fresh), dtype=bool)))
        return parts

    def _seal(self) -> None:
        if self._fresh:
            segment = self._fresh_segment or Segment.build(list(self._fresh.items()), self._preset)
            self._fresh, self._fresh_segment = {}, None
            self._take(segment, np.ones(len(segment.names), dtype=bool))
            self._merge_alike([one for one in self._living if one not in self._names])

    def _take(self, segment: Segment, living: NDArray[np.bool_]) -> None:
        self._living[segment] = living
        for text in np.flatnonzero(living):
            self._place[segment.names[text]] = (segment, int(text))

    def _merge_alike(self, segments: list[Segment]) -> None:
        """Merge two segments of which the larger is at most twice the smaller, as long as there are such: so their
        number stays logarithmic in the size of the library."""
        while True:
            by_size = sorted(segments, key=lambda segment: segment.chars)
            alike = (
                pair
                for pair in pairwise(by_size)
                if pair[1].chars <= 2 * pair[0].chars and pair[0].chars + pair[1].chars <= MAX_CHARS
            )
            pair = next(alike, None)
            if pair is None:
                return
            both = [(segment, self._living.pop(segment)) for segment in pair]
            segments = [segment for segment in segments if segment not in pair]
            for segment in pair:
                self._names.pop(segment, None)
            if any(living.any() for _, living in both):
                merged = Segment.merge(both, self._preset)
                self._take(merged, np.ones(len(merged.names), dtype=bool))
                segments.append(merged)

    def _write_manifest(self, directory: Path) -> None:
        removed = {
            name: np.flatnonzero(~self._living[segment]).tolist() for segment, name in self._names.items()
        }
        manifest = {
            "format": FORMAT_VERSION,
            "preset": self._preset.name,
            "checkpoint": self.checkpoint,
            "segments": removed,
        }
        staged = directory / f"new-{secrets.token_hex(8)}.json"
        staged.write_text(json.dumps(manifest))
        staged.replace(directory / MANIFEST)
        self._delete_unnamed(directory)

    def _delete_unnamed(self, directory: Path) -> None:
        """Delete segments that the manifest no longer names; who has them mapped keeps them until it lets go. And what
        a writer that was killed left half done."""
        kept = set(self._names.values())
        for entry in directory.iterdir():
            if entry.name.startswith(("new-", "segment-")) and entry.name not in kept:
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
                self._read(self._directory, json.loads(text))
                return
            except (
                OSError,
                ValueError,
                KeyError,
                TypeError,
                AttributeError,
                IndexError,
                RecursionError,
            ) as error:
                if text == failed:
                    raise InternalError(f"the index in {self._directory} cannot be read: {error}") from error

    def _read(self, directory: Path, manifest: dict[str, Any]) -> None:
        format_version, preset = manifest["format"], manifest["preset"]
        if format_version != FORMAT_VERSION or preset not in PRESETS:
            raise ValueError(f"format {format_version}, preset {preset}")
        if preset != self._preset.name:
            raise InvalidValue(f"the index in {directory} is of preset {preset}, not {self._preset.name}")
        self._living, self._names, self._place = {}, {}, {}
        for name, removed in manifest["segments"].items():
            segment = Segment.load(directory / Path(name).name, self._preset)
            living = np.ones(len(segment.names), dtype=bool)
            living[removed] = False
            self._names[segment] = name
            self._take(segment, living)
        self.checkpoint = int(manifest["checkpoint"])
