"""Durable work as one thing to run: engine, relay, heartbeat and reaper together."""

from __future__ import annotations

import asyncio

from bot.jobs.engine import StoryEngine
from bot.jobs.lifelines import Lifeline, folder_for
from bot.jobs.nodes import Heartbeat, Reaper, Rhythm
from bot.jobs.relay import Relay
from bot.jobs.telling import Stories
from bot.ports import Clock
from bot.storage.engine import Database

#: With what follows, a process is gone within ten seconds of being asked to go.
GRACE_SECONDS = 6
#: Stories told side by side by one process. Most of their time they wait, for the database, for a turn at a platform or
#: for a model: so many keep Discord's fifty requests a second busy while interviewers think.
AT_ONCE = 128


class DurableWork:
    """Tells owed stories, with as many other processes as there are on the same database."""

    def __init__(
        self,
        database: Database,
        stories: Stories,
        clock: Clock,
        node: str,
        *,
        roles: str = "worker",
        rhythm: Rhythm | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        rhythm = rhythm or Rhythm()
        lifeline = Lifeline(folder_for(database.url))
        self._engine = StoryEngine(database, stories, clock, node, at_once)
        self._relay = Relay(database, self._engine.enqueue, [story.value for story in stories], clock)
        self._heartbeat = Heartbeat(database, lifeline, node, roles, rhythm)
        self._reaper = Reaper(database, lifeline, self._engine, clock, node, rhythm)

    async def run(self) -> None:
        """Tells what is owed until cancelled; then takes no more, lets running stories go on for a few seconds, and
        leaves what is unfinished to whoever comes next."""
        await self._heartbeat.begin()  # before any work is ours, or others would take it for abandoned
        try:
            await self._engine.start()
            async with asyncio.TaskGroup() as together:
                together.create_task(self._heartbeat.run())
                together.create_task(self._relay.run())
                together.create_task(self._reaper.run())
        finally:
            await self._engine.stop(GRACE_SECONDS)
            await self._heartbeat.leave()
