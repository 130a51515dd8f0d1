"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells per dialect.

Unlike an insert that fails, these leave the transaction usable.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from shotprint.store.models import AttemptRow, Base, NonceRow


def insert_new(session: Session, row: type[Base], **values: Any) -> bool:
    """Insert unless a unique rule forbids it; says whether the row is new."""
    statement = _insert(session.get_bind().dialect.name, row).values(**values).on_conflict_do_nothing()
    # Asked through RETURNING, since drivers count differently after a conflict.
    return session.execute(statement.returning(*row.__table__.primary_key)).first() is not None


def renew_nonce(
    connection: Connection, *, key_id: str, digest: str, expires: datetime, moment: datetime
) -> bool:
    """Insert a nonce, or take the place of one that expired before `moment`; False when it still holds."""
    values = {"key_id": key_id, "digest": digest, "expires": expires, "moment": moment}
    return connection.execute(_renewal(connection.dialect.name), values).first() is not None


@cache  # every call of the API runs it, and composing it costs more than running it
def _renewal(dialect: str) -> ReturningInsert[Any]:
    columns = NonceRow.key_id, NonceRow.digest, NonceRow.expires
    statement = _insert(dialect, NonceRow).values({column.key: bindparam(column.key) for column in columns})
    return statement.on_conflict_do_update(
        index_elements=[NonceRow.key_id, NonceRow.digest],
        set_={"expires": statement.excluded.expires},
        where=NonceRow.expires < bindparam("moment"),
    ).returning(NonceRow.key_id)


def count_attempt(session: Session, *, subject: str, moment: datetime, expires: datetime) -> int:
    """Count one more attempt of the subject; those that had expired at `moment` don't count any more."""
    fresh = _insert(session.get_bind().dialect.name, AttemptRow).values(
        subject=subject, count=1, expires=expires
    )
    over = AttemptRow.expires < moment
    counted = fresh.on_conflict_do_update(
        index_elements=[AttemptRow.subject],
        set_={
            "count": case((over, 1), else_=AttemptRow.count + 1),
            "expires": case((over, fresh.excluded.expires), else_=AttemptRow.expires),
        },
    )
    return int(session.execute(counted.returning(AttemptRow.count)).scalar_one())


def _insert(dialect: str, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(row) if dialect == "sqlite" else postgresql.insert(row)
