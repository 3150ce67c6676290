"""What reviews cost, and the limits that organisers set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spendings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_spendings_group_id_groups")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_spendings_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spendings")),
    )
    op.create_index("ix_spendings_group_day", "spendings", ["group_id", "day"])
    op.create_index("ix_spendings_member_at", "spendings", ["member_id", "at"])
    op.create_table(
        "budgets",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("span", sa.String(length=16), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=True),
        sa.Column("micros", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_budgets_group_id_groups")),
        sa.PrimaryKeyConstraint("group_id", "span", name=op.f("pk_budgets")),
    )


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
