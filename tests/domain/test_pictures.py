from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from bot.domain.pictures import (
    CALENDAR_WEEKS,
    CalendarDay,
    DayMark,
    Scored,
    StreakCalendar,
    days_shown,
    in_groups,
    mean_of,
    months_begin,
    streak_calendar,
)
from bot.domain.streaks import walk

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("count", "most", "sizes"),
    [(0, 60, []), (1, 60, [1]), (3, 3, [1, 1, 1]), (4, 3, [2, 2]), (5, 3, [1, 2, 2]), (300, 60, [5] * 60)],
)
def test_answers_are_gathered_into_so_many_dots(count: int, most: int, sizes: list[int]) -> None:
    answers = [Scored(DAY, number / 1000) for number in range(count)]

    groups = in_groups(answers, most)

    assert [len(group) for group in groups] == sizes
    assert [each for group in groups for each in group] == answers


def test_a_dot_stands_at_the_mean_of_its_answers() -> None:
    assert mean_of([Scored(DAY, 0.2), Scored(DAY, 0.6)]) == pytest.approx(0.4)
    assert mean_of([]) == 0


def days_from(pattern: str) -> tuple[set[date], set[date]]:
    """Answered and missed days in a row from DAY on: `+`, `-`, and `.` for neither."""
    days = {DAY + timedelta(days=number): sign for number, sign in enumerate(pattern)}
    return {day for day in days if days[day] == "+"}, {day for day in days if days[day] == "-"}


def test_a_calendar_names_every_day_from_the_first_answer_to_today() -> None:
    calendar = streak_calendar(walk(*days_from("+++++++-.+")), DAY + timedelta(days=11))

    answered, frozen, uncounted = DayMark.ANSWERED, DayMark.FROZEN, DayMark.UNCOUNTED
    assert calendar.last == DAY + timedelta(days=11)
    assert calendar.marks == (answered,) * 7 + (frozen, uncounted, answered, uncounted, uncounted)
    assert (calendar.streak, calendar.longest, calendar.freezes) == (8, 8, 0)


def test_a_calendar_tells_the_longest_streak_after_it_ended() -> None:
    calendar = streak_calendar(walk(*days_from("+++-+")), DAY + timedelta(days=4))

    assert calendar.marks[3] is DayMark.MISSED
    assert (calendar.streak, calendar.longest) == (1, 3)


def test_a_calendar_without_days_is_empty_and_one_that_is_a_day_ahead_ends_there() -> None:
    assert streak_calendar((), DAY) == StreakCalendar(DAY, (), 0, 0, 0)
    assert streak_calendar(walk({DAY}, ()), DAY - timedelta(days=1)).last == DAY


@pytest.mark.parametrize("weekday", range(7))
def test_whole_weeks_are_shown_and_what_lies_before_has_no_mark(weekday: int) -> None:
    today = DAY + timedelta(days=weekday)

    shown = days_shown(StreakCalendar(today, (DayMark.ANSWERED, DayMark.MISSED), 0, 1, 0))
    full = days_shown(StreakCalendar(today, (DayMark.ANSWERED,) * 400, 400, 400, 2))

    assert [shown[0].day.weekday(), shown[-1].day] == [0, today]
    assert len(shown) == len(full) == 7 * (CALENDAR_WEEKS - 1) + weekday + 1
    assert shown[-2:] == (
        CalendarDay(today - timedelta(days=1), DayMark.ANSWERED),
        CalendarDay(today, DayMark.MISSED),
    )
    assert {each.mark for each in shown[:-2]} == {None}
    assert {each.mark for each in full} == {DayMark.ANSWERED}


@pytest.mark.parametrize("back", range(0, 371, 7))
def test_the_names_of_months_stand_apart_each_over_a_week_with_its_first_monday(back: int) -> None:
    shown = days_shown(StreakCalendar(DAY - timedelta(days=back), (), 0, 0, 0))

    begin = months_begin(shown)

    assert begin[0] in (0, 1)
    assert all(later - earlier >= 2 for earlier, later in pairwise(begin))
    assert all(shown[7 * week].day.day <= 7 for week in begin[1:])
