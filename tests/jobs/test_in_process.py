from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.domain.errors import NotNow
from bot.jobs.telling import InProcess
from bot.ports import Do, Later, Story
from bot.storage.engine import Database
from bot.storage.work import due, owe, parked_stories

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Stage:
    """A story whose ends are scripted; says what was told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.told: list[str] = []
        self.ends: dict[str, list[Later | Exception | None]] = {}
        self.owes: dict[str, str] = {}
        self.jobs = InProcess(database, {Story.WELCOME: self.welcome})

    async def welcome(self, do: Do, name: str) -> Later | None:
        await do("say", self.say, name)
        end = self.ends[name].pop(0) if self.ends.get(name) else None
        if isinstance(end, Exception):
            raise end
        return end

    async def say(self, name: str) -> None:
        self.told.append(name)
        if name in self.owes:
            await self.owe(self.owes[name])

    async def owe(self, name: str) -> None:
        await self.database.write(lambda conn: owe(conn, Story.WELCOME, f"welcome:{name}", 1, [name], NOON))

    async def waiting(self) -> int:
        def count(conn: Connection) -> int:
            return len(due(conn, NOON + timedelta(days=30), 100, [Story.WELCOME]))

        return await self.database.read(count)


async def test_what_is_owed_is_told_and_then_owed_no_more(database: Database) -> None:
    stage = Stage(database)
    await stage.owe("ada")
    await stage.owe("grace")

    assert await stage.jobs.settle(NOON) == 2
    assert await stage.jobs.settle(NOON) == 0
    assert stage.told == ["ada", "grace"]


async def test_what_a_story_owes_is_told_too(database: Database) -> None:
    stage = Stage(database)
    stage.owes = {"ada": "grace", "grace": "linus"}
    await stage.owe("ada")

    assert await stage.jobs.settle(NOON) == 3
    assert stage.told == ["ada", "grace", "linus"]


async def test_later_is_told_again_when_its_time_has_come(database: Database) -> None:
    stage = Stage(database)
    stage.ends["ada"] = [Later(60), None]
    await stage.owe("ada")

    await stage.jobs.settle(NOON)
    await stage.jobs.settle(NOON + timedelta(seconds=59))
    assert stage.told == ["ada"]
    await stage.jobs.settle(NOON + timedelta(seconds=60))

    assert stage.told == ["ada", "ada"]
    assert await stage.waiting() == 0


async def test_one_that_fails_does_not_hold_up_its_neighbours_and_is_parked_in_the_end(database: Database) -> None:
    stage = Stage(database)
    stage.ends["ada"] = [LookupError("hello")] * 8
    await stage.owe("ada")
    await stage.owe("grace")

    for hour in range(9):
        await stage.jobs.settle(NOON + timedelta(hours=2 * hour))

    assert stage.told.count("grace") == 1
    assert stage.told.count("ada") == 8
    (parked,) = await database.read(lambda conn: parked_stories(conn, 1))
    assert (parked.key, parked.attempts) == ("welcome:ada", 8)
    assert parked.why.startswith("LookupError")
    assert await stage.waiting() == 0


async def test_an_outside_that_is_away_is_waited_for(database: Database) -> None:
    stage = Stage(database)
    stage.ends["ada"] = [NotNow("away", after=30), None]
    await stage.owe("ada")

    await stage.jobs.settle(NOON)
    await stage.jobs.settle(NOON + timedelta(seconds=30))

    assert stage.told == ["ada", "ada"]


async def test_two_who_settle_at_once_tell_nothing_twice(database: Database) -> None:
    stage = Stage(database)
    for number in range(20):
        await stage.owe(str(number))

    await asyncio.gather(*(stage.jobs.settle(NOON) for _ in range(4)))

    assert sorted(stage.told) == sorted(str(number) for number in range(20))


async def test_a_retired_story_does_not_stop_the_others(database: Database) -> None:
    stage = Stage(database)
    await database.write(lambda conn: owe(conn, "story_of_yesterday", "old", 1, [], NOON))
    await stage.owe("ada")

    assert await stage.jobs.settle(NOON) == 1
    assert await database.read(lambda conn: len(due(conn, NOON, 10, ["story_of_yesterday"]))) == 1
