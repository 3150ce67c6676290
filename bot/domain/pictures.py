"""What a picture shows, as plain values: a board, a streak, one's own scores, a profile. Not how it looks, nor a word
of ours: `bot.pictures` draws them, `bot.texts` says the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.standings import Board
from bot.domain.streaks import StreakDay, streak_of

#: A calendar shows so many weeks, the running one included.
CALENDAR_WEEKS = 13
#: A chart shows at most so many dots; further answers share one.
MOST_DOTS = 60


class DayMark(StrEnum):
    """What became of one local day of a member. Nothing is counted on a day on which nothing was asked, or while its
    question is still open."""

    ANSWERED = "answered"
    FROZEN = "frozen"
    UNCOUNTED = "uncounted"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class StreakCalendar:
    """A member's own days up to `last`, oldest first; days that are not named lie before they came. `streak` and
    `longest` count answered days, `freezes` are those held."""

    last: date
    marks: tuple[DayMark, ...]
    streak: int
    longest: int
    freezes: int


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day as a calendar shows it; without a mark it lies before the member came."""

    day: date
    mark: DayMark | None


@dataclass(frozen=True, slots=True)
class Scored:
    """One of a member's own answers; the score is 0..1."""

    day: date
    score: float


@dataclass(frozen=True, slots=True)
class ProgressChart:
    """A member's own scores, oldest first: never beside anybody else's."""

    answers: tuple[Scored, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One bar of a profile: words that are ready to be read, and a score of 0..1."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class CompetencyProfile:
    """What a mock round or a loop came to, in each thing it looked at. All words are ready to be read."""

    title: str
    measures: tuple[Measure, ...]
    verdict: str


#: Everything that can be drawn.
Sketch = Board | StreakCalendar | ProgressChart | CompetencyProfile


def streak_calendar(days: Sequence[StreakDay], today: date) -> StreakCalendar:
    """The calendar of these days, oldest first, up to today; up to the last of them where that is tomorrow already,
    since their bearer has moved west."""
    last = max([today, *(each.day for each in days)])
    kinds = {each.day: DayMark(each.kind.value) for each in days}
    number = (last - days[0].day).days + 1 if days else 0
    dates = [last - timedelta(days=back) for back in reversed(range(number))]
    marks = tuple(kinds.get(day, DayMark.UNCOUNTED) for day in dates)
    streak = streak_of(days)
    return StreakCalendar(last, marks, streak.days, max((each.run for each in days), default=0), streak.freezes)


def days_shown(calendar: StreakCalendar) -> tuple[CalendarDay, ...]:
    """The days that a calendar has room for: whole weeks from a Monday on, the running one up to its last day."""
    first = calendar.last - timedelta(days=calendar.last.weekday(), weeks=CALENDAR_WEEKS - 1)
    number = (calendar.last - first).days + 1
    marks = (None,) * (number - len(calendar.marks)) + calendar.marks[-number:]
    return tuple(CalendarDay(first + timedelta(days=at), mark) for at, mark in enumerate(marks))


def months_begin(shown: Sequence[CalendarDay]) -> tuple[int, ...]:
    """The weeks, by their place, over which the name of a month stands: the first, and each with the first Monday of a
    month; not the first where the two names would run into each other."""
    begin = [week for week, monday in enumerate(shown[::7]) if week == 0 or monday.day.day <= 7]
    return tuple(begin[1:] if len(begin) > 1 and begin[1] < 2 else begin)


def in_groups(answers: Sequence[Scored], most: int = MOST_DOTS) -> tuple[tuple[Scored, ...], ...]:
    """The answers in at most so many groups of equal size, oldest first; the oldest group may be smaller."""
    size = -(-len(answers) // most) or 1
    ends = range(len(answers), 0, -size)
    return tuple(tuple(answers[max(0, end - size) : end]) for end in reversed(ends))


def mean_of(answers: Sequence[Scored]) -> float:
    """The mean score of some answers, 0 of none."""
    return sum(each.score for each in answers) / len(answers) if answers else 0.0
