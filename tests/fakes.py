"""Our own small stand-ins: a chat that records, a reviewer that follows a script, a clock that stands still."""

from __future__ import annotations

import asyncio
import base64
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, event

from bot.domain.budgets import Spent, unbooked
from bot.domain.errors import Refused, RefusedBecause
from bot.domain.outgoing import Outgoing, Picture
from bot.domain.pictures import Sketch
from bot.domain.questions import Question
from bot.domain.refs import ChannelRef, SpaceRef, ThreadRef
from bot.domain.reviews import PATIENCE_SECONDS, Gate, PointVerdict, Review, Verdict, Versions
from bot.ports import Lacking
from bot.simulation.world import MemoryChat, Standing, SteppedClock
from bot.texts import picture_alt

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class FrozenClock(SteppedClock):
    """Stands still until it is moved, from one known morning on."""

    def __init__(self, now: datetime = START) -> None:
        super().__init__(now)


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


@dataclass
class RecordingChat(MemoryChat):
    """A chat platform in memory that keeps what was delivered, and fails as it is told.

    `trouble` is asked before each delivery and may raise; `after` is asked when the message stands there already, so
    raising in it is a line that was cut after the platform accepted.
    """

    delivered: list[Outgoing] = field(default_factory=list)
    missing: Sequence[Lacking] = ()
    #: What files hold, or what happens to somebody who fetches them.
    files: dict[str, bytes | Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    finds: int = 0
    #: Where it showed that words are being prepared.
    typed: list[ThreadRef] = field(default_factory=list)
    trouble: Callable[[Outgoing], None] = lambda item: None

    async def deliver(self, item: Outgoing) -> str:
        outside_of_transactions(f"deliver of {item.key}")
        await asyncio.sleep(0)
        self.trouble(item)
        self.delivered.append(item)
        return await super().deliver(item)

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        outside_of_transactions(f"find of {item.key}")
        self.finds += 1
        return await super().find(item, since)

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

    async def typing(self, place: ThreadRef) -> None:
        outside_of_transactions("typing")
        self.typed.append(place)

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        return self.missing

    def comments(self) -> list[Standing]:
        """Comments under answers."""
        return [each for each in self.said() if each.item.key.startswith("comment:")]


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
    patience_seconds: float = PATIENCE_SECONDS

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


#: The smallest PNG there is: one clear pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)


@dataclass
class QuickPictures:
    """Draws one pixel of everything, and remembers what; `works` is False where nothing can be drawn."""

    works: bool = True
    drawn: list[Sketch] = field(default_factory=list)

    async def draw(self, sketch: Sketch) -> Picture | None:
        outside_of_transactions("a picture")
        self.drawn.append(sketch)
        return Picture(PIXEL, "board.png", picture_alt(sketch)) if self.works else None

    async def close(self) -> None:
        """Nothing is open."""
