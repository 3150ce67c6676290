"""The weekly digest of a track: when it comes, what its week was like, and how the group's goal stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.asking import Schedule, due_on, next_due
from bot.domain.questions import Question, RubricPoint
from bot.domain.reviews import Review, Verdict

#: RULES, Digest: Sundays at this local time.
SUNDAY, AT = 6, time(18, 0)
#: A digest that was held up comes at most so much later, and never by night.
LATEST = timedelta(hours=28)
MORNING, NIGHT = time(8, 0), time(22, 0)
A_WEEK = timedelta(days=7)
#: The weeks before this one that say who takes part, and how many answers are usual.
WEEKS_BEFORE = 3
#: Of fewer answers nobody can say what a group leaves out, nor hide whose they were.
FEWEST_ANSWERS = 3
#: A point that more of the answers take up is no weakness.
MOSTLY_SAID = 2 / 3
#: So much of the usual answers to a question is a fall, where at least so many are usual.
FALLEN_TO, USUALLY = 0.6, 3.0


# --- when ------------------------------------------------------------------------------------------------------------


def next_digest(zone: str, after: datetime) -> datetime:
    """The first moment (UTC) after this one at which a digest is due."""
    return next_due(Schedule(zone, AT, frozenset({SUNDAY})), after)


def send_at(zone: str, due_at: datetime, now: datetime) -> datetime | None:
    """When a digest that was due may be posted: at once by day, else in the morning. None when it waited too long."""
    there = now.astimezone(ZoneInfo(zone))
    day = there.date() + timedelta(days=1) if there.time() >= NIGHT else there.date()
    by_night = there.time() >= NIGHT or there.time() < MORNING
    moment = datetime.combine(day, MORNING, ZoneInfo(zone)).astimezone(UTC) if by_night else now
    return moment if moment <= due_at + LATEST else None


def due_of(zone: str, monday: date) -> datetime:
    """When the digest of the week that begins on this day is due (UTC)."""
    return due_on(Schedule(zone, AT, frozenset({SUNDAY})), monday + timedelta(days=SUNDAY))


def monday_of(day: date) -> date:
    """The first day of a date's week."""
    return day - timedelta(days=day.weekday())


# --- a week ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that stands: whose, and the day for which it is counted. `left`: its author is not here any more."""

    day: date
    member: int
    left: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """The figures of a track's week."""

    monday: date
    questions: int
    answers: int
    people: int

    @property
    def usual(self) -> float:
        """Answers to a question."""
        return self.answers / self.questions if self.questions else 0.0


def week_of(monday: date, asked: Sequence[date], taken: Sequence[Taken]) -> Week:
    """The week that begins on this day, from the days of all questions and from all answers."""
    within = [each for each in taken if monday <= each.day < monday + A_WEEK]
    questions = sum(monday <= day < monday + A_WEEK for day in asked)
    return Week(monday, questions, len(within), len({each.member for each in within}))


# --- what the group leaves out ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weakness:
    """A rubric point that few of the answers to its question took up."""

    question: Question
    point: RubricPoint
    said: int
    answers: int


def weakest(reviewed: Sequence[tuple[Question, Review]]) -> Weakness | None:
    """The point that the smallest part of the answers took up, of equal ones the weightiest. What is no real answer
    says nothing about a point, and a question with few answers nothing about a group."""
    real = [(question, review) for question, review in reviewed if review.gate is None]
    counts = Counter(question.id for question, _ in real)
    said = Counter(
        (question.id, verdict.point)
        for question, review in real
        for verdict in review.points
        if verdict.verdict in (Verdict.COVERED, Verdict.PARTIAL)
    )
    questions = {question.id: question for question, _ in real}
    points = [
        Weakness(question, point, said[id, point.id], counts[id])
        for id, question in questions.items()
        for point in question.points
        if counts[id] >= FEWEST_ANSWERS and said[id, point.id] <= MOSTLY_SAID * counts[id]
    ]
    return min(points, key=lambda each: (each.said / each.answers, -each.point.weight), default=None)


# --- the group's goal ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Goal:
    """So many percent of those who take part answer so often a week (FEATURES F54)."""

    answers: int
    share: int


@dataclass(frozen=True, slots=True)
class GoalState:
    """How many of so many people answered often enough. `needed` is what was possible, in a week with few questions."""

    goal: Goal
    needed: int
    reached: int
    people: int

    @property
    def is_met(self) -> bool:
        """Whether enough of them did."""
        return self.reached * 100 >= self.goal.share * self.people


def goal_state(goal: Goal, monday: date, questions: int, taken: Sequence[Taken]) -> GoalState | None:
    """How the goal stands in this week; None where nothing was asked or nobody takes part.

    Who answered in this week or the three before, and is still here, takes part. Somebody who came in the middle of
    this one counts where that helps: nobody is behind from the start.
    """
    needed = min(goal.answers, questions)
    begin = monday - WEEKS_BEFORE * A_WEEK
    this = Counter(each.member for each in taken if monday <= each.day < monday + A_WEEK)
    known = {each.member for each in taken if begin <= each.day < monday and not each.left}
    done = {member for member, answers in this.items() if answers >= needed}
    there = known | done if known else set(this)
    return GoalState(goal, needed, len(done), len(there)) if needed and there else None


# --- fewer days ------------------------------------------------------------------------------------------------------


def fewer_days(weekdays: frozenset[int], weeks: Sequence[Week]) -> frozenset[int] | None:
    """Every other day, to be proposed when a question got far fewer answers this week than in the weeks before; None
    where nothing fell, few days are left, or too little is known. `weeks` are in order, this one last."""
    *before, this = weeks
    asked = [week.usual for week in before if week.questions]
    if not this.questions or len(asked) < WEEKS_BEFORE or len(weekdays) < 3:
        return None
    usual = sum(asked) / len(asked)
    return every_other(weekdays) if usual >= USUALLY and this.usual <= FALLEN_TO * usual else None


def every_other(weekdays: frozenset[int]) -> frozenset[int]:
    """Half of the days; where the last would lie beside the first of the next week, it is left out as well."""
    kept = sorted(weekdays)[::2]
    return frozenset(kept[:-1] if len(kept) > 2 and (kept[-1] + 1) % 7 == kept[0] else kept)
