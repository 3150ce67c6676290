"""R11: many mock rounds at once on one node, with a reviewer that takes five seconds. See bench/README.md."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench._measure import Place, new_database, options, report, say
from bench._worlds import TESTS, Away, Bot, DiscordWorld, free_port, started, until, world_apart
from bot import texts
from bot.domain.rounds import Ended

sys.path.append(str(TESTS))

from interviewing import interviewing
from openai_world import Asked, OpenAiWorld, slowly

REVIEWER_SECONDS = 5.0
#: Each member answers once in so many seconds; the first ones are spread over as long.
EVERY_SECONDS = 30.0
#: Nobody answers sooner than they have read.
READING_SECONDS = 5.0
LOOK_SECONDS = 0.02
#: What did not come by then counts as lost.
PATIENCE_SECONDS = 60.0
CONNECTED_SECONDS = 120.0
#: The memory has settled after so long without anything to do.
SETTLE_SECONDS = 15.0
TARGET_SECONDS = 1.0
SIGN = "👀"
#: What an interviewer says last in a round.
CLOSINGS = re.compile("|".join(re.escape(texts.closing(why)) for why in Ended))
ANSWERS = (
    "I would put a queue in front of the workers, so that a burst waits there instead of in the database.",
    "Each key belongs to one partition, and a partition is read by one consumer, so their order is kept.",
    "Reads go to the replicas where a few seconds do not matter; what was just written is read from the primary.",
)


def half(asked: Asked, point: str) -> tuple[str, str]:
    """Hears every other point."""
    heard = asked.points.index(point) % 2 == 0
    return ("covered", " ".join(asked.answer.split()[:10])) if heard else ("missing", "")


# ---------------------------------------------------------------- in the world's process


@dataclass
class Noted:
    """Seconds until the first visible sign on each answer, until the interviewer went on and until a round's report;
    what never came."""

    signs: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    reports: list[float] = field(default_factory=list)


class Members:
    """People in a server, each in a round of their own."""

    def __init__(self, discord: DiscordWorld, count: int) -> None:
        self.discord = discord
        self.guild = discord.add_guild("Study Hall")
        self.channel = self.guild.add_channel("study")
        self.people = [self.guild.add_member(f"Member {number}") for number in range(count)]
        self.noted = Noted()

    async def begin(self) -> None:
        """Everybody opens a round."""
        for who in self.people:
            await self._begin(who)

    async def _begin(self, who: Any) -> None:
        wanted = {"round": "system-design", "minutes": "90"}
        await (await self.discord.command(who, self.channel, "mock", wanted)).finished()

    def waiting(self) -> int:
        """How many have a question before them."""
        return sum(self._said(who) > 1 for who in self.people)

    def _said(self, who: Any) -> int:
        return sum(each.author is self.discord.bot for each in self.discord.dms(who))

    async def talk(self, seconds: float) -> None:
        """Everybody answers now and then, for so long."""
        await asyncio.gather(*(self._talk(who, seconds) for who in self.people))

    async def _talk(self, who: Any, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end, at = loop.time() + seconds, loop.time() + random.uniform(0, EVERY_SECONDS)
        while at < end:
            await asyncio.sleep(max(0.0, at - loop.time()))
            await self._answer(who)
            if self._is_over(who):
                await self._begin_another(who)
            at = max(at + EVERY_SECONDS, loop.time() + READING_SECONDS)

    async def _answer(self, who: Any) -> None:
        loop, before = asyncio.get_running_loop(), self._said(who)
        began = loop.time()
        written = await self.discord.write(who, self.discord.dm(who), random.choice(ANSWERS))
        try:
            self.noted.signs.append(await _until(lambda: SIGN in written.marks or self._said(who) > before, began))
            self.noted.replies.append(await _until(lambda: self._said(who) > before, began))
        except TimeoutError:
            self.noted.lost.append(self._ending(who))

    def _is_over(self, who: Any) -> bool:
        return any(CLOSINGS.search(each.text) for each in self.discord.dms(who)[-1:])

    async def _begin_another(self, who: Any) -> None:
        """So that there are always as many open rounds. The report comes first: it is no reply to a next answer."""
        began, told = asyncio.get_running_loop().time(), self._said(who)
        try:
            self.noted.reports.append(await _until(lambda: self._said(who) > told, began))
            told = self._said(who)
            await self._begin(who)
            await _until(lambda: self._said(who) > told, asyncio.get_running_loop().time())
        except TimeoutError:
            self.noted.lost.append(self._ending(who))

    def _ending(self, who: Any) -> str:
        """The end of a conversation, to see what was missed."""
        last = [f"{each.author.name}: {each.text[:80]}" for each in self.discord.dms(who)[-4:]]
        return " / ".join(" ".join(each.split()) for each in last)


async def _until(happened: Callable[[], bool], began: float) -> float:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not happened():  # noqa: ASYNC110  (the world sets no event of ours)
            await asyncio.sleep(LOOK_SECONDS)
    return asyncio.get_running_loop().time() - began


_MEMBERS: list[Members] = []


def build(discord: DiscordWorld, count: int) -> dict[str, str]:
    """The settings with which a bot finds this Discord."""
    _MEMBERS.append(Members(discord, count))
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_BASE": discord.api_base,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
    }


def is_served(discord: DiscordWorld) -> bool:
    """Whether a bot listens."""
    return discord.connections > 0 and discord.command_syncs > 0


async def begin(_: DiscordWorld) -> None:
    """Everybody opens a round."""
    await _MEMBERS[0].begin()


def waiting(_: DiscordWorld) -> int:
    """How many have a question before them."""
    return _MEMBERS[0].waiting()


async def talk(discord: DiscordWorld, seconds: float) -> tuple[Noted, list[str]]:
    """What was noted while everybody answered for so long, and what Discord frowned at."""
    await _MEMBERS[0].talk(seconds)
    return _MEMBERS[0].noted, discord.complaints


# ---------------------------------------------------------------- the run


async def run(args: Namespace) -> dict[str, Any]:
    """So many rounds for so long."""
    count, seconds = (10, 40.0) if args.short else (200, 300.0)
    async with OpenAiWorld(slowly(REVIEWER_SECONDS, interviewing(half))) as model, world_apart("discord") as discord:
        with tempfile.TemporaryDirectory(prefix="r11") as name:
            folder = Path(name)
            async with new_database(Place("sqlite", folder, None), "r11") as database:
                url = database.url.render_as_string()
            settings = await discord.do(build, count) | {
                "DATABASE_URL": url,
                "PORT": str(free_port()),
                "STUDYBOT_PLATFORMS": "discord",
                "STUDYBOT_LOG": "warning",
                "STUDYBOT_REVIEWER": "openai",
                "STUDYBOT_MODEL": "a-model",
                "OPENAI_BASE_URL": model.url,
                "STUDYBOT_MODEL_AT_ONCE": "100",
                "STUDYBOT_BUDGET_MONTH": "none",
                "STUDYBOT_BUDGET_DAY": "none",
                "STUDYBOT_BUDGET_MEMBER_DAY": "none",
            }
            with started("-m", "bot", "run", folder=folder, settings=settings) as bot:
                found = await measured(bot, discord, count, seconds)
        found["model_at_once"] = model.most_at_once
    return {"figures": {"R11": found}}


async def measured(bot: Bot, discord: Away[DiscordWorld], count: int, seconds: float) -> dict[str, Any]:
    """Memory before and behind the opening of the rounds, then how long people wait."""
    await until(lambda: discord.do(is_served), bot, CONNECTED_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)
    before = bot.rss_bytes
    await discord.do(begin)

    async def all_wait() -> bool:
        return bool(await discord.do(waiting) == count)

    await until(all_wait, bot, CONNECTED_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)
    opened, cpu = bot.rss_bytes, bot.cpu_seconds
    noted, frowned_at = await discord.do(talk, seconds)
    used = bot.cpu_seconds - cpu
    bot.must_live()
    slowest = percentile(noted.signs, 99)
    said = f"R11: {count} rounds, {len(noted.signs)} answers: first sign p99 {slowest * 1000:.0f} ms"
    say(f"{said}, {len(noted.reports)} reports, {len(noted.lost)} lost")
    return {
        "rounds": count,
        "answers": len(noted.signs),
        "reports": len(noted.reports),
        "lost": len(noted.lost),
        "lost_after": noted.lost[:5],
        "sign_p50_ms": round(statistics.median(noted.signs) * 1000),
        "sign_p99_ms": round(slowest * 1000),
        "reply_p50_ms": round(statistics.median(noted.replies) * 1000),
        "reply_p99_ms": round(percentile(noted.replies, 99) * 1000),
        "memory_kb_a_round": round((opened - before) / count / 1024, 1),
        "memory_mb_after": round(bot.rss_bytes / 1024 / 1024, 1),
        "cpu_share": round(used / seconds, 2),
        "frowned_at": frowned_at[:5],
        "target_ms": round(TARGET_SECONDS * 1000),
        "met": slowest <= TARGET_SECONDS and not noted.lost,
    }


def percentile(values: Sequence[float], of: int) -> float:
    """The value under which so many in a hundred lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[of - 1] if len(values) > 1 else values[0]


if __name__ == "__main__":
    arguments = options("R11: mock rounds at once")
    report("r11_rounds", arguments, asyncio.run(run(arguments)))
