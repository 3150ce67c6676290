"""People who study in many channels at once, in the process of the world they live in: organisers ask for questions,
members answer them, and everybody notes how long the bot took."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bench._channels import Place
from bench._worlds import DiscordWorld, SlackWorld
from bot import texts

CHANNELS_A_SERVER = 10
MEMBERS = 10
LOOK_SECONDS = 0.1
#: What did not come by then counts as lost.
PATIENCE_SECONDS = 120.0
#: Members think for so long before they answer.
THINKING_SECONDS = (5.0, 40.0)
ANSWERS = (
    "I would keep a token bucket for each client in one shared Redis, with an atomic script, so that all machines "
    "count together; when Redis is slow I fail open with a small local limit and raise an alarm.",
    "An index on both columns lets the database read the newest rows of a user without sorting. I would check the "
    "plan first, since every index makes writing slower.",
    "I do not know much about it, but retries need a pause that grows, a little chance, and a key that makes a second "
    "attempt harmless.",
)


class Side(Protocol):
    """One platform, by number of channel."""

    async def ask(self, channel: int) -> None:
        """An organiser asks for a question."""
        ...

    def questions(self, channel: int) -> int:
        """How many stand there, each with a thread."""
        ...

    async def answer(self, channel: int, text: str) -> None:
        """A member answers the newest one."""
        ...

    def comments(self, channel: int) -> int:
        """How many stand under the newest one."""
        ...

    def frowned_at(self) -> list[str]:
        """What is wrong by the platform's own rules."""
        ...


class OnDiscord:
    """Servers with some channels each."""

    def __init__(self, discord: DiscordWorld, channels: int) -> None:
        self._discord = discord
        for server in range(-(-channels // CHANNELS_A_SERVER)):
            discord.add_guild(f"Server {server}")
        self._channels, self._organisers, self._members = [], [], []
        for number in range(channels):
            guild = discord.guilds[number // CHANNELS_A_SERVER]
            self._channels.append(guild.add_channel(f"study-{number}"))
            self._organisers.append(guild.add_member(f"Organiser {number}", organiser=True))
            self._members.append([guild.add_member(f"Member {number}-{each}") for each in range(MEMBERS)])
        self.places: list[Place] = [(one.guild.id, one.id) for one in self._channels if one.guild is not None]

    async def ask(self, channel: int) -> None:
        call = await self._discord.command(self._organisers[channel], self._channels[channel], "study-admin post")
        await call.finished()

    def questions(self, channel: int) -> int:
        return len(self._questions(channel))

    def _questions(self, channel: int) -> list[Any]:
        return [each for each in self._discord.messages(self._channels[channel]) if each.thread is not None]

    async def answer(self, channel: int, text: str) -> None:
        thread = self._questions(channel)[-1].thread
        await self._discord.write(random.choice(self._members[channel]), thread, text)

    def comments(self, channel: int) -> int:
        thread = self._questions(channel)[-1].thread
        return sum(each.author is self._discord.bot for each in self._discord.messages(thread))

    def frowned_at(self) -> list[str]:
        return [*self._discord.complaints, *map(str, self._discord.notified)]


class OnSlack:
    """One workspace with all the channels."""

    def __init__(self, slack: SlackWorld, channels: int) -> None:
        self._slack = slack
        self._organiser = slack.add_member("Organiser", admin=True)
        self._members = [slack.add_member(f"Member {each}") for each in range(MEMBERS)]
        self._channels = [slack.add_channel(f"study-{number}") for number in range(channels)]
        self.places: list[Place] = [(slack.team.id, one.id) for one in self._channels]

    async def ask(self, channel: int) -> None:
        await self._slack.command(self._organiser, self._channels[channel], "/study-admin", "post")

    def questions(self, channel: int) -> int:
        return len(self._questions(channel))

    def _questions(self, channel: int) -> list[Any]:
        there = self._slack.messages(self._channels[channel])
        return [each for each in there if texts.label_answer() in each.buttons]

    async def answer(self, channel: int, text: str) -> None:
        root = self._questions(channel)[-1]
        await self._slack.write(random.choice(self._members), self._channels[channel], text, thread=root)

    def comments(self, channel: int) -> int:
        root = self._questions(channel)[-1]
        said = self._slack.messages(self._channels[channel], thread=root)
        return sum(each.author is self._slack.bot for each in said)

    def frowned_at(self) -> list[str]:
        return [*self._slack.complaints, *map(str, self._slack.notified)]


@dataclass
class Noted:
    """Since somebody last asked: how many seconds each question and comment took, and what went wrong."""

    posts: list[float] = field(default_factory=list)
    comments: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Crowd:
    """All of them."""

    def __init__(self, side: Side, channels: int, every: float) -> None:
        self._side = side
        self._every = every
        self.noted = Noted()
        self.tasks = [asyncio.create_task(self._study(number)) for number in range(channels)]

    async def _study(self, channel: int) -> None:
        await asyncio.sleep(random.uniform(0, self._every))
        while True:
            again = asyncio.get_running_loop().time() + self._every
            try:
                await self._one_question(channel)
            except (TimeoutError, AssertionError) as error:
                self.noted.lost.append(f"channel {channel}: {type(error).__name__} {error}")
            await asyncio.sleep(again - asyncio.get_running_loop().time())

    async def _one_question(self, channel: int) -> None:
        side = self._side
        before = side.questions(channel)
        began = asyncio.get_running_loop().time()
        await side.ask(channel)
        self.noted.posts.append(await _until(lambda: side.questions(channel) > before, began))
        await asyncio.sleep(random.uniform(*THINKING_SECONDS))
        began = asyncio.get_running_loop().time()
        await side.answer(channel, random.choice(ANSWERS))
        self.noted.comments.append(await _until(lambda: side.comments(channel) > 0, began))
        if side.questions(channel) != before + 1:
            self.noted.lost.append(f"channel {channel}: {side.questions(channel)} questions instead of {before + 1}")
        await asyncio.sleep(2)
        if side.comments(channel) != 1:
            self.noted.lost.append(f"channel {channel}: {side.comments(channel)} comments on one answer")


async def _until(happened: Callable[[], bool], began: float) -> float:
    """Seconds since `began` when it has happened. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not happened():  # noqa: ASYNC110  (the world sets no event of ours)
            await asyncio.sleep(LOOK_SECONDS)
    return asyncio.get_running_loop().time() - began


# ---------------------------------------------------------------- asked from outside

_SIDES: list[OnDiscord | OnSlack] = []
_CROWDS: list[Crowd] = []


def build(world: DiscordWorld | SlackWorld, channels: int) -> tuple[dict[str, str], list[Place]]:
    """The settings with which a bot finds this world, and its channels."""
    if isinstance(world, DiscordWorld):
        side: OnDiscord | OnSlack = OnDiscord(world, channels)
        settings = {
            "DISCORD_TOKEN": world.token,
            "DISCORD_API_BASE": world.api_base,
            "DISCORD_GATEWAY_URL": world.gateway_url,
        }
    else:
        side = OnSlack(world, channels)
        settings = {
            "SLACK_BOT_TOKEN": world.bot_token,
            "SLACK_APP_TOKEN": world.app_token,
            "SLACK_API_URL": world.api_url,
        }
    _SIDES.append(side)
    return settings, side.places


def is_served(world: DiscordWorld | SlackWorld) -> bool:
    """Whether a bot listens."""
    return world.connections > 0 and (not isinstance(world, DiscordWorld) or world.command_syncs > 0)


def begin(_: object, every: float) -> None:
    """Everybody studies from now on, and asks for a question every so many seconds."""
    (side,) = _SIDES
    _CROWDS.append(Crowd(side, len(side.places), every))


def noted(_: object) -> tuple[list[float], list[float], list[str]]:
    """What was noted since this was asked before."""
    (crowd,) = _CROWDS
    found, crowd.noted = crowd.noted, Noted()
    return found.posts, found.comments, found.lost


def end(_: object) -> list[str]:
    """Everybody goes home; what the platform frowned at."""
    (crowd,) = _CROWDS
    for task in crowd.tasks:
        task.cancel()
    (side,) = _SIDES
    return side.frowned_at()
