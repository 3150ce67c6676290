"""What we compare with on Discord: a plain `discord.Client` with our intents. As a process:
`python bench/_bare.py TOKEN API_BASE GATEWAY_URL`."""

from __future__ import annotations

import asyncio
import sys

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

#: What we ask for where both privileged intents are granted.
INTENTS = discord.Intents(guilds=True, guild_messages=True, message_content=True, members=True)
#: The message that ends a turn.
END = "That was all."


class Bare(discord.Client):
    """Hears messages."""

    def __init__(self) -> None:
        super().__init__(intents=INTENTS)
        self.ended = asyncio.Event()

    async def on_message(self, message: discord.Message) -> None:
        """Hears one."""
        if message.content == END:
            self.ended.set()

    async def stay(self, token: str, api_base: str, gateway_url: str) -> None:
        """Listens until cancelled."""
        # The library keeps both addresses in classes, so one process has one Discord for all plain clients.
        Route.BASE = api_base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
        async with self:
            await self.start(token)


if __name__ == "__main__":
    asyncio.run(Bare().stay(*sys.argv[1:]))
