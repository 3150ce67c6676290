"""What we may do in a channel: each right that a question needs, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from discord import Permissions

from adapters.discord_chat import words
from adapters.discord_chat.errors import DiscordSaysNo
from adapters.discord_chat.forms import ASKABLE
from adapters.discord_chat.members import Members, permissions
from adapters.discord_chat.rest import Rest
from bot.domain.errors import RefusedBecause
from bot.domain.refs import ChannelRef
from bot.ports import Lacking

#: Discord's names of what a daily question needs, as people see them.
NEEDED = (
    ("view_channel", "View Channel"),
    ("send_messages", "Send Messages"),
    ("create_public_threads", "Create Public Threads"),
    ("send_messages_in_threads", "Send Messages in Threads"),
    ("read_message_history", "Read Message History"),
    ("add_reactions", "Add Reactions"),
)

#: What a mock round needs where somebody takes no private messages. Nothing else depends on it.
FOR_ROOMS = ("create_private_threads",)

#: What cards and charts need; without it the texts, which say the same, go out alone.
FOR_PICTURES = ("attach_files",)


def in_channel(
    channel: Mapping[str, Any], guild: Mapping[str, Any], member: Mapping[str, Any], user: str
) -> Permissions:
    """What somebody may do in one channel: first what it says of everybody, then of roles, then of this account."""
    base = permissions(guild, member, user)
    if base.administrator:
        return base
    over = {each["id"]: (int(each["allow"]), int(each["deny"])) for each in channel.get("permission_overwrites") or ()}
    value = _over(base.value, [over[guild["id"]]] if guild["id"] in over else [])
    value = _over(value, [over[role] for role in member["roles"] if role in over])
    return Permissions(_over(value, [over[user]] if user in over else []))


def _over(value: int, overwrites: Iterable[tuple[int, int]]) -> int:
    allowed = denied = 0
    for allow, deny in overwrites:
        allowed |= allow
        denied |= deny
    return (value & ~denied) | allowed


async def lacking(rest: Rest, members: Members, ref: ChannelRef) -> Sequence[Lacking]:
    """What we may not do in a channel and would need to. Raises `NotNow`."""
    try:
        channel = await rest.call("GET", "/channels/{channel_id}", channel_id=ref.id)
    except DiscordSaysNo as no:
        if no.because in (RefusedBecause.GONE, RefusedBecause.NO_RIGHT):
            return (Lacking(words.NO_CHANNEL, words.NO_CHANNEL_MEND),)
        raise
    if channel.get("guild_id") != ref.workspace:
        return (Lacking(words.NO_CHANNEL, words.NO_CHANNEL_MEND),)
    if channel["type"] not in ASKABLE:
        return (Lacking(words.NOT_TEXT, words.NOT_TEXT_MEND),)
    me = await rest.account()
    may = in_channel(channel, await members.guild(ref.workspace), await members.member(ref.workspace, me.id), me.id)
    missing = [_missing(name) for right, name in NEEDED if not getattr(may, right)]
    if channel.get("rate_limit_per_user") and not _bypasses_slow_mode(may):
        missing.append(Lacking(words.SLOW, words.SLOW_MEND))
    if missing and not me.reads_messages:
        # It stops nothing, so alone it is no reason to name it here.
        missing.append(Lacking(words.NO_CONTENT, words.NO_CONTENT_MEND))
    return tuple(missing)


def _missing(name: str) -> Lacking:
    return Lacking(name, words.WHERE_RIGHTS.format(name=name))


def _bypasses_slow_mode(may: Permissions) -> bool:
    return may.manage_messages or may.manage_channels or may.bypass_slowmode
