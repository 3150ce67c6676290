"""The budgets shelf, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    delete,
    distinct,
    func,
    select,
    update,
)

from bot.domain.budgets import (
    HOUR,
    Amount,
    Limit,
    Limits,
    Span,
    Usage,
    Used,
    first_of_month,
    today,
)
from bot.ports import Story
from bot.shelves import Total
from bot.storage.types import RowId, UtcDateTime, metadata
from bot.storage.work import insert_for, owed

#: One review's calls. A row that is not settled holds what is set aside for a call under way, or for one that was
#: killed (FAULTS 34). `day` is UTC's; `micros` are millionths of a US dollar.
spendings = Table(
    "spendings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("model", String(120), nullable=False),
    Column("calls", Integer, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("micros", BigInteger, nullable=False),
    Column("settled", Boolean, nullable=False),
    Index("ix_spendings_group_day", "group_id", "day"),
    Index("ix_spendings_member_at", "member_id", "at"),
)

#: Limits that organisers set. A row with neither says that there is none.
budgets = Table(
    "budgets",
    metadata,
    Column("group_id", ForeignKey("groups.id"), primary_key=True),
    Column("span", String(16), primary_key=True),
    Column("tokens", BigInteger),
    Column("micros", BigInteger),
)


class SqlBudgets:
    """The books in one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def hold(self, group: int) -> None:
        """Until the transaction ends nobody else sets anything aside in this group. SQLite has one writer."""
        if self._conn.dialect.name == "postgresql":
            key = func.hashtextextended(f"budget\n{group}", 0)
            self._conn.execute(select(func.pg_advisory_xact_lock(key)))

    def limits(self, group: int) -> Limits:
        """The limits that organisers set; spans they said nothing about are left out."""
        rows = self._conn.execute(select(budgets).where(budgets.c.group_id == group))
        return {Span(row.span): Limit(row.tokens, row.micros) for row in rows}

    def set_limit(self, group: int, span: Span, limit: Limit | None) -> None:
        """Sets a limit; None goes back to what holds without one."""
        self._conn.execute(delete(budgets).where(budgets.c.group_id == group, budgets.c.span == span.value))
        if limit is not None:
            values = {"group_id": group, "span": span.value, "tokens": limit.tokens, "micros": limit.micros}
            self._conn.execute(insert_for(self._conn, budgets).values(values).on_conflict_do_nothing())

    def used(self, group: int, member: int, now: datetime, longest: timedelta) -> Used:
        """What the group and this member have spent so far. A review that began longer ago than `longest` is not under
        way any more."""
        day = today(now)
        own = (spendings.c.member_id == member, spendings.c.day == day)
        begun = self._begun(group, member, now)
        return Used(
            self.total(group, first_of_month(day)).amount,
            self.total(group, day).amount,
            _total(self._sums(group, *own)).amount,
            self._others(group, member, day),
            tuple(row.at for row in begun),
            sum(not row.settled and row.at > now - longest for row in begun),
        )

    def _begun(self, group: int, member: int, now: datetime) -> Sequence[Any]:
        mine = (spendings.c.group_id == group, spendings.c.member_id == member, spendings.c.at > now - HOUR)
        return self._conn.execute(
            select(spendings.c.at, spendings.c.settled).where(*mine).order_by(spendings.c.at)
        ).all()

    def _others(self, group: int, member: int, day: date) -> int:
        others = (spendings.c.group_id == group, spendings.c.day == day, spendings.c.member_id != member)
        return int(self._conn.execute(select(func.count(distinct(spendings.c.member_id))).where(*others)).scalar_one())

    def set_aside(self, group: int, member: int, call: Usage, cost: Amount, now: datetime) -> int:
        """Books a call that is about to be made; returns the number of the booking."""
        values = {
            "group_id": group,
            "member_id": member,
            "day": today(now),
            "at": now,
            "model": call.model,
            "calls": 1,
            "tokens_in": call.tokens_in,
            "tokens_out": call.tokens_out,
            "micros": cost.micros,
            "settled": False,
        }
        return int(self._conn.execute(spendings.insert().values(values).returning(spendings.c.id)).scalar_one())

    def settle(self, group: int, booking: int, calls: Sequence[Usage], cost: Amount) -> None:
        """Books what was spent instead of what was set aside; nothing where no call was made. Again changes nothing."""
        mine = (spendings.c.group_id == group, spendings.c.id == booking, spendings.c.settled.is_(False))
        if not calls:
            self._conn.execute(delete(spendings).where(*mine))
            return
        values = {
            "model": calls[-1].model,
            "calls": len(calls),
            "tokens_in": sum(call.tokens_in for call in calls),
            "tokens_out": sum(call.tokens_out for call in calls),
            "micros": cost.micros,
            "settled": True,
        }
        self._conn.execute(update(spendings).where(*mine).values(values))

    def total(self, group: int, since: date) -> Total:
        """What the group has spent since then, what is set aside included."""
        return _total(self._sums(group, spendings.c.day >= since))

    def _sums(self, group: int, *wanted: Any) -> Row[Any]:
        sums = [
            func.coalesce(func.sum(column), 0)
            for column in (spendings.c.calls, spendings.c.tokens_in, spendings.c.tokens_out, spendings.c.micros)
        ]
        return self._conn.execute(select(*sums).where(spendings.c.group_id == group, *wanted)).one()

    def wake(self, group: int, now: datetime) -> None:
        """Reviews of this group that wait for a later time are told now."""
        waiting = (owed.c.group_id == group, owed.c.story == Story.REVIEW_ANSWER.value, owed.c.not_before > now)
        self._conn.execute(update(owed).where(*waiting).values(not_before=now))
        self._conn.info["owed"] = True

    def join(self, group: int, former: int) -> None:
        """Before a former group's rows become the group's: where both set a limit, the group's own stands."""
        own = select(budgets.c.span).where(budgets.c.group_id == group)
        self._conn.execute(delete(budgets).where(budgets.c.group_id == former, budgets.c.span.in_(own)))


def _total(row: Row[Any]) -> Total:
    calls, tokens_in, tokens_out, micros = map(int, row)
    return Total(calls, Amount(tokens_in + tokens_out, micros))
