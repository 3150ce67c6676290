"""A whole bot in a process of its own, for tests that kill it, and the outside world that outlives it.

The world is a SQLite file: what people are about to do, what the platform heard, what it acknowledged. Like a real
platform it takes a repeated message for a second one, so repeats are seen.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from fakes import ScriptedReviewer, outside_of_transactions, watch_transactions
from group import GOOD, PLATFORM, FixedQuestions
from patience import until
from processes import in_own_process
from promises import Heard
from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy import text as sql
from storyteller import FAST

from bot.app import Core, SystemClock, build_core
from bot.domain.budgets import Spent, unbooked
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import CommandCalled, FormSent, Incoming, MessageEdited, MessagePosted, MessagesDeleted
from bot.domain.outgoing import (
    Edit,
    FormKind,
    Immediate,
    OpenRoom,
    OpenThread,
    Outgoing,
    Post,
    Received,
    Remove,
    Reply,
    Say,
    Whisper,
    room_id,
)
from bot.domain.questions import Question
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef, UserRef
from bot.domain.reviews import PATIENCE_SECONDS, Review, Versions
from bot.jobs.nodes import Rhythm, new_node_id
from bot.jobs.work import DurableWork
from bot.ports import ChatTraits, Lacking
from bot.storage.engine import Database, open_database
from bot.storage.work import database_now, nodes, owed

WORKSPACE = "one"
PEOPLE = ("Ada", "Grace", "Linus", "Margaret", "Edsger", "Barbara")

_TABLES = """
create table heard (id integer primary key, key text, place text, user text, text text, gone integer default 0,
                    edits integer default 0, at text default (strftime('%Y-%m-%d %H:%M:%f', 'now')));
create table threads (message text primary key, times integer);
create table doings (id integer primary key, kind text, person text, text text, target integer, thread text,
                     done integer);
create table acknowledged (message text);
create table marks (what text, at text default (strftime('%Y-%m-%d %H:%M:%f', 'now')));
"""


@dataclass(frozen=True, slots=True)
class Doing:
    """Something a person does; `target` is the doing whose message it changes."""

    kind: str
    person: str
    text: str = ""
    target: int = 0


class World:
    """The outside."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "world.db"
        is_new = not self.path.exists()
        # Only power cuts need a safe disk, and nobody cuts the power here.
        self._file = sqlite3.connect(self.path, isolation_level=None, timeout=120, check_same_thread=False)
        self._file.execute("pragma synchronous=off")
        if is_new:
            self._file.execute("pragma journal_mode=wal")
            self._file.executescript(_TABLES)

    def close(self) -> None:
        self._file.close()

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self._file.execute(query, values).fetchall()

    def number(self, query: str, *values: object) -> int:
        found = self.rows(query, *values)[0][0]
        assert isinstance(found, int)
        return found

    def do(self, query: str, *values: object) -> int | None:
        return self._file.execute(query, values).lastrowid

    def mark(self, what: str) -> None:
        self.do("insert into marks (what) values (?)", what)

    def marked(self, what: str) -> int:
        return self.number("select count(*) from marks where what = ?", what)

    def plan(self, doings: Sequence[Doing]) -> None:
        """People will do this, one after the other."""
        for doing in doings:
            values = (doing.kind, doing.person, doing.text, doing.target)
            self.do("insert into doings (kind, person, text, target, done) values (?, ?, ?, ?, 0)", *values)

    def undone(self) -> int:
        return self.number("select count(*) from doings where not done")

    def times(self, prefix: str) -> dict[str, int]:
        """How often each key that begins like this was heard, removed ones included."""
        rows = self.rows("select key, count(*) from heard where key like ? group by key", f"{prefix}%")
        return {str(key): int(str(count)) for key, count in rows}

    def heard(self) -> list[Heard]:
        rows = self.rows("select key, text, place, user, gone from heard")
        return [
            Heard(str(key), str(text), str(place), WORKSPACE, None if user is None else str(user), bool(gone))
            for key, text, place, user, gone in rows
        ]

    def acknowledged(self) -> list[MessageRef]:
        rows = self.rows("select message from acknowledged")
        return [MessageRef(PLATFORM, WORKSPACE, "study", str(id)) for (id,) in rows]

    def submissions(self) -> list[str]:
        return [str(id) for (id,) in self.rows("select 'form-' || id from doings where kind = 'form' and done = 2")]


class Point:
    """A place in the story at which a test ends the process: whoever gets there waits for the end."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._name = name

    async def pass_by(self, here: str) -> None:
        if self._name and here.startswith(self._name):
            self._world.mark("reached")
            await asyncio.Event().wait()


class WorldChat:
    """A platform that hears what the bot says. It knows no idempotency: each request makes a message."""

    traits = ChatTraits(text_limit=2000, whispers_at_once=True)

    def __init__(self, world: World, point: Point, slowness: float) -> None:
        self._world = world
        self._point = point
        self._slowness = slowness

    async def deliver(self, item: Outgoing) -> str:
        outside_of_transactions("deliver")
        await self._point.pass_by(f"before {item.key}")
        await self._line()
        id = self._take(item)
        await self._line()
        await self._point.pass_by(f"after {item.key}")
        return id

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        outside_of_transactions("find")
        if isinstance(item, OpenThread):
            found = self._world.rows("select message from threads where message = ?", item.message.id)
            return f"t{item.message.id}" if found else None
        found = self._world.rows("select 'm' || id from heard where key = ? and not gone", item.key)
        return str(found[0][0]) if found else None

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        raise Refused("there are no files here", RefusedBecause.GONE)

    async def typing(self, place: ThreadRef) -> None:
        """Nobody looks."""

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        return ()

    async def _line(self) -> None:
        await asyncio.sleep(self._slowness * random.random())

    def _take(self, item: Outgoing) -> str:
        match item:
            case Post():
                return self._stand(item.key, item.channel.id, None, item.text)
            case Say():
                return self._stand(item.key, item.thread.id, None, item.text)
            case Whisper():
                return self._stand(item.key, item.place.id, item.user.id, item.text)
            case OpenRoom():
                room = f"dm-{item.user.id}"
                return room_id(room, self._stand(item.key, room, item.user.id, item.text))
            case OpenThread():
                more = "insert into threads values (?, 1) on conflict do update set times = times + 1"
                self._world.do(more, item.message.id)
                return f"t{item.message.id}"
            case Edit():
                return self._edit(item)
            case Remove():
                self._world.do("update heard set gone = 1 where 'm' || id = ?", item.message.id)
                return item.message.id

    def _stand(self, key: str, place: str, user: str | None, text: str) -> str:
        values = (key, place, user, text)
        return f"m{self._world.do('insert into heard (key, place, user, text) values (?, ?, ?, ?)', *values)}"

    def _edit(self, item: Edit) -> str:
        if not self._world.rows("select 1 from heard where 'm' || id = ? and not gone", item.message.id):
            raise Refused("the message is gone", RefusedBecause.GONE)
        self._world.do("update heard set text = ?, edits = edits + 1 where 'm' || id = ?", item.text, item.message.id)
        return item.message.id


class PointedQuestions(FixedQuestions):
    """May be where the process ends: the question of a posting is being chosen, the courier knows nothing of it yet."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(300)
        self._world = world
        self._name = name

    def ids_in(self, packs: object) -> list[str]:
        if self._name == "choosing":
            self._world.mark("reached")
            threading.Event().wait()
        return super().ids_in(packs)


class PointedReviewer:
    """Takes a moment, and may be where the process ends."""

    name = "scripted"
    kept_under: Versions | None = None
    patience_seconds = PATIENCE_SECONDS

    def __init__(self, point: Point, slowness: float) -> None:
        self._point = point
        self._slowness = slowness
        self._reviewer = ScriptedReviewer()

    @property
    def versions(self) -> Versions:
        return Versions("scripted", "none", "1", "1")

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        await self._point.pass_by("reviewing")
        await asyncio.sleep(self._slowness * random.random())
        said = await self._reviewer.review(question, answer, spent=spent, second=second)
        await self._point.pass_by("reviewed")
        return said

    async def close(self) -> None:
        await self._reviewer.close()


# ---------------------------------------------------------------- people


class People:
    """Do what is planned, one thing after another; what was not acknowledged is sent again, as platforms do."""

    def __init__(self, world: World, core: Core, slowness: float) -> None:
        self._world = world
        self._core = core
        self._slowness = slowness

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._slowness * random.random())
            rows = self._world.rows("select id, kind, person, text, target, thread from doings where not done limit 1")
            thread = self._newest_thread()
            if rows and (thread is not None or rows[0][1] == "ask"):
                await self._do(rows[0], thread or "")

    def _newest_thread(self) -> str | None:
        found = self._world.rows("select message from threads order by rowid desc limit 1")
        return f"t{found[0][0]}" if found else None

    async def _do(self, row: tuple[object, ...], newest: str) -> None:
        id, kind, name, text, target = int(str(row[0])), str(row[1]), str(row[2]), str(row[3]), int(str(row[4]))
        if row[5] is None:
            self._world.do("update doings set thread = ? where id = ?", self._thread_of(target) or newest, id)
        place = str(self._world.rows("select thread from doings where id = ?", id)[0][0])
        try:
            said = await self._core.intake.receive(self._event(id, kind, name, text, target, place))
        except NotNow:
            return
        if isinstance(said, Received):
            self._world.do("insert into acknowledged values (?)", said.message.id)
        self._world.do("update doings set done = ? where id = ?", 2 if _is_receipt(said) else 1, id)

    def _thread_of(self, doing: int) -> str | None:
        found = self._world.rows("select thread from doings where id = ?", doing)
        return None if not found or found[0][0] is None else str(found[0][0])

    def _event(self, id: int, kind: str, name: str, text: str, target: int, place: str) -> Incoming:
        person = Person(UserRef(PLATFORM, WORKSPACE, f"u-{name.lower()}"), name, name == "Olga")
        channel, now = ChannelRef(PLATFORM, WORKSPACE, "study"), datetime.now(UTC)
        thread = ThreadRef(PLATFORM, WORKSPACE, "study", place)
        message = MessageRef(PLATFORM, WORKSPACE, "study", f"in-{target or id}")
        match kind:
            case "write":
                return MessagePosted(message, thread, person, text, now)
            case "edit":
                return MessageEdited(message, thread, person, text, now)
            case "delete":
                return MessagesDeleted((message,), now)
            case "form":
                posting = self._posting_of(place)
                return FormSent(FormKind.ANSWER, posting, person, channel, {"answer": text}, f"form-{id}", now)
            case _:
                return CommandCalled(("study-admin", "post"), person, channel, f"call-{id}", now)

    def _posting_of(self, thread: str) -> str:
        key = self._world.rows("select key from heard where 'tm' || id = ?", thread)[0][0]
        return str(key).partition(":")[2]


def _is_receipt(said: Immediate) -> bool:
    return isinstance(said, Reply) and bool(said.buttons)


def a_busy_hour(luck: random.Random, count: int, begin: int) -> list[Doing]:
    """Questions, answers, edits and deletions in a mixture that depends on luck alone."""
    doings: list[Doing] = [Doing("ask", "Olga")]
    written: list[int] = []
    while len(doings) < count:
        number, name = begin + len(doings), luck.choice(PEOPLE)
        kind = luck.choices(("write", "edit", "delete", "form", "ask"), (50, 20, 8, 14, 8))[0]
        words = f"{GOOD} I learned it the hard way, {number} times."
        if kind in ("edit", "delete"):
            if not written:
                continue
            target = luck.choice(written)
            doings.append(Doing(kind, doings[target - begin].person, words, target))
        else:
            doings.append(Doing(kind, "Olga" if kind == "ask" else name, words))
        if kind == "write":
            written.append(number)
    return doings


# ---------------------------------------------------------------- the process


def run_station(url: str, folder: str, stop_at: str = "", slowness: float = 0.02, rhythm: Rhythm = FAST) -> None:
    """Everything a bot does, until SIGTERM."""
    watch_transactions()
    asyncio.run(_run(url, World(Path(folder)), stop_at, slowness, rhythm))


async def _run(url: str, world: World, stop_at: str, slowness: float, rhythm: Rhythm) -> None:
    database = open_database(url)
    point, clock = Point(world, stop_at), SystemClock()
    chats = {PLATFORM: WorldChat(world, point, slowness)}
    core = build_core(database, PointedQuestions(world, stop_at), PointedReviewer(point, slowness), chats, clock)
    node = new_node_id()
    world.mark(f"{node} is {os.getpid()}")
    work = DurableWork(database, core.stories.by_name(), clock, node, rhythm=rhythm)
    people = People(world, core, slowness)
    running = asyncio.create_task(_together(work.run(), _tick(core, world), people.run()))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    await asyncio.wait([running])
    await database.close()
    world.close()
    if not running.cancelled():
        running.result()


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as together:
        for part in parts:
            together.create_task(part)


async def _tick(core: Core, world: World) -> None:
    world.mark("begun")
    while True:
        await core.tick()
        await asyncio.sleep(0.2)


@dataclass
class Stations:
    """Stations on one database, and the world around them."""

    database: Database
    folder: Path
    world: World

    def __post_init__(self) -> None:
        self.started: list[BaseProcess] = []

    async def start(self, stop_at: str = "", slowness: float = 0.02, rhythm: Rhythm = FAST) -> BaseProcess:
        """A new station."""
        url = self.database.url.render_as_string(hide_password=False)
        work = partial(run_station, url, str(self.folder), stop_at, slowness, rhythm)
        process = await asyncio.to_thread(in_own_process, work)
        self.started.append(process)
        return process

    async def kill(self, process: BaseProcess) -> None:
        """As a power cut would; and then time passes, so that its silence is noticed wherever it ran."""
        process.kill()
        await asyncio.to_thread(process.join)
        rows = self.world.rows("select what from marks where what like ?", f"% is {process.pid}")
        killed = [str(what).split()[0] for (what,) in rows]
        await self.database.write(lambda conn: _fell_silent(conn, killed))

    async def let_go(self, process: BaseProcess) -> int | None:
        """Asks it to end; returns its exit code."""
        process.terminate()
        await asyncio.to_thread(process.join, 180)
        return process.exitcode

    async def reached(self) -> None:
        """Until a station came to the place where it shall be killed."""
        await until(lambda: self.world.marked("reached"))

    async def begun(self, times: int) -> None:
        """Until so many stations began."""
        await until(lambda: self.world.marked("begun") >= times)

    async def quiet(self) -> None:
        """Until people did all they planned, and nothing is owed or under way."""
        await until(self._is_quiet, seconds=600)

    async def _is_quiet(self) -> bool:
        return not self.world.undone() and not await self.database.read(unfinished)

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.join()
        self.world.close()


def _fell_silent(conn: Connection, killed: Sequence[str]) -> None:
    then = database_now(conn) - timedelta(hours=1)
    conn.execute(update(nodes).where(nodes.c.id.in_(killed)).values(heartbeat_at=then))


def unfinished(conn: Connection) -> int:
    """What is owed within the hour, and what the engine has not brought to an end."""
    soon = or_(owed.c.not_before.is_(None), owed.c.not_before < datetime.now(UTC) + timedelta(hours=1))
    count = int(conn.execute(select(func.count()).select_from(owed).where(soon)).scalar_one())
    table = "dbos.workflow_status" if conn.dialect.name == "postgresql" else "workflow_status"
    begun = sql(f"select count(*) from {table} where status in ('PENDING', 'ENQUEUED', 'DELAYED')")
    return count + int(conn.execute(begun).scalar_one())
