"""Pipelines: where an account wants to be told that its jobs ended."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import ColumnElement, select

from shotprint.errors import AccountNotFound, Conflict, InvalidValue, NotFound
from shotprint.notify.protocol import Sender
from shotprint.service.checks import check_name, check_text, is_id, new_id, now
from shotprint.service.secrets import Vault
from shotprint.service.types import Pipeline
from shotprint.store.database import Database
from shotprint.store.models import AccountRow, PipelineRow
from shotprint.store.upsert import insert_new

MAX_TARGET_BYTES = 2048

_ID = re.compile(r"[0-9a-fA-F]{32}")  # as the wire accepts it


class Pipelines:
    """An account's pipelines. Targets and secrets are sealed in the database."""

    def __init__(self, database: Database, vault: Vault, sender: Sender) -> None:
        self._database = database
        self._vault = vault
        self._sender = sender

    def create(self, account_id: str, name: str, *, target: str, pipeline_id: str | None = None) -> Pipeline:
        """Make a pipeline.

        Parameters
        ----------
        target : URL of a webhook or of a broker's queue.
        pipeline_id : 32 hex characters that callers know already; random without it.

        Raises
        ------
        AccountNotFound
        Conflict
            The account has a pipeline of that name or id.
        EmptyValue, OutOfRange, InvalidValue
            The name, the id or the target cannot be one, or the settings don't allow the target.
        """
        check_name(name, "name")
        check_text(target, "target", max_bytes=MAX_TARGET_BYTES, empty=False)
        self._sender.check(target)
        if pipeline_id is not None and not _ID.fullmatch(pipeline_id):
            raise InvalidValue(
                f"The pipeline's id {pipeline_id!r} is not 32 hex characters", parameter="pipeline_id"
            )
        pipeline = Pipeline(
            id=new_id() if pipeline_id is None else pipeline_id, account_id=account_id, name=name,
            target=target, secret=secrets.token_urlsafe(32), created=now(),
        )  # fmt: skip
        with self._database.sessions.begin() as session:
            if not is_id(account_id) or session.get(AccountRow, account_id) is None:
                raise AccountNotFound(f"There is no account {account_id!r}", parameter="account")
            fresh = insert_new(
                session, PipelineRow, account_id=account_id, id=pipeline.id, name=name,
                target_sealed=self._vault.seal(target), secret_sealed=self._vault.seal(pipeline.secret),
                created=pipeline.created,
            )  # fmt: skip
            if not fresh:
                raise Conflict(
                    f"There is a pipeline of the name {name!r} or the id {pipeline.id} already",
                    parameter="name",
                )
        return pipeline

    def get(self, account_id: str, pipeline_id: str) -> Pipeline:
        """The pipeline of that id; NotFound when the account has none."""
        return self._one(account_id, pipeline_id, PipelineRow.id == pipeline_id)

    def find(self, account_id: str, name_or_id: str) -> Pipeline:
        """The pipeline of that id or name; NotFound when the account has none."""
        wanted = PipelineRow.id if _ID.fullmatch(name_or_id) else PipelineRow.name
        return self._one(account_id, name_or_id, wanted == name_or_id)

    def list(self, account_id: str) -> list[Pipeline]:
        """The account's pipelines, oldest first."""
        own = select(PipelineRow).where(PipelineRow.account_id == account_id)
        with self._database.reads() as session:
            rows = session.scalars(own.order_by(PipelineRow.created, PipelineRow.id))
            return [self._pipeline(row) for row in rows]

    def _one(self, account_id: str, asked: str, condition: ColumnElement[bool]) -> Pipeline:
        check_text(asked, "pipeline_id")
        with self._database.reads() as session:
            row = session.scalar(select(PipelineRow).where(PipelineRow.account_id == account_id, condition))
        if row is None:
            raise NotFound(f"There is no pipeline {asked!r}", parameter="pipeline_id")
        return self._pipeline(row)

    def _pipeline(self, row: PipelineRow) -> Pipeline:
        return Pipeline(
            id=row.id,
            account_id=row.account_id,
            name=row.name,
            target=self._vault.unseal(row.target_sealed),
            secret=self._vault.unseal(row.secret_sealed),
            created=row.created,
        )
