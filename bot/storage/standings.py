"""The standings' shelf: the event log of points, and the totals kept with it in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import product
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from bot.domain.refs import ChannelRef
from bot.domain.standings import WHOLE_GROUP, Period, Row, Scope, keys_of, scopes_of
from bot.shelves import FIRST_ATTEMPT, AnswerState, Booking, Chances
from bot.storage.tables import (
    answers,
    askings,
    identities,
    members,
    point_events,
    postings,
    tallies,
    totals,
    track_channels,
    tracks,
)
from bot.storage.tallies import Tallies, tallies_of
from bot.storage.work import insert_on

#: Group, board, period, its key, and member or points: what names a line of totals or tallies.
Key = tuple[int, str, str, str, int]
#: What such a line holds: points and answers, or people.
Sums = tuple[int, ...]

#: So many rows are made anew in one statement.
ROWS_AT_ONCE = 200
TOTAL_NAMES = ("group_id", "board", "period", "period_key", "member_id", "points", "answers")

_channels, _places = track_channels.c, postings.c
_TRACK_OF = select(askings.c.track_id).where(askings.c.id == bindparam("asking")).scalar_subquery()
# The first line of a channel is its number: lines are never taken away.
_PLACE_OF = (
    select(func.min(_channels.id))
    .join(
        postings,
        and_(
            _places.platform == _channels.platform,
            _places.workspace == _channels.workspace,
            _places.channel_id == _channels.channel_id,
        ),
    )
    .join(answers, answers.c.posting_id == _places.id)
    .where(_channels.group_id == bindparam("of"), answers.c.id == bindparam("answer"))
    .scalar_subquery()
)
_BOOKED = select(
    func.coalesce(func.sum(point_events.c.points), 0), func.coalesce(func.sum(point_events.c.answers), 0)
).where(point_events.c.group_id == bindparam("of"), point_events.c.answer_id == bindparam("one"))
_BOARD = select(
    totals.c.member_id,
    totals.c.points,
    totals.c.answers,
    members.c.name,
    members.c.alias,
    members.c.hidden,
    members.c.left,
).join(members, members.c.id == totals.c.member_id)


class SqlStandings:
    """Points and boards of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._tallies = Tallies(conn)

    def book(self, group: int, booking: Booking, now: datetime) -> bool:
        """Adds an event and moves the totals of every board and period it counts for; False for a repeated key."""
        added = self._conn.execute(
            _event(self._conn.dialect.name),
            {
                "of": group,
                "key": booking.key,
                "member": booking.member,
                "asking": booking.asking,
                "answer": booking.answer,
                "points": booking.points,
                "answers": booking.answers,
                "day": booking.day,
                "growth": booking.growth,
                "at": now,
            },
        ).first()
        if added is not None:
            self._move(group, booking, scopes_of(added.track_id, added.place_id, booking.growth))
        return added is not None

    def _move(self, group: int, booking: Booking, scopes: Sequence[Scope]) -> None:
        """The member's totals, and with them how many members have how many points."""
        sums, periods = (booking.points, booking.answers), keys_of(booking.day)
        boards = {(scope.key, period.value, key): sums for scope in scopes for period, key in periods}
        self._add(group, booking.member, boards)

    def _add(self, group: int, member: int, changes: Mapping[tuple[str, str, str], Sums]) -> None:
        """Adds points and answers to a member's totals, named by board, period and key."""
        lines = [dict(zip(TOTAL_NAMES, (group, *name, member, *sums), strict=True)) for name, sums in changes.items()]
        for row in self._conn.execute(_adding(self._conn.dialect.name), lines):
            points, _ = changes[row.board, row.period, row.period_key]
            self._tallies.move(group, row.board, row.period, row.period_key, row.points - points, row.points)

    def hand_over(self, group: int, giver: int, taker: int) -> None:
        """All points of a member are another's from now on, in the log as well."""
        log = point_events.c
        mine = (log.group_id == group, log.member_id == giver)
        self._conn.execute(update(point_events).where(*mine).values(member_id=taker))
        theirs = delete(totals).where(totals.c.group_id == group, totals.c.member_id == giver).returning(totals)
        given = self._conn.execute(theirs).all()
        for row in given:
            self._tallies.move(group, row.board, row.period, row.period_key, row.points, 0)
        for start in range(0, len(given), ROWS_AT_ONCE):
            some = given[start : start + ROWS_AT_ONCE]
            boards = {(row.board, row.period, row.period_key): (row.points, row.answers) for row in some}
            self._add(group, taker, boards)

    def take_over(self, group: int, former: int) -> None:
        """All points of the former group are this one's from now on; ranks are counted anew."""
        self._tallies.write()
        self._conn.execute(delete(tallies).where(tallies.c.group_id == former))
        for table in (point_events, totals):
            self._conn.execute(update(table).where(table.c.group_id == former).values(group_id=group))
        self.recompute(group)

    def booked(self, group: int, answer: int) -> tuple[int, int]:
        """Points and answers booked for an answer so far."""
        row = self._conn.execute(_BOOKED, {"of": group, "one": answer}).one()
        return int(row[0]), int(row[1])

    # boards

    def top(self, group: int, period: Period, key: str, most: int, of: Scope = WHOLE_GROUP) -> Sequence[Row]:
        """The best members with points, best first, of equal ones the newest. Hidden members have an empty name."""
        points, member = totals.c.points, totals.c.member_id
        line = _line(totals, group, period, key, of)
        # Cut off in the index, before anybody's name is looked up.
        best = select(member).where(*line, points > 0).order_by(points.desc(), member.desc())
        board = _BOARD.where(*line, member.in_(best.limit(most)))
        return self._rows(board.order_by(points.desc(), member.desc()))

    def own(self, group: int, period: Period, key: str, member: int, of: Scope = WHOLE_GROUP) -> Row | None:
        """A member's own total, also without points."""
        rows = self._rows(_BOARD.where(*_line(totals, group, period, key, of), totals.c.member_id == member))
        return rows[0] if rows else None

    def ahead_of(self, group: int, period: Period, key: str, points: int, of: Scope = WHOLE_GROUP) -> int:
        """How many members have more points than this."""
        return self._tallies.above(group, period, key, points, of)

    def people(self, group: int, period: Period, key: str, of: Scope = WHOLE_GROUP) -> int:
        """How many members have points."""
        return self._tallies.people(group, period, key, of)

    def neighbours(
        self, group: int, period: Period, key: str, row: Row, each_side: int, of: Scope = WHOLE_GROUP
    ) -> Sequence[Row]:
        """The members with points right above and below, best first, the row itself left out."""
        points, member = totals.c.points, totals.c.member_id
        line = _line(totals, group, period, key, of)
        # The bound on points alone lets the index begin in the right place.
        above = and_(points >= max(row.points, 1), or_(points > row.points, member > row.member_id))
        below = and_(points <= row.points, points > 0, or_(points < row.points, member < row.member_id))
        # Their numbers first, from the index alone: very many may have the same points.
        some = select(member).where(*line).limit(each_side)
        board = _BOARD.where(*line).order_by(points.desc(), member.desc())
        return [
            *self._rows(board.where(member.in_(some.where(above).order_by(points, member)))),
            *self._rows(board.where(member.in_(some.where(below).order_by(points.desc(), member.desc())))),
        ]

    def channel_number(self, group: int, channel: ChannelRef) -> int | None:
        """The number of a channel's board; None where the group never asked there."""
        here = (_channels.platform == channel.platform, _channels.workspace == channel.workspace)
        found = select(func.min(_channels.id)).where(
            _channels.group_id == group, *here, _channels.channel_id == channel.id
        )
        return self._conn.execute(found).scalar()

    def unanswered(
        self, group: int, member: int, first: date | None, last: date | None, of: Scope = WHOLE_GROUP
    ) -> Chances:
        """Questions of these days (all days with None) that the member left out, of those posted in a space of
        theirs. One that waits for its review is not left out."""
        late = _places.posted_at < members.c.created_at
        rows = self._conn.execute(
            select(late.label("late"), func.count(askings.c.id.distinct()).label("questions"))
            .select_from(askings)
            .join(postings, and_(_places.asking_id == askings.c.id, _places.posted_at.is_not(None)))
            .join(members, members.c.id == member)
            .where(*_asked(group, first, last, of), _readable_by(member), ~_answered_by(member))
            .group_by(late)
        )
        counted = {bool(row.late): int(row.questions) for row in rows}
        return Chances(counted.get(False, 0), counted.get(True, 0))

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
        columns = [totals.c[name] for name in TOTAL_NAMES]
        rows = self._conn.execute(select(*columns).where(*([] if group is None else [totals.c.group_id == group])))
        return {(of, board, period, key, who): (earned, given) for of, board, period, key, who, earned, given in rows}

    def _from_log(self, group: int | None) -> dict[Key, Sums]:
        log = point_events.c
        alike = (log.group_id, log.member_id, log.day, log.track_id, log.place_id, log.growth)
        rows = self._conn.execute(
            select(*alike, func.sum(log.points).label("earned"), func.sum(log.answers).label("given"))
            .where(*([] if group is None else [log.group_id == group]))
            .group_by(*alike)
        )
        sums: dict[Key, Sums] = {}
        for group_id, member, day, track, place, growth, earned, given in rows:
            for board, period, key in _lines_of(track, place, growth, day):
                name = (group_id, board, period, key, member)
                had = sums.get(name, (0, 0))
                sums[name] = (had[0] + int(earned), had[1] + int(given))
        return sums


@lru_cache(maxsize=4096)
def _lines_of(track: int, place: int, growth: bool, day: date) -> tuple[tuple[str, str, str], ...]:
    """The boards, periods and keys of them that points of this day and place count on."""
    every = product(scopes_of(track, place, growth), keys_of(day))
    return tuple((scope.key, period.value, key) for scope, (period, key) in every)


def _asked(group: int, first: date | None, last: date | None, of: Scope) -> list[ColumnElement[bool]]:
    """Askings of these days, by track and day as their index has them, in what the board is of."""
    its_tracks = select(tracks.c.id).where(tracks.c.group_id == group)
    wanted: list[ColumnElement[bool]] = [
        askings.c.track_id.in_(its_tracks if of.track is None else its_tracks.where(tracks.c.id == of.track))
    ]
    if first is not None and last is not None:
        wanted.append(askings.c.day.between(first, last))
    if of.channel is not None:
        here = track_channels.alias()
        wanted.append(
            select(here.c.id)
            .where(
                here.c.id == of.channel,
                here.c.platform == _places.platform,
                here.c.workspace == _places.workspace,
                here.c.channel_id == _places.channel_id,
            )
            .exists()
        )
    return wanted


def _readable_by(member: int) -> ColumnElement[bool]:
    """Postings in a space in which the member has an account."""
    account = identities.c
    here = (account.platform == _places.platform, account.workspace == _places.workspace)
    return select(account.id).where(account.member_id == member, *here).exists()


def _answered_by(member: int) -> ColumnElement[bool]:
    mine = (answers.c.asking_id == askings.c.id, answers.c.member_id == member, answers.c.attempt == FIRST_ATTEMPT)
    return select(answers.c.id).where(*mine, answers.c.state != AnswerState.WITHDRAWN).exists()


@cache
def _event(dialect: str) -> ReturningInsert[Any]:
    # Put together once: making a statement takes longer than running it.
    insert = insert_on(dialect, point_events).values(
        group_id=bindparam("of"),
        key=bindparam("key"),
        member_id=bindparam("member"),
        asking_id=bindparam("asking"),
        answer_id=bindparam("answer"),
        points=bindparam("points"),
        answers=bindparam("answers"),
        day=bindparam("day"),
        at=bindparam("at"),
        track_id=_TRACK_OF,
        place_id=_PLACE_OF,
        growth=bindparam("growth"),
    )
    unless_there = insert.on_conflict_do_nothing(index_elements=["key"])
    return unless_there.returning(point_events.c.track_id, point_events.c.place_id)


@cache
def _adding(dialect: str) -> ReturningInsert[Any]:
    insert = insert_on(dialect, totals)
    more = {name: totals.c[name] + insert.excluded[name] for name in ("points", "answers")}
    added = insert.on_conflict_do_update(index_elements=list(totals.primary_key.columns), set_=more)
    return added.returning(totals.c.board, totals.c.period, totals.c.period_key, totals.c.points)


def _line(table: Table, group: int, period: Period, key: str, of: Scope) -> tuple[ColumnElement[bool], ...]:
    c = table.c
    return (c.group_id == group, c.board == of.key, c.period == period.value, c.period_key == key)


def _shown(row: Any) -> str:
    """The name they go by, unless it is hidden or its bearer left."""
    return "" if row.hidden or row.left else str(row.alias or row.name)


def _differing(kept: Mapping[Key, Sums], right: Mapping[Key, Sums], nothing: Sums) -> dict[Key, Sums | None]:
    names = kept.keys() | right.keys()
    return {name: right.get(name) for name in names if kept.get(name, nothing) != right.get(name, nothing)}
