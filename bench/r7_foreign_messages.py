"""R7: messages that are none of our business, against a bare `on_message`. See bench/README.md."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import event

from adapters import discord_chat
from bench._bare import END, Bare
from bench._measure import Place, new_database, options, report, say, take_turns
from bench._worlds import Away, DiscordWorld, Kind, world_apart
from bot.app import LoadedQuestions, SystemClock, build_core
from bot.domain.incoming import Incoming, MessagePosted
from bot.domain.outgoing import Immediate
from bot.packs import content_root, load_packs
from bot.ports import Intake
from bot.reviewers.offline import OfflineReviewer
from bot.storage.engine import Database
from bot.storage.pacing import SqlPace

#: At least half of what a bare client takes in the same time, so at most twice its time.
TARGET = 2.0
SERVERS, PEOPLE = 5, 20
TEXT = "Did anybody see whether the bakery at the corner has opened again? I would bring some for all of us."
PATIENCE_SECONDS = 120.0


# ---------------------------------------------------------------- in the world's process


def build(discord: DiscordWorld) -> tuple[str, str, str]:
    """Servers with people who chat in a channel and in a thread of their own, and one thread of the bot's."""
    for number in range(SERVERS):
        server = discord.add_guild(f"Server {number}")
        channel = server.add_channel("chat")
        people = [server.add_member(f"Person {number}-{each}") for each in range(PEOPLE)]
        discord._world.open_thread(channel, "Bakeries", people[0].user, Kind.PUBLIC_THREAD, None)
    last = discord.guilds[-1].add_channel("study")
    discord._world.open_thread(last, "What is a heap?", discord.bot, Kind.PUBLIC_THREAD, None)
    return discord.token, discord.api_base, discord.gateway_url


async def connected(discord: DiscordWorld) -> None:
    await discord.connected()


async def chat(discord: DiscordWorld, count: int) -> None:
    """So many messages, every third in a thread; then one in the bot's thread, which ends the turn. All of them wait to
    be sent when this returns: nothing goes out before."""
    for number in range(count):
        server = discord.guilds[number % SERVERS]
        people = [each for each in server.members.values() if each.id not in (discord.bot.id, server.owner.id)]
        channel, thread = next(iter(server.channels.values())), next(iter(server.threads.values()))
        await discord.write(people[number % PEOPLE], thread if number % 3 == 0 else channel, TEXT)
    server = discord.guilds[-1]
    person = next(each for each in server.members.values() if each.name.startswith("Person"))
    await discord.write(person, list(server.threads.values())[-1], END)


# ---------------------------------------------------------------- both sides


class Watched:
    """Our intake, with a look at what reaches it. The message that ends a turn goes no further."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.reached = 0
        self.ended = asyncio.Event()

    async def receive(self, told: Incoming) -> Immediate:
        """Counts what a message brought."""
        if not isinstance(told, MessagePosted):
            return await self._intake.receive(told)
        if told.text == END:
            self.ended.set()
            return None
        self.reached += 1
        return await self._intake.receive(told)


class Statements:
    """How many were sent to a database."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        for engine in (database.engine, database._read_engine):
            event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, *_: Any) -> None:
        self.count += 1


@contextlib.asynccontextmanager
async def beside(work: Awaitable[None]) -> AsyncIterator[None]:
    """Goes on until the block ends."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def ours(discord: Away[DiscordWorld]) -> AsyncIterator[tuple[Watched, Statements]]:
    """The real adapter before the real core, connected, with what it joined stored."""
    token, api_base, gateway_url = await discord.do(build)
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        async with new_database(Place("sqlite", Path(folder), None), "r7") as database:
            questions = LoadedQuestions(load_packs(content_root()))
            core = build_core(database, questions, OfflineReviewer(), {}, SystemClock())
            settings = discord_chat.DiscordSettings(token, api_base, gateway_url)
            adapter = discord_chat.create(settings, SqlPace(database), core.views)
            watched, statements = Watched(core.intake), Statements(database)
            async with beside(adapter.run(watched)):
                await discord.do(connected)
                await settled(lambda: statements.count)
                yield watched, statements
            await adapter.close()


@contextlib.asynccontextmanager
async def bare(discord: Away[DiscordWorld]) -> AsyncIterator[Bare]:
    """A plain client, connected."""
    client = Bare()
    async with beside(client.stay(*await discord.do(build))):
        await discord.do(connected)
        await asyncio.wait_for(client.wait_until_ready(), PATIENCE_SECONDS)
        yield client


async def settled(count: Callable[[], int]) -> None:
    """Until it has not grown for two seconds."""
    before = -1
    while before != count():
        before = count()
        await asyncio.sleep(2)


async def burst(discord: Away[DiscordWorld], messages: int, ended: asyncio.Event) -> float:
    """Seconds from when so many messages are on their way until the last one was heard."""
    ended.clear()
    await discord.do(chat, messages)
    began = perf_counter()
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
    return perf_counter() - began


async def run(args: Namespace) -> dict[str, Any]:
    """Each side has a Discord of its own."""
    turns, messages = (3, 1_000) if args.short else (11, 5_000)
    say(f"R7: {messages} messages that are none of our business")
    async with (
        world_apart("discord") as one,
        world_apart("discord") as other,
        ours(one) as (watched, statements),
        bare(other) as client,
    ):
        before = statements.count

        async def our_turn(_: int) -> float:
            return await burst(one, messages, watched.ended)

        async def bare_turn(_: int) -> float:
            return await burst(other, messages, client.ended)

        ratio = await take_turns(our_turn, bare_turn, turns, TARGET)
        asked = statements.count - before
    say(f"  {ratio}; {asked} statements, {watched.reached} reached the intake")
    if asked or watched.reached:
        raise RuntimeError(f"{asked} statements for messages that are none of our business")
    figures = {**ratio.as_json(), "throughput": round(1 / ratio.ratio, 3), "statements": asked}
    return {"messages": messages, "figures": {"foreign messages": figures}}


if __name__ == "__main__":
    arguments = options("R7: messages that are none of our business, against a bare on_message")
    report("r7_foreign_messages", arguments, asyncio.run(run(arguments)))
