"""The courier: the only part that speaks to chat platforms. Every message has a key and a row, written before it goes
out; the same key never speaks twice (FAULTS 3, 4, 52)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from bot.domain.errors import NotNow, Refused
from bot.domain.outgoing import Edit, OpenThread, Outgoing, Post, Remove, Say
from bot.domain.refs import MessageRef, SpaceRef, ThreadRef
from bot.ports import ChatPlatform, Clock, Storage
from bot.shelves import Sending, SendState, Tx

T = TypeVar("T")

#: A platform that has not answered by then is taken for away; what became of the message is asked of `find` later.
DELIVER_SECONDS = 20.0
#: Nobody else takes up a message for so long; after a crash the next one does. Whoever waits for a slow platform renews
#: the claim, so it can be short: what a killed process had in hand is not held up for long.
CLAIM = timedelta(seconds=4)
RENEW_SECONDS = 1.0


class Courier:
    """Delivers outgoing messages, once each."""

    def __init__(self, storage: Storage, chats: Mapping[str, ChatPlatform], clock: Clock) -> None:
        self._storage = storage
        self._chats = chats
        self._clock = clock

    def chat(self, space: SpaceRef) -> ChatPlatform:
        """The platform of a space. Raises `NotNow` when it is not connected here."""
        chat = self._chats.get(space.platform)
        if chat is None:
            raise NotNow(f"{space.platform} is not connected")
        return chat

    async def send(
        self,
        group: int,
        item: Outgoing,
        revision: int = 0,
        edit: Callable[[str], Edit] | None = None,
        still: Callable[[Tx], bool] = lambda tx: True,
    ) -> str | None:
        """Makes the message stand there in this revision and returns its id; None when it was refused or removed
        before, or is not wanted any more (`still`, asked in the transaction that takes it in hand).

        One that stands there in an older revision is edited. Raises `NotNow` (nothing is lost, try again) or `Refused`.
        """
        chat, now = self.chat(space_of(item)), self._clock.now()

        def claim(tx: Tx) -> tuple[bool, Sending | None]:
            if not still(tx):
                return False, None
            return True, tx.delivery.claim(group, item, revision, now, CLAIM)

        wanted, before = await self._storage.write(claim)
        if not wanted or _is_over(before):
            return None
        async with self._in_hand(group, item.key):
            sent_id = await self._bring(chat, item, before, revision, edit)
        await self._storage.write(lambda tx: tx.delivery.sent(group, item.key, sent_id, revision))
        return sent_id

    async def arrived(self, group: int, item: Outgoing) -> str | None:
        """The id under which an earlier attempt brought the message there, or None. Says nothing itself.

        Raises `NotNow` while nobody can know, or `Refused`.
        """
        chat = self.chat(space_of(item))
        before = await self._storage.write(lambda tx: tx.delivery.claim_known(group, item.key, CLAIM))
        if before is None or _is_over(before):
            return None
        async with self._in_hand(group, item.key):
            sent_id = before.sent_id or await _bounded(chat.find(item, before.attempted))
        if sent_id is None:
            await self._storage.write(lambda tx: tx.delivery.release(group, item.key))
        else:
            await self._storage.write(lambda tx: tx.delivery.sent(group, item.key, sent_id, before.revision))
        return sent_id

    async def take_back(self, group: int, item: Outgoing, message: Callable[[str], MessageRef]) -> None:
        """Removes a message that was said under `item.key`, if it was. Raises `NotNow` or `Refused`."""
        chat = self.chat(space_of(item))
        before = await self._storage.write(lambda tx: tx.delivery.claim_known(group, item.key, CLAIM))
        if before is None or _is_over(before):
            return
        async with self._in_hand(group, item.key):
            sent_id = before.sent_id or await _bounded(chat.find(item, before.attempted))
            if sent_id is not None:
                await _bounded(chat.deliver(Remove(f"{item.key}:remove", message(sent_id))))
        await self._storage.write(lambda tx: tx.delivery.end(group, item.key, SendState.REMOVED))

    @contextlib.asynccontextmanager
    async def _in_hand(self, group: int, key: str) -> AsyncIterator[None]:
        """Keeps a claimed message ours while the platform is spoken to, and lets go of it when that fails: what became
        of it is asked of `find` by the next attempt."""
        keeping = asyncio.create_task(self._keep(group, key))
        try:
            yield
        except Refused:
            await self._storage.write(lambda tx: tx.delivery.end(group, key, SendState.REFUSED))
            raise
        except BaseException:
            with contextlib.suppress(NotNow):  # then the claim runs out by itself
                await self._storage.write(lambda tx: tx.delivery.release(group, key))
            raise
        finally:
            keeping.cancel()

    async def _keep(self, group: int, key: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(NotNow):
                await self._storage.write(lambda tx: tx.delivery.keep(group, key, CLAIM))

    async def _bring(
        self,
        chat: ChatPlatform,
        item: Outgoing,
        before: Sending | None,
        revision: int,
        edit: Callable[[str], Edit] | None,
    ) -> str:
        """Delivers, unless an earlier attempt arrived; then that one is brought up to date."""
        sent_id = before.sent_id if before else None
        if sent_id is None and before is not None:
            sent_id = await _bounded(chat.find(item, before.attempted))
        if sent_id is None:
            return await _bounded(chat.deliver(item))
        if edit is not None and before is not None and before.revision < revision:
            await _bounded(chat.deliver(edit(sent_id)))
        return sent_id

    def message_in(self, thread: ThreadRef, id: str) -> MessageRef:
        """The message with this id in a thread, as its platform addresses it."""
        by_thread = self.chat(thread.space).traits.thread_is_place
        return MessageRef(thread.platform, thread.workspace, thread.id if by_thread else thread.channel, id)


def _is_over(before: Sending | None) -> bool:
    """Nothing more is said under this key."""
    return before is not None and before.state in (SendState.REFUSED, SendState.REMOVED)


async def _bounded(call: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(DELIVER_SECONDS):
            return await call
    except TimeoutError as error:
        raise NotNow("the platform did not answer in time") from error


def space_of(item: Outgoing) -> SpaceRef:
    """Where an outgoing message goes."""
    match item:
        case Post():
            return item.channel.space
        case OpenThread() | Edit() | Remove():
            return item.message.space
        case Say():
            return item.thread.space
        case _:
            return item.user.space
