"""Points and boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.domain.refs import ChannelRef
from bot.domain.standings import WHOLE_GROUP, Period, Row, Scope


@dataclass(frozen=True, slots=True)
class Booking:
    """A change of points. `key` makes a repeat harmless; `answers` is +1, 0 or -1; `growth` says that it is of a second
    attempt."""

    key: str
    member: int
    asking: int
    answer: int
    points: int
    answers: int
    day: date
    growth: bool = False


@dataclass(frozen=True, slots=True)
class Chances:
    """Questions that a member could read and has no answer to: those posted since they joined, and those before."""

    since_joined: int
    before: int


class StandingsShelf(Protocol):
    """The event log of points, and the totals kept with it in the same transaction: of the group, of each track and of
    each channel, and of growth in each of them. Whoever reads names the board by its scope; the group's by default."""

    def book(self, group: int, booking: Booking, now: datetime) -> bool:
        """Adds an event and moves the totals of every period of its day; False for a repeated key."""
        ...

    def booked(self, group: int, answer: int) -> tuple[int, int]:
        """Points and answers booked for an answer so far."""
        ...

    def top(self, group: int, period: Period, key: str, most: int, of: Scope = WHOLE_GROUP) -> Sequence[Row]:
        """The best members with points, best first, of equal ones the newest. Hidden members have an empty name."""
        ...

    def own(self, group: int, period: Period, key: str, member: int, of: Scope = WHOLE_GROUP) -> Row | None:
        """A member's own total, also without points."""
        ...

    def ahead_of(self, group: int, period: Period, key: str, points: int, of: Scope = WHOLE_GROUP) -> int:
        """How many members have more points than this."""
        ...

    def neighbours(
        self, group: int, period: Period, key: str, row: Row, each_side: int, of: Scope = WHOLE_GROUP
    ) -> Sequence[Row]:
        """The members with points right above and below, best first, the row itself left out."""
        ...

    def people(self, group: int, period: Period, key: str, of: Scope = WHOLE_GROUP) -> int:
        """How many members have points."""
        ...

    def channel_number(self, group: int, channel: ChannelRef) -> int | None:
        """The number of a channel's board; None where the group never asked there."""
        ...

    def unanswered(
        self, group: int, member: int, first: date | None, last: date | None, of: Scope = WHOLE_GROUP
    ) -> Chances:
        """Questions of these days (all days with None) that the member left out, of those posted in a space of
        theirs. One that waits for its review is not left out."""
        ...

    def differences(self, group: int | None) -> int:
        """How many totals differ from what the event log gives; of all groups with None."""
        ...

    def recompute(self, group: int | None) -> int:
        """Makes the totals anew from the event log; returns how many differed (F44)."""
        ...
