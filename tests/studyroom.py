"""A study room for tests: the real adapter, store and server, with a small bot behind the door."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import TypeVar

from databases import new_database

from adapters.web_chat import WebChat, create
from bot.domain.errors import NotNow
from bot.domain.incoming import (
    ButtonPressed,
    CommandCalled,
    CompletionAsked,
    FormSent,
    Incoming,
    MessageEdited,
    MessagePosted,
    SpaceJoined,
)
from bot.domain.outgoing import (
    Action,
    Button,
    Choice,
    Choices,
    Field,
    FieldKind,
    Form,
    FormKind,
    Immediate,
    OpenThread,
    Post,
    Received,
    Reply,
    Say,
    Whisper,
)
from bot.domain.refs import ChannelRef, MessageRef, ThreadRef, UserRef
from bot.domain.standings import Board, Period, Place
from bot.ports import LiveThread, ReaderView, TodayView
from bot.storage.engine import Database
from bot.storage.room import SqlRoomStore
from bot.web import build_app, serve

T = TypeVar("T")

STUDY = ChannelRef("web", "room", "study")
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

QUESTION = """**Question of the day, Mon 23 Nov: Counting requests per user**

An API must refuse a user's 101st request within any sixty seconds. It runs on eight machines behind a load balancer.

How would you count, where would the counts live, and what happens when that place is slow?

*Middle level · rate limiting, distributed state*

Answer in the thread or with the button. Open until Tue 24 Nov, 09:00 (Europe/Berlin)."""
ANSWER = Button(Action.ANSWER, "Answer", "7")
FORM = Form(
    FormKind.ANSWER,
    "7",
    "Counting requests per user",
    (Field("text", "Your answer", multiline=True, placeholder="As you would say it in the interview."),),
    "Send my answer",
    ANSWER,
)
PACKS = tuple(Choice(pack, pack) for pack in ("microsoft-backend", "system-design", "behavioural"))
SETUP_FORM = Form(
    FormKind.SETUP,
    "",
    "Set up the daily question",
    (
        Field("channel", "Channel to ask in", "study", kind=FieldKind.CHANNEL),
        Field("time", "Local time", "09:00", max_length=20, placeholder="09:00"),
        Field("zone", "Time zone", "Europe/Berlin", max_length=64, placeholder="Europe/Berlin"),
        Field("pack", "Question packs", "microsoft-backend,behavioural", kind=FieldKind.CHOICES, choices=PACKS),
    ),
    "Show me a preview",
)
COMMENT = "You keep the counts *where all eight machines can see them*. What do users notice while that place is slow?"


class RoomClock:
    """Goes on by itself, from a fixed start, so that messages keep their order."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=10)
        return self._now

    def advance(self, span: timedelta) -> None:
        self._now += span


def _open() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class PretendBot:
    """Takes events as the core would, and answers in simple ways. `away` makes it refuse them for now; it is slow while
    `answers` is cleared, and its reviews while `reviews` is."""

    received: list[Incoming] = field(default_factory=list)
    away: bool = False
    answers: asyncio.Event = field(default_factory=_open)
    reviews: asyncio.Event = field(default_factory=_open)
    comments: bool = True
    comment_first: bool = False
    room: WebChat | None = None
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    _reviews: set[asyncio.Task[None]] = field(default_factory=set)

    async def receive(self, event: Incoming) -> Immediate:
        if self.away:
            raise NotNow("the bot is away")
        await self.answers.wait()
        self.received.append(event)
        match event:
            case MessagePosted() | MessageEdited() if event.thread is not None and len(event.text.split()) >= 5:
                if self.comment_first:
                    await self._comment(event)
                else:
                    self._review(event)
                return Received(event.message)
            case CommandCalled(path=("study", "answer")) | ButtonPressed(action=Action.ANSWER):
                return FORM
            case CommandCalled(path=("study-admin", "setup")) if not event.options:
                return SETUP_FORM
            case CommandCalled():
                options = "".join(f" {name}={value}" for name, value in event.options.items())
                return Reply(f"You called **/{' '.join(event.path)}**{options}.", (Button(Action.HIDE_ME, "Hide me"),))
            case ButtonPressed():
                return Reply(f"You pressed `{event.action.value}`.")
            case FormSent():
                return Reply("Your answer is stored, and its review is under way.")
            case SpaceJoined():
                self.joined.set()
                return None
            case CompletionAsked():
                zones = ("Europe/Berlin", "Europe/Bern", "America/New York")
                return Choices(tuple(Choice(zone, zone) for zone in zones if event.typed.lower() in zone.lower()))
            case _:
                return None

    def _review(self, event: MessagePosted | MessageEdited) -> None:
        task = asyncio.create_task(self._comment(event))
        self._reviews.add(task)
        task.add_done_callback(self._reviews.discard)

    async def _comment(self, event: MessagePosted | MessageEdited) -> None:
        await self.reviews.wait()
        if self.room is None or event.thread is None or not self.comments:
            return
        key = f"comment:{event.message.id}"
        full = Button(Action.FULL_REVIEW, "My full review", event.message.id)
        await self.room.chat.deliver(Say(key, event.thread, COMMENT, event.message, (full,)))
        await self.room.chat.deliver(
            Whisper(f"full:{key}", event.author.user, STUDY, "**Word check, provisional: 7 of 10**", event.thread)
        )

    def of(self, kind: type[T]) -> list[T]:
        """What came in of one kind."""
        return [event for event in self.received if isinstance(event, kind)]


class PretendViews:
    """What stands beside the chat."""

    def __init__(self, today: bool = True) -> None:
        self.shows_today = today
        self.away = False
        self.board: tuple[Place, ...] = ()

    async def beside(self, viewer: UserRef, place: ChannelRef, period: Period) -> ReaderView:
        if self.away:
            raise NotNow("the database is away")
        today = TodayView("7", "Counting requests per user", "How would you count?", START + timedelta(hours=24), False)
        you = next((line for line in self.board if line.you), None)
        board = Board(period, "2026-W48", self.board[:3], self.board[3:], you, len(self.board))
        return ReaderView(today if self.shows_today else None, board, (ANSWER,) if self.shows_today else ())

    async def open_threads(self, platform: str) -> Sequence[LiveThread]:
        return ()


@dataclass
class House:
    """Everything a test may look at."""

    room: WebChat
    bot: PretendBot
    views: PretendViews
    store: SqlRoomStore
    clock: RoomClock
    database: Database
    port: int
    database_file: Path
    complaints: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def ask_question(self) -> MessageRef:
        """The bot posts its question and opens the thread; the message is also the thread."""
        id = await self.room.chat.deliver(Post("post:7", STUDY, QUESTION, (ANSWER,)))
        question = MessageRef("web", "room", "study", id)
        await self.room.chat.deliver(OpenThread("thread:7", question, "Counting requests per user"))
        return question


def thread_under(message: MessageRef) -> ThreadRef:
    return ThreadRef("web", "room", message.channel, message.id)


@asynccontextmanager
async def open_house(folder: Path, port: int = 0, run: bool = True) -> AsyncIterator[House]:
    """A room that people can visit. With `run=False` the bot does not listen yet."""
    database = await new_database(folder / "room.db")
    store, clock, bot, views = SqlRoomStore(database), RoomClock(), PretendBot(), PretendViews()
    room = await asyncio.to_thread(create, store, views, clock)
    bot.room = room
    port = port or free_port()
    app = build_app(room.http, lambda: True)
    serving = asyncio.create_task(serve(app, "127.0.0.1", port))
    running = asyncio.create_task(room.run(bot)) if run else None
    try:
        if run:
            await bot.joined.wait()
        await _until_open(port)
        yield House(room, bot, views, store, clock, database, port, folder / "room.db")
    finally:
        await _end([task for task in (running, serving) if task is not None])
        await database.close()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _until_open(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


#: Each worker of the tests hands out ports of its own, below those that Linux gives to connections: what is free when
#: we look is still free when a server that is started later takes it.
FIRST_PORT, PORTS_A_WORKER = 15_000, 1_000
_worker = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", ""))) or 0)
_ports = cycle(range(FIRST_PORT + _worker * PORTS_A_WORKER, FIRST_PORT + (_worker + 1) * PORTS_A_WORKER))


def free_port() -> int:
    """A port on which nobody listens, and which nobody else is handed for a long while."""
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
