"""Totals and tallies of the season, a quarter of the calendar, made from those of the months."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TOTALS = """
    insert into totals (group_id, period, period_key, member_id, points, answers)
    select group_id, 'season', season, member_id, sum(points), sum(answers)
    from (
        select group_id, member_id, points, answers,
            substr(period_key, 1, 4) || '-Q' || ((cast(substr(period_key, 6, 2) as integer) + 2) / 3) as season
        from totals where period = 'month'
    ) as months
    group by group_id, season, member_id
"""
# How many have exactly so many points; the line of 0 points tells how many have any.
_TALLIES = """
    insert into tallies (group_id, period, period_key, points, people)
    select group_id, period, period_key, {points}, count(*)
    from totals where period = 'season' and points > 0
    group by group_id, period, period_key{more}
"""


def upgrade() -> None:
    op.execute(sa.text(_TOTALS))
    op.execute(sa.text(_TALLIES.format(points="points", more=", points")))
    op.execute(sa.text(_TALLIES.format(points="0", more="")))


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
