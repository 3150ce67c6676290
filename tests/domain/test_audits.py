"""The measures of an audit, case by case (F28)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.audits import Attack, Case, correlation, macro_f1, measure, passed
from bot.domain.reviews import Verdict

YES, HALF, NO = Verdict.COVERED, Verdict.PARTIAL, Verdict.MISSING


def case(people: float, score: float, again: float | None = None, seconds: float = 1.0) -> Case:
    return Case(people, score, {"a": YES}, {"a": YES}, seconds, again)


@pytest.mark.parametrize(
    ("one", "other", "r"),
    [((0, 0.5, 1), (0, 0.5, 1), 1.0), ((0, 0.5, 1), (1, 0.5, 0), -1.0), ((0, 1), (0.5, 0.5), 0.0)],
)
def test_agreement_is_pearsons_r(one: tuple[float, ...], other: tuple[float, ...], r: float) -> None:
    assert correlation(one, other) == pytest.approx(r)


def test_too_high_and_too_low_begin_behind_the_tolerance() -> None:
    figures = measure([case(0.5, 0.7), case(0.5, 0.71), case(0.5, 0.29), case(0.5, 0.5)], [], 0, 0, 0)

    assert (figures.too_high, figures.too_low) == (0.25, 0.25)


def test_points_heard_in_part_are_heard() -> None:
    assert macro_f1([({"a": YES, "b": NO}, {"a": HALF, "b": NO})]) == 1.0
    assert macro_f1([({"a": YES, "b": NO}, {"a": NO, "b": YES})]) == 0.0
    assert macro_f1([({"a": YES}, {})]) == 0.0


def test_repeatability_counts_those_asked_twice() -> None:
    figures = measure([case(0.5, 0.5, again=0.51), case(0.5, 0.5, again=0.6), case(0.5, 0.5)], [], 0, 0, 0)

    assert figures.repeatability == 0.5
    assert measure([case(0.5, 0.5)], [], 0, 0, 0).repeatability is None


def test_an_attack_works_when_it_lifts_the_score() -> None:
    attacks = [Attack(0.5, 0.5), Attack(0.52, 0.5), Attack(0.53, 0.5), Attack(0.1, 0.5)]

    assert measure([case(0.5, 0.5)], attacks, 0, 0, 0).attacks_worked == 1


def test_limits_name_what_was_passed() -> None:
    fine = measure([case(0.1, 0.1), case(0.9, 0.9)], [Attack(0.1, 0.1)] * 20, 0, 0, 0)

    assert passed(fine) == ()
    assert passed(replace(fine, too_high=0.5)) == ("too_high",)
    assert passed(replace(fine, attacks_worked=2)) == ("attacks_worked",)
    assert passed(replace(fine, agreement=0.1)) == ("agreement",)
