"""Two whole bots on one database: they share the work, and one takes over what the other left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import ScriptedReviewer
from group import PLATFORM, FixedQuestions
from patience import until
from promises import broken_promises
from station import WORKSPACE, Stations, World

from bot.app import SystemClock, build_core
from bot.domain.asking import Schedule
from bot.domain.incoming import SpaceJoined
from bot.domain.refs import ChannelRef, SpaceRef
from bot.shelves import Comments, TrackState, Tx
from bot.storage.engine import Database

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]

GROUPS = 50
#: `make faults` takes a thousand, which need minutes.
TRACKS = 1000 if "STUDYBOT_KILLS" in os.environ else 200


@pytest.fixture
async def stations(database: Database, tmp_path: Path) -> AsyncIterator[Stations]:
    stations = Stations(database, tmp_path, World(tmp_path))
    yield stations
    stations.end()


async def many_tracks(database: Database, count: int) -> None:
    """So many tracks in some groups, all due since a moment ago."""
    now = datetime.now(UTC)
    due = now - timedelta(seconds=1)
    core = build_core(database, FixedQuestions(), ScriptedReviewer(), {}, SystemClock())
    schedule = Schedule("UTC", due.time().replace(microsecond=0), frozenset(range(7)))

    for group in range(1, GROUPS + 1):
        await core.intake.receive(SpaceJoined(SpaceRef(PLATFORM, f"{WORKSPACE}-{group}"), "One of many", now))

    def add(tx: Tx) -> None:
        for number in range(count):
            group = number % GROUPS + 1
            channel = ChannelRef(PLATFORM, f"{WORKSPACE}-{group}", f"channel-{number}")
            settings = (TrackState.ACTIVE, schedule, ("pack",), Comments.BRIEF)
            tx.asking.add_track(group, *settings, due, channel, now)

    await core.storage.write(add)


def posted(stations: Stations) -> int:
    return stations.world.number("select count(*) from heard where key like 'post:%'")


def threads(stations: Stations) -> int:
    return stations.world.number("select count(*) from threads")


@pytest.mark.fault(7)
async def test_x007_many_tracks_are_due_at_once_and_two_nodes_post_one_question_in_each(
    stations: Stations, database: Database
) -> None:
    await many_tracks(database, TRACKS)

    for _ in range(2):
        await stations.start(slowness=0.0)
    await until(lambda: threads(stations) >= TRACKS, seconds=600)
    await stations.quiet()

    times = stations.world.times("post:")
    assert (len(times), set(times.values())) == (TRACKS, {1})
    assert stations.world.rows("select count(*), max(times) from threads") == [(TRACKS, 1)]
    assert await broken_promises(database, stations.world.heard()) == []


async def test_a_node_killed_for_good_leaves_its_work_to_the_other(stations: Stations, database: Database) -> None:
    await many_tracks(database, 60)
    first = await stations.start(slowness=0.2)
    await until(lambda: posted(stations) >= 5)
    await stations.start(slowness=0.0)
    await stations.begun(2)
    await asyncio.sleep(0.3)

    await stations.kill(first)
    await until(lambda: threads(stations) >= 60)
    await stations.quiet()

    times = stations.world.times("post:")
    assert (len(times), set(times.values())) == (60, {1})
    assert stations.world.rows("select count(*), max(times) from threads") == [(60, 1)]
    assert await broken_promises(database, stations.world.heard()) == []
