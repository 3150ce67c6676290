from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.repetition import (
    Rating,
    Remembered,
    Retained,
    Stayed,
    about_to_forget,
    end_of_day,
    is_time,
    may_answer,
    next_morning,
    rating_of,
    stayed,
)
from bot.domain.repetition import Recalled as Given
from bot.memory import FsrsMemory

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("score", "rating"),
    [
        (0.0, Rating.AGAIN),
        (0.39, Rating.AGAIN),
        (0.4, Rating.HARD),
        (0.59, Rating.HARD),
        (0.6, Rating.GOOD),
        (0.84, Rating.GOOD),
        (0.85, Rating.EASY),
        (1.0, Rating.EASY),
    ],
)
def test_a_score_says_how_well_something_was_remembered(score: float, rating: Rating) -> None:
    assert rating_of(score) is rating


@pytest.mark.parametrize(
    ("zone", "after", "morning"),
    [
        ("Europe/Berlin", datetime(2026, 11, 23, 7, 59, tzinfo=UTC), datetime(2026, 11, 23, 8, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 11, 23, 8, 0, tzinfo=UTC), datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 11, 23, 8, 0, tzinfo=UTC), datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        # The night of summer time: nine o'clock is an hour sooner by UTC.
        ("Europe/Berlin", datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),
    ],
)
def test_the_morning_is_the_members_own(zone: str, after: datetime, morning: datetime) -> None:
    assert next_morning(zone, after) == morning


@pytest.mark.parametrize(("hour", "yes"), [(7, False), (8, True), (12, True), (19, True), (20, False), (3, False)])
def test_nobody_is_asked_by_night(hour: int, yes: bool) -> None:
    assert is_time("Europe/Berlin", datetime(2026, 11, 23, hour, 0, tzinfo=UTC)) is yes


def test_what_falls_due_before_midnight_is_due_today() -> None:
    assert end_of_day("Asia/Tokyo", NOW) == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_a_question_can_be_answered_for_a_week() -> None:
    asked = date(2026, 11, 23)

    assert may_answer(asked, asked + 7 * DAY)
    assert not may_answer(asked, asked + 8 * DAY)


def test_what_stayed_counts_answers_after_so_many_days_only() -> None:
    told = [
        Retained(member, "q", days, score, NOW)
        for member, days, score in ((1, 6, 1.0), (1, 7, 0.6), (2, 8, 0.59), (2, 30, 0.9), (3, 45, 0.1))
    ]

    assert stayed(told, 7) == Stayed(7, 4, 2)
    assert stayed(told, 30) == Stayed(30, 2, 1)
    assert stayed([], 7) == Stayed(7, 0, 0)


# ---------------------------------------------------------------- what stays in memory


def days_until_due(*answers: tuple[int, float]) -> int:
    card = FsrsMemory().card_after([Given(NOW + day * DAY, score) for day, score in answers])
    assert card is not None
    return (card.due_at - card.last_at).days


def test_the_better_an_answer_the_later_it_falls_due() -> None:
    forgotten, hard, good, easy = (days_until_due((0, score)) for score in (0.1, 0.5, 0.7, 1.0))

    assert 1 <= forgotten <= hard < good < easy


def test_what_was_known_again_comes_back_later_each_time_and_what_was_forgotten_soon() -> None:
    first = days_until_due((0, 0.7))
    second = days_until_due((0, 0.7), (first, 0.7))

    assert second > first
    assert days_until_due((0, 0.7), (first, 0.7), (first + second, 0.0)) < second


def test_the_same_answers_make_the_same_card_in_any_order() -> None:
    answers = [Given(NOW, 0.7), Given(NOW + 3 * DAY, 0.2), Given(NOW + 4 * DAY, 0.9)]
    memory = FsrsMemory()

    assert memory.card_after(answers) == memory.card_after(answers[::-1]) == FsrsMemory().card_after(answers)


def test_without_an_answer_nothing_is_remembered() -> None:
    assert FsrsMemory().card_after([]) is None


def test_memory_fades() -> None:
    memory = FsrsMemory()
    card = memory.card_after([Given(NOW, 0.7)])
    assert card is not None

    fresh, due, late = (memory.recall(card, NOW + timedelta(days=days)) for days in (0, 2, 60))

    assert 1.0 >= fresh > due > late > 0.0
    assert memory.recall(card, card.due_at) == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    ("recalls", "comes"),
    [
        ((), False),
        ((0.2, 0.2), False),  # two members are no group
        ((0.2, 0.2, 0.2), True),
        ((0.9, 0.9, 1.0), True),
        ((0.9, 0.95, 1.0), False),
        ((0.5, 0.5, 1.0, 1.0), True),
        ((0.5, 0.5, 1.0, 1.0, 1.0), False),
    ],
)
def test_a_question_comes_again_when_half_of_those_who_answered_are_about_to_forget_it(
    recalls: tuple[float, ...], comes: bool
) -> None:
    assert about_to_forget([Remembered("q", recalls)]) == ("q" if comes else None)


def test_of_several_the_one_most_forgotten_comes_again() -> None:
    known, forgotten, lost = (Remembered(name, (recall,) * 3) for name, recall in (("a", 0.95), ("b", 0.8), ("c", 0.4)))

    assert about_to_forget([known, forgotten, lost]) == "c"
    assert about_to_forget([Remembered("z", lost.recalls), lost]) == "c"
    assert about_to_forget([known]) is None
    assert about_to_forget([]) is None
