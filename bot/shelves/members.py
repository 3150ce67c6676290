"""Groups, their spaces and their members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.refs import SpaceRef, UserRef


@dataclass(frozen=True, slots=True)
class Member:
    """One person in one group. The name is empty until a platform told it. `left` says that the account by which the
    member was found is not there any more; of one found otherwise, that none of theirs is. `zone` is what a platform
    told, `own_zone` what they set themselves; `streaks` whether they want to hear of theirs. Boards show the `alias`
    of those who have one."""

    id: int
    group: int
    name: str
    hidden: bool
    welcomed: bool
    zone: str | None
    left: bool = False
    own_zone: str | None = None
    streaks: bool = True
    alias: str = ""

    @property
    def lives_in(self) -> str | None:
        """The zone their days are counted in, if we know one."""
        return self.own_zone or self.zone


@dataclass(frozen=True, slots=True)
class Space:
    """A place of the group on one platform. `left`: we were removed there. `throttled_at`: when the platform last held
    events of it back."""

    ref: SpaceRef
    name: str
    left: bool
    throttled_at: datetime | None


class MembersShelf(Protocol):
    """Groups, spaces, members, identities, and the log of what organisers did."""

    def group_of(self, space: SpaceRef) -> int | None:
        """The group this space belongs to. Where the transaction writes, it stays so until its end."""
        ...

    def group_now(self, group: int) -> int:
        """The group itself, or the one it has joined. Where the transaction writes, it stays so until its end."""
        ...

    def add_group(self, space: SpaceRef, name: str, now: datetime) -> int:
        """A group for a space seen for the first time; the one it has already otherwise."""
        ...

    def serve(self, space: SpaceRef, name: str) -> None:
        """We are (again) in this space, which is called so now."""
        ...

    def leave(self, space: SpaceRef) -> None:
        """We are in this space no more."""
        ...

    def is_left(self, space: SpaceRef) -> bool:
        """Whether we were removed from this space."""
        ...

    def throttled(self, space: SpaceRef, now: datetime) -> None:
        """The platform held events of this space back."""
        ...

    def spaces(self, group: int) -> Sequence[Space]:
        """The group's spaces, oldest first."""
        ...

    def hold(self, group: int, user: UserRef) -> None:
        """Until the transaction ends nobody else gets past this line for the same account, nor for another account of
        the same member, so what is read about them afterwards stays true. Comes before anything that decides by what
        somebody did so far."""
        ...

    def by_user(self, group: int, user: UserRef) -> Member | None:
        """The member behind this account."""
        ...

    def by_id(self, group: int, member: int) -> Member | None:
        """The member with this id."""
        ...

    def add(self, group: int, user: UserRef, name: str, zone: str | None, now: datetime) -> Member:
        """The member behind this account, made on first sight."""
        ...

    def update(self, group: int, member: int, name: str, zone: str | None) -> None:
        """The newest name and zone the platform told us."""
        ...

    def set_left(self, group: int, user: UserRef, left: bool) -> None:
        """Whether this account left. A member has left when none of their accounts is here any more."""
        ...

    def set_hidden(self, group: int, member: int, hidden: bool) -> None:
        """Whether the board shows this member's name."""
        ...

    def set_own_zone(self, group: int, member: int, zone: str | None) -> None:
        """The zone the member set, or that the platform's counts again."""
        ...

    def set_alias(self, group: int, member: int, alias: str) -> None:
        """The name boards show in place of the member's own; their own again where it is empty."""
        ...

    def names(self, group: int) -> Sequence[tuple[int, str, str]]:
        """Every member of a group with name and alias."""
        ...

    def set_streaks(self, group: int, member: int, wanted: bool) -> None:
        """Whether the member wants to hear of their streak."""
        ...

    def set_welcomed(self, group: int, member: int) -> None:
        """The first word was owed; it is owed once."""
        ...

    def set_organiser(self, group: int, user: UserRef, organiser: bool) -> None:
        """What the platform last said about this account's right to organise."""
        ...

    def organisers(self, group: int) -> Sequence[UserRef]:
        """The accounts that were organisers when last seen."""
        ...

    def user_of(self, group: int, member: int, space: SpaceRef) -> UserRef | None:
        """The member's account in a space."""
        ...

    def log(self, group: int, user: UserRef, what: str, outcome: str, now: datetime) -> None:
        """Notes a call of an organiser's command, refused ones included (F62)."""
        ...

    def log_lines(self, group: int, most: int) -> Sequence[tuple[datetime, str, str, str]]:
        """The newest lines of that log: when, account, what, outcome."""
        ...
