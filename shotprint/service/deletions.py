"""Deletions as callers see them: asked for, kept as rows, done by tasks of the upkeep lane."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from shotprint.errors import MissingValue, OutOfRange
from shotprint.queue.protocol import Lane, Queue
from shotprint.service import chores
from shotprint.service.checks import MAX_KEY_BYTES, check_text
from shotprint.service.chores import Row, T
from shotprint.service.libraries import require_library
from shotprint.service.types import DeletionKind, FileDeletion, LibraryDeletion, Page
from shotprint.service.visibility import Visibility
from shotprint.store.database import Database
from shotprint.store.models import FileDeletionRow, LibraryDeletionRow

DELETE_FILES = "delete_files"
"""The task that does one deletion of files; its subject is the deletion's id."""

DELETE_LIBRARY = "delete_library"
"""The task that does one portion of a library's deletion; its subject is the deletion's id."""

MAX_FILES = 200
"""So many file ids, and so many primary keys, may be given at once."""


class Deletions:
    """An account's deletions of files and libraries."""

    def __init__(self, database: Database, queue: Queue, visibility: Visibility) -> None:
        self._database = database
        self._queue = queue
        self._visibility = visibility

    def delete_files(
        self,
        account_id: str,
        library_id: str,
        *,
        file_ids: Sequence[str] = (),
        primary_keys: Sequence[str] = (),
        pipeline_id: str | None = None,
        user_data: str | None = None,
    ) -> FileDeletion:
        """Ask for the removal of the files of these ids and of those of these primary keys, all in one
        transaction. What the library does not hold is ignored, so asking twice is harmless.

        Raises
        ------
        LibraryNotFound
            The account has no such library, or it is deleted.
        MissingValue
            Neither ids nor keys are given.
        OutOfRange
            More than 200 of either, or a key is too long.
        EmptyValue, InvalidValue
        """
        ids, keys = tuple(dict.fromkeys(file_ids)), tuple(dict.fromkeys(primary_keys))
        _check_files(ids, keys)
        chores.check_texts(pipeline_id, user_data)
        row = FileDeletionRow(
            **chores.asked(account_id, pipeline_id, user_data),
            library_id=library_id,
            file_ids=list(ids),
            primary_keys=list(keys),
        )
        self._ask(row, DELETE_FILES)
        return _file_deletion(row)

    def file_deletions(
        self,
        account_id: str,
        ids: Sequence[str] | None = None,
        library_ids: Collection[str] | None = None,
    ) -> tuple[list[FileDeletion], list[str]]:
        """The deletions of `ids` in that order, each once, and the ids that the account has none of; the 20
        newest when `ids` is None.

        Parameters
        ----------
        library_ids : those of other libraries are as if unknown; None for all.
        """
        rows, missing = self._find(FileDeletionRow, account_id, ids, library_ids)
        return [_file_deletion(row) for row in rows], missing

    def delete_library(
        self,
        account_id: str,
        library_id: str,
        kind: DeletionKind,
        *,
        pipeline_id: str | None = None,
        user_data: str | None = None,
    ) -> LibraryDeletion:
        """Ask for all of a library's files to be removed, or for the library with them.

        Emptying removes what is stored when it begins; what is stored meanwhile stays. Both are done in
        portions, so a search may see a part of it. A deleted library is gone at once: its name is free, jobs
        that still want it fail; only asking for it by its id tells that it was deleted.

        Raises
        ------
        LibraryNotFound
            The account has no such library, or it is deleted.
        OutOfRange, InvalidValue
        """
        chores.check_texts(pipeline_id, user_data)
        row = LibraryDeletionRow(
            **chores.asked(account_id, pipeline_id, user_data),
            library_id=library_id,
            kind=kind,
        )
        self._ask(row, DELETE_LIBRARY)
        return _library_deletion(row)

    def library_deletions(
        self,
        account_id: str,
        ids: Sequence[str] | None = None,
        library_ids: Collection[str] | None = None,
    ) -> tuple[list[LibraryDeletion], list[str]]:
        """As `file_deletions`."""
        rows, missing = self._find(LibraryDeletionRow, account_id, ids, library_ids)
        return [_library_deletion(row) for row in rows], missing

    def file_page(
        self, account_id: str, token: str | None, size: int, library_ids: Collection[str] | None = None
    ) -> Page[FileDeletion]:
        """At most `size` deletions of files, newest first, after the one whose id is `token`; `library_ids` as in
        `file_deletions`."""
        return self._page(FileDeletionRow, account_id, token, size, library_ids, _file_deletion)

    def library_page(
        self, account_id: str, token: str | None, size: int, library_ids: Collection[str] | None = None
    ) -> Page[LibraryDeletion]:
        """As `file_page`, of whole libraries."""
        return self._page(LibraryDeletionRow, account_id, token, size, library_ids, _library_deletion)

    def _page(
        self,
        kind: type[Row],
        account_id: str,
        token: str | None,
        size: int,
        library_ids: Collection[str] | None,
        make: Callable[[Row], T],
    ) -> Page[T]:
        visible = self._visibility.conditions(kind, account_id, library_ids)
        with self._database.reads() as session:
            return chores.page(session, kind, visible, token, size, make)

    def _find(
        self,
        kind: type[Row],
        account_id: str,
        ids: Sequence[str] | None,
        library_ids: Collection[str] | None,
    ) -> tuple[list[Row], list[str]]:
        with self._database.reads() as session:
            return chores.find(session, kind, self._visibility.conditions(kind, account_id, library_ids), ids)

    def _ask(self, row: FileDeletionRow | LibraryDeletionRow, task: str) -> None:
        """Keep the deletion and its task, for a library that there is."""
        with self._database.sessions.begin() as session:
            require_library(session, row.account_id, row.library_id)
            session.add(row)
            session.flush()
            self._queue.put(session, task, row.id, lane=Lane.UPKEEP)


def _check_files(ids: Sequence[str], keys: Sequence[str]) -> None:
    if not ids and not keys:
        raise MissingValue("Neither file ids nor primary keys are given", parameter="file_ids")
    for values, parameter in ((ids, "file_ids"), (keys, "primary_keys")):
        if len(values) > MAX_FILES:
            raise OutOfRange(f"More than {MAX_FILES} {parameter} are given", parameter=parameter)
        for value in values:
            check_text(value, parameter, max_bytes=MAX_KEY_BYTES, empty=False)


def _file_deletion(row: FileDeletionRow) -> FileDeletion:
    return FileDeletion(
        **chores.told(row),
        library_id=row.library_id,
        file_ids=tuple(row.file_ids),
        primary_keys=tuple(row.primary_keys),
    )


def _library_deletion(row: LibraryDeletionRow) -> LibraryDeletion:
    return LibraryDeletion(**chores.told(row), library_id=row.library_id, kind=DeletionKind(row.kind))
