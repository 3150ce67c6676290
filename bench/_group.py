"""A study group with a year of answers, written in bulk: the rows that intake and reviews would have left."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, product
from typing import Any

from sqlalchemy import Connection, Table, case, func, insert, literal, select, text
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from bot.domain.refs import ChannelRef, UserRef
from bot.domain.standings import Period, period_key, scopes_of
from bot.storage import tables

PLATFORM, WORKSPACE, CHANNEL = "bench", "one", "study"
PLACE = ChannelRef(PLATFORM, WORKSPACE, CHANNEL)
GROUP = 1

#: A question on every weekday of a year, of which a member answers two in five.
DAYS = 250
ANSWERS_EACH = 100
LAST_DAY = date(2026, 11, 20)
NOW = datetime.combine(LAST_DAY, time(18), UTC)
#: What an answer earns, and how often (RULES: 4 for answering, up to 6 for the score).
POINTS = (4, 5, 6, 7, 8, 9, 10)
WEIGHTS = (1, 2, 4, 6, 5, 3, 1)

FIRST = "Ada Bao Chi Dora Emeka Fatima Goran Hana Ivo Jun Kofi Lena Musa Nour Olga Pia Quim Rosa Sam Tala".split()
LAST = "Adams Bauer Costa Diaz Evans Fischer Garcia Haddad Ito Jansen Khan Lopez Moreau Novak Okafor Park".split()


@dataclass(frozen=True, slots=True)
class Filled:
    """What was written."""

    members: int
    answers: int


def user(member: int) -> UserRef:
    """The account of a member."""
    return UserRef(PLATFORM, WORKSPACE, f"u-{member}")


def weekdays() -> Sequence[date]:
    """The days with a question, oldest first."""
    days = (LAST_DAY - timedelta(days=back) for back in range(2 * DAYS))
    return sorted(islice((day for day in days if day.weekday() < 5), DAYS))


def fill(conn: Connection, answers: int, seed: int = 4) -> Filled:
    """A group of `answers` / 100 members; the keen answer every day, others hardly ever, and points vary."""
    chance = random.Random(seed)
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("pragma cache_size = -400000")  # for the filling; the calls we time are other connections'
    members = answers // ANSWERS_EACH
    _insert(conn, tables.groups, [{"id": GROUP, "name": "Bench", "created_at": NOW}])
    _insert(conn, tables.spaces, [{"group_id": GROUP, "platform": PLATFORM, "workspace": WORKSPACE, "name": "Bench"}])
    _insert(conn, tables.members, (_member(id, chance) for id in range(1, members + 1)))
    _insert(conn, tables.identities, (_identity(id) for id in range(1, members + 1)))
    _ask(conn, weekdays())
    given = list(_given(members, chance))
    _insert(conn, tables.answers, (_answer(id, *one) for id, one in enumerate(given, start=1)))
    _insert(conn, tables.answer_versions, (_version(id) for id in range(1, len(given) + 1)))
    _insert(conn, tables.point_events, (_event(id, *one) for id, one in enumerate(given, start=1)))
    _sum_up(conn)
    return Filled(members, len(given))


def _given(members: int, chance: random.Random) -> Iterator[tuple[int, int, int]]:
    """Member, asking and points of every answer, in the order of days."""
    # Spread evenly between nothing and four in five, so that the mean is two in five.
    keen = [(member, chance.random() * 2 * ANSWERS_EACH / DAYS) for member in range(1, members + 1)]
    for asking in range(1, DAYS + 1):
        for member, often in keen:
            if chance.random() < often:
                yield member, asking, chance.choices(POINTS, WEIGHTS)[0]


def _ask(conn: Connection, days: Sequence[date]) -> None:
    track = {
        "id": 1,
        "group_id": GROUP,
        "state": "active",
        "zone": "UTC",
        "local_time": "09:00",
        "weekdays": "12345",
        "packs": "bench",
        "comments": "brief",
        "next_at": NOW + timedelta(days=3),
        "created_at": NOW,
    }
    _insert(conn, tables.tracks, [track])
    place = {"platform": PLATFORM, "workspace": WORKSPACE, "channel_id": CHANNEL}
    channel = {"id": 1, "group_id": GROUP, "track_id": 1, "failures": 0, "stopped": None, **place}
    _insert(conn, tables.track_channels, [channel])
    _insert(conn, tables.askings, (_asking(id, day) for id, day in enumerate(days, start=1)))
    _insert(conn, tables.postings, (_posting(id) for id in range(1, len(days) + 1)))


def _member(id: int, chance: random.Random) -> Mapping[str, Any]:
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)} {chance.randrange(1000)}"
    hidden = chance.random() < 0.05
    return {"id": id, "group_id": GROUP, "name": name, "hidden": hidden, "welcomed": True, "created_at": NOW}


def _identity(member: int) -> Mapping[str, Any]:
    named = {"platform": PLATFORM, "workspace": WORKSPACE, "user_id": user(member).id}
    return {"group_id": GROUP, "member_id": member, **named}


def _asking(id: int, day: date) -> Mapping[str, Any]:
    due = datetime.combine(day, time(9), UTC)
    named = {"day": day, "slot": "scheduled", "state": "posted", "due_at": due, "created_at": due}
    return {"id": id, "group_id": GROUP, "track_id": 1, **named}


def _posting(id: int) -> Mapping[str, Any]:
    place = {"platform": PLATFORM, "workspace": WORKSPACE, "channel_id": CHANNEL}
    open_for = {"posted_at": datetime.combine(_DAY[id], time(9), UTC), "closes_at": _AT[id] + timedelta(hours=21)}
    named = {"id": id, "group_id": GROUP, "asking_id": id, "track_channel_id": 1, "state": "closed"}
    return {**named, **place, **open_for}


def _answer(id: int, member: int, asking: int, _: int) -> Mapping[str, Any]:
    day = _DAY[asking]
    return {
        "id": id,
        "group_id": GROUP,
        "posting_id": asking,
        "asking_id": asking,
        "member_id": member,
        "attempt": 1,
        "via": "thread",
        "state": "reviewed",
        "version": 1,
        "born": 1,
        "late": False,
        "day": day,
        "received_at": _AT[asking],
        "own_day": day,
    }


def _version(id: int) -> Mapping[str, Any]:
    return {"answer_id": id, "number": 1, "group_id": GROUP, "text": "An answer.", "dont_know": False}


def _event(id: int, member: int, asking: int, points: int) -> Mapping[str, Any]:
    return {
        "group_id": GROUP,
        "key": f"answer:{id}:1",
        "member_id": member,
        "asking_id": asking,
        "answer_id": id,
        "points": points,
        "answers": 1,
        "day": _DAY[asking],
        "at": _AT[asking],
        "track_id": 1,
        "place_id": 1,
        "growth": False,
    }


_DAY = dict(enumerate(weekdays(), start=1))
_AT = {asking: datetime.combine(day, time(12), UTC) for asking, day in _DAY.items()}


def _sum_up(conn: Connection) -> None:
    """Totals and tallies from the event log, and the statistics that a database which lives gathered long ago."""
    log, totals, tallies = tables.point_events, tables.totals, tables.tallies
    for scope, period in product(scopes_of(1, 1, growth=False), Period):
        key = case({day: period_key(period, day) for day in _DAY.values()}, value=log.c.day)
        named = (literal(scope.key).label("board"), literal(period.value).label("period"))
        board = (log.c.group_id, *named, key.label("period_key"))
        summed = select(*board, log.c.member_id, func.sum(log.c.points), func.sum(log.c.answers))
        summed = summed.group_by(log.c.group_id, text("period_key"), log.c.member_id)
        conn.execute(insert(totals).from_select(list(totals.columns.keys()), summed))
    kept = (totals.c.group_id, totals.c.board, totals.c.period, totals.c.period_key)
    for points in (totals.c.points, literal(0)):
        counted = select(*kept, points.label("held"), func.count()).where(totals.c.points > 0)
        counted = counted.group_by(*kept, text("held"))
        conn.execute(insert(tallies).from_select(list(tallies.columns.keys()), counted))
    conn.execute(text("analyze"))


def _insert(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """In the driver's fastest way."""
    if conn.dialect.name == "postgresql":
        _copy(conn, table, rows)
        return
    rest = iter(rows)
    while some := list(islice(rest, 20_000)):
        conn.execute(insert(table), some)


def _copy(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    defaults = {
        each.name: each.default.arg for each in table.columns if isinstance(each.default, ScalarElementColumnDefault)
    }
    rest = ({**defaults, **row} for row in rows)
    first = next(rest)
    columns = ", ".join(f'"{name}"' for name in first)
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"copy {table.name} ({columns}) from stdin") as copy:
        for row in (first, *rest):
            copy.write_row(tuple(row.values()))
