"""The dashboard's shelf, and its tables. Visits are found by their cookie alone, as codes are by theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, String, Table, delete, func, select

from bot.domain.dashboard import Pass
from bot.domain.refs import UserRef
from bot.domain.standings import WHOLE_GROUP, Period
from bot.shelves import AnswerState, PastAnswer, PastPeriod
from bot.storage.appeals import appeals
from bot.storage.tables import answers, askings, reviews, totals
from bot.storage.types import UtcDateTime, metadata
from bot.storage.work import insert_for

#: One row: the key that signs links. It lies beside what it opens, so that all processes have the same.
dashboard_keys = Table(
    "dashboard_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

dashboard_visits = Table(
    "dashboard_visits",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Index(None, "until"),
)

_ONLY = 1


class SqlDashboard:
    """The dashboard of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def key(self) -> bytes | None:
        """The key that signs links; None while nobody has asked for one."""
        found = self._conn.execute(select(dashboard_keys.c.key)).scalar()
        return None if found is None else bytes.fromhex(found)

    def make_key(self, key: bytes, now: datetime) -> bytes:
        """The key from now on, unless there is one already; returns the one that holds."""
        new = insert_for(self._conn, dashboard_keys).values(id=_ONLY, key=key.hex(), made_at=now)
        self._conn.execute(new.on_conflict_do_nothing())
        made = self.key()
        assert made is not None
        return made

    def open_visit(self, hash: str, granted: Pass, now: datetime) -> None:
        """Somebody is let in; only the hash of their cookie is kept. Visits that are over are forgotten."""
        self._conn.execute(delete(dashboard_visits).where(dashboard_visits.c.until <= now))
        user = granted.user
        self._conn.execute(
            dashboard_visits.insert().values(
                hash=hash,
                group_id=granted.group,
                platform=user.platform,
                workspace=user.workspace,
                user_id=user.id,
                until=granted.until,
            )
        )

    def visit(self, hash: str) -> Pass | None:
        """The visit of a cookie."""
        row = self._conn.execute(select(dashboard_visits).where(dashboard_visits.c.hash == hash)).first()
        return None if row is None else Pass(row.group_id, UserRef(row.platform, row.workspace, row.user_id), row.until)

    def close_visit(self, hash: str) -> None:
        """The cookie is worth nothing any more."""
        self._conn.execute(delete(dashboard_visits).where(dashboard_visits.c.hash == hash))

    def past_answers(self, group: int, member: int, most: int, before: int | None = None) -> Sequence[PastAnswer]:
        """A member's newest answers, newest first, withdrawn ones left out; those older than `before` where given."""
        counts = func.coalesce(appeals.c.score_millis, reviews.c.score_millis).label("millis")
        mine = [
            answers.c.group_id == group,
            answers.c.member_id == member,
            answers.c.attempt > 0,
            answers.c.state != AnswerState.WITHDRAWN,
            askings.c.question_hash.is_not(None),
        ]
        if before is not None:
            mine.append(answers.c.id < before)
        rows = self._conn.execute(
            select(answers, askings.c.question_hash, counts)
            .join(askings, askings.c.id == answers.c.asking_id)
            .outerjoin(reviews, (reviews.c.answer_id == answers.c.id) & (reviews.c.version == answers.c.version))
            .outerjoin(appeals, (appeals.c.answer_id == answers.c.id) & (appeals.c.version == answers.c.version))
            .where(*mine)
            .order_by(answers.c.id.desc())
            .limit(most)
        )
        return [
            PastAnswer(
                row.id,
                row.attempt,
                row.day,
                row.late,
                AnswerState(row.state),
                row.question_hash,
                None if row.millis is None else row.millis / 1000,
            )
            for row in rows
        ]

    def past_periods(self, group: int, member: int, period: Period, keys: Sequence[str]) -> Sequence[PastPeriod]:
        """What a member earned in each of these periods; those without anything are left out."""
        c = totals.c
        rows = self._conn.execute(
            select(c.period_key, c.points, c.answers)
            .where(
                c.group_id == group,
                c.board == WHOLE_GROUP.key,
                c.period == period,
                c.period_key.in_(keys),
                c.member_id == member,
            )
            .order_by(c.period_key)
        )
        return [PastPeriod(row.period_key, row.points, row.answers) for row in rows]
