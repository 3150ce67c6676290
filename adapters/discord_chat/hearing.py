"""What of the gateway's events concerns us. What does not is dropped here, before anybody asks the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Set
from typing import Any

import discord

from adapters.discord_chat import incoming
from adapters.discord_chat.door import Door
from adapters.discord_chat.parts import Parts
from adapters.discord_chat.rest import Account
from bot.domain.errors import NotNow, Refused
from bot.domain.refs import ThreadRef

log = logging.getLogger(__name__)


#: Places that Discord was asked about; a thread that is open is known without.
MOST_LOOKED_UP = 1_000


class Hearing:
    """Takes what discord.py made of an event, on the spot and in order. `cache` is the library's picture of servers."""

    def __init__(self, door: Door, parts: Parts, account: Account, cache: discord.Client) -> None:
        self._door = door
        self._rest = parts.rest
        self._signs = parts.signs
        self._cache = cache
        self._me = int(account.id)
        self._reads = account.reads_messages
        #: Open threads that somebody else opened on a post of ours, a moment before we did.
        self.known: Set[str] = frozenset()
        self._servers: set[int] = set()
        self._parents: dict[int, ThreadRef | None] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._heard: dict[str, Callable[..., None]] = {
            "message": self._message,
            "raw_message_edit": self._edited,
            "raw_message_delete": self._deleted,
            "raw_bulk_message_delete": self._deleted,
            "interaction": door.take,
            "guild_join": self._joined,
            "guild_available": self._joined,
            "guild_remove": self._left,
            "guild_channel_delete": lambda gone: door.tell(incoming.to_channel_gone(gone), str(gone.id)),
            "raw_thread_delete": self._thread_gone,
            "raw_member_remove": self._member_left,
        }

    def hear(self, event: str, *args: Any) -> None:
        """One event, by discord.py's name for it."""
        heard = self._heard.get(event)
        if heard is not None:
            heard(*args)

    # messages

    def _message(self, message: discord.Message) -> None:
        if message.author.id == self._me:
            self._said(message)
        elif self.concerns_us(message):
            self._in_thread(message, lambda thread: self.tell_posted(message, thread))

    def _said(self, message: discord.Message) -> None:
        """Our own comment, said by whichever process: the sign on the answer has done its work."""
        reference = message.reference
        if reference is not None and reference.message_id is not None and message.guild is not None:
            place = reference.channel_id
            self._signs.commented(incoming.message_ref(str(message.guild.id), place, reference.message_id))

    def _edited(self, edit: discord.RawMessageUpdateEvent) -> None:
        if self.concerns_us(edit.message):
            self._in_thread(edit.message, lambda thread: self.tell_edited(edit.message, thread))

    def tell_posted(self, message: discord.Message, thread: ThreadRef) -> None:
        """A message of this thread, which is ours."""
        self._door.tell(incoming.to_posted(message, thread), thread.id)

    def tell_edited(self, message: discord.Message, thread: ThreadRef) -> None:
        """A changed message of this thread, which is ours."""
        self._door.tell(incoming.to_edited(message, thread), thread.id)

    def concerns_us(self, message: discord.Message) -> bool:
        """Not what we, other bots or webhooks wrote, and nothing whose words are kept from us."""
        by_people = not message.author.bot and message.webhook_id is None
        return by_people and (self._reads or bool(message.content))

    def _in_thread(self, message: discord.Message, tell: Callable[[ThreadRef], None]) -> None:
        place = message.channel
        if isinstance(place, discord.Thread):
            if self._is_ours(place):
                tell(incoming.thread_ref(place))
        elif message.guild is None and isinstance(place, discord.DMChannel):
            tell(incoming.conversation_ref(place.id))
        elif isinstance(place, discord.PartialMessageable) and place.guild_id is not None:
            self._start(self._look_up(place.guild_id, place.id, tell))

    def _is_ours(self, thread: discord.Thread) -> bool:
        return thread.owner_id == self._me or str(thread.id) in self.known

    async def _look_up(self, server: int, place: int, tell: Callable[[ThreadRef], None]) -> None:
        """A thread that the gateway has not told us of; Discord is asked once."""
        if place not in self._parents:
            try:
                found = await self._rest.call("GET", "/channels/{channel_id}", channel_id=str(place))
            except (NotNow, Refused) as error:
                log.warning("discord_place_unknown", extra={"place": place, "why": str(error)})
                return
            ours = found.get("owner_id") == str(self._me) or str(place) in self.known
            parent = found.get("parent_id") if "thread_metadata" in found and ours else None
            if len(self._parents) >= MOST_LOOKED_UP:
                self._parents.clear()
            self._parents[place] = ThreadRef(incoming.PLATFORM, str(server), parent, str(place)) if parent else None
        thread = self._parents[place]
        if thread is not None:
            tell(thread)

    def _deleted(self, gone: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent) -> None:
        ids = gone.message_ids if isinstance(gone, discord.RawBulkMessageDeleteEvent) else {gone.message_id}
        if gone.guild_id is None:
            self._door.tell(incoming.to_deleted("", gone.channel_id, sorted(ids)), str(gone.channel_id))
        elif not self._is_foreign(gone.guild_id, gone.channel_id):
            self._door.tell(incoming.to_deleted(gone.guild_id, gone.channel_id, sorted(ids)), str(gone.channel_id))

    def _is_foreign(self, server: int, place: int) -> bool:
        """Whether a place is known to be no thread of ours."""
        guild = self._cache.get_guild(server)
        found = guild.get_channel_or_thread(place) if guild is not None else None
        return found is not None and not (isinstance(found, discord.Thread) and self._is_ours(found))

    # servers, threads and members

    def _joined(self, guild: discord.Guild) -> None:
        """Each new session tells all servers again; once is enough."""
        if guild.id not in self._servers:
            self._servers.add(guild.id)
            self._door.tell(incoming.to_joined(guild), str(guild.id))

    def _left(self, guild: discord.Guild) -> None:
        self._servers.discard(guild.id)
        self._door.tell(incoming.to_left(guild), str(guild.id))

    def _thread_gone(self, gone: discord.RawThreadDeleteEvent) -> None:
        if gone.thread is None or self._is_ours(gone.thread):
            self._door.tell(incoming.to_thread_gone(gone), str(gone.thread_id))

    def _member_left(self, left: discord.RawMemberRemoveEvent) -> None:
        if left.user.id != self._me:
            self._door.tell(incoming.to_member_left(left), str(left.user.id))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Ends what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
