"""Live messages: each open browser tab holds one stream, woken by a nudge from within or by a look each second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from bot.domain.errors import NotNow
from bot.ports import RoomMessage, RoomStore

#: Other processes write to the same room; nobody nudges us about that.
LOOK_SECONDS = 1.0
#: A word now and then keeps proxies from closing a quiet stream.
QUIET_LOOKS = 15


class Feed:
    """Wakes everybody who waits for something new."""

    def __init__(self) -> None:
        self.closed = False
        self._news = asyncio.Event()

    def nudge(self) -> None:
        """Something was written."""
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Ends all streams: the server stops."""
        self.closed = True
        self.nudge()

    @property
    def news(self) -> asyncio.Event:
        """The next nudge. Taken before one looks, so that what comes while looking is not missed."""
        return self._news


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return


async def stream(
    feed: Feed,
    store: RoomStore,
    viewer: str,
    since: int,
    show: Callable[[Sequence[RoomMessage]], Awaitable[Sequence[dict[str, Any]]]],
    still_here: Callable[[], Awaitable[bool]],
) -> AsyncIterator[str]:
    """Everything that changes after `since` and this viewer may see, as server-sent events with their seq as id."""
    yield "retry: 1500\n\n"
    seq, quiet = since, 0
    while not feed.closed:
        news = feed.news
        try:
            changed = await store.changed_since(seq, viewer)
            for message, shown in zip(changed, await show(changed), strict=True):
                seq = message.seq
                yield f"id: {seq}\nevent: message\ndata: {json.dumps(shown)}\n\n"
            quiet = 0 if changed else quiet + 1
            if quiet >= QUIET_LOOKS:
                quiet = 0
                if not await still_here():
                    return
                yield ": still here\n\n"
            if changed:
                continue
        except NotNow:
            quiet += 1
        await _wait(news, LOOK_SECONDS)
