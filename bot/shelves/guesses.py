"""Guesses at one's own score."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.guesses import Guessed


class GuessesShelf(Protocol):
    """What authors guessed before a score was known. Guesses and scores are 0..1."""

    def put(self, group: int, answer: int, version: int, guess: float, now: datetime) -> None:
        """The author's guess at this version's score; the newest one counts."""
        ...

    def of(self, group: int, answer: int, version: int) -> float | None:
        """The guess at a version's score."""
        ...

    def is_known(self, group: int, answer: int) -> bool:
        """Whether the score of any version of this answer is known."""
        ...

    def newest(self, group: int, member: int, most: int) -> Sequence[Guessed]:
        """A member's newest guesses whose scores are known, newest first: of answers that stand, with the score that
        counts, and of those from memory."""
        ...
