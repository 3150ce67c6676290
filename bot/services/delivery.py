"""The courier: the only part that speaks to chat platforms. Every message has a key and a row, written before it goes
out; the same key never speaks twice (FAULTS 3, 4, 52).

What is longer than a message of its platform goes out in parts, under the keys `key`, `key~2` and so on. Buttons and a
picture stand under the last part, and a reply points from the first. Each part has a row of its own, and says its text
once. A part that a shorter text took away stays so; when the text grows again, its place is taken under `key~2.1`
(FAULTS 54).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from bot.domain.errors import NotNow, Refused
from bot.domain.inert import split_text
from bot.domain.outgoing import Edit, OpenThread, Outgoing, Post, Remove, Say, Whisper
from bot.domain.refs import MessageRef, SpaceRef, ThreadRef
from bot.ports import ChatPlatform, Clock, Storage
from bot.shelves import Sending, SendState, Tx

log = logging.getLogger(__name__)

T = TypeVar("T")

#: What is to be written down together with the arrival of a message, of which it is given the id.
Then = Callable[[Tx, str], None]

#: A platform that has not answered by then is taken for away; what became of the message is asked of `find` later.
DELIVER_SECONDS = 20.0
#: Nobody else takes up a message for so long; after a crash the next one does. Whoever waits for a slow platform renews
#: the claim, so it can be short: what a killed process had in hand is not held up for long.
CLAIM = timedelta(seconds=4)
RENEW_SECONDS = 1.0
#: What is prepared sooner needs no sign that it is; a sign is renewed so long before it ends.
TYPES_AFTER_SECONDS = 0.3
TYPES_AGAIN_SECONDS = 2.0


def nothing_more(tx: Tx, sent_id: str) -> None:
    """A message of which only the arrival is written down."""


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
        then: Then = nothing_more,
    ) -> str | None:
        """Makes the message stand there in this revision and returns its id, that of the first part where it has
        several; None when it was refused or removed before, or is not wanted any more (`still`, asked in the
        transaction that takes it in hand), or we were removed from its space. `then` is done in the transaction that
        writes its arrival down, behind the last part where it has several, and again when that is done again.

        One that stands there in an older revision is edited. Raises `NotNow` (nothing is lost, try again) or `Refused`.
        """
        first, *rest = parts_of(item, self.chat(space_of(item)).traits.text_limit)
        sent_id, was_known = await self._send_one(
            group, first, revision, _edit_of(first, edit) if rest else edit, still, nothing_more if rest else then
        )
        if sent_id is not None and (rest or (was_known and edit is not None)):
            await self._send_rest(group, item, rest, revision, edit, still)
        if sent_id is not None and rest:
            await self._storage.write(lambda tx: then(tx, sent_id))
        return sent_id

    async def reaches(
        self,
        group: int,
        item: Outgoing,
        revision: int = 0,
        edit: Callable[[str], Edit] | None = None,
        still: Callable[[Tx], bool] = lambda tx: True,
    ) -> bool:
        """As `send`, where a place that takes no words is an answer and no failure: False, and the log says why."""
        try:
            await self.send(group, item, revision, edit, still)
        except Refused as refused:
            log.info("a place takes no words", extra={"key": item.key, "why": str(refused)})
            return False
        return True

    async def _send_one(
        self,
        group: int,
        item: Outgoing,
        revision: int,
        edit: Callable[[str], Edit] | None,
        still: Callable[[Tx], bool],
        then: Then = nothing_more,
    ) -> tuple[str | None, bool]:
        """What `send` says, of one message, and whether it had a row before."""
        space, now = space_of(item), self._clock.now()

        def claim(tx: Tx) -> tuple[bool, Sending | None]:
            if tx.members.is_left(space) or not still(tx):
                return False, None
            return True, tx.delivery.claim(group, item, revision, now, CLAIM)

        wanted, before = await self._storage.write(claim)
        if not wanted or _is_over(before):
            return None, before is not None
        async with self._in_hand(group, item.key):
            sent_id = await self._bring(self.chat(space), item, before, revision, edit)
        await self._storage.write(lambda tx: _arrived(tx, group, item.key, sent_id, revision, then))
        return sent_id, before is not None

    async def _send_rest(
        self,
        group: int,
        item: Outgoing,
        rest: Sequence[Outgoing],
        revision: int,
        edit: Callable[[str], Edit] | None,
        still: Callable[[Tx], bool],
    ) -> None:
        """The parts behind the first, and away with those that an earlier, longer text left behind."""
        keys, surplus = await self._storage.read(lambda tx: _part_keys(tx, group, item.key, len(rest) + 1))
        for name, part in zip(keys, rest, strict=True):
            await self._send_one(group, replace(part, key=name), revision, _edit_of(part, edit), still)
        if edit is not None:
            # The last one first: what is left after a crash has no gap, so it is found again.
            for name in reversed(surplus):
                await self._take_back_one(group, replace(item, key=name), lambda id: edit(id).message)

    async def arrived(self, group: int, item: Outgoing, then: Then = nothing_more) -> str | None:
        """The id under which an earlier attempt brought the message there, or None. Says nothing itself, but for the
        rest of a message of which the first part is there; `then` as in `send`.

        Raises `NotNow` while nobody can know, or `Refused`.
        """
        space = space_of(item)
        chat = self.chat(space)
        first, *rest = parts_of(item, chat.traits.text_limit)
        before = await self._storage.write(lambda tx: _claim_known(tx, group, item.key, space))
        if before is None or _is_over(before):
            return None
        async with self._in_hand(group, item.key):
            sent_id = before.sent_id or await _bounded(chat.find(first, before.attempted))
        if sent_id is None:
            await self._storage.write(lambda tx: tx.delivery.release(group, item.key))
            return None
        done = nothing_more if rest else then
        await self._storage.write(lambda tx: _arrived(tx, group, item.key, sent_id, before.revision, done))
        if rest:
            await self._send_rest(group, item, rest, before.revision, None, lambda tx: True)
            await self._storage.write(lambda tx: then(tx, sent_id))
        return sent_id

    async def take_back(self, group: int, item: Outgoing, message: Callable[[str], MessageRef]) -> None:
        """Removes a message that was said under `item.key`, if it was, with all its parts. Raises `NotNow` or
        `Refused`."""
        _, parts = await self._storage.read(lambda tx: _part_keys(tx, group, item.key, 1))
        for key in reversed(parts):
            await self._take_back_one(group, replace(item, key=key), message)
        await self._take_back_one(group, item, message)

    async def _take_back_one(self, group: int, item: Outgoing, message: Callable[[str], MessageRef]) -> None:
        space = space_of(item)
        chat = self.chat(space)
        before = await self._storage.write(lambda tx: _claim_known(tx, group, item.key, space))
        if before is None or _is_over(before):
            return
        async with self._in_hand(group, item.key):
            sent_id = before.sent_id or await _bounded(chat.find(item, before.attempted))
            if sent_id is not None:
                await _bounded(chat.deliver(Remove(f"{item.key}:remove", message(sent_id))))
        await self._storage.write(lambda tx: tx.delivery.end(group, item.key, SendState.REMOVED))

    @contextlib.asynccontextmanager
    async def typing(self, place: ThreadRef | None) -> AsyncIterator[None]:
        """While inside, the place shows that words are being prepared, where its platform has a sign for that. A sign
        is worth no failure: without it the words come all the same."""
        keeping = asyncio.create_task(self._keep_typing(place)) if place is not None else None
        try:
            yield
        finally:
            if keeping is not None:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)

    async def _keep_typing(self, place: ThreadRef) -> None:
        await asyncio.sleep(TYPES_AFTER_SECONDS)
        try:
            chat = self.chat(place.space)
            while chat.traits.typing_seconds is not None:
                await _bounded(chat.typing(place))
                await asyncio.sleep(chat.traits.typing_seconds - TYPES_AGAIN_SECONDS)
        except (NotNow, Refused) as error:
            log.info("no_typing_sign", extra={"why": str(error)})

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


def parts_of(item: Outgoing, limit: int) -> tuple[Outgoing, ...]:
    """The messages that say this item on a platform whose messages hold so many characters."""
    if not isinstance(item, Post | Say | Whisper) or len(item.text) <= limit:
        return (item,)
    texts = split_text(item.text, limit)
    last = len(texts)
    return tuple(_part(item, text, number, number == last) for number, text in enumerate(texts, 1)) or (item,)


def _part(item: Post | Say | Whisper, text: str, number: int, last: bool) -> Outgoing:
    part = replace(item, text=text, buttons=item.buttons if last else ())
    if isinstance(part, Post | Say) and not last:
        part = replace(part, picture=None)
    if number == 1:
        return part
    further = replace(part, key=f"{item.key}~{number}")
    return replace(further, reply_to=None, settles=()) if isinstance(further, Say) else further


def _edit_of(part: Outgoing, edit: Callable[[str], Edit] | None) -> Callable[[str], Edit] | None:
    """The edit of one part, from the edit of the whole."""
    if edit is None or not isinstance(part, Post | Say | Whisper):
        return None
    picture = part.picture if isinstance(part, Post | Say) else None

    def of_part(id: str) -> Edit:
        whole = edit(id)
        return replace(whole, key=f"{whole.key}:{part.key}", text=part.text, buttons=part.buttons, picture=picture)

    return of_part


def _part_keys(tx: Tx, group: int, key: str, count: int) -> tuple[list[str], list[str]]:
    """The keys of the parts from the second to the last of so many, and of those behind them that stand there."""
    keys: list[str] = []
    while True:
        name, stands = _live_key(tx, group, f"{key}~{len(keys) + 2}")
        if not stands and len(keys) + 1 >= count:
            return keys[: count - 1], keys[count - 1 :]
        keys.append(name)


def _live_key(tx: Tx, group: int, key: str) -> tuple[str, bool]:
    """The key under which a part stands or may be said, and whether it has a row."""
    name, again = key, 0
    while (row := tx.delivery.by_key(group, name)) is not None and row.state is SendState.REMOVED:
        again += 1
        name = f"{key}.{again}"
    return name, row is not None


def _claim_known(tx: Tx, group: int, key: str, space: SpaceRef) -> Sending | None:
    """Takes a known message in hand, unless we may not speak in its space any more."""
    return None if tx.members.is_left(space) else tx.delivery.claim_known(group, key, CLAIM)


def _arrived(tx: Tx, group: int, key: str, sent_id: str, revision: int, then: Then) -> None:
    tx.delivery.sent(group, key, sent_id, revision)
    then(tx, sent_id)


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
