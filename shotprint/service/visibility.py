"""Which of its jobs an account is shown, whatever their kind."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement

from shotprint.service.checks import now
from shotprint.store.models import ComparisonRow, FileDeletionRow, ImportRow, JobRow, LibraryDeletionRow

Kind = type[JobRow | FileDeletionRow | LibraryDeletionRow | ImportRow | ComparisonRow]


class Visibility:
    """Older jobs than `shown_for` are as if unknown to their account; None: jobs stay for good."""

    def __init__(self, shown_for: timedelta | None = None, *, clock: Callable[[], datetime] = now) -> None:
        self._shown_for = shown_for
        self._clock = clock

    def conditions(
        self, kind: Kind, account_id: str, library_ids: Collection[str] | None
    ) -> list[ColumnElement[bool]]:
        """What the account may see, of these libraries; None for all libraries, and jobs that have none."""
        conditions: list[ColumnElement[bool]] = [kind.account_id == account_id]
        if library_ids is not None:
            conditions.append(kind.library_id.in_(library_ids))
        if self._shown_for is not None:
            conditions.append(kind.created >= self._clock() - self._shown_for)
        return conditions
