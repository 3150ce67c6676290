"""Events of the gateway on their way to the intake: in order within a lane, lanes side by side.

Discord never tells an event of the gateway again, so each is kept here until it is stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from bot.domain.errors import NotNow
from bot.domain.incoming import Incoming

log = logging.getLogger(__name__)

#: So many events are kept while the database is away. What does not fit is read again from the threads later.
MOST = 10_000
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
#: For what fails in another way than by an outage.
TRIES = 3


class Lanes:
    """Hands events to `store`, again and again until it took them. When some did not fit, `recovered` is called once
    all others are stored."""

    def __init__(self, store: Callable[[Incoming], Awaitable[None]], recovered: Callable[[], None]) -> None:
        self._store = store
        self._recovered = recovered
        self._lanes: dict[str, deque[Incoming]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._away = False
        self._lost = False
        self._room = asyncio.Event()
        self._room.set()

    def put(self, lane: str, event: Incoming) -> None:
        """Takes an event into a lane."""
        if self._waiting >= MOST:
            self._overflow()
            return
        self._count(+1)
        if lane in self._lanes:
            self._lanes[lane].append(event)
            return
        self._lanes[lane] = deque([event])
        worker = asyncio.create_task(self._drain(lane))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def room(self) -> None:
        """Returns when half of the room is free: for whoever can wait with what it brings."""
        await self._room.wait()

    def _count(self, change: int) -> None:
        self._waiting += change
        if self._waiting > MOST // 2:
            self._room.clear()
        else:
            self._room.set()

    def _overflow(self) -> None:
        if not self._lost:
            log.error("discord_events_lost", extra={"kept": self._waiting, "mend": "open threads are read again"})
        self._lost = True

    async def _drain(self, lane: str) -> None:
        events = self._lanes[lane]
        while events:
            await self._file(events[0])
            events.popleft()
            self._count(-1)
        del self._lanes[lane]
        if self._lost and not self._waiting:
            self._lost = False
            self._recovered()

    async def _file(self, event: Incoming) -> None:
        """Stores an event. A bug of ours is loud, and after some tries it holds up what comes behind it no longer."""
        for _ in range(TRIES):
            try:
                await self._until_stored(event)
                return
            except Exception:
                log.exception("discord_event_not_filed", extra={"what": type(event).__name__})
                await asyncio.sleep(FIRST_PAUSE)

    async def _until_stored(self, event: Incoming) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._store(event)
            except NotNow as away:
                self._note_away(str(away))
                await asyncio.sleep(away.after or pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._note_back()
                return

    def _note_away(self, why: str) -> None:
        if not self._away:
            log.warning("discord_events_wait", extra={"why": why, "kept": self._waiting})
        self._away = True

    def _note_back(self) -> None:
        if self._away:
            log.info("discord_events_go_on", extra={"kept": self._waiting})
        self._away = False

    async def close(self) -> None:
        """Ends; what was not stored will be read again from the threads."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
