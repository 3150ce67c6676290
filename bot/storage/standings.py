"""The standings' shelf: the event log of points, and the totals kept with it in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, func, or_, select, tuple_, update

from bot.domain.standings import Period, Row, keys_of
from bot.shelves import Booking
from bot.storage.tables import members, point_events, tallies, totals
from bot.storage.tallies import Tallies, tallies_of
from bot.storage.work import insert_for, inserted

#: Group, period, its key, and member or points: what names a line of totals or tallies.
Key = tuple[int, str, str, int]
#: What such a line holds: points and answers, or people.
Sums = tuple[int, ...]

#: So many rows are made anew in one statement.
ROWS_AT_ONCE = 200


class SqlStandings:
    """Points and boards of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._tallies = Tallies(conn)

    def book(self, group: int, booking: Booking, now: datetime) -> bool:
        """Adds an event and moves the totals of every period of its day; False for a repeated key."""
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
        if added:
            self._move(group, booking)
        return added

    def _move(self, group: int, booking: Booking) -> None:
        """The member's totals, and with them how many members have how many points."""
        sums = (booking.points, booking.answers)
        self._add(group, booking.member, {(period.value, key): sums for period, key in keys_of(booking.day)})

    def _add(self, group: int, member: int, changes: Mapping[tuple[str, str], tuple[int, int]]) -> None:
        """Adds points and answers to a member's totals, named by period and key."""
        insert = insert_for(self._conn, totals).values(
            [
                {
                    "group_id": group,
                    "period": period,
                    "period_key": key,
                    "member_id": member,
                    "points": points,
                    "answers": answers,
                }
                for (period, key), (points, answers) in changes.items()
            ]
        )
        moved = self._conn.execute(
            insert.on_conflict_do_update(
                index_elements=["group_id", "period", "period_key", "member_id"],
                set_={
                    "points": totals.c.points + insert.excluded.points,
                    "answers": totals.c.answers + insert.excluded.answers,
                },
            ).returning(totals.c.period, totals.c.period_key, totals.c.points)
        ).all()
        for row in moved:
            points, _ = changes[row.period, row.period_key]
            self._tallies.move(group, row.period, row.period_key, row.points - points, row.points)

    def hand_over(self, group: int, giver: int, taker: int) -> None:
        """All points of a member are another's from now on, in the log as well."""
        log = point_events.c
        mine = (log.group_id == group, log.member_id == giver)
        self._conn.execute(update(point_events).where(*mine).values(member_id=taker))
        theirs = delete(totals).where(totals.c.group_id == group, totals.c.member_id == giver).returning(totals)
        given = self._conn.execute(theirs).all()
        for row in given:
            self._tallies.move(group, row.period, row.period_key, row.points, 0)
        for start in range(0, len(given), ROWS_AT_ONCE):
            some = given[start : start + ROWS_AT_ONCE]
            self._add(group, taker, {(row.period, row.period_key): (row.points, row.answers) for row in some})

    def take_over(self, group: int, former: int) -> None:
        """All points of the former group are this one's from now on; ranks are counted anew."""
        self._tallies.write()
        self._conn.execute(delete(tallies).where(tallies.c.group_id == former))
        for table in (point_events, totals):
            self._conn.execute(update(table).where(table.c.group_id == former).values(group_id=group))
        self.recompute(group)

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
        """The best members with points, best first, of equal ones the newest. Hidden members have an empty name."""
        points, member = totals.c.points, totals.c.member_id
        # Cut off in the index, before anybody's name is looked up.
        best = select(member).where(*_of(totals, group, period, key), points > 0).order_by(points.desc(), member.desc())
        board = self._board(group, period, key).where(member.in_(best.limit(most)))
        return self._rows(board.order_by(points.desc(), member.desc()))

    def own(self, group: int, period: Period, key: str, member: int) -> Row | None:
        """A member's own total, also without points."""
        rows = self._rows(self._board(group, period, key).where(totals.c.member_id == member))
        return rows[0] if rows else None

    def ahead_of(self, group: int, period: Period, key: str, points: int) -> int:
        """How many members have more points than this."""
        return self._tallies.above(group, period, key, points)

    def people(self, group: int, period: Period, key: str) -> int:
        """How many members have points."""
        return self._tallies.people(group, period, key)

    def neighbours(self, group: int, period: Period, key: str, row: Row, each_side: int) -> Sequence[Row]:
        """The members with points right above and below, best first, the row itself left out."""
        points, member = totals.c.points, totals.c.member_id
        # The bound on points alone lets the index begin in the right place.
        above = and_(points >= max(row.points, 1), or_(points > row.points, member > row.member_id))
        below = and_(points <= row.points, points > 0, or_(points < row.points, member < row.member_id))
        # Their numbers first, from the index alone: very many may have the same points.
        some = select(member).where(*_of(totals, group, period, key)).limit(each_side)
        board = self._board(group, period, key).order_by(points.desc(), member.desc())
        return [
            *self._rows(board.where(member.in_(some.where(above).order_by(points, member)))),
            *self._rows(board.where(member.in_(some.where(below).order_by(points.desc(), member.desc())))),
        ]

    def _board(self, group: int, period: Period, key: str) -> Select[Any]:
        return (
            select(
                totals.c.member_id,
                totals.c.points,
                totals.c.answers,
                members.c.name,
                members.c.alias,
                members.c.hidden,
                members.c.left,
            )
            .join(members, members.c.id == totals.c.member_id)
            .where(*_of(totals, group, period, key))
        )

    def _rows(self, query: Select[Any]) -> list[Row]:
        found = self._conn.execute(query).all()
        return [Row(row.member_id, _shown(row), row.points, row.answers) for row in found]

    # proof

    def differences(self, group: int | None) -> int:
        """How many totals and tallies differ from what the event log gives; of all groups with None."""
        wrong_totals, wrong_tallies = self._wrong(group)
        return len(wrong_totals) + len(wrong_tallies)

    def recompute(self, group: int | None) -> int:
        """Makes totals and tallies anew from the event log; returns how many differed (F44)."""
        wrong_totals, wrong_tallies = self._wrong(group)
        self._replace(totals, wrong_totals)
        self._replace(tallies, wrong_tallies)
        return len(wrong_totals) + len(wrong_tallies)

    def _wrong(self, group: int | None) -> tuple[dict[Key, Sums | None], dict[Key, Sums | None]]:
        """The wrong lines of both tables with what belongs there; None where nothing does."""
        right = self._from_log(group)
        counted = {key: (people,) for key, people in tallies_of({key: sums[0] for key, sums in right.items()}).items()}
        kept = {key: (people,) for key, people in self._tallies.kept(group).items()}
        return _differing(self._kept(group), right, (0, 0)), _differing(kept, counted, (0,))

    def _replace(self, table: Table, wrong: Mapping[Key, Sums | None]) -> None:
        """`wrong` names each line by the table's primary key, and has the values of its other columns."""
        name = tuple_(*table.primary_key.columns)
        columns = table.columns.keys()
        lines = list(wrong.items())
        for start in range(0, len(lines), ROWS_AT_ONCE):
            some = lines[start : start + ROWS_AT_ONCE]
            self._conn.execute(delete(table).where(name.in_([key for key, _ in some])))
            rows = [dict(zip(columns, (*key, *sums), strict=True)) for key, sums in some if sums is not None]
            if rows:
                self._conn.execute(table.insert(), rows)

    def _kept(self, group: int | None) -> dict[Key, Sums]:
        rows = self._conn.execute(select(totals).where(*([] if group is None else [totals.c.group_id == group])))
        return {(row.group_id, row.period, row.period_key, row.member_id): (row.points, row.answers) for row in rows}

    def _from_log(self, group: int | None) -> dict[Key, Sums]:
        log = point_events.c
        rows = self._conn.execute(
            select(log.group_id, log.member_id, log.day, func.sum(log.points), func.sum(log.answers))
            .where(*([] if group is None else [log.group_id == group]))
            .group_by(log.group_id, log.member_id, log.day)
        )
        sums: dict[Key, Sums] = {}
        for of_group, member, day, points, answers in rows:
            for period, key in keys_of(day):
                name = (of_group, period.value, key, member)
                had = sums.get(name, (0, 0))
                sums[name] = (had[0] + int(points), had[1] + int(answers))
        return sums


def _of(table: Table, group: int, period: Period, key: str) -> tuple[ColumnElement[bool], ...]:
    return (table.c.group_id == group, table.c.period == period.value, table.c.period_key == key)


def _shown(row: Any) -> str:
    """The name they go by, unless it is hidden or its bearer left."""
    return "" if row.hidden or row.left else str(row.alias or row.name)


def _differing(kept: Mapping[Key, Sums], right: Mapping[Key, Sums], nothing: Sums) -> dict[Key, Sums | None]:
    names = kept.keys() | right.keys()
    return {name: right.get(name) for name in names if kept.get(name, nothing) != right.get(name, nothing)}
