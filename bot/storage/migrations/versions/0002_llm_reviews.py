"""A review keeps the levels, words and flag of a reviewer that understands, and which text it is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reviews", sa.Column("text_hash", sa.String(length=32)))
    op.add_column("reviews", sa.Column("levels", sa.Text()))
    op.add_column("reviews", sa.Column("advice", sa.Text()))
    op.add_column("reviews", sa.Column("flag", sa.String(length=16)))
    op.create_index("ix_reviews_same_text", "reviews", ["group_id", "rubric_hash", "text_hash"])


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
