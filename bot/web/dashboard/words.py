"""Every sentence the dashboard itself shows. Reviews and all the bot says in a chat come from `bot.texts`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import fmean
from urllib.parse import urlencode

from bot import texts
from bot.domain.pictures import CalendarDay, StreakCalendar
from bot.domain.standings import Period, score10
from bot.services.dashboard import ListedAnswer

BRAND = "studybot"
DASHBOARD = "Dashboard"
SKIP = "Skip to the page"
PAGES = "Pages"
LEAVE = "Close my dashboard"
PRIVATE = "For your eyes only. This page closes by itself two hours after you opened it."

BOARD = "Board"
PROGRESS = "My progress"
ANSWERS = "My answers"
PROGRESS_TAB = "Progress"
ANSWERS_TAB = "Answers"
QUESTIONS = "Questions"
HEALTH = "Health"

# The board
RANK = "Rank"
NAME = "Name"
POINTS = "Points"
GIVEN = "Answers"
YOU = "you"
NOT_RANKED = "not ranked yet"
BOARD_EMPTY = "Nobody has points here yet. The first answer opens the board."
WHOLE_GROUP = "Whole group"
ALL_POINTS = "All points"
GROWTH = "Growth"
WHOSE_BOARD = "Whose board"
WHAT_COUNTS = "What counts"
GROWTH_EMPTY = "Nobody has growth points here. They come from a second attempt that is better than the first."
BOARD_NOT_YOU = "You have no points here yet; the open question waits for you."
BOARD_NOTE = "The top, and around you your neighbours. Nobody sees the whole list."

# Progress
THIS_WEEK = "This week"
ALL_TIME = "All time"
GRADED = "Graded answers"
NO_POINTS = "no points yet"
PROGRESS_EMPTY = (
    "Nothing to show yet: your curve begins with your first graded answer. /study today shows the open question."
)
PER_WEEK = "Week by week"
WEEK = "Week"
BY_COMPETENCY = "By competency"
DAILY = "Daily questions"
MOCK = "Mock rounds"
SCORES = "The scores, newest first"
MOCK_NOTE = "Mock rounds are yours alone and never count on the board."
SCORE = "Score"
DAY = "Day"
CALENDAR = "Your days of the last thirteen weeks, one column for each week"
QUESTION = "Question"

COMING_BACK = "What comes back"
DUE = "Due"
RECALL = "Still known"
FIRST_DUE = 8

# Answers
ANSWERS_EMPTY = "You have not answered yet. Each answer and its full review will be kept for you here."
OLDER = "Older answers"
NOT_GRADED = "not graded yet"
LATE = "late"
SECOND = "second attempt"
YOUR_ANSWER = "Your answer"
REVIEW = "Full review"
MODEL_ANSWER = "A model answer"
TO_SECOND = "Your second attempt"
TO_FIRST = "Your first attempt"
BACK = "All my answers"
MORE_IN_CHAT = "To try again, to say whether the review helped, or to appeal, press “My full review” in the chat."

# For organisers
QUESTIONS_NOTE = (
    "For organisers. Difficulty is the mean score, so a low one means a hard question. Separation says how much better "
    "the stronger half of the group did than the weaker half, in points of 10. Answers of the last year count."
)
QUESTIONS_EMPTY = "No question was asked yet. Once there are answers, you see here which questions work."
DIFFICULTY = "Mean of 10"
SEPARATION = "Separation"
APPEALS = "Appeals"
HELPFUL = "Helpful"
ASKED = "Asked"
LAST_ASKED = "Last"
HEALTH_NOTE = "For organisers: the same as /study-admin health in each channel."
HEALTH_EMPTY = "No questions are set up yet. /study-admin setup in the chat leads through it."
UNKNOWN = "–"

# When there is nothing
CLOSED = "This link has expired"
LEFT = "Your dashboard is closed"
CLOSED_NEXT = (
    "A link to a dashboard opens it within 15 minutes, and it closes two hours later. Ask for a new one: "
    "/study progress in your chat, or “My dashboard” in the study room."
)
MISSING = "There is nothing here"
MISSING_NEXT = "It may have been taken back, or the address is mistyped."
HOME = "To the board"
AWAY = "Just a moment"
AWAY_NEXT = "The data cannot be read right now. Nothing is lost; please load this page again in a moment."

_PERIODS = {Period.DAY: "Day", Period.WEEK: "Week", Period.MONTH: "Month", Period.ALL: "All time"}


def period(period: Period) -> str:
    """The name of a board's tab."""
    return _PERIODS.get(period) or period.value.capitalize()


def board_address(period: Period, track: int | None, growth: bool) -> str:
    """The page of a board, below the dashboard's own address."""
    asked = {"track": str(track)} if track is not None else {}
    asked |= {"view": "growth"} if growth else {}
    return f"board/{period.value}{'?' if asked else ''}{urlencode(asked)}"


def name(name: str) -> str:
    """A member's name, or what stands for it."""
    return name or texts.nameless_member()


def week(key: str) -> str:
    """An ISO week by the day it begins on."""
    year, number = key.split("-W")
    return week_from(date.fromisocalendar(int(year), int(number), 1))


def week_from(monday: date) -> str:
    """The week that begins on a date."""
    return f"Week of {texts.short_day(monday)}"


def span(period: Period, key: str) -> str:
    """The days a board counts."""
    match period:
        case Period.WEEK:
            return week(key)
        case Period.DAY:
            return texts.short_day(date.fromisoformat(key))
        case Period.MONTH | Period.SEASON:
            return key
        case _:
            return ""


def calendar_day(one: CalendarDay, calendar: StreakCalendar) -> str:
    """What became of a day of the calendar, the last of which is today."""
    if one.mark is None:
        return ""
    said = f"{texts.short_day(one.day)}: {texts.mark_name(one.mark)}"
    return f"{said}, today" if one.day == calendar.last else said


def of_ten(score: float | None) -> str:
    """A score as people read it."""
    return NOT_GRADED if score is None else f"{score10(score)} of 10"


def more_due(number: int) -> str:
    """What is left out of a list at first."""
    return f"{number} more"


def percent(share: float | None) -> str:
    """A share in whole percent."""
    return UNKNOWN if share is None else f"{round(100 * share)} %"


def apart(separation: float | None) -> str:
    """How far two halves are apart, in points of 10."""
    return UNKNOWN if separation is None else texts.apart(separation)


def rank(rank: int | None) -> str:
    """A place on the board."""
    return NOT_RANKED if rank is None else f"rank {rank}"


def with_points(people: int) -> str:
    """How many a board counts."""
    return f"{texts.people(people)} with points."


def rounds(number: int) -> str:
    """A number of mock rounds."""
    return "1 round" if number == 1 else f"{number} rounds"


def mean_of(answers: Sequence[ListedAnswer]) -> str:
    """The mean score of graded answers."""
    return f"mean {of_ten(fmean(each.score or 0.0 for each in answers))}"
