"""A track may ask again what its group is about to forget; such an asking knows the day on which it was asked last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("askings", sa.Column("asked_before", sa.Date(), nullable=True))
    # Answers from before cards were kept: who gave them is remembered from the next tick on.
    op.execute(
        "insert into cards (member_id, question_id, group_id)"
        " select answers.member_id, askings.question_id, min(answers.group_id) from answers"
        " join askings on askings.id = answers.asking_id"
        " where askings.question_id is not null and answers.state <> 'withdrawn' and not exists"
        " (select 1 from cards where cards.member_id = answers.member_id"
        " and cards.question_id = askings.question_id)"
        " group by answers.member_id, askings.question_id"
    )


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
