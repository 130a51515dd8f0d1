"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells per dialect.

Unlike an insert that fails, these leave the transaction usable.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shotprint.store.models import Base, NonceRow


def insert_new(session: Session, row: type[Base], **values: Any) -> bool:
    """Insert unless a unique rule forbids it; says whether the row is new."""
    return _has_written(session, row, _insert(session, row).values(**values).on_conflict_do_nothing())


def renew_nonce(session: Session, *, key_id: str, digest: str, expires: datetime, moment: datetime) -> bool:
    """Insert a nonce, or take the place of one that expired before `moment`; False when it still holds."""
    statement = _insert(session, NonceRow).values(key_id=key_id, digest=digest, expires=expires)
    renewed = statement.on_conflict_do_update(
        index_elements=[NonceRow.key_id, NonceRow.digest],
        set_={"expires": expires},
        where=NonceRow.expires < moment,
    )
    return _has_written(session, NonceRow, renewed)


def _insert(session: Session, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(row)
    return postgresql.insert(row)


def _has_written(session: Session, row: type[Base], statement: postgresql.Insert | sqlite.Insert) -> bool:
    """Asked through RETURNING, since drivers count differently after a conflict."""
    return session.execute(statement.returning(*row.__table__.primary_key)).first() is not None
