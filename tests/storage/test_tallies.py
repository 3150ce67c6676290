"""How many members have how many points: always what counting would give, also half way through a transaction."""

from __future__ import annotations

import random
from datetime import date
from functools import partial

import pytest
from fakes import START
from sqlalchemy import Connection, select, update

from bot.domain.standings import Period, Row, scopes_of
from bot.shelves import Booking
from bot.storage import tables
from bot.storage.engine import Database
from bot.storage.standings import SqlStandings
from bot.storage.tables import tallies

GROUP = 1
DAY = date(2026, 11, 23)


def people(conn: Connection, names: list[str]) -> None:
    """A group of these members, numbered from one, with one answer to book everything on."""
    conn.execute(tables.groups.insert().values(id=GROUP, name="Group", created_at=START))
    for name in names:
        member = {"group_id": GROUP, "name": name, "hidden": False, "welcomed": True, "created_at": START}
        conn.execute(tables.members.insert().values(member))
    track = {"state": "running", "zone": "UTC", "local_time": "09:00", "weekdays": "12345", "packs": "pack"}
    times = {"next_at": START, "created_at": START}
    conn.execute(tables.tracks.insert().values(id=1, group_id=GROUP, comments="brief", **track, **times))
    place = {"platform": "test", "workspace": "one", "channel_id": "study"}
    conn.execute(tables.track_channels.insert().values(id=1, group_id=GROUP, track_id=1, **place))
    asking = {"day": DAY, "slot": "scheduled", "state": "asked", "due_at": START, "created_at": START}
    conn.execute(tables.askings.insert().values(id=1, group_id=GROUP, track_id=1, **asking))
    posting = {"asking_id": 1, "track_channel_id": 1, "state": "posted", **place}
    conn.execute(tables.postings.insert().values(id=1, group_id=GROUP, **posting))
    answer = {"posting_id": 1, "asking_id": 1, "member_id": 1, "attempt": 1, "via": "thread", "state": "reviewed"}
    rest = {"version": 1, "born": 1, "late": False, "day": DAY, "received_at": START}
    conn.execute(tables.answers.insert().values(id=1, group_id=GROUP, **answer, **rest))


def book(conn: Connection, key: str, member: int, points: int, day: date = DAY) -> bool:
    return SqlStandings(conn).book(GROUP, Booking(key, member, 1, 1, points, 1, day), START)


def counted(conn: Connection, period: Period = Period.ALL, key: str = "all") -> tuple[int, list[int]]:
    """People with points, and how many are ahead of somebody with 0, 5 and 9."""
    standings = SqlStandings(conn)
    return standings.people(GROUP, period, key), [standings.ahead_of(GROUP, period, key, n) for n in (0, 5, 9)]


async def test_ranks_are_known_before_and_after_the_commit(database: Database) -> None:
    def work(conn: Connection) -> tuple[int, list[int]]:
        people(conn, ["Ada", "Bao", "Chi"])
        for member, points in ((1, 10), (2, 7), (3, 0)):
            book(conn, f"a{member}", member, points)
        return counted(conn)

    before = await database.write(work)
    after = await database.read(counted)

    assert before == after == (2, [2, 2, 1])


async def test_what_is_rolled_back_is_not_counted(database: Database) -> None:
    await database.write(lambda conn: people(conn, ["Ada"]))

    def fail(conn: Connection) -> None:
        book(conn, "a1", 1, 10)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)

    await database.write(lambda conn: book(conn, "a2", 1, 6))
    assert await database.read(counted) == (1, [1, 1, 0])


async def test_points_that_are_taken_back_leave_no_line(database: Database) -> None:
    await database.write(lambda conn: people(conn, ["Ada"]))
    await database.write(lambda conn: book(conn, "a1", 1, 10))

    await database.write(lambda conn: book(conn, "a2", 1, -10))

    assert await database.read(counted) == (0, [0, 0, 0])
    lines = await database.read(lambda conn: conn.execute(select(tallies.c.points, tallies.c.people)).all())
    assert all(line.people == 0 and line.points == 0 for line in lines)


async def test_any_order_of_bookings_leaves_nothing_to_recompute(database: Database) -> None:
    chance = random.Random(7)
    await database.write(lambda conn: people(conn, [f"Member {n}" for n in range(6)]))
    held = dict.fromkeys(range(1, 7), 0)

    for number in range(120):
        member = chance.randint(1, 6)
        change = chance.choice([-held[member], 4, 7, 10])
        held[member] += change
        day = date(2026, chance.randint(10, 12), chance.randint(1, 28)) if change > 0 else DAY
        await database.write(partial(book, key=f"k{number}", member=member, points=change, day=day))

    assert await database.read(lambda conn: SqlStandings(conn).differences(None)) == 0


async def test_a_wrong_tally_is_found_and_mended(database: Database) -> None:
    await database.write(lambda conn: people(conn, ["Ada", "Bao"]))
    await database.write(lambda conn: book(conn, "a1", 1, 10))
    await database.write(lambda conn: conn.execute(update(tallies).values(people=5)).rowcount)

    found = await database.write(lambda conn: SqlStandings(conn).recompute(GROUP))

    assert found == 2 * len(Period) * len(scopes_of(1, 1, growth=False))
    assert await database.read(counted) == (1, [1, 1, 1])
    assert await database.read(lambda conn: SqlStandings(conn).differences(GROUP)) == 0


async def test_recomputing_right_after_a_booking_counts_it_once(database: Database) -> None:
    await database.write(lambda conn: people(conn, ["Ada"]))

    def both(conn: Connection) -> int:
        book(conn, "a1", 1, 10)
        return SqlStandings(conn).recompute(None)

    assert await database.write(both) == 0
    assert await database.read(counted) == (1, [1, 1, 1])


async def test_of_many_with_the_same_points_those_who_came_last_are_on_top(database: Database) -> None:
    names = [f"Member {(n * 37) % 100:03}" for n in range(60)]

    def work(conn: Connection) -> list[Row]:
        people(conn, names)
        for member in range(1, 61):
            book(conn, f"a{member}", member, 9 if member == 1 else 8)
        return list(SqlStandings(conn).top(GROUP, Period.ALL, "all", 4))

    top = await database.write(work)

    assert [row.name for row in top] == [names[0], *reversed(names[-3:])]
