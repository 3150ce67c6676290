"""Reads the open threads again after a time in which nobody told us what was written (FAULTS 22).

Everything goes the way of a new event: what is known already changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import discord

from adapters.discord_chat import incoming
from adapters.discord_chat.door import Door
from adapters.discord_chat.finding import SKEW
from adapters.discord_chat.hearing import Hearing
from adapters.discord_chat.rest import Rest
from adapters.discord_chat.rooms import is_conversation
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import PlaceGone
from bot.ports import LiveThread, Views

log = logging.getLogger(__name__)

#: A thread of more messages since the question is read no further.
MOST_MESSAGES = 2_000
TRIES = 5
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


class CatchUp:
    """Reads threads through discord.py's client. One reading at a time: a new one replaces the one under way."""

    def __init__(self, views: Views, rest: Rest, hearing: Hearing, door: Door, client: discord.Client) -> None:
        self._client = client
        self._views = views
        self._rest = rest
        self._hearing = hearing
        self._door = door
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to read all open threads, beside what the gateway tells."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._read_all()
        except Exception:
            log.exception("discord_threads_not_read")

    async def _read_all(self) -> None:
        threads = await self._open_threads()
        self._hearing.known = frozenset(live.thread.id for live in threads)
        for live in threads:
            await self._read_or_leave(live)
        log.info("discord_threads_read", extra={"threads": len(threads)})

    async def _open_threads(self) -> Sequence[LiveThread]:
        pause = FIRST_PAUSE
        while True:
            try:
                return await self._views.open_threads(incoming.PLATFORM)
            except NotNow as away:
                log.info("discord_threads_wait", extra={"why": str(away)})
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _read_or_leave(self, live: LiveThread) -> None:
        """One thread that cannot be read holds up no other."""
        pause = FIRST_PAUSE
        for _ in range(TRIES):
            try:
                await self._read(live)
                return
            except NotNow as away:
                await asyncio.sleep(away.after or pause)
                pause *= 2
            except Refused as refused:
                if refused.because is RefusedBecause.GONE:
                    self._door.tell(PlaceGone(live.thread, incoming.now()), live.thread.id)
                else:
                    log.warning("discord_thread_not_read", extra={"place": live.thread.id, "why": str(refused)})
                return
        log.warning("discord_thread_not_read", extra={"place": live.thread.id, "why": "Discord is away"})

    async def _read(self, live: LiveThread) -> None:
        server = None if is_conversation(live.thread) else int(live.thread.workspace)
        place = self._client.get_partial_messageable(int(live.thread.id), guild_id=server)
        seen = set[str]()
        with self._rest.in_our_words():
            since = live.posted_at - SKEW
            async for message in place.history(limit=MOST_MESSAGES, after=since, oldest_first=True):
                seen.add(str(message.id))
                await self._door.room()
                self._tell(message, live)
        self._tell_gone(live, seen)

    def _tell(self, message: discord.Message, live: LiveThread) -> None:
        if not self._hearing.concerns_us(message):
            return
        self._hearing.tell_posted(message, live.thread)
        if message.edited_at is not None:
            self._hearing.tell_edited(message, live.thread)

    def _tell_gone(self, live: LiveThread, seen: set[str]) -> None:
        """Parts of answers that are not there any more. A thread always holds its own first message: without any at all
        we may not read it, or it was too long, and know nothing."""
        gone = [part for part in live.parts if part not in seen]
        if gone and 0 < len(seen) < MOST_MESSAGES:
            thread = live.thread
            self._door.tell(incoming.to_deleted(thread.workspace, thread.id, gone), thread.id)

    async def close(self) -> None:
        """Ends what is under way."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
