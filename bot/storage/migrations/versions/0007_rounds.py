"""Mock rounds, their questions and turns, and loops."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mock_loops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_mock_loops_group_id_groups")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_mock_loops_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mock_loops")),
    )
    op.create_index(op.f("ix_mock_loops_member_id"), "mock_loops", ["member_id"])
    op.create_table(
        "mock_rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("loop_id", sa.Integer(), nullable=True),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("channel_id", sa.String(length=64), nullable=False),
        sa.Column("room_channel_id", sa.String(length=64), nullable=True),
        sa.Column("room_thread_id", sa.String(length=64), nullable=True),
        sa.Column("company", sa.String(length=60), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("floor", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("used_seconds", sa.Integer(), nullable=False),
        sa.Column("running_since", _AT, nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("opened_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=True),
        sa.Column("why", sa.String(length=16), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_mock_rounds_group_id_groups")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_mock_rounds_member_id_members")),
        sa.ForeignKeyConstraint(["loop_id"], ["mock_loops.id"], name=op.f("fk_mock_rounds_loop_id_mock_loops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mock_rounds")),
    )
    op.create_index(op.f("ix_mock_rounds_loop_id"), "mock_rounds", ["loop_id"])
    op.create_index(op.f("ix_mock_rounds_member"), "mock_rounds", ["member_id", "state"])
    op.create_index(op.f("ix_mock_rounds_room"), "mock_rounds", ["room_channel_id", "room_thread_id"])
    op.create_table(
        "mock_questions",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["mock_rounds.id"], name=op.f("fk_mock_questions_round_id_mock_rounds")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_mock_questions_group_id_groups")),
        sa.PrimaryKeyConstraint("round_id", "position", name=op.f("pk_mock_questions")),
    )
    op.create_table(
        "mock_turns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=True),
        sa.Column("at", _AT, nullable=False),
        sa.Column("said", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_mock_turns_group_id_groups")),
        sa.ForeignKeyConstraint(["round_id"], ["mock_rounds.id"], name=op.f("fk_mock_turns_round_id_mock_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mock_turns")),
        sa.UniqueConstraint("round_id", "message_id", name=op.f("uq_mock_turns_round_id_message_id")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_mock_turns_round_id_number")),
    )
    op.create_index(op.f("ix_mock_turns_message"), "mock_turns", ["message_id"])


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
