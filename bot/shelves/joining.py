"""Codes, groups that join, and accounts of one member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.codes import Purpose
from bot.domain.refs import ChannelRef, UserRef
from bot.shelves.answers import Answer
from bot.shelves.members import Member


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was handed out at a place, and who typed it first, if anybody did."""

    id: int
    group: int
    purpose: Purpose
    issuer: UserRef
    place: ChannelRef
    expires_at: datetime
    taker: UserRef | None
    used: bool


class CodesShelf(Protocol):
    """Codes that join two groups or two accounts. A code leads from one group to another, so here alone a row is looked
    up without its group."""

    def issue(
        self,
        group: int,
        purpose: Purpose,
        hash: str,
        issuer: UserRef,
        place: ChannelRef,
        now: datetime,
        until: datetime,
    ) -> None:
        """A new code. The issuer's earlier ones that nobody has used are good no more."""
        ...

    def by_hash(self, hash: str) -> Code | None:
        """The code with this hash, which nobody else changes until the transaction ends."""
        ...

    def by_id(self, code: int) -> Code | None:
        """One code, which nobody else changes until the transaction ends."""
        ...

    def take(self, code: int, taker: UserRef) -> None:
        """Somebody typed it, so it is theirs."""
        ...

    def use(self, code: int) -> None:
        """It did what it was made for, and never does so again."""
        ...

    def wrong(self, group: int, user: UserRef, now: datetime) -> None:
        """Notes that somebody typed a code that is none."""
        ...

    def wrong_since(self, user: UserRef, since: datetime) -> int:
        """How often somebody did so since then."""
        ...


@dataclass(frozen=True, slots=True)
class Community:
    """A group in figures: its people, the tracks that ask, and the answers that stand."""

    name: str
    people: int
    tracks: int
    answers: int


class JoiningShelf(Protocol):
    """Two groups become one, two members become one."""

    def community(self, group: int) -> Community:
        """A group in figures."""
        ...

    def join(self, group: int, former: int, now: datetime) -> None:
        """All that the former group has is the group's from now on, and the former is no more. Nobody else does
        anything in either until the transaction ends."""
        ...

    def accounts(self, group: int, member: int) -> Sequence[UserRef]:
        """All accounts of a member, oldest first."""
        ...

    def answered_twice(self, group: int, member: int, other: int) -> Sequence[tuple[Answer, Answer]]:
        """The answers of both where they answered the same asking. Nobody else changes any answer of theirs until the
        transaction ends."""
        ...

    def set_aside(self, group: int, answer: int) -> None:
        """A withdrawn answer makes room: its asking counts as not answered by it. It stays for the log's sake."""
        ...

    def merge(self, group: int, member: Member, other: Member) -> None:
        """All that the other member has is this one's from now on, and the other is no more."""
        ...
