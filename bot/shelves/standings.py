"""Points and boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.domain.standings import Period, Row


@dataclass(frozen=True, slots=True)
class Booking:
    """A change of points. `key` makes a repeat harmless; `answers` is +1, 0 or -1."""

    key: str
    member: int
    asking: int
    answer: int
    points: int
    answers: int
    day: date


class StandingsShelf(Protocol):
    """The event log of points, and the totals kept with it in the same transaction."""

    def book(self, group: int, booking: Booking, now: datetime) -> bool:
        """Adds an event and moves the totals of every period of its day; False for a repeated key."""
        ...

    def booked(self, group: int, answer: int) -> tuple[int, int]:
        """Points and answers booked for an answer so far."""
        ...

    def top(self, group: int, period: Period, key: str, most: int) -> Sequence[Row]:
        """The best members with points, best first, of equal ones the newest. Hidden members have an empty name."""
        ...

    def own(self, group: int, period: Period, key: str, member: int) -> Row | None:
        """A member's own total, also without points."""
        ...

    def ahead_of(self, group: int, period: Period, key: str, points: int) -> int:
        """How many members have more points than this."""
        ...

    def neighbours(self, group: int, period: Period, key: str, row: Row, each_side: int) -> Sequence[Row]:
        """The members with points right above and below, best first, the row itself left out."""
        ...

    def people(self, group: int, period: Period, key: str) -> int:
        """How many members have points."""
        ...

    def differences(self, group: int | None) -> int:
        """How many totals differ from what the event log gives; of all groups with None."""
        ...

    def recompute(self, group: int | None) -> int:
        """Makes the totals anew from the event log; returns how many differed (F44)."""
        ...
