from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from patience import until
from sqlalchemy import Connection, text
from storyteller import WallClock

from bot.jobs.relay import Relay
from bot.ports import Story
from bot.storage.engine import Database
from bot.storage.work import Owed, due, owe, parked_stories


class ListEngine:
    """An engine that is a table: a story handed over twice is there once."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.refuses: set[str] = set()

    def enqueue(self, conn: Connection, owed: Owed) -> None:
        if owed.key in self.refuses:
            raise LookupError(owed.key)
        conn.execute(
            text("insert into handed values (:id) on conflict do nothing"), {"id": f"{owed.key}#{owed.attempt}"}
        )

    async def handed(self) -> list[str]:
        return await self.database.read(lambda conn: sorted(conn.execute(text("select id from handed")).scalars()))


@pytest.fixture
async def engine(database: Database) -> ListEngine:
    await database.write(lambda conn: conn.execute(text("create table handed (id varchar(80) primary key)")).rowcount)
    return ListEngine(database)


@pytest.fixture
def relay(database: Database, engine: ListEngine) -> Relay:
    return Relay(database, engine.enqueue, [Story.WELCOME.value], WallClock())


def owing(*keys: str) -> Callable[[Connection], None]:
    def work(conn: Connection) -> None:
        for key in keys:
            owe(conn, Story.WELCOME, key, 1, [key], WallClock().now())

    return work


async def left(database: Database) -> int:
    return await database.read(lambda conn: len(due(conn, WallClock().now(), 100, [Story.WELCOME.value])))


async def test_what_is_owed_is_handed_over_and_struck_out(database: Database, relay: Relay, engine: ListEngine) -> None:
    await database.write(owing(*(f"{number:03}" for number in range(120))))

    assert await relay.hand_over() == 120
    assert await relay.hand_over() == 0
    assert len(await engine.handed()) == 120
    assert await left(database) == 0


async def test_a_batch_handed_over_twice_is_there_once(database: Database, relay: Relay, engine: ListEngine) -> None:
    await database.write(owing("a", "b"))
    await relay.hand_over()
    await database.write(owing("a", "b"))

    await relay.hand_over()

    assert await engine.handed() == ["a#0", "b#0"]
    assert await left(database) == 0


async def test_one_the_engine_will_not_take_is_parked_and_holds_up_nobody(
    database: Database, relay: Relay, engine: ListEngine
) -> None:
    engine.refuses = {"b"}
    await database.write(owing("a", "b", "c"))

    await relay.hand_over()

    assert await engine.handed() == ["a#0", "c#0"]
    assert [row.key for row in await database.read(lambda conn: parked_stories(conn, 1))] == ["b"]
    assert await left(database) == 0


async def test_a_commit_that_owes_something_wakes_the_relay(
    database: Database, relay: Relay, engine: ListEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.relay.TICK_SECONDS", 3600)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.2)

    await database.write(owing("a"))
    await until(engine.handed)

    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
