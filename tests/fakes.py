"""Our own small stand-ins: a chat that records, a reviewer that follows a script, a clock that stands still."""

from __future__ import annotations

import asyncio
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, event

from bot.domain.budgets import Spent, unbooked
from bot.domain.errors import Refused, RefusedBecause
from bot.domain.outgoing import Edit, OpenRoom, OpenThread, Outgoing, Post, Remove, Say, Whisper, room_id
from bot.domain.questions import Question
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef, UserRef
from bot.domain.reviews import Gate, PointVerdict, Review, Verdict, Versions
from bot.ports import ChatTraits, Lacking

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class FrozenClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> None:
        self._now += timedelta(**by)

    def set(self, now: datetime) -> None:
        self._now = now


# ---------------------------------------------------------------- nobody calls out while a transaction is open (P8)


class InsideTransaction(AssertionError):
    """A call to the outside while this thread had a transaction open."""


_begun = threading.local()
_heard: list[str] = []
_watched = False


def watch_transactions() -> None:
    """From now on every thread remembers its transactions, and a connection made during one is noticed."""
    global _watched
    if not _watched:
        event.listen(Engine, "begin", _remember)
        sys.addaudithook(_notice)
        _watched = True


def heard_inside() -> list[str]:
    """The calls that were made inside a transaction since this was asked last."""
    heard, _heard[:] = list(_heard), []
    return heard


def outside_of_transactions(what: str) -> None:
    """Raises `InsideTransaction` when the caller's thread has a transaction open."""
    connections = getattr(_begun, "connections", ())
    if any(not connection.closed and connection.in_transaction() for connection in connections):
        _heard.append(f"{what} was called inside a transaction")
        raise InsideTransaction(_heard[-1])


def _remember(connection: Connection) -> None:
    if not hasattr(_begun, "connections"):
        _begun.connections = weakref.WeakSet()
    _begun.connections.add(connection)


def _notice(name: str, _: tuple[Any, ...]) -> None:
    if name == "socket.connect":
        outside_of_transactions(name)


# ---------------------------------------------------------------- a chat


@dataclass(slots=True)
class Standing:
    """A message as it stands in the recorded chat."""

    id: str
    item: Post | Say | Whisper
    text: str
    thread: str | None = None
    removed: bool = False
    edits: int = 0


@dataclass(slots=True)
class RecordingChat:
    """A chat platform in memory. It keeps what was delivered, and fails as it is told.

    `trouble` is asked before each delivery and may raise; `after` is asked when the message stands there already, so
    raising in it is a line that was cut after the platform accepted.
    """

    traits: ChatTraits = field(default_factory=lambda: ChatTraits(text_limit=2000, whispers_at_once=True))
    delivered: list[Outgoing] = field(default_factory=list)
    standing: dict[str, Standing] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    opened: dict[str, OpenRoom] = field(default_factory=dict)
    missing: Sequence[Lacking] = ()
    #: What files hold, or what happens to somebody who fetches them.
    files: dict[str, bytes | Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    finds: int = 0
    trouble: Callable[[Outgoing], None] = lambda item: None
    after: Callable[[Outgoing], None] = lambda item: None

    async def deliver(self, item: Outgoing) -> str:
        outside_of_transactions(f"deliver of {item.key}")
        await asyncio.sleep(0)
        self.trouble(item)
        self.delivered.append(item)
        id = self._do(item)
        self.after(item)
        return id

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        outside_of_transactions(f"find of {item.key}")
        self.finds += 1
        if isinstance(item, OpenThread):
            return self.threads.get(item.message.id)
        if isinstance(item, OpenRoom):
            return next((id for id, opened in self.opened.items() if opened.key == item.key), None)
        return next(
            (each.id for each in self.standing.values() if each.item.key == item.key and not each.removed), None
        )

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        outside_of_transactions(f"read_file of {ref}")
        await asyncio.sleep(0)
        self.fetched.append(ref)
        found = self.files.get(ref, Refused("no such file", RefusedBecause.GONE))
        if isinstance(found, Exception):
            raise found
        if len(found) > limit:
            raise Refused("the file is too large", RefusedBecause.OTHER)
        return found

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        return self.missing

    def _do(self, item: Outgoing) -> str:
        match item:
            case Post() | Say() | Whisper():
                return self._stand(item)
            case OpenThread():
                return self.threads.setdefault(item.message.id, f"t{item.message.id}")
            case Edit():
                message = self._present(item.message)
                message.text = item.text
                message.edits += 1
                return message.id
            case OpenRoom():
                id = room_id(f"dm-{item.user.id}", f"r{len(self.opened) + 1}")
                self.opened[id] = item
                return id
            case Remove():
                if item.message.id in self.standing:
                    self.standing[item.message.id].removed = True
                return item.message.id

    def _stand(self, item: Post | Say | Whisper) -> str:
        id = f"m{len(self.standing) + 1}"
        thread = item.thread.id if isinstance(item, Say) else None
        self.standing[id] = Standing(id, item, item.text, thread)
        return id

    def _present(self, ref: MessageRef) -> Standing:
        message = self.standing.get(ref.id)
        if message is None or message.removed:
            raise Refused("the message is gone", RefusedBecause.GONE)
        return message

    # what people see

    def posts(self, channel: str | None = None) -> list[Standing]:
        """Questions in channels."""
        found = [each for each in self.standing.values() if isinstance(each.item, Post) and not each.removed]
        return [
            each
            for each in found
            if channel is None or (isinstance(each.item, Post) and each.item.channel.id == channel)
        ]

    def said(self, thread: ThreadRef | None = None) -> list[Standing]:
        """What stands in threads."""
        found = [each for each in self.standing.values() if isinstance(each.item, Say) and not each.removed]
        return [each for each in found if thread is None or each.thread == thread.id]

    def comments(self) -> list[Standing]:
        """Comments under answers."""
        return [each for each in self.said() if each.item.key.startswith("comment:")]

    def rooms(self, user: UserRef | None = None) -> list[tuple[str, OpenRoom]]:
        """Private places by their ids, with their first words."""
        return [(id, each) for id, each in self.opened.items() if user is None or each.user == user]

    def whispers(self, user: UserRef | None = None) -> list[Standing]:
        """Private words."""
        found = [each for each in self.standing.values() if isinstance(each.item, Whisper) and not each.removed]
        return [each for each in found if user is None or (isinstance(each.item, Whisper) and each.item.user == user)]


# ---------------------------------------------------------------- a reviewer


@dataclass(slots=True)
class ScriptedReviewer:
    """Follows a script of reviews and errors; without one it covers every point, quoting the answer's first words."""

    script: deque[Review | Exception] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    #: Set it to make calls wait, so that a test can act while a review is under way.
    gate: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "scripted"
    kept_under: Versions | None = None

    @property
    def versions(self) -> Versions:
        return VERSIONS

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        outside_of_transactions("the reviewer")
        self.asked.append(answer)
        self.begun.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.script:
            next_one = self.script.popleft()
            if isinstance(next_one, Exception):
                raise next_one
            return next_one
        return covering(question, answer)

    async def close(self) -> None:
        """Nothing is open."""


VERSIONS = Versions("scripted", "none", "1", "1")


def covering(question: Question, answer: str, credit: float = 1.0) -> Review:
    """A review that covers every point with this credit."""
    quote = " ".join(answer.split(" ")[:4])
    verdict = Verdict.COVERED if credit > 0.6 else Verdict.PARTIAL
    return Review(tuple(PointVerdict(point.id, verdict, credit, quote) for point in question.points), VERSIONS)


def missing(question: Question, gate: Gate | None = None) -> Review:
    """A review that finds nothing."""
    return Review(tuple(PointVerdict(point.id, Verdict.MISSING, 0.0) for point in question.points), VERSIONS, gate)
