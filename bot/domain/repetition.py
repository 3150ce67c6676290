"""Asking again: what a member may be about to forget, and when they are asked it once more (F52)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.asking import Schedule, local_day, next_due

#: RULES, Asking again: in the morning of the member's own day; one that was held up comes until this time.
MORNING, LATEST = time(9, 0), time(20, 0)
#: So many questions come in the one private message of a day, unless the member wants more; and so many at most.
USUAL, MOST = 1, 2
#: A question that was not answered is not asked again before, and can be answered no longer than this.
REST = timedelta(days=7)
#: After so many days without it an answer shows what stayed, and with such a score it did.
DAYS = (7, 30)
KNOWN_FROM = 0.6
#: RULES, Asking the channel again: at most one in so many daily questions; so long after it was asked at the earliest;
#: and only what so many answered who are still here.
ONE_IN, NOT_BEFORE, ENOUGH = 5, timedelta(weeks=4), 3
#: From here down somebody is about to forget: where the FSRS schedule asks again.
FORGETTING = 0.9
_EVERY_DAY = frozenset(range(7))


class Rating(StrEnum):
    """How well something was remembered, in the words of spaced repetition."""

    AGAIN = "again"
    HARD = "hard"
    GOOD = "good"
    EASY = "easy"


def rating_of(score: float) -> Rating:
    """The rating of a score 0..1: below 4 of 10 it was forgotten, below 6 hard, below 8.5 good, from there on easy."""
    if score < 0.4:
        return Rating.AGAIN
    if score < KNOWN_FROM:
        return Rating.HARD
    return Rating.GOOD if score < 0.85 else Rating.EASY


@dataclass(frozen=True, slots=True)
class Recalled:
    """A graded answer to a question: when it was given, and its score 0..1."""

    at: datetime
    score: float


@dataclass(frozen=True, slots=True)
class Card:
    """What is remembered of one question: when it falls due, when it was answered last, and `state`, which only the
    library that made it reads."""

    due_at: datetime
    last_at: datetime
    state: str


# --- when ------------------------------------------------------------------------------------------------------------


def next_morning(zone: str, after: datetime) -> datetime:
    """The next moment (UTC) after this one at which somebody in this zone may be asked again."""
    return next_due(Schedule(zone, MORNING, _EVERY_DAY), after)


def is_time(zone: str, now: datetime) -> bool:
    """Whether it is a time of the day at which somebody in this zone may be asked again."""
    return MORNING <= now.astimezone(ZoneInfo(zone)).time() <= LATEST


def end_of_day(zone: str, now: datetime) -> datetime:
    """When the present date ends in this zone: what falls due until then is due today."""
    tomorrow = local_day(zone, now) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZoneInfo(zone))


def may_answer(asked: date, today: date) -> bool:
    """Whether what was asked again on this date may still be answered today."""
    return today <= asked + REST


# --- the whole group -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remembered:
    """A question, and how likely each of those who answered it still knows it, 0..1."""

    question: str
    recalls: tuple[float, ...]


def about_to_forget(remembered: Iterable[Remembered]) -> str | None:
    """The question that the group is most likely to have forgotten, of those that enough members answered and at least
    half of them are about to forget; of equal ones the first by its id. None where there is none."""
    fading = [(sum(each.recalls) / len(each.recalls), each.question) for each in remembered if _fades(each.recalls)]
    return min(fading)[1] if fading else None


def _fades(recalls: Sequence[float]) -> bool:
    fading = sum(recall <= FORGETTING for recall in recalls)
    return len(recalls) >= ENOUGH and 2 * fading >= len(recalls)


# --- what stayed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Retained:
    """A re-asked question that was answered: after how many days without it, and with which score 0..1."""

    member: int
    question: str
    days: int
    score: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Stayed:
    """How many re-asked questions were answered after at least so many days, and how many of them were still known."""

    days: int
    answered: int
    known: int


def stayed(retained: Sequence[Retained], days: int) -> Stayed:
    """What was still known after so many days."""
    long_ago = [each for each in retained if each.days >= days]
    return Stayed(days, len(long_ago), sum(each.score >= KNOWN_FROM for each in long_ago))
