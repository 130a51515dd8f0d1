"""Users: people of an account who sign in to the console. Passwords are kept as argon2id hashes only."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shotprint.errors import AccountNotFound, Conflict, InvalidValue, NotFound, OutOfRange
from shotprint.service.checks import check_name, check_text, is_id, is_storable, new_id, now
from shotprint.store.database import Database
from shotprint.store.models import AccountRow, SessionRow, UserRow
from shotprint.store.upsert import insert_new

MIN_PASSWORD_CHARS = 10
MAX_PASSWORD_BYTES = 1024

_HASHED_AT_ONCE = 2  # each takes 64 MiB and a processor for some time
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$iSlVo1UfzMxlatTLyA6aIA$mNL+pNHVMr560r66qV7BcpRpg+o2P/a1ISMHvF+Qh7I"
"""Checked where there is no such user, so that this takes as long."""


@dataclass(frozen=True)
class User:
    id: str
    account_id: str
    name: str
    created: datetime


class Users:
    """The people of each account."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hasher = PasswordHasher()  # argon2id, RFC 9106's choice for little memory
        self._room = threading.BoundedSemaphore(_HASHED_AT_ONCE)

    def add(self, account_id: str, name: str, password: str) -> User:
        """Make a user.

        Raises
        ------
        AccountNotFound
        Conflict
            There is a user of that name on this server, in whichever account.
        EmptyValue, OutOfRange, InvalidValue
            The name cannot be one, or the password is too short.
        """
        check_name(name, "user")
        hashed = self._hash(name, password)
        user = User(new_id(), account_id, name, now())
        with self._database.sessions.begin() as session:
            if not is_id(account_id) or session.get(AccountRow, account_id) is None:
                raise AccountNotFound(f"There is no account {account_id!r}", parameter="account")
            fresh = insert_new(
                session, UserRow, id=user.id, account_id=account_id, name=name, password_hash=hashed,
                created=user.created,
            )  # fmt: skip
        if not fresh:
            raise Conflict(f"The name {name!r} is not available", parameter="user")
        return user

    def set_password(self, account_id: str, name: str, password: str) -> User:
        """Give the user another password, and end all their sessions; NotFound when the account has no such
        user."""
        hashed = self._hash(name, password)
        with self._database.sessions.begin() as session:
            row = _row(session, account_id, name)
            row.password_hash = hashed
            session.execute(delete(SessionRow).where(SessionRow.user_id == row.id))
            return _user(row)

    def remove(self, account_id: str, name: str) -> None:
        """Remove the user, and end all their sessions; NotFound when the account has no such user."""
        with self._database.sessions.begin() as session:
            row = _row(session, account_id, name)
            session.execute(delete(SessionRow).where(SessionRow.user_id == row.id))
            session.delete(row)

    def list(self, account_id: str) -> list[User]:
        """The account's users by name."""
        with self._database.reads() as session:
            query = select(UserRow).where(UserRow.account_id == account_id).order_by(UserRow.name)
            return [_user(row) for row in session.scalars(query)]

    def verify(self, name: str, password: str) -> User | None:
        """The user of that name and password, of whichever account; None when there is none. Which of the two is
        wrong is told neither by the answer nor by the time that it takes."""
        row = None
        if is_storable(name):
            with self._database.reads() as session:
                row = session.scalar(select(UserRow).where(UserRow.name == name))
        good = self._matches(_NOBODY if row is None else row.password_hash, password)
        return _user(row) if row is not None and good else None

    def _hash(self, name: str, password: str) -> str:
        check_text(password, "password", max_bytes=MAX_PASSWORD_BYTES, empty=False)
        if len(password) < MIN_PASSWORD_CHARS:
            raise OutOfRange(
                f"The password has fewer than {MIN_PASSWORD_CHARS} characters", parameter="password"
            )
        if password.casefold() == name.casefold():
            raise InvalidValue("The password is the name", parameter="password")
        with self._room:
            return self._hasher.hash(password)

    def _matches(self, hashed: str, password: str) -> bool:
        if len(password.encode(errors="replace")) > MAX_PASSWORD_BYTES:
            return False
        try:
            with self._room:
                return self._hasher.verify(hashed, password.encode(errors="replace"))
        except (VerificationError, InvalidHashError):
            return False


def _row(session: Session, account_id: str, name: str) -> UserRow:
    own = (UserRow.account_id == account_id, UserRow.name == name)
    row = session.scalar(select(UserRow).where(*own)) if is_storable(name) else None
    if row is None:
        raise NotFound(f"The account has no user {name!r}", parameter="user")
    return row


def _user(row: UserRow) -> User:
    return User(row.id, row.account_id, row.name, row.created)
