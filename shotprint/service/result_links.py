"""Links to result files: anyone who has one may read the file, until it expires.

A link names its file and its end and carries a signature over both (HMAC-SHA256), so it needs no access key
and no row, says nothing of the account, and is good on every server of one secret key.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shotprint.blobs.store import BlobStore
from shotprint.errors import InvalidValue, NotFound
from shotprint.service import jobs
from shotprint.service.secrets import Vault
from shotprint.service.types import Job
from shotprint.store.database import Database
from shotprint.store.models import ImportRow


@dataclass(frozen=True)
class Link:
    """What is needed to read one file.

    Attributes
    ----------
    expires : Unix seconds.
    signature : 64 hexadecimal digits.
    """

    name: str
    expires: int
    signature: str


class ResultLinks:
    """Makes links, checks them, and reads what they lead to.

    Parameters
    ----------
    lifetime_s : for how long a link is good.
    """

    def __init__(self, database: Database, blobs: BlobStore, vault: Vault, *, lifetime_s: int) -> None:
        self._database = database
        self._blobs = blobs
        self._key = vault.derive_key(b"shotprint result links")
        self._lifetime = timedelta(seconds=lifetime_s)

    def make(self, name: str, now: datetime) -> Link:
        """A link to `name` that is good from `now` on."""
        expires = int((now + self._lifetime).timestamp())
        return Link(name, expires, self._sign(name, expires))

    def check(self, link: Link, now: datetime) -> None:
        """InvalidValue when the link is not one of ours, or has expired; which of the two is not said."""
        good = hmac.compare_digest(self._sign(link.name, link.expires).encode(), link.signature.encode())
        if not good or now.astimezone(UTC).timestamp() > link.expires:
            raise InvalidValue("The link is not valid, or has expired")

    def job(self, job_id: str) -> Job:
        """The analysis of that id, of any account: whoever comes here has a link that was checked.

        Raises
        ------
        JobNotFound
        """
        with self._database.reads() as session:
            return jobs.load(session, job_id)

    def import_result(self, import_id: str) -> bytes:
        """The result file of the import of that id, of any account; NotFound when there is none."""
        with self._database.reads() as session:
            row = session.get(ImportRow, import_id)
            name = row.result_blob if row is not None else None
        if name is None:
            raise NotFound(f"There is no result of the import {import_id!r}")
        return self._blobs.get(name)

    def _sign(self, name: str, expires: int) -> str:
        return hmac.new(self._key, f"{name}\n{expires}".encode(), hashlib.sha256).hexdigest()
