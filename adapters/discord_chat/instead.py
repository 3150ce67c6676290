"""The way round a call that cannot be answered any more, since Discord forgets it after 15 minutes: a private message,
or for what is meant for all a message in the channel."""

from __future__ import annotations

import discord

from adapters.discord_chat.content import bodies, nonce
from adapters.discord_chat.direct import Direct
from adapters.discord_chat.rest import Rest
from bot.domain.outgoing import Reply


class Instead:
    """Says a late reply without its call."""

    def __init__(self, rest: Rest, direct: Direct) -> None:
        self._rest = rest
        self._direct = direct

    async def tell(self, call: discord.Interaction, reply: Reply) -> None:
        """Raises `NotNow` or `Refused`."""
        if reply.public and call.channel_id is not None:
            place, parts = str(call.channel_id), bodies(reply)
        else:
            place = await self._direct.place(str(call.user.id))
            parts = bodies(reply, server=str(call.guild_id) if call.guild_id else None)
        for number, part in enumerate(parts):
            once = {"nonce": nonce(f"{call.id}:{number}"), "enforce_nonce": True}
            await self._rest.call("POST", "/channels/{channel_id}/messages", json=part | once, channel_id=place)
