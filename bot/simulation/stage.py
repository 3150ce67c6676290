"""Where a simulation plays: the core with its clock and chat, the agenda of what people will do, and the timeline."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.app import Core
from bot.domain.asking import PUNCTUAL
from bot.domain.questions import Question
from bot.domain.refs import ThreadRef
from bot.domain.standings import score10
from bot.services import asking, standings
from bot.shelves import FIRST_ATTEMPT, SCHEDULED, Answer, Asking, Posting, Tx
from bot.simulation.cast import Player
from bot.simulation.diary import Diary
from bot.simulation.hands import Hands
from bot.simulation.world import MemoryChat, SteppedClock

#: Something that will be done at a moment, which it is told: the bot may learn of it later, after an outage.
Act = Callable[[datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that stands in the channel."""

    posting: Posting
    thread: ThreadRef
    question: Question
    kind: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody's answer stands; without an answer there is neither score nor points."""

    answer: Answer | None = None
    score: float | None = None
    points: int = 0

    @property
    def shown(self) -> str:
        """The score as people read it."""
        return "not graded" if self.score is None else f"{score10(self.score)} of 10"


@dataclass(slots=True)
class Stage:
    """All that acts and scenes need."""

    core: Core
    chat: MemoryChat
    clock: SteppedClock
    hands: Hands
    diary: Diary
    group: int = 1
    _agenda: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def later(self, at: datetime, act: Act) -> None:
        """Puts something on the agenda."""
        heapq.heappush(self._agenda, (at, next(self._numbers), act))

    def next_at(self) -> datetime | None:
        """When the next thing on the agenda is done."""
        return self._agenda[0][0] if self._agenda else None

    async def act(self) -> None:
        """Does what has come."""
        while self._agenda and self._agenda[0][0] <= self.clock.now():
            at, _, act = heapq.heappop(self._agenda)
            await act(at)

    def note(self, what: str) -> None:
        """Writes into the timeline."""
        self.diary.note(self.clock.now(), what)

    # reading

    async def standing(self, player: Player, asked: Asked, attempt: int = FIRST_ATTEMPT) -> Standing:
        """How this person's answer to a question stands."""
        return await self.core.storage.read(lambda tx: self._standing(tx, player, asked.posting.asking, attempt))

    def _standing(self, tx: Tx, player: Player, asked: int, attempt: int) -> Standing:
        member = tx.members.by_user(self.group, player.person.user)
        answer = tx.answers.of(self.group, asked, member.id, attempt) if member is not None else None
        if answer is None:
            return Standing()
        grade = standings.grade_of(tx, answer)
        points, _ = tx.standings.booked(self.group, answer.id)
        return Standing(answer, grade.score if grade is not None else None, points)

    async def earliest(self, asked: Asked) -> tuple[str, str] | None:
        """The earliest answer to a question: whose it is, and its text; None while there is none."""

        def look(tx: Tx) -> tuple[str, str] | None:
            answer = next(
                (each for each in tx.hidden.answers(self.group, asked.posting.id) if not each.dont_know), None
            )
            member = tx.members.by_id(self.group, answer.member) if answer is not None else None
            return (member.name, answer.text) if answer is not None and member is not None else None

        return await self.core.storage.read(look)

    async def asked(self, posting: int) -> Asked | None:
        """The question of a posting, once it stands there with its thread."""

        def look(tx: Tx) -> Asked | None:
            found = tx.asking.posting(self.group, posting)
            known = tx.asking.asking(self.group, found.asking) if found is not None else None
            if found is None or found.thread is None or known is None:
                return None
            return Asked(found, found.thread, asking.question_of(tx, known), _kind(known, found))

        return await self.core.storage.read(look)


def _kind(asked: Asking, posting: Posting) -> str:
    if asked.slot != SCHEDULED:
        return "extra question"
    late = posting.posted_at is not None and posting.posted_at - asked.due_at > PUNCTUAL
    return "question, late" if late else "question"
