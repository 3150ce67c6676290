"""What reviews cost: what each one spent, and the limits that organisers set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.budgets import Amount, Limit, Limits, Span, Usage, Used


@dataclass(frozen=True, slots=True)
class Total:
    """What was spent since some day."""

    calls: int
    amount: Amount


class BudgetsShelf(Protocol):
    """The books of a group."""

    def hold(self, group: int) -> None:
        """Until the transaction ends nobody else sets anything aside in this group."""
        ...

    def limits(self, group: int) -> Limits:
        """The limits that organisers set; spans they said nothing about are left out."""
        ...

    def set_limit(self, group: int, span: Span, limit: Limit | None) -> None:
        """Sets a limit; None goes back to what holds without one."""
        ...

    def used(self, group: int, member: int, now: datetime, longest: timedelta) -> Used:
        """What the group and this member have spent so far. A review that began longer ago than `longest` is not under
        way any more."""
        ...

    def set_aside(self, group: int, member: int, call: Usage, cost: Amount, now: datetime) -> int:
        """Books a call that is about to be made; returns the number of the booking."""
        ...

    def settle(self, group: int, booking: int, calls: Sequence[Usage], cost: Amount) -> None:
        """Books what was spent instead of what was set aside; nothing where no call was made. Again changes nothing."""
        ...

    def total(self, group: int, since: date) -> Total:
        """What the group has spent since then, what is set aside included."""
        ...

    def wake(self, group: int, now: datetime) -> None:
        """Reviews of this group that wait for a later time are told now."""
        ...
