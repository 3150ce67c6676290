"""Pictures to test with: boards, streaks, charts and profiles, small, large, empty and strange."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.domain.pictures import CompetencyProfile, DayMark, Measure, ProgressChart, Scored, Sketch, StreakCalendar
from bot.domain.standings import Board, Period, Row, board

DAY = date(2026, 11, 25)
KEY = "2026-W48"


def board_of(count: int, viewer: int | None = None, names: Sequence[str] = (), top: int = 3) -> Board:
    """So many members, the first the best; their names, or numbered ones."""
    rows = [
        Row(number, names[number - 1] if names else f"Member {number}", 10 * (count - number) + 4, number % 7 + 1)
        for number in range(1, count + 1)
    ]
    return board(Period.WEEK, KEY, rows, viewer, top)


def chart_of(count: int) -> ProgressChart:
    """So many answers on days that follow each other, with scores going up and down."""
    return ProgressChart(tuple(Scored(DAY + timedelta(days=n), (n * 37 % 100) / 99) for n in range(count)))


def calendar_of(count: int) -> StreakCalendar:
    """So many days, of all kinds in turn."""
    return StreakCalendar(DAY, tuple(list(DayMark)[n % 4] for n in range(count)), 3, 12, 1)


def profile_of(*labels: str) -> CompetencyProfile:
    """A bar for each label, longer and longer."""
    measures = tuple(Measure(label, number / len(labels)) for number, label in enumerate(labels))
    return CompetencyProfile("Report: On site", measures, "My vote: yes")


SKETCHES: dict[str, Sketch] = {
    "an empty board": board_of(0),
    "a board of one": board_of(1, viewer=1),
    "a board of 3": board_of(3, viewer=3),
    "a board of 40": board_of(40, viewer=17),
    "a board of 40 for all": board_of(40),
    "a board of 5,000": board_of(5_000, viewer=2_500),
    "a board of 5,000 shown whole": board_of(5_000, viewer=2_500, top=5_000),
    "a calendar without days": calendar_of(0),
    "a calendar of a year": calendar_of(365),
    "a chart without answers": chart_of(0),
    "a chart of one": chart_of(1),
    "a chart of 300": chart_of(300),
    "a chart of 5,000": chart_of(5_000),
    "a profile of nothing": profile_of(),
    "a profile of two": profile_of("Backend", "What Microsoft looks for"),
    "a profile of 300": profile_of(*(f"Competency {n}" for n in range(300))),
}
