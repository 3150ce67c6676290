"""Whatever order people, reviewer and moderators come in, the board is the log and the log is the rules."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from appealed import TwiceReviewer, graded, reply_of, send, try_again
from group import Study, study
from hypothesis import example, given, settings
from hypothesis import strategies as st
from promises import broken_promises

from bot import texts
from bot.domain.answers import Timeliness
from bot.domain.outgoing import Action, FormKind
from bot.domain.refs import MessageRef, Person
from bot.domain.standings import growth, points
from bot.shelves import Answer, Tx
from bot.storage.engine import Database
from bot.storage.work import due

TENTHS = st.integers(0, 10).map(lambda tenths: tenths / 10)
STEP = st.one_of(
    st.tuples(st.sampled_from(["answer", "edit", "again"]), TENTHS, TENTHS),
    st.tuples(st.sampled_from(["appeal", "decide"]), st.sampled_from([1, 2]), st.sampled_from(["take", "keep", "own"])),
    st.tuples(
        st.sampled_from(["delete", "give up the second", "hint", "settle", "settle", "settle"]), st.just(0), st.just(0)
    ),
    st.tuples(st.just("tell"), st.integers(0, 3), st.just(0)),
)
Step = tuple[str, float, float | str]
SETTLE: Step = ("settle", 0, 0)
#: What must be among the orders that are tried.
GROWN: list[Step] = [("answer", 0.5, 1.0), ("again", 0.9, 1.0), SETTLE]
EXAMPLES: tuple[list[Step], ...] = (
    [*GROWN, ("edit", 0.8, 0.8)],
    [*GROWN, ("appeal", 1, ""), SETTLE, ("decide", 1, "take")],
    [*GROWN, ("appeal", 1, ""), ("appeal", 2, ""), SETTLE, ("decide", 2, "own"), ("decide", 1, "own")],
    [*GROWN, ("appeal", 1, ""), SETTLE, ("edit", 0.7, 0.9), ("decide", 1, "take"), SETTLE, ("decide", 1, "take")],
    [*GROWN, ("appeal", 2, ""), SETTLE, ("decide", 2, "own"), ("edit", 0.2, 0.9)],
    [*GROWN, ("hint", 0, 0), ("delete", 0, 0), ("answer", 0.5, 0.5)],
    [*GROWN, ("give up the second", 0, 0), ("again", 1.0, 1.0), SETTLE, ("delete", 0, 0), ("answer", 0.1, 0.1)],
    [("hint", 0, 0), ("answer", 0.5, 1.0), ("hint", 0, 0), *[("tell", which, 0) for which in (1, 0, 1, 0)]],
    [("answer", 0.5, 1.0), ("again", 0.9, 1.0), *[("tell", 2, 0)] * 3, ("edit", 0.6, 0.6), ("tell", 1, 0)],
)


@dataclass(slots=True)
class Expected:
    """What the rules owe a member who answered one question, told from what was done and said alone."""

    text: dict[int, str] = field(default_factory=dict)
    score: dict[int, float] = field(default_factory=dict)
    paid: int = 0
    free: int = 0

    def now(self) -> int:
        """The points, once everything is graded."""
        if 1 not in self.score:
            return 0
        earned = points(self.score[1], Timeliness.IN_TIME, self.paid)
        return earned + (growth(self.score[1], self.score[2], Timeliness.IN_TIME) if 2 in self.score else 0)

    def write(self, attempt: int, text: str, score: float) -> None:
        """A new text; the same one again changes nothing, so a decision on it stands."""
        if self.text.get(attempt) != text:
            self.text[attempt], self.score[attempt] = text, score

    def hint(self) -> None:
        if self.paid + self.free < 3:
            self.paid, self.free = (self.paid, self.free + 1) if 1 in self.text else (self.paid + 1, self.free)

    def withdraw(self, attempt: int) -> None:
        for gone in (1, 2) if attempt == 1 else (2,):
            self.text.pop(gone, None)
            self.score.pop(gone, None)
        if attempt == 1:
            self.paid, self.free = self.paid + self.free, 0


@dataclass
class Play:
    """One member, and what is done about their answer."""

    group: Study
    person: Person
    due: Expected = field(default_factory=Expected)
    message: MessageRef | None = None

    async def step(self, what: str, one: float, two: float | str) -> None:
        match what:
            case "answer" if 1 not in self.due.text:
                self.message, _ = await self.group.write(self.person, text := graded(one, float(two)))
                self.due.write(1, text, one)
            case "edit" if self.message is not None and 1 in self.due.text:
                await self.group.edit(self.person, self.message, text := graded(one, float(two)))
                self.due.write(1, text, one)
            case "again" if 1 in self.due.text:
                first = await self.attempt(1)
                assert first is not None
                await try_again(self.group, self.person, text := graded(one, float(two)), first.id, f"s{next(SENT)}")
                self.due.write(2, text, one)
            case "delete" if self.message is not None and 1 in self.due.text:
                await self.group.delete(self.message)
                self.due.withdraw(1)
            case "give up the second" if 2 in self.due.text:
                second = await self.attempt(2)
                assert second is not None
                await self.group.press(self.person, Action.NOT_AN_ANSWER, str(second.id))
                self.due.withdraw(2)
            case "hint":
                await self.group.call(self.person, "/study hint")
                self.due.hint()
            case "appeal" if int(one) in self.due.text:
                await self.appeal(int(one))
            case "decide" if int(one) in self.due.text:
                await self.decide(int(one), str(two))
            case "tell":
                await self.tell(int(one))
            case "settle":
                await self.group.settle()

    async def attempt(self, number: int) -> Answer | None:
        def find(tx: Tx) -> Answer | None:
            member = tx.members.by_user(self.group.group, self.person.user)
            posting = tx.asking.open_in(self.group.group, self.group.channel)
            assert posting is not None
            return tx.answers.of(self.group.group, posting.asking, member.id, number) if member else None

        return await self.group.core.storage.read(find)

    async def appeal(self, attempt: int) -> None:
        answer = await self.attempt(attempt)
        assert answer is not None
        full = reply_of(await self.group.press(self.person, Action.FULL_REVIEW, str(answer.id)))
        if any(button.action is Action.APPEAL for button in full.buttons):
            target = next(button.target for button in full.buttons if button.action is Action.APPEAL)
            await send(self.group, self.person, FormKind.APPEAL, target, f"a{next(SENT)}", reason="I said so.")

    async def decide(self, attempt: int, how: str) -> None:
        answer = await self.attempt(attempt)
        assert answer is not None
        case = await self.group.core.storage.read(lambda tx: tx.appeals.of(self.group.group, answer.id, answer.version))
        if case is None:
            return
        await self.group.press(self.person, Action.ASK_MODERATOR, str(case.id))
        olga, target = self.group.organiser, str(case.id)
        if how == "own":
            said = await send(self.group, olga, FormKind.GRADE, target, f"g{next(SENT)}", score="9.5", reason="So.")
        else:
            action = Action.TAKE_SECOND if how == "take" else Action.KEEP_GRADE
            said = reply_of(await self.group.press(olga, action, target))
        if said.text == texts.decision_noted() and how != "keep":
            assert case.second_score is not None
            self.due.score[attempt] = 0.95 if how == "own" else case.second_score

    async def tell(self, which: int) -> None:
        """One of the promises is kept before the others."""
        core, now = self.group.core, self.group.clock.now()
        names = [story.value for story in core.stories.by_name()]
        rows = await self.group.database.read(lambda conn: due(conn, now, 50, names))
        if rows:
            await core.in_process._tell(rows[which % len(rows)], now)


SENT = itertools.count(1)


async def play(group: Study, person: Person, steps: Sequence[Step]) -> None:
    """Does it all, lets everything be graded, and compares."""
    one = Play(group, person)
    for step in steps:
        await one.step(*step)
        assert await group.core.storage.read(lambda tx: tx.standings.differences(None)) == 0
    await group.settle()
    assert await group.points(person) == one.due.now(), one.due
    assert await group.core.storage.write(lambda tx: tx.standings.recompute(None)) == 0


async def test_the_board_is_the_log_and_the_log_the_rules_in_any_order(database: Database, database_url: str) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await group.call(group.organiser, "/study-admin health")
        people, loop = itertools.count(1), asyncio.get_running_loop()

        @settings(max_examples=30 if database_url.startswith("sqlite") else 10)
        @given(steps=st.lists(STEP, min_size=4, max_size=16))
        def in_any_order(steps: list[Step]) -> None:
            person = group.person(f"Member {next(people)}")
            asyncio.run_coroutine_threadsafe(play(group, person, steps), loop).result()

        for steps in EXAMPLES:
            in_any_order = example(steps=steps)(in_any_order)
        await asyncio.to_thread(in_any_order)

        assert await broken_promises(group) == []
