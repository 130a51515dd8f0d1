"""Accounts, their access keys, and the nonces of requests that were accepted."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.orm import Session

from shotprint.errors import AccountNotFound, Conflict, EmptyValue, InvalidValue, KeyNotFound, LibraryNotFound
from shotprint.service.checks import check_name, check_text, is_id, new_id, now
from shotprint.service.secrets import Vault
from shotprint.service.types import AccessKey, Account
from shotprint.store.database import Database
from shotprint.store.models import AccessKeyRow, AccountRow, LibraryRow, NonceRow
from shotprint.store.upsert import insert_new, renew_nonce

_KEY_ID = re.compile(r"[A-Za-z0-9._@-]{1,128}")
_OPERATIONS = re.compile(r"[A-Za-z*]{1,64}")
_PRUNE_EVERY = 500  # accepted requests between two removals of expired nonces
_KEY_OF_ID = select(AccessKeyRow.__table__).where(AccessKeyRow.id == bindparam("key_id"))


class Accounts:
    """Who may call, and with which secrets."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._accepted = itertools.count(1)

    def create(self, name: str) -> Account:
        """Make an account.

        Raises
        ------
        Conflict
            There is one of that name.
        """
        check_name(name, "account")
        account = Account(id=new_id(), name=name, created=now())
        with self._database.sessions.begin() as session:
            if not insert_new(session, AccountRow, id=account.id, name=name, created=account.created):
                raise Conflict(f"There is an account {name!r} already", parameter="account")
        return account

    def get(self, name: str) -> Account:
        """The account of that name; AccountNotFound when there is none."""
        check_name(name, "account")
        with self._database.reads() as session:
            row = session.scalar(select(AccountRow).where(AccountRow.name == name))
        if row is None:
            raise AccountNotFound(f"There is no account {name!r}", parameter="account")
        return _account(row)

    def ensure(self, name: str) -> Account:
        """The account of that name, made when there is none."""
        try:
            return self.get(name)
        except AccountNotFound:
            pass
        try:
            return self.create(name)
        except Conflict:  # another process was faster
            return self.get(name)

    def add_key(
        self,
        account_id: str,
        key_id: str | None = None,
        secret: str | None = None,
        *,
        expires: datetime | None = None,
        operations: Iterable[str] | None = None,
        libraries: Iterable[str] | None = None,
    ) -> AccessKey:
        """Give the account an access key; what is not given is made at random. Repeating it is harmless.

        Parameters
        ----------
        expires : the key ends then, and its calls must carry the security token that it gets.
        operations : names of operations that it may call, ``*`` standing for any letters; None for all.
        libraries : ids of the account's libraries that it may use; None for all, also those made later.

        Raises
        ------
        AccountNotFound
        LibraryNotFound
            The account has no such library.
        InvalidValue
            The key would have ended already, or a name of an operation cannot be one.
        Conflict
            The key exists with another secret, another end or other permissions, or in another account.
        """
        key_id = secrets.token_hex(10) if key_id is None else _check_key_id(key_id)
        secret = secrets.token_urlsafe(24) if secret is None else _check_secret(secret)
        limits: dict[str, Any] = {
            "expires": None if expires is None else _check_expiry(expires),
            "allowed_operations": None if operations is None else sorted({*map(_check_pattern, operations)}),
            "allowed_libraries": None if libraries is None else sorted({*libraries}),
        }
        token = None if expires is None else secrets.token_urlsafe(32)
        with self._database.sessions.begin() as session:
            _check_owner(session, account_id, limits["allowed_libraries"])
            insert_new(
                session, AccessKeyRow, id=key_id, account_id=account_id,
                secret_sealed=self._vault.seal(secret), enabled=True, created=now(),
                token_sealed=None if token is None else self._vault.seal(token), **limits,
            )  # fmt: skip
            row = session.get_one(AccessKeyRow, key_id)
            key = self._key(row)
            same = all(getattr(row, name) == value for name, value in limits.items())
        same_secret = hmac.compare_digest(key.secret.encode(), secret.encode())
        if key.account_id != account_id or not same_secret or not same:
            raise Conflict(f"There is another access key {key_id!r} already", parameter="key_id")
        return key

    def disable_key(self, account_id: str, key_id: str) -> AccessKey:
        """Make requests with the key fail from now on; KeyNotFound when the account has no such key."""
        return self._set_enabled(account_id, key_id, False)

    def enable_key(self, account_id: str, key_id: str) -> AccessKey:
        """Let a disabled key sign requests again; KeyNotFound when the account has no such key."""
        return self._set_enabled(account_id, key_id, True)

    def _set_enabled(self, account_id: str, key_id: str, enabled: bool) -> AccessKey:
        with self._database.sessions.begin() as session:
            row = _find_key(session, key_id)
            if row is None or row.account_id != account_id:
                raise KeyNotFound(f"The account has no access key {key_id!r}", parameter="key_id")
            row.enabled = enabled
            return self._key(row)

    def keys(self, account_id: str) -> list[AccessKey]:
        """The account's access keys, oldest first, with those that are disabled."""
        with self._database.reads() as session:
            rows = session.scalars(
                select(AccessKeyRow)
                .where(AccessKeyRow.account_id == account_id)
                .order_by(AccessKeyRow.created, AccessKeyRow.id)
            )
            return [self._key(row) for row in rows]

    def find_key(self, key_id: str) -> AccessKey:
        """The access key that a request names, enabled or not; KeyNotFound when there is none."""
        row = None
        if _KEY_ID.fullmatch(key_id):
            with self._database.reading.connect() as connection:
                row = connection.execute(_KEY_OF_ID, {"key_id": key_id}).one_or_none()
        if row is None:
            raise KeyNotFound(f"There is no access key {key_id!r}", parameter="key_id")
        return self._key(row)

    def remember_nonce(self, key_id: str, nonce: str, expires: datetime) -> bool:
        """Remember that the key used `nonce`, until `expires`; False when it is remembered already.

        Of several equal calls at the same time, in any processes, exactly one gets True.
        """
        digest = hashlib.sha256(nonce.encode(errors="surrogatepass")).hexdigest()
        moment = now()
        with self._database.fleeting.begin() as connection:
            fresh = renew_nonce(connection, key_id=key_id, digest=digest, expires=expires, moment=moment)
            if next(self._accepted) % _PRUNE_EVERY == 0:
                connection.execute(delete(NonceRow).where(NonceRow.expires < moment))
        return fresh

    def list(self) -> list[Account]:
        """All accounts, oldest first."""
        with self._database.reads() as session:
            rows = session.scalars(select(AccountRow).order_by(AccountRow.created, AccountRow.id))
            return [_account(row) for row in rows]

    def _key(self, row: AccessKeyRow | Row[Any]) -> AccessKey:
        return AccessKey(
            id=row.id,
            account_id=row.account_id,
            secret=self._vault.unseal(row.secret_sealed),
            enabled=row.enabled,
            created=row.created,
            expires=row.expires,
            token=None if row.token_sealed is None else self._vault.unseal(row.token_sealed),
            allowed_operations=None if row.allowed_operations is None else frozenset(row.allowed_operations),
            allowed_libraries=None if row.allowed_libraries is None else frozenset(row.allowed_libraries),
        )


def _find_key(session: Session, key_id: str) -> AccessKeyRow | None:
    return session.get(AccessKeyRow, key_id) if _KEY_ID.fullmatch(key_id) else None


def _account(row: AccountRow) -> Account:
    return Account(id=row.id, name=row.name, created=row.created)


def _check_key_id(key_id: str) -> str:
    if not key_id:
        raise EmptyValue("The access key's id is empty", parameter="key_id")
    if not _KEY_ID.fullmatch(key_id):
        raise InvalidValue(
            f"The access key's id {key_id!r} is not 1 to 128 of letters, digits, . _ @ and -",
            parameter="key_id",
        )
    return key_id


def _check_owner(session: Session, account_id: str, libraries: Sequence[str] | None) -> None:
    """The account must be there, and the libraries must be its own."""
    if not is_id(account_id) or session.get(AccountRow, account_id) is None:
        raise AccountNotFound(f"There is no account {account_id!r}", parameter="account")
    for library_id in libraries or ():
        library = session.get(LibraryRow, library_id) if is_id(library_id) else None
        if library is None or library.account_id != account_id:
            raise LibraryNotFound(f"There is no library {library_id!r}", parameter="library")


def _check_expiry(expires: datetime) -> datetime:
    if expires <= now():
        raise InvalidValue("The key's end is in the past", parameter="expires")
    return expires


def _check_pattern(name: str) -> str:
    if not _OPERATIONS.fullmatch(name):
        raise InvalidValue(
            f"{name!r} is no operation's name: letters, with * for any of them", parameter="operation"
        )
    return name


def _check_secret(secret: str) -> str:
    return check_text(secret, "secret", max_bytes=1024, empty=False)
