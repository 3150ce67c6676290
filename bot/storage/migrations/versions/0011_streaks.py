"""Streaks: the author's own day of an answer, a member's own zone, and whether they want to hear of their streak."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answers", sa.Column("own_day", sa.Date(), nullable=True))
    op.add_column("members", sa.Column("own_zone", sa.String(length=64), nullable=True))
    op.add_column("members", sa.Column("streaks", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
