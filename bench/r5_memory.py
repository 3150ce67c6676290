"""R5: the memory of a running studybot for each thousand channels on Discord. See bench/README.md."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench import _bare
from bench._channels import Place, configure
from bench._measure import Place as DatabasePlace
from bench._measure import new_database, options, report, say
from bench._worlds import Away, Bot, DiscordWorld, free_port, started, until, world_apart

CHANNELS_A_SERVER, PEOPLE_A_SERVER = 10, 10
CONNECTED_SECONDS = 300.0
#: The memory has settled when it grew by less than this in so many seconds.
SETTLED_SECONDS, SETTLED_BYTES = 20, 512 * 1024
LONGEST_SECONDS = 300
MB = 1024 * 1024


def build(discord: DiscordWorld, channels: int) -> tuple[str, str, str, list[Place]]:
    """Token, addresses, and channels with the server each is in."""
    places = []
    for number in range(channels // CHANNELS_A_SERVER):
        server = discord.add_guild(f"Server {number}")
        for person in range(PEOPLE_A_SERVER):
            server.add_member(f"Person {number}-{person}")
        places += [(server.id, server.add_channel(f"study-{each}").id) for each in range(CHANNELS_A_SERVER)]
    return discord.token, discord.api_base, discord.gateway_url, places


def is_connected(discord: DiscordWorld) -> bool:
    """Whether somebody listens, and was told all servers."""
    return discord.connections > 0


async def ours(folder: Path, discord: Away[DiscordWorld], channels: int) -> int:
    """Bytes of `studybot run`, with these channels configured."""
    token, api_base, gateway_url, places = await discord.do(build, channels)
    async with new_database(DatabasePlace("sqlite", folder, None), "r5") as database:
        if places:
            await database.write(partial(configure, platform="discord", places=places))
        url = database.url.render_as_string()
    settings = {
        "DATABASE_URL": url,
        "PORT": str(free_port()),
        "STUDYBOT_PLATFORMS": "discord",
        "STUDYBOT_LOG": "warning",
        "DISCORD_TOKEN": token,
        "DISCORD_API_BASE": api_base,
        "DISCORD_GATEWAY_URL": gateway_url,
    }
    with started("-m", "bot", "run", folder=folder, settings=settings) as bot:
        return await settled(bot, discord)


async def bare(folder: Path, discord: Away[DiscordWorld], channels: int) -> int:
    """Bytes of a plain client that sees these channels."""
    token, api_base, gateway_url, _ = await discord.do(build, channels)
    with started(_bare.__file__, token, api_base, gateway_url, folder=folder, settings={}) as bot:
        return await settled(bot, discord)


async def settled(bot: Bot, discord: Away[DiscordWorld]) -> int:
    """Its memory once it listens and grows no more."""
    await until(lambda: discord.do(is_connected), bot, CONNECTED_SECONDS)
    before = 0
    for _ in range(LONGEST_SECONDS // SETTLED_SECONDS):
        now = bot.rss_bytes
        if now - before < SETTLED_BYTES:
            return now
        before = now
        await asyncio.sleep(SETTLED_SECONDS)
        bot.must_live()
    raise RuntimeError(f"after {LONGEST_SECONDS} seconds its memory still grows")


@contextlib.asynccontextmanager
async def a_place() -> AsyncIterator[tuple[Path, Away[DiscordWorld]]]:
    """A folder and a Discord, both new."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        async with world_apart("discord") as discord:
            yield Path(folder), discord


async def run(args: Namespace) -> dict[str, Any]:
    """Both sides with more and more channels."""
    sizes: Sequence[int] = (0, 1_000) if args.short else (0, 1_000, 5_000)
    found: dict[str, dict[int, float]] = {"ours": {}, "bare": {}}
    for channels in sizes:
        for name, side in (("ours", ours), ("bare", bare)):
            async with a_place() as (folder, discord):
                found[name][channels] = await side(folder, discord, channels) / MB
        say(f"R5: {channels} channels: {found['ours'][channels]:.1f} MB, bare {found['bare'][channels]:.1f} MB")
    figures = {name: grown(of) for name, of in found.items()}
    ratio = figures["ours"]["mb_per_1000_channels"] / figures["bare"]["mb_per_1000_channels"]
    return {"figures": {"memory": {"ratio": round(ratio, 2), **figures}}}


def grown(of: dict[int, float]) -> dict[str, Any]:
    """What each thousand channels added, from none to the most."""
    most = max(of)
    each = (of[most] - of[0]) / (most / 1_000)
    return {"mb_per_1000_channels": round(each, 2), "mb": {str(count): round(mb, 1) for count, mb in of.items()}}


if __name__ == "__main__":
    arguments = options("R5: memory for each thousand channels on Discord, beside a plain client's")
    report("r5_memory", arguments, asyncio.run(run(arguments)))
