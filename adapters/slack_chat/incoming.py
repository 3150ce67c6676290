"""Slack's events in our own words: one function for each kind, None for what does not concern us."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.slack_chat.calls import PLATFORM
from adapters.slack_chat.files import to_files
from adapters.slack_chat.typed import mentioned, plain
from bot.domain.incoming import MessageEdited, MessagePosted, MessagesDeleted
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef, UserRef

Json = Mapping[str, Any]

#: Slack's own assistant, which looks like a person.
SLACKBOT = "USLACKBOT"
#: Messages of people; all other subtypes are joins, pins, bots and the like.
_WRITTEN = frozenset((None, "thread_broadcast", "file_share", "me_message"))


@dataclass(frozen=True, slots=True)
class Us:
    """The bot as one workspace knows it."""

    space: SpaceRef
    user: str
    bot: str
    name: str = ""


def space_of(team: str) -> SpaceRef:
    """A workspace."""
    return SpaceRef(PLATFORM, team)


def channel_of(space: SpaceRef, id: str) -> ChannelRef:
    """A channel."""
    return ChannelRef(PLATFORM, space.workspace, id)


def message_of(space: SpaceRef, channel: str, ts: str) -> MessageRef:
    """A message; Slack names it by its time."""
    return MessageRef(PLATFORM, space.workspace, channel, ts)


def thread_of(space: SpaceRef, channel: str, ts: str) -> ThreadRef:
    """A thread; it is named by its root."""
    return ThreadRef(PLATFORM, space.workspace, channel, ts)


def user_of(space: SpaceRef, id: str) -> UserRef:
    """Somebody in a workspace, whichever workspace they come from."""
    return UserRef(PLATFORM, space.workspace, id)


def moment(ts: str) -> datetime:
    """The moment a Slack time means, to the microsecond; a float would lose some of them. Raises `ValueError`."""
    seconds, _, micro = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(f"{micro:0<6}"[:6]))


def is_conversation(channel: str) -> bool:
    """Whether it is the app's own conversation with one person; so the ids of those begin."""
    return channel.startswith("D")


def is_ours(us: Us, message: Json) -> bool:
    """Whether the bot wrote it."""
    return message.get("user") == us.user or (bool(us.bot) and message.get("bot_id") == us.bot)


# ---------------------------------------------------------------- messages


Told = MessagePosted | MessageEdited | MessagesDeleted | None


def to_message(us: Us, event: Json) -> Told:
    """What a `message` event says, or None when it cannot be about an answer. The author's name is not in it."""
    match event.get("subtype"):
        case "message_changed":
            return _changed(us, event)
        case "message_deleted":
            before = event.get("previous_message") or {}
            foreign = _is_foreign(us, before, event["channel"], gone=True)
            return None if foreign else _gone(us, event, event["deleted_ts"])
        case subtype if subtype in _WRITTEN:
            return to_posted(us, event, event["channel"])
        case _:
            return None


def to_posted(us: Us, message: Json, channel: str) -> MessagePosted | None:
    """A message of somebody in a thread of ours, as an event or as history shows it."""
    if message.get("subtype") not in _WRITTEN or _is_foreign(us, message, channel):
        return None
    text = message.get("text") or ""
    people = tuple(user_of(us.space, id) for id in mentioned(text) if id != us.user)
    ts = message["ts"]
    return MessagePosted(
        message_of(us.space, channel, ts),
        thread_of(us.space, channel, message.get("thread_ts") or ts),
        Person(user_of(us.space, message["user"]), ""),
        plain(text),
        moment(ts),
        mentions=people,
        files=to_files(message),
    )


def to_edited(us: Us, message: Json, channel: str, at: str) -> MessageEdited | None:
    """The present state of a message that was changed at this time."""
    if message.get("subtype") not in _WRITTEN or _is_foreign(us, message, channel):
        return None
    return MessageEdited(
        message_of(us.space, channel, message["ts"]),
        thread_of(us.space, channel, message.get("thread_ts") or message["ts"]),
        Person(user_of(us.space, message["user"]), ""),
        plain(message.get("text") or ""),
        moment(at),
    )


def _changed(us: Us, event: Json) -> Told:
    """An edit, a preview that was added, or the tombstone that stays for a root with replies."""
    now, before = event["message"], event.get("previous_message") or {}
    if now.get("subtype") == "tombstone":
        return None if _is_foreign(us, before, event["channel"], gone=True) else _gone(us, event, now["ts"])
    if before and before.get("text") == now.get("text"):
        return None
    edited = (now.get("edited") or {}).get("ts") or event["event_ts"]
    return to_edited(us, now, event["channel"], max(edited, event["event_ts"], key=moment))


def _gone(us: Us, event: Json, ts: str) -> MessagesDeleted:
    return MessagesDeleted((message_of(us.space, event["channel"], ts),), moment(event["event_ts"]))


def _is_foreign(us: Us, message: Json, channel: str, gone: bool = False) -> bool:
    """Whether it stands outside of our threads or is not a person's. Told without asking anybody (R7). In the app's own
    conversation with somebody everything they write is meant for it.

    One of ours that is gone does concern us; of one that is gone and unknown nothing can be said.
    """
    if gone and (not message or is_ours(us, message)):
        return False
    parent, thread = message.get("parent_user_id"), message.get("thread_ts")
    outside = not thread or thread == message.get("ts") or (parent is not None and parent != us.user)
    if outside and not is_conversation(channel):
        return True
    return bool(message.get("bot_id")) or message.get("user") in (None, "", SLACKBOT) or is_ours(us, message)


# ---------------------------------------------------------------- people


def to_person(us: SpaceRef, user: Json) -> Person:
    """Somebody as `users.info` tells. Whoever comes from another workspace, or is a guest, is never an organiser."""
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name") or ""
    leads = bool(user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner"))
    return Person(
        user_of(us, user["id"]),
        name,
        leads and not is_guest(us, user) and not user.get("deleted"),
        bool(user.get("is_bot")),
        user.get("tz") or None,
    )


def is_guest(space: SpaceRef, user: Json) -> bool:
    """A guest, or somebody of another workspace who is here through a shared channel.

    In an Enterprise Grid a person's own workspace may be another one of the same organisation.
    """
    if user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger"):
        return True
    home, teams = user.get("team_id"), (user.get("enterprise_user") or {}).get("teams") or ()
    return home is not None and home != space.workspace and space.workspace not in teams


# ---------------------------------------------------------------- names for one sending


def submission_id(view: Json) -> str:
    """Names one sending of a form: a repeat has the same name, a changed text sent again another."""
    values = json.dumps(view.get("state", {}).get("values", {}), sort_keys=True)
    return f"{view['id']}:{view.get('hash', '')}:{hashlib.sha256(values.encode()).hexdigest()[:16]}"
