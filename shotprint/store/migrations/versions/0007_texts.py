"""Of jobs: what kind of media they analyse, and what a text is said to be. All jobs until now are of videos."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No batch: that would make the table, which may be large, and its indexes anew.
    op.add_column("jobs", sa.Column("modality", sa.String(length=16), nullable=False, server_default="video"))
    op.add_column("jobs", sa.Column("text_type", sa.String(length=16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("jobs") as table:
        table.drop_column("text_type")
        table.drop_column("modality")
