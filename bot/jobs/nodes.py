"""Which processes live, what dead ones left behind, and duties that only one process may have."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import uuid4

from bot.domain.errors import NotNow
from bot.jobs.lifelines import Lifeline
from bot.jobs.telling import StepFailed, after_error, file_end
from bot.ports import Clock
from bot.storage.engine import Connection, Database
from bot.storage.pacing import forget_idle_paces
from bot.storage.work import (
    Owed,
    beat,
    count_takeover,
    forget_nodes,
    forget_silent_nodes,
    forget_takeovers,
    let_go_of_lease,
    living_nodes,
    take_lease,
)

log = logging.getLogger(__name__)

#: A story that was under way when so many nodes died may well have killed them.
MOST_DEATHS = 3
KEEP_ENDED = timedelta(days=14)
CLEAN_EVERY_SECONDS = 24 * 3600.0
#: How often one who stands by looks whether a lease is free: that of a process which certainly died is free at once.
STAND_BY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Stranded:
    """Work that a node which is gone had begun."""

    workflow_id: str
    owed: Owed


class Begun(Protocol):
    """The engine, seen from the reaper."""

    async def begun(self) -> Sequence[tuple[str, str]]:
        """Id and node of all work that was begun and not ended."""
        ...

    def running(self) -> Collection[str]:
        """Ids of what this process is telling right now."""
        ...

    async def stranded(self, workflow_ids: Collection[str]) -> Sequence[Stranded]:
        """What these were about; those that ended meanwhile are left out."""
        ...

    async def broken(self) -> Sequence[Stranded]:
        """What the engine itself could not bring to an end: a story's own errors never get this far."""
        ...

    async def resume(self, workflow_ids: Collection[str]) -> None:
        """Queues them again; a node that was only frozen cannot write to them any more."""
        ...

    async def give_up(self, workflow_id: str) -> None:
        """Ends it for good."""
        ...

    async def forget(self, workflow_ids: Collection[str]) -> None:
        """As if they had never been handed over."""
        ...

    async def clean(self, before: datetime) -> int:
        """Deletes what ended before then; returns how many."""
        ...


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a node gives a sign of life, and after how much silence it counts as dead."""

    beat_seconds: float = 10.0
    silent_seconds: float = 30.0


def new_node_id() -> str:
    """New at each start: a node that comes back is another node, and what the old one left is taken over like any."""
    return f"{socket.gethostname()[:40]}-{uuid4().hex[:12]}"


class Heartbeat:
    """This process in the list of living ones."""

    def __init__(self, database: Database, lifeline: Lifeline, node: str, roles: str, rhythm: Rhythm) -> None:
        self._database = database
        self._lifeline = lifeline
        self._node = node
        self._roles = roles
        self._rhythm = rhythm

    async def begin(self) -> None:
        """The first sign of life. Raises `NotNow`."""
        await asyncio.to_thread(self._lifeline.hold, self._node)
        await self.beat()

    async def beat(self) -> None:
        """One sign of life. Raises `NotNow`."""
        await self._database.write(lambda conn: beat(conn, self._node, self._roles))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._rhythm.beat_seconds)
            try:
                await self.beat()
            except NotNow:
                log.warning("heartbeat_not_stored", extra={"node": self._node})

    async def leave(self) -> None:
        """Out of the list: what is left undone may be taken over at once."""
        try:
            await self._database.write(lambda conn: forget_nodes(conn, [self._node]))
        except NotNow:
            log.warning("node_left_without_a_word", extra={"node": self._node})
        else:
            await asyncio.to_thread(self._lifeline.let_go)


class Reaper:
    """Takes over what dead nodes left, and throws away what ended long ago. One node at a time does it."""

    def __init__(
        self, database: Database, lifeline: Lifeline, engine: Begun, clock: Clock, node: str, rhythm: Rhythm
    ) -> None:
        self._database = database
        self._lifeline = lifeline
        self._engine = engine
        self._clock = clock
        self._node = node
        self._rhythm = rhythm
        self._clean_at = clock.now()
        self._idle: set[str] = set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._bury()
                await self.pick_up()
                if await self._database.write(self._my_turn):
                    await self.reap()
                    await self.mend()
                    await self._clean_daily()
            except NotNow:
                log.warning("reaper_waits_for_the_database")
            except Exception:
                log.exception("reaper_failed")  # the next round may well succeed, and stories go on meanwhile
            await asyncio.sleep(self._rhythm.beat_seconds)

    async def pick_up(self) -> None:
        """Queues again what is under way on this node by the books, but not in truth, twice in a row: when its database
        goes away in the wrong moment, the engine claims a story and never begins it, or forgets how it ended."""
        idle = {id for id, node in await self._engine.begun() if node == self._node} - set(self._engine.running())
        lost, self._idle = idle & self._idle, idle - self._idle
        if lost:
            await self._engine.resume(lost)
            log.warning("stories_picked_up", extra={"count": len(lost)})

    async def reap(self) -> int:
        """Queues again what was under way on nodes that no longer live; returns how many stories.

        A story three nodes died with counts as failed: it waits, and is parked in the end.
        """
        begun = await self._engine.begun()  # before the list of nodes, so that one just started is never missed there
        alive = await self._database.read(lambda conn: living_nodes(conn, self._rhythm.silent_seconds))
        orphans = [workflow_id for workflow_id, node in begun if node not in alive]
        if orphans:
            stranded = await self._engine.stranded(orphans)
            await self._engine.resume([work.workflow_id for work in stranded if not await self._is_deadly(work)])
            log.warning("stories_taken_over", extra={"count": len(stranded)})
        await self._database.write(lambda conn: forget_silent_nodes(conn, 10 * self._rhythm.silent_seconds))
        return len(orphans)

    async def mend(self) -> int:
        """Owes again what the engine broke, as it does when its database goes away in the wrong moment; one that breaks
        time and again is parked. Returns how many."""
        broken = await self._engine.broken()
        for work in broken:
            end = after_error(work.owed, StepFailed("the work engine failed"))
            await self._database.write(partial(file_end, owed=work.owed, end=end, now=self._clock.now()))
        if broken:
            await self._engine.forget([work.workflow_id for work in broken])
        return len(broken)

    async def _bury(self) -> None:
        """Nodes that are certainly dead need no thirty seconds of silence."""
        if dead := await asyncio.to_thread(self._lifeline.cut):
            await self._database.write(lambda conn: forget_nodes(conn, dead))
            for node in dead:
                await asyncio.to_thread(self._lifeline.bury, node)

    async def _is_deadly(self, work: Stranded) -> bool:
        deaths = await self._database.write(lambda conn: count_takeover(conn, work.workflow_id))
        if deaths < MOST_DEATHS:
            return False
        # It may be innocent: a node holds many stories when it dies. So it counts as failed, waits, and tries again.
        end = after_error(work.owed, StepFailed(f"{MOST_DEATHS} processes ended while it ran"))
        await self._database.write(partial(file_end, owed=work.owed, end=end, now=self._clock.now()))
        await self._engine.give_up(work.workflow_id)
        return True

    async def _clean_daily(self) -> None:
        now = self._clock.now()
        if now < self._clean_at:
            return
        self._clean_at = now + timedelta(seconds=CLEAN_EVERY_SECONDS)
        deleted = await self._engine.clean(now - KEEP_ENDED)
        await self._database.write(lambda conn: forget_takeovers(conn, now - KEEP_ENDED))
        await self._database.write(forget_idle_paces)
        if deleted:
            log.info("ended_stories_cleaned", extra={"count": deleted})

    def _my_turn(self, conn: Connection) -> bool:
        return take_lease(conn, "reaper", self._node, 3 * self._rhythm.beat_seconds)


async def hold_lease(
    database: Database, name: str, holder: str, duty: Callable[[], Awaitable[None]], seconds: float = 30.0
) -> None:
    """Stands by until the lease is ours, then does the duty for as long as it stays ours; then stands by again.

    Returns when the duty does. A lease that could not be renewed in time is given up before anybody else may take it.
    """
    while True:
        await _stand_by(database, name, holder, seconds)
        log.info("lease_taken", extra={"lease": name})
        if await _on_duty(database, name, holder, duty, seconds):
            return
        log.warning("lease_lost", extra={"lease": name})


async def _on_duty(
    database: Database, name: str, holder: str, duty: Callable[[], Awaitable[None]], seconds: float
) -> bool:
    """True when the duty came to its end, False when the lease was lost before."""
    work = asyncio.ensure_future(duty())
    renewing = asyncio.create_task(_renew(database, name, holder, seconds))
    try:
        await asyncio.wait({work, renewing}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await work
            return True
        return False
    finally:
        for task in (work, renewing):
            task.cancel()
        await asyncio.gather(work, renewing, return_exceptions=True)
        await _let_go(database, name, holder)


async def _renew(database: Database, name: str, holder: str, seconds: float) -> None:
    """Returns when the lease is no longer surely ours."""
    loop = asyncio.get_running_loop()
    sure_until = loop.time() + seconds * 2 / 3
    while loop.time() < sure_until:
        await asyncio.sleep(seconds / 6)
        asked = loop.time()
        with suppress(NotNow, TimeoutError):
            async with asyncio.timeout_at(sure_until):
                if not await database.write(lambda conn: take_lease(conn, name, holder, seconds)):
                    return
                sure_until = asked + seconds * 2 / 3


async def _stand_by(database: Database, name: str, holder: str, seconds: float) -> None:
    """Until the lease is ours."""
    while True:
        try:
            if await database.write(lambda conn: take_lease(conn, name, holder, seconds)):
                return
        except NotNow:
            log.info("lease_waits_for_the_database", extra={"lease": name})
        await asyncio.sleep(STAND_BY_SECONDS)


async def _let_go(database: Database, name: str, holder: str) -> None:
    try:
        await database.write(lambda conn: let_go_of_lease(conn, name, holder))
    except NotNow:
        log.info("lease_runs_out", extra={"lease": name})
