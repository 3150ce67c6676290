"""What was written while nobody listened: the open threads are read again, as fast as Slack allows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from adapters.slack_chat.calls import PLATFORM, Calls
from adapters.slack_chat.door import Door, now
from adapters.slack_chat.errors import SlackSaysNo
from adapters.slack_chat.incoming import Us, is_conversation, message_of, moment, to_edited, to_posted
from adapters.slack_chat.people import People
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import Incoming, MessagesDeleted, PlaceGone
from bot.domain.refs import ThreadRef
from bot.ports import LiveThread, Views

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Slack's manual: 50 calls a minute for one's own app. Apps sold outside of the Marketplace are given one a minute and
#: 15 messages in it; they get a 429 that says how long to wait, and are as slow as it asks.
CALLS_PER_SECOND = 50 / 60
PAGE = 100
_IN_THREAD, _IN_CONVERSATION = "conversations.replies", "conversations.history"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0


class CatchUp:
    """Reads the open threads, one after the other."""

    def __init__(self, calls: Calls, people: People, views: Views, door: Door) -> None:
        self._calls = calls
        self._people = people
        self._views = views
        self._door = door
        self._per_second = CALLS_PER_SECOND
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begins anew; what an earlier reading had not come to is read by this one."""
        self.stop()
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Ends the reading."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Ends the reading and waits for that."""
        self.stop()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            threads = await _patiently(lambda: self._views.open_threads(PLATFORM))
            for live in threads:
                await self._read(live)
            if threads:
                log.info("slack_caught_up", extra={"threads": len(threads)})
        except Exception:
            log.exception("slack_catch_up_broke")

    async def _read(self, live: LiveThread) -> None:
        """One thread. A workspace or channel that is closed to us keeps us from no other."""
        try:
            us = await _patiently(lambda: self._people.us(live.thread.space))
            seen = [one["ts"] async for one in self._told(us, live)]
            gone = [id for id in live.parts if id not in seen and await self._is_gone(live.thread, id)]
        except Refused as refused:
            log.warning("slack_thread_not_read", extra={"thread_ts": live.thread.id, "why": str(refused)})
            if isinstance(refused, SlackSaysNo) and refused.because is RefusedBecause.GONE:
                await self._tell(PlaceGone(live.thread, now()))
            return
        if gone:
            messages = tuple(message_of(us.space, live.thread.channel, id) for id in gone)
            await self._tell(MessagesDeleted(messages, now()))

    async def _is_gone(self, thread: ThreadRef, id: str) -> bool:
        """Whether a message that was not among those read was deleted. What belongs to a private place may stand in
        another thread of the conversation, so there it is asked for by itself. Raises `Refused`."""
        if not is_conversation(thread.channel):
            return True
        alone = {"ts": id, "oldest": id, "latest": id, "inclusive": "true"}
        try:
            found = [one async for one in self._pages(thread, _IN_THREAD, alone)]
        except SlackSaysNo as no:
            if no.because is not RefusedBecause.GONE:
                raise
            return True
        return all(one["ts"] != id or one.get("subtype") == "tombstone" for one in found)

    async def _told(self, us: Us, live: LiveThread) -> AsyncIterator[Mapping[str, Any]]:
        """Each message of a thread, after it was told. What the core knows already changes nothing."""
        async for one in self._messages(live.thread):
            event = self._event(us, live, one)
            if event is not None:
                await self._tell(event)
            yield one

    def _event(self, us: Us, live: LiveThread, message: Mapping[str, Any]) -> Incoming | None:
        channel, edited = live.thread.channel, message.get("edited")
        if message.get("subtype") == "tombstone":
            return MessagesDeleted((message_of(us.space, channel, message["ts"]),), now())
        if edited and message["ts"] in live.parts:
            return to_edited(us, message, channel, edited["ts"])
        return to_posted(us, message, channel)

    async def _messages(self, thread: ThreadRef) -> AsyncIterator[Mapping[str, Any]]:
        """A thread, oldest first. In a conversation also what stands beside it since it began: that is meant for it
        as well."""
        inside = self._pages(thread, _IN_THREAD, {"ts": thread.id})
        if not is_conversation(thread.channel):
            async for one in inside:
                yield one
            return
        found = {one["ts"]: one async for one in inside}
        # Slack's history begins with the newest.
        found |= {one["ts"]: one async for one in self._pages(thread, _IN_CONVERSATION, {"oldest": thread.id})}
        for ts in sorted(found, key=moment):
            yield found[ts]

    async def _pages(
        self, thread: ThreadRef, method: str, about: Mapping[str, str]
    ) -> AsyncIterator[Mapping[str, Any]]:
        args: dict[str, str | int] = {"channel": thread.channel, "limit": PAGE, **about}
        while True:
            page = await _patiently(lambda: self._page(thread, method, args))
            for one in page["messages"]:
                yield one
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            args["cursor"] = cursor

    async def _page(self, thread: ThreadRef, method: str, args: Mapping[str, str | int]) -> Mapping[str, Any]:
        """One page, when it is its turn. A 429 tells how fast this app may read; it keeps to that from then on."""
        await self._calls.pace.turn(f"{PLATFORM}:{thread.workspace}:{method}", self._per_second)
        try:
            return await self._calls.read(thread.space, method, **args)
        except NotNow as away:
            if away.after:
                self._per_second = min(self._per_second, 1 / away.after)
            raise

    async def _tell(self, event: Incoming) -> None:
        await _patiently(lambda: self._door.tell(event))


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Again and again until it is done, with the pauses that were asked for. Raises `Refused`."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return await call()
        except NotNow as away:
            await asyncio.sleep(pause if away.after is None else away.after)
            pause = min(pause * 2, _LONGEST_PAUSE)
