"""Two whole bots on one database, with Discord and Slack at once: one listens, the other stands by and takes over."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from discord_stage import DiscordStage, discord_stage
from live import Bot, Live
from patience import until
from slack_stage import SlackStage, slack_stage
from stage import title_of

from adapters.slack_chat import SlackMode

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

GOOD = (
    "I would put a token bucket per user into one shared Redis, with an atomic script, so that all machines count "
    "together; when Redis is slow I fail open with a small local limit and raise an alarm."
)


@dataclass
class OneOfTwo(Bot):
    """Shares its database with another one."""

    @property
    def url(self) -> str:
        return self.settings["DATABASE_URL"]


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStage]:
    async with discord_stage(datetime.now(UTC)) as stage:
        yield stage


@pytest.fixture
async def slack() -> AsyncIterator[SlackStage]:
    async with slack_stage(SlackMode.SOCKET, datetime.now(UTC)) as stage:
        yield stage


@pytest.fixture
async def bots(
    discord: DiscordStage, slack: SlackStage, postgres_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Bot, Bot]]:
    settings = discord.environment() | slack.environment()
    settings |= {"STUDYBOT_PLATFORMS": "discord,slack", "DATABASE_URL": postgres_url, "STUDYBOT_REVIEWER": "offline"}
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        folder.mkdir()
    one, other = (OneOfTwo(folder, settings) for folder in folders)
    yield one, other
    for bot in (one, other):
        if bot.runs:
            assert await bot.stop() == 0, (bot.folder / "log").read_text()


async def test_one_bot_listens_for_both_platforms_and_after_its_death_the_other_does(
    bots: tuple[Bot, Bot], discord: DiscordStage, slack: SlackStage
) -> None:
    one, other = bots
    await one.start()
    days = Live(one, discord), Live(one, slack)
    for day in days:
        await day.stage.opened()
        day.olga = await day.member("Olga", organiser=True)
    questions = [await day.set_up() for day in days]
    await other.start()
    for day, question in zip(days, questions, strict=True):
        await day.write(await day.member("Ada"), GOOD, question)
        await day.commented(question, 1)
    held = discord.discord.connections, slack.slack.connections

    await one.kill()
    killed = time.monotonic()
    bob = await days[0].member("Bob")
    await discord.discord.write(bob.handle, discord._thread_on(questions[0]), GOOD)
    await until(lambda: discord.discord.connections and slack.slack.connections)
    print(f"the other one listens after {time.monotonic() - killed:.1f} seconds")
    await days[0].commented(questions[0], 2)
    for day, question in zip(days, questions, strict=True):
        await day.write(await day.member("Cleo"), GOOD, question)
    for day, question, count in zip(days, questions, (3, 2), strict=True):
        await day.commented(question, count)
    assert await other.stop() == 0

    assert held == (1, 1)
    assert len(discord.discord.identifies) == 2
    assert [len(await day.comments(question)) for day, question in zip(days, questions, strict=True)] == [3, 2]
    for day, question in zip(days, questions, strict=True):
        assert await day.questions() == [question]
        assert await day.stage.ever_said(title_of(question)) == 1
        assert day.stage.complaints() == []
        assert await day.stage.pings() == []
