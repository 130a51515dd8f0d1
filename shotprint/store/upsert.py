"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells per dialect.

Unlike an insert that fails, these leave the transaction usable.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shotprint.store.models import Base, NonceRow


def insert_new(session: Session, row: type[Base], **values: Any) -> bool:
    """Insert unless a unique rule forbids it; says whether the row is new."""
    statement = _insert(session, row).values(**values).on_conflict_do_nothing()
    return _changed(session, statement) == 1


def renew_nonce(session: Session, *, key_id: str, digest: str, expires: datetime, moment: datetime) -> bool:
    """Insert a nonce, or take the place of one that expired before `moment`; False when it still holds."""
    statement = _insert(session, NonceRow).values(key_id=key_id, digest=digest, expires=expires)
    return _changed(
        session,
        statement.on_conflict_do_update(
            index_elements=[NonceRow.key_id, NonceRow.digest],
            set_={"expires": expires},
            where=NonceRow.expires < moment,
        ),
    ) == 1  # fmt: skip


def _insert(session: Session, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(row)
    return postgresql.insert(row)


def _changed(session: Session, statement: postgresql.Insert | sqlite.Insert) -> int:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101  # what a statement that changes rows always gives
    return result.rowcount
