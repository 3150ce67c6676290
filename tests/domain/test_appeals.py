"""The rules of appeals, as tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.answers import Timeliness
from bot.domain.appeals import agrees, may_appeal, raises, read_score, read_target, target_of
from bot.domain.standings import growth

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "score"),
    [("0", 0.0), ("10", 1.0), (" 7.5 ", 0.75), ("7,5", 0.75), ("8/10", 0.8), ("9.", 0.9)]
    + [(typed, None) for typed in ("", "-1", "10.1", "ten", "nan", "inf", "1e1", "²", "٨", "1.2.3", "1 0", ".5")],
)
def test_a_typed_score_is_read_or_refused(typed: str, score: float | None) -> None:
    assert read_score(typed) == score


def test_a_target_is_read_back_and_a_forged_one_is_none() -> None:
    assert read_target(target_of(12, 3)) == (12, 3)
    for forged in ("", "12", "12-", "-3", "12-3-4", "a-1", "²-1", "9999999999-1", "99999999999-1"):
        assert read_target(forged) is None, forged


def test_a_review_may_be_appealed_for_exactly_seven_days() -> None:
    assert may_appeal(NOW - timedelta(days=7), NOW)
    assert not may_appeal(NOW - timedelta(days=7, microseconds=1), NOW)


@pytest.mark.parametrize(("first", "second", "same"), [(0.5, 0.65, True), (0.65, 0.5, True), (0.5, 0.66, False)])
def test_grades_agree_within_a_point_and_a_half(first: float, second: float, same: bool) -> None:
    assert agrees(first, second) is same


def test_only_a_higher_grade_raises() -> None:
    assert raises(0.5, 0.6)
    assert not raises(0.5, 0.5)
    assert not raises(0.5, 0.4)


@pytest.mark.parametrize(
    ("first", "second", "time", "earned"),
    [
        (0.5, 1.0, Timeliness.IN_TIME, 3),
        (0.0, 1.0, Timeliness.IN_TIME, 6),
        (0.5, 0.58, Timeliness.IN_TIME, 0),
        (0.5, 0.6, Timeliness.IN_TIME, 1),
        (0.9, 0.2, Timeliness.IN_TIME, 0),
        (0.5, 1.0, Timeliness.LATE, 2),
        (0.0, 1.0, Timeliness.TOO_LATE, 0),
    ],
)
def test_growth_is_six_times_the_difference_where_it_is_positive(
    first: float, second: float, time: Timeliness, earned: int
) -> None:
    assert growth(first, second, time) == earned
