"""The storage the services see: transactions with shelves, on the database of `engine.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, func, select

from bot.ports import Clock
from bot.shelves import WorkView
from bot.storage import work
from bot.storage.answers import SqlAnswers
from bot.storage.appeals import SqlAppeals, SqlHints
from bot.storage.asking import SqlAsking
from bot.storage.audits import SqlAudits
from bot.storage.budgets import SqlBudgets
from bot.storage.codes import SqlCodes
from bot.storage.dashboard import SqlDashboard
from bot.storage.delivery import SqlDelivery
from bot.storage.digests import SqlDigests
from bot.storage.drafts import SqlDrafts
from bot.storage.engine import Database
from bot.storage.fairness import SqlFairness
from bot.storage.guesses import SqlGuesses
from bot.storage.hidden import SqlHidden
from bot.storage.joining import SqlJoining
from bot.storage.members import SqlMembers
from bot.storage.question_health import SqlQuestionHealth
from bot.storage.repetition import SqlRepetition
from bot.storage.reviews import SqlReviews
from bot.storage.rounds import SqlRounds
from bot.storage.standings import SqlStandings
from bot.storage.streaks import SqlStreaks

T = TypeVar("T")


class SqlTx:
    """One transaction with its shelves."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn = conn
        self._now = now
        self.members = SqlMembers(conn)
        self.codes = SqlCodes(conn)
        self.joining = SqlJoining(conn)
        self.asking = SqlAsking(conn)
        self.answers = SqlAnswers(conn)
        self.reviews = SqlReviews(conn)
        self.budgets = SqlBudgets(conn)
        self.audits = SqlAudits(conn)
        self.hidden = SqlHidden(conn)
        self.drafts = SqlDrafts(conn)
        self.digests = SqlDigests(conn)
        self.standings = SqlStandings(conn)
        self.streaks = SqlStreaks(conn)
        self.fairness = SqlFairness(conn)
        self.hints = SqlHints(conn)
        self.appeals = SqlAppeals(conn)
        self.guesses = SqlGuesses(conn)
        self.repetition = SqlRepetition(conn)
        self.rounds = SqlRounds(conn)
        self.question_health = SqlQuestionHealth(conn)
        self.dashboard = SqlDashboard(conn)
        self.delivery = SqlDelivery(conn)

    def owe(self, story: str, key: str, group: int, *args: int | str, not_before: datetime | None = None) -> None:
        """Writes down, in this transaction, that a story must be told; the same key again changes nothing. A group that
        has joined another is told of as that one."""
        group = self.members.group_now(group)
        work.owe(self._conn, story, key, group, [group, *args], self._now, not_before)

    def bring_forward(self, key: str, at: datetime) -> bool:
        """What waits under this key is owed from then on; False where nothing does, or it was handed over already."""
        return work.bring_forward(self._conn, key, at, self._now)

    def work(self, group: int) -> WorkView:
        """What is owed and parked for a group."""
        count, oldest = self._conn.execute(
            select(func.count(), func.min(work.owed.c.created_at)).where(work.owed.c.group_id == group)
        ).one()
        parked = [(line.story, line.why) for line in work.parked_stories(self._conn, group, 5)]
        return WorkView(count, oldest, parked)


class SqlStorage:
    """`bot.ports.Storage` on SQLite or PostgreSQL."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def write(self, work: Callable[[SqlTx], T]) -> T:
        """Runs `work` in a transaction and returns after the commit."""
        now = self._clock.now()
        return await self._database.write(lambda conn: work(SqlTx(conn, now)))

    async def read(self, work: Callable[[SqlTx], T]) -> T:
        """Runs `work` against one consistent picture of the data."""
        now = self._clock.now()
        return await self._database.read(lambda conn: work(SqlTx(conn, now)))
