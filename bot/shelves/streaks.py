"""What streaks are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from bot.domain.streaks import Answered, Unanswered


class StreaksShelf(Protocol):
    """A member's answers in time, and the questions that had none from them."""

    def answered(self, group: int, member: int, most: int | None) -> Sequence[Answered]:
        """The member's newest answers in time that stand and say more than "I don't know", oldest first."""
        ...

    def unanswered(self, group: int, member: int, track: int, since: date, most: int | None) -> Sequence[Unanswered]:
        """The scheduled questions of a track, of this date and later, that stood where the member has an account and
        have no answer in time from them; the newest ones, oldest first. An "I don't know" is an answer."""
        ...
