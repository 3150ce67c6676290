"""The standings' shelf: the event log of points, and the totals kept with it in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, or_, select, tuple_

from bot.domain.standings import Period, Row, keys_of
from bot.shelves import Booking
from bot.storage.tables import members, point_events, totals
from bot.storage.work import insert_for, inserted

TotalKey = tuple[int, str, str, int]


class SqlStandings:
    """Points and boards of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def book(self, group: int, booking: Booking, now: datetime) -> bool:
        """Adds an event and moves the totals of its day, week, month and of all time; False for a repeated key."""
        added = inserted(
            self._conn,
            insert_for(self._conn, point_events)
            .values(
                group_id=group,
                key=booking.key,
                member_id=booking.member,
                asking_id=booking.asking,
                answer_id=booking.answer,
                points=booking.points,
                answers=booking.answers,
                day=booking.day,
                at=now,
            )
            .on_conflict_do_nothing(index_elements=["key"]),
        )
        if not added:
            return False
        insert = insert_for(self._conn, totals)
        self._conn.execute(
            insert.on_conflict_do_update(
                index_elements=["group_id", "period", "period_key", "member_id"],
                set_={
                    "points": totals.c.points + insert.excluded.points,
                    "answers": totals.c.answers + insert.excluded.answers,
                },
            ),
            [
                {
                    "group_id": group,
                    "period": period.value,
                    "period_key": key,
                    "member_id": booking.member,
                    "points": booking.points,
                    "answers": booking.answers,
                }
                for period, key in keys_of(booking.day)
            ],
        )
        return True

    def booked(self, group: int, answer: int) -> tuple[int, int]:
        """Points and answers booked for an answer so far."""
        row = self._conn.execute(
            select(
                func.coalesce(func.sum(point_events.c.points), 0), func.coalesce(func.sum(point_events.c.answers), 0)
            ).where(point_events.c.group_id == group, point_events.c.answer_id == answer)
        ).one()
        return int(row[0]), int(row[1])

    # boards

    def top(self, group: int, period: Period, key: str, most: int) -> Sequence[Row]:
        """The best members with points, best first, ties by name. Hidden members have an empty name."""
        best = self._board(group, period, key).order_by(totals.c.points.desc(), members.c.name, members.c.id)
        cut = (
            select(totals.c.points)
            .where(*_of(group, period, key), totals.c.points > 0)
            .order_by(totals.c.points.desc())
            .limit(1)
            .offset(most - 1)
        ).scalar_subquery()
        return self._rows(best.where(totals.c.points >= func.coalesce(cut, 1)).limit(most))

    def own(self, group: int, period: Period, key: str, member: int) -> Row | None:
        """A member's own total, also without points."""
        rows = self._rows(self._board(group, period, key, with_points=False).where(totals.c.member_id == member))
        return rows[0] if rows else None

    def ahead_of(self, group: int, period: Period, key: str, points: int) -> int:
        """How many members have more points than this."""
        return self._conn.execute(
            select(func.count()).select_from(totals).where(*_of(group, period, key), totals.c.points > points)
        ).scalar_one()

    def neighbours(self, group: int, period: Period, key: str, row: Row, each_side: int) -> Sequence[Row]:
        """The members with points right above and below, best first, the row itself left out."""
        points, member = totals.c.points, totals.c.member_id
        base = self._board(group, period, key)
        above = base.where(or_(points > row.points, and_(points == row.points, member < row.member_id)))
        below = base.where(or_(points < row.points, and_(points == row.points, member > row.member_id)))
        return [
            *reversed(self._rows(above.order_by(points, member.desc()).limit(each_side))),
            *self._rows(below.order_by(points.desc(), member).limit(each_side)),
        ]

    def people(self, group: int, period: Period, key: str) -> int:
        """How many members have points."""
        return self._conn.execute(
            select(func.count()).select_from(totals).where(*_of(group, period, key), totals.c.points > 0)
        ).scalar_one()

    def _board(self, group: int, period: Period, key: str, with_points: bool = True) -> Select[Any]:
        wanted = [*_of(group, period, key)] + ([totals.c.points > 0] if with_points else [])
        return (
            select(totals.c.member_id, totals.c.points, totals.c.answers, members.c.name, members.c.hidden)
            .join(members, members.c.id == totals.c.member_id)
            .where(*wanted)
        )

    def _rows(self, query: Select[Any]) -> list[Row]:
        found = self._conn.execute(query).all()
        return [Row(row.member_id, "" if row.hidden else row.name, row.points, row.answers) for row in found]

    # proof

    def differences(self, group: int | None) -> int:
        """How many totals differ from what the event log gives; of all groups with None."""
        kept, right = self._kept(group), self._from_log(group)
        return sum(kept.get(key, (0, 0)) != right.get(key, (0, 0)) for key in kept.keys() | right.keys())

    def recompute(self, group: int | None) -> int:
        """Makes the totals anew from the event log; returns how many differed (F44)."""
        kept, right = self._kept(group), self._from_log(group)
        wrong = [key for key in kept.keys() | right.keys() if kept.get(key, (0, 0)) != right.get(key, (0, 0))]
        name = tuple_(totals.c.group_id, totals.c.period, totals.c.period_key, totals.c.member_id)
        for start in range(0, len(wrong), 200):
            some = wrong[start : start + 200]
            self._conn.execute(delete(totals).where(name.in_(some)))
            rows = [_total(key, right[key]) for key in some if key in right]
            if rows:
                self._conn.execute(totals.insert(), rows)
        return len(wrong)

    def _kept(self, group: int | None) -> dict[TotalKey, tuple[int, int]]:
        rows = self._conn.execute(select(totals).where(*([] if group is None else [totals.c.group_id == group])))
        return {(row.group_id, row.period, row.period_key, row.member_id): (row.points, row.answers) for row in rows}

    def _from_log(self, group: int | None) -> dict[TotalKey, tuple[int, int]]:
        log = point_events.c
        rows = self._conn.execute(
            select(log.group_id, log.member_id, log.day, func.sum(log.points), func.sum(log.answers))
            .where(*([] if group is None else [log.group_id == group]))
            .group_by(log.group_id, log.member_id, log.day)
        )
        sums: dict[TotalKey, tuple[int, int]] = {}
        for of_group, member, day, points, answers in rows:
            for period, key in keys_of(day):
                name = (of_group, period.value, key, member)
                had = sums.get(name, (0, 0))
                sums[name] = (had[0] + int(points), had[1] + int(answers))
        return sums


def _of(group: int, period: Period, key: str) -> tuple[Any, ...]:
    return (totals.c.group_id == group, totals.c.period == period.value, totals.c.period_key == key)


def _total(key: TotalKey, sums: tuple[int, int]) -> dict[str, Any]:
    group, period, period_key, member = key
    return {
        "group_id": group,
        "period": period,
        "period_key": period_key,
        "member_id": member,
        "points": sums[0],
        "answers": sums[1],
    }
