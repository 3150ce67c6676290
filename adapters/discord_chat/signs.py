"""The received sign: our reaction on an answer until its comment is there. Both are tried once and hold nobody up."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from functools import partial
from typing import Any

from adapters.discord_chat.rest import Rest
from bot.domain.errors import NotNow, Refused
from bot.domain.refs import MessageRef, UserRef

log = logging.getLogger(__name__)

EYES = "\N{EYES}"
_PATH = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me"
#: So many signs are remembered, for private comments, which do not say what message they are about.
MOST = 5_000


class Signs:
    """Puts signs on messages and takes them off."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._under_way: set[asyncio.Task[None]] = set()
        self._latest: dict[MessageRef, asyncio.Task[None]] = {}
        self._of: OrderedDict[tuple[str, UserRef], MessageRef] = OrderedDict()

    def put(self, message: MessageRef, author: UserRef | None) -> None:
        """The answer in this message is stored."""
        self._then(message, "PUT")
        if author is not None:
            self._of[message.channel, author] = message
            _shrink(self._of)

    def take_off(self, message: MessageRef) -> None:
        """Its comment is there."""
        self._then(message, "DELETE")

    def commented(self, message: MessageRef) -> None:
        """Some process said the comment. Its own taking off may come before a sign of ours that is still on its way."""
        if message in self._latest:
            self.take_off(message)

    def take_off_of(self, thread: str, author: UserRef) -> None:
        """Somebody's comment came in private."""
        message = self._of.pop((thread, author), None)
        if message is not None:
            self.take_off(message)

    def _then(self, message: MessageRef, method: str) -> None:
        """After what is under way for the same message, so that a sign never outlives its comment."""
        task = asyncio.create_task(self._react(method, message, self._latest.get(message)))
        self._latest[message] = task
        self._under_way.add(task)
        task.add_done_callback(partial(self._over, message))

    def _over(self, message: MessageRef, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if self._latest.get(message) is task:
            del self._latest[message]

    async def _react(self, method: str, message: MessageRef, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            await self._rest.call(method, _PATH, channel_id=message.channel, message_id=message.id, emoji=EYES)
        except (NotNow, Refused) as error:
            log.debug("discord_sign_left_out: %s", error)

    async def close(self) -> None:
        """Ends what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


def _shrink(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > MOST:
        kept.popitem(last=False)
