"""What members remember, who wants to be asked again, and what they were asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(length=120), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_cards_member_id_members")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_cards_group_id_groups")),
        sa.PrimaryKeyConstraint("member_id", "question_id", name=op.f("pk_cards")),
    )
    op.create_index("ix_cards_due", "cards", ["due_at"])
    op.create_table(
        "repeaters",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("channel_id", sa.String(length=64), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_repeaters_member_id_members")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_repeaters_group_id_groups")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_repeaters")),
    )
    op.create_index("ix_repeaters_next", "repeaters", ["next_at"])
    op.create_table(
        "reasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.String(length=120), nullable=False),
        sa.Column("question_hash", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("guess_millis", sa.Integer(), nullable=True),
        sa.Column("score_millis", sa.Integer(), nullable=True),
        sa.Column("review", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_reasks_group_id_groups")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_reasks_member_id_members")),
        sa.ForeignKeyConstraint(
            ["question_hash"], ["question_copies.hash"], name=op.f("fk_reasks_question_hash_question_copies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reasks")),
    )
    op.create_index(op.f("ix_reasks_first_id"), "reasks", ["first_id"])
    op.create_index("ix_reasks_member", "reasks", ["member_id", "question_id"])
    op.create_index("ix_reasks_group", "reasks", ["group_id", "answered_at"])


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
