"""How a question does: is it hard, does it tell strong from weak, do people trust its reviews (FEATURES F59)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

#: Fewer answers than this say nothing about a question, and fewer than that nothing about who does better in it.
ENOUGH, ENOUGH_TO_COMPARE = 5, 20
#: Beyond these, a question or its rubric deserves a look.
TOO_EASY, TOO_HARD = 0.9, 0.3
SAME_FOR_ALL = 0.02
MANY_APPEALS = 0.2
FEW_HELPED = 0.5


class Sign(StrEnum):
    """Why a question deserves a look."""

    EASY = "easy"
    HARD = "hard"
    SAME = "same"
    DISPUTED = "disputed"
    UNHELPFUL = "unhelpful"


@dataclass(frozen=True, slots=True)
class QuestionHealth:
    """What is known of one question in one group: `mean` is the mean score of its graded first answers, 0..1, so a low
    one means a hard question; `separation` how much better strong members did than weak ones, -1..1, None where too few
    can be told apart."""

    id: str
    title: str
    answers: int
    mean: float | None
    separation: float | None
    appeals: int
    helpful: int
    unhelpful: int
    asked: int
    last_asked: date

    @property
    def appeal_rate(self) -> float | None:
        """The share of graded answers whose review was appealed."""
        return self.appeals / self.answers if self.answers else None

    @property
    def helpful_rate(self) -> float | None:
        """The share of votes that found the review helpful."""
        votes = self.helpful + self.unhelpful
        return self.helpful / votes if votes else None


def _is_same_for_all(health: QuestionHealth) -> bool:
    return health.separation is not None and health.separation <= SAME_FOR_ALL


def separation(scores: Sequence[tuple[float, float]]) -> float | None:
    """How well a question tells strong members from weak ones. Each pair is a member's mean score on all other
    questions, and their score on this one; the half with the better means is compared with the other half, and with an
    odd number the middle one is left out (the discrimination index of item analysis, with halves since groups are
    small). None for fewer than `ENOUGH`."""
    if len(scores) < ENOUGH:
        return None
    half = len(scores) // 2
    ordered = [score for _, score in sorted(scores)]
    return (sum(ordered[-half:]) - sum(ordered[:half])) / half


def signs(health: QuestionHealth) -> tuple[Sign, ...]:
    """Why this question deserves a look; nothing before there are enough answers."""
    if health.answers < ENOUGH or health.mean is None:
        return ()
    votes = health.helpful + health.unhelpful
    found = (
        (Sign.EASY, health.mean >= TOO_EASY),
        (Sign.HARD, health.mean <= TOO_HARD),
        (Sign.SAME, health.answers >= ENOUGH_TO_COMPARE and _is_same_for_all(health)),
        (Sign.DISPUTED, (health.appeal_rate or 0) >= MANY_APPEALS),
        (Sign.UNHELPFUL, votes >= ENOUGH and (health.helpful_rate or 0) < FEW_HELPED),
    )
    return tuple(sign for sign, shows in found if shows)
