"""Turns at a platform, shared by all processes that speak under one token: one row for each bucket says from when on
it is free, by the database's clock."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import math
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Connection, String, Table, delete, select

from bot.domain.errors import NotNow
from bot.storage.engine import Database
from bot.storage.types import UtcDateTime, metadata
from bot.storage.work import database_now, insert_new

log = logging.getLogger(__name__)

paces = Table(
    "paces",
    metadata,
    Column("bucket", String(120), primary_key=True),
    Column("free_at", UtcDateTime, nullable=False),
)

#: Turns are taken from the database for so much time at once, so that fifty a second cost a few small writes, and the
#: next ones when so much of it is left: nobody waits for the database, and another process not long for its own.
STRETCH_SECONDS = 0.4
LEFT_SECONDS = 0.25
#: A process that is alone in a bucket may use turns that it missed so long ago, when it or its machine was held up.
LATE_SECONDS = 0.5
#: Catching up keeps the pace: never more turns in this time than the pace brings, so that a platform which counts by
#: the second counts no more than that even where a request is 30 milliseconds longer on its way than another.
WINDOW_SECONDS = 1.03
#: A bucket nobody waits in is forgotten here after so long, and its row after a day.
IDLE_SECONDS = 60.0
FORGET_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time in a bucket that belongs to who took it. It begins `wait` seconds from now, and was free since `free`."""

    wait: float
    free: datetime
    until: datetime


def take_turns(conn: Connection, bucket: str, seconds: float) -> Stretch:
    """Takes the next so many seconds of a bucket."""
    now, free = _lock(conn, bucket)
    start = max(now, free)
    until = start + timedelta(seconds=seconds)
    _free_at(conn, bucket, until)
    return Stretch((start - now).total_seconds(), free, until)


def hold_turns(conn: Connection, bucket: str, seconds: float) -> None:
    """Nobody has a turn in this bucket for so many seconds."""
    now, free = _lock(conn, bucket)
    _free_at(conn, bucket, max(free, now + timedelta(seconds=seconds)))


def forget_idle_paces(conn: Connection) -> None:
    """Buckets long free say nothing any more."""
    conn.execute(delete(paces).where(paces.c.free_at < database_now(conn) - FORGET_AFTER))


def _lock(conn: Connection, bucket: str) -> tuple[datetime, datetime]:
    """The database's time and when the bucket is free; nobody else changes it until the transaction ends."""
    row = {"bucket": bucket, "free_at": datetime(2000, 1, 1, tzinfo=UTC)}
    insert_new(conn, paces, ("bucket",), row)
    free = conn.execute(select(paces.c.free_at).where(paces.c.bucket == bucket).with_for_update()).scalar_one()
    return database_now(conn), free


def _free_at(conn: Connection, bucket: str, at: datetime) -> None:
    conn.execute(paces.update().where(paces.c.bucket == bucket).values(free_at=at))


class _Line:
    """Who waits for a bucket's next turn: one at a time, whoever hurries before the others, else as they came."""

    def __init__(self) -> None:
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._came = itertools.count()
        self.taken = False

    @contextlib.asynccontextmanager
    async def front(self, hurries: bool) -> AsyncIterator[None]:
        """Inside, it is our turn to take the next turn."""
        if self.taken:
            await self._wait(hurries)
        self.taken = True
        try:
            yield
        finally:
            self._next()

    async def _wait(self, hurries: bool) -> None:
        called = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not hurries, next(self._came), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._next()  # we were called and went away at the same moment
            raise

    def _next(self) -> None:
        """Calls the next one; until then the place stays taken, so that nobody new steps in between."""
        while self._waiting:
            _, _, called = heapq.heappop(self._waiting)
            if not called.done():
                called.set_result(None)
                return
        self.taken = False


@dataclass(slots=True)
class _Bucket:
    """The turns this process has taken and not used yet, and those it used of late, as moments of the loop's clock."""

    turns: deque[float] = field(default_factory=deque)
    recent: deque[float] = field(default_factory=deque)
    line: _Line = field(default_factory=_Line)
    used: float = 0.0
    last: float = 0.0
    until: datetime | None = None
    alone: bool = False

    def add(self, stretch: Stretch | None, count: int, gap: float, now: float) -> None:
        """So many turns in a stretch of the database's; without one this process keeps the pace by itself."""
        wait = stretch.wait if stretch is not None else 0.0
        # Never nearer to the turn before than the gap: how long the database took differs from time to time.
        start = max(now + wait, self.last + gap)
        self.turns.extend(start + n * gap for n in range(count))
        self.last = self.turns[-1]
        self.alone = stretch is not None and stretch.free == self.until
        self.until = stretch.until if stretch is not None else None

    def drop_missed(self, gap: float, now: float) -> None:
        """Turns missed too long ago: where others take turns too, the next moments are theirs."""
        before = now - (LATE_SECONDS if self.alone else gap)
        while self.turns and self.turns[0] < before:
            self.turns.popleft()

    def next(self, per_second: float) -> float:
        """The moment of the next turn."""
        most = math.ceil(per_second * WINDOW_SECONDS)
        while len(self.recent) > most:
            self.recent.popleft()
        earliest = self.recent[0] + WINDOW_SECONDS if len(self.recent) == most else 0.0
        return max(self.turns.popleft(), earliest)

    def note(self, now: float) -> None:
        """A turn is used."""
        self.used = now
        self.recent.append(now)


class SqlPace:
    """`bot.ports.Pace` over the database. Who comes first has the first turn, behind those who hurry."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._buckets: dict[str, _Bucket] = {}

    async def turn(self, bucket: str, per_second: float, hurries: bool = False) -> None:
        """Returns when it is this request's turn among at most so many in a second."""
        mine, gap = self._bucket(bucket), 1 / per_second
        loop = asyncio.get_running_loop()
        async with mine.line.front(hurries):
            mine.drop_missed(gap, loop.time())
            while len(mine.turns) <= int(LEFT_SECONDS * per_second):
                await self._take(mine, bucket, max(1, int(STRETCH_SECONDS * per_second)), gap)
            await asyncio.sleep(mine.next(per_second) - loop.time())
            mine.note(loop.time())

    async def hold(self, bucket: str, seconds: float) -> None:
        """No turn in this bucket before so many seconds have passed."""
        mine = self._bucket(bucket)
        async with mine.line.front(hurries=True):
            mine.turns.clear()
            mine.used = mine.last = asyncio.get_running_loop().time() + seconds
            try:
                await self._database.write(lambda conn: hold_turns(conn, bucket, seconds))
            except NotNow as away:
                log.warning("pace_held_alone", extra={"why": str(away)})

    def _bucket(self, name: str) -> _Bucket:
        now = asyncio.get_running_loop().time()
        idle = [key for key, each in self._buckets.items() if each.used < now - IDLE_SECONDS and not each.line.taken]
        for key in idle:
            del self._buckets[key]
        return self._buckets.setdefault(name, _Bucket(used=now))

    async def _take(self, mine: _Bucket, bucket: str, count: int, gap: float) -> None:
        """A stretch of turns from the database; while it is away, this process keeps the pace by itself."""
        stretch = None
        try:
            stretch = await self._database.write(lambda conn: take_turns(conn, bucket, count * gap))
        except NotNow as away:
            log.warning("pace_kept_alone", extra={"why": str(away)})
        mine.add(stretch, count, gap, asyncio.get_running_loop().time())
