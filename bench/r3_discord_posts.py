"""R3: so many questions due at once, against a Discord that enforces its limits. See bench/README.md."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from argparse import Namespace
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from bench._channels import Place, a_day_passes, all_due, configure
from bench._measure import Place as DatabasePlace
from bench._measure import new_database, options, places, report, say
from bench._worlds import Away, Bot, DiscordWorld, cpu_seconds, started, until, world_apart
from bot.storage import tables
from bot.storage.engine import Database

TARGET = 1.05
PER_SECOND = 50
CHANNELS_A_SERVER = 20
WORKER = ("-m", "bot", "worker")


# ---------------------------------------------------------------- in the world's process


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests that Discord has seen, from the first of a round to its last."""

    count: int
    seconds: float
    refused: int
    limited: int
    complaints: int


def build(discord: DiscordWorld, channels: int) -> tuple[str, str, list[Place]]:
    """A token, the address, and channels with the server each is in."""
    discord.limits = replace(discord.limits, per_second=PER_SECOND, per_channel=(5, 5.0), enforce=True)
    servers = [discord.add_guild(f"Server {number}") for number in range(-(-channels // CHANNELS_A_SERVER))]
    there = [servers[number // CHANNELS_A_SERVER] for number in range(channels)]
    places = [(server.id, server.add_channel(f"study-{number}").id) for number, server in enumerate(there)]
    return discord.token, discord.api_base, places


def asked_since(discord: DiscordWorld, before: int) -> Asked:
    """What came after the first so many requests."""
    requests = discord.requests[before:]
    seconds = requests[-1].at - requests[0].at if requests else 0.0
    limited = sum(each.status == 429 for each in requests)
    refused = sum(not 200 <= each.status < 300 for each in requests) - limited
    return Asked(len(requests), seconds, refused, limited, len(discord.complaints))


def wrong(discord: DiscordWorld, rounds: int) -> list[str]:
    """Channels that do not show one question with a thread for each round, and one closing in all but the last."""
    found = []
    for channel in (each for guild in discord.guilds for each in guild.channels.values()):
        posts = [each for each in discord.messages(channel) if each.author is discord.bot]
        closings = [len(discord.messages(each.thread)) for each in posts if each.thread is not None]
        if closings != [1] * (rounds - 1) + [0] or len(posts) != rounds:
            found.append(f"{channel.name}: {len(posts)} posts, closings in their threads {closings}")
    return found


# ---------------------------------------------------------------- our side


def is_done(conn: Connection, channels: int, rounds: int) -> bool:
    """Whether every channel has its questions and threads, and those of the days before are closed with their words."""
    threads = select(func.count()).where(tables.postings.c.thread_id.is_not(None))
    sent = tables.sendings.c.state == "sent"
    closings = select(func.count()).where(tables.sendings.c.key.like("close:%"), sent)
    found = conn.execute(threads).scalar_one(), conn.execute(closings).scalar_one()
    return found == (channels * rounds, channels * (rounds - 1))


async def one_round(
    database: Database, discord: Away[DiscordWorld], worker: Bot, channels: int, number: int
) -> dict[str, Any]:
    """All are due at once; until every question, thread and closing is there."""
    if number > 1:
        await database.write(a_day_passes)
    before = (await discord.do(asked_since, 0)).count
    used, used_there = worker.cpu_seconds, cpu_seconds(discord.pid)
    await database.write(partial(all_due, moment=datetime.now(UTC)))
    done = partial(is_done, channels=channels, rounds=number)
    await until(lambda: database.read(done), worker, seconds=60 + channels, every=1.0)
    asked = await discord.do(asked_since, before)
    ratio = asked.seconds / (asked.count / PER_SECOND)
    say(f"  round {number}: {asked.count} requests in {asked.seconds:.1f} s, {ratio:.3f}x, {asked.limited} times 429")
    return {
        "ratio": round(ratio, 3),
        "requests": asked.count,
        "seconds": round(asked.seconds, 1),
        "times_429": asked.limited,
        "refused": asked.refused + asked.complaints,
        "worker_cpu_ms_a_request": round((worker.cpu_seconds - used) / asked.count * 1000, 1),
        "discord_cpu_ms_a_request": round((cpu_seconds(discord.pid) - used_there) / asked.count * 1000, 1),
    }


async def rounds(place: DatabasePlace, channels: int, count: int) -> dict[str, Any]:
    """So many days, one right after another."""
    async with world_apart("discord") as discord, new_database(place, "r3") as database:
        token, api_base, there = await discord.do(build, channels)
        await database.write(partial(configure, platform="discord", places=there))
        settings = {
            "DATABASE_URL": database.url.render_as_string(hide_password=False).replace("+psycopg", ""),
            "STUDYBOT_PLATFORMS": "discord",
            "STUDYBOT_LOG": "warning",
            "DISCORD_TOKEN": token,
            "DISCORD_API_BASE": api_base,
        }
        with (
            tempfile.TemporaryDirectory() as folder,
            started(*WORKER, folder=Path(folder), settings=settings) as worker,
        ):
            found = [await one_round(database, discord, worker, channels, number) for number in range(1, count + 1)]
        mistakes = await discord.do(wrong, count)
    if mistakes or any(each["refused"] for each in found):
        raise RuntimeError(f"not every request was right: {mistakes[:5]} {found}")
    median = statistics.median(each["ratio"] for each in found)
    met = median <= TARGET and not any(each["times_429"] for each in found)
    return {"ratio": median, "target": TARGET, "met": met, "rounds": found}


async def run(args: Namespace) -> dict[str, Any]:
    """On each database there is."""
    channels, count = (100, 1) if args.short else (2_000, 3)
    figures: dict[str, Any] = {}
    with places(args) as there:
        for place in there:
            say(f"R3 on {place.name}: {channels} questions are due at once, {count} day(s)")
            figures[place.name] = await rounds(place, channels, count)
    return {"channels": channels, "figures": figures}


if __name__ == "__main__":
    arguments = options("R3: questions due at once, against a Discord that enforces its limits")
    report("r3_discord_posts", arguments, asyncio.run(run(arguments)))
