"""What Discord tells, as our own values: one function for each event, or None where it does not concern us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import discord
from discord.utils import snowflake_time

from adapters.discord_chat.content import split_code
from adapters.discord_chat.files import to_files
from adapters.discord_chat.forms import read_fields, read_modal_id
from adapters.discord_chat.tree import menu_action
from bot.domain.incoming import (
    ButtonPressed,
    CommandCalled,
    CompletionAsked,
    FormSent,
    MemberLeft,
    MessageEdited,
    MessagePosted,
    MessagesDeleted,
    PlaceGone,
    Replied,
    SpaceJoined,
    SpaceLeft,
)
from bot.domain.outgoing import read_button_code
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef, UserRef

PLATFORM = "discord"
_WORDS = (discord.MessageType.default, discord.MessageType.reply)

Anybody = discord.User | discord.Member


def now() -> datetime:
    """The present moment, for what Discord does not date."""
    return datetime.now(UTC)


def user_ref(server: str, id: int | str) -> UserRef:
    """An account as it is known in one server."""
    return UserRef(PLATFORM, server, str(id))


def message_ref(server: str, place: int | str, id: int | str) -> MessageRef:
    """A message; what stands in a thread is held by the thread."""
    return MessageRef(PLATFORM, server, str(place), str(id))


def thread_ref(thread: discord.Thread) -> ThreadRef:
    """A thread and the channel it hangs under."""
    return ThreadRef(PLATFORM, str(thread.guild.id), str(thread.parent_id), str(thread.id))


def conversation_ref(id: int | str) -> ThreadRef:
    """A conversation with somebody, which belongs to no server."""
    return ThreadRef(PLATFORM, "", str(id), str(id))


def to_person(user: Anybody, server: str, organiser: bool = False) -> Person:
    """Who did it. Webhooks have no account of their own, and count as bots."""
    return Person(user_ref(server, user.id), user.display_name, organiser, user.bot)


# messages


def to_posted(message: discord.Message, thread: ThreadRef) -> MessagePosted:
    """A message in a thread."""
    server = thread.workspace
    return MessagePosted(
        message_ref(server, thread.id, message.id),
        thread,
        _author(message, server),
        message.content,
        message.created_at,
        _replied(message, thread),
        tuple(user_ref(server, user.id) for user in message.mentions if not user.bot),
        message.type not in _WORDS,
        to_files(message),
    )


def to_edited(message: discord.Message, thread: ThreadRef) -> MessageEdited:
    """A message as it reads after a change. What the platform changed by itself, as a link's preview, has no date."""
    server = thread.workspace
    at = message.edited_at or message.created_at
    return MessageEdited(
        message_ref(server, thread.id, message.id), thread, _author(message, server), message.content, at
    )


def to_deleted(server: int | str, place: int | str, ids: Iterable[int | str]) -> MessagesDeleted:
    """Messages that are gone."""
    return MessagesDeleted(tuple(message_ref(str(server), place, id) for id in ids), now())


def _author(message: discord.Message, server: str) -> Person:
    person = to_person(message.author, server)
    return Person(person.user, person.name, bot=True) if message.webhook_id else person


def _replied(message: discord.Message, thread: ThreadRef) -> Replied | None:
    """What a reply answers to. The first message of a thread refers to the post it hangs on, which is no reply."""
    reference = message.reference
    if reference is None or reference.message_id is None or message.type is not discord.MessageType.reply:
        return None
    ref = message_ref(thread.workspace, reference.channel_id, reference.message_id)
    old = reference.resolved
    if not isinstance(old, discord.Message):
        return Replied(ref)
    client = message._state.user
    ours = client is not None and old.author.id == client.id
    return Replied(ref, None if ours else user_ref(thread.workspace, old.author.id), ours)


# spaces, places, members


def to_joined(guild: discord.Guild) -> SpaceJoined:
    """We are in this server."""
    return SpaceJoined(SpaceRef(PLATFORM, str(guild.id)), guild.name, now())


def to_left(guild: discord.Guild) -> SpaceLeft:
    """We were removed from this server."""
    return SpaceLeft(SpaceRef(PLATFORM, str(guild.id)), now())


def to_channel_gone(channel: discord.abc.GuildChannel) -> PlaceGone:
    """A channel was deleted."""
    return PlaceGone(ChannelRef(PLATFORM, str(channel.guild.id), str(channel.id)), now())


def to_thread_gone(gone: discord.RawThreadDeleteEvent) -> PlaceGone:
    """A thread was deleted."""
    return PlaceGone(ThreadRef(PLATFORM, str(gone.guild_id), str(gone.parent_id), str(gone.thread_id)), now())


def to_member_left(left: discord.RawMemberRemoveEvent) -> MemberLeft:
    """Somebody is not in the server any more."""
    return MemberLeft(user_ref(str(left.guild_id), left.user.id), now())


# interactions


def place_of(call: discord.Interaction) -> ChannelRef:
    """The channel in which something was called or pressed; for a thread the one it hangs under."""
    channel = call.channel
    id = channel.parent_id if isinstance(channel, discord.Thread) else call.channel_id
    return ChannelRef(PLATFORM, str(call.guild_id or ""), str(id or ""))


def caller(call: discord.Interaction) -> Person:
    """Who called it, with the rights that Discord states in the call itself."""
    return to_person(call.user, str(call.guild_id or ""), call.permissions.manage_guild)


def _thread(call: discord.Interaction) -> ThreadRef | None:
    return thread_ref(call.channel) if isinstance(call.channel, discord.Thread) else None


def to_command(call: discord.Interaction) -> CommandCalled:
    """A command with its options as text; a channel is its id."""
    path, options = _words(_data(call))
    given = {option["name"]: str(option["value"]) for option in options}
    return CommandCalled(path, caller(call), place_of(call), str(call.id), call.created_at, given)


def to_completion(call: discord.Interaction) -> CompletionAsked | None:
    """Somebody types in an option."""
    path, options = _words(_data(call))
    typed = next((option for option in options if option.get("focused")), None)
    if typed is None:
        return None
    return CompletionAsked(path, typed["name"], str(typed["value"]), caller(call), place_of(call))


def is_menu(call: discord.Interaction) -> bool:
    """Whether a command is an entry of a message's menu."""
    return _data(call).get("type") == discord.AppCommandType.message.value


def to_chosen(call: discord.Interaction) -> ButtonPressed | None:
    """An entry of a message's menu, with the words of that message."""
    data = _data(call)
    action = menu_action(data["name"])
    if action is None:
        return None
    message = data["resolved"]["messages"][data["target_id"]]
    server, place = str(call.guild_id), str(call.channel_id)
    return ButtonPressed(
        action,
        "",
        caller(call),
        place_of(call),
        str(call.id),
        call.created_at,
        message_ref(server, place, message["id"]),
        _thread(call),
        message.get("content") or "",
        user_ref(server, message["author"]["id"]),
    )


def knows_button(call: discord.Interaction) -> bool:
    """Whether a button is one that we still know."""
    return read_button_code(split_code(_data(call)["custom_id"])[0]) is not None


def knows_form(call: discord.Interaction) -> bool:
    """Whether a form is one that we still know."""
    return read_modal_id(_data(call)["custom_id"]) is not None


def to_pressed(call: discord.Interaction, person: Person) -> ButtonPressed | None:
    """One of our buttons. `person` tells the server as well, which a private conversation does not."""
    read = read_button_code(split_code(_data(call)["custom_id"])[0])
    if read is None:
        return None
    server = person.user.workspace
    place = ChannelRef(PLATFORM, server, place_of(call).id)
    pressed_on = message_ref(server, str(call.channel_id), call.message.id) if call.message else None
    return ButtonPressed(read[0], read[1], person, place, str(call.id), call.created_at, pressed_on, _thread(call))


def to_form(call: discord.Interaction, person: Person) -> FormSent | None:
    """A form that came back, or None for one that we do not know any more. `person` as for a button."""
    data = _data(call)
    read = read_modal_id(data["custom_id"])
    if read is None:
        return None
    place = ChannelRef(PLATFORM, person.user.workspace, place_of(call).id)
    return FormSent(read[0], read[1], person, place, read_fields(data["components"]), str(call.id), call.created_at)


def typed_words(call: discord.Interaction) -> str:
    """All that somebody typed into a form."""
    return "\n\n".join(filter(None, read_fields(_data(call).get("components") or ()).values()))


def noted_server(call: discord.Interaction) -> str | None:
    """The server that a button or form in a private conversation is about; None anywhere else."""
    return split_code(_data(call).get("custom_id", ""))[1] if call.guild_id is None else None


def sent_at(id: str) -> datetime:
    """When a message with this id was sent."""
    return snowflake_time(int(id))


def _data(call: discord.Interaction) -> Mapping[str, Any]:
    return call.data or {}


def _words(data: Mapping[str, Any]) -> tuple[tuple[str, ...], list[Mapping[str, Any]]]:
    """The words of a command, and the options behind them."""
    path, options = [data["name"]], data.get("options") or []
    while options and options[0]["type"] in (1, 2):
        path.append(options[0]["name"])
        options = options[0].get("options") or []
    return tuple(path), options
