"""What people do and see on a chat platform, in our own words: one vocabulary over the study room, Discord and Slack.

A `Stage` is one platform with people on it and our real adapter behind it. A `Play` puts the real core behind the
adapter, so that a test can be told once and played on every stage:

    ada = await play.stage.member("Ada")
    answer = await play.stage.write(ada, GOOD, under=play.question)
    await play.settle()
    (comment,) = await play.comments()
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from databases import new_database
from fakes import VERSIONS, RecordingChat, ScriptedReviewer, watch_transactions
from group import FixedQuestions
from patience import until
from promises import Heard, broken_promises, heard_in

from bot import texts
from bot.app import Core, build_core
from bot.domain.outgoing import Edit, Outgoing, Post, Remove, Say, Whisper
from bot.domain.questions import Question
from bot.domain.refs import ChannelRef, SpaceRef, ThreadRef
from bot.domain.reviews import PointVerdict, Review, Verdict
from bot.ports import (
    Adapter,
    ChatPlatform,
    ChatTraits,
    Clock,
    Companies,
    Interviewer,
    Lacking,
    Pictures,
    Questions,
    Reviewer,
    Views,
)
from bot.storage.engine import Database

#: A Monday morning so long ago that the machine's own clock, which stamps what a platform does not, is never behind it.
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STUDY = "study"
BOT = "studybot"


#: For tests of what goes out, which does not depend on the way in which Slack brings what comes in.
in_one_mode = pytest.mark.parametrize("stage", ["room", "discord", "slack-socket"], indirect=True)


# ---------------------------------------------------------------- what is seen


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as one reader sees it: plain words, labels of buttons, and where it hangs.

    `thread` is the id of the message under which it hangs; `reviewing` means the bot's received sign is on it.
    `layout` is what the platform would format in it, so that two messages can be compared; `picture` is what a picture
    below it shows, in words.
    """

    id: str
    author: str
    text: str
    channel: str = STUDY
    thread: str | None = None
    buttons: tuple[str, ...] = ()
    private: bool = False
    reply_to: str | None = None
    reviewing: bool = False
    edited: bool = False
    layout: tuple[str, ...] = ()
    #: Where buttons lead that open an address, in order.
    links: tuple[str, ...] = ()
    picture: str = ""

    @property
    def by_bot(self) -> bool:
        return self.author == BOT


@dataclass(frozen=True, slots=True)
class Dialog:
    """A form that opened for somebody. `fields` are the labels with what stands in them."""

    title: str
    fields: Mapping[str, str]
    handle: Any = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back at once to somebody who pressed, called or sent something."""

    private: tuple[Seen, ...] = ()
    public: tuple[Seen, ...] = ()
    form: Dialog | None = None
    #: What the platform itself says where it does not even ask the bot.
    notice: str = ""

    @property
    def text(self) -> str:
        """All words that only this person read."""
        return "\n".join([*(each.text for each in self.private), self.notice]).strip()


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person on the stage; `handle` is the platform's own idea of them."""

    name: str
    handle: Any = None


class GoingClock:
    """Goes on by itself from a fixed start, and may be put forward."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._from = time.monotonic()
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._from) + self._ahead

    def advance(self, span: timedelta) -> None:
        self._ahead += span


class Stage(Protocol):
    """One platform. Whatever people do returns once the bot has heard of it."""

    @property
    def platform(self) -> str: ...

    @property
    def clock(self) -> GoingClock: ...

    @property
    def quotes(self) -> bool:
        """Whether a message in a thread can point at another one."""
        ...

    def adapter(self, views: Views, database: Database, clock: Clock) -> Adapter:
        """Our real adapter for this platform."""
        ...

    def serve(self, adapter: Adapter) -> Awaitable[None]:
        """Whatever must run beside the adapter until cancelled."""
        ...

    # who and where

    async def opened(self) -> None:
        """Waits until the bot hears what people do."""
        ...

    @property
    def bot(self) -> Somebody: ...

    async def member(self, name: str, organiser: bool = False) -> Somebody: ...

    async def leave(self, who: Somebody) -> bool:
        """Somebody leaves the group's place, or deletes the account; False where nobody can."""
        ...

    async def demote(self, who: Somebody) -> None:
        """Somebody is no organiser any more."""
        ...

    async def add_channel(self, name: str) -> None: ...

    def space(self) -> SpaceRef: ...

    def channel_ref(self, name: str = STUDY) -> ChannelRef: ...

    # what people do

    async def write(
        self,
        who: Somebody,
        text: str,
        *,
        under: Seen | None = None,
        reply_to: Seen | None = None,
        to: Somebody | None = None,
        channel: str = STUDY,
    ) -> Seen:
        """Writes in a channel, or in the thread under a message; `to` mentions somebody."""
        ...

    async def edit(self, who: Somebody, message: Seen, text: str) -> None: ...

    async def touch(self, who: Somebody, message: Seen) -> None:
        """The platform changes something about a message, and not its text."""
        ...

    async def delete(self, who: Somebody, message: Seen) -> None: ...

    async def press(self, who: Somebody, message: Seen, label: str) -> Answered: ...

    async def choose(self, who: Somebody, message: Seen, label: str) -> Answered:
        """Something from the menu of a message."""
        ...

    async def send(self, who: Somebody, form: Dialog, typed: str | Mapping[str, str]) -> Answered:
        """Sends a form with this in its first field, or with these values by the labels of fields; the others as they
        stand."""
        ...

    async def command(self, who: Somebody, title: str, at: str = STUDY, **options: str) -> Answered: ...

    async def forge_press(self, who: Somebody, message: Seen, code: str) -> Answered:
        """A press on a button that is not there, as a hand-made client would send it."""
        ...

    async def forge_form(self, who: Somebody, target: str, text: str) -> Answered: ...

    async def noise(self, root: Seen) -> None:
        """Everything in a thread that is not said by a person: other bots, joins, pins, as far as the platform has
        them."""
        ...

    async def calm(self) -> None:
        """Returns once nothing is on its way between bot and platform."""
        ...

    # what people see

    async def channel(self, reader: Somebody, name: str = STUDY) -> list[Seen]: ...

    async def thread(self, reader: Somebody, root: Seen) -> list[Seen]: ...

    async def private(self, reader: Somebody) -> list[Seen]:
        """Everything only this person was shown."""
        ...

    async def room(self, reader: Somebody) -> list[Seen]:
        """What stands in the newest private place of a mock round, its first words included."""
        ...

    async def write_in_room(self, who: Somebody, text: str) -> Seen:
        """Writes there."""
        ...

    async def look(self, reader: Somebody, message: Seen) -> bytes | None:
        """The picture below a message, or None where this person sees none."""
        ...

    def refuse_pictures(self) -> bool:
        """From now on the bot may not bring any; False where nobody can forbid it."""
        ...

    async def offered(self, who: Somebody) -> set[str]:
        """The titles of the commands the platform offers."""
        ...

    async def pings(self) -> list[str]:
        """Whom the bot's words notified."""
        ...

    async def links(self) -> list[str]:
        """What can be clicked in the bot's words."""
        ...

    async def ever_said(self, fragment: str) -> int:
        """How many messages with these words the bot ever brought there, deleted ones included."""
        ...

    # trouble

    def redeliver(self, times: int) -> None:
        """From now on every event comes so often, and out of order."""
        ...

    def cut_after(self, what: str) -> None:
        """The next "post", "thread", "say" or "whisper" is accepted, and then the line is cut."""
        ...

    async def suggested(self, who: Somebody, title: str, option: str, typed: str) -> list[str] | None:
        """What is offered while an option is typed; None where the platform offers nothing."""
        ...

    async def lose_rights(self, channel: str = STUDY) -> None:
        """The bot may no longer write in a channel."""
        ...

    async def regain_rights(self, channel: str = STUDY) -> None:
        """It may again."""
        ...

    async def remove_question(self, root: Seen) -> bool:
        """Somebody with the right to do so deletes a post of the bot's with its thread; False where nobody has it."""
        ...

    async def remove_channel(self, name: str) -> bool:
        """Somebody deletes a channel; False where nobody can."""
        ...

    def hurry(self) -> None:
        """From now on the platform soon tells again what the bot did not take."""
        ...

    def lacking_places(self) -> AsyncIterator[tuple[str, str]]:
        """Channels in each of which something else is missing while it is given, with words that tell it."""
        ...

    async def close_private(self, who: Somebody) -> bool:
        """This person closes what can be closed; True when no private word reaches them any more."""
        ...

    async def open_private(self, who: Somebody) -> None:
        """They do again."""
        ...

    async def lock(self, root: Seen) -> None:
        """The thread takes no words any more."""
        ...

    def complaints(self) -> list[str]:
        """What the platform frowned at."""
        ...


class RealStage(Stage, Protocol):
    """A platform over real sockets, which may serve a bot in another process."""

    @property
    def port(self) -> int:
        """Where the bot's own server is expected."""
        ...

    def environment(self) -> dict[str, str]:
        """The settings with which a bot finds this platform."""
        ...

    async def has_thread(self, root: Seen) -> bool:
        """Whether people can write under it."""
        ...

    async def drop(self) -> None:
        """The line is lost; nothing that is told meanwhile is."""
        ...

    def dead(self) -> AbstractContextManager[None]:
        """The bot's process was killed: nobody hears what people do."""
        ...

    def forgive_restarts(self) -> None:
        """The platform counts how often a bot comes back anew, and is content so far."""
        ...

    def away(self) -> AbstractAsyncContextManager[bool]:
        """The line is lost, and what is told meanwhile is lost as well. False where there is no line: then only a bot
        that is away itself misses anything."""
        ...


# ---------------------------------------------------------------- the line between core and platform


@dataclass
class Line:
    """The bot's door out, with a test at the window: `before` and `after` may raise what a bad line would."""

    chat: ChatPlatform
    before: Callable[[Outgoing], None] = lambda item: None
    after: Callable[[Outgoing], None] = lambda item: None
    tried: list[Outgoing] = field(default_factory=list)
    #: What stands outside by its id, for the checker of the promises.
    standing: dict[str, Heard] = field(default_factory=dict)

    @property
    def traits(self) -> ChatTraits:
        return self.chat.traits

    async def deliver(self, item: Outgoing) -> str:
        self.tried.append(item)
        self.before(item)
        id = await self.chat.deliver(item)
        self._note(item, id)
        self.after(item)
        return id

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        id = await self.chat.find(item, since)
        if id is not None:
            self._note(item, id)
        return id

    def _note(self, item: Outgoing, id: str) -> None:
        match item:
            case Post():
                self.standing[id] = Heard(item.key, item.text, item.channel.id, item.channel.workspace)
            case Say():
                # An answer by form is shown in a way of each platform's own.
                text = None if item.speaker else item.text
                self.standing[id] = Heard(item.key, text, item.thread.id, item.thread.workspace)
            case Whisper():
                self.standing[id] = Heard(item.key, item.text, item.place.id, item.user.workspace, item.user.id)
            case Edit() if item.message.id in self.standing:
                old = self.standing[item.message.id]
                self.standing[item.message.id] = replace(old, text=None if old.text is None else item.text)
            case Remove() if item.message.id in self.standing:
                self.standing[item.message.id] = replace(self.standing[item.message.id], gone=True)

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        return await self.chat.read_file(space, ref, limit)

    async def typing(self, place: ThreadRef) -> None:
        await self.chat.typing(place)

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        return await self.chat.lacking(channel)


def once(wanted: Callable[[Outgoing], bool], error: Exception) -> Callable[[Outgoing], None]:
    """Raises it at the first item that is wanted."""
    left = [error]

    def maybe(item: Outgoing) -> None:
        if left and wanted(item):
            raise left.pop()

    return maybe


def title_of(post: Seen) -> str:
    """The question's name in the first line of its post."""
    return post.text.splitlines()[0].rpartition(": ")[2].strip()


# ---------------------------------------------------------------- the play


@dataclass
class Play:
    """A stage with the real core behind it, and a group whose first question stands in its channel."""

    stage: Stage
    core: Core
    adapter: Adapter
    line: Line
    reviewer: Reviewer
    questions_known: Questions
    database: Database
    #: All doors out; a test may add one of another platform.
    chats: dict[str, ChatPlatform]
    olga: Somebody = field(init=False)
    question: Seen = field(init=False)

    @property
    def scripted(self) -> ScriptedReviewer:
        assert isinstance(self.reviewer, ScriptedReviewer)
        return self.reviewer

    @property
    def asked(self) -> Question:
        """The question that stands in the channel, as the packs have it."""
        found = self.questions_known.question(title_of(self.question).removeprefix("Question "))
        assert found is not None
        return found

    def quoting(self, words: str) -> Review:
        """A review that covers every point with these words."""
        points = (PointVerdict(point.id, Verdict.COVERED, 1.0, words) for point in self.asked.points)
        return Review(tuple(points), VERSIONS)

    async def settle(self) -> None:
        """Tells everything that is owed."""
        await self.core.settle()

    async def pass_time(self, **by: float) -> None:
        """Lets time pass, then settles."""
        self.stage.clock.advance(timedelta(**by))
        await self.core.settle()

    # set-up

    async def set_up(self, channel: str = STUDY, **options: str) -> Seen:
        """Olga sets a channel up in one line, says yes to the preview and posts one question."""
        preview = await self.preview(channel, **options)
        done = await self.stage.press(self.olga, preview, texts.label_confirm_setup())
        await self.stage.press(self.olga, done.private[-1], texts.label_post_now())
        await self.settle()
        return await self.newest_question(channel)

    async def preview(self, channel: str = STUDY, **options: str) -> Seen:
        """Olga asks for a set-up and sees the private preview, or what is missing."""
        before = {each.id for each in await self.stage.private(self.olga)}
        wanted = {"time": "09:00", "zone": "Europe/Berlin", "days": "mon-fri"} | options
        await self.stage.command(self.olga, "/study-admin setup", channel, **wanted)
        await self.settle()
        return [each for each in await self.stage.private(self.olga) if each.id not in before][-1]

    # seeing

    async def questions(self, channel: str = STUDY) -> list[Seen]:
        """The posts with an Answer button."""
        there = await self.stage.channel(self.olga, channel)
        return [each for each in there if each.by_bot and texts.label_answer() in each.buttons]

    async def newest_question(self, channel: str = STUDY) -> Seen:
        return (await self.questions(channel))[-1]

    async def thread(self, reader: Somebody | None = None, root: Seen | None = None) -> list[Seen]:
        return await self.stage.thread(reader or self.olga, root or self.question)

    async def comments(self, root: Seen | None = None) -> list[Seen]:
        """What the bot said in the thread with the full review behind a button."""
        there = await self.thread(self.olga, root)
        label = texts.label_full_review()
        return [each for each in there if each.by_bot and not each.private and label in each.buttons]

    async def again(self, message: Seen) -> Seen | None:
        """The message as it stands now, or None when it is gone."""
        root = message.thread
        there = (
            await self.stage.thread(self.olga, Seen(root, BOT, "", message.channel))
            if root
            else await self.stage.channel(self.olga, message.channel)
        )
        return next((each for each in there if each.id == message.id), None)

    async def is_signed(self, message: Seen) -> bool:
        """Whether the received sign is on it."""
        now = await self.again(message)
        return now is not None and now.reviewing

    async def is_unsigned(self, message: Seen) -> bool:
        """Whether it stands there without the sign."""
        now = await self.again(message)
        return now is not None and not now.reviewing

    async def board(self, who: Somebody, **options: str) -> str:
        return (await self.stage.command(who, "/leaderboard", **options)).text

    async def points(self, who: Somebody) -> int:
        """One's own points, as `/study progress` tells them."""
        said = (await self.stage.command(who, "/study progress")).text
        found = re.search(r"All time:\W*(\d+) point", said)
        return int(found[1]) if found else 0

    # doing

    async def answer(self, who: Somebody, text: str) -> Seen:
        """Writes an answer in the thread, and waits for the comment."""
        written = await self.stage.write(who, text, under=self.question)
        await self.settle()
        return written

    async def by_form(self, who: Somebody, text: str) -> Answered:
        """Answers with the button and the form."""
        opened = await self.stage.press(who, self.question, texts.label_answer())
        assert opened.form is not None, opened
        return await self.stage.send(who, opened.form, text)


@asynccontextmanager
async def play_on(
    stage: Stage,
    folder: Path,
    reviewer: Reviewer | None = None,
    questions: Questions | None = None,
    companies: Companies | None = None,
    dashboards: Mapping[str, str] | None = None,
    pictures: Pictures | None = None,
    interviewer: Interviewer | None = None,
) -> AsyncIterator[Play]:
    """The real core, storage and adapter over this stage, with a first question posted. Every promise must hold at the
    end, and the platform must have nothing to complain of."""
    watch_transactions()
    database = await new_database(folder / "studybot.db")
    judge = reviewer or ScriptedReviewer()
    chats: dict[str, ChatPlatform] = {}
    packs = questions or FixedQuestions()
    core = build_core(
        database,
        packs,
        judge,
        chats,
        stage.clock,
        companies=companies,
        interviewer=interviewer,
        dashboards=dashboards,
        pictures=pictures,
    )
    adapter = await asyncio.to_thread(stage.adapter, core.views, database, stage.clock)
    line = Line(adapter.chat)
    chats[stage.platform] = line
    play = Play(stage, core, adapter, line, judge, packs, database, chats)
    running = [asyncio.ensure_future(adapter.run(core.intake)), asyncio.ensure_future(stage.serve(adapter))]
    try:
        await until(lambda: adapter.opened or any(task.done() for task in running))
        await stage.opened()
        play.olga = await stage.member("Olga", organiser=True)
        play.question = await play.set_up()
        yield play
        await play.settle()
        elsewhere = [each for chat in chats.values() if isinstance(chat, RecordingChat) for each in heard_in(chat)]
        assert await broken_promises(database, [*line.standing.values(), *elsewhere], now=stage.clock.now()) == []
        assert stage.complaints() == []
    finally:
        await _end(running)
        await adapter.close()
        await database.close()


async def _end(running: Sequence[asyncio.Future[None]]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
