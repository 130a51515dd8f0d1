"""Uploads that are for one search only, and how large the media of a library are together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("uploads", sa.Column("job_id", sa.String(length=32), nullable=True))
    op.add_column("libraries", sa.Column("media_bytes", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE libraries SET media_bytes = (SELECT coalesce(sum(size_bytes), 0) FROM files"
        " WHERE files.library_id = libraries.id AND files.removed_revision IS NULL)"
    )
    with op.batch_alter_table("libraries") as table:
        table.alter_column("media_bytes", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("libraries") as table:
        table.drop_column("media_bytes")
    with op.batch_alter_table("uploads") as table:
        table.drop_column("job_id")
