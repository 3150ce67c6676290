"""Discord's objects as JSON, with the fields the real ones have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from discord_world.model import Channel, Guild, Json, Kind, Member, Message, Reaction, Role, User, walk

Sees = Callable[[Message], bool]


def iso(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def user_json(user: User) -> Json:
    return {
        "id": user.id,
        "username": user.name.lower().replace(" ", "."),
        "global_name": None if user.bot else user.name,
        "discriminator": "0000" if user.bot else "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def member_json(member: Member, with_user: bool = True) -> Json:
    plain: Json = {
        "roles": [role.id for role in member.roles],
        "nick": member.nick,
        "avatar": None,
        "joined_at": iso(member.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return plain | {"user": user_json(member.user)} if with_user else plain


def role_json(role: Role) -> Json:
    return {
        "id": role.id,
        "name": role.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": role.position,
        "permissions": str(role.permissions),
        "managed": role.bot_id is not None,
        "mentionable": role.mentionable,
        "flags": 0,
    } | ({"tags": {"bot_id": role.bot_id}} if role.bot_id else {})


def channel_json(channel: Channel) -> Json:
    if channel.kind is Kind.DM:
        return _conversation_json(channel)
    if channel.is_thread:
        return _thread_json(channel)
    assert channel.guild is not None
    everybody = channel.guild.id
    return {
        "id": channel.id,
        "type": int(channel.kind),
        "guild_id": channel.guild.id,
        "name": channel.name,
        "position": channel.position,
        "permission_overwrites": [
            {
                "id": target,
                "type": 0 if target == everybody or target in channel.guild.roles else 1,
                "allow": str(allow),
                "deny": str(deny),
            }
            for target, (allow, deny) in channel.overwrites.items()
        ],
        "parent_id": channel.parent.id if channel.parent else None,
        "nsfw": False,
        "topic": channel.topic,
        "rate_limit_per_user": channel.slow_seconds,
        "last_message_id": _last(channel),
        "flags": 0,
    } | ({"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None} if _forum(channel) else {})


def _forum(channel: Channel) -> bool:
    return channel.kind is Kind.FORUM


def _last(channel: Channel) -> str | None:
    return max(channel.log, key=int, default=None)


def _conversation_json(channel: Channel) -> Json:
    assert channel.recipient is not None
    return {
        "id": channel.id,
        "type": 1,
        "last_message_id": _last(channel),
        "flags": 0,
        "recipients": [user_json(channel.recipient)],
    }


def _thread_json(thread: Channel) -> Json:
    assert thread.guild is not None
    assert thread.parent is not None
    assert thread.owner is not None
    made = thread.world.made_at(thread.id)
    me = thread.world.bot.id
    shown: Json = {
        "id": thread.id,
        "type": int(thread.kind),
        "guild_id": thread.guild.id,
        "parent_id": thread.parent.id,
        "owner_id": thread.owner.id,
        "name": thread.name,
        "last_message_id": _last(thread),
        "message_count": len(thread.log),
        "total_message_sent": len(thread.log),
        "member_count": min(len(thread.joined), 50),
        "rate_limit_per_user": thread.slow_seconds,
        "flags": 0,
        "thread_metadata": {
            "archived": thread.archived,
            "auto_archive_duration": thread.archive_minutes,
            "archive_timestamp": iso(thread.archived_at or made),
            "locked": thread.locked,
            "create_timestamp": iso(made),
        },
    }
    if thread.kind is Kind.PRIVATE_THREAD:
        shown["thread_metadata"]["invitable"] = False
    return shown | ({"member": thread_member_json(thread, me)} if me in thread.joined else {})


def thread_member_json(thread: Channel, user_id: str) -> Json:
    return {"id": thread.id, "user_id": user_id, "join_timestamp": iso(thread.world.made_at(thread.id)), "flags": 1}


def guild_json(guild: Guild) -> Json:
    """What GET /guilds/{id} returns."""
    return {
        "id": guild.id,
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "description": None,
        "banner": None,
        "owner_id": guild.owner.id,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "nsfw": False,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "roles": [role_json(role) for role in guild.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "incidents_data": None,
    }


def guild_create_json(guild: Guild, all_members: bool) -> Json:
    """GUILD_CREATE: with channels and active threads the bot sees; members beyond itself only by right."""
    bot = guild.world.bot
    members = [member for member in guild.members.values() if all_members or member.id == bot.id]
    return guild_json(guild) | {
        "joined_at": iso(guild.joined_at),
        "large": len(guild.members) > 250,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "members": [member_json(member) for member in members],
        "channels": [channel_json(channel) for channel in guild.channels.values()],
        "threads": [
            channel_json(thread)
            for thread in guild.threads.values()
            if not thread.archived and not thread.gone and thread.seen_by(bot)
        ],
    }


def emoji_json(name: str) -> Json:
    """An emoji by what stands in the address: the sign itself, or name:id."""
    word, colon, number = name.partition(":")
    return {"id": number, "name": word} if colon else {"id": None, "name": name}


def _reaction_json(reaction: Reaction, me: str) -> Json:
    count = len(reaction.users)
    return {
        "emoji": emoji_json(reaction.emoji),
        "count": count,
        "count_details": {"burst": 0, "normal": count},
        "burst_colors": [],
        "me": any(user.id == me for user in reaction.users),
        "me_burst": False,
    }


def message_json(message: Message, sees: Sees, live: bool = False, quote: bool = True) -> Json:
    """A message as the bot gets it: `live` over the gateway; without its words where the bot may not read them."""
    guild = message.channel.guild
    readable = sees(message)
    me = message.channel.world.bot.id
    shown: Json = {
        "id": message.id,
        "channel_id": message.channel.id,
        "author": user_json(message.author),
        "content": message.text if readable else "",
        "timestamp": iso(message.at),
        "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
        "tts": False,
        "mention_everyone": message.mention_everyone,
        "mentions": [_mentioned(user, guild, live) for user in message.mentions],
        "mention_roles": message.mention_roles,
        "attachments": message.attachments if readable else [],
        "embeds": message.embeds if readable else [],
        "components": message.components if readable else [],
        "pinned": False,
        "type": message.type,
        "flags": message.flags,
    }
    if message.reactions and quote:
        shown["reactions"] = [_reaction_json(reaction, me) for reaction in message.reactions if reaction.users]
    if message.nonce is not None and message.author.id == me:
        shown["nonce"] = message.nonce
    if message.interaction is not None:
        shown |= {"interaction_metadata": message.interaction, "webhook_id": me, "application_id": me}
    if message.thread is not None and not message.thread.gone and not live:
        shown["thread"] = channel_json(message.thread)
    if message.webhook_id is not None:
        shown["webhook_id"] = message.webhook_id
    if message.reference is not None:
        shown["message_reference"] = message.reference
        if quote and message.type in (19, 21):
            old = message.reply_to
            gone = old is None or old.deleted
            shown["referenced_message"] = None if gone or old is None else message_json(old, sees, quote=False)
    if live and guild is not None:
        shown["guild_id"] = guild.id
        if message.author.id in guild.members:
            shown["member"] = member_json(guild.members[message.author.id], with_user=False)
    return shown


def _mentioned(user: User, guild: Guild | None, live: bool) -> Json:
    shown = user_json(user)
    if live and guild is not None and user.id in guild.members:
        shown["member"] = member_json(guild.members[user.id], with_user=False)
    return shown


def numbered(components: list[Json]) -> list[Json]:
    """Components with the ids that Discord gives those that have none."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    for part in walk(components):
        if not part.get("id"):
            part["id"] = next(free)
    return components


def application_json(bot: User, owner: User, flags: int, servers: int) -> Json:
    return {
        "id": bot.id,
        "name": bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user_json(owner),
        "team": None,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": servers,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "explicit_content_filter": 0,
        "bot": user_json(bot),
    }


def thread_list_json(threads: list[Channel], has_more: bool) -> Mapping[str, object]:
    bot = threads[0].world.bot.id if threads else ""
    return {
        "threads": [channel_json(thread) for thread in threads],
        "members": [thread_member_json(thread, bot) for thread in threads if bot in thread.joined],
        "has_more": has_more,
    }
