"""Stories that the engine had in hand when their group joined another."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from fakes import START
from patience import until
from sqlalchemy import Connection
from storyteller import FAST, WallClock

from bot.domain.errors import NotNow
from bot.domain.refs import SpaceRef
from bot.jobs.nodes import new_node_id
from bot.jobs.work import DurableWork
from bot.ports import Do, Later, Story
from bot.storage.engine import Database
from bot.storage.storage import SqlTx
from bot.storage.work import due, parked_stories

pytestmark = pytest.mark.slow


class Stage:
    """A story that says of which group it is told; the first time each waits, then ends as scripted."""

    def __init__(self) -> None:
        self.told: dict[str, list[int]] = {}
        self.may_end = asyncio.Event()
        self.ends: dict[str, Later | Exception | None] = {}

    async def story(self, do: Do, group: int, name: str) -> Later | None:
        await do("say", self.say, group, name)
        await do("end", self.end, group, name)
        end = self.ends.get(name)
        return end if isinstance(end, Later) and len(self.told[name]) == 1 else None

    async def say(self, group: int, name: str) -> None:
        self.told.setdefault(name, []).append(group)

    async def end(self, group: int, name: str) -> None:
        if len(self.told[name]) == 1:
            await self.may_end.wait()
            end = self.ends.get(name)
            if isinstance(end, Exception):
                raise end


async def test_stories_under_way_on_the_engine_are_told_again_of_the_group_they_are_now(database: Database) -> None:
    stage = Stage()
    stage.ends = {"later": Later(3600), "away": NotNow("away", after=3600), "bug": LookupError("hello")}
    names = ["plain", *stage.ends]

    def two_groups(conn: Connection) -> tuple[int, int]:
        tx = SqlTx(conn, START)
        groups = [tx.members.add_group(SpaceRef("test", name), name, START) for name in ("one", "two")]
        for name in names:
            tx.owe(Story.WELCOME, name, groups[1], name)
        return groups[0], groups[1]

    one, two = await database.write(two_groups)
    work = DurableWork(database, {Story.WELCOME: stage.story}, WallClock(), new_node_id(), rhythm=FAST)
    running = asyncio.create_task(work.run())
    await until(lambda: len(stage.told) == len(names))

    await database.write(lambda conn: SqlTx(conn, START).joining.join(one, two, START))
    stage.may_end.set()
    await until(lambda: all(len(groups) == 2 for groups in stage.told.values()))
    await until(lambda: database.read(lambda conn: not due(conn, WallClock().now(), 50, [Story.WELCOME])))
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert stage.told == {name: [two, one] for name in names}
    assert await database.read(lambda conn: parked_stories(conn, one)) == []
