"""What a picture shows, as plain values: a board, a streak, one's own scores, a profile. Not how it looks, nor a word
of ours: `bot.pictures` draws them, `bot.texts` says the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.standings import Board

#: A calendar shows so many weeks, the running one included.
CALENDAR_WEEKS = 13
#: A chart shows at most so many dots; further answers share one.
MOST_DOTS = 60


class DayMark(StrEnum):
    """What became of one local day of a member."""

    ANSWERED = "answered"
    FROZEN = "frozen"
    NOT_ASKED = "not_asked"
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


def in_groups(answers: Sequence[Scored], most: int = MOST_DOTS) -> tuple[tuple[Scored, ...], ...]:
    """The answers in at most so many groups of equal size, oldest first; the oldest group may be smaller."""
    size = -(-len(answers) // most) or 1
    ends = range(len(answers), 0, -size)
    return tuple(tuple(answers[max(0, end - size) : end]) for end in reversed(ends))


def mean_of(answers: Sequence[Scored]) -> float:
    """The mean score of some answers, 0 of none."""
    return sum(each.score for each in answers) / len(answers) if answers else 0.0
