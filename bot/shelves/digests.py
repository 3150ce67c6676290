"""Weekly digests and the group's goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.domain.digests import Goal, Taken
from bot.domain.reviews import Review
from bot.shelves.answers import Answer
from bot.shelves.asking import Track


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """Whether a track has a digest, when the next one is due (None until a tick has settled that), and its goal."""

    on: bool
    next_at: datetime | None
    goal: Goal | None


class DigestsShelf(Protocol):
    """What digests are made of, and when they come."""

    def are_due(self, now: datetime) -> bool:
        """Whether `due` would find any."""
        ...

    def due(self, now: datetime, most: int) -> Sequence[tuple[Track, datetime | None]]:
        """Active tracks whose digest has come, with its moment, or whose next one is not settled. Locked until the
        transaction ends; others' locked ones are left out."""
        ...

    def move_next(self, track: int, next_at: datetime) -> None:
        """When the track's next digest is due."""
        ...

    def settings(self, group: int, track: int) -> DigestSettings:
        """A track's settings."""
        ...

    def switch(self, group: int, track: int, on: bool) -> None:
        """The track has a digest, or none."""
        ...

    def set_goal(self, group: int, track: int, goal: Goal | None) -> None:
        """The group's goal in this track."""
        ...

    def asked(self, group: int, track: int, first: date, last: date) -> Sequence[date]:
        """The days of the questions asked from the first to the last day, both included."""
        ...

    def taken(self, group: int, track: int, first: date, last: date) -> Sequence[Taken]:
        """The first attempts that stand and are counted for these days, as on the board."""
        ...

    def reviewed(self, group: int, track: int, first: date, last: date) -> Sequence[tuple[str, Review]]:
        """The newest reviews of those answers, each with the hash of its question's wording."""
        ...

    def quoted(self, group: int, track: int, since: datetime, until: datetime) -> Sequence[Answer]:
        """The answers that were quoted at a close after `since` and not after `until`, best first, as far as they still
        stand and their authors still agree."""
        ...

    def was_quoted(self, group: int, answer: int) -> bool:
        """Whether this answer was quoted at a close, also when it was withdrawn since."""
        ...

    def changes(self, group: int, track: int, since: datetime, until: datetime) -> int:
        """A number that grows when an answer to a question that closed in this time is withdrawn or given anew."""
        ...
