"""Every stage of the contract suite, one after the other; and a Discord with a server in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from discord_stage import discord_stage
from discord_station import Station, station
from discord_world import Channel, DiscordWorld, Guild, Member, discord_world
from slack_stage import slack_stage
from stage import Play, Stage, play_on
from web_stage import web_stage

from adapters.slack_chat import SlackMode

STAGES: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "room": web_stage,
    "discord": discord_stage,
    "slack-socket": lambda: slack_stage(SlackMode.SOCKET),
    "slack-http": lambda: slack_stage(SlackMode.HTTP),
}


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A platform with nobody on it yet."""
    async with STAGES[request.param]() as stage:
        yield stage


@pytest.fixture
async def play(stage: Stage, tmp_path: Path) -> AsyncIterator[Play]:
    """A group with a first question, and a reviewer that follows a script."""
    async with play_on(stage, tmp_path) as play:
        yield play


# ---------------------------------------------------------------- Discord


@pytest.fixture
async def discord() -> AsyncIterator[DiscordWorld]:
    async with discord_world() as world:
        yield world


@pytest.fixture
def guild(discord: DiscordWorld) -> Guild:
    return discord.add_guild("Study Hall")


@pytest.fixture
def ada(guild: Guild) -> Member:
    return guild.add_member("Ada")


@pytest.fixture
def olga(guild: Guild) -> Member:
    return guild.add_member("Olga", organiser=True)


@pytest.fixture
def study(guild: Guild) -> Channel:
    return guild.add_channel("study")


@pytest.fixture
async def bot(discord: DiscordWorld, guild: Guild) -> AsyncIterator[Station]:
    async with station(discord) as it:
        await it.listening()
        yield it
