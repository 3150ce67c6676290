"""The state of the Discord of our tests and every change to it; each change is told as Discord would tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from discord_world.model import (
    BOT_RIGHTS,
    EPOCH_MS,
    EVERYBODY,
    HAS_THREAD,
    Channel,
    Clock,
    Guild,
    Json,
    Kind,
    Member,
    Message,
    Reaction,
    Role,
    Snowflakes,
    User,
    Who,
    bits,
)
from discord_world.payloads import (
    channel_json,
    emoji_json,
    guild_create_json,
    member_json,
    message_json,
    numbered,
    role_json,
    user_json,
)
from discord_world.rules import Notification, Refusal, addressed, notifications, pings_the_author

if TYPE_CHECKING:
    from discord_world.gateway import Gateway
    from discord_world.interactions import Call
    from discord_world.sessions import Rights

TOKEN = "made.up.token-of-a-pretend-bot"
DAYS_14 = timedelta(days=14)


class World:
    """Everything there is. REST, gateway and people change it through these methods only."""

    gateway: Gateway

    def __init__(self, start: datetime | Callable[[], datetime] | None) -> None:
        self.clock = Clock(start)
        self.ids = Snowflakes(self.clock.now)
        self.token = TOKEN
        self.privileged = True
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.places: dict[str, Channel] = {}
        self.conversations: dict[str, Channel] = {}
        self.commands: dict[str | None, list[Json]] = {}
        self.command_syncs = 0
        self.calls: dict[str, Call] = {}
        self.notified: list[Notification] = []
        self.typing: list[tuple[Channel, float]] = []
        self.first_answer_within = 30.0
        self.base = ""
        self.bot = self.add_user("studybot", bot=True)
        self.owner = self.add_user("Owner of the server")

    def made_at(self, snowflake: str) -> datetime:
        return datetime.fromtimestamp(((int(snowflake) >> 22) + EPOCH_MS) / 1000, UTC)

    def tell(self, name: str, data: Json, guild: Guild | None = None, channel: Channel | None = None) -> None:
        self.gateway.emit(name, lambda _: data, guild or (channel.guild if channel else None), channel)

    # People, servers, channels

    def add_user(self, name: str, bot: bool = False) -> User:
        user = User(self.ids.next(), name, bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, bot_rights: Iterable[str]) -> Guild:
        guild = Guild(self.ids.next(), name, self, self.owner, self.clock.now())
        guild.roles[guild.id] = Role(guild.id, "@everyone", bits(EVERYBODY), 0)
        own = Role(self.ids.next(), self.bot.name, bits(bot_rights), 1, bot_id=self.bot.id)
        guild.roles[own.id] = own
        guild.members[self.owner.id] = Member(self.owner, guild, guild.joined_at)
        guild.members[self.bot.id] = Member(self.bot, guild, guild.joined_at, [own])
        self.guilds[guild.id] = guild
        self.tell_whole(guild)
        return guild

    def tell_whole(self, guild: Guild) -> None:
        self.gateway.emit("GUILD_CREATE", lambda rights: self.whole(guild, rights), guild, None)

    def whole(self, guild: Guild, rights: Rights) -> Json:
        return guild_create_json(guild, rights.sees_members)

    def add_role(self, guild: Guild, name: str, rights: int, mentionable: bool = False) -> Role:
        role = Role(self.ids.next(), name, rights, len(guild.roles), mentionable)
        guild.roles[role.id] = role
        self.tell("GUILD_ROLE_CREATE", {"guild_id": guild.id, "role": role_json(role)}, guild)
        return role

    def add_member(self, guild: Guild, who: str | Who, organiser: bool, nick: str | None, bot: bool) -> Member:
        user = self.add_user(who, bot) if isinstance(who, str) else who.user
        member = Member(user, guild, self.clock.now(), [self._standard_role(guild, organiser)], nick)
        guild.members[user.id] = member
        self.tell("GUILD_MEMBER_ADD", member_json(member) | {"guild_id": guild.id}, guild)
        return member

    def _standard_role(self, guild: Guild, organiser: bool) -> Role:
        name, rights = ("Organisers", [*EVERYBODY, "manage_guild"]) if organiser else ("Students", EVERYBODY)
        known = next((role for role in guild.roles.values() if role.name == name), None)
        return known or self.add_role(guild, name, bits(rights))

    def add_channel(
        self, guild: Guild, name: str, kind: Kind, denied: Iterable[str], hidden_from: Iterable[Who]
    ) -> Channel:
        channel = Channel(self.ids.next(), kind, name, self, guild, position=len(guild.channels))
        for who in hidden_from:
            channel.overwrites[who.id] = (0, bits(["view_channel"]))
        if refused := bits(denied):
            channel.overwrites[self.bot.id] = (0, refused)
        guild.channels[channel.id] = self.places[channel.id] = channel
        self.tell("CHANNEL_CREATE", channel_json(channel), guild)
        return channel

    def deny(self, guild: Guild, rights: int, channel: Channel | None) -> None:
        if channel is not None:
            allow, deny = channel.overwrites.get(self.bot.id, (0, 0))
            self._overwrite(channel, allow & ~rights, deny | rights)
            return
        for role in self._roles_of_bot(guild):
            role.permissions &= ~rights
            self.tell("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role_json(role)}, guild)

    def allow(self, guild: Guild, rights: int, channel: Channel | None) -> None:
        if channel is not None:
            allow, deny = channel.overwrites.get(self.bot.id, (0, 0))
            self._overwrite(channel, allow | rights, deny & ~rights)
            return
        role = self._roles_of_bot(guild)[1]
        role.permissions |= rights
        self.tell("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role_json(role)}, guild)

    def _roles_of_bot(self, guild: Guild) -> list[Role]:
        return [guild.roles[guild.id], *guild.members[self.bot.id].roles]

    def _overwrite(self, channel: Channel, allow: int, deny: int) -> None:
        channel.overwrites[self.bot.id] = (allow, deny)
        self.change_place(channel)

    def conversation(self, who: Who) -> Channel:
        """The private conversation of the bot with somebody."""
        if who.id not in self.conversations:
            channel = Channel(self.ids.next(), Kind.DM, "", self, recipient=who.user)
            self.conversations[who.id] = self.places[channel.id] = channel
        return self.conversations[who.id]

    def place(self, channel_id: str) -> Channel:
        channel = self.places.get(channel_id)
        if channel is None or channel.gone:
            raise Refusal(10003)
        if channel.guild and (channel.guild.id not in self.guilds or channel.guild.unavailable):
            raise Refusal(50001)
        return channel

    # Threads

    def open_thread(self, parent: Channel, name: str, by: User, kind: Kind, on: Message | None, **more: Any) -> Channel:
        assert parent.guild is not None
        thread_id = on.id if on else self.ids.next()
        thread = Channel(thread_id, kind, name, self, parent.guild, parent, by, **more)
        thread.joined[by.id] = by
        self.places[thread.id] = parent.guild.threads[thread.id] = thread
        self.tell("THREAD_CREATE", channel_json(thread) | {"newly_created": True}, channel=thread)
        if on is not None:
            on.thread = thread
            on.flags |= HAS_THREAD
            self.tell_message("MESSAGE_UPDATE", on)
            self.post(thread, by, "", type=21, reply_to=on)
        elif kind is Kind.PUBLIC_THREAD and parent.kind is not Kind.FORUM:
            self.post(parent, by, name, type=18, reference={"channel_id": thread.id, "guild_id": parent.guild.id})
        return thread

    def change_thread(self, thread: Channel) -> None:
        self.tell("THREAD_UPDATE", channel_json(thread), channel=thread)

    def change_place(self, place: Channel) -> None:
        """A bot is told about all channels of its servers, those it does not see included; threads only if it does."""
        if place.is_thread:
            self.change_thread(place)
        else:
            self.tell("CHANNEL_UPDATE", channel_json(place), place.guild)

    def archive(self, thread: Channel, archived: bool, locked: bool | None = None) -> None:
        thread.archived = archived
        thread.archived_at = self.clock.now()
        thread.locked = thread.locked if locked is None else locked
        self.change_thread(thread)

    def remove_place(self, channel: Channel) -> None:
        """Deletes a channel with its threads, or one thread."""
        guild = channel.guild
        assert guild is not None
        if channel.is_thread:
            data = {"id": channel.id, "guild_id": guild.id, "type": int(channel.kind)}
            data["parent_id"] = channel.parent.id if channel.parent else ""
            self.tell("THREAD_DELETE", data, channel=channel)
        else:
            self.tell("CHANNEL_DELETE", channel_json(channel), guild)
            for thread in [thread for thread in guild.threads.values() if thread.parent is channel]:
                thread.gone = True
            guild.channels.pop(channel.id, None)
        channel.gone = True

    # Messages

    def sees(self, message: Message) -> bool:
        """Whether the bot may read the words of a message by REST; over the gateway the session's intents count too."""
        return self.privileged or self.always_sees(message)

    def always_sees(self, message: Message) -> bool:
        mine = message.author is self.bot or any(user is self.bot for user in message.mentions)
        return mine or message.channel.guild is None

    def tell_message(self, name: str, message: Message) -> None:
        self.gateway.emit(
            name,
            lambda rights: message_json(message, lambda one: rights.reads_messages or self.always_sees(one), live=True),
            message.channel.guild,
            message.channel,
        )

    def post(self, channel: Channel, author: User, text: str, moment: datetime | None = None, **fields: Any) -> Message:
        """Somebody's message appears and is told; the bot's mentions are counted."""
        at = moment or self.clock.now()
        message = Message(self.ids.next(moment), channel, author, text, at, **fields)
        self.complete(message)
        if channel.archived and not channel.locked:
            self.archive(channel, False)
        channel.log[message.id] = message
        if channel.is_thread:
            channel.joined[author.id] = author
        self.tell_message("MESSAGE_CREATE", message)
        if author is self.bot:
            self.notified += notifications(message)
        return message

    def complete(self, message: Message) -> None:
        """Fills in what Discord itself adds: whom the words mention, what a reply refers to, component ids."""
        numbered(message.components)
        found = addressed(message)
        message.mentions = list(dict.fromkeys([*message.mentions, *found.users]))
        message.mention_roles = found.roles
        message.mention_everyone = bool(found.everyone)
        old = message.reply_to
        if old is not None:
            if pings_the_author(message) and old.author not in (*message.mentions, message.author):
                message.mentions.append(old.author)
            ids = {"type": 0, "channel_id": old.channel.id, "message_id": old.id}
            message.reference = ids | ({"guild_id": old.channel.guild.id} if old.channel.guild else {})

    def change(self, message: Message, by_hand: bool = True) -> None:
        """Tells that a message changed; `by_hand` marks it as edited."""
        if by_hand:
            message.edited_at = self.clock.now()
        numbered(message.components)
        if message.only_for is None:
            self.tell_message("MESSAGE_UPDATE", message)

    def remove(self, message: Message) -> None:
        self._take_away(message)
        if message.only_for is None:
            self.tell("MESSAGE_DELETE", {"id": message.id} | self._where(message.channel), channel=message.channel)

    def remove_many(self, channel: Channel, messages: list[Message]) -> None:
        for message in messages:
            self._take_away(message)
        data = {"ids": [message.id for message in messages]} | self._where(channel)
        self.tell("MESSAGE_DELETE_BULK", data, channel=channel)

    def _take_away(self, message: Message) -> None:
        message.deleted = True
        message.channel.log.pop(message.id, None)

    def _where(self, channel: Channel) -> Json:
        return {"channel_id": channel.id} | ({"guild_id": channel.guild.id} if channel.guild else {})

    def react(self, message: Message, emoji: str, who: User, there: bool = True) -> None:
        found = next((one for one in message.reactions if one.emoji == emoji), None)
        if there is (found is not None and who in found.users):
            return
        if found is None:
            found = Reaction(emoji)
            message.reactions.append(found)
        (found.users.append if there else found.users.remove)(who)
        if not found.users:
            message.reactions.remove(found)
        data = {"user_id": who.id, "message_id": message.id, "emoji": emoji_json(emoji), "burst": False, "type": 0}
        data |= self._where(message.channel)
        guild = message.channel.guild
        if there and guild and who.id in guild.members:
            data["member"] = member_json(guild.members[who.id])
        name = "MESSAGE_REACTION_ADD" if there else "MESSAGE_REACTION_REMOVE"
        self.tell(name, data, channel=message.channel)

    # Servers come and go

    def leave(self, member: Member) -> None:
        del member.guild.members[member.id]
        data = {"guild_id": member.guild.id, "user": user_json(member.user)}
        self.tell("GUILD_MEMBER_REMOVE", data, member.guild)

    def kick_bot(self, guild: Guild) -> None:
        self.tell("GUILD_DELETE", {"id": guild.id}, guild)
        del self.guilds[guild.id]

    def set_outage(self, guild: Guild, away: bool) -> None:
        guild.unavailable = away
        if away:
            self.tell("GUILD_DELETE", {"id": guild.id, "unavailable": True}, guild)
        else:
            self.tell_whole(guild)


DEFAULT_RIGHTS = tuple(BOT_RIGHTS)
