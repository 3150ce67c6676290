from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from bot.ports import Story
from bot.storage.engine import Database, Work
from bot.storage.work import (
    beat,
    count_takeover,
    database_now,
    due,
    forget_nodes,
    forget_silent_nodes,
    forget_takeovers,
    let_go_of_lease,
    living_nodes,
    nodes,
    owe,
    owed,
    park,
    parked_stories,
    strike_out,
    strike_out_told,
    take_lease,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALL = [story.value for story in Story]


def owing(key: str, attempt: int = 0, not_before: datetime | None = None) -> Work[None]:
    return lambda conn: owe(conn, Story.WELCOME, key, 1, [key, 7], NOON, not_before, attempt)


def keys(conn: Connection) -> list[str]:
    return [row.key for row in due(conn, NOON, 10, ALL)]


async def test_what_is_owed_comes_back_oldest_first(database: Database) -> None:
    await database.write(owing("b"))
    await database.write(owing("a"))

    first, second = await database.read(lambda conn: due(conn, NOON, 10, ALL))

    assert (first.key, second.key) == ("b", "a")
    assert (first.story, first.group_id, first.args, first.attempt, first.failures) == ("welcome", 1, ["b", 7], 0, 0)


async def test_owing_the_same_twice_is_owing_it_once(database: Database) -> None:
    await asyncio.gather(*(database.write(owing("a")) for _ in range(10)))

    assert await database.read(keys) == ["a"]


async def test_a_later_attempt_is_another_promise(database: Database) -> None:
    await database.write(owing("a"))
    await database.write(owing("a", attempt=1))

    assert await database.read(keys) == ["a", "a"]


async def test_what_has_its_time_waits_for_it(database: Database) -> None:
    await database.write(owing("early", not_before=NOON))
    await database.write(owing("late", not_before=NOON + timedelta(seconds=1)))

    assert await database.read(keys) == ["early"]


async def test_a_story_nobody_knows_here_waits_for_somebody_who_does(database: Database) -> None:
    await database.write(lambda conn: owe(conn, "story_of_tomorrow", "a", None, [], NOON))

    assert await database.read(keys) == []
    assert await database.read(lambda conn: len(due(conn, NOON, 10, ["story_of_tomorrow"]))) == 1


async def test_two_who_hand_over_at_once_never_take_the_same(database: Database) -> None:
    for key in "abcdef":
        await database.write(owing(key))

    def take_two(conn: Connection) -> list[str]:
        rows = due(conn, NOON, 2, ALL, hold=True)
        strike_out(conn, [row.id for row in rows])
        return [row.key for row in rows]

    taken = await asyncio.gather(*(database.write(take_two) for _ in range(6)))

    assert sorted(key for some in taken for key in some) == list("abcdef")


async def test_what_was_told_is_owed_no_more_but_its_next_attempt_is(database: Database) -> None:
    await database.write(owing("a"))
    await database.write(owing("a", attempt=1))

    await database.write(lambda conn: strike_out_told(conn, "a", 0))

    assert await database.read(lambda conn: list(conn.execute(select(owed.c.attempt)).scalars())) == [1]


def parking(key: str, group: int | None, why: str, at: datetime = NOON) -> Work[None]:
    return lambda conn: park(conn, Story.WELCOME, key, group, [key], why, 8, at)


async def test_a_group_sees_what_was_parked_for_it_newest_first(database: Database) -> None:
    await database.write(parking("old", 1, "KeyError"))
    await database.write(parking("new", 1, "refused: gone", NOON + timedelta(hours=1)))
    await database.write(parking("other", 2, "KeyError"))

    seen = await database.read(lambda conn: parked_stories(conn, 1))

    assert [(row.key, row.why) for row in seen] == [("new", "refused: gone"), ("old", "KeyError")]


async def test_parking_again_keeps_the_newest_reason(database: Database) -> None:
    await database.write(parking("a", 1, "KeyError"))
    await database.write(parking("a", 1, "refused: gone"))

    assert [row.why for row in await database.read(lambda conn: parked_stories(conn, 1))] == ["refused: gone"]


async def test_a_node_lives_while_its_heart_beats(database: Database) -> None:
    await database.write(lambda conn: beat(conn, "a", "all"))
    await database.write(lambda conn: beat(conn, "b", "all"))
    await database.write(lambda conn: beat(conn, "c", "all"))

    await database.write(lambda conn: forget_nodes(conn, ["b"]))
    await database.write(lambda conn: silence(conn, "c", 31))

    assert await database.read(lambda conn: living_nodes(conn, 30)) == {"a"}


async def test_a_node_silent_for_long_is_forgotten_and_may_come_back(database: Database) -> None:
    await database.write(lambda conn: beat(conn, "a", "all"))
    await database.write(lambda conn: silence(conn, "a", 301))

    await database.write(lambda conn: forget_silent_nodes(conn, 300))
    assert await database.read(lambda conn: conn.execute(select(nodes)).all()) == []
    await database.write(lambda conn: beat(conn, "a", "all"))

    assert await database.read(lambda conn: living_nodes(conn, 30)) == {"a"}


def silence(conn: Connection, node: str, seconds: float) -> None:
    then = database_now(conn) - timedelta(seconds=seconds)
    conn.execute(update(nodes).where(nodes.c.id == node).values(heartbeat_at=then))


async def test_each_node_that_dies_with_a_story_is_counted(database: Database) -> None:
    counts = [await database.write(lambda conn: count_takeover(conn, "a#0")) for _ in range(3)]
    other = await database.write(lambda conn: count_takeover(conn, "b#0"))
    await database.write(lambda conn: forget_takeovers(conn, database_now(conn) + timedelta(seconds=1)))

    assert (counts, other) == ([1, 2, 3], 1)
    assert await database.write(lambda conn: count_takeover(conn, "a#0")) == 1


async def test_a_lease_has_one_holder(database: Database) -> None:
    def taking(who: str) -> Work[bool]:
        return lambda conn: take_lease(conn, "gateway", who, 30)

    taken = await asyncio.gather(*(database.write(taking(who)) for who in "abcd"))

    assert sorted(taken) == [False, False, False, True]


async def test_a_lease_is_renewed_by_its_holder_and_free_when_let_go(database: Database) -> None:
    assert await database.write(lambda conn: take_lease(conn, "gateway", "a", 30))
    assert await database.write(lambda conn: take_lease(conn, "gateway", "a", 30))
    await database.write(lambda conn: let_go_of_lease(conn, "gateway", "b"))
    assert not await database.write(lambda conn: take_lease(conn, "gateway", "b", 30))

    await database.write(lambda conn: let_go_of_lease(conn, "gateway", "a"))

    assert await database.write(lambda conn: take_lease(conn, "gateway", "b", 30))


async def test_a_node_that_is_gone_holds_no_lease(database: Database) -> None:
    assert await database.write(lambda conn: take_lease(conn, "gateway", "a", 30))

    await database.write(lambda conn: forget_nodes(conn, ["a"]))

    assert await database.write(lambda conn: take_lease(conn, "gateway", "b", 30))


async def test_x084_a_lease_runs_out_by_the_databases_clock(database: Database) -> None:
    assert await database.write(lambda conn: take_lease(conn, "gateway", "a", -1))

    assert await database.write(lambda conn: take_lease(conn, "gateway", "b", 30))


async def test_the_databases_clock_tells_utc(database: Database) -> None:
    now = await database.read(database_now)

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)
