"""Boards of each track and channel, and of growth, beside the group's: the log says where points were earned.

What stands so far is the group's board, and stays. The others are made from the log, in Python, since SQLite knows no
ISO weeks. And which answers earn no points.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WHERE_EARNED = """
    update point_events set
        track_id = (select track_id from askings where askings.id = point_events.asking_id),
        place_id = (
            select min(track_channels.id) from answers
            join postings on postings.id = answers.posting_id
            join track_channels on track_channels.group_id = postings.group_id
                and track_channels.platform = postings.platform
                and track_channels.workspace = postings.workspace
                and track_channels.channel_id = postings.channel_id
            where answers.id = point_events.answer_id
        ),
        growth = exists (select 1 from answers where answers.id = point_events.answer_id and answers.attempt = 2)
"""
_LOG = """
    select group_id, member_id, day, track_id, place_id, growth, sum(points) as points, sum(answers) as answers
    from point_events group by group_id, member_id, day, track_id, place_id, growth
"""


def upgrade() -> None:
    op.add_column("point_events", sa.Column("track_id", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("point_events", sa.Column("place_id", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("point_events", sa.Column("growth", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text(_WHERE_EARNED))
    for table in ("totals", "tallies"):
        op.execute(sa.text(f"create table {table}_before as select * from {table}"))
        op.drop_table(table)
    _make_tables()
    _keep("totals", "member_id, points, answers")
    _keep("tallies", "points, people")
    _add_boards()
    op.create_table(
        "unscored",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("like_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_unscored_answer_id_answers")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_unscored_group_id_groups")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_unscored")),
    )


def _make_tables() -> None:
    op.create_table(
        "totals",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("board", sa.String(length=32), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("period_key", sa.String(length=10), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_totals_group_id_groups")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_totals_member_id_members")),
        sa.PrimaryKeyConstraint("group_id", "board", "period", "period_key", "member_id", name=op.f("pk_totals")),
    )
    op.create_index("ix_totals_points", "totals", ["group_id", "board", "period", "period_key", "points", "member_id"])
    op.create_table(
        "tallies",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("board", sa.String(length=32), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("period_key", sa.String(length=10), nullable=False),
        sa.Column("points", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_tallies_group_id_groups")),
        sa.PrimaryKeyConstraint("group_id", "board", "period", "period_key", "points", name=op.f("pk_tallies")),
        sqlite_with_rowid=False,
    )


def _keep(table: str, values: str) -> None:
    names = "group_id, period, period_key"
    op.execute(
        sa.text(f"insert into {table} (board, {names}, {values}) select 'all', {names}, {values} from {table}_before")
    )
    op.drop_table(f"{table}_before")


def _add_boards() -> None:
    """Totals and tallies of every board but the group's, from the log."""
    totals: dict[tuple[object, ...], list[int]] = {}
    log = sa.text(_LOG).columns(day=sa.Date(), growth=sa.Boolean())
    for row in op.get_bind().execute(log):
        boards = [f"track:{row.track_id}", f"channel:{row.place_id}"]
        if row.growth:
            boards += ["growth", *(f"growth:{board}" for board in boards)]
        for board in boards:
            for period, key in _periods(row):
                sums = totals.setdefault((row.group_id, board, period, key, row.member_id), [0, 0])
                sums[0] += int(row.points)
                sums[1] += int(row.answers)
    names = ("group_id", "board", "period", "period_key")
    _insert("totals", (*names, "member_id", "points", "answers"), [(*key, *sums) for key, sums in totals.items()])
    people: dict[tuple[object, ...], int] = {}
    for (*line, _), (points, _) in totals.items():
        for held in (points, 0) if points > 0 else ():
            people[(*line, held)] = people.get((*line, held), 0) + 1
    _insert("tallies", (*names, "points", "people"), [(*key, count) for key, count in people.items()])


def _periods(row: sa.Row[tuple[object, ...]]) -> list[tuple[str, str]]:
    day = row.day
    year, week, _ = day.isocalendar()
    return [
        ("day", day.isoformat()),
        ("week", f"{year:04d}-W{week:02d}"),
        ("month", f"{day.year:04d}-{day.month:02d}"),
        ("season", f"{day.year:04d}-Q{(day.month + 2) // 3}"),
        ("all", "all"),
    ]


def _insert(table: str, names: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    if rows:
        values = [dict(zip(names, row, strict=True)) for row in rows]
        op.bulk_insert(sa.table(table, *map(sa.column, names)), values)


def downgrade() -> None:
    raise NotImplementedError("a database is not downgraded: restore the backup made before the upgrade")
