"""Answers that earn no points of their own, and what that is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.domain.fairness import Unscored
from bot.shelves.answers import Answer


class FairnessShelf(Protocol):
    """Which answers earn no points."""

    def of(self, group: int, answer: int) -> Unscored | None:
        """What was settled last about an answer; it may be about an earlier version."""
        ...

    def settle(self, group: int, answer: int, unscored: Unscored | None) -> None:
        """Settles it anew; None lets the answer count."""
        ...

    def earlier_that_day(self, group: int, answer: int) -> int:
        """How many first attempts their author gave before this answer on the same local day of theirs and that stand
        and count; 0 for a second attempt."""
        ...

    def given_before(self, group: int, answer: Answer) -> Mapping[int, str]:
        """What others wrote about the same asking before this text, and what anybody wrote when its track asked the
        same before; by answer, without those that are copies themselves. An edited text counts from its review on, so
        where it is not sure who was first, it is left out."""
        ...
