from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.asking import Schedule, closes_at, due_on, local_day
from bot.domain.streaks import (
    Answered,
    DayKind,
    Streak,
    StreakDay,
    Unanswered,
    calendar,
    is_whole,
    milestone_on,
    missed_days,
    streak_of,
    walk,
)

A_DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)
DAILY = frozenset(range(7))


def walked(pattern: str, first: date = MONDAY) -> tuple[StreakDay, ...]:
    """Days in a row: `+` answered, `-` missed, `.` neither."""
    days = {first + number * A_DAY: sign for number, sign in enumerate(pattern)}
    return walk(*({day for day, sign in days.items() if sign == wanted} for wanted in "+-"))


@pytest.mark.parametrize(
    ("pattern", "days", "freezes", "why"),
    [
        ("", 0, 0, "nothing yet"),
        ("+", 1, 0, "the first day"),
        ("+++", 3, 0, "one day after the other"),
        ("+++++..+", 6, 0, "a weekend neither adds nor breaks"),
        ("++..........++", 4, 0, "nor does a long pause"),
        ("+++-", 0, 0, "a missed day without a freeze ends it"),
        ("+++-+", 1, 0, "and the next answer begins another"),
        ("+++++++", 7, 1, "seven days earn a freeze"),
        ("+++++++-", 7, 0, "which keeps the streak when a day is missed"),
        ("+++++++-+", 8, 0, "so that it goes on"),
        ("+++++++--", 0, 0, "one freeze keeps one day"),
        ("+" * 14, 14, 2, "fourteen earn two"),
        ("+" * 21, 21, 2, "and two are held at most"),
        ("+" * 14 + "--", 14, 0, "two missed days in a row"),
        ("+" * 14 + "---", 0, 0, "and three"),
        ("+" * 7 + "-" + "+" * 7, 14, 1, "a freeze that was spent is earned again"),
        ("+" * 6 + "-" + "+" * 6, 6, 0, "days of a streak that ended earn nothing"),
    ],
)
def test_f46_a_streak_follows_the_published_rule(pattern: str, days: int, freezes: int, why: str) -> None:
    assert streak_of(walked(pattern)) == Streak(days, freezes), why


def test_a_calendar_says_what_became_of_each_day() -> None:
    kinds = [(each.day.day, each.kind, each.run) for each in walked("+++++++-.-+")]

    assert kinds[6:] == [
        (29, DayKind.ANSWERED, 7),
        (30, DayKind.FROZEN, 7),
        (2, DayKind.MISSED, 0),
        (3, DayKind.ANSWERED, 1),
    ]


@pytest.mark.fault(87)
@pytest.mark.parametrize("first", ["2028-02-26", "2026-12-28", "2027-12-29", "2026-02-26", "2020-12-29"])
def test_x087_streaks_go_on_over_leap_days_and_ends_of_years(first: str) -> None:
    assert streak_of(walked("+++++++", date.fromisoformat(first))) == Streak(7, 1)


# --- what was missed


def asked(number: int, posted: datetime, closes: datetime, track: int = 1) -> Unanswered:
    return Unanswered(number, track, posted.date(), posted, closes)


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


GIVEN = [Answered(1, date(2026, 11, 23), 1)]


@pytest.mark.parametrize(
    ("answered", "unanswered", "missed", "why"),
    [
        (GIVEN, [asked(2, at(24), at(25))], [24], "a question that closed without an answer"),
        (GIVEN, [asked(2, at(26), at(27))], [], "one that is open"),
        ([], [asked(2, at(24), at(25))], [], "nothing is missed before the first answer"),
        (GIVEN, [asked(2, at(22), at(23))], [], "nor by those who came later"),
        (GIVEN, [asked(2, at(24), at(25), track=2)], [], "a track that they have not answered"),
        ([*GIVEN, Answered(3, date(2026, 11, 24), 2)], [asked(2, at(25), at(26))], [], "or do not answer any more"),
        (GIVEN, [asked(2, at(24), at(25)), asked(2, at(24), at(27))], [], "one that is open in another channel"),
    ],
)
def test_what_is_missed(
    answered: Sequence[Answered], unanswered: Sequence[Unanswered], missed: list[int], why: str
) -> None:
    found = missed_days(answered, unanswered, "UTC", at(26, 12))

    assert [day.day for day in found] == missed, why


@pytest.mark.parametrize(("zone", "day"), [("Asia/Tokyo", 25), ("Europe/Berlin", 24), ("America/Los_Angeles", 24)])
def test_a_question_is_missed_on_the_member_s_own_date(zone: str, day: int) -> None:
    found = missed_days(GIVEN, [asked(2, at(24, 20), at(25, 20))], zone, at(26))

    assert [each.day for each in found] == [day]


ZONES = (
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
)


@pytest.mark.fault(85)
@pytest.mark.parametrize("track_zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/New_York"])
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", [0, 1, 12, 23])
def test_x085_who_answers_every_question_in_time_never_misses_a_day(track_zone: str, zone: str, hours: int) -> None:
    schedule = Schedule(track_zone, time(9), DAILY)
    days = [date(2026, 1, 1) + number * A_DAY for number in range(400)]
    due = [due_on(schedule, day) for day in days]
    answered = [
        Answered(number, local_day(zone, moment + timedelta(hours=hours)), 1) for number, moment in enumerate(due)
    ]

    found = calendar(answered, [], zone, due[-1] + A_DAY)

    assert {each.kind for each in found} == {DayKind.ANSWERED}
    # Clock changes put two answers on one date, or none on another, once or twice a year at most.
    assert streak_of(found).days >= 398


@pytest.mark.fault(85)
@pytest.mark.parametrize("zone", ZONES)
def test_x085_a_question_left_out_is_missed_on_one_date_whatever_the_clocks_do(zone: str) -> None:
    schedule = Schedule("Europe/Berlin", time(9), DAILY)
    days = [date(2026, 3, 1) + number * A_DAY for number in range(250)]
    due = [due_on(schedule, day) for day in days]
    first = [Answered(0, local_day(zone, due[0] - A_DAY), 1)]
    unanswered = [
        asked(n, moment, closes_at(moment, due_on(schedule, days[n] + A_DAY))) for n, moment in enumerate(due)
    ]

    missed = missed_days(first, unanswered, zone, due[-1] + 2 * A_DAY)

    assert len(missed) == len(days)


# --- milestones


@pytest.mark.parametrize(
    ("pattern", "day", "reached"),
    [
        ("+" * 7, 7, 7),
        ("+" * 8, 8, None),
        ("+" * 8, 7, 7),
        ("+++++..++", 9, 7),
        ("+" * 7 + "-", 8, None),
        ("+" * 30, 30, 30),
        ("+" * 100, 100, 100),
        ("+" * 7, 9, None),
    ],
)
def test_a_milestone_is_reached_on_one_day(pattern: str, day: int, reached: int | None) -> None:
    assert milestone_on(walked(pattern), MONDAY + (day - 1) * A_DAY) == reached


# --- reading no further back than needed


@given(st.text("+++-.", max_size=60), st.integers(0, 60))
def test_the_end_of_a_history_tells_as_much_as_the_whole(pattern: str, cut: int) -> None:
    whole = walked(pattern)
    end = walked(pattern[cut:], MONDAY + cut * A_DAY)

    for each in end:
        if is_whole(end, each.day):
            assert each in whole


@pytest.mark.parametrize(("pattern", "told"), [("+--+", False), ("+---+", True), ("-.-.-", True), ("+" * 60, False)])
def test_three_missed_days_in_a_row_end_any_streak(pattern: str, told: bool) -> None:
    assert is_whole(walked(pattern), date.max) is told
