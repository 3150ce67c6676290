from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.domain.errors import NotNow
from bot.storage.engine import Connection, Database
from bot.storage.pacing import SqlPace, Stretch, _Bucket, forget_idle_paces, hold_turns, paces, take_turns


async def moments(pace: SqlPace, bucket: str, per_second: float, count: int) -> list[float]:
    """How long each of so many requests, all asked for at once, waited for its turn."""
    asked = time.monotonic()

    async def one() -> float:
        await pace.turn(bucket, per_second)
        return time.monotonic() - asked

    return sorted(await asyncio.gather(*(one() for _ in range(count))))


async def test_a_burst_is_spread_at_the_pace(database: Database) -> None:
    at = await moments(SqlPace(database), "b", 100.0, 60)

    assert at[-1] >= 59 / 100 * 0.98


async def test_a_request_that_hurries_goes_before_those_that_wait(database: Database) -> None:
    pace, order = SqlPace(database), list[str]()

    async def one(name: str, hurries: bool) -> None:
        await pace.turn("b", 100.0, hurries)
        order.append(name)

    async with asyncio.TaskGroup() as asking:
        for number in range(10):
            asking.create_task(one(str(number), False))
        asking.create_task(one("sign", True))

    assert order.index("sign") <= 1
    assert [each for each in order if each != "sign"] == [str(number) for number in range(10)]


async def test_who_goes_away_while_waiting_leaves_the_turn_to_the_next(database: Database) -> None:
    pace = SqlPace(database)
    waiting = [asyncio.create_task(pace.turn("b", 100.0, hurries=number % 2 == 0)) for number in range(20)]
    await asyncio.sleep(0.03)

    for task in waiting[5:15]:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    async with asyncio.timeout(5):
        await pace.turn("b", 100.0)


async def test_two_processes_share_one_pace(database: Database) -> None:
    one, other = SqlPace(database), SqlPace(database)

    first, second = await asyncio.gather(moments(one, "b", 100.0, 50), moments(other, "b", 100.0, 50))

    assert max(*first, *second) >= 99 / 100 * 0.98


async def test_each_bucket_has_a_pace_of_its_own(database: Database) -> None:
    first = await database.write(lambda conn: take_turns(conn, "a", 60))
    other = await database.write(lambda conn: take_turns(conn, "b", 60))

    assert (first.wait, other.wait) == (0, 0)


async def test_turns_follow_each_other_without_a_gap_or_an_overlap(database: Database) -> None:
    first = await database.write(lambda conn: take_turns(conn, "b", 100))

    second = await database.write(lambda conn: take_turns(conn, "b", 5))

    assert 0 < second.wait <= 100
    assert second.free == first.until


async def held_up(pace: SqlPace, seconds: float) -> list[float]:
    """When a process had its turns in a bucket of 100 a second, of which it wants none for a while in between."""
    used: list[float] = []

    async def one() -> None:
        await pace.turn("b", 100.0)
        used.append(time.monotonic())

    await asyncio.gather(*(one() for _ in range(100)))
    await asyncio.sleep(seconds)
    await asyncio.gather(*(one() for _ in range(100)))
    return sorted(used)


async def test_a_process_that_was_held_up_catches_up_and_still_keeps_the_pace(database: Database) -> None:
    used = await held_up(SqlPace(database), 0.1)

    within_a_second = [sum(start <= each < start + 1 for each in used) for start in used]
    assert max(within_a_second) <= 105


async def test_turns_that_were_missed_are_used_only_by_who_is_alone() -> None:
    def missed(others: bool) -> int:
        bucket, free = _Bucket(), datetime(2026, 3, 2, tzinfo=UTC)
        until = free + timedelta(seconds=0.4)
        bucket.add(Stretch(0.0, free, until), 20, 0.02, now=100.0)
        theirs = timedelta(seconds=0.4 if others else 0.0)
        bucket.add(Stretch(0.2, until + theirs, until + timedelta(seconds=1)), 20, 0.02, now=100.2)
        bucket.drop_missed(0.02, now=100.201)
        return 40 - len(bucket.turns)

    assert missed(others=False) == 0
    assert missed(others=True) == 10


async def test_nobody_has_a_turn_while_the_platform_asks_for_a_pause(database: Database) -> None:
    pace = SqlPace(database)
    await pace.turn("b", 50.0)
    asked = time.monotonic()

    await pace.hold("b", 0.5)
    await SqlPace(database).turn("b", 50.0)
    await pace.turn("b", 50.0)

    assert time.monotonic() - asked >= 0.49


async def test_a_pause_never_shortens_one_that_stands(database: Database) -> None:
    await database.write(lambda conn: hold_turns(conn, "b", 500))

    await database.write(lambda conn: hold_turns(conn, "b", 5))

    assert (await database.write(lambda conn: take_turns(conn, "b", 1))).wait > 400


async def test_a_database_that_is_away_lets_a_process_keep_the_pace_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise NotNow("away")

    monkeypatch.setattr(database, "write", away)

    at = await moments(SqlPace(database), "b", 100.0, 60)

    assert at[-1] >= 59 / 100 * 0.98


async def test_whoever_gives_up_waiting_leaves_the_bucket_usable(database: Database) -> None:
    pace = SqlPace(database)
    await pace.turn("b", 2.0)
    waiting = asyncio.create_task(pace.turn("b", 2.0))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    await pace.turn("b", 2.0)


async def test_rows_of_buckets_long_free_go(database: Database) -> None:
    def old(conn: Connection) -> None:
        take_turns(conn, "old", 1)
        take_turns(conn, "new", 1)
        longer = select(paces.c.free_at).where(paces.c.bucket == "old").scalar_subquery()
        long_ago = conn.execute(select(longer)).scalar_one() - timedelta(days=2)
        conn.execute(paces.update().where(paces.c.bucket == "old").values(free_at=long_ago))

    await database.write(old)

    await database.write(forget_idle_paces)

    assert await database.read(lambda conn: conn.execute(select(func.max(paces.c.bucket))).scalar()) == "new"
    assert await database.read(lambda conn: conn.execute(select(func.count()).select_from(paces)).scalar()) == 1
