"""A study group to test with: a core on a real database, a recording chat, and people who act in it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fakes import FrozenClock, RecordingChat, ScriptedReviewer, watch_transactions

from bot.app import Core, build_core
from bot.domain.incoming import (
    ButtonPressed,
    CommandCalled,
    FormSent,
    Incoming,
    MessageEdited,
    MessagePosted,
    MessagesDeleted,
    Replied,
    SpaceJoined,
)
from bot.domain.outgoing import Action, FormKind, Immediate, Received
from bot.domain.questions import Level, Question, QuestionKind, RubricPoint
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef, UserRef
from bot.domain.standings import Period
from bot.ports import ChatPlatform, Companies, Interviewer, Pictures, Reviewer
from bot.shelves import Posting, Track, Tx
from bot.storage.engine import Database, open_database
from bot.storage.storage import SqlTx

PLATFORM = "test"
GOOD = "A token bucket gives each client a steady refill and allows short bursts of requests."


def question(id: str, pack: str = "pack") -> Question:
    """A small question."""
    points = (
        RubricPoint("bucket", "Names an algorithm such as the token bucket.", 3, ("tokens refill steadily",)),
        RubricPoint("shared", "Keeps counters in a shared store such as Redis.", 2, ("counters live in redis",)),
    )
    return Question(
        id=id,
        pack=pack,
        title=f"Question {id}",
        prompt=f"How would you solve {id}?",
        level=Level.MID,
        kind=QuestionKind.DESIGN,
        topics=("api",),
        points=points,
        hints=("What could run out first?", "Think of a bucket.", "Tokens refill."),
        follow_ups=("What if a node dies?", "How would you measure it?"),
        model_answer=f"The model answer of {id}.",
    )


class FixedQuestions:
    """Packs in memory."""

    def __init__(self, count: int = 5, packs: tuple[str, ...] = ("pack",)) -> None:
        self.packs = {pack: [question(f"{pack}-{n}", pack) for n in range(1, count + 1)] for pack in packs}

    @property
    def pack_ids(self) -> tuple[str, ...]:
        return tuple(self.packs)

    def ids_in(self, packs: object) -> list[str]:
        assert isinstance(packs, tuple | list)
        return [each.id for pack in packs for each in self.packs.get(pack, [])]

    def question(self, id: str) -> Question | None:
        return next((each for pack in self.packs.values() for each in pack if each.id == id), None)


@dataclass
class Study:
    """A group in one space with one channel, and a hand on its clock."""

    core: Core
    chat: RecordingChat
    reviewer: ScriptedReviewer
    clock: FrozenClock
    questions: FixedQuestions
    space: SpaceRef
    channel: ChannelRef
    database: Database
    #: Our number of the group; the first one of an empty database is 1.
    group: int = 1
    #: Messages whose sender saw the received sign.
    acknowledged: list[MessageRef] = field(default_factory=list)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # people

    def person(self, name: str, organiser: bool = False, zone: str | None = None) -> Person:
        user = UserRef(self.space.platform, self.space.workspace, f"u-{name.lower()}")
        return Person(user, name, organiser, zone=zone)

    @property
    def organiser(self) -> Person:
        return self.person("Olga", organiser=True)

    # what they do

    async def receive(self, event: Incoming) -> Immediate:
        """Tells the intake, and remembers what it acknowledged."""
        said = await self.core.intake.receive(event)
        if isinstance(said, Received):
            self.acknowledged.append(said.message)
        return said

    def new_message(self, thread: ThreadRef) -> MessageRef:
        return MessageRef(thread.platform, thread.workspace, thread.channel, f"in-{next(self._ids)}")

    async def write(
        self,
        person: Person,
        text: str,
        *,
        thread: ThreadRef | None = None,
        message: MessageRef | None = None,
        at: datetime | None = None,
        reply_to: Replied | None = None,
        mentions: tuple[UserRef, ...] = (),
    ) -> tuple[MessageRef, Immediate]:
        """Writes in the newest question's thread, or in the one given."""
        place = thread or await self.thread()
        ref = message or self.new_message(place)
        event = MessagePosted(ref, place, person, text, at or self.clock.now(), reply_to, mentions)
        return ref, await self.receive(event)

    async def edit(self, person: Person, message: MessageRef, text: str, at: datetime | None = None) -> Immediate:
        event = MessageEdited(message, await self.thread(), person, text, at or self.clock.now())
        return await self.receive(event)

    async def delete(self, *messages: MessageRef) -> Immediate:
        return await self.receive(MessagesDeleted(messages, self.clock.now()))

    async def send_form(self, person: Person, text: str, target: str | None = None, sending: str = "") -> Immediate:
        posting = target or str((await self.posting()).id)
        fields = {"answer": text}
        sent = sending or f"form-{next(self._ids)}"
        event = FormSent(FormKind.ANSWER, posting, person, self.channel, fields, sent, self.clock.now())
        return await self.receive(event)

    async def press(
        self,
        person: Person,
        action: Action,
        target: str = "",
        message: MessageRef | None = None,
        text: str = "",
        author: UserRef | None = None,
    ) -> Immediate:
        thread = await self.thread() if message is not None else None
        press = f"press-{next(self._ids)}"
        event = ButtonPressed(
            action, target, person, self.channel, press, self.clock.now(), message, thread, text, author
        )
        return await self.receive(event)

    async def call(self, person: Person, command: str, /, **options: str) -> Immediate:
        path = tuple(command.removeprefix("/").split())
        event = CommandCalled(path, person, self.channel, f"call-{next(self._ids)}", self.clock.now(), options)
        return await self.receive(event)

    # what is there

    async def tracks(self) -> list[Track]:
        return list(await self.core.storage.read(lambda tx: tx.asking.tracks(self.group)))

    async def posting(self) -> Posting:
        """The newest posting of the channel."""
        tracks = await self.tracks()

        def newest(tx: Tx) -> Posting:
            asked = tx.asking.recent(self.group, tracks[0].id, 20)
            found = [each for asking in asked for each in tx.asking.postings(self.group, asking.id)]
            return next(each for each in found if each.message is not None)

        return await self.core.storage.read(newest)

    async def thread(self) -> ThreadRef:
        thread = (await self.posting()).thread
        assert thread is not None
        return thread

    async def points(self, person: Person) -> int:
        """All points of a member."""

        def own(tx: Tx) -> int:
            member = tx.members.by_user(self.group, person.user)
            if member is None:
                return 0

            row = tx.standings.own(self.group, Period.ALL, "all", member.id)
            return row.points if row else 0

        return await self.core.storage.read(own)

    # time

    async def settle(self) -> int:
        return await self.core.settle()

    async def pass_time(self, by: timedelta, step: timedelta = timedelta(minutes=15)) -> None:
        """Lets time pass in steps, settling at each."""
        end = self.clock.now() + by
        while self.clock.now() < end:
            self.clock.set(min(end, self.clock.now() + step))
            await self.core.settle()


@asynccontextmanager
async def study(
    database: Database,
    *,
    now: datetime | None = None,
    zone: str = "Europe/Berlin",
    questions: FixedQuestions | None = None,
    reviewer: Reviewer | None = None,
    started: bool = True,
    workspace: str = "one",
    companies: Companies | None = None,
    interviewer: Interviewer | None = None,
    dashboards: Mapping[str, str] | None = None,
    pictures: Pictures | None = None,
) -> AsyncIterator[Study]:
    """A group whose first question is posted and settled, unless `started` is False."""
    watch_transactions()
    clock = FrozenClock(now) if now else FrozenClock()
    chat = RecordingChat()
    chats: dict[str, ChatPlatform] = {PLATFORM: chat}
    scripted = ScriptedReviewer()
    packs = questions or FixedQuestions()
    core = build_core(
        database,
        packs,
        reviewer or scripted,
        chats,
        clock,
        companies=companies,
        interviewer=interviewer,
        dashboards=dashboards,
        pictures=pictures,
    )
    space = SpaceRef(PLATFORM, workspace)
    channel = ChannelRef(PLATFORM, workspace, "study")
    made = Study(core, chat, scripted, clock, packs, space, channel, database)
    ask_in = channel if started else None
    await core.intake.receive(SpaceJoined(space, f"Group {workspace}", clock.now(), ask_in, zone))
    known = await database.read(lambda conn: SqlTx(conn, clock.now()).members.group_of(space))
    made.group = known or 1
    if started:
        await core.settle()
    yield made


@asynccontextmanager
async def nearby(url: str, workspace: str = "one") -> AsyncIterator[Study]:
    """The same group as another process on the same database would serve it."""
    database = await asyncio.to_thread(open_database, url)
    async with study(database, started=False, workspace=workspace) as made:
        yield made
    await database.close()
