"""An hour of study in many channels on both platforms: does anything grow? See bench/README.md."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, func, select

from bench import _crowd
from bench._channels import configure
from bench._measure import Place, new_database, report, say
from bench._worlds import Away, Bot, free_port, started, until, world_apart
from bot.storage.engine import Database
from bot.storage.work import owed, parked

KINDS = ("discord", "slack")
SAMPLE_SECONDS = 10.0
CONNECTED_SECONDS = 120.0
MB = 1024 * 1024
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A look at the bot. Lateness is the median of the questions and comments since the look before."""

    at: float
    rss_mb: float
    cpu_share: float
    owed: int
    oldest_owed_seconds: float
    posts: int
    post_seconds: float | None
    comments: int
    comment_seconds: float | None
    slowest_seconds: float | None


def queue(conn: Connection) -> tuple[int, datetime | None, int]:
    """How many rows are owed and due, since when the oldest is, and how many were set aside."""
    since = func.coalesce(owed.c.not_before, owed.c.created_at)
    due = select(func.count(), func.min(since)).where(since <= datetime.now(UTC))
    count, oldest = conn.execute(due).one()
    if isinstance(oldest, str):
        oldest = datetime.fromisoformat(oldest)
    aside = conn.execute(select(func.count()).select_from(parked)).scalar_one()
    return count, oldest.replace(tzinfo=UTC) if oldest else None, aside


class Soak:
    """Takes samples until its time is over."""

    def __init__(self, bot: Bot, database: Database, worlds: Sequence[Away[Any]]) -> None:
        self._bot = bot
        self._database = database
        self._worlds = worlds
        self._began = perf_counter()
        self._cpu = bot.cpu_seconds
        self.samples: list[Sample] = []
        self.lost: list[str] = []
        self.parked = 0

    async def run(self, seconds: float) -> None:
        """One sample after another."""
        while (now := perf_counter() - self._began) < seconds:
            await asyncio.sleep(min(SAMPLE_SECONDS, seconds - now))
            self._bot.must_live()
            self.samples.append(await self._sample())
            if len(self.samples) % 6 == 0:
                say(f"  {self.samples[-1]}")

    async def _sample(self) -> Sample:
        posts: list[float] = []
        comments: list[float] = []
        for world in self._worlds:
            more_posts, more_comments, lost = await world.do(_crowd.noted)
            posts += more_posts
            comments += more_comments
            self.lost += lost
        count, oldest, self.parked = await self._database.read(queue)
        at, cpu = perf_counter() - self._began, self._bot.cpu_seconds
        span, used = at - (self.samples[-1].at if self.samples else 0.0), cpu - self._cpu
        self._cpu = cpu
        return Sample(
            round(at, 1),
            round(self._bot.rss_bytes / MB, 2),
            round(used / span, 2),
            count,
            round((datetime.now(UTC) - oldest).total_seconds(), 2) if oldest else 0.0,
            len(posts),
            _median(posts),
            len(comments),
            _median(comments),
            round(max(posts + comments), 2) if posts or comments else None,
        )


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 2) if values else None


def drift(samples: Sequence[Sample], value: Callable[[Sample], float | None]) -> dict[str, float]:
    """The mean over the second half, and by how much it grows in an hour."""
    known = [(each.at, found) for each in samples[len(samples) // 2 :] if (found := value(each)) is not None]
    if len(known) < 2:
        return {}
    slope = statistics.linear_regression([at for at, _ in known], [found for _, found in known]).slope
    mean = statistics.fmean(found for _, found in known)
    return {"mean": round(mean, 2), "change_an_hour": round(slope * HOUR, 2)}


async def soak(args: argparse.Namespace) -> dict[str, Any]:
    """Half of the channels on each platform."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak")))
        database = await stack.enter_async_context(new_database(Place("sqlite", folder, None), "soak"))
        worlds = {kind: await stack.enter_async_context(world_apart(kind)) for kind in KINDS}
        settings = {"STUDYBOT_PLATFORMS": ",".join(KINDS), "STUDYBOT_LOG": "warning", "PORT": str(free_port())}
        settings["DATABASE_URL"] = database.url.render_as_string()
        for kind, world in worlds.items():
            own, places = await world.do(_crowd.build, args.channels // len(KINDS))
            settings |= own
            await database.write(partial(configure, platform=kind, places=places))
        bot = stack.enter_context(started("-m", "bot", "run", folder=folder, settings=settings))
        for world in worlds.values():
            await until(lambda world=world: world.do(_crowd.is_served), bot, CONNECTED_SECONDS)  # type: ignore[misc]
            await world.do(_crowd.begin, args.every)
        watching = Soak(bot, database, list(worlds.values()))
        await watching.run(args.minutes * 60)
        wrong = [each for world in worlds.values() for each in await world.do(_crowd.end)]
        words = bot.log.read_text()
    return {**outcome(watching), "frowned_at": wrong[:20], "log": words.splitlines()[-20:]}


def outcome(watched: Soak) -> dict[str, Any]:
    """What drifted, what was lost, and all samples."""
    samples = watched.samples
    measures: dict[str, Callable[[Sample], float | None]] = {
        "rss_mb": lambda each: each.rss_mb,
        "owed": lambda each: each.owed,
        "oldest_owed_seconds": lambda each: each.oldest_owed_seconds,
        "post_seconds": lambda each: each.post_seconds,
        "comment_seconds": lambda each: each.comment_seconds,
        "cpu_share": lambda each: each.cpu_share,
    }
    return {
        "questions": sum(each.posts for each in samples),
        "comments": sum(each.comments for each in samples),
        "lost": watched.lost[:20],
        "parked": watched.parked,
        "drift": {name: drift(samples, value) for name, value in measures.items()},
        "samples": [asdict(each) for each in samples],
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="an hour of study on Discord and Slack at once: does anything grow?")
    parser.add_argument("--minutes", type=float, default=60, help="how long (60)")
    parser.add_argument("--channels", type=int, default=200, help="on both platforms together (200)")
    parser.add_argument("--every", type=float, default=180, help="seconds from a channel's question to its next (180)")
    args = parser.parse_args()
    say(f"Soak: {args.channels} channels, {args.minutes:g} minutes")
    args.short = args.minutes < 60
    report("soak", args, asyncio.run(soak(args)))


if __name__ == "__main__":
    main()
