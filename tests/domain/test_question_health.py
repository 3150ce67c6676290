from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.question_health import QuestionHealth, Sign, separation, signs

PLAIN = QuestionHealth("q", "Q", 30, 0.6, 0.3, 0, 0, 0, 1, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([(0.1, 0.2), (0.2, 0.2), (0.5, 0.9), (0.8, 0.8), (0.9, 1.0)], 0.7),
        ([(0.1, 1.0), (0.2, 1.0), (0.5, 0.0), (0.8, 0.0), (0.9, 0.0)], -1.0),
        ([(0.1, 0.5), (0.2, 0.5), (0.3, 0.5), (0.4, 0.5), (0.5, 0.5), (0.6, 0.5)], 0.0),
        ([(0.1, 0.0), (0.2, 0.0), (0.8, 1.0), (0.9, 1.0)], None),
        ([], None),
    ],
)
def test_separation_compares_the_stronger_half_with_the_weaker(
    scores: list[tuple[float, float]], expected: float | None
) -> None:
    found = separation(list(reversed(scores)))

    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (PLAIN, ()),
        (replace(PLAIN, mean=0.95), (Sign.EASY,)),
        (replace(PLAIN, mean=0.2), (Sign.HARD,)),
        (replace(PLAIN, mean=0.2, answers=4), ()),
        (replace(PLAIN, mean=None, answers=0), ()),
        (replace(PLAIN, separation=-0.1), (Sign.SAME,)),
        (replace(PLAIN, separation=-0.1, answers=19), ()),
        (replace(PLAIN, separation=None), ()),
        (replace(PLAIN, appeals=6), (Sign.DISPUTED,)),
        (replace(PLAIN, appeals=5), ()),
        (replace(PLAIN, helpful=2, unhelpful=3), (Sign.UNHELPFUL,)),
        (replace(PLAIN, helpful=0, unhelpful=4), ()),
        (replace(PLAIN, mean=0.1, helpful=1, unhelpful=4), (Sign.HARD, Sign.UNHELPFUL)),
    ],
)
def test_a_question_deserves_a_look_for_good_reason(health: QuestionHealth, expected: tuple[Sign, ...]) -> None:
    assert signs(health) == expected
