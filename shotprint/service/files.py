"""Files stored in libraries.

Whoever stores or removes one takes the library's row lock first (`lock`), so per library the changes come
one after the other and are numbered by `revision` in the order in which they are committed. An index that has
seen revision r asks for the changes after r, and misses none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, false, or_, select, update
from sqlalchemy.orm import Session

from shotprint.engine.types import MediaInfo
from shotprint.errors import LibraryNotFound, NotFound
from shotprint.service.checks import is_id, is_storable, new_id, now
from shotprint.service.libraries import require_library
from shotprint.service.paging import read_page
from shotprint.service.types import File, FileFilter, LibraryState, MediaPlace, Page
from shotprint.store import media_json
from shotprint.store.database import Database
from shotprint.store.models import FileRow, LibraryRow

_LIVING = LibraryRow.state != LibraryState.DELETED
_NO_BLOB = ""  # in the place of the name of a removed file's fingerprint once that is gone


@dataclass(frozen=True)
class AddedFile:
    """A stored file as an index needs it."""

    file_id: str
    primary_key: str
    fingerprint_url: str
    revision: int


@dataclass(frozen=True)
class Changes:
    """What happened to a library's files.

    Attributes
    ----------
    revision : everything up to it is told; the checkpoint to go on from.
    added : files that are alive, oldest first.
    removed : ids of files that are no longer, replaced ones too; the reader may not know one that was added
        and removed between two readings.
    more : there are changes after `revision`.
    """

    revision: int
    added: tuple[AddedFile, ...]
    removed: tuple[str, ...]
    more: bool


@dataclass(frozen=True)
class Removed:
    """How many files were removed, and of what length and size together."""

    files: int
    media_ms: int
    media_bytes: int


class Files:
    """An account's stored files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, account_id: str, library_id: str, wanted: FileFilter, token: str | None, size: int
    ) -> Page[File]:
        """At most `size` living files that pass the filter, oldest first, after the one whose id is `token`.
        Rows of removed files stay, so a token holds when its file is replaced meanwhile; new files come last.

        Raises
        ------
        LibraryNotFound
            The account has no such library.
        InvalidValue
            The token is none of this library's.
        """
        return self._page(account_id, library_id, wanted, token, size, oldest_first=True)

    def newest(
        self, account_id: str, library_id: str, wanted: FileFilter, token: str | None, size: int
    ) -> Page[File]:
        """As `page`, newest first."""
        return self._page(account_id, library_id, wanted, token, size, oldest_first=False)

    def pictures_blob(self, account_id: str, library_id: str, file_id: str) -> str | None:
        """The name of the blob with the living file's thumbnails; None when it has none, or there is no such
        file."""
        with self._database.reads() as session:
            require_library(session, account_id, library_id)
            living = (FileRow.library_id == library_id, FileRow.removed_revision.is_(None))
            query = select(FileRow.thumbnails_url).where(*living, FileRow.id == file_id)
            return session.scalar(query) if is_id(file_id) else None

    def get(self, account_id: str, library_id: str, file_id: str) -> File:
        """The living file of that id; NotFound when the library has none."""
        return self._one(account_id, library_id, FileRow.id == file_id, known=is_id(file_id))

    def find(self, account_id: str, library_id: str, primary_key: str) -> File:
        """The living file of that primary key; NotFound when the library has none."""
        matches = FileRow.primary_key == primary_key
        return self._one(account_id, library_id, matches, known=is_storable(primary_key))

    def changes_since(
        self, library_id: str, revision: int, *, limit: int = 1000, session: Session | None = None
    ) -> Changes:
        """The next `limit` changes after `revision`; in `session` when it is given, so that it sees what that
        transaction sees, else in one of its own. LibraryNotFound when there is no library of that id."""
        if session is not None:
            return _changes(session, library_id, revision, limit)
        with self._database.reads() as own:
            return _changes(own, library_id, revision, limit)

    def _page(
        self,
        account_id: str,
        library_id: str,
        wanted: FileFilter,
        token: str | None,
        size: int,
        *,
        oldest_first: bool,
    ) -> Page[File]:
        own = FileRow.library_id == library_id
        query = select(FileRow.__table__).where(own, *_conditions(wanted))
        with self._database.reads() as session:
            require_library(session, account_id, library_id)
            order = (FileRow.added_revision,)
            return read_page(session, query, order, own, token, size, _file, oldest_first=oldest_first)

    def _one(self, account_id: str, library_id: str, wanted: ColumnElement[bool], *, known: bool) -> File:
        with self._database.reads() as session:
            require_library(session, account_id, library_id)
            living = (FileRow.library_id == library_id, FileRow.removed_revision.is_(None), wanted)
            row = session.scalar(select(FileRow).where(*living)) if known else None
        if row is None:
            raise NotFound("The library has no such file", parameter="file")
        return _file(row)


def lock(session: Session, library_id: str) -> int:
    """Let nobody else change the library's files until this transaction ends; returns the revision that they
    are at. Readers and new jobs are not held up. LibraryNotFound when it is deleted or was never there."""
    return _lock(session, library_id, _LIVING)


def is_living(session: Session, library_id: str) -> bool:
    """Whether there is a library of that id that is not deleted."""
    return session.scalar(select(LibraryRow.id).where(LibraryRow.id == library_id, _LIVING)) is not None


def remove(session: Session, library_id: str, file_ids: Sequence[str], primary_keys: Sequence[str]) -> int:
    """Remove the living files of these ids and these primary keys inside the caller's transaction.

    Returns
    -------
    How many there were; what is not there is nothing to remove. LibraryNotFound as with `lock`.
    """
    revision = lock(session, library_id)
    wanted = or_(FileRow.id.in_(file_ids), FileRow.primary_key.in_(primary_keys))
    return _remove(session, library_id, revision + 1, wanted)


def remove_oldest(session: Session, library_id: str, up_to_revision: int, limit: int) -> int:
    """Remove at most `limit` of the living files that were stored up to a revision, oldest first, of a deleted
    library too; returns how many there were."""
    revision = _lock(session, library_id)
    oldest = (
        select(FileRow.id)
        .where(
            FileRow.library_id == library_id,
            FileRow.removed_revision.is_(None),
            FileRow.added_revision <= up_to_revision,
        )
        .order_by(FileRow.added_revision)
        .limit(limit)
    )
    return _remove(session, library_id, revision + 1, FileRow.id.in_(session.scalars(oldest).all()))


def removed_blobs(session: Session, library_id: str, limit: int) -> dict[str, list[str]]:
    """The blobs of at most `limit` removed files that may still be there, by file id."""
    removed = (
        FileRow.library_id == library_id,
        FileRow.removed_revision.is_not(None),
        FileRow.fingerprint_url != _NO_BLOB,
    )
    query = select(FileRow.id, FileRow.fingerprint_url, FileRow.thumbnails_url).where(*removed).limit(limit)
    return {
        row.id: [name for name in (row.fingerprint_url, row.thumbnails_url) if name is not None]
        for row in session.execute(query)
    }


def forget_blobs(session: Session, file_ids: Sequence[str]) -> None:
    """Note that the blobs of these removed files are gone."""
    session.execute(
        update(FileRow)
        .where(FileRow.id.in_(file_ids), FileRow.removed_revision.is_not(None))
        .values(fingerprint_url=_NO_BLOB, thumbnails_url=None)
    )


def store(
    session: Session,
    library_id: str,
    primary_key: str,
    place: MediaPlace,
    facts: MediaInfo,
    fingerprint_url: str,
    thumbnails_url: str | None,
    size_bytes: int,
) -> str:
    """Add a file to the library inside the caller's transaction, in the place of a living one with that key.

    Returns
    -------
    The new file's id.
    """
    revision = lock(session, library_id) + 1
    replaced = _retire(session, library_id, primary_key, revision)
    session.execute(
        update(LibraryRow)
        .where(LibraryRow.id == library_id)
        .values(
            revision=revision,
            file_count=LibraryRow.file_count + 1 - replaced.files,
            media_ms=LibraryRow.media_ms + _milliseconds(facts.duration) - replaced.media_ms,
            media_bytes=LibraryRow.media_bytes + size_bytes - replaced.media_bytes,
        )
    )
    row = FileRow(
        id=new_id(),
        library_id=library_id,
        primary_key=primary_key,
        bucket=place.bucket,
        location=place.location,
        object=place.object,
        stored=now(),
        duration_s=facts.duration,
        size_bytes=size_bytes,
        facts=media_json.to_json(facts),
        fingerprint_url=fingerprint_url,
        thumbnails_url=thumbnails_url,
        added_revision=revision,
    )
    session.add(row)
    session.flush()
    return row.id


def _lock(session: Session, library_id: str, *conditions: ColumnElement[bool]) -> int:
    query = select(LibraryRow.revision).where(LibraryRow.id == library_id, *conditions)
    revision = session.scalar(query.with_for_update(key_share=True))
    if revision is None:
        raise LibraryNotFound(f"There is no library {library_id!r}")
    return revision


def _remove(session: Session, library_id: str, revision: int, wanted: ColumnElement[bool]) -> int:
    removed = _mark_removed(session, library_id, revision, wanted)
    if removed.files:
        session.execute(
            update(LibraryRow)
            .where(LibraryRow.id == library_id)
            .values(
                revision=revision,
                file_count=LibraryRow.file_count - removed.files,
                media_ms=LibraryRow.media_ms - removed.media_ms,
                media_bytes=LibraryRow.media_bytes - removed.media_bytes,
            )
        )
    return removed.files


def _retire(session: Session, library_id: str, primary_key: str, revision: int) -> Removed:
    """Mark the living file of that key as removed, if there is one."""
    return _mark_removed(session, library_id, revision, FileRow.primary_key == primary_key)


def _mark_removed(session: Session, library_id: str, revision: int, wanted: ColumnElement[bool]) -> Removed:
    living = (FileRow.library_id == library_id, FileRow.removed_revision.is_(None), wanted)
    retired = update(FileRow).where(*living).values(removed_revision=revision)
    rows = session.execute(
        retired.returning(FileRow.duration_s, FileRow.size_bytes),
        execution_options={"synchronize_session": False},
    ).all()
    return Removed(
        len(rows), sum(_milliseconds(row.duration_s) for row in rows), sum(row.size_bytes for row in rows)
    )


def _changes(session: Session, library_id: str, revision: int, limit: int) -> Changes:
    current = session.scalar(select(LibraryRow.revision).where(LibraryRow.id == library_id))
    if current is None:
        raise LibraryNotFound(f"There is no library {library_id!r}")
    last = min(current, revision + limit)
    added = FileRow.added_revision.between(revision + 1, last)
    removed = FileRow.removed_revision.between(revision + 1, last)
    rows = session.execute(
        select(
            FileRow.id,
            FileRow.primary_key,
            FileRow.fingerprint_url,
            FileRow.added_revision,
            FileRow.removed_revision,
        )
        .where(FileRow.library_id == library_id, or_(added, removed))
        .order_by(FileRow.added_revision)
    ).all()
    return Changes(
        revision=max(last, revision),
        added=tuple(
            AddedFile(row.id, row.primary_key, row.fingerprint_url, row.added_revision)
            for row in rows
            if row.added_revision > revision and row.removed_revision is None
        ),
        removed=tuple(row.id for row in rows if row.removed_revision is not None),
        more=last < current,
    )


def _conditions(wanted: FileFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [FileRow.removed_revision.is_(None)]
    if wanted.stored_after is not None:
        conditions.append(FileRow.stored > wanted.stored_after)
    if wanted.stored_before is not None:
        conditions.append(FileRow.stored < wanted.stored_before)
    if wanted.key_part is not None:
        part = wanted.key_part
        found = FileRow.primary_key.icontains(part, autoescape=True)
        conditions.append(found if is_storable(part) else false())
    return conditions


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _file(row: FileRow | Row[Any]) -> File:
    return File(
        id=row.id,
        library_id=row.library_id,
        primary_key=row.primary_key,
        place=MediaPlace(bucket=row.bucket, location=row.location, object=row.object),
        stored=row.stored,
        duration_s=row.duration_s,
        size_bytes=row.size_bytes,
    )
