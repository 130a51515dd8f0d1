"""Deletions, imports, comparisons, notifications, and what keys may do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_notifications()
    _create_deletions()
    _create_imports()
    _create_comparisons()
    _limit_keys()


def downgrade() -> None:
    with op.batch_alter_table("access_keys") as table:
        for name in ("allowed_libraries", "allowed_operations", "token_sealed", "expires"):
            table.drop_column(name)
    for name in ("comparisons", "import_lines", "imports", "library_deletions", "file_deletions"):
        op.drop_table(name)
    for name in ("notifications", "pipelines"):
        op.drop_table(name)


def _create_notifications() -> None:
    op.create_table(
        "pipelines",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target_sealed", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_pipelines_account_id"),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_pipelines"),
        sa.UniqueConstraint("account_id", "name", name="uq_pipelines_account_id_name"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("pipeline_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("job_state", sa.String(16), nullable=False),
        sa.Column("user_data", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "pipeline_id"],
            ["pipelines.account_id", "pipelines.id"],
            name="fk_notifications_account_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
    )
    op.create_index("ix_notifications_listing", "notifications", ["account_id", "created", "id"])
    op.create_index("ix_notifications_delivered", "notifications", ["delivered"])


def _create_deletions() -> None:
    op.create_table(
        "file_deletions",
        sa.Column("library_id", sa.String(length=32), nullable=False),
        sa.Column("file_ids", sa.JSON(), nullable=False),
        sa.Column("primary_keys", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_file_deletions_library_id"),
        *_chore_columns("file_deletions"),
    )
    op.create_index("ix_file_deletions_listing", "file_deletions", ["account_id", "created", "id"])
    op.create_table(
        "library_deletions",
        sa.Column("library_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("up_to_revision", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_library_deletions_library_id"),
        *_chore_columns("library_deletions"),
    )
    op.create_index("ix_library_deletions_listing", "library_deletions", ["account_id", "created", "id"])


def _create_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("library_id", sa.String(length=32), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("save_type", sa.String(16), nullable=False),
        sa.Column("input_text", sa.Text(), nullable=True),
        sa.Column("config_text", sa.Text(), nullable=True),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("result_blob", sa.Text(), nullable=True),
        sa.Column("result_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_imports_library_id"),
        *_chore_columns("imports"),
    )
    op.create_index("ix_imports_listing", "imports", ["account_id", "created", "id"])
    op.create_index(
        "uq_imports_running",
        "imports",
        ["library_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "import_lines",
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("primary_key", sa.Text(), nullable=True),
        sa.Column("bucket", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("object", sa.Text(), nullable=True),
        sa.Column("user_data", sa.Text(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("file_id", sa.String(length=32), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_import_lines_import_id"),
        sa.PrimaryKeyConstraint("import_id", "line", name="pk_import_lines"),
    )
    op.create_index("ix_import_lines_state", "import_lines", ["import_id", "state", "line"])


def _create_comparisons() -> None:
    op.create_table(
        "comparisons",
        sa.Column("library_id", sa.String(length=32), nullable=True),
        sa.Column("master", sa.JSON(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("frame_storage", sa.JSON(), nullable=True),
        sa.Column("master_text", sa.Text(), nullable=True),
        sa.Column("query_text", sa.Text(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_comparisons_library_id"),
        *_chore_columns("comparisons"),
    )
    op.create_index("ix_comparisons_listing", "comparisons", ["account_id", "created", "id"])


def _limit_keys() -> None:
    with op.batch_alter_table("access_keys") as table:
        table.add_column(sa.Column("expires", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("token_sealed", sa.Text(), nullable=True))
        table.add_column(sa.Column("allowed_operations", sa.JSON(), nullable=True))
        table.add_column(sa.Column("allowed_libraries", sa.JSON(), nullable=True))


def _chore_columns(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("pipeline_id", sa.Text(), nullable=True),
        sa.Column("user_data", sa.Text(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{table}_account_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
