"""What exists on the Discord of our tests: people, servers, channels, threads and messages, and who may do what where.

Only values and lookups; what goes over the wire is built in discord_payloads, and events leave through `World.gateway`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from discord import Permissions

if TYPE_CHECKING:
    from discord_world.state import World

Json = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
EPHEMERAL, LOADING, HAS_THREAD, PARTS_ONLY = 1 << 6, 1 << 7, 1 << 5, 1 << 15


class Kind(IntEnum):
    """Channel types by Discord's numbers."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    NEWS = 5
    NEWS_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = (Kind.NEWS_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD)


def bits(names: Iterable[str]) -> int:
    """Rights as Discord's number, by the names discord.py gives them."""
    return Permissions(**dict.fromkeys(names, True)).value


# What a new server gives everybody, and what our invitation asks for besides nothing else.
EVERYBODY = (
    "view_channel send_messages send_messages_in_threads create_public_threads create_private_threads embed_links "
    "attach_files add_reactions read_message_history mention_everyone use_application_commands"
).split()
BOT_RIGHTS = (
    "view_channel send_messages send_messages_in_threads create_public_threads create_private_threads embed_links "
    "attach_files add_reactions read_message_history"
).split()
ALL_RIGHTS = Permissions.all().value


class Clock:
    """Discord's own time: goes on by itself from `start`, or follows another clock; either may be put forward."""

    def __init__(self, start: datetime | Callable[[], datetime] | None) -> None:
        self._follows = start if callable(start) else None
        self._from = time.monotonic()
        self._ahead = timedelta()
        self._start = start() if callable(start) else start or datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds since the world began, those put forward included."""
        return (self.now() - self._start).total_seconds()

    def now(self) -> datetime:
        if self._follows is not None:
            return self._follows() + self._ahead
        return self._start + timedelta(seconds=time.monotonic() - self._from) + self._ahead

    def advance(self, span: timedelta) -> None:
        self._ahead += span


class Snowflakes:
    """Ids that carry the time and only ever grow."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0
        self._others = 0

    def next(self, at: datetime | None = None) -> str:
        """A new id; one of another moment (`at`) is unique too, but not the newest."""
        made = (int((at or self._now()).timestamp() * 1000) - EPOCH_MS) << 22
        if at is not None:
            self._others += 1
            return str(made + self._others)
        self._last = max(made, self._last + 1)
        return str(self._last)


@dataclass(eq=False)
class User:
    id: str
    name: str
    bot: bool = False
    dms_closed: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    @property
    def user(self) -> User:
        return self


@dataclass(eq=False)
class Role:
    id: str
    name: str
    permissions: int
    position: int
    mentionable: bool = False
    bot_id: str | None = None

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(eq=False, repr=False)
class Member:
    """A person in one server; wherever a person is asked for, a `Member` will do."""

    user: User
    guild: Guild
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None

    def __repr__(self) -> str:
        return f"<{self.name} of {self.guild.name}>"

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return self.user.mention


Who = User | Member


@dataclass(eq=False)
class Reaction:
    emoji: str
    users: list[User] = field(default_factory=list)


@dataclass(eq=False, repr=False)
class Message:
    """One message as it stands now. `deleted` ones are no longer in their channel."""

    id: str
    channel: Channel
    author: User
    text: str
    at: datetime
    type: int = 0
    components: list[Json] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    flags: int = 0
    reply_to: Message | None = None
    reference: Json | None = None
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    allowed_mentions: Json | None = None
    nonce: str | int | None = None
    reactions: list[Reaction] = field(default_factory=list)
    edited_at: datetime | None = None
    thread: Channel | None = None
    only_for: User | None = None
    interaction: Json | None = None
    webhook_id: str | None = None
    deleted: bool = False

    def __repr__(self) -> str:
        return f"<{self.author.name}: {self.text!r}>"

    @property
    def edited(self) -> bool:
        return self.edited_at is not None

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still says that the bot is thinking."""
        return bool(self.flags & LOADING)

    @property
    def parts(self) -> list[Json]:
        """All components, those inside others included."""
        return list(walk(self.components))

    @property
    def buttons(self) -> list[Json]:
        return [part for part in self.parts if part["type"] == 2]

    @property
    def shown(self) -> str:
        """All the words a reader sees: text, text displays and embeds."""
        displays = [part["content"] for part in self.parts if part["type"] == 10]
        embeds = [
            words
            for embed in self.embeds
            for words in (embed.get("title"), embed.get("description"), *map(_field, embed.get("fields", ())))
            if words
        ]
        return "\n".join(filter(None, [self.text, *displays, *embeds]))

    @property
    def marks(self) -> dict[str, list[str]]:
        """Reactions: the emoji and the names of those who gave it."""
        return {reaction.emoji: [user.name for user in reaction.users] for reaction in self.reactions}


def _field(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('name', '')}\n{entry.get('value', '')}"


def walk(components: Iterable[Json]) -> Iterable[Json]:
    """Every component, from the outside to the inside."""
    for part in components:
        yield part
        yield from walk(part.get("components", ()))
        if isinstance(part.get("component"), dict):
            yield from walk([part["component"]])
        if isinstance(part.get("accessory"), dict):
            yield from walk([part["accessory"]])


@dataclass(eq=False, repr=False)
class Channel:
    """A channel, thread or conversation. Overwrites are (allowed, denied) by the id of a role or person."""

    id: str
    kind: Kind
    name: str
    world: World
    guild: Guild | None = None
    parent: Channel | None = None
    owner: User | None = None
    recipient: User | None = None
    topic: str | None = None
    position: int = 0
    slow_seconds: int = 0
    archive_minutes: int = 1440
    archived: bool = False
    locked: bool = False
    archived_at: datetime | None = None
    overwrites: dict[str, tuple[int, int]] = field(default_factory=dict)
    joined: dict[str, User] = field(default_factory=dict)
    log: dict[str, Message] = field(default_factory=dict)
    gone: bool = False

    def __repr__(self) -> str:
        return f"<{self.kind.name.lower()} {self.name!r}>"

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    @property
    def messages(self) -> list[Message]:
        return sorted(self.log.values(), key=lambda message: int(message.id))

    def rights(self, who: Who) -> int:
        """What somebody may do here: roles, then this channel's overwrites (a thread has its parent's)."""
        if self.guild is None:
            return bits(EVERYBODY)
        member = self.guild.members.get(who.id)
        if member is None:
            return 0
        base = self.guild.rights(member)
        if base == ALL_RIGHTS:
            return base
        over = (self.parent or self).overwrites if self.is_thread else self.overwrites
        allow, deny = over.get(self.guild.id, (0, 0))
        base = base & ~deny | allow
        by_role = [over[role.id] for role in member.roles if role.id in over]
        for _, denied in by_role:
            base &= ~denied
        for allowed, _ in by_role:
            base |= allowed
        allow, deny = over.get(member.id, (0, 0))
        return base & ~deny | allow

    def may(self, who: Who, right: str) -> bool:
        return bool(self.rights(who) & bits([right]))

    def seen_by(self, who: Who) -> bool:
        """Whether somebody sees this place at all."""
        if self.guild is None:
            return who.id in {self.world.bot.id, self.recipient.id if self.recipient else ""}
        if not self.may(who, "view_channel"):
            return False
        private = self.kind is Kind.PRIVATE_THREAD
        return not private or who.id in self.joined or self.may(who, "manage_threads")


@dataclass(eq=False, repr=False)
class Guild:
    """A server. Its methods tell a connected bot at once."""

    id: str
    name: str
    world: World
    owner: User
    joined_at: datetime
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    threads: dict[str, Channel] = field(default_factory=dict)
    unavailable: bool = False
    locale: str = "en-US"

    def __repr__(self) -> str:
        return f"<server {self.name!r}>"

    def add_channel(
        self, name: str, kind: str | Kind = Kind.TEXT, denied: Iterable[str] = (), hidden_from: Iterable[Who] = ()
    ) -> Channel:
        """A new channel; `denied` are rights the bot lacks in it from the start."""
        kind = Kind[kind.upper()] if isinstance(kind, str) else kind
        return self.world.add_channel(self, name, kind, denied, hidden_from)

    def add_role(self, name: str, rights: Iterable[str] = (), mentionable: bool = False) -> Role:
        return self.world.add_role(self, name, bits(rights), mentionable)

    def add_member(
        self, name: str | Who, organiser: bool = False, nick: str | None = None, bot: bool = False
    ) -> Member:
        """Somebody joins: new by name, or a person who is already in another server. Organisers may Manage Server."""
        return self.world.add_member(self, name, organiser, nick, bot)

    def deny(self, *rights: str, channel: Channel | None = None) -> None:
        """Takes rights from the bot, in one channel or in the whole server."""
        self.world.deny(self, bits(rights), channel)

    def allow(self, *rights: str, channel: Channel | None = None) -> None:
        """Gives rights to the bot, in one channel or in the whole server."""
        self.world.allow(self, bits(rights), channel)

    def rights(self, member: Member) -> int:
        """What somebody may do in the server as such."""
        base = self.roles[self.id].permissions
        for role in member.roles:
            base |= role.permissions
        all_of_them = member.id == self.owner.id or base & bits(["administrator"])
        return ALL_RIGHTS if all_of_them else base
