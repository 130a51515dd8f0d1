"""Libraries: named sets of stored files, each of one account and one kind of media."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.orm import Session

from shotprint.engine.kinds import KINDS, kind_of
from shotprint.errors import Conflict, InvalidValue, LibraryNotFound, LimitExceeded
from shotprint.queue.protocol import Lane, Queue
from shotprint.service.checks import check_name, check_text, is_id, is_storable, new_id, now
from shotprint.service.paging import read_page
from shotprint.service.types import Library, LibraryState, Modality, Page
from shotprint.store.database import Database
from shotprint.store.models import AccountRow, LibraryRow
from shotprint.store.upsert import insert_new

DEFAULT_NAME = "default"
"""Name of the library that an account's jobs use when they name none."""

ACTIVATE = "activate_library"
"""The task that makes a new library usable; its subject is the library's id."""


class Libraries:
    """What an account keeps its files in. Everything is asked for by account and sees nothing of others."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        *,
        most: int = 0,
        presets: Mapping[Modality, str] | None = None,
    ) -> None:
        """
        Parameters
        ----------
        most : how many living libraries an account may have; 0: as many as it likes.
        presets : how the files of new libraries are fingerprinted, by kind of media, by its default where none is
            given; an old library keeps its own.
        """
        self._database = database
        self._queue = queue
        self._most = most
        self._presets = {kind.modality: kind.default_preset for kind in KINDS.values()} | dict(presets or {})

    def create(
        self,
        account_id: str,
        name: str,
        modality: Modality = Modality.VIDEO,
        description: str | None = None,
        config: str | None = None,
        *,
        library_id: str | None = None,
    ) -> Library:
        """Make a library. It starts offline; a task makes it active at once when a worker runs.

        Parameters
        ----------
        library_id : the id that it shall have, 32 lower-case hex characters; a random one without it.

        Raises
        ------
        Conflict
            The account has a library of that name, or the id is taken, whoever has it.
        LimitExceeded
            The account has as many libraries as it may.
        NotSupported
            Libraries of that kind of media cannot be analysed yet.
        EmptyValue, OutOfRange, InvalidValue
            The name is not 1 to 128 printable characters, or looks like an id.
        """
        library = self._insert(account_id, name, modality, description, config, library_id)
        if library is None and library_id is not None and not self._is_free(library_id):
            raise Conflict(f"The id {library_id} is not available", parameter="library_id")
        if library is None:
            raise Conflict(f"There is a library {name!r} already", parameter="name")
        return library

    def get(self, account_id: str, library_id: str) -> Library:
        """The library of that id, deleted or not; LibraryNotFound when the account has none."""
        found = self._one(account_id, LibraryRow.id == library_id) if is_id(library_id) else None
        if found is None:
            raise LibraryNotFound(f"There is no library {library_id!r}", parameter="library_id")
        return found

    def find(self, account_id: str, name_or_id: str) -> Library:
        """The living library of that id or name. A name never looks like an id."""
        wanted = LibraryRow.id == name_or_id if is_id(name_or_id) else LibraryRow.name == name_or_id
        living = LibraryRow.state != LibraryState.DELETED
        found = self._one(account_id, wanted, living) if is_storable(name_or_id) else None
        if found is None:
            raise LibraryNotFound(f"There is no library {name_or_id!r}", parameter="library")
        return found

    def list(self, account_id: str, ids: Sequence[str] | None = None) -> list[Library]:
        """The account's libraries: the living ones, oldest first; or those of `ids` that exist, deleted or
        not, in that order and each once."""
        query = select(LibraryRow.__table__).where(LibraryRow.account_id == account_id)
        if ids is None:
            query = query.where(LibraryRow.state != LibraryState.DELETED)
        else:
            query = query.where(LibraryRow.id.in_([text for text in ids if is_id(text)]))
        with self._database.reading.connect() as connection:
            rows = connection.execute(query.order_by(LibraryRow.created, LibraryRow.id))
            libraries = [_library(row) for row in rows]
        if ids is None:
            return libraries
        by_id = {library.id: library for library in libraries}
        return [by_id[text] for text in dict.fromkeys(ids) if text in by_id]

    def page(
        self, account_id: str, token: str | None, size: int, ids: Collection[str] | None = None
    ) -> Page[Library]:
        """At most `size` of the account's living libraries, oldest first, after the one whose id is `token`.

        Parameters
        ----------
        ids : others are as if unknown; None for all.

        Raises
        ------
        InvalidValue
            The token is none of this account's.
        """
        own = LibraryRow.account_id == account_id
        query = select(LibraryRow.__table__).where(own, LibraryRow.state != LibraryState.DELETED)
        if ids is not None:
            query = query.where(LibraryRow.id.in_(ids))
        order = (LibraryRow.created, LibraryRow.id)
        with self._database.reading.connect() as connection:
            return read_page(connection, query, order, own, token, size, _library, oldest_first=True)

    def describe(self, account_id: str, library_id: str, description: str | None) -> Library:
        """Give a living library another description; LibraryNotFound when the account has none of that id."""
        check_text(description or "", "description")
        own = (LibraryRow.account_id == account_id, LibraryRow.id == library_id)
        living = LibraryRow.state != LibraryState.DELETED
        with self._database.sessions.begin() as session:
            row = session.scalar(select(LibraryRow).where(*own, living)) if is_id(library_id) else None
            if row is None:
                raise LibraryNotFound(f"There is no library {library_id!r}", parameter="library_id")
            row.description = description
            return _library(row)

    def default(self, account_id: str) -> Library:
        """The account's library named "default", made on first use, whoever is first."""
        living_default = (LibraryRow.name == DEFAULT_NAME, LibraryRow.state != LibraryState.DELETED)
        found = self._one(account_id, *living_default)
        if found is None:
            found = self._insert(account_id, DEFAULT_NAME, Modality.VIDEO)
        return found or self.find(account_id, DEFAULT_NAME)

    def activate(self, library_id: str) -> None:
        """Make an offline library usable; nothing happens to one in another state."""
        with self._database.sessions.begin() as session:
            session.execute(
                update(LibraryRow)
                .where(LibraryRow.id == library_id, LibraryRow.state == LibraryState.OFFLINE)
                .values(state=LibraryState.ACTIVE)
            )

    def _insert(
        self,
        account_id: str,
        name: str,
        modality: Modality,
        description: str | None = None,
        config: str | None = None,
        library_id: str | None = None,
    ) -> Library | None:
        """The new library, or None when a living one has the name, or any the id."""
        check_name(name, "name")
        kind_of(modality)
        for text, parameter in ((description, "description"), (config, "config")):
            if text is not None:
                check_text(text, parameter)
        if library_id is None:
            library_id = new_id()
        elif not is_id(library_id):
            raise InvalidValue(f"The id {library_id!r} is not 32 lower-case hex characters", parameter="id")
        with self._database.sessions.begin() as session:
            self._check_room(session, account_id, name)
            fresh = insert_new(
                session, LibraryRow, id=library_id, account_id=account_id, name=name, modality=modality,
                preset=self._presets[modality], description=description, config=config,
                state=LibraryState.OFFLINE, created=now(), revision=0, file_count=0, media_ms=0,
                media_bytes=0,
            )  # fmt: skip
            if not fresh:
                return None
            self._queue.put(session, ACTIVATE, library_id, lane=Lane.UPKEEP)
            return _library(session.get_one(LibraryRow, library_id))

    def _check_room(self, session: Session, account_id: str, name: str) -> None:
        """Refuse one library too many. The account's row is locked, so that two cannot take one place."""
        if not self._most:
            return
        session.execute(select(AccountRow.id).where(AccountRow.id == account_id).with_for_update())
        living = (LibraryRow.account_id == account_id, LibraryRow.state != LibraryState.DELETED)
        names = session.scalars(select(LibraryRow.name).where(*living)).all()
        if len(names) >= self._most and name not in names:
            raise LimitExceeded(f"The account may have {self._most} libraries and has them")

    def _is_free(self, library_id: str) -> bool:
        with self._database.reads() as session:
            return session.get(LibraryRow, library_id) is None

    def _one(self, account_id: str, *conditions: ColumnElement[bool]) -> Library | None:
        with self._database.reads() as session:
            row = session.scalar(select(LibraryRow).where(LibraryRow.account_id == account_id, *conditions))
        return None if row is None else _library(row)


def require_library(session: Session, account_id: str, library_id: str) -> Modality:
    """What a library holds; LibraryNotFound unless the account has a living one of that id."""
    living = (
        LibraryRow.account_id == account_id,
        LibraryRow.id == library_id,
        LibraryRow.state != LibraryState.DELETED,
    )
    found = session.scalar(select(LibraryRow.modality).where(*living)) if is_id(library_id) else None
    if found is None:
        raise LibraryNotFound(f"There is no library {library_id!r}", parameter="library_id")
    return Modality(found)


def _library(row: LibraryRow | Row[Any]) -> Library:
    return Library(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        modality=Modality(row.modality),
        preset=row.preset,
        description=row.description,
        config=row.config,
        state=LibraryState(row.state),
        created=row.created,
        file_count=row.file_count,
        duration_s=row.media_ms / 1000,
        size_bytes=row.media_bytes,
    )
