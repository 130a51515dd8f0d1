"""Pipelines: where an account wants to be told that its jobs ended."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shotprint.errors import AccountNotFound, Conflict, InvalidValue, NotFound
from shotprint.notify.protocol import Sender
from shotprint.service.checks import check_name, check_text, is_id, new_id, now
from shotprint.service.secrets import Vault
from shotprint.service.types import Pipeline
from shotprint.store.database import Database
from shotprint.store.models import AccountRow, NotificationRow, PipelineRow
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
        self._check_target(target)
        if pipeline_id is not None and not _ID.fullmatch(pipeline_id):
            raise InvalidValue(
                f"The pipeline's id {pipeline_id!r} is not 32 hex characters", parameter="pipeline_id"
            )
        pipeline = Pipeline(
            id=new_id() if pipeline_id is None else pipeline_id, account_id=account_id, name=name,
            target=target, secret=_new_secret(), created=now(),
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

    def change(
        self,
        account_id: str,
        pipeline_id: str,
        *,
        name: str | None = None,
        target: str | None = None,
        new_secret: bool = False,
    ) -> Pipeline:
        """Give a pipeline another name or target, or another secret, which is random; None: as it was. What waits
        to be delivered goes to the new target, signed with the new secret.

        Raises
        ------
        NotFound
            The account has no such pipeline.
        Conflict
            The account has another pipeline of that name.
        EmptyValue, OutOfRange, InvalidValue
            As in `create`.
        """
        if name is not None:
            check_name(name, "name")
        if target is not None:
            self._check_target(target)
        with self._database.sessions.begin() as session:
            row = _locked(session, account_id, pipeline_id)
            if name is not None:
                row.name = name
            if target is not None:
                row.target_sealed = self._vault.seal(target)
            if new_secret:
                row.secret_sealed = self._vault.seal(_new_secret())
            try:
                session.flush()
            except IntegrityError as exc:
                raise Conflict(f"There is a pipeline of the name {name!r} already", parameter="name") from exc
            return self._pipeline(row)

    def delete(self, account_id: str, pipeline_id: str) -> None:
        """Remove a pipeline with all its notifications, delivered or not. Jobs may go on naming it: its id is
        then like any that there is no pipeline of.

        Raises
        ------
        NotFound
            The account has no such pipeline.
        """
        with self._database.sessions.begin() as session:
            row = _locked(session, account_id, pipeline_id)
            session.execute(
                delete(NotificationRow).where(
                    NotificationRow.account_id == account_id, NotificationRow.pipeline_id == pipeline_id
                )
            )
            session.delete(row)

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

    def _check_target(self, target: str) -> None:
        check_text(target, "target", max_bytes=MAX_TARGET_BYTES, empty=False)
        self._sender.check(target)

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


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _locked(session: Session, account_id: str, pipeline_id: str) -> PipelineRow:
    """The row, which nobody else announces to or changes until the transaction ends."""
    check_text(pipeline_id, "pipeline_id")
    row = session.get(PipelineRow, (account_id, pipeline_id), with_for_update=True)
    if row is None:
        raise NotFound(f"There is no pipeline {pipeline_id!r}", parameter="pipeline_id")
    return row
