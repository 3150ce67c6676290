"""Stories told by the real engine in this process."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from dbos import DBOS
from patience import until
from sqlalchemy import Connection, text
from storyteller import WallClock

from bot.domain.errors import NotNow, Refused
from bot.jobs.engine import StoryEngine
from bot.jobs.nodes import new_node_id
from bot.jobs.work import DurableWork
from bot.ports import Do, Later, Story
from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate
from bot.storage.work import due, owe, parked_stories

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.jobs.telling.PAUSES_SECONDS", (0.1,))
    monkeypatch.setattr("bot.jobs.telling.SHORTEST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr("bot.jobs.telling.MOST_FAILURES", 3)


class Stage:
    """A story whose steps end as scripted; counts what was done."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.script: dict[str, list[Later | Exception | None]] = {}
        self.caught: list[str] = []
        self.threads: set[int] = set()

    async def begin(self, name: str) -> dict[str, str]:
        self.done[f"{name} begins"] += 1
        self.threads.add(threading.get_ident())
        return {"name": name}

    async def act(self, name: str) -> float | None:
        self.done[f"{name} acts"] += 1
        next_end = self.script[name].pop(0) if self.script.get(name) else None
        if isinstance(next_end, Exception):
            raise next_end
        return next_end.seconds if next_end else None

    async def story(self, do: Do, name: str) -> Later | None:
        begun = await do("begin", self.begin, name)
        try:
            seconds = await do("act", self.act, begun["name"])
        except Refused:
            self.caught.append(name)
            return None
        return None if seconds is None else Later(seconds)

    def told(self, *names: str) -> Callable[[], bool]:
        return lambda: all(self.done[f"{name} acts"] for name in names)


class Thinking(Stage):
    """Nobody comes to an end before so many have begun."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.together = asyncio.Barrier(count)

    async def act(self, name: str) -> float | None:
        await self.together.wait()
        return await super().act(name)


async def owe_to(database: Database, *names: str, story: str = Story.WELCOME, attempt: int = 0) -> None:
    def work(conn: Connection) -> None:
        for name in names:
            owe(conn, story, f"welcome:{name}", 1, [name], WallClock().now(), attempt=attempt)

    await database.write(work)


@asynccontextmanager
async def telling(database: Database, stage: Stage) -> AsyncIterator[None]:
    stories = dict.fromkeys([Story.WELCOME, Story.HEAR_ANSWER], stage.story)
    # In the product's own rhythm: one that looks often takes what begins slowly on a busy machine for lost.
    work = DurableWork(database, stories, WallClock(), new_node_id())
    running = asyncio.create_task(work.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def owed_count(database: Database) -> int:
    everything = WallClock().now() + timedelta(days=1)
    return await database.read(lambda conn: len(due(conn, everything, 100, [story.value for story in Story])))


async def test_many_stories_are_told_once_each_in_the_loop_they_were_started_in(database: Database) -> None:
    stage = Stage()
    names = [f"member{number}" for number in range(50)]

    async with telling(database, stage):
        await owe_to(database, *names)
        await until(stage.told(*names))

    assert set(stage.done.values()) == {1}
    assert stage.threads == {threading.get_ident()}
    assert await owed_count(database) == 0


async def test_no_mock_round_waits_until_another_ones_interviewer_has_thought(database: Database) -> None:
    thinking = Thinking(40)
    names = [f"round{number}" for number in range(40)]

    async with telling(database, thinking):
        await owe_to(database, *names, story=Story.HEAR_ANSWER)
        await until(thinking.told(*names))

    assert set(thinking.done.values()) == {1}


async def test_ends_of_all_kinds_are_followed_up_beside_each_other(database: Database) -> None:
    stage = Stage()
    stage.script = {
        "later": [Later(0.1), Later(0.1), None],
        "away": [NotNow("away", after=0.1), None],
        "bug": [LookupError("Ada wrote: hello")] * 9,
        "refused": [Refused("no")],
    }

    async with telling(database, stage):
        await owe_to(database, "later", "away", "bug", "refused", "plain")
        await owe_to(database, "old", story="story_of_yesterday")
        await until(lambda: stage.done["later acts"] == 3 and stage.done["away acts"] == 2)
        await until(lambda: database.read(lambda conn: parked_stories(conn, 1)))
        await owe_to(database, "afterwards")
        await until(stage.told("plain", "refused", "afterwards"))

    assert stage.done["bug acts"] == 3
    assert stage.caught == ["refused"]
    (parked,) = await database.read(lambda conn: parked_stories(conn, 1))
    assert (parked.key, parked.attempts) == ("welcome:bug", 3)
    assert parked.why.startswith("LookupError at test_durable_work.py:")
    assert parked.why.endswith("in step 'act'")


async def test_what_was_told_is_not_told_again_when_it_is_handed_over_again(database: Database) -> None:
    stage = Stage()

    async with telling(database, stage):
        await owe_to(database, "ada")
        await until(stage.told("ada"))
        await owe_to(database, "ada")
        await owe_to(database, "grace")
        await until(stage.told("grace"))

    assert stage.done["ada acts"] == 1


async def test_x111_no_words_of_an_error_stay_in_the_engines_tables(sqlite_url: str) -> None:
    database = await asyncio.to_thread(open_database, sqlite_url)
    await migrate(database)
    stage = Stage()
    stage.script = {"ada": [LookupError("canary-4711"), NotNow("canary-4711", after=0.1), Refused("canary-4711")]}

    async with telling(database, stage):
        await owe_to(database, "ada")
        await until(lambda: stage.caught)
    await database.close()

    folder = Path(str(database.url.database)).parent
    stored = b"".join(path.read_bytes() for path in folder.glob("studybot.db*") if path.is_file())
    assert b"welcome:ada" in stored
    assert b"canary-4711" not in stored


async def test_what_ended_long_ago_is_thrown_away(database: Database) -> None:
    stage = Stage()
    engine = StoryEngine(database, {Story.WELCOME: stage.story}, WallClock(), new_node_id())
    await engine.start()
    try:
        await owe_to(database, "ada")
        (row,) = await database.read(lambda conn: due(conn, WallClock().now(), 1, [Story.WELCOME.value]))
        await database.write(lambda conn: engine.enqueue(conn, row))
        await until(lambda: ended(database))

        assert await engine.clean(WallClock().now() - timedelta(hours=1)) == 0
        assert await engine.clean(WallClock().now() + timedelta(hours=1)) == 1
        assert await DBOS.list_workflows_async() == []
    finally:
        await engine.stop(0)


async def ended(database: Database) -> bool:
    schema = "dbos." if database.dialect == "postgresql" else ""
    count = text(f"select count(*) from {schema}workflow_status where status = 'SUCCESS'")
    return await database.read(lambda conn: conn.execute(count).scalar_one() == 1)


async def test_the_engine_is_quiet_on_its_own_and_after_it_the_loop_still_has_threads(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    stage = Stage()

    async with telling(database, stage):
        await owe_to(database, "ada")
        await until(stage.told("ada"))

    assert capfd.readouterr() == ("", "")
    assert await asyncio.to_thread(lambda: 1) == 1
    assert logging.getLogger("dbos").propagate
