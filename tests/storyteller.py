"""A process that tells stories, for tests that stop, freeze and kill it. What its stories do is lines in a file."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from patience import until
from sqlalchemy import Connection, update

from bot.jobs.nodes import Rhythm, new_node_id
from bot.jobs.telling import Stories
from bot.jobs.work import DurableWork
from bot.ports import Do, Later, Story
from bot.storage.engine import Database, open_database
from bot.storage.work import database_now, nodes

#: The reaper looks often. A node that lives is never taken for a dead one, however busy the machine is: tests that want
#: one to have been silent for long say so with `silent_for_long`.
FAST = Rhythm(beat_seconds=1.0, silent_seconds=600.0)


class WallClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Diary:
    """What the stories did, from all processes, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "diary"

    async def note(self, name: str, what: str) -> None:
        with self.path.open("a") as diary:
            diary.write(f"{name} {what} {os.getpid()}\n")

    def lines(self) -> list[tuple[str, str, int]]:
        if not self.path.exists():
            return []
        words = [line.split() for line in self.path.read_text().splitlines()]
        return [(name, what, int(pid)) for name, what, pid in words]

    def times(self, what: str) -> Counter[str]:
        """How often each story did this."""
        return Counter(name for name, done, _ in self.lines() if done == what)

    async def wait_for(self, what: str, times: int) -> None:
        """Until so many stories did this."""
        await until(lambda: len(self.times(what)) >= times)


async def silent_for_long(database: Database, *but: str) -> None:
    """Nothing was heard for an hour of all nodes but these."""

    def work(conn: Connection) -> None:
        then = database_now(conn) - timedelta(hours=1)
        conn.execute(update(nodes).where(nodes.c.id.not_in(but)).values(heartbeat_at=then))

    await database.write(work)


def stories_of(diary: Diary) -> Stories:
    async def slowly(name: str, what: str) -> str:
        await diary.note(name, what)
        await asyncio.sleep(0.05)
        return what

    async def wait_for_the_door(name: str) -> None:
        await diary.note(name, "waits")
        await until((diary.folder / "door").exists, seconds=600)

    async def three_steps(do: Do, name: str) -> Later | None:
        for step in ("first", "second", "third"):
            await do(step, slowly, name, step)
        return None

    async def stand_at_the_door(do: Do, name: str) -> Later | None:
        await do("wait", wait_for_the_door, name)
        await do("speak", slowly, name, "speaks")
        return None

    return {Story.REVIEW_ANSWER: three_steps, Story.POST_QUESTION: stand_at_the_door}


def tell_stories(url: str, folder: str, rhythm: Rhythm = FAST) -> None:
    """Until SIGTERM."""

    async def main() -> None:
        database = open_database(url)
        work = DurableWork(database, stories_of(Diary(Path(folder))), WallClock(), new_node_id(), rhythm=rhythm)
        telling = asyncio.create_task(work.run())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, telling.cancel)
        await asyncio.wait([telling])
        await database.close()
        if not telling.cancelled():
            telling.result()

    asyncio.run(main())
