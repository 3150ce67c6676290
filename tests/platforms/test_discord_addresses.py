"""All traffic goes where the settings say: REST, answers to calls, the gateway, and a session that begins again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest
from discord_station import FreePace, OpenThreads, RecordingIntake, Station
from discord_world import DiscordWorld, discord_world
from patience import until

from adapters import discord_chat
from adapters.discord_chat import DiscordSettings
from bot.domain.incoming import MessagePosted
from bot.domain.outgoing import Reply

#: No such host can exist (RFC 6761), so whatever arrives came through the proxy.
NOWHERE = "discord.invalid"


@asynccontextmanager
async def proxy(target: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy that hands everything on to the target; its address, and the hosts that were asked for."""
    there, asked, lines = urlsplit(target), list[str](), set[asyncio.StreamWriter]()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readline()
        asked.append(urlsplit(head.split()[1].decode()).hostname or "")
        back, forth = await asyncio.open_connection(there.hostname, there.port)
        lines.update((writer, forth))
        forth.write(head)
        await asyncio.gather(pump(reader, forth), pump(back, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        for line in lines:
            line.close()
        await server.wait_closed()


@asynccontextmanager
async def bot_behind(discord: DiscordWorld, proxy_address: str) -> AsyncIterator[Station]:
    views, intake, pace = OpenThreads(), RecordingIntake(), FreePace()
    settings = DiscordSettings(
        discord.token, f"http://{NOWHERE}/api/v10", f"ws://{NOWHERE}/gateway", proxy=proxy_address
    )
    bot = Station(discord, discord_chat.create(settings, pace, views), intake, views, pace)
    try:
        yield bot
    finally:
        await bot.stop()
        await bot.adapter.close()


async def test_everything_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord_chat.gateway.INVALID_SECONDS", (0.0, 0.01))
    async with discord_world() as discord, proxy(discord.api_base) as (address, asked):
        guild = discord.add_guild("Study Hall")
        study, ada = guild.add_channel("study"), guild.add_member("Ada")
        async with bot_behind(discord, address) as bot:
            bot.intake.answer = lambda event: Reply("Yes.")
            await bot.listening()
            message, thread = await bot.question(study)
            call = await discord.press(ada, message, "Answer")
            await call.finished()
            await discord.drop(4000)
            await until(lambda: discord.resumes == [True])
            discord.invalidate()
            await until(lambda: len(discord.identifies) == 2 and bot.adapter.opened)
            await discord.write(ada, thread, "A heap is a tree.")
            await until(lambda: bot.intake.all(MessagePosted))

        assert call.text == "Yes."
        assert set(asked) == {NOWHERE}


def test_no_secret_stands_in_the_settings_words() -> None:
    settings = DiscordSettings("made-up-token", proxy="http://somebody:made-up-password@127.0.0.1:1")

    assert "made-up" not in f"{settings} {settings!r} {settings.bucket}"
