"""The Discord adapter in front of the Discord of our tests, with an intake that records and says what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from discord_world import Channel, DiscordWorld, Message
from patience import until

from adapters import discord_chat
from adapters.discord_chat import DiscordAdapter, DiscordSettings
from bot.domain.errors import NotNow
from bot.domain.incoming import Incoming
from bot.domain.outgoing import Action, Button, Immediate, OpenThread, Post
from bot.domain.refs import ChannelRef, MessageRef, ThreadRef, UserRef
from bot.domain.standings import Period
from bot.ports import LiveThread, ReaderView

E = TypeVar("E")

ANSWER = Button(Action.ANSWER, "Answer", "7")


@dataclass(slots=True)
class RecordingIntake:
    """Keeps what it received, in order. `answer` says what to answer; `gate` makes everybody wait; while `away` is
    above nothing, so many times it cannot store."""

    received: list[Incoming] = field(default_factory=list)
    answer: Callable[[Incoming], Immediate] = lambda event: None
    gate: asyncio.Event | None = None
    away: int = 0
    asked: int = 0

    async def receive(self, event: Incoming) -> Immediate:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.away > 0:
            self.away -= 1
            raise NotNow("the database is busy")
        self.received.append(event)
        return self.answer(event)

    def all(self, kind: type[E]) -> list[E]:
        """What was received of one kind."""
        return [event for event in self.received if isinstance(event, kind)]

    async def one(self, kind: type[E]) -> E:
        """The only one of its kind, when it comes."""
        await until(lambda: self.all(kind))
        (event,) = self.all(kind)
        return event


@dataclass(slots=True)
class OpenThreads:
    """`Views` that know which threads are open."""

    threads: list[LiveThread] = field(default_factory=list)
    asked: int = 0

    async def open_threads(self, platform: str) -> Sequence[LiveThread]:
        self.asked += 1
        return list(self.threads)

    async def beside(self, viewer: UserRef, place: ChannelRef, period: Period) -> ReaderView:
        raise NotImplementedError


@dataclass(slots=True)
class FreePace:
    """A pace that lets everybody through and remembers the buckets, and how many hurried."""

    turns: list[str] = field(default_factory=list)
    hurried: int = 0
    holds: list[float] = field(default_factory=list)

    async def turn(self, bucket: str, per_second: float, hurries: bool = False) -> None:
        self.turns.append(bucket)
        self.hurried += hurries

    async def hold(self, bucket: str, seconds: float) -> None:
        self.holds.append(seconds)


@dataclass(slots=True)
class Station:
    """The adapter and all that stands around it."""

    discord: DiscordWorld
    adapter: DiscordAdapter
    intake: RecordingIntake
    views: OpenThreads
    pace: FreePace
    running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.running = asyncio.create_task(self.adapter.run(self.intake))

    async def listening(self) -> None:
        """Until it listens, and was told all servers."""
        if self.running is None:
            self.start()
        await until(lambda: self.adapter.opened or (self.running and self.running.done()))
        await self.discord.connected()

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
        self.running = None

    async def question(self, channel: Channel, key: str = "post:1") -> tuple[Message, Channel]:
        """Our post with its Answer button, and the thread on it."""
        posted = await self.adapter.chat.deliver(Post(key, channel_ref(channel), "**What is a heap?**", (ANSWER,)))
        message = next(each for each in self.discord.messages(channel) if each.id == posted)
        opened = await self.adapter.chat.deliver(OpenThread(f"{key}:thread", message_ref(message), "What is a heap?"))
        thread = next(each for each in self.discord.threads(channel) if each.id == opened)
        self.views.threads.insert(0, LiveThread(thread_ref(thread), message.at, ()))
        return message, thread

    def stored(self, thread: Channel, *parts: Message) -> None:
        """The core knows these as parts of answers."""
        ref = thread_ref(thread)
        self.views.threads = [
            replace(live, parts=tuple(part.id for part in parts)) if live.thread == ref else live
            for live in self.views.threads
        ]


@asynccontextmanager
async def station(discord: DiscordWorld, gateway: bool = True) -> AsyncIterator[Station]:
    """An adapter that does not listen yet; at the end everything is closed and Discord had nothing to complain of."""
    # Without an address of its own the gateway's is asked of the API, as on the real Discord.
    settings = DiscordSettings(discord.token, discord.api_base, discord.gateway_url if gateway else None)
    views, pace = OpenThreads(), FreePace()
    it = Station(discord, discord_chat.create(settings, pace, views), RecordingIntake(), views, pace)
    try:
        yield it
    finally:
        await it.stop()
        await it.adapter.close()
    assert discord.complaints == [], discord.complaints


def guild_of(place: Channel) -> str:
    assert place.guild is not None
    return place.guild.id


def channel_ref(channel: Channel) -> ChannelRef:
    return ChannelRef("discord", guild_of(channel), channel.id)


def thread_ref(thread: Channel) -> ThreadRef:
    assert thread.parent is not None
    return ThreadRef("discord", guild_of(thread), thread.parent.id, thread.id)


def message_ref(message: Message) -> MessageRef:
    return MessageRef("discord", guild_of(message.channel), message.channel.id, message.id)
