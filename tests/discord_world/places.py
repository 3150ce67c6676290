"""What the REST routes of threads, channels, servers and people do."""

from __future__ import annotations

from datetime import datetime

from discord_world.gateway import application
from discord_world.model import Channel, Guild, Json, Kind, User
from discord_world.payloads import (
    channel_json,
    guild_json,
    member_json,
    role_json,
    thread_list_json,
    thread_member_json,
    user_json,
)
from discord_world.routes import Asked, content, not_archived, serves, shown, user_of
from discord_world.rules import Refusal, malformed, need
from discord_world.script import Answer
from discord_world.state import World

# Threads


@serves("POST /channels/{channel_id}/messages/{message_id}/threads")
def thread_on_message(asked: Asked) -> Answer:
    channel = asked.channel
    need(channel, asked.me, "create_public_threads")
    message = asked.message
    if message.thread is not None and not message.thread.gone:
        raise Refusal(160004)
    if channel.is_thread or channel.guild is None:
        raise Refusal(50024)
    more = _thread_settings(asked.body)
    thread = asked.world.open_thread(channel, asked.body["name"], asked.me, Kind.PUBLIC_THREAD, message, **more)
    return Answer(201, channel_json(thread))


def _thread_settings(body: Json) -> Json:
    return {
        "archive_minutes": body.get("auto_archive_duration") or 4320,
        "slow_seconds": body.get("rate_limit_per_user") or 0,
    }


@serves("POST /channels/{channel_id}/threads")
def thread_alone(asked: Asked) -> Answer:
    channel, body, world = asked.channel, asked.body, asked.world
    if channel.guild is None or channel.is_thread:
        raise Refusal(50024)
    if channel.kind is Kind.FORUM:
        need(channel, asked.me, "send_messages")
        if not body.get("message"):
            raise malformed(["message: This field is required"])
        fields = content(asked, body["message"])
        thread = world.open_thread(channel, body["name"], asked.me, Kind.PUBLIC_THREAD, None, **_thread_settings(body))
        message = world.post(thread, asked.me, fields.pop("text", ""), **fields)
        return Answer(201, channel_json(thread) | {"message": shown(message)})
    kind = Kind(body.get("type") or Kind.PRIVATE_THREAD)
    need(channel, asked.me, "create_private_threads" if kind is Kind.PRIVATE_THREAD else "create_public_threads")
    thread = world.open_thread(channel, body["name"], asked.me, kind, None, **_thread_settings(body))
    return Answer(201, channel_json(thread))


def _join(asked: Asked, user: User, there: bool) -> Answer:
    thread = asked.channel
    if not thread.is_thread:
        raise Refusal(50024)
    need(thread, asked.me)
    not_archived(thread)
    known = thread.joined.pop(user.id, None)
    if there:
        thread.joined[user.id] = user
    if there is (known is None):
        member = thread_member_json(thread, user.id)
        assert thread.guild is not None
        told = {"id": thread.id, "guild_id": thread.guild.id, "member_count": len(thread.joined)}
        asked.world.tell(
            "THREAD_MEMBERS_UPDATE",
            told | ({"added_members": [member]} if there else {"removed_member_ids": [user.id]}),
            channel=thread,
        )
    return Answer(204)


@serves("PUT /channels/{channel_id}/thread-members/@me", "DELETE /channels/{channel_id}/thread-members/@me")
def join_thread(asked: Asked) -> Answer:
    return _join(asked, asked.me, asked.method == "PUT")


@serves("PUT /channels/{channel_id}/thread-members/{user_id}")
def add_to_thread(asked: Asked) -> Answer:
    user, guild = user_of(asked, asked.places["user_id"]), asked.channel.guild
    if guild is None or user.id not in guild.members:
        raise Refusal(50001)
    need(asked.channel, asked.me, "send_messages_in_threads")
    return _join(asked, user, True)


@serves("DELETE /channels/{channel_id}/thread-members/{user_id}")
def remove_from_thread(asked: Asked) -> Answer:
    if asked.channel.owner is not asked.me:
        need(asked.channel, asked.me, "manage_threads")
    return _join(asked, user_of(asked, asked.places["user_id"]), False)


@serves("GET /channels/{channel_id}/thread-members")
def thread_members(asked: Asked) -> Answer:
    return Answer(200, [thread_member_json(asked.channel, one) for one in asked.channel.joined])


@serves("GET /channels/{channel_id}/thread-members/{user_id}")
def thread_member(asked: Asked) -> Answer:
    if asked.places["user_id"] not in asked.channel.joined:
        raise Refusal(10007)
    return Answer(200, thread_member_json(asked.channel, asked.places["user_id"]))


@serves(
    "GET /channels/{channel_id}/threads/archived/public",
    "GET /channels/{channel_id}/threads/archived/private",
    "GET /channels/{channel_id}/users/@me/threads/archived/private",
)
def archived_threads(asked: Asked) -> Answer:
    channel = asked.channel
    need(channel, asked.me, "read_message_history")
    assert channel.guild is not None
    kind = Kind.PRIVATE_THREAD if asked.route.endswith("private") else Kind.PUBLIC_THREAD
    found = [
        one
        for one in channel.guild.threads.values()
        if one.parent is channel and one.kind is kind and one.archived and not one.gone and one.seen_by(asked.me)
    ]
    found.sort(key=lambda one: one.archived_at or asked.world.clock.now(), reverse=True)
    if before := asked.query.get("before"):
        until = datetime.fromisoformat(before) if not before.isdecimal() else asked.world.made_at(before)
        found = [one for one in found if one.archived_at and one.archived_at < until]
    limit = int(asked.query.get("limit", 50))
    return Answer(200, thread_list_json(found[:limit], len(found) > limit))


@serves("GET /guilds/{guild_id}/threads/active")
def active_threads(asked: Asked) -> Answer:
    found = [one for one in asked.guild.threads.values() if not one.archived and not one.gone and one.seen_by(asked.me)]
    return Answer(200, thread_list_json(found, False))


# Channels


@serves("GET /channels/{channel_id}")
def get_channel(asked: Asked) -> Answer:
    need(asked.channel, asked.me)
    return Answer(200, channel_json(asked.channel))


@serves("PATCH /channels/{channel_id}")
def edit_channel(asked: Asked) -> Answer:
    channel, body = asked.channel, asked.body
    need(channel, asked.me)
    if not channel.is_thread:
        need(channel, asked.me, "manage_channels")
        channel.name = body.get("name") or channel.name
        channel.topic = body.get("topic", channel.topic)
        asked.world.tell("CHANNEL_UPDATE", channel_json(channel), channel=channel)
        return Answer(200, channel_json(channel))
    _may_change_thread(channel, asked.me, body)
    channel.name = body.get("name") or channel.name
    channel.archive_minutes = body.get("auto_archive_duration") or channel.archive_minutes
    channel.slow_seconds = body.get("rate_limit_per_user", channel.slow_seconds)
    if "archived" in body or "locked" in body:
        asked.world.archive(channel, body.get("archived", channel.archived), body.get("locked"))
    else:
        asked.world.change_thread(channel)
    return Answer(200, channel_json(channel))


def _may_change_thread(thread: Channel, me: User, body: Json) -> None:
    if thread.archived and body.get("archived", True):
        raise Refusal(50083)
    only_opens = set(body) <= {"archived", "auto_archive_duration"} and body.get("archived") is False
    if "locked" in body or (thread.locked and "archived" in body) or not (thread.owner is me or only_opens):
        need(thread, me, "manage_threads")
    need(thread, me, "send_messages_in_threads")


@serves("DELETE /channels/{channel_id}")
def delete_channel(asked: Asked) -> Answer:
    channel = asked.channel
    if channel.guild is not None:
        need(channel, asked.me, "manage_threads" if channel.is_thread else "manage_channels")
        asked.world.remove_place(channel)
    return Answer(200, channel_json(channel))


# Servers and people


@serves("GET /guilds/{guild_id}")
def get_guild(asked: Asked) -> Answer:
    counts = {"approximate_member_count": len(asked.guild.members), "approximate_presence_count": 0}
    return Answer(200, guild_json(asked.guild) | (counts if asked.query.get("with_counts") in ("1", "true") else {}))


@serves("GET /guilds/{guild_id}/channels")
def guild_channels(asked: Asked) -> Answer:
    return Answer(200, [channel_json(channel) for channel in asked.guild.channels.values()])


@serves("GET /guilds/{guild_id}/roles")
def guild_roles(asked: Asked) -> Answer:
    return Answer(200, [role_json(role) for role in asked.guild.roles.values()])


@serves("GET /guilds/{guild_id}/members")
def guild_members(asked: Asked) -> Answer:
    if not asked.world.privileged:
        raise Refusal(50001)
    after = int(asked.query.get("after", 0))
    found = sorted((one for one in asked.guild.members.values() if int(one.id) > after), key=lambda one: int(one.id))
    return Answer(200, [member_json(one) for one in found[: int(asked.query.get("limit", 1))]])


@serves("GET /guilds/{guild_id}/members/{user_id}")
def guild_member(asked: Asked) -> Answer:
    user_of(asked, asked.places["user_id"])
    member = asked.guild.members.get(asked.places["user_id"])
    if member is None:
        raise Refusal(10007)
    return Answer(200, member_json(member))


@serves("GET /users/@me")
def me(asked: Asked) -> Answer:
    return Answer(200, user_json(asked.me) | {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None})


@serves("GET /users/{user_id}")
def get_user(asked: Asked) -> Answer:
    return Answer(200, user_json(user_of(asked, asked.places["user_id"])))


@serves("GET /users/@me/guilds")
def my_guilds(asked: Asked) -> Answer:
    return Answer(200, [_of_mine(guild, asked.me) for guild in asked.world.guilds.values()])


def _of_mine(guild: Guild, me: User) -> Json:
    about: Json = {"id": guild.id, "name": guild.name, "icon": None, "banner": None, "features": []}
    return about | {"owner": False, "permissions": str(guild.rights(guild.members[me.id]))}


@serves("DELETE /users/@me/guilds/{guild_id}")
def leave_guild(asked: Asked) -> Answer:
    asked.world.kick_bot(asked.guild)
    return Answer(204)


@serves("POST /users/@me/channels")
def open_conversation(asked: Asked) -> Answer:
    user = user_of(asked, str(asked.body["recipient_id"]))
    if user.bot:
        raise Refusal(50007)
    return Answer(200, channel_json(asked.world.conversation(user)))


@serves("GET /gateway")
def gateway(asked: Asked) -> Answer:
    return Answer(200, {"url": _gateway_url(asked.world)})


@serves("GET /gateway/bot")
def gateway_bot(asked: Asked) -> Answer:
    total = asked.world.gateway.session_starts
    left = max(0, total - len(asked.world.gateway.identifies))
    limit = {"total": total, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}
    return Answer(200, {"url": _gateway_url(asked.world), "shards": 1, "session_start_limit": limit})


def _gateway_url(world: World) -> str:
    return f"ws{world.base.removeprefix('http')}/gateway"


@serves("GET /applications/@me", "GET /oauth2/applications/@me")
def own_application(asked: Asked) -> Answer:
    return Answer(200, application(asked.world))
