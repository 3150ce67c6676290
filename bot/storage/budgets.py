"""The budgets shelf, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    distinct,
    func,
    not_,
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


# What every review asks before it begins, put together once: making a statement takes longer than running it.
_s = spendings.c
_GROUP, _MEMBER, _TODAY = _s.group_id == bindparam("of"), _s.member_id == bindparam("who"), _s.day == bindparam("today")
_SPENT = (_s.tokens_in + _s.tokens_out, _s.micros)


def _sums(*wanted: ColumnElement[bool]) -> list[ColumnElement[int]]:
    return [func.coalesce(func.sum(each).filter(*wanted), 0) for each in _SPENT]


_OTHERS = func.count(distinct(_s.member_id)).filter(_TODAY, not_(_MEMBER))
_USED = select(
    *(func.coalesce(func.sum(each), 0) for each in _SPENT), *_sums(_TODAY), *_sums(_TODAY, _MEMBER), _OTHERS
).where(_GROUP, _s.day >= bindparam("month"))
_BEGUN = select(_s.at, _s.settled).where(_GROUP, _MEMBER, _s.at > bindparam("since")).order_by(_s.at)
_LIMITS = select(budgets).where(budgets.c.group_id == bindparam("of"))
_BOOKING = (_GROUP, _s.id == bindparam("one"), _s.settled.is_(False))
_SET_ASIDE = spendings.insert().returning(_s.id)
_SETTLE, _NOTHING_SPENT = update(spendings).where(*_BOOKING), delete(spendings).where(*_BOOKING)


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
        rows = self._conn.execute(_LIMITS, {"of": group})
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
        day, mine = today(now), {"of": group, "who": member}
        sums = self._conn.execute(_USED, {**mine, "today": day, "month": first_of_month(day)}).one()
        *spent, others = map(int, sums)
        month, this_day, own = (Amount(*spent[at : at + 2]) for at in (0, 2, 4))
        begun = self._conn.execute(_BEGUN, {**mine, "since": now - HOUR}).all()
        under_way = sum(not row.settled and row.at > now - longest for row in begun)
        return Used(month, this_day, own, others, tuple(row.at for row in begun), under_way)

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
        return int(self._conn.execute(_SET_ASIDE, values).scalar_one())

    def settle(self, group: int, booking: int, calls: Sequence[Usage], cost: Amount) -> None:
        """Books what was spent instead of what was set aside; nothing where no call was made. Again changes nothing."""
        mine = {"of": group, "one": booking}
        if not calls:
            self._conn.execute(_NOTHING_SPENT, mine)
            return
        values = {
            "model": calls[-1].model,
            "calls": len(calls),
            "tokens_in": sum(call.tokens_in for call in calls),
            "tokens_out": sum(call.tokens_out for call in calls),
            "micros": cost.micros,
            "settled": True,
        }
        self._conn.execute(_SETTLE, {**mine, **values})

    def total(self, group: int, since: date) -> Total:
        """What the group has spent since then, what is set aside included."""
        sums = [func.coalesce(func.sum(each), 0) for each in (_s.calls, *_SPENT)]
        calls, tokens, micros = map(
            int, self._conn.execute(select(*sums).where(_s.group_id == group, _s.day >= since)).one()
        )
        return Total(calls, Amount(tokens, micros))

    def wake(self, group: int, now: datetime) -> None:
        """Reviews of this group that wait for a later time are told now."""
        waiting = (owed.c.group_id == group, owed.c.story == Story.REVIEW_ANSWER.value, owed.c.not_before > now)
        self._conn.execute(update(owed).where(*waiting).values(not_before=now))
        self._conn.info["owed"] = True

    def join(self, group: int, former: int) -> None:
        """Before a former group's rows become the group's: where both set a limit, the group's own stands."""
        own = select(budgets.c.span).where(budgets.c.group_id == group)
        self._conn.execute(delete(budgets).where(budgets.c.group_id == former, budgets.c.span.in_(own)))
