"""Streaks: a member's own local days with an answer in time, and the freezes that forgive a missed one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.asking import local_day

#: RULES, Streak: one freeze for so many days, and so many held at most.
FREEZE_EVERY = 7
MOST_FREEZES = 2
#: After so many days there is a kind word.
MILESTONES = (7, 30, 100)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer in time, by the date it was at its author's."""

    answer: int
    day: date
    track: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question of a track's day as it stood in one channel, which a member could have answered in time, and has
    not."""

    asking: int
    track: int
    day: date
    posted_at: datetime
    closes_at: datetime


class DayKind(StrEnum):
    """What became of a day; one that is none of these neither adds nor breaks."""

    ANSWERED = "answered"
    FROZEN = "frozen"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class StreakDay:
    """A day that matters to a streak: how long it was at the day's end, and how many freezes were left."""

    day: date
    kind: DayKind
    run: int
    freezes: int


@dataclass(frozen=True, slots=True)
class Streak:
    """How long a streak is, and how many freezes are held."""

    days: int
    freezes: int


def calendar(
    answered: Sequence[Answered], unanswered: Sequence[Unanswered], zone: str, now: datetime, after: date = date.min
) -> tuple[StreakDay, ...]:
    """The days after a date that matter, oldest first, for a member who lives in this zone."""
    days = {each.day for each in answered}
    missed = missed_days(answered, unanswered, zone, now)
    return walk({day for day in days if day > after}, {day for day in missed if day > after})


def missed_days(
    answered: Sequence[Answered], unanswered: Sequence[Unanswered], zone: str, now: datetime
) -> frozenset[date]:
    """The local dates on which a question came that closed without an answer of the member's.

    Only questions of the track that they answered last count: nobody owes an answer to every track there is. Before
    the first answer, and while a question is open, nothing is missed.
    """
    given = sorted(answered, key=lambda each: (each.day, each.answer))
    days = [each.day for each in given]
    still_open = {each.asking for each in unanswered if each.closes_at > now}
    missed = set()
    for question in unanswered:
        day = local_day(zone, question.posted_at)
        before = bisect_right(days, day)
        if before and given[before - 1].track == question.track and question.asking not in still_open:
            missed.add(day)
    return frozenset(missed)


def walk(answered: Collection[date], missed: Collection[date]) -> tuple[StreakDay, ...]:
    """Each day with the streak at its end. A day with an answer is kept, whatever else was missed on it; seven of them
    earn a freeze, and a missed day spends one or ends the streak."""
    days: list[StreakDay] = []
    run = freezes = 0
    for day in sorted({*answered, *missed}):
        if day in answered:
            kind, run = DayKind.ANSWERED, run + 1
            freezes = min(MOST_FREEZES, freezes + (run % FREEZE_EVERY == 0))
        elif freezes:
            kind, freezes = DayKind.FROZEN, freezes - 1
        else:
            kind, run = DayKind.MISSED, 0
        days.append(StreakDay(day, kind, run, freezes))
    return tuple(days)


def streak_of(days: Sequence[StreakDay]) -> Streak:
    """The streak at the end of these days."""
    return Streak(days[-1].run, days[-1].freezes) if days else Streak(0, 0)


def is_whole(days: Sequence[StreakDay], day: date) -> bool:
    """Whether days from the middle of a history tell the streak of a date as the whole history would: up to it so many
    were missed in a row that no freeze from earlier days could have bridged them."""
    in_a_row = 0
    for each in days:
        in_a_row = 0 if each.kind is DayKind.ANSWERED else in_a_row + 1
        if in_a_row > MOST_FREEZES:
            return each.day <= day
    return False


def milestone_on(days: Sequence[StreakDay], day: date) -> int | None:
    """The milestone that was reached on a date."""
    reached = next((each for each in days if each.day == day and each.kind is DayKind.ANSWERED), None)
    return reached.run if reached is not None and reached.run in MILESTONES else None
