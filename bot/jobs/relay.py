"""Hands what is owed to the engine: at once after a commit, and every second for what was left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from functools import partial

from bot.domain.errors import NotNow
from bot.jobs.telling import describe
from bot.ports import Clock
from bot.storage.engine import Connection, Database
from bot.storage.work import Owed, due, park, strike_out

log = logging.getLogger(__name__)

#: Hands one story to the engine inside our transaction.
Enqueue = Callable[[Connection, Owed], None]

#: In one transaction; others who write wait so long.
AT_ONCE = 50
TICK_SECONDS = 1.0


class Relay:
    """The only place where our rows and the engine's meet in one transaction: a story is either owed or handed over."""

    def __init__(self, database: Database, enqueue: Enqueue, stories: Collection[str], clock: Clock) -> None:
        self._database = database
        self._enqueue = enqueue
        self._stories = stories
        self._clock = clock
        self._away = False

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        knock = asyncio.Event()
        self._database.on_owed = partial(_knock_on, loop, knock)
        while True:
            try:
                await self.hand_over()
                self._away = False
            except NotNow:
                if not self._away:
                    log.warning("relay_waits_for_the_database")
                self._away = True
            await _wait(knock, TICK_SECONDS)
            knock.clear()

    async def hand_over(self) -> int:
        """Hands over all that is due; returns how many. Raises `NotNow` when the database is away."""
        handed = some = await self._hand_some()
        while some == AT_ONCE:  # fewer are all there are: looking again would be a transaction for nothing
            some = await self._hand_some()
            handed += some
        return handed

    async def _hand_some(self) -> int:
        now = self._clock.now()

        def hand(conn: Connection, most: int) -> int:
            rows = due(conn, now, most, self._stories, hold=True)
            for row in rows:
                self._enqueue(conn, row)
            strike_out(conn, [row.id for row in rows])
            return len(rows)

        try:
            return await self._database.write(partial(hand, most=AT_ONCE))
        except NotNow:
            raise
        except Exception:
            log.exception("a_batch_was_not_taken")
            return await self._hand_each()

    async def _hand_each(self) -> int:
        """One by one, so that a row the engine will not take does not hold up the others: it is parked."""
        now = self._clock.now()
        rows = await self._database.read(lambda conn: due(conn, now, AT_ONCE, self._stories))
        for row in rows:
            try:
                await self._database.write(partial(self._hand_one, row=row))
            except NotNow:
                raise
            except Exception as error:
                why = describe(error)
                log.warning("story_not_taken", extra={"story": row.story, "key": row.key, "why": why})
                await self._database.write(partial(self._set_aside, row=row, why=why))
        return len(rows)

    def _hand_one(self, conn: Connection, row: Owed) -> None:
        self._enqueue(conn, row)
        strike_out(conn, [row.id])

    def _set_aside(self, conn: Connection, row: Owed, why: str) -> None:
        park(conn, row.story, row.key, row.group_id, row.args, why, row.attempt, self._clock.now())
        strike_out(conn, [row.id])


def _knock_on(loop: asyncio.AbstractEventLoop, knock: asyncio.Event) -> None:
    """From a writer's thread."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(knock.set)


async def _wait(knock: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await knock.wait()
    except TimeoutError:
        pass
