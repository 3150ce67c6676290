"""The door out: what the bot says on Discord."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from adapters.discord_chat.content import TEXT_LIMIT, Piece, body, nonce
from adapters.discord_chat.errors import ARCHIVED, THREAD_EXISTS, DiscordSaysNo
from adapters.discord_chat.files import fetch
from adapters.discord_chat.finding import find_ours, shows
from adapters.discord_chat.parts import Parts
from adapters.discord_chat.pictures import with_picture
from adapters.discord_chat.rights import lacking
from adapters.discord_chat.rooms import ARCHIVE_AFTER, Rooms, server_in
from bot import texts
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.inert import shorten
from bot.domain.outgoing import Edit, OpenRoom, OpenThread, Outgoing, Picture, Post, Remove, Say, Whisper
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef
from bot.ports import ChatTraits, Lacking

log = logging.getLogger(__name__)

_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_LONGEST_NAME = 100
_LONGEST_SPEAKER = 40
#: So long a private word waits for the first answer to the call that it belongs to.
FIRST_ANSWER_SECONDS = 5.0
MOST_REMEMBERED = 1_000


class DiscordChat:
    """`ChatPlatform` of Discord. Needs no gateway."""

    traits = ChatTraits(text_limit=TEXT_LIMIT, whispers_at_once=False, thread_is_place=True, typing_seconds=10.0)

    def __init__(self, parts: Parts) -> None:
        self._settings = parts.settings
        self._rest = parts.rest
        self._answering = parts.answering
        self._openings = parts.openings
        self._signs = parts.signs
        self._direct = parts.direct
        self._members = parts.members
        self._rooms = Rooms(parts.rest, parts.direct)
        #: Private answers to calls cannot be read again; this process knows those it gave.
        self._answered: OrderedDict[str, str] = OrderedDict()

    async def deliver(self, item: Outgoing) -> str:
        """Does it and returns the id. Raises `NotNow` or `Refused`."""
        match item:
            case Post():
                return await self._send(item.channel.id, item.key, body(item.text, item.buttons), item.picture)
            case OpenThread():
                return await self._open(item)
            case Say():
                return await self._say(item)
            case Edit():
                return await self._edit(item)
            case Remove():
                return await self._remove(item)
            case Whisper():
                return await self._whisper(item)
            case OpenRoom():
                return await self._rooms.open(item)
            case _:
                assert_never(item)

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """Whether it was done already. What changes a message is known by what the message is now."""
        try:
            return await self._find(item, since)
        except DiscordSaysNo as no:
            if no.because is RefusedBecause.GONE:
                return None
            raise

    async def _find(self, item: Outgoing, since: datetime) -> str | None:
        part = "~" in item.key
        match item:
            case Post():
                return await find_ours(
                    self._rest, item.channel.id, since, body(item.text, item.buttons), None, exact=part
                )
            case OpenThread():
                return await self._thread_on(item.message)
            case Say():
                answered = item.reply_to.id if item.reply_to else None
                return await find_ours(self._rest, item.thread.id, since, _said(item), answered, exact=part)
            case Edit():
                message = await self._get(item.message)
                return item.message.id if shows(message, body(item.text, item.buttons)) else None
            case Remove():
                return None if await self._is_there(item.message) else item.message.id
            case Whisper():
                return await self._find_whisper(item, since, part)
            case OpenRoom():
                return await self._rooms.find(item, since)
            case _:
                assert_never(item)

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        """What a file holds that was attached to a message. Raises `NotNow` or `Refused`."""
        return await fetch(self._settings, ref, limit)

    async def typing(self, place: ThreadRef) -> None:
        """Raises `NotNow` or `Refused`."""
        await self._rest.call("POST", "/channels/{channel_id}/typing", channel_id=place.id)

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        """What we may not do there and would need to, one by one. Raises `NotNow`."""
        try:
            return await lacking(self._rest, self._members, channel)
        except Refused as refused:
            raise NotNow(str(refused)) from refused

    # messages

    async def _send(self, place: str, key: str, message: dict[str, Any], picture: Picture | None = None) -> str:
        async def send(message: Mapping[str, Any], picture: Picture | None) -> Any:
            return await self._rest.call("POST", _MESSAGES, json=message, picture=picture, channel_id=place)

        once = {"nonce": nonce(key), "enforce_nonce": True}
        return str((await with_picture(Piece(message | once, picture), send))["id"])

    async def _say(self, item: Say) -> str:
        message = _said(item)
        if item.reply_to is not None:
            # An answer that is gone meanwhile gets no comment: Discord refuses the reply then.
            message |= {"message_reference": {"message_id": item.reply_to.id, "fail_if_not_exists": True}}
        try:
            said = await self._send(item.thread.id, item.key, message, item.picture)
        except DiscordSaysNo as no:
            if no.code != ARCHIVED:
                raise
            await self._unarchive(item.thread.id)
            said = await self._send(item.thread.id, item.key, message, item.picture)
        for answered in filter(None, (item.reply_to, *item.settles)):
            self._signs.take_off(answered)
        return said

    async def _edit(self, item: Edit) -> str:
        try:
            changed = await self._change(item)
        except DiscordSaysNo as no:
            if no.code != ARCHIVED:
                raise
            await self._unarchive(item.message.channel)
            changed = await self._change(item)
        answered = (changed.get("message_reference") or {}).get("message_id")
        if answered:
            ref = item.message
            self._signs.take_off(MessageRef(ref.platform, ref.workspace, ref.channel, str(answered)))
        return item.message.id

    async def _change(self, item: Edit) -> Any:
        ref = item.message

        async def change(message: Mapping[str, Any], picture: Picture | None) -> Any:
            return await self._rest.call(
                "PATCH", _MESSAGE, json=message, picture=picture, channel_id=ref.channel, message_id=ref.id
            )

        return await with_picture(Piece(body(item.text, item.buttons), item.picture), change)

    async def _remove(self, item: Remove) -> str:
        try:
            await self._delete(item.message)
        except DiscordSaysNo as no:
            if no.code == ARCHIVED:
                await self._unarchive(item.message.channel)
                await self._delete(item.message)
            elif no.because is not RefusedBecause.GONE:
                raise
        return item.message.id

    async def _delete(self, ref: MessageRef) -> None:
        await self._rest.call("DELETE", _MESSAGE, channel_id=ref.channel, message_id=ref.id)

    async def _get(self, ref: MessageRef) -> Any:
        return await self._rest.call("GET", _MESSAGE, channel_id=ref.channel, message_id=ref.id)

    async def _is_there(self, ref: MessageRef) -> bool:
        try:
            await self._get(ref)
        except DiscordSaysNo as no:
            if no.because is RefusedBecause.GONE:
                return False
            raise
        return True

    # threads

    async def _open(self, item: OpenThread) -> str:
        ref = item.message
        name = shorten(" ".join(item.name.split()), _LONGEST_NAME) or "…"
        try:
            opened = await self._rest.call(
                "POST",
                f"{_MESSAGE}/threads",
                json={"name": name, "auto_archive_duration": ARCHIVE_AFTER},
                channel_id=ref.channel,
                message_id=ref.id,
            )
        except DiscordSaysNo as no:
            if no.code == THREAD_EXISTS:
                return ref.id  # a thread on a message has the id of that message
            raise
        return str(opened["id"])

    async def _thread_on(self, ref: MessageRef) -> str | None:
        thread = (await self._get(ref)).get("thread")
        return str(thread["id"]) if thread else None

    async def _unarchive(self, thread: str) -> None:
        """Wakes a thread that Discord put to rest; one that is locked stays closed."""
        try:
            await self._rest.call("PATCH", "/channels/{channel_id}", json={"archived": False}, channel_id=thread)
        except DiscordSaysNo as no:
            if no.because is RefusedBecause.NO_RIGHT:
                raise DiscordSaysNo(no.code, str(no), RefusedBecause.CLOSED) from no
            raise

    # private words

    async def _whisper(self, item: Whisper) -> str:
        answered = None if item.alone else await self._answer_privately(item)
        said = answered or await self._write_to(item)
        if item.thread is not None:
            self._signs.take_off_of(item.thread.id, item.user)
        return said

    async def _answer_privately(self, item: Whisper) -> str | None:
        """As one more answer to what this person called or pressed there a moment ago."""
        found = self._openings.find(item.user, item.place)
        if found is None:
            return None
        piece = Piece(body(item.text, item.buttons)).private()
        try:
            async with asyncio.timeout(FIRST_ANSWER_SECONDS):
                await found.answered.wait()
            said = await self._answering.follow_up(found.opening, piece)
        except (Refused, TimeoutError) as error:
            log.info("discord_call_is_over", extra={"why": str(error)})
            self._openings.forget(item.user, item.place)
            return None
        self._answered[item.key] = said
        if len(self._answered) > MOST_REMEMBERED:
            self._answered.popitem(last=False)
        return said

    async def _write_to(self, item: Whisper) -> str:
        place = await self._direct.place(item.user.id)
        return await self._send(place, item.key, body(item.text, item.buttons, server=item.user.workspace))

    async def _find_whisper(self, item: Whisper, since: datetime, part: bool) -> str | None:
        if item.key in self._answered:
            return self._answered[item.key]
        message = body(item.text, item.buttons, server=item.user.workspace)
        return await find_ours(self._rest, await self._direct.place(item.user.id), since, message, None, exact=part)


def _said(item: Say) -> dict[str, Any]:
    """What came by form stands under the name of the one who sent it."""
    if item.speaker is None:
        return body(item.text, item.buttons, server=server_in(item.thread))
    head = texts.by_form(item.speaker)
    return body(f"{head}\n{item.text}", item.buttons)
