"""Who may look at a dashboard, and the member's history it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.domain.dashboard import Pass
from bot.domain.standings import Period
from bot.shelves.answers import AnswerState


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """One of a member's answers, with the score that counts; None while it is not graded. `question` is the hash under
    which its wording is kept."""

    id: int
    attempt: int
    day: date
    late: bool
    state: AnswerState
    question: str
    score: float | None


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """What a member earned in one period of the past."""

    key: str
    points: int
    answers: int


class DashboardShelf(Protocol):
    """The key that signs links, open visits, and a member's history."""

    def key(self) -> bytes | None:
        """The key that signs links; None while nobody has asked for one."""
        ...

    def make_key(self, key: bytes, now: datetime) -> bytes:
        """The key from now on, unless there is one already; returns the one that holds."""
        ...

    def open_visit(self, hash: str, granted: Pass, now: datetime) -> None:
        """Somebody is let in; only the hash of their cookie is kept. Visits that are over are forgotten."""
        ...

    def visit(self, hash: str) -> Pass | None:
        """The visit of a cookie."""
        ...

    def close_visit(self, hash: str) -> None:
        """The cookie is worth nothing any more."""
        ...

    def past_answers(self, group: int, member: int, most: int, before: int | None = None) -> Sequence[PastAnswer]:
        """A member's newest answers, newest first, withdrawn ones left out; those older than `before` where given."""
        ...

    def past_periods(self, group: int, member: int, period: Period, keys: Sequence[str]) -> Sequence[PastPeriod]:
        """What a member earned in each of these periods; those without anything are left out."""
        ...
