from __future__ import annotations

import pytest

from bot.domain.fairness import LONG_ENOUGH, SCORED_A_DAY, bare, is_long_enough, is_over_cap


@pytest.mark.parametrize(("earlier", "over"), [(0, False), (SCORED_A_DAY - 1, False), (SCORED_A_DAY, True), (99, True)])
def test_so_many_answers_a_day_earn_points_and_no_more(earlier: int, over: bool) -> None:
    assert is_over_cap(earlier) is over


@pytest.mark.parametrize(
    ("text", "words"),
    [("A  Token-Bucket,\n\n*per* user!", "a token bucket per user"), ("Über 9 Straßen", "über 9 strassen"), ("…", "")],
)
def test_case_punctuation_and_layout_make_no_text_another(text: str, words: str) -> None:
    assert bare(text) == words


def test_only_a_text_that_nobody_writes_by_chance_is_compared() -> None:
    assert not is_long_enough("x" * (LONG_ENOUGH - 1))
    assert not is_long_enough(f"{'x' * (LONG_ENOUGH - 1)} , . !")
    assert is_long_enough("x" * LONG_ENOUGH)
