"""What each REST route of the Discord of our tests does: messages, reactions, threads, channels, servers, people."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from discord_world.model import PARTS_ONLY, Channel, Guild, Json, Message, User
from discord_world.payloads import (
    message_json,
    user_json,
)
from discord_world.rules import Refusal, faults_of, is_empty, malformed, may_pin_down, need, need_to_write
from discord_world.script import Answer
from discord_world.state import DAYS_14, World

NONCE_LASTS = 300.0
SENT_FLAGS = 1 << 2 | 1 << 12 | PARTS_ONLY


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    filename: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, already checked against Discord's description."""

    world: World
    method: str
    route: str
    places: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    files: tuple[Upload, ...] = ()

    @property
    def me(self) -> User:
        return self.world.bot

    @property
    def channel(self) -> Channel:
        return self.world.place(self.places["channel_id"])

    @property
    def message(self) -> Message:
        channel = self.channel
        need(channel, self.me, "read_message_history")
        found = channel.log.get(self.places["message_id"])
        if found is None:
            raise Refusal(10008)
        return found

    @property
    def guild(self) -> Guild:
        found = self.world.guilds.get(self.places["guild_id"])
        if found is None:
            raise Refusal(10004)
        return found


Handler = Callable[[Asked], Answer]
ROUTES: dict[tuple[str, str], Handler] = {}


def serves(*routes: str) -> Callable[[Handler], Handler]:
    """Registers a handler for routes such as `GET /users/@me`."""

    def register(handler: Handler) -> Handler:
        for route in routes:
            method, _, template = route.partition(" ")
            ROUTES[method, template] = handler
        return handler

    return register


def shown(message: Message) -> Json:
    return message_json(message, message.channel.world.sees)


def content(asked: Asked, body: Json) -> Json:
    """The fields of a message from a request's body, checked as Discord checks them."""
    if faults := faults_of(body):
        raise malformed(faults)
    fields: Json = {}
    if "content" in body:
        fields["text"] = (body["content"] or "").strip()
    for name in ("components", "embeds"):
        if name in body:
            fields[name] = copy.deepcopy(body[name] or [])
    if "allowed_mentions" in body:
        fields["allowed_mentions"] = body["allowed_mentions"]
    if "flags" in body:
        fields["flags"] = (body["flags"] or 0) & SENT_FLAGS
    if asked.files or "attachments" in body:
        fields["attachments"] = [_attachment(asked, body, number, one) for number, one in enumerate(asked.files)]
        fields["files"] = {one.filename: one.data for one in asked.files}
    return fields


def _attachment(asked: Asked, body: Json, number: int, upload: Upload) -> Json:
    url = f"{asked.world.base}/attachments/{asked.world.ids.next()}/{upload.filename}"
    told = [one for one in body.get("attachments") or () if str(one.get("id")) == str(number)]
    return {
        "id": asked.world.ids.next(),
        "filename": upload.filename,
        "size": len(upload.data),
        "url": url,
        "proxy_url": url,
        "content_type": upload.content_type,
    } | ({"description": told[0]["description"]} if told and told[0].get("description") else {})


def not_archived(channel: Channel) -> None:
    if channel.archived:
        raise Refusal(50083)


# Messages


@serves("POST /channels/{channel_id}/messages")
def create_message(asked: Asked) -> Answer:
    world, channel, body = asked.world, asked.channel, asked.body
    need_to_write(channel, asked.me)
    if (first := _first_with_nonce(asked)) is not None:
        return Answer(200, shown(first))
    if is_empty(body, len(asked.files)):
        raise Refusal(50006)
    fields = content(asked, body)
    if asked.files:
        need(channel, asked.me, "attach_files")
    if fields.get("embeds"):
        need(channel, asked.me, "embed_links")
    reference = body.get("message_reference")
    if reference:
        fields |= _reply(channel, asked.me, reference)
    message = world.post(channel, asked.me, fields.pop("text", ""), nonce=body.get("nonce"), **fields)
    return Answer(200, shown(message))


def _first_with_nonce(asked: Asked) -> Message | None:
    nonce = asked.body.get("nonce")
    if nonce is None or not asked.body.get("enforce_nonce"):
        return None
    since = asked.world.clock.now() - timedelta(seconds=NONCE_LASTS)
    mine = (one for one in reversed(asked.channel.log.values()) if one.author is asked.me and one.at >= since)
    return next((one for one in mine if str(one.nonce) == str(nonce)), None)


def _reply(channel: Channel, me: User, reference: Json) -> Json:
    if not channel.may(me, "read_message_history"):
        raise Refusal(160002)
    old = channel.log.get(str(reference["message_id"]))
    if old is not None:
        return {"type": 19, "reply_to": old}
    if reference.get("fail_if_not_exists", True):
        refusal = malformed(["message_reference: Unknown message"])
        refusal.complaints = []  # a request in good order; the message is just not there any more
        raise refusal
    return {}


@serves("GET /channels/{channel_id}/messages")
def list_messages(asked: Asked) -> Answer:
    channel, query = asked.channel, asked.query
    need(channel, asked.me)
    if not channel.may(asked.me, "read_message_history"):
        return Answer(200, [])
    limit = int(query.get("limit", 50))
    found = channel.messages
    if "before" in query:
        found = [one for one in found if int(one.id) < int(query["before"])]
    if "after" in query:
        found = [one for one in found if int(one.id) > int(query["after"])][:limit]
    if "around" in query:
        near = sorted(found, key=lambda one: abs(int(one.id) - int(query["around"])))[:limit]
        found = [one for one in found if one in near]
    return Answer(200, [shown(one) for one in reversed(found[-limit:])])


@serves("GET /channels/{channel_id}/messages/{message_id}")
def get_message(asked: Asked) -> Answer:
    return Answer(200, shown(asked.message))


@serves("PATCH /channels/{channel_id}/messages/{message_id}")
def edit_message(asked: Asked) -> Answer:
    message = asked.message
    if message.author is not asked.me:
        raise Refusal(50005)
    not_archived(message.channel)
    edit(asked, message)
    return Answer(200, shown(message))


def edit(asked: Asked, message: Message, fields: Json | None = None) -> None:
    """Changes what a body names, keeps the rest, and tells it."""
    fields = content(asked, asked.body) if fields is None else fields
    flags = fields.pop("flags", None)
    for name, value in fields.items():
        setattr(message, name, value)
    if flags is not None:
        message.flags = message.flags & ~SENT_FLAGS | flags
    left = {"content": message.text, "embeds": message.embeds, "components": message.components}
    if is_empty(left, len(message.attachments)):
        raise Refusal(50006)
    asked.world.change(message)


@serves("DELETE /channels/{channel_id}/messages/{message_id}")
def delete_message(asked: Asked) -> Answer:
    channel = asked.channel
    need(channel, asked.me)
    message = channel.log.get(asked.places["message_id"])
    if message is None:
        raise Refusal(10008)
    if message.author is not asked.me and not may_pin_down(channel, asked.me):
        raise Refusal(50013)
    not_archived(channel)
    asked.world.remove(message)
    return Answer(204)


@serves("POST /channels/{channel_id}/messages/bulk-delete")
def bulk_delete(asked: Asked) -> Answer:
    channel = asked.channel
    need(channel, asked.me, "manage_messages")
    wanted = [str(one) for one in asked.body["messages"]]
    if not 2 <= len(wanted) <= 100:
        raise malformed(["messages: Must be between 2 and 100 in length."])
    if any(asked.world.made_at(one) < asked.world.clock.now() - DAYS_14 for one in wanted):
        raise Refusal(50034)
    asked.world.remove_many(channel, [channel.log[one] for one in wanted if one in channel.log])
    return Answer(204)


@serves("POST /channels/{channel_id}/typing")
def typing(asked: Asked) -> Answer:
    need_to_write(asked.channel, asked.me)
    asked.world.typing.append((asked.channel, asked.world.clock.elapsed()))
    return Answer(204)


# Reactions

REACTIONS = "/channels/{channel_id}/messages/{message_id}/reactions"


@serves(f"PUT {REACTIONS}/{{emoji_name}}/@me")
def add_reaction(asked: Asked) -> Answer:
    message, emoji = asked.message, asked.places["emoji_name"]
    not_archived(message.channel)
    if emoji.isascii() and ":" not in emoji:
        raise Refusal(10014, 400)
    if emoji not in message.marks:
        need(message.channel, asked.me, "add_reactions")
    asked.world.react(message, emoji, asked.me)
    return Answer(204)


@serves(f"DELETE {REACTIONS}/{{emoji_name}}/@me")
def remove_reaction(asked: Asked) -> Answer:
    message = asked.message
    not_archived(message.channel)
    asked.world.react(message, asked.places["emoji_name"], asked.me, there=False)
    return Answer(204)


@serves(f"DELETE {REACTIONS}/{{emoji_name}}/{{user_id}}")
def remove_reaction_of(asked: Asked) -> Answer:
    need(asked.channel, asked.me, "manage_messages")
    user = user_of(asked, asked.places["user_id"])
    asked.world.react(asked.message, asked.places["emoji_name"], user, there=False)
    return Answer(204)


@serves(f"DELETE {REACTIONS}", f"DELETE {REACTIONS}/{{emoji_name}}")
def clear_reactions(asked: Asked) -> Answer:
    need(asked.channel, asked.me, "manage_messages")
    only = asked.places.get("emoji_name")
    for reaction in list(asked.message.reactions):
        for user in list(reaction.users) if only in (None, reaction.emoji) else ():
            asked.world.react(asked.message, reaction.emoji, user, there=False)
    return Answer(204)


@serves(f"GET {REACTIONS}/{{emoji_name}}")
def who_reacted(asked: Asked) -> Answer:
    emoji = asked.places["emoji_name"]
    users = [user for one in asked.message.reactions if one.emoji == emoji for user in one.users]
    after = int(asked.query.get("after", 0))
    users = [user for user in users if int(user.id) > after][: int(asked.query.get("limit", 25))]
    return Answer(200, [user_json(user) for user in users])


def user_of(asked: Asked, user_id: str) -> User:
    found = asked.world.users.get(user_id)
    if found is None:
        raise Refusal(10013)
    return found
