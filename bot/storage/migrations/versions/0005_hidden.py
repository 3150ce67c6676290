"""A track may hide answers until the close; authors agree that theirs are shown; long answers and files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tracks", sa.Column("showing", sa.String(length=16), nullable=False, server_default="open"))
    op.add_column("postings", sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "answer_reads",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_answer_reads_answer_id_answers")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_answer_reads_group_id_groups")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_reads")),
    )
    op.create_table(
        "answer_consents",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("born", sa.Integer(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_answer_consents_answer_id_answers")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_answer_consents_group_id_groups")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_consents")),
    )

    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_drafts_group_id_groups")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_drafts_posting_id_postings")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_drafts_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_posting", "drafts", ["posting_id", "member_id", "state"])
    op.create_table(
        "message_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("thread_message_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_message_files_group_id_groups")),
        sa.ForeignKeyConstraint(
            ["thread_message_id"],
            ["thread_messages.id"],
            name=op.f("fk_message_files_thread_message_id_thread_messages"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_files")),
    )
    op.create_index(op.f("ix_message_files_thread_message_id"), "message_files", ["thread_message_id"])


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
