"""The audit log of an account: who did what, when, on what. Entries are added and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from shotprint.service.checks import new_id, now, storable
from shotprint.service.paging import read_page
from shotprint.service.types import Page
from shotprint.store.database import Database
from shotprint.store.models import AuditRow

MAX_CHARS = 2048  # of each text; the rest of a longer one is cut off

COMMAND_LINE = "command line"
"""The actor of what was done on the server's own machine."""


@dataclass(frozen=True)
class AuditEntry:
    """One thing that was done.

    Attributes
    ----------
    actor : a user, an access key, or another name of whoever did it.
    action : two words such as "library.create".
    subject : what it was done to, by its name or id.
    address : where the request came from; None when it came from no network.
    """

    id: str
    account_id: str
    created: datetime
    actor: str
    action: str
    subject: str
    address: str | None


class Audit:
    """Writes and shows the logs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, account_id: str, actor: str, action: str, subject: str = "", *, address: str | None = None
    ) -> None:
        """Add an entry. Whatever the texts are, what can be kept of them is kept."""
        with self._database.sessions.begin() as session:
            add(session, account_id, actor, action, subject, address=address)

    def page(self, account_id: str, token: str | None, size: int) -> Page[AuditEntry]:
        """At most `size` of the account's entries, newest first, after the one whose id is `token`;
        InvalidValue when it is none of this account's."""
        own = AuditRow.account_id == account_id
        order = (AuditRow.created, AuditRow.id)
        with self._database.reading.connect() as connection:
            query = select(AuditRow.__table__).where(own)
            return read_page(connection, query, order, own, token, size, _entry)


def add(
    session: Session,
    account_id: str,
    actor: str,
    action: str,
    subject: str = "",
    *,
    address: str | None = None,
) -> None:
    """As `Audit.record`, inside the caller's transaction."""
    row = AuditRow(
        id=new_id(),
        account_id=account_id,
        created=now(),
        actor=storable(actor, MAX_CHARS),
        action=action,
        subject=storable(subject, MAX_CHARS),
        address=None if address is None else storable(address, MAX_CHARS),
    )
    session.add(row)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.id, row.account_id, row.created, row.actor, row.action, row.subject, row.address)
