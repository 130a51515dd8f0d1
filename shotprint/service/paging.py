"""Lists, a page at a time: each page is found by the key of the last row of the page before, never by counting.

A token is the id of that row. It says nothing that the caller was not told already, survives restarts, needs no
storage, and points only at rows of whoever asks. Rows that arrive meanwhile shift nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shotprint.errors import InvalidValue
from shotprint.service.checks import check_page_size, is_id
from shotprint.service.types import Page

T = TypeVar("T")


def read_page(
    reader: Session | Connection,
    query: Select[*tuple[Any, ...]],
    order: Sequence[InstrumentedAttribute[Any]],
    owner: ColumnElement[bool],
    token: str | None,
    size: int,
    make: Callable[[Row[Any]], T],
    *,
    oldest_first: bool = False,
) -> Page[T]:
    """At most `size` rows of `query`, newest first, after the one whose id is `token`.

    Parameters
    ----------
    query : selects columns of one table, its id among them, with all conditions but that of the token.
    order : the columns of that table that it is listed by, together unique.
    owner : what holds of the rows that a token may point at.
    make : what becomes of a row.

    Raises
    ------
    OutOfRange
        The size is not that of a page.
    InvalidValue
        The token is not the id of such a row.
    """
    check_page_size(size)
    place = tuple_(*order)
    if token is not None:
        row_id = order[0].class_.id
        known = select(*order).where(owner, row_id == token)
        last = reader.execute(known).first() if is_id(token) else None
        if last is None:
            raise InvalidValue("The page token is not one that was given out", parameter="page_token")
        query = query.where(place > tuple_(*last) if oldest_first else place < tuple_(*last))
    listed = query.order_by(*order if oldest_first else (column.desc() for column in order))
    rows = reader.execute(listed.limit(size + 1)).all()
    return Page(tuple(make(row) for row in rows[:size]), rows[size - 1].id if len(rows) > size else None)
