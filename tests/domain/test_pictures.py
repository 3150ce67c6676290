from __future__ import annotations

from datetime import date

import pytest

from bot.domain.pictures import Scored, in_groups, mean_of

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
