"""The way round a call that cannot be answered any more, since Discord forgets it after 15 minutes: a private message,
or for what is meant for all a message in the channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from adapters.discord_chat.content import nonce, pieces_of
from adapters.discord_chat.direct import Direct
from adapters.discord_chat.incoming import noted_server
from adapters.discord_chat.pictures import with_picture
from adapters.discord_chat.rest import Rest
from bot.domain.outgoing import Picture, Reply


class Instead:
    """Says a late reply without its call."""

    def __init__(self, rest: Rest, direct: Direct) -> None:
        self._rest = rest
        self._direct = direct

    async def tell(self, call: discord.Interaction, reply: Reply) -> None:
        """Raises `NotNow` or `Refused`."""
        if reply.public and call.channel_id is not None:
            place, pieces = str(call.channel_id), pieces_of(reply)
        else:
            place = await self._direct.place(str(call.user.id))
            pieces = pieces_of(reply, server=str(call.guild_id) if call.guild_id else noted_server(call))
        for number, piece in enumerate(pieces):
            once = {"nonce": nonce(f"{call.id}:{number}"), "enforce_nonce": True}
            await with_picture(replace(piece, message=piece.message | once), partial(self._send, place))

    async def _send(self, place: str, message: Mapping[str, Any], picture: Picture | None) -> Any:
        path = "/channels/{channel_id}/messages"
        return await self._rest.call("POST", path, json=message, picture=picture, channel_id=place)
