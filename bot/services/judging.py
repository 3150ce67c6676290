"""What the interviewer of a mock round makes of an answer: its review, what follows from it, and in which words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from bot import texts
from bot.domain.budgets import MOST_AN_HOUR_IN_ROUNDS, Costs, Spent
from bot.domain.companies import Company
from bot.domain.errors import NotNow, Refused
from bot.domain.questions import Question
from bot.domain.reviews import Review, without_name
from bot.domain.rounds import (
    FollowUp,
    Probe,
    RoundClock,
    Step,
    TurnKind,
    asks_for,
    is_good_follow_up,
    next_step,
)
from bot.ports import Clock, Interviewer, Reviewer, Storage
from bot.services import budgets, conducting
from bot.services.budgets import Bill, OverBudget
from bot.services.reviews import ask_about
from bot.shelves import Round, RoundQuestion, Turn, Tx

log = logging.getLogger(__name__)

#: An interviewer thinks no longer than this before they go on with what the word check says, however long a model may
#: take elsewhere: whoever practises waits for the next question. The report waits for the model.
THINK_SECONDS = 25.0
#: A model has so long to word a follow-up.
WORDING_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Judges:
    """Who grades and words: the reviewer, the one that stands in for it while it is away, and perhaps a model that
    words follow-ups."""

    reviewer: Reviewer
    stand_in: Reviewer
    interviewer: Interviewer | None = None

    @property
    def word_check(self) -> bool:
        """Whether there is no model behind it."""
        return self.reviewer.kept_under is None


@dataclass(frozen=True, slots=True)
class Scene:
    """A round as it stands at one moment. `where` it was opened is told where its account has rounds elsewhere too."""

    round: Round
    company: Company
    questions: Sequence[RoundQuestion]
    turns: Sequence[Turn]
    name: str
    where: str

    @property
    def on_the_table(self) -> RoundQuestion:
        """The question that is being talked about."""
        return self.questions[self.round.floor.position]

    @property
    def last_heard(self) -> int:
        """The number of the member's last answer."""
        numbers = [turn.number for turn in self.turns if turn.kind is TurnKind.ANSWER]
        return max(numbers, default=0)

    @property
    def waits_for_files(self) -> bool:
        """Whether files of an answer are still being read."""
        return any(turn.kind is TurnKind.HELD for turn in self.turns)

    @property
    def clock(self) -> RoundClock:
        """The clock as it stood when the member had said the last word: `spent` and `left` do not grow behind that."""
        clock = self.round.clock
        last = max((turn.at for turn in self.turns if turn.kind is TurnKind.ANSWER), default=None)
        if last is None or clock.since is None or last < clock.since:
            return RoundClock(clock.minutes, clock.used, None)
        return RoundClock(clock.minutes, clock.spent(last), None)

    def answers(self, position: int, since: int = 0) -> str:
        """What the member said to a question behind a turn."""
        return conducting.answers_to(self.turns, position, since)


@dataclass(frozen=True, slots=True)
class Thought:
    """What the interviewer makes of an answer, and what that has cost and is not booked yet. `provisional` when the
    stand-in graded it."""

    step: Step
    review: Review
    provisional: bool
    worded: str | None
    bills: Sequence[Bill]


class Judging:
    """Grades and words at the member's cost, within their budget."""

    def __init__(self, storage: Storage, judges: Judges, clock: Clock, costs: Costs) -> None:
        self._storage = storage
        self._judges = judges
        self._clock = clock
        self._costs = costs

    @property
    def word_check(self) -> bool:
        """Whether there is no model behind the reviews."""
        return self._judges.word_check

    async def thought(self, scene: Scene) -> Thought:
        """Grades what was said to the question on the table and decides what follows. While the reviewer is away the
        stand-in grades. Whoever writes down what follows books the bills with it."""
        bills: list[Bill] = []
        round, now = scene.round, self._clock.now()
        position = round.floor.position
        question = scene.on_the_table.question
        review, provisional = await self._graded(scene, position, bills)
        floor = replace(round.floor, answers=round.floor.answers + 1)
        asked = [each.question for each in scene.questions]
        said = scene.answers(position, round.asked_by)
        step = next_step(round.plan, asked, floor, said, review, scene.clock.left(now))
        worded = await self._worded(scene, step, question, said, bills) if isinstance(step, FollowUp) else None
        return Thought(step, review, provisional, worded, bills)

    async def _graded(self, scene: Scene, position: int, bills: list[Bill]) -> tuple[Review, bool]:
        """The review of all that was said to a question, and whether the stand-in had to give it."""
        question, text = scene.questions[position].question, scene.answers(position)
        try:
            return await self._by_reviewer(scene, question, text, bills, THINK_SECONDS), False
        except (NotNow, Refused) as away:
            log.info("round_by_word_check", extra={"round": scene.round.id, "why": str(away)})
            return await ask_about(self._judges.stand_in, question, text, scene.name), True

    async def _by_reviewer(
        self, scene: Scene, question: Question, text: str, bills: list[Bill], seconds: float | None = None
    ) -> Review:
        """Asks the reviewer at the member's cost. Raises `NotNow`, also while a budget is used up, or `Refused`."""
        reviewer = self._judges.reviewer
        async with self._paid(scene.round, question, text, bills) as spent:
            return await ask_about(reviewer, question, text, scene.name, spent=spent, seconds=seconds)

    @asynccontextmanager
    async def _paid(self, round: Round, question: Question, text: str, bills: list[Bill]) -> AsyncIterator[Spent]:
        """What is asked inside is at the member's cost, and joins the bills that are still to be booked; what failed is
        booked at once. Raises `NotNow` while it may not be asked."""
        bill = Bill()
        bill.booking = await budgets.reserve(
            self._storage,
            self._costs,
            self._judges.reviewer,
            _payer(round),
            question,
            text,
            self._clock.now(),
            most_an_hour=MOST_AN_HOUR_IN_ROUNDS,
        )
        try:
            yield bill.add
        except BaseException:
            if bill.booking is not None:
                await self._storage.write(lambda tx: self.book(tx, round.group, [bill]))
            raise
        bills.append(bill)

    def book(self, tx: Tx, group: int, bills: Sequence[Bill]) -> None:
        """Books what has been asked."""
        for bill in bills:
            budgets.settle(tx, self._costs, group, bill)

    async def _worded(
        self, scene: Scene, step: FollowUp, question: Question, said: str, bills: list[Bill]
    ) -> str | None:
        """A model's wording of a follow-up, where there is a model and its words pass; else None."""
        interviewer = self._judges.interviewer
        if interviewer is None or step.quote is None:
            return None
        who, aim = scene.round.plan.interviewer, asks_for(question, step.point)
        nameless, quote = without_name(said, scene.name), without_name(step.quote, scene.name)
        probe = Probe(who.role, who.manner, question.prompt, nameless, quote, aim)
        try:
            async with asyncio.timeout(WORDING_SECONDS), self._paid(scene.round, question, said, bills) as spent:
                text = await interviewer.follow_up(probe, spent=spent)
        except (NotNow, Refused, TimeoutError) as away:
            log.info("follow_up_not_worded", extra={"round": scene.round.id, "why": str(away)})
            return None
        return text.strip() if is_good_follow_up(text, probe, step.point) else None

    async def for_report(self, scene: Scene, position: int) -> tuple[Review, Sequence[Bill]]:
        """The review of all that was said to a question, for good, and what is to be booked with it. Where a budget is
        used up, or the reviewer refuses the text, the stand-in gives it. Raises `NotNow` while the reviewer is away;
        the member learns of it once."""
        bills: list[Bill] = []
        question, text = scene.questions[position].question, scene.answers(position)
        try:
            return await self._by_reviewer(scene, question, text, bills), bills
        except (Refused, OverBudget) as none:
            log.info("round_by_word_check", extra={"round": scene.round.id, "why": str(none)})
        except NotNow:
            await self._storage.write(lambda tx: _say_once(tx, scene.round, texts.report_waits(), self._clock.now()))
            raise
        return await ask_about(self._judges.stand_in, question, text, scene.name), bills


def _payer(round: Round) -> budgets.Payer:
    def payer(tx: Tx) -> tuple[int, int]:
        group = tx.members.group_now(round.group)
        return group, (tx.rounds.by_id(group, round.id) or round).member

    return payer


def _say_once(tx: Tx, round: Round, text: str, now: datetime) -> None:
    group = tx.members.group_now(round.group)
    held = tx.rounds.held(group, round.id)
    if held is None or any(turn.text == text for turn in tx.rounds.turns(group, round.id)):
        return
    conducting.say(tx, held, TurnKind.CLOSING, text, now)
