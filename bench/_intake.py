"""The two that R1 compares: the real intake on a real core, and one bare INSERT for each event."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from threading import local
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, func, insert, make_url, select

from bench._group import CHANNEL, PLACE, PLATFORM, WORKSPACE, user
from bot.app import Core, LoadedQuestions, SystemClock, build_core
from bot.domain.errors import Refused
from bot.domain.incoming import MessagePosted, SpaceJoined
from bot.domain.outgoing import Outgoing, Received
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef
from bot.packs import content_root, load_packs
from bot.ports import ChatTraits, Lacking
from bot.reviewers.offline import OfflineReviewer
from bot.storage import tables, work
from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate

#: As many as `open_database` starts on each database; the bare side gets the same.
WRITERS = {"sqlite": 1, "postgresql": 4}
TEXT = (
    "I would give each client a token bucket in Redis that refills steadily, so that short bursts pass, and answer 429 "
    "with a Retry-After header when it is empty. The counters live in one place because several nodes share them."
)

#: Takes the event with this number, and returns once it is safe.
Take = Callable[[int], Awaitable[None]]


class Nowhere:
    """A chat in which everything arrives and nobody reads."""

    traits = ChatTraits(text_limit=4000, whispers_at_once=True)

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    async def deliver(self, item: Outgoing) -> str:
        """Done."""
        return f"out-{next(self._ids)}"

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """Nobody looks."""
        return None

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        raise Refused("there are no files here")

    async def typing(self, place: ThreadRef) -> None:
        """Nobody looks."""

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        """Everything is allowed."""
        return ()


@contextlib.asynccontextmanager
async def real_intake(url: str, members: int) -> AsyncIterator[Take]:
    """A group of `members` with an open question; event number n is the answer of member n, stored with the review
    that is owed for it. Nobody tells the stories meanwhile."""
    database = await asyncio.to_thread(open_database, url)
    try:
        await migrate(database)
        clock = SystemClock()
        core = build_core(
            database, LoadedQuestions(load_packs(content_root())), OfflineReviewer(), {PLATFORM: Nowhere()}, clock
        )
        await core.intake.receive(SpaceJoined(PLACE.space, "Bench", clock.now(), PLACE, "UTC"))
        await core.settle()
        await database.write(partial(_join, members=members, now=clock.now()))
        thread = await _thread(core)

        async def take(number: int) -> None:
            message = MessageRef(PLATFORM, WORKSPACE, thread.channel, f"in-{number}")
            person = Person(user(number), f"Member {number}")
            received = await core.intake.receive(MessagePosted(message, thread, person, TEXT, clock.now()))
            if not isinstance(received, Received):
                raise RuntimeError(f"message {number} was not taken for an answer: {received}")

        yield take
    finally:
        await database.close()


def _join(conn: Connection, members: int, now: datetime) -> None:
    """They were here before: no first words are owed to them."""
    ids = range(1, members + 1)
    member = {"group_id": 1, "hidden": False, "welcomed": True, "created_at": now}
    named = {"group_id": 1, "platform": PLATFORM, "workspace": WORKSPACE}
    conn.execute(insert(tables.members), [{**member, "id": id, "name": f"Member {id}"} for id in ids])
    conn.execute(insert(tables.identities), [{**named, "member_id": id, "user_id": user(id).id} for id in ids])


async def _thread(core: Core) -> ThreadRef:
    posting = await core.storage.read(lambda tx: tx.asking.open_in(1, PLACE))
    if posting is None or posting.thread is None:
        raise RuntimeError(f"no question is open in {CHANNEL}")
    return posting.thread


async def stored(database: Database) -> tuple[int, int]:
    """How many answers there are, and how many reviews are owed."""

    def count(conn: Connection) -> tuple[int, int]:
        reviews = select(func.count()).select_from(work.owed).where(work.owed.c.story == "review_answer")
        answers = select(func.count()).select_from(tables.answers)
        return conn.execute(answers).scalar_one(), conn.execute(reviews).scalar_one()

    return await database.read(count)


@contextlib.asynccontextmanager
async def bare_insert(address: str) -> AsyncIterator[Take]:
    """One INSERT and one commit for each event, by the plain driver in as many threads as the intake has."""
    url = make_url(address)
    threads = WRITERS[url.get_backend_name()]
    mine = local()
    opened: list[Any] = []

    def connect() -> None:
        mine.connection = _connect(url)
        opened.append(mine.connection)

    sql = "insert into bare (author, body) values (?, ?)"
    sql = sql if url.get_backend_name() == "sqlite" else sql.replace("?", "%s")

    def put(number: int) -> None:
        mine.connection.execute(sql, (f"u-{number}", TEXT))
        mine.connection.commit()

    first = _connect(url)
    first.execute("create table if not exists bare (author text not null, body text not null)")
    first.commit()
    first.close()
    with ThreadPoolExecutor(threads, initializer=connect) as pool:
        loop = asyncio.get_running_loop()

        async def take(number: int) -> None:
            await loop.run_in_executor(pool, put, number)

        yield take
    for connection in opened:
        connection.close()


def _connect(url: URL) -> Any:
    if url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(url.database or "", check_same_thread=False, timeout=15)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        return connection
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
