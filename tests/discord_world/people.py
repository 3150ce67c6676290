"""What a test does as the people of our pretend Discord: places, messages, calls, and servers that change.

Described, with the rest of what tests use, at the top of discord_world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from discord_world.interactions import Call, People
from discord_world.model import Channel, Guild, Kind, Member, Message, User, Who
from discord_world.rules import Notification
from discord_world.state import DEFAULT_RIGHTS, World

# Written by somebody: plain, a reply, or the answer to a command.
SPOKEN = (0, 19, 20, 23)


class PeopleSide:
    """What people do, and what they see."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._people = People(world)

    @property
    def guilds(self) -> list[Guild]:
        return list(self._world.guilds.values())

    # Places and people

    def add_guild(self, name: str, bot_rights: Iterable[str] = DEFAULT_RIGHTS) -> Guild:
        return self._world.add_guild(name, bot_rights)

    def dm(self, who: Who) -> Channel:
        return self._world.conversation(who)

    def dms(self, who: Who) -> list[Message]:
        return self.messages(self.dm(who))

    def close_dms(self, who: Who) -> None:
        who.user.dms_closed = True

    def open_dms(self, who: Who) -> None:
        who.user.dms_closed = False

    def threads(self, channel: Channel) -> list[Channel]:
        return self._threads(channel, private=False)

    def private_threads(self, channel: Channel) -> list[Channel]:
        return self._threads(channel, private=True)

    def _threads(self, channel: Channel, private: bool) -> list[Channel]:
        assert channel.guild is not None
        all_of_them = [one for one in channel.guild.threads.values() if one.parent is channel and not one.gone]
        return [one for one in all_of_them if (one.kind is Kind.PRIVATE_THREAD) is private]

    def messages(self, place: Channel) -> list[Message]:
        return [message for message in place.messages if message.type in SPOKEN]

    def typed(self, place: Channel) -> int:
        return sum(one is place for one, _ in self._world.typing)

    @property
    def notified(self) -> list[Notification]:
        return self._world.notified

    # What people do

    async def write(
        self,
        who: Who,
        place: Channel,
        text: str,
        reply_to: Message | None = None,
        mentions: Iterable[Who] = (),
        at: datetime | None = None,
        **fields: Any,
    ) -> Message:
        """Somebody writes; `at` gives the message an id and time of another moment."""
        kind = {"type": 19, "reply_to": reply_to} if reply_to else {}
        return self._world.post(
            place, who.user, text, **kind, mentions=[one.user for one in mentions], moment=at, **fields
        )

    async def write_with_file(self, who: Who, place: Channel, text: str, name: str, data: bytes) -> Message:
        """A message with a file, which the world serves at its address; the size told is the real one."""
        url = f"{self._world.base}/attachments/{self._world.ids.next()}/{name}"
        told = {"id": self._world.ids.next(), "filename": name, "size": len(data), "url": url, "proxy_url": url}
        return self._world.post(place, who.user, text, attachments=[told], files={name: data})

    async def write_by_webhook(self, place: Channel, name: str, text: str) -> Message:
        hook = User(self._world.ids.next(), name, bot=True)
        return self._world.post(place, hook, text, webhook_id=hook.id)

    async def edit(self, message: Message, text: str) -> None:
        message.text = text
        self._world.complete(message)
        self._world.change(message)

    async def touch(self, message: Message) -> None:
        message.embeds = [{"type": "link", "url": "https://example.org/", "title": "A page"}]
        self._world.change(message, by_hand=False)

    async def delete(self, message: Message) -> None:
        self._world.remove(message)

    async def bulk_delete(self, messages: Iterable[Message]) -> None:
        messages = list(messages)
        self._world.remove_many(messages[0].channel, messages)

    async def react(self, who: Who, message: Message, emoji: str, there: bool = True) -> None:
        self._world.react(message, emoji, who.user, there)

    async def start_thread(
        self, who: Who, channel: Channel, name: str, on: Message | None = None, private: bool = False
    ) -> Channel:
        kind = Kind.PRIVATE_THREAD if private else Kind.PUBLIC_THREAD
        return self._world.open_thread(channel, name, who.user, kind, on)

    async def command(self, who: Who, place: Channel, words: str, options: Mapping[str, Any] | None = None) -> Call:
        return self._people.command(who, place, words, options or {})

    async def menu(self, who: Who, name: str, message: Message) -> Call:
        return self._people.menu(who, name, message)

    async def press(self, who: Who, message: Message, label_or_id: str) -> Call:
        return self._people.press(who, message, label_or_id)

    async def choose(self, who: Who, message: Message, custom_id: str, values: Iterable[str]) -> Call:
        return self._people.choose(who, message, custom_id, list(values))

    async def forge(self, who: Who, message: Message, custom_id: str) -> Call:
        return self._people.forge(who, message, custom_id)

    async def submit(self, call: Call, values: Mapping[str, Any], who: Who | None = None, forged: bool = False) -> Call:
        return self._people.submit(await call.answered(), values, who, forged)

    async def complete(
        self,
        who: Who,
        place: Channel,
        words: str,
        option: str,
        typed: str = "",
        given: Mapping[str, Any] | None = None,
    ) -> list[tuple[str, Any]]:
        call = await self._people.complete(who, place, words, option, typed, given or {}).answered()
        return [(choice["name"], choice["value"]) for choice in call.choices]

    # Servers and places change

    async def kick_bot(self, guild: Guild) -> None:
        self._world.kick_bot(guild)

    async def outage(self, guild: Guild) -> None:
        self._world.set_outage(guild, True)

    async def back(self, guild: Guild) -> None:
        """The server is there again after an outage, or invited the bot again after a kick."""
        self._world.guilds[guild.id] = guild
        self._world.set_outage(guild, False)

    async def leave(self, member: Member) -> None:
        self._world.leave(member)

    async def delete_account(self, who: Who) -> None:
        """Somebody is gone from everywhere and unknown by their id."""
        for guild in self.guilds:
            if who.id in guild.members:
                self._world.leave(guild.members[who.id])
        del self._world.users[who.id]

    async def remove(self, place: Channel) -> None:
        self._world.remove_place(place)

    async def archive(self, thread: Channel, locked: bool | None = None) -> None:
        self._world.archive(thread, True, locked)

    async def unarchive(self, thread: Channel, locked: bool | None = None) -> None:
        self._world.archive(thread, False, locked)

    async def rename(self, place: Channel, name: str) -> None:
        place.name = name
        self._world.change_place(place)
