"""Guesses: what somebody thinks their answer is worth, before its score is known, and how near they come (F53)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

#: So many of the newest guesses tell how well somebody knows their own answers; of fewer than that nothing is said.
NEWEST, FEWEST = 20, 3
#: So near, in points of ten, a guess hits; so near, the mean of several is neither too high nor too low.
HITS_WITHIN = 1.0
_TYPED = re.compile(r"(\d{1,2}(?:[.,]\d)?)\s*(?:(?:/|of|out of)\s*10)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guessed:
    """A guess and the score that followed, both 0..1."""

    guess: float
    score: float

    @property
    def error(self) -> float:
        """By how many points of ten the guess was too high; negative where it was too low."""
        return 10 * (self.guess - self.score)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How somebody's newest guesses did: how many, and their mean signed error in points of ten (positive: too
    high)."""

    guesses: int
    mean_error: float


def read_guess(typed: str) -> float | None:
    """The guess 0..1 in words such as "7", "7.5", "7,5" or "7/10"; None where it is no number from 0 to 10."""
    found = _TYPED.fullmatch(typed.strip())
    points = float(found[1].replace(",", ".")) if found is not None else 11.0
    return points / 10 if points <= 10 else None


def calibration(guessed: Sequence[Guessed]) -> Calibration | None:
    """What these guesses tell; None while they are too few."""
    if len(guessed) < FEWEST:
        return None
    return Calibration(len(guessed), fmean(each.error for each in guessed))
