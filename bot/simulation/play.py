"""Moves a pretend group through its days: the clock is stepped from one moment at which something happens to the next,
and whatever is due then goes through the real core."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from bot import texts
from bot.app import build_core
from bot.domain.asking import local_day
from bot.domain.incoming import SpaceJoined
from bot.domain.outgoing import Action, Outgoing, Post, Say, Whisper
from bot.domain.refs import ChannelRef, SpaceRef
from bot.domain.standings import Period, rank
from bot.ports import ChatTraits, Questions, Reviewer
from bot.shelves import Asking, Tx
from bot.simulation.cast import ORGANISER, PLATFORM, WORKSPACE, Player, cast_of, deeds
from bot.simulation.diary import Diary, in_one_line
from bot.simulation.hands import Hands
from bot.simulation.plan import A_DAY, Call, Plan, calls, outages
from bot.simulation.stage import Asked, Stage
from bot.simulation.turns import perform
from bot.simulation.world import MemoryChat, SteppedClock
from bot.storage.engine import Database

T = TypeVar("T")

SPACE = SpaceRef(PLATFORM, WORKSPACE)
CHANNEL = ChannelRef(PLATFORM, WORKSPACE, "study")
#: A full review waits behind its button, as on most platforms.
TRAITS = ChatTraits(text_limit=2000, whispers_at_once=False)
ASKED_AT, ASKED_ON = "09:00", "mon-fri"
#: More askings than the longest simulation has.
ALL = 10_000
#: People leave at this local hour.
EARLY = 4


@dataclass(slots=True)
class News:
    """What the bot did since somebody looked, by the ids of postings, members and answers."""

    posted: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    quoted: int = 0
    welcomed: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def hear(self, item: Outgoing) -> None:
        """Takes note of a message that stands in the chat now."""
        topic, _, id = item.key.partition(":")
        match item:
            case Post() if topic == "post":
                self.posted.append(int(id))
            case Post() if topic == "digest":
                self.digests.append(item.text)
            case Whisper() if topic == "notice":
                self.notices.append(item.text)
            case Say() if topic == "close":
                self.closed.append(int(id))
            case Say() if topic == "best":
                self.quoted += 1
            case Whisper() if topic == "welcome":
                self.welcomed.append(item.user.id)


class Simulation:
    """One plan on one empty database, played with these questions and this reviewer."""

    def __init__(self, plan: Plan, database: Database, questions: Questions, reviewer: Reviewer) -> None:
        self.plan = plan
        #: Days on which the boards were not what their event log gives, and in how many rows.
        self.wrong: dict[date, int] = {}
        self._players = cast_of(plan)
        self._outages = outages(plan)
        self._news = News()
        self._asked: dict[int, tuple[Asked, int]] = {}
        clock, chat = SteppedClock(plan.moment(plan.start)), MemoryChat(TRAITS, after=self._hear)
        core = build_core(database, questions, reviewer, {PLATFORM: chat}, clock)
        self._stage = Stage(core, chat, clock, Hands(core, CHANNEL), Diary(plan))

    async def days(self) -> AsyncIterator[date]:
        """Plays day by day; each is named when it is over and its boards were compared with their log."""
        await self._set_up()
        for number in range(self.plan.days):
            day = self.plan.start + number * A_DAY
            await self._play_until(self.plan.moment(day + A_DAY))
            if different := await self._read(lambda tx: tx.standings.differences(None)):
                self.wrong[day] = different
            yield day

    def _hear(self, item: Outgoing) -> None:
        self._news.hear(item)

    # ---------------------------------------------------------------- before the first day

    async def _set_up(self) -> None:
        stage, now = self._stage, self._stage.clock.now()
        await stage.core.intake.receive(SpaceJoined(SPACE, "A pretend group", now))
        group = await self._read(lambda tx: tx.members.group_of(SPACE))
        assert group is not None
        stage.group = group
        options = {"time": ASKED_AT, "zone": self.plan.zone, "days": ASKED_ON}
        await stage.hands.call(ORGANISER, "study-admin setup", now, **options)
        await stage.core.settle()
        preview = stage.chat.whispers(ORGANISER.user)[-1]
        yes = next(each for each in preview.item.buttons if each.action is Action.CONFIRM_SETUP)
        await stage.hands.press(ORGANISER, Action.CONFIRM_SETUP, yes.target, now)
        stage.note(f"{ORGANISER.name} sets up: one question at {ASKED_AT}, {ASKED_ON}")
        self._write_agenda()

    def _write_agenda(self) -> None:
        for begin, end in self._outages:
            self._stage.diary.note(begin, "the bot goes down")
            self._stage.diary.note(end, "the bot is back")
        for at, each in calls(self.plan):
            self._stage.later(at, partial(self._call, each))
        for player in self._players:
            if player.leaves is not None and player.leaves < self.plan.days:
                at = self.plan.moment(self.plan.start + player.leaves * A_DAY, EARLY)
                self._stage.later(at, partial(self._leave, player))

    async def _call(self, call: Call, at: datetime) -> None:
        options = call.options(self.plan)
        await self._stage.hands.call(ORGANISER, f"study-admin {call.command}", at, **options)
        typed = " ".join([f"/study-admin {call.command}", *(f"{name}:{value}" for name, value in options.items())])
        self._stage.note(f"{ORGANISER.name} types {typed}")

    async def _leave(self, player: Player, at: datetime) -> None:
        await self._stage.hands.leave(player.person, at)
        self._stage.note(f"{player.name} leaves")

    # ---------------------------------------------------------------- the clock

    async def _play_until(self, end: datetime) -> None:
        clock = self._stage.clock
        while clock.now() < end:
            clock.set(await self._next_moment(end))
            if not self._is_down():
                await self._stage.act()
                await self._stage.core.settle()
                await self._tell_news()

    async def _next_moment(self, end: datetime) -> datetime:
        """When something happens next: somebody does something, or the bot has to."""
        now, core = self._stage.clock.now(), self._stage.core
        slots = await self._read(self._slots)
        backs = [back for _, back in self._outages]
        moments = [end, self._stage.next_at(), await core.in_process.next_due(now), *slots, *backs]
        return min(each for each in moments if each is not None and each > now)

    def _slots(self, tx: Tx) -> list[datetime | None]:
        """The next question and the next digest."""
        group = self._stage.group
        tracks = tx.asking.tracks(group)
        return [at for each in tracks for at in (each.next_at, tx.digests.settings(group, each.id).next_at)]

    def _is_down(self) -> bool:
        now = self._stage.clock.now()
        return any(begin <= now < end for begin, end in self._outages)

    # ---------------------------------------------------------------- the timeline

    async def _tell_news(self) -> None:
        news, self._news = self._news, News()
        for posting in news.closed:
            await self._tell_closed(posting)
        for posting in news.posted:
            await self._tell_posted(posting)
        for _ in range(news.quoted):
            self._stage.note("a very good answer is quoted in the thread, as its author agreed")
        for text in news.digests:
            self._stage.note(f"digest: {in_one_line(text)}")
        for text in news.notices:
            self._stage.note(f"{ORGANISER.name} is told: {in_one_line(text)}")
        for user in news.welcomed:
            player = next(each for each in self._players if each.person.user.id == user)
            if player.joins:
                self._stage.note(f"{player.name} is new here and gets a first word")

    async def _tell_posted(self, posting: int) -> None:
        """People see the question, and make up their minds."""
        asked = await self._stage.asked(posting)
        assert asked is not None
        day = (local_day(self.plan.zone, self._stage.clock.now()) - self.plan.start).days
        there = [player for player in self._players if player.is_there(day)]
        self._asked[posting] = asked, len(there)
        posted_at, closes_at = asked.posting.posted_at, asked.posting.closes_at
        assert posted_at is not None
        assert closes_at is not None
        self._stage.note(f"{asked.kind}: {asked.question.title} (open until {self._stage.diary.local(closes_at)})")
        for deed in deeds(self.plan, there, len(self._asked) - 1, asked.question, posted_at, closes_at):
            self._stage.later(deed.at, partial(perform, self._stage, deed, asked))

    async def _tell_closed(self, posting: int) -> None:
        asked, there = self._asked[posting]
        answered = await self._read(lambda tx: self._answered(tx, posting))
        who = f": {', '.join(answered)}" if answered else ""
        self._stage.note(f"closed: {asked.question.title}; {len(answered)} of {there} answered{who}")

    def _answered(self, tx: Tx, posting: int) -> list[str]:
        group = self._stage.group
        lines = []
        for answer in tx.hidden.answers(group, posting):
            member = tx.members.by_id(group, answer.member)
            points, _ = tx.standings.booked(group, answer.id)
            lines.append(f"{member.name if member is not None else '?'} {points}")
        return lines

    async def told(self) -> str:
        """The whole timeline: every day of the plan, also those on which nothing happened, and how it ended."""
        plan = self.plan
        for each in await self._askings():
            if each.reason is not None:
                self._stage.diary.note_day(each.day, f"no question: {each.reason.value.replace('_', ' ')}")
        head = (
            f"A pretend group of {plan.people} people with demo names, {plan.days} days from {plan.start} in "
            f"{plan.zone}, seed {plan.seed}."
        )
        days = (self._stage.diary.day(plan.start + number * A_DAY) for number in range(plan.days))
        return "\n".join([head, "", *days, "", *await self._ending()])

    async def _ending(self) -> list[str]:
        """The board of all time, what became of the questions, and whether the boards were right."""
        group, most = self._stage.group, len(self._players)
        rows = await self._read(lambda tx: tx.standings.top(group, Period.ALL, "all", most))
        board = [
            f"{number:>4}. {row.name or texts.nameless_member()}, {texts.points(row.points)}, "
            f"{texts.answers(row.answers)}"
            for number, row in rank(rows)
        ]
        fates = Counter((each.reason or each.state).value.replace("_", " ") for each in await self._askings())
        became = ", ".join(f"{number} {fate}" for fate, number in fates.most_common())
        return ["Board of all time:", *board, "", f"Questions: {became}.", self._proof()]

    def _proof(self) -> str:
        if not self.wrong:
            return f"Boards: equal to their event log on each of the {self.plan.days} days."
        first, rows = next(iter(self.wrong.items()))
        return (
            f"Boards: DIFFERENT from their event log on {len(self.wrong)} of {self.plan.days} days, first on {first} "
            f"in {rows} rows. This is a mistake of the program, please report it with these options."
        )

    # ---------------------------------------------------------------- reading

    async def _read(self, work: Callable[[Tx], T]) -> T:
        return await self._stage.core.storage.read(work)

    async def _askings(self) -> list[Asking]:
        group = self._stage.group

        def all_of(tx: Tx) -> list[Asking]:
            return [each for track in tx.asking.tracks(group) for each in tx.asking.recent(group, track.id, ALL)]

        return await self._read(all_of)
