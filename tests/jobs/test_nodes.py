from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from patience import until
from sqlalchemy import Connection
from storyteller import WallClock

from bot.domain.errors import NotNow
from bot.jobs.lifelines import Lifeline
from bot.jobs.nodes import Heartbeat, Reaper, Rhythm, Stranded, hold_lease, new_node_id
from bot.storage.engine import Database, Work
from bot.storage.work import Owed, beat, due, living_nodes, take_lease

RHYTHM = Rhythm(beat_seconds=0.05, silent_seconds=3600)


class ListedWork:
    """An engine with a list of begun work."""

    def __init__(self, **begun: str) -> None:
        self.list = dict(begun)
        self.resumed: list[str] = []
        self.given_up: list[str] = []
        self.in_truth: set[str] = set()
        self.errors: list[str] = []
        self.looked = 0

    async def begun(self) -> Sequence[tuple[str, str]]:
        self.looked += 1
        return list(self.list.items())

    def running(self) -> Collection[str]:
        return self.in_truth

    async def stranded(self, workflow_ids: Collection[str]) -> Sequence[Stranded]:
        return [Stranded(id, Owed(0, "welcome", id, 0, 0, 1, [id])) for id in workflow_ids]

    async def broken(self) -> Sequence[Stranded]:
        return await self.stranded(self.errors)

    async def forget(self, workflow_ids: Collection[str]) -> None:
        self.errors = [id for id in self.errors if id not in workflow_ids]

    async def resume(self, workflow_ids: Collection[str]) -> None:
        self.resumed += workflow_ids

    async def give_up(self, workflow_id: str) -> None:
        self.given_up.append(workflow_id)

    async def clean(self, before: datetime) -> int:
        return 0


def reaper(database: Database, work: ListedWork) -> Reaper:
    return Reaper(database, Lifeline(None), work, WallClock(), "me", RHYTHM)


def test_a_node_that_starts_again_is_another_node() -> None:
    assert new_node_id() != new_node_id()


async def test_only_the_work_of_nodes_that_do_not_live_is_taken_over(database: Database) -> None:
    await database.write(lambda conn: beat(conn, "alive", "all"))
    work = ListedWork(a="alive", b="dead", c="never heard of")

    assert await reaper(database, work).reap() == 2

    assert work.resumed == ["b", "c"]


async def test_what_this_node_has_claimed_but_does_not_tell_is_picked_up_when_it_stays_so(database: Database) -> None:
    work = ListedWork(a="me", b="me", c="somebody else", d="me")
    work.in_truth = {"b"}
    mine = reaper(database, work)

    await mine.pick_up()
    assert work.resumed == []
    del work.list["d"]
    await mine.pick_up()

    assert work.resumed == ["a"]


async def test_a_story_three_nodes_died_with_counts_as_failed_and_waits(database: Database) -> None:
    work = ListedWork(a="dead")

    for _ in range(3):
        await reaper(database, work).reap()

    assert work.resumed == ["a", "a"]
    assert work.given_up == ["a"]
    later = WallClock().now() + timedelta(minutes=1)
    owed = await database.read(lambda conn: due(conn, later, 10, ["welcome"]))
    assert [(row.key, row.attempt, row.failures) for row in owed] == [("a", 1, 1)]


async def test_what_the_engine_broke_is_owed_again(database: Database) -> None:
    work = ListedWork()
    work.errors = ["a", "b"]

    assert await reaper(database, work).mend() == 2
    assert await reaper(database, work).mend() == 0

    later = WallClock().now() + timedelta(minutes=1)
    owed = await database.read(lambda conn: due(conn, later, 10, ["welcome"]))
    assert [(row.key, row.attempt, row.failures) for row in owed] == [("a", 1, 1), ("b", 1, 1)]


async def test_of_two_reapers_one_reaps(database: Database) -> None:
    await database.write(lambda conn: take_lease(conn, "reaper", "somebody else", 3600))
    work = ListedWork(a="dead")

    reaping = asyncio.create_task(reaper(database, work).run())
    await until(lambda: work.looked > 3)

    assert work.resumed == []
    reaping.cancel()
    await asyncio.gather(reaping, return_exceptions=True)


async def test_a_heart_beats_until_the_node_leaves(database: Database) -> None:
    heart = Heartbeat(database, Lifeline(None), "me", "all", RHYTHM)
    beating = asyncio.create_task(heart.run())
    await until(lambda: database.read(lambda conn: living_nodes(conn, 3600)))

    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating
    await heart.leave()

    assert await database.read(lambda conn: living_nodes(conn, 3600)) == set()


class Duty:
    """Something only one may do; says who is at it."""

    def __init__(self) -> None:
        self.at_it: list[str] = []
        self.started: list[str] = []

    async def of(self, name: str) -> None:
        self.started.append(name)
        self.at_it.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            self.at_it.remove(name)


async def test_one_is_on_duty_and_another_stands_by_until_it_leaves(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is so long that the second can only have it because the first let go of it."""
    duty, asked = Duty(), Counter[str]()

    def noted(conn: Connection, name: str, holder: str, seconds: float) -> bool:
        asked[holder] += 1
        return take_lease(conn, name, holder, seconds)

    monkeypatch.setattr("bot.jobs.nodes.take_lease", noted)
    monkeypatch.setattr("bot.jobs.nodes.STAND_BY_SECONDS", 0.02)
    first = asyncio.create_task(hold_lease(database, "gateway", "a", lambda: duty.of("a"), 3600))
    await until(lambda: duty.started == ["a"])
    second = asyncio.create_task(hold_lease(database, "gateway", "b", lambda: duty.of("b"), 3600))
    await until(lambda: asked["b"] > 5)
    assert duty.at_it == ["a"]

    first.cancel()
    await until(lambda: duty.started == ["a", "b"])

    assert duty.at_it == ["b"]
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_a_holder_who_cannot_renew_stops_before_anybody_else_may_start(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine so busy that it wakes the holder seconds too late proves nothing either way: then once more."""
    for seconds in (2.0, 10.0, 60.0):
        if not await another_may_start(database, monkeypatch, seconds):
            return

    pytest.fail("whoever cannot renew goes on when others may start")


async def another_may_start(database: Database, monkeypatch: pytest.MonkeyPatch, seconds: float) -> bool:
    """Whether the lease of so many seconds is free by the time its holder, who cannot renew it, has stopped."""
    duty, name = Duty(), f"gateway-{seconds}"
    away = False
    really = database.write

    async def sometimes(work: Work[bool]) -> bool:
        if away:
            raise NotNow("away")
        return await really(work)

    with monkeypatch.context() as patched:
        patched.setattr(database, "write", sometimes)
        holding = asyncio.create_task(hold_lease(database, name, "a", lambda: duty.of("a"), seconds))
        await until(lambda: duty.started == ["a"])
        away = True
        await until(lambda: not duty.at_it)
        taken = await really(lambda conn: take_lease(conn, name, "b", seconds))
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
    return taken


async def test_a_duty_that_ends_frees_the_lease_and_its_error_is_heard(database: Database) -> None:
    async def fails() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await hold_lease(database, "gateway", "a", fails)

    def free(conn: Connection) -> bool:
        return take_lease(conn, "gateway", "b", 30)

    assert await database.write(free)
