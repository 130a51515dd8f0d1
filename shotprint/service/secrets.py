"""The vault that seals access keys at rest (Fernet: AES-128-CBC with HMAC-SHA256)."""

from __future__ import annotations

import base64
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shotprint.errors import InternalError
from shotprint.store.database import Database
from shotprint.store.models import FactRow
from shotprint.store.upsert import insert_new

_CHECK_NAME = "vault_check"
_CHECK_TEXT = "shotprint"
_REMEMBERED = 1024  # texts that stay unsealed in memory: every call needs its key's


class Vault:
    """Seals short texts with one secret key: random text of at least 32 characters."""

    def __init__(self, key: str) -> None:
        self._secret = key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self.derive_key(b"shotprint vault")))
        self._unsealed = lru_cache(maxsize=_REMEMBERED)(self._open)

    def derive_key(self, purpose: bytes) -> bytes:
        """32 bytes of key for one purpose; those of different purposes say nothing about each other."""
        return HKDF(SHA256(), length=32, salt=None, info=purpose).derive(self._secret)

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text that was sealed.

        Raises
        ------
        InternalError
            It was sealed with another key, or altered.
        """
        return self._unsealed(sealed)

    def _open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as exc:
            raise InternalError("A stored secret was not sealed with this secret key") from exc


def open_vault(database: Database, *, secret_key: str | None, key_file: Path) -> Vault:
    """The vault of `database`, with the key that the settings give, or else that of `key_file`, which is made
    when the database has no vault yet.

    Raises
    ------
    InternalError
        The key is not the one that this database's secrets are sealed with, or it is gone.
    """
    with database.reads() as session:
        check = session.get(FactRow, _CHECK_NAME)
    source = "SHOTPRINT_SECRET_KEY" if secret_key is not None else str(key_file)
    if secret_key is None and check is not None and not key_file.exists():
        raise InternalError(
            f"The secret key of this database is not in {key_file}: "
            "copy it from where the database was made, or give it as SHOTPRINT_SECRET_KEY"
        )
    vault = Vault(_read_or_make(key_file) if secret_key is None else secret_key)
    sealed = check.value if check is not None else _write_check(database, vault)
    try:
        vault.unseal(sealed)
    except InternalError as exc:
        raise InternalError(f"The key of {source} is not the one that this database was made with") from exc
    return vault


def _write_check(database: Database, vault: Vault) -> str:
    """Store the check value unless another process was first; returns the stored one."""
    with database.sessions.begin() as session:
        insert_new(session, FactRow, name=_CHECK_NAME, value=vault.seal(_CHECK_TEXT))
        return session.get_one(FactRow, _CHECK_NAME).value


def _read_or_make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise InternalError(f"{path} holds no secret key of at least 32 characters")
    return key


def _make(path: Path) -> None:
    """Write a new key beside `path` and link it there, so that a reader never sees half of it and of two
    processes the first one wins."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            return
    finally:
        fresh.unlink()
