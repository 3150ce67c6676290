"""A track has a weekly digest, and may have a goal for its group. When the next digest is due is settled by a tick."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("tracks", sa.Column("digest_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tracks", sa.Column("goal_answers", sa.Integer(), nullable=True))
    op.add_column("tracks", sa.Column("goal_share", sa.Integer(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
