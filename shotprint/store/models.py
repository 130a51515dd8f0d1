"""The tables. Ids are 32 lower-case hex characters, random, so nobody can guess another account's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shotprint.store.columns import UtcTime, Word

Id = String(32)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {str: Text(), datetime: UtcTime()}  # noqa: RUF012


class FactRow(Base):
    """A fact about the database itself, such as the value that proves the secret key."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class AccountRow(Base):
    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created: Mapped[datetime]


class AccessKeyRow(Base):
    __tablename__ = "access_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    secret_sealed: Mapped[str]
    enabled: Mapped[bool]
    created: Mapped[datetime]
    expires: Mapped[datetime | None]  # with a security token, without one None
    token_sealed: Mapped[str | None]
    allowed_operations: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    allowed_libraries: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))


class NonceRow(Base):
    """A nonce that an accepted request carried; no foreign key, since rows are many and short-lived."""

    __tablename__ = "nonces"

    key_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the nonce, hex
    expires: Mapped[datetime] = mapped_column(index=True)


class LibraryRow(Base):
    """A library.

    ``revision`` grows by one with each change of its files, under the row's lock and in the transaction of
    the change: a reader that has seen revision r has seen every change up to r, and none is committed late.
    ``file_count``, ``media_ms`` and ``media_bytes`` are kept in step in the same update; whole milliseconds,
    for a sum of floats would drift.
    """

    __tablename__ = "libraries"
    __table_args__ = (
        Index(
            "uq_libraries_name", "account_id", "name", unique=True,
            sqlite_where=text("state <> 'deleted'"), postgresql_where=text("state <> 'deleted'"),
        ),
        Index("ix_libraries_listing", "account_id", "created", "id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    name: Mapped[str]
    modality: Mapped[str] = mapped_column(Word)
    preset: Mapped[str]
    description: Mapped[str | None]
    config: Mapped[str | None]
    state: Mapped[str] = mapped_column(Word)
    created: Mapped[datetime]
    revision: Mapped[int] = mapped_column(BigInteger)
    file_count: Mapped[int] = mapped_column(BigInteger)
    media_ms: Mapped[int] = mapped_column(BigInteger)
    media_bytes: Mapped[int] = mapped_column(BigInteger)


class FileRow(Base):
    """A file stored in a library; alive while ``removed_revision`` is null. Rows of removed files stay, since
    page tokens and the catch-up of an index refer to them."""

    __tablename__ = "files"
    __table_args__ = (
        UniqueConstraint("library_id", "added_revision"),
        Index(
            "uq_files_key", "library_id", "primary_key", unique=True,
            sqlite_where=text("removed_revision IS NULL"), postgresql_where=text("removed_revision IS NULL"),
        ),
        Index("ix_files_removed", "library_id", "removed_revision"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    library_id: Mapped[str] = mapped_column(Id, ForeignKey("libraries.id"))
    primary_key: Mapped[str]
    bucket: Mapped[str]
    location: Mapped[str]
    object: Mapped[str]
    stored: Mapped[datetime]
    duration_s: Mapped[float]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)  # see shotprint.store.media_json
    fingerprint_url: Mapped[str]
    thumbnails_url: Mapped[str | None]
    added_revision: Mapped[int] = mapped_column(BigInteger)
    removed_revision: Mapped[int | None] = mapped_column(BigInteger)


class JobRow(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_listing", "account_id", "created", "id"),
        Index("ix_jobs_state", "account_id", "state", "created", "id"),
        Index("ix_jobs_library", "account_id", "library_id", "created", "id", "state"),
        Index("ix_jobs_key", "account_id", "primary_key", "created", "id"),
        Index(
            "ix_jobs_finished", "account_id", "finished", "state", "duration_s", "match_count",
            sqlite_where=text("finished IS NOT NULL"), postgresql_where=text("finished IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    library_id: Mapped[str] = mapped_column(Id, ForeignKey("libraries.id"))
    bucket: Mapped[str]
    location: Mapped[str]
    object: Mapped[str]
    primary_key: Mapped[str]
    save_type: Mapped[str] = mapped_column(Word)
    similarity_threshold: Mapped[float | None]
    pipeline_id: Mapped[str | None]
    user_data: Mapped[str | None]
    input_text: Mapped[str | None]
    state: Mapped[str] = mapped_column(Word)
    progress: Mapped[float]
    created: Mapped[datetime]
    finished: Mapped[datetime | None]
    duration_s: Mapped[float | None]
    file_id: Mapped[str | None] = mapped_column(Id)
    matches: Mapped[list[Any]] = mapped_column(JSON)  # see shotprint.store.match_json
    match_count: Mapped[int]  # of `matches`, which are long
    modality: Mapped[str] = mapped_column(Word, server_default="video")  # the library's
    text_type: Mapped[str | None] = mapped_column(Word)
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]


class ReportRow(Base):
    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    job_id: Mapped[str] = mapped_column(Id, ForeignKey("jobs.id"), index=True)
    result: Mapped[str]
    details: Mapped[str | None]
    created: Mapped[datetime]


class PipelineRow(Base):
    """Where an account's jobs are announced. Its id may be one of another system's, so it is the account's own:
    two accounts may have brought the same."""

    __tablename__ = "pipelines"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    target_sealed: Mapped[str]  # a broker's URL has a password
    secret_sealed: Mapped[str]
    created: Mapped[datetime]


class NotificationRow(Base):
    """That a job ended, to be told to a pipeline's target; written in the transaction that ends the job."""

    __tablename__ = "notifications"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "pipeline_id"], ["pipelines.account_id", "pipelines.id"]),
        Index("ix_notifications_listing", "account_id", "created", "id"),
        Index("ix_notifications_delivered", "delivered"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    pipeline_id: Mapped[str] = mapped_column(Id)
    subject: Mapped[str] = mapped_column(Word)  # the kind of job
    job_id: Mapped[str] = mapped_column(Id)
    job_state: Mapped[str] = mapped_column(Word)
    user_data: Mapped[str | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    state: Mapped[str] = mapped_column(Word)
    attempts: Mapped[int]
    created: Mapped[datetime]
    next_attempt: Mapped[datetime | None]
    delivered: Mapped[datetime | None]
    last_error: Mapped[str | None]


class ChoreRow:
    """What the rows of all asked-for work beside analyses share; see `shotprint.service.chores`."""

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    pipeline_id: Mapped[str | None]
    user_data: Mapped[str | None]
    state: Mapped[str] = mapped_column(Word)
    created: Mapped[datetime]
    finished: Mapped[datetime | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]


class FileDeletionRow(ChoreRow, Base):
    __tablename__ = "file_deletions"
    __table_args__ = (Index("ix_file_deletions_listing", "account_id", "created", "id"),)

    library_id: Mapped[str] = mapped_column(Id, ForeignKey("libraries.id"))
    file_ids: Mapped[list[Any]] = mapped_column(JSON)
    primary_keys: Mapped[list[Any]] = mapped_column(JSON)


class LibraryDeletionRow(ChoreRow, Base):
    """``up_to_revision`` is the library's revision when the first portion was removed: what is stored later
    stays in a library that is only emptied."""

    __tablename__ = "library_deletions"
    __table_args__ = (Index("ix_library_deletions_listing", "account_id", "created", "id"),)

    library_id: Mapped[str] = mapped_column(Id, ForeignKey("libraries.id"))
    kind: Mapped[str] = mapped_column(Word)
    up_to_revision: Mapped[int | None] = mapped_column(BigInteger)


class ImportRow(ChoreRow, Base):
    """A bulk import; at most one that is not finished for each library. The counts and the result file's size
    are written when it ends."""

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_listing", "account_id", "created", "id"),
        Index(
            "uq_imports_running", "library_id", unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )  # fmt: skip

    library_id: Mapped[str] = mapped_column(Id, ForeignKey("libraries.id"))
    bucket: Mapped[str]
    location: Mapped[str]
    object: Mapped[str]
    save_type: Mapped[str] = mapped_column(Word)
    input_text: Mapped[str | None]
    config_text: Mapped[str | None]
    stored: Mapped[int] = mapped_column(BigInteger)
    duplicates: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[int] = mapped_column(BigInteger)
    result_blob: Mapped[str | None]
    result_bytes: Mapped[int | None] = mapped_column(BigInteger)


class ImportLineRow(Base):
    """One line of the list of an import that runs; gone once the result file holds it."""

    __tablename__ = "import_lines"
    __table_args__ = (Index("ix_import_lines_state", "import_id", "state", "line"),)

    import_id: Mapped[str] = mapped_column(Id, ForeignKey("imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    primary_key: Mapped[str | None]
    bucket: Mapped[str | None]
    location: Mapped[str | None]
    object: Mapped[str | None]
    user_data: Mapped[str | None]
    state: Mapped[str] = mapped_column(Word)
    file_id: Mapped[str | None] = mapped_column(Id)
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]


class ComparisonRow(ChoreRow, Base):
    """Two files that are compared with each other; places as the caller gave them, in JSON."""

    __tablename__ = "comparisons"
    __table_args__ = (Index("ix_comparisons_listing", "account_id", "created", "id"),)

    library_id: Mapped[str | None] = mapped_column(Id, ForeignKey("libraries.id"))
    master: Mapped[dict[str, Any]] = mapped_column(JSON)
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    frame_storage: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    master_text: Mapped[str | None]
    query_text: Mapped[str | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class UserRow(Base):
    """A person who signs in to the console. Names are the server's, since nobody names an account there."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]  # argon2id
    created: Mapped[datetime]


class AttemptRow(Base):
    """Attempts to sign in under one name or from one address that did not succeed; ``subject`` is a digest."""

    __tablename__ = "attempts"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    expires: Mapped[datetime] = mapped_column(index=True)


class SessionRow(Base):
    """Somebody who is signed in: a user, an access key, or whoever had a sign-in link (neither)."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(
        String(64), primary_key=True
    )  # SHA-256 of the cookie's token, hex
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(Id, ForeignKey("users.id"), index=True)
    key_id: Mapped[str | None] = mapped_column(ForeignKey("access_keys.id"))
    created: Mapped[datetime]
    seen: Mapped[datetime]  # the last use, to about a minute
    expires: Mapped[datetime] = mapped_column(index=True)


class SignInLinkRow(Base):
    """A link that signs in once; gone with its use."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    expires: Mapped[datetime] = mapped_column(index=True)


class AuditRow(Base):
    """What somebody did; only ever added."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_listing", "account_id", "created", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    created: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    address: Mapped[str | None]  # where the request came from


class UploadRow(Base):
    """A file that a browser sends in chunks. Once ``finished``, jobs can read it; see `service.uploads`. With a
    ``job_id`` it is there for that job alone, and removed after it; see `service.searches`."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_listing", "account_id", "created", "id"),
        Index("ix_uploads_expires", "expires"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    name: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    received_bytes: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[datetime]
    finished: Mapped[datetime | None]
    expires: Mapped[datetime | None]
    job_id: Mapped[str | None] = mapped_column(Id)


class VerdictRow(Base):
    """What somebody said of a match; only ever added. ``pair`` is a digest of what the match is between, see
    `service.verdicts`; ``start_s`` and ``end_s`` are where in the query."""

    __tablename__ = "verdicts"
    __table_args__ = (Index("ix_verdicts_pair", "account_id", "pair", "created", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("accounts.id"))
    pair: Mapped[str] = mapped_column(String(64))
    task_id: Mapped[str] = mapped_column(Id)  # of the analysis or the comparison
    library_id: Mapped[str | None] = mapped_column(Id)
    bucket: Mapped[str]
    object: Mapped[str]
    reference: Mapped[str]
    start_s: Mapped[float]
    end_s: Mapped[float]
    ruling: Mapped[str] = mapped_column(Word)
    note: Mapped[str | None]
    actor: Mapped[str]
    created: Mapped[datetime]


class FindingsRow(Base):
    """What the search of a job or a comparison was judged by; see `service.findings`."""

    __tablename__ = "findings"

    task_id: Mapped[str] = mapped_column(Id, primary_key=True)
    findings: Mapped[list[Any]] = mapped_column(JSON)
