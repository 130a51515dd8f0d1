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


def downgrade() -> None:
    for table in ("notifications", "pipelines"):
        op.drop_table(table)


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
