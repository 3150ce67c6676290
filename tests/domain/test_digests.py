from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from fakes import covering, missing
from group import GOOD, question

from bot.domain.digests import (
    Goal,
    GoalState,
    Taken,
    Week,
    due_of,
    fewer_days,
    goal_state,
    monday_of,
    next_digest,
    send_at,
    weakest,
    week_of,
)
from bot.domain.reviews import Gate, PointVerdict, Review, Verdict

BERLIN = "Europe/Berlin"
MONDAY = date(2026, 11, 23)
DUE = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "after", "due"),
    [
        (BERLIN, at(23, 8), DUE),
        (BERLIN, at(29, 16, 59), DUE),
        (BERLIN, DUE, datetime(2026, 12, 6, 17, 0, tzinfo=UTC)),
        ("Asia/Tokyo", at(23, 8), at(29, 9)),
        ("America/New_York", datetime(2026, 10, 31, 12, 0, tzinfo=UTC), at(1, 23)),  # the clocks go back that night
    ],
)
def test_a_digest_is_due_on_sunday_evening_where_the_track_is(zone: str, after: datetime, due: datetime) -> None:
    assert next_digest(zone, after) == due


def test_a_week_begins_on_monday_and_its_digest_comes_at_its_end() -> None:
    assert {monday_of(date(2026, 11, day)) for day in range(23, 30)} == {MONDAY}
    assert due_of(BERLIN, MONDAY) == DUE


@pytest.mark.parametrize(
    ("now", "sent"),
    [
        (DUE, DUE),
        (at(29, 20, 59), at(29, 20, 59)),
        (at(29, 21), at(30, 7)),  # 22:00 there: it waits for the morning
        (at(30, 2), at(30, 7)),
        (at(30, 6, 59), at(30, 7)),
        (at(30, 7), at(30, 7)),
        (at(30, 20, 59), at(30, 20, 59)),
        (at(30, 21), None),
        (datetime(2026, 12, 4, 12, 0, tzinfo=UTC), None),
    ],
)
def test_a_digest_that_was_held_up_comes_until_the_next_evening_and_never_by_night(
    now: datetime, sent: datetime | None
) -> None:
    assert send_at(BERLIN, DUE, now) == sent


def taken(*days_by_member: tuple[int, ...]) -> list[Taken]:
    """Members 1, 2 and so on, who answered on these days of November."""
    return [Taken(date(2026, 11, day), member) for member, days in enumerate(days_by_member, start=1) for day in days]


def test_a_week_counts_its_own_days() -> None:
    asked = [date(2026, 11, day) for day in (22, 23, 24, 29, 30)]

    assert week_of(MONDAY, asked, taken((22, 23, 24), (23,), (30,))) == Week(MONDAY, 3, 3, 2)


@pytest.mark.parametrize(
    ("goal", "questions", "answers", "state"),
    [
        (Goal(2, 50), 5, taken((23, 24), (23,)), (2, 1, 2, True)),
        (Goal(2, 80), 5, taken((23, 24), (23,)), (2, 1, 2, False)),
        (Goal(3, 100), 2, taken((23, 24)), (2, 1, 1, True)),  # more was not asked
        (Goal(2, 80), 5, taken((23, 24), (9,)), (2, 1, 2, False)),  # who answered lately takes part
        (Goal(2, 80), 5, taken((23, 24), (1,)), (2, 1, 1, True)),  # who answered long ago does not
        (Goal(2, 80), 5, taken((16, 23, 24), (29,)), (2, 1, 1, True)),  # a newcomer is not behind
        (Goal(1, 80), 5, taken((16, 23, 24), (29,)), (1, 2, 2, True)),  # but helps
        (Goal(2, 80), 5, [*taken((16, 23, 24)), Taken(date(2026, 11, 17), 9, left=True)], (2, 1, 1, True)),
        (Goal(2, 80), 0, taken((16,)), None),
        (Goal(2, 80), 5, [], None),
    ],
)
def test_a_goal_is_met_by_those_who_take_part(
    goal: Goal, questions: int, answers: list[Taken], state: tuple[int, int, int, bool] | None
) -> None:
    found = goal_state(goal, MONDAY, questions, answers)

    assert (found and (found.needed, found.reached, found.people, found.is_met)) == state


def test_a_share_is_met_exactly() -> None:
    assert GoalState(Goal(3, 80), 3, 4, 5).is_met
    assert not GoalState(Goal(3, 81), 3, 4, 5).is_met


# ---------------------------------------------------------------- what is left out

ASKED = question("x")


def said(*points: str) -> Review:
    verdicts = (PointVerdict(each.id, Verdict.PARTIAL, 0.5, "A token") for each in ASKED.points if each.id in points)
    return Review(tuple(verdicts), missing(ASKED).versions)


@pytest.mark.parametrize(
    ("reviews", "point"),
    [
        ([said("bucket"), said("bucket"), said("bucket", "shared")], "shared"),
        ([said(), said(), said()], "bucket"),  # of two left out by all, the weightier
        ([said("bucket", "shared")] * 3, None),
        ([said("bucket"), said("bucket")], None),  # too few to hide anybody
        ([covering(ASKED, GOOD)] * 2 + [missing(ASKED, Gate.DONT_KNOW)] * 5, None),  # no real answers
        ([], None),
    ],
)
def test_the_weakest_point_is_the_one_most_answers_left_out(reviews: list[Review], point: str | None) -> None:
    found = weakest([(ASKED, review) for review in reviews])

    assert (found and found.point.id) == point


# ---------------------------------------------------------------- fewer days

WORKDAYS = frozenset(range(5))


def weeks(*answers: int, questions: int = 5) -> list[Week]:
    return [Week(MONDAY, questions, each, each) for each in answers]


@pytest.mark.parametrize(
    ("weekdays", "past", "proposed"),
    [
        (WORKDAYS, weeks(20, 20, 20, 12), {0, 2, 4}),
        (WORKDAYS, weeks(20, 20, 20, 13), None),
        (WORKDAYS, weeks(20, 20, 20, 0), {0, 2, 4}),
        (WORKDAYS, weeks(14, 14, 14, 2), None),  # a few people come and go
        (WORKDAYS, [*weeks(20, questions=0), *weeks(20, 20, 2)], None),  # too little is known
        (WORKDAYS, [*weeks(20, 20, 20), *weeks(0, questions=0)], None),  # a week off
        (frozenset(range(7)), weeks(20, 20, 20, 5), {0, 2, 4}),
        (frozenset({1, 3}), weeks(20, 20, 20, 5), None),
    ],
)
def test_fewer_days_are_proposed_when_participation_falls(
    weekdays: frozenset[int], past: list[Week], proposed: set[int] | None
) -> None:
    assert fewer_days(weekdays, past) == proposed
