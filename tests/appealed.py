"""What people do with their reviews: answer, try again, appeal, decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fakes import VERSIONS, ScriptedReviewer
from group import Study, question, study

from bot.domain.budgets import Spent, unbooked
from bot.domain.incoming import FormSent
from bot.domain.outgoing import Action, Button, FormKind, Immediate, Reply
from bot.domain.questions import Question
from bot.domain.refs import Person
from bot.domain.reviews import PointVerdict, Review, Verdict, Versions
from bot.storage.engine import Database

ASKED = question("pack-1")


def worth(score: float, answer: str, asked: Question = ASKED) -> Review:
    """A review with this score, to the last digit."""
    quote = answer.split(" ")[0]
    points = (PointVerdict(point.id, Verdict.PARTIAL, score, quote) for point in asked.points)
    return Review(tuple(points), VERSIONS)


@dataclass(slots=True)
class TwiceReviewer(ScriptedReviewer):
    """Grades by what the text says ("score 0.4"), and the second time by what follows ("again 0.8")."""

    kept_under: Versions | None = VERSIONS
    seconds: list[str] = field(default_factory=list)

    @property
    def versions(self) -> Versions:
        return Versions("scripted", "none", "1", "1")

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        self.asked.append(answer)
        if self.script and isinstance(trouble := self.script.popleft(), Exception):
            raise trouble
        if second:
            self.seconds.append(answer)
        return worth(said_in(answer, "again" if second else "score"), answer, question)


def said_in(text: str, word: str) -> float:
    """The number behind a word."""
    words = text.split()
    return float(words[words.index(word) + 1]) if word in words else float(words[words.index("score") + 1])


def graded(score: float, again: float | None = None) -> str:
    """An answer that is worth so much, and so much to whoever looks again."""
    second = "" if again is None else f" again {again}"
    return f"Buckets refill steadily over time score {score}{second}"


@asynccontextmanager
async def twice_graded(database: Database) -> AsyncIterator[Study]:
    """A group whose reviewer grades as `TwiceReviewer` does."""
    reviewer = TwiceReviewer()
    async with study(database, reviewer=reviewer) as group:
        group.reviewer = reviewer
        yield group


def reply_of(said: Immediate) -> Reply:
    """The reply, if it is one."""
    assert isinstance(said, Reply), said
    return said


def button(reply: Reply, action: Action) -> Button:
    """The button that asks for this."""
    return next(each for each in reply.buttons if each.action is action)


async def full_review(group: Study, person: Person, answer: int = 1) -> Reply:
    """The full review as its author sees it."""
    return reply_of(await group.press(person, Action.FULL_REVIEW, str(answer)))


async def send(group: Study, person: Person, kind: FormKind, target: str, sending: str = "", **fields: str) -> Reply:
    """A form comes back."""
    name = sending or f"{kind}-{target}-{group.clock.now().timestamp()}-{len(fields)}-{hash(str(fields))}"
    return reply_of(await group.receive(FormSent(kind, target, person, group.channel, fields, name, group.clock.now())))


async def try_again(group: Study, person: Person, text: str, answer: int = 1, sending: str = "") -> Reply:
    """A second attempt by form."""
    return await send(group, person, FormKind.TRY_AGAIN, str(answer), sending, answer=text)


async def appeal(group: Study, person: Person, answer: int = 1, reason: str = "I named the shared store.") -> Reply:
    """An appeal against the newest review, and what follows at once."""
    target = button(await full_review(group, person, answer), Action.APPEAL).target
    said = await send(group, person, FormKind.APPEAL, target, reason=reason)
    await group.settle()
    return said


async def decide(group: Study, moderator: Person, action: Action, case: int = 1) -> Reply:
    """A moderator's button."""
    return reply_of(await group.press(moderator, action, str(case)))
