from __future__ import annotations

import pytest

from bot.domain.guesses import Guessed, calibration, read_guess


@pytest.mark.parametrize(
    ("typed", "guess"),
    [("7", 0.7), (" 7.5 ", 0.75), ("7,5", 0.75), ("0", 0.0), ("10", 1.0), ("8/10", 0.8), ("6 of 10", 0.6), ("٧", 0.7)],
)
def test_a_guess_is_a_number_of_ten(typed: str, guess: float) -> None:
    assert read_guess(typed) == guess


@pytest.mark.parametrize("typed", ["", "seven", "11", "10.5", "-1", "7.55", "7/5", "1e3", "9" * 50, "🙂"])
def test_anything_else_is_no_guess(typed: str) -> None:
    assert read_guess(typed) is None


def test_the_error_is_signed_too_high_is_positive() -> None:
    assert Guessed(0.7, 0.55).error == pytest.approx(1.5)
    assert Guessed(0.2, 0.5).error == pytest.approx(-3.0)


def test_a_few_guesses_tell_nothing_yet() -> None:
    assert calibration([]) is None
    assert calibration([Guessed(0.9, 0.1)] * 2) is None


def test_the_mean_keeps_its_sign() -> None:
    told = calibration([Guessed(0.9, 0.5), Guessed(0.5, 0.6), Guessed(0.6, 0.6)])

    assert told is not None
    assert told.guesses == 3
    assert told.mean_error == pytest.approx(1.0)
