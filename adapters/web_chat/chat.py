"""The door out: what the bot says becomes messages of the room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from adapters.web_chat import words
from adapters.web_chat.feed import Feed
from bot.domain.errors import Refused, RefusedBecause
from bot.domain.outgoing import Edit, OpenRoom, OpenThread, Outgoing, Picture, Post, Remove, Say, Whisper, room_id
from bot.domain.refs import ChannelRef, SpaceRef, ThreadRef
from bot.ports import ChatTraits, Clock, Lacking, RoomMessage, RoomStore

TEXT_LIMIT = 8000
_LONGEST_SPEAKER = 80


class RoomChat:
    """`ChatPlatform` of the study room. A message's key is unique in the store, so a repeat finds the first one."""

    traits = ChatTraits(text_limit=TEXT_LIMIT, whispers_at_once=True)

    def __init__(self, store: RoomStore, clock: Clock, feed: Feed) -> None:
        self._store = store
        self._clock = clock
        self._feed = feed

    async def deliver(self, item: Outgoing) -> str:
        """Does it and returns the id of the message; raises `Refused` for one that is gone."""
        if not isinstance(item, OpenThread | Remove) and len(item.text) > TEXT_LIMIT:
            raise Refused(f"a message of the study room holds {TEXT_LIMIT} characters", RefusedBecause.TOO_LONG)
        id = await self._do(item)
        self._feed.nudge()
        return id

    async def _do(self, item: Outgoing) -> str:
        match item:
            case Post():
                return await self._post(item)
            case OpenThread():
                return await self._change(item.message.id, lambda message: replace(message, thread_name=item.name))
            case Say():
                return await self._say(item)
            case Edit():
                return await self._edit(item)
            case Remove():
                await self._store.change(item.message.id, _removed)
                return item.message.id
            case Whisper():
                return await self._whisper(item)
            case OpenRoom():
                return await self._open_room(item)
            case _:
                assert_never(item)

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """Whether it was done already. What changes a message is known by what the message is now."""
        match item:
            case Post() | Say() | Whisper():
                message = await self._store.by_key(item.key)
                return message.id if message is not None else None
            case OpenRoom():
                root = await self._store.by_key(item.key)
                return room_id(root.channel, root.id) if root is not None else None
            case OpenThread():
                return await self._id_if(item.message.id, lambda message: message.thread_name is not None)
            case Edit():
                return await self._id_if(item.message.id, lambda message: _says(message, item))
            case Remove():
                return await self._id_if(item.message.id, lambda message: message.deleted)
            case _:
                assert_never(item)

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        """Raises `Refused`: the room's messages are words alone, and code is pasted into them."""
        raise Refused("the study room has no files", RefusedBecause.GONE)

    async def typing(self, place: ThreadRef) -> None:
        """The received sign stands until the answer."""

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        """In its own room the bot lacks a right only where there is no such channel."""
        there = any(known.id == channel.id for known in await self._store.channels())
        return () if there else (Lacking(words.NO_CHANNEL, words.NO_CHANNEL_MEND),)

    async def _id_if(self, id: str, done: Callable[[RoomMessage], bool]) -> str | None:
        message = await self._store.get(id)
        return message.id if message is not None and done(message) else None

    async def _post(self, item: Post) -> str:
        message = RoomMessage(
            channel=item.channel.id, text=item.text, at=self._clock.now(), buttons=item.buttons, key=item.key
        )
        return (await self._store.post(message, picture=item.picture)).id

    async def _say(self, item: Say) -> str:
        root = await self._must_exist(item.thread.id)
        said = await self._store.post(
            RoomMessage(
                channel=item.thread.channel,
                thread=item.thread.id,
                text=item.text,
                at=self._clock.now(),
                visible_to=root.visible_to,
                reply_to=item.reply_to.id if item.reply_to else None,
                buttons=item.buttons,
                speaker=item.speaker[:_LONGEST_SPEAKER] if item.speaker else None,
                key=item.key,
            ),
            picture=item.picture,
        )
        if root.visible_to is not None:
            await self._store.clear_signs(root.id, root.visible_to, self._clock.now())
        await self._take_sign(said)
        return said.id

    async def _open_room(self, item: OpenRoom) -> str:
        """A thread whose root only one person sees: what hangs under it is theirs alone as well."""
        root = RoomMessage(
            channel=item.place.id,
            text=item.text,
            at=self._clock.now(),
            visible_to=item.user.id,
            thread_name=item.title,
            key=item.key,
        )
        made = await self._store.post(root)
        return room_id(made.channel, made.id)

    async def _edit(self, item: Edit) -> str:
        def with_it(message: RoomMessage) -> RoomMessage:
            return replace(message, text=item.text, buttons=item.buttons)

        id = await self._change(item.message.id, with_it, item.picture)
        message = await self._store.get(id)
        if message is not None:
            await self._take_sign(message)
        return id

    async def _whisper(self, item: Whisper) -> str:
        if item.thread is not None:
            await self._must_exist(item.thread.id)
        whisper = RoomMessage(
            channel=item.place.id,
            thread=item.thread.id if item.thread else None,
            text=item.text,
            at=self._clock.now(),
            buttons=item.buttons,
            visible_to=item.user.id,
            key=item.key,
        )
        said = await self._store.post(whisper)
        if item.thread is not None:
            await self._store.clear_signs(item.thread.id, item.user.id, self._clock.now())
        return said.id

    async def _take_sign(self, comment: RoomMessage) -> None:
        """The comment is there: the received sign on what it comments has done its work."""
        answer = await self._store.get(comment.reply_to) if comment.reply_to else None
        if answer is not None and answer.author is not None and answer.thread is not None:
            await self._store.clear_signs(answer.thread, answer.author, self._clock.now())

    async def _must_exist(self, id: str) -> RoomMessage:
        message = await self._store.get(id)
        if message is None or message.deleted:
            raise Refused("the message is not there any more", RefusedBecause.GONE)
        return message

    async def _change(self, id: str, how: Callable[[RoomMessage], RoomMessage], picture: Picture | None = None) -> str:
        changed = await self._store.change(
            id, lambda message: None if message.deleted else how(message), picture=picture
        )
        if changed is None:
            raise Refused("the message is not there any more", RefusedBecause.GONE)
        return changed.id


def _removed(message: RoomMessage) -> RoomMessage | None:
    return None if message.deleted else replace(message, deleted=True, sign=False)


def _says(message: RoomMessage, item: Edit) -> bool:
    return not message.deleted and message.text == item.text and message.buttons == item.buttons
