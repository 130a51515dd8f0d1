"""Of jobs: what kind of media they analyse, and what a text is said to be. All jobs until now are of videos."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("jobs") as table:
        table.add_column(sa.Column("modality", sa.String(length=16), nullable=False, server_default="video"))
        table.add_column(sa.Column("text_type", sa.String(length=16), nullable=True))
    with op.batch_alter_table("jobs") as table:
        table.alter_column("modality", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("jobs") as table:
        table.drop_column("text_type")
        table.drop_column("modality")
