"""Hints taken, votes on reviews, appeals, and who may decide them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.appeals import Decision
from bot.domain.refs import SpaceRef, UserRef
from bot.domain.reviews import Review


class AppealState(StrEnum):
    """How far an appeal is. `agreed`: the second grade confirmed the first, and its author may still ask a person."""

    ASKED = "asked"
    AGREED = "agreed"
    WAITING = "waiting"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal against the review of one version of an answer. It lives while that version is the one that counts.

    `second` is the blind second grade, where there is one; `score` (0..1) and `why` belong to a moderator's decision.
    """

    id: int
    group: int
    answer: int
    version: int
    state: AppealState
    reason: str
    filed_at: datetime
    second: Review | None = None
    second_score: float | None = None
    decision: Decision | None = None
    score: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class VoteCount:
    """How many found a review helpful, and how many did not."""

    helpful: int
    unhelpful: int


class HintsShelf(Protocol):
    """Hints that members took."""

    def taken(self, group: int, asking: int, member: int) -> int:
        """How many hints of this asking the member has seen."""
        ...

    def paid(self, group: int, asking: int, member: int) -> int:
        """How many of them cost something."""
        ...

    def by_event(self, group: int, event: str) -> int | None:
        """The number of the hint that this event took already."""
        ...

    def take(self, group: int, asking: int, member: int, number: int, event: str, free: bool, now: datetime) -> None:
        """Notes a hint. `free`: a real answer of theirs stands already."""
        ...

    def charge(self, group: int, asking: int, member: int) -> None:
        """The answer before which they were not needed is gone: free ones count for the next."""
        ...


class AppealsShelf(Protocol):
    """Votes on reviews, appeals and moderators."""

    def vote(self, group: int, answer: int, version: int, member: int, helpful: bool, now: datetime) -> None:
        """The member's one vote on this review; the newest counts."""
        ...

    def votes(self, group: int) -> VoteCount:
        """All votes of a group."""
        ...

    def file(self, group: int, answer: int, version: int, reason: str, now: datetime) -> Appeal | None:
        """A new appeal; None where this version has one."""
        ...

    def of(self, group: int, answer: int, version: int) -> Appeal | None:
        """The appeal against the review of this version."""
        ...

    def by_id(self, group: int, appeal: int) -> Appeal | None:
        """One appeal."""
        ...

    def held(self, group: int, appeal: int) -> Appeal | None:
        """One appeal, which nobody else changes until the transaction ends."""
        ...

    def change(self, appeal: Appeal) -> None:
        """Stores an appeal's new state."""
        ...

    def waiting(self, group: int) -> Sequence[Appeal]:
        """The living appeals that wait for a moderator, oldest first."""
        ...

    def called(self, group: int, space: SpaceRef, name: str) -> Sequence[UserRef]:
        """The accounts in a space with this id, else those of members with this name, whatever its case."""
        ...

    def set_moderator(self, group: int, user: UserRef, moderator: bool) -> None:
        """Appoints somebody, or no longer."""
        ...

    def moderators(self, group: int) -> Sequence[UserRef]:
        """Whom organisers appointed."""
        ...
