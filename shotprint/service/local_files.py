"""Files of this machine, into libraries and against them, without a job: what the commands do.

It works beside running servers: a stored file is found by their next search, and a search sees what they
stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Cancel, Match, Progress, Role
from shotprint.errors import LibraryNotFound, MediaTooLarge
from shotprint.service.checks import MAX_KEY_BYTES, check_text
from shotprint.service.file_blobs import FileBlobs
from shotprint.service.indexes import LibraryIndexes
from shotprint.service.media_reader import Media, MediaReader
from shotprint.service.results import by_primary_key
from shotprint.service.types import MediaPlace
from shotprint.store.database import Database
from shotprint.store.models import FileRow, LibraryRow

READING_SHARE = 0.9  # of the progress; the search has the rest


@dataclass(frozen=True)
class LocalSearch:
    """What a search with a local file found.

    Attributes
    ----------
    duration_s : length of the file.
    matches : strongest first; ``Match.reference`` is a primary key.
    lengths_s : lengths of the matched files, by primary key.
    """

    duration_s: float
    matches: tuple[Match, ...]
    lengths_s: Mapping[str, float]


class LocalFiles:
    """What can be done with a file without a job.

    Parameters
    ----------
    max_bytes : larger files are refused.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        indexes: LibraryIndexes,
        reader: MediaReader,
        *,
        max_bytes: int,
    ) -> None:
        self._database = database
        self._blobs = FileBlobs(database, blobs)
        self._indexes = indexes
        self._reader = reader
        self._max_bytes = max_bytes

    def add(
        self,
        library_id: str,
        path: str,
        primary_key: str,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> str:
        """Store the file at `path`, a copy of others or not, in the place of one with that key.

        Returns
        -------
        The stored file's id.

        Raises
        ------
        LibraryNotFound, MediaError, Cancelled
        EmptyValue, OutOfRange, InvalidValue
            The key is empty, longer than 2048 bytes, or no text.
        """
        check_text(primary_key, "primary_key", max_bytes=MAX_KEY_BYTES, empty=False)
        preset = self._preset(library_id)
        media = self._read(path, preset, Role.REFERENCE, progress, cancel)
        place = MediaPlace(bucket="", location="", object=_storable(path))
        blobs = self._blobs.put(media)
        try:
            with self._database.sessions.begin() as session:
                stored = self._blobs.store(session, library_id, primary_key, place, media, blobs)
        except BaseException:
            self._blobs.delete_unless_used(blobs)
            raise
        self._blobs.delete(stored.replaced)
        return stored.file_id

    def search(
        self,
        library_id: str,
        path: str,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> LocalSearch:
        """Search the library for what the file at `path` copies; nothing is stored.

        Raises
        ------
        LibraryNotFound, MediaError, Cancelled
        """
        preset = self._preset(library_id)
        tell = progress or (lambda _share: None)
        media = self._read(path, preset, Role.QUERY, lambda share: tell(share * READING_SHARE), cancel)
        found = self._indexes.search(
            library_id,
            media.print,
            progress=lambda share: tell(READING_SHARE + share * (1 - READING_SHARE)),
            cancel=cancel,
        )
        with self._database.reads() as session:
            matches = tuple(by_primary_key(session, found.matches))
            ids = [match.reference for match in found.matches]
            lengths = select(FileRow.primary_key, FileRow.duration_s).where(FileRow.id.in_(ids))
            lengths_s: dict[str, float] = dict(session.execute(lengths).all())
        return LocalSearch(media.info.duration, matches, lengths_s)

    def _read(
        self, path: str, preset: str, role: Role, progress: Progress | None, cancel: Cancel | None
    ) -> Media:
        size = _size_of(path)
        if size > self._max_bytes:
            raise MediaTooLarge(f"The file has {size} bytes; at most {self._max_bytes} are allowed")
        return self._reader.read(
            Path(path),
            size,
            preset=preset,
            role=role,
            to_store=role is Role.REFERENCE,
            progress=progress,
            cancel=cancel,
        )

    def _preset(self, library_id: str) -> str:
        with self._database.reads() as session:
            preset = session.scalar(select(LibraryRow.preset).where(LibraryRow.id == library_id))
        if preset is None:
            raise LibraryNotFound(f"There is no library {library_id!r}")
        return preset


def _size_of(path: str) -> int:
    """Bytes of the file; 0 when it cannot be told, since opening it will say what is wrong."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _storable(path: str) -> str:
    """The path as the database can keep it: bytes that are no Unicode are escaped."""
    return path.encode(errors="backslashreplace").decode()
