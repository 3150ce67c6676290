"""Codes that one account hands to another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codes import (
    LENGTH,
    LETTERS,
    VALID_FOR,
    Purpose,
    code_hash,
    good_until,
    may_guess,
    new_code,
    read_code,
    shown,
)

codes = st.text(LETTERS, min_size=LENGTH, max_size=LENGTH)


@given(codes)
def test_a_code_is_read_back_from_how_it_is_shown(code: str) -> None:
    assert read_code(shown(code)) == code


@given(codes, st.sampled_from(["{}", " {} ", "`{}`", "“{}”", "{}."]))
def test_case_and_signs_around_a_code_do_not_matter(code: str, around: str) -> None:
    assert read_code(around.format(shown(code).lower())) == code
    assert read_code(around.format(" ".join(code))) == code


@pytest.mark.parametrize(
    "typed", ["", "BCDF", "BCDF-GHJ1", "BCDF-GHJA", "BCDF-GHJK-M", "ＢＣＤＦ-ＧＨＪＫ", "\0", "B" * 9_000_000]
)
def test_what_is_no_code_is_not_read(typed: str) -> None:
    assert read_code(typed) is None


def test_every_letter_is_drawn() -> None:
    numbers = iter(range(len(LETTERS)))

    def draw(below: int) -> int:
        assert below == len(LETTERS)
        return next(numbers)

    assert new_code(draw) + new_code(draw) == LETTERS[: 2 * LENGTH]


def test_there_is_no_vowel_and_nothing_like_a_figure() -> None:
    assert not set(LETTERS) & set("AEIOUL015")
    assert len(LETTERS) == len(set(LETTERS))


@given(codes)
def test_what_is_kept_does_not_hold_the_code_and_fits_one_purpose(code: str) -> None:
    joining, linking = (code_hash(purpose, code) for purpose in Purpose)

    assert joining != linking
    assert code.lower() not in joining.lower()


def test_a_code_is_good_for_a_quarter_of_an_hour() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    assert good_until(now) - now == VALID_FOR == timedelta(minutes=15)


def test_the_sixth_wrong_code_in_a_row_is_one_too_many() -> None:
    assert [may_guess(wrong) for wrong in range(7)] == [True] * 5 + [False] * 2
