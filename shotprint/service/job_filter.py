"""Which jobs pass a filter, as conditions of a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, false, select

from shotprint.service.checks import check_text, is_id, is_storable
from shotprint.service.types import JobFilter
from shotprint.store.models import JobRow


def conditions(connection: Connection, account_id: str, wanted: JobFilter) -> list[ColumnElement[bool]]:
    """What holds of the account's jobs that pass.

    Raises
    ------
    OutOfRange, InvalidValue
        No pipeline or file can be called so.
    """
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(JobRow.state == wanted.state)
    if wanted.library_id is not None:
        found.append(JobRow.library_id == wanted.library_id)
    if wanted.created_from is not None:
        found.append(JobRow.created >= wanted.created_from)
    if wanted.created_to is not None:
        found.append(JobRow.created <= wanted.created_to)
    if wanted.pipeline_id is not None:
        found.append(JobRow.pipeline_id == check_text(wanted.pipeline_id, "pipeline_id"))
    if wanted.primary_keys is not None:
        keys = [check_text(key, "primary_key_list") for key in wanted.primary_keys]
        found.append(JobRow.primary_key.in_(keys))
    if wanted.text is not None:
        found.append(_named(connection, account_id, wanted.text))
    return found


def _named(connection: Connection, account_id: str, text: str) -> ColumnElement[bool]:
    """The job of that id, or else those of files with that key: one index each, where OR would use none."""
    if is_id(text):
        own = (JobRow.account_id == account_id, JobRow.id == text)
        if connection.execute(select(JobRow.id).where(*own)).first() is not None:
            return JobRow.id == text
    return JobRow.primary_key == text if is_storable(text) else false()
