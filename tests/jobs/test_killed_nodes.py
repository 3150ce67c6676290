"""Real processes, real files: what a node leaves behind when it is stopped, frozen or killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from patience import until
from processes import in_own_process
from sqlalchemy import Connection, text
from storyteller import FAST, Diary, WallClock, silent_for_long, tell_stories

from bot.domain.errors import NotNow
from bot.jobs.nodes import Rhythm
from bot.ports import Story
from bot.storage.engine import Database
from bot.storage.work import owe

pytestmark = pytest.mark.slow


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path)


class Nodes:
    """Processes that tell stories on one database."""

    def __init__(self, database: Database, diary: Diary) -> None:
        self._database = database
        self._url = database.url.render_as_string(hide_password=False)
        self._folder = str(diary.folder)
        self.started: list[ForkServerProcess] = []

    def start(self, rhythm: Rhythm = FAST) -> ForkServerProcess:
        node = in_own_process(tell_stories, self._url, self._folder, rhythm)
        self.started.append(node)
        return node

    def send(self, node: ForkServerProcess, number: signal.Signals) -> None:
        assert node.pid is not None
        os.kill(node.pid, number)

    async def kill(self, node: ForkServerProcess) -> None:
        """As a power cut would; and then time passes. It must be the only one that runs."""
        self.send(node, signal.SIGKILL)
        await asyncio.to_thread(node.join)
        await silent_for_long(self._database)

    async def freeze(self, node: ForkServerProcess) -> None:
        """Stops it where it is, for long, but not with a lock of the database in its hands. It must be the only one."""
        while True:
            self.send(node, signal.SIGSTOP)
            try:
                return await silent_for_long(self._database)
            except NotNow:
                self.send(node, signal.SIGCONT)

    def stop_all(self) -> None:
        for node in self.started:
            node.kill()
            node.join()


@pytest.fixture
def nodes(database: Database, diary: Diary) -> Iterator[Nodes]:
    nodes = Nodes(database, diary)
    yield nodes
    nodes.stop_all()


async def owe_stories(database: Database, story: Story, count: int) -> None:
    def work(conn: Connection) -> None:
        for number in range(count):
            owe(conn, story, f"{story}:{number}", number % 3, [f"story{number}"], WallClock().now())

    await database.write(work)


async def nothing_is_left(database: Database) -> bool:
    count = text("select (select count(*) from owed) + (select count(*) from parked)")
    return await database.read(lambda conn: conn.execute(count).scalar_one() == 0)


@pytest.mark.fault(33, 34)
async def test_what_a_killed_node_left_is_finished_by_another_without_repeating_finished_steps(
    database: Database, nodes: Nodes, diary: Diary
) -> None:
    await owe_stories(database, Story.REVIEW_ANSWER, 40)
    first = nodes.start()
    await diary.wait_for("second", 5)

    await nodes.kill(first)
    under_way = len(diary.times("first")) - len(diary.times("third"))
    nodes.start()
    await diary.wait_for("third", 40)

    repeats = sum(sum(diary.times(step).values()) - 40 for step in ("first", "second", "third"))
    assert repeats <= max(under_way, 1)  # at most the one step each of them was in
    assert await nothing_is_left(database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_where_processes_share_a_disk_a_death_is_seen_at_once(
    database: Database, nodes: Nodes, diary: Diary
) -> None:
    patient = Rhythm(beat_seconds=10, silent_seconds=3600)
    await owe_stories(database, Story.POST_QUESTION, 1)
    first = nodes.start(patient)
    await diary.wait_for("waits", 1)

    nodes.send(first, signal.SIGKILL)
    await asyncio.to_thread(first.join)
    (diary.folder / "door").touch()
    nodes.start(patient)

    await diary.wait_for("speaks", 1)


async def test_x008_a_frozen_node_whose_work_moved_on_does_not_speak_when_it_wakes(
    database: Database, nodes: Nodes, diary: Diary
) -> None:
    await owe_stories(database, Story.POST_QUESTION, 1)
    frozen = nodes.start()
    await diary.wait_for("waits", 1)

    await nodes.freeze(frozen)
    other = nodes.start()
    await until(lambda: diary.times("waits")["story0"] == 2)
    (diary.folder / "door").touch()
    await diary.wait_for("speaks", 1)
    nodes.send(frozen, signal.SIGCONT)
    await asyncio.sleep(2)

    # On a slow machine the other may be asked twice: a step may run again, and the courier's key speaks once.
    assert {pid for _, what, pid in diary.lines() if what == "speaks"} == {other.pid}
    assert await nothing_is_left(database)


async def test_x080_a_node_told_to_go_leaves_and_its_work_is_finished_by_the_next(
    database: Database, nodes: Nodes, diary: Diary
) -> None:
    await owe_stories(database, Story.REVIEW_ANSWER, 60)
    await owe_stories(database, Story.POST_QUESTION, 1)
    first = nodes.start()
    await diary.wait_for("waits", 1)
    await diary.wait_for("first", 5)

    nodes.send(first, signal.SIGTERM)
    await asyncio.to_thread(first.join, 180)
    assert first.exitcode == 0
    (diary.folder / "door").touch()
    nodes.start()
    await diary.wait_for("third", 60)
    await diary.wait_for("speaks", 1)

    # On a machine so busy that the grace was over before a step was noted as done, that step is repeated.
    assert len(diary.times("third")) == 60
    assert set(diary.times("third").values()) <= {1, 2}
    assert await nothing_is_left(database)
