"""Private places for one person: a conversation, or where they take no private messages a private thread."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from discord import ChannelType
from discord.utils import snowflake_time

from adapters.discord_chat.content import body, nonce
from adapters.discord_chat.direct import Direct
from adapters.discord_chat.errors import CANNOT_WRITE_TO_THEM, DiscordSaysNo
from adapters.discord_chat.finding import SKEW, find_ours
from adapters.discord_chat.rest import Rest
from bot.domain.errors import RefusedBecause
from bot.domain.inert import shorten
from bot.domain.outgoing import OpenRoom, room_id
from bot.domain.refs import ThreadRef

#: Minutes without a message after which Discord archives a thread: a week, the longest it offers.
ARCHIVE_AFTER = 7 * 24 * 60
_LONGEST_NAME = 100
_THREADS = "/channels/{channel_id}/threads"


def is_conversation(place: ThreadRef) -> bool:
    """Whether a place is a conversation rather than a thread: it hangs under nothing but itself."""
    return place.channel == place.id


def server_in(place: ThreadRef) -> str | None:
    """The server that buttons have to name there, since a press in a conversation does not."""
    return place.workspace if is_conversation(place) else None


class Rooms:
    """Opens private places, and finds those that were opened."""

    def __init__(self, rest: Rest, direct: Direct) -> None:
        self._rest = rest
        self._direct = direct

    async def open(self, item: OpenRoom) -> str:
        """Opens it with its first words. Raises `NotNow` or `Refused`."""
        try:
            conversation = await self._direct.place(item.user.id)
            await self._say(conversation, item.key, item.text)
        except DiscordSaysNo as no:
            if no.code != CANNOT_WRITE_TO_THEM and no.because is not RefusedBecause.NO_RIGHT:
                raise
            return await self._open_thread(item)
        return room_id(conversation, conversation)

    async def find(self, item: OpenRoom, since: datetime) -> str | None:
        """The place that an earlier attempt opened since then, with its words in it. Raises `NotNow` or `Refused`."""
        conversation = await self._direct.place(item.user.id)
        if await self._has(conversation, item.text, since):
            return room_id(conversation, conversation)
        for thread in await self._own_threads(item, since):
            if not await self._has(thread, _warned(item), since):
                await self._fill(thread, item)
            return room_id(item.place.id, thread)
        return None

    async def _has(self, place: str, text: str, since: datetime) -> bool:
        return await find_ours(self._rest, place, since, body(text), None, exact=True) is not None

    async def _say(self, place: str, key: str, text: str) -> None:
        once = {"nonce": nonce(key), "enforce_nonce": True}
        await self._rest.call("POST", "/channels/{channel_id}/messages", json=body(text) | once, channel_id=place)

    async def _open_thread(self, item: OpenRoom) -> str:
        made = await self._rest.call(
            "POST",
            _THREADS,
            json={
                "name": _name(item),
                "type": ChannelType.private_thread.value,
                "auto_archive_duration": ARCHIVE_AFTER,
                "invitable": False,
            },
            channel_id=item.place.id,
        )
        thread = str(made["id"])
        await self._fill(thread, item)
        return room_id(item.place.id, thread)

    async def _fill(self, thread: str, item: OpenRoom) -> None:
        await self._rest.call(
            "PUT", "/channels/{channel_id}/thread-members/{user_id}", channel_id=thread, user_id=item.user.id
        )
        await self._say(thread, item.key, _warned(item))

    async def _own_threads(self, item: OpenRoom, since: datetime) -> list[str]:
        """Private threads of ours with this name that were made in this channel since then."""
        me = (await self._rest.account()).id
        active = await self._rest.call("GET", "/guilds/{guild_id}/threads/active", guild_id=item.user.workspace)
        return [str(thread["id"]) for thread in active["threads"] if _is_it(thread, item, me, since)]


def _is_it(thread: dict[str, Any], item: OpenRoom, me: str, since: datetime) -> bool:
    ours = (thread.get("owner_id"), thread.get("parent_id"), thread.get("name")) == (me, item.place.id, _name(item))
    return ours and snowflake_time(int(thread["id"])) >= since - SKEW


def _name(item: OpenRoom) -> str:
    return shorten(" ".join(item.title.split()), _LONGEST_NAME) or "…"


def _warned(item: OpenRoom) -> str:
    return f"{item.warning}\n\n{item.text}"
