"""Our family of errors.

StudybotError
├── Mistake     the person's mistake: explain it, nothing was changed
├── NotNow      the outside is away or asks us to wait: try later
└── Refused     the outside says no for good: record it and tell the organiser
"""

from __future__ import annotations

from enum import StrEnum


class StudybotError(Exception):
    """Everything we raise on purpose."""


class Mistake(StudybotError):
    """Somebody asked for something that cannot be done; the text says what happened, why and what to do next."""


class NotNow(StudybotError):
    """Try again later; `after` is how many seconds the outside asked us to wait, where it said so."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class RefusedBecause(StrEnum):
    """Why the outside said no for good."""

    NO_RIGHT = "no_right"
    GONE = "gone"
    TOO_LONG = "too_long"
    CLOSED = "closed"
    NOT_REVIEWED = "not_reviewed"
    OTHER = "other"


class Refused(StudybotError):
    """Do not try again: the outside said no, and asking again would not help."""

    def __init__(self, why: str, because: RefusedBecause = RefusedBecause.OTHER) -> None:
        super().__init__(why)
        self.because = because
