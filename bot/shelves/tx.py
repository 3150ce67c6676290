"""One transaction: all shelves at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.shelves.answers import AnswersShelf
from bot.shelves.appeals import AppealsShelf, HintsShelf
from bot.shelves.asking import AskingShelf
from bot.shelves.audits import AuditsShelf
from bot.shelves.budgets import BudgetsShelf
from bot.shelves.dashboard import DashboardShelf
from bot.shelves.delivery import DeliveryShelf
from bot.shelves.digests import DigestsShelf
from bot.shelves.drafts import DraftsShelf
from bot.shelves.fairness import FairnessShelf
from bot.shelves.guesses import GuessesShelf
from bot.shelves.hidden import HiddenShelf
from bot.shelves.joining import CodesShelf, JoiningShelf
from bot.shelves.members import MembersShelf
from bot.shelves.question_health import QuestionHealthShelf
from bot.shelves.repetition import RepetitionShelf
from bot.shelves.reviews import ReviewsShelf
from bot.shelves.rounds import RoundsShelf
from bot.shelves.standings import StandingsShelf
from bot.shelves.streaks import StreaksShelf


@dataclass(frozen=True, slots=True)
class WorkView:
    """How much is owed and parked for a group."""

    owed: int
    oldest: datetime | None
    parked: Sequence[tuple[str, str]]


class Tx(Protocol):
    """One transaction."""

    @property
    def members(self) -> MembersShelf:
        """Groups and members."""
        ...

    @property
    def codes(self) -> CodesShelf:
        """Codes that join."""
        ...

    @property
    def joining(self) -> JoiningShelf:
        """What becomes one."""
        ...

    @property
    def asking(self) -> AskingShelf:
        """Tracks and askings."""
        ...

    @property
    def answers(self) -> AnswersShelf:
        """Answers."""
        ...

    @property
    def reviews(self) -> ReviewsShelf:
        """Reviews."""
        ...

    @property
    def budgets(self) -> BudgetsShelf:
        """What reviews cost."""
        ...

    @property
    def audits(self) -> AuditsShelf:
        """How good reviewers are."""
        ...

    @property
    def drafts(self) -> DraftsShelf:
        """Answers being written, and files."""
        ...

    @property
    def digests(self) -> DigestsShelf:
        """Weekly digests and goals."""
        ...

    @property
    def hidden(self) -> HiddenShelf:
        """What members read of each other."""
        ...

    @property
    def standings(self) -> StandingsShelf:
        """Points and boards."""
        ...

    @property
    def streaks(self) -> StreaksShelf:
        """What streaks are made of."""
        ...

    @property
    def fairness(self) -> FairnessShelf:
        """Answers that earn no points."""
        ...

    @property
    def hints(self) -> HintsShelf:
        """Hints that were taken."""
        ...

    @property
    def appeals(self) -> AppealsShelf:
        """Votes, appeals and moderators."""
        ...

    @property
    def guesses(self) -> GuessesShelf:
        """What authors guess their scores to be."""
        ...

    @property
    def repetition(self) -> RepetitionShelf:
        """What members remember, and are asked again."""
        ...

    @property
    def rounds(self) -> RoundsShelf:
        """Mock rounds."""
        ...

    @property
    def question_health(self) -> QuestionHealthShelf:
        """How questions do."""
        ...

    @property
    def dashboard(self) -> DashboardShelf:
        """Who may look at a dashboard, and what it shows."""
        ...

    @property
    def delivery(self) -> DeliveryShelf:
        """Outgoing messages."""
        ...

    def owe(self, story: str, key: str, group: int, *args: int | str, not_before: datetime | None = None) -> None:
        """Writes down, in this transaction, that a story must be told; the same key again changes nothing. A group that
        has joined another is told of as that one."""
        ...

    def bring_forward(self, key: str, at: datetime) -> bool:
        """What waits under this key is owed from then on; False where nothing does, or it was handed over already."""
        ...

    def work(self, group: int) -> WorkView:
        """What is owed and parked for a group."""
        ...
