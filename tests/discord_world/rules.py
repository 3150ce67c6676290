"""Discord's rules that are not about transport: how it refuses, whom a message notifies, what a message may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from discord_world.model import PARTS_ONLY, Channel, Json, Kind, Message, User, bits, walk

WORDS = {
    0: "404: Not Found",
    10003: "Unknown Channel",
    10004: "Unknown Guild",
    10007: "Unknown Member",
    10008: "Unknown Message",
    10011: "Unknown Role",
    10013: "Unknown User",
    10014: "Unknown Emoji",
    10015: "Unknown Webhook",
    10062: "Unknown interaction",
    10063: "Unknown application command",
    40060: "Interaction has already been acknowledged.",
    50001: "Missing Access",
    50005: "Cannot edit a message authored by another user",
    50006: "Cannot send an empty message",
    50007: "Cannot send messages to this user",
    50008: "Cannot send messages in a non-text channel",
    50013: "Missing Permissions",
    50024: "Cannot execute action on this channel type",
    50027: "Invalid Webhook Token",
    50034: "You can only bulk delete messages that are under 14 days old.",
    50035: "Invalid Form Body",
    50083: "Thread is archived",
    160002: "Cannot reply without permission to read message history",
    160004: "A thread has already been created for this message",
    160005: "Thread is locked",
}
NOT_FOUND = {0, *range(10000, 11000)}
FORBIDDEN = {50001, 50005, 50007, 50013, 160005}


class Refusal(Exception):
    """A request that Discord answers with an error body."""

    def __init__(self, code: int, status: int | None = None, errors: Any = None) -> None:
        super().__init__(code)
        self.code = code
        self.complaints: list[str] = []
        self.status = status or (404 if code in NOT_FOUND else 403 if code in FORBIDDEN else 400)
        self.body: Json = {"message": WORDS.get(code, "Refused"), "code": code}
        if errors:
            self.body["errors"] = errors


def malformed(complaints: Iterable[str]) -> Refusal:
    """400 with 50035: each complaint is `path: what is wrong`."""
    tree: Json = {}
    complaints = list(complaints)
    for complaint in complaints:
        path, _, words = complaint.partition(": ")
        spot = tree
        for step in filter(None, path.split(".")):
            spot = spot.setdefault(step, {})
        spot.setdefault("_errors", []).append({"code": "BASE_TYPE_INVALID", "message": words})
    refusal = Refusal(50035, errors=tree)
    refusal.complaints = complaints
    return refusal


def need(channel: Channel, who: User, *rights: str) -> None:
    """Raises 50001 where somebody sees nothing, 50013 where a right is missing."""
    if not channel.seen_by(who):
        raise Refusal(50001)
    for right in rights:
        if not channel.may(who, right):
            raise Refusal(50013)


def need_to_write(channel: Channel, who: User) -> None:
    """Whether somebody may send a message here; says why not as Discord does."""
    if channel.kind is Kind.DM:
        assert channel.recipient is not None
        if channel.recipient.dms_closed:
            raise Refusal(50007)
        return
    if channel.kind in (Kind.FORUM, Kind.CATEGORY):
        raise Refusal(50008)
    need(channel, who, "send_messages_in_threads" if channel.is_thread else "send_messages")
    if channel.locked and not channel.may(who, "manage_threads"):
        raise Refusal(160005)


@dataclass(frozen=True, slots=True)
class Notification:
    """Somebody's phone rang: `who` is a user id, a role id, "everyone" or "here"; `how` is mention or reply."""

    who: str
    how: str
    message: Message = field(repr=False)


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whom a message's words address once `allowed_mentions` has had its say."""

    users: list[User]
    roles: list[str]
    everyone: list[str]


_CODE = re.compile(r"```.*?```|``.+?``|`[^`]+`", re.DOTALL)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)")


def addressed(message: Message) -> Addressed:
    """Whom the words of a message mention, by Discord's rules: not in code, and only what the sender may and allows."""
    displays = [part["content"] for part in walk(message.components) if part["type"] == 10]
    words = _CODE.sub(" ", "\n".join([message.text, *displays]))
    allowed = message.allowed_mentions or {"parse": ["users", "roles", "everyone"]}
    kinds = allowed.get("parse") or ()
    channel = message.channel
    users = [
        user
        for found in dict.fromkeys(_USER.findall(words))
        if (user := _reachable(channel, found)) and ("users" in kinds or found in map(str, allowed.get("users") or ()))
    ]
    roles = [
        found
        for found in dict.fromkeys(_ROLE.findall(words))
        if _rings(message, found) and ("roles" in kinds or found in map(str, allowed.get("roles") or ()))
    ]
    may = "everyone" in kinds and channel.guild is not None and channel.may(message.author, "mention_everyone")
    return Addressed(users, roles, list(dict.fromkeys(_EVERYONE.findall(words))) if may else [])


def _reachable(channel: Channel, user_id: str) -> User | None:
    if channel.guild is None:
        return channel.recipient if channel.recipient and channel.recipient.id == user_id else None
    member = channel.guild.members.get(user_id)
    return member.user if member else None


def _rings(message: Message, role_id: str) -> bool:
    guild = message.channel.guild
    role = guild.roles.get(role_id) if guild else None
    return role is not None and (role.mentionable or message.channel.may(message.author, "mention_everyone"))


def pings_the_author(message: Message) -> bool:
    """Whether a reply rings at the person it answers."""
    if message.type != 19 or message.reply_to is None:
        return False
    if message.allowed_mentions is None:
        return True
    return bool(message.allowed_mentions.get("replied_user"))


def notifications(message: Message) -> list[Notification]:
    """Everyone who is really notified of a message of the bot's."""
    if message.only_for is not None:
        return []
    found = addressed(message)
    rung = [Notification(user.id, "mention", message) for user in found.users if user is not message.author]
    rung += [Notification(role, "mention", message) for role in found.roles]
    rung += [Notification(word, "mention", message) for word in found.everyone]
    if pings_the_author(message) and message.reply_to and message.reply_to.author is not message.author:
        rung.append(Notification(message.reply_to.author.id, "reply", message))
    return rung


def faults_of(body: Json) -> list[str]:
    """What Discord refuses in a message although its description of the API allows it."""
    found = []
    if len(body.get("content") or "") > 2000:
        found.append("content: Must be 2000 or fewer in length.")
    allowed = body.get("allowed_mentions") or {}
    found += [
        f"allowed_mentions.parse: parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive."
        for kind in ("users", "roles")
        if kind in (allowed.get("parse") or ()) and allowed.get(kind)
    ]
    parts = list(walk(body.get("components") or ()))
    ids = [part["custom_id"] for part in parts if part.get("custom_id")]
    found += [f"components: Component custom id cannot be duplicated: {one}" for one in set(ids) if ids.count(one) > 1]
    found += [f"components: {words}" for part in parts if part["type"] == 2 and (words := _button_fault(part))]
    words_only = any(body.get(name) for name in ("content", "embeds", "poll"))
    if (body.get("flags") or 0) & PARTS_ONLY:
        if words_only:
            found.append("flags: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")
        if len(parts) > 40:
            found.append("components: The total number of components must be 40 or fewer.")
    elif any(part["type"] in (9, 10, 12, 13, 14, 17) for part in body.get("components") or ()):
        found.append("components: These components need the flag IS_COMPONENTS_V2.")
    length = sum(_embed_length(embed) for embed in body.get("embeds") or ())
    return found + (["embeds: Embed size exceeds maximum size of 6000"] if length > 6000 else [])


def _button_fault(button: Json) -> str | None:
    if button["style"] == 5:
        return None if button.get("url") and not button.get("custom_id") else "A link button needs url, not custom_id."
    if button["style"] == 6:
        return None
    if not button.get("custom_id"):
        return "A custom id is required."
    return None if button.get("label") or button.get("emoji") else "A button must have a label or an emoji."


def _embed_length(embed: Json) -> int:
    fields = embed.get("fields") or ()
    words = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    words += [
        (embed.get("author") or {}).get("name"),
        *(one for f in fields for one in (f.get("name"), f.get("value"))),
    ]
    return sum(len(word or "") for word in words)


def is_empty(body: Json, files: int) -> bool:
    return not files and not any(
        body.get(name) for name in ("content", "embeds", "components", "sticker_ids", "poll", "attachments")
    )


def may_pin_down(channel: Channel, who: User) -> bool:
    return bool(channel.rights(who) & bits(["manage_messages"]))
