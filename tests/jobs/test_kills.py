"""The whole bot killed with -9, at named moments and at random ones: what it owed is done after the restart, once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from fakes import ScriptedReviewer
from group import GOOD, PLATFORM, FixedQuestions
from patience import until
from promises import broken_promises
from station import WORKSPACE, Doing, Stations, World, a_busy_hour

from bot.app import SystemClock, build_core
from bot.domain.incoming import SpaceJoined
from bot.domain.refs import ChannelRef, SpaceRef
from bot.storage.engine import Database

pytestmark = pytest.mark.slow

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KILLS = int(os.environ.get("STUDYBOT_KILLS", "8"))
#: After so many kills the bot may settle, and the promises are checked.
KILLS_BETWEEN_CHECKS = 5
DOINGS_PER_KILL = 12
#: Seeds that failed once stay here; `make faults` adds a new one each time.
SEEDS: tuple[int, ...] = (1, 225195)
RANDOM: tuple[int | None, ...] = (None,) if "STUDYBOT_KILLS" in os.environ else ()


@pytest.fixture
async def stations(database: Database, tmp_path: Path) -> AsyncIterator[Stations]:
    """A group whose first question is owed; nobody is at work yet."""
    core = build_core(database, FixedQuestions(), ScriptedReviewer(), {}, SystemClock())
    space = SpaceRef(PLATFORM, WORKSPACE)
    channel = ChannelRef(PLATFORM, WORKSPACE, "study")
    await core.intake.receive(SpaceJoined(space, "One", datetime.now(UTC), channel, "UTC"))
    stations = Stations(database, tmp_path, World(tmp_path))
    yield stations
    stations.end()


async def killed_at(stations: Stations, point: str) -> None:
    """A station gets to this point and is killed there; another one does what is left."""
    first = await stations.start(stop_at=point)
    await stations.reached()
    await stations.kill(first)
    await stations.start()
    await stations.quiet()


async def promises_hold(stations: Stations, database: Database) -> None:
    world = stations.world
    assert await broken_promises(database, world.heard(), world.acknowledged(), world.submissions()) == []


def on(database: str, point: str, *faults: int, name: str = "") -> ParameterSet:
    """A moment to be killed at, with the numbers of its fault cases."""
    marks = [pytest.mark.fault(*faults)] if faults else []
    return pytest.param(database, point, marks=marks, id=f"{name or point} {database}")


@pytest.mark.parametrize(
    ("database_url", "point"),
    [
        on("sqlite", "choosing", 1, name="x001 asked, not yet taken by the courier"),
        on("sqlite", "before post:", 2, name="x002 in the courier's hand, before the send"),
        on("sqlite", "after post:", 3, name="x003 accepted, its id not yet stored"),
        on("postgresql", "after post:", 3, name="x003 accepted, its id not yet stored"),
        on("sqlite", "before thread:", 6, name="x006 between post and thread"),
        on("postgresql", "after thread:", 6, name="x006 the thread is there, not yet stored"),
    ],
    indirect=["database_url"],
)
async def test_killed_while_posting_the_channel_gets_one_post_and_one_thread(
    stations: Stations, database: Database, point: str
) -> None:
    await killed_at(stations, point)

    assert list(stations.world.times("post:").values()) == [1]
    assert stations.world.rows("select times from threads") == [(1,)]
    await promises_hold(stations, database)


@pytest.mark.parametrize(
    ("database_url", "point"),
    [
        on("sqlite", "reviewing", 33, name="x033 before the reviewer is asked"),
        on("sqlite", "reviewed", 34, name="x034 the reviewer has spoken, nothing is stored"),
        on("sqlite", "before comment:"),
        on("sqlite", "after comment:"),
        on("postgresql", "after comment:"),
        on("sqlite", "after full:"),
    ],
    indirect=["database_url"],
)
async def test_killed_between_answer_and_comment_the_comment_comes_once(
    stations: Stations, database: Database, point: str
) -> None:
    stations.world.plan([Doing("write", "Ada", GOOD)])

    await killed_at(stations, point)

    assert [list(stations.world.times(what).values()) for what in ("post:", "comment:", "full:")] == [[1], [1], [1]]
    await promises_hold(stations, database)


@pytest.mark.fault(78)
@pytest.mark.parametrize("seed", [*SEEDS, *RANDOM])
async def test_x078_killed_at_random_moments_of_a_busy_day_all_promises_hold(
    stations: Stations, database: Database, seed: int | None
) -> None:
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    print(f"seed {seed}")
    luck = random.Random(seed)
    begun = planned = 0
    for number in range(1, _share(database) + 1):
        doings = a_busy_hour(luck, DOINGS_PER_KILL, planned + 1)
        planned += len(doings)
        stations.world.plan(doings)
        station = await stations.start()
        begun += 1
        await stations.begun(begun)
        await _a_random_moment(stations.world, luck)
        await stations.kill(station)
        if number % KILLS_BETWEEN_CHECKS == 0 or number == _share(database):
            last = await stations.start()
            begun += 1
            await stations.begun(begun)  # else there may be nothing left to do, and it is told to go before it listens
            await stations.quiet()
            assert await stations.let_go(last) == 0
            await promises_hold(stations, database)
            _nothing_was_said_twice(stations.world)


async def _a_random_moment(world: World, luck: random.Random) -> None:
    """Mostly in the middle of work, however fast the machine is; now and then while the station still starts."""
    if luck.random() < 0.2:
        await asyncio.sleep(luck.random())
        return
    enough = world.number("select count(*) from heard") + luck.randint(1, 12)
    with contextlib.suppress(TimeoutError):
        await until(lambda: world.number("select count(*) from heard") >= enough, seconds=5)
    await asyncio.sleep(luck.uniform(0, 0.05))


def _share(database: Database) -> int:
    """The seeds and databases share the kills."""
    shares = (len(SEEDS) + len(RANDOM)) * 2
    return -(-KILLS // shares)


def _nothing_was_said_twice(world: World) -> None:
    """No key stands twice: an answer given anew gets its comment under a new one."""
    repeated = [key for key, times in world.times("").items() if times > 1]
    assert repeated == []
    assert world.rows("select message from threads where times > 1") == []


@on_sqlite
async def test_x080_told_to_go_in_full_work_it_goes_and_nothing_is_lost(stations: Stations, database: Database) -> None:
    stations.world.plan(a_busy_hour(random.Random(80), 150, 1))
    first = await stations.start(slowness=0.2)
    await stations.begun(1)
    await asyncio.sleep(2)

    assert await stations.let_go(first) == 0
    await stations.start()
    await stations.quiet()

    await promises_hold(stations, database)
    _nothing_was_said_twice(stations.world)
