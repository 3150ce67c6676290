"""The members' shelf: groups, spaces, members and identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update

from bot.domain.refs import SpaceRef, UserRef
from bot.shelves import Member, Space
from bot.storage.joining import joined_by
from bot.storage.tables import groups, identities, members, organiser_log, organisers, spaces
from bot.storage.work import insert_for, inserted

# Asked all the time, so put together once: that takes longer than running them. "Kept": where the transaction writes,
# nobody lets the group join another until its end.
_THERE = select(groups.c.id).where(groups.c.id == bindparam("one"))
_GROUP = (
    select(spaces.c.group_id)
    .join(groups, groups.c.id == spaces.c.group_id)
    .where(spaces.c.platform == bindparam("on"), spaces.c.workspace == bindparam("there"))
)
_THERE_KEPT, _GROUP_KEPT = (each.with_for_update(read=True, key_share=True, of=groups) for each in (_THERE, _GROUP))
_BY_ID = select(members).where(members.c.group_id == bindparam("of"), members.c.id == bindparam("one"))
# Whether they have left is said of the account.
_BY_USER = (
    select(*(column for column in members.c if column is not members.c.left), identities.c.left)
    .join(identities, identities.c.member_id == members.c.id)
    .where(
        identities.c.group_id == bindparam("of"),
        identities.c.platform == bindparam("on"),
        identities.c.workspace == bindparam("there"),
        identities.c.user_id == bindparam("who"),
    )
)
_LEFT = select(spaces.c.left).where(spaces.c.platform == bindparam("on"), spaces.c.workspace == bindparam("there"))


class SqlMembers:
    """Groups and members of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._there: set[int] = set()
        self._held: set[tuple[int, UserRef]] = set()
        self._writes = not conn.get_execution_options().get("postgresql_readonly", False)

    def group_of(self, space: SpaceRef) -> int | None:
        """The group this space belongs to. Where the transaction writes, it stays so until its end."""
        found = self._group_of(space)
        # A group that joins another at this very moment is gone once it can be held, and the space is the other's.
        return found if found is not None else self._group_of(space)

    def _group_of(self, space: SpaceRef) -> int | None:
        group = _GROUP_KEPT if self._writes else _GROUP
        found = self._conn.execute(group, {"on": space.platform, "there": space.workspace}).scalar()
        if found is not None:
            self._there.add(found)
        return found

    def group_now(self, group: int) -> int:
        """The group itself, or the one it has joined. Where the transaction writes, it stays so until its end."""
        there = _THERE_KEPT if self._writes else _THERE
        if group in self._there or self._conn.execute(there, {"one": group}).scalar():
            self._there.add(group)
            return group
        joined = joined_by(self._conn, group)
        return group if joined is None else self.group_now(joined)

    def add_group(self, space: SpaceRef, name: str, now: datetime) -> int:
        """A group for a space seen for the first time; the one it has already otherwise."""
        known = self.group_of(space)
        if known is not None:
            return known
        group: int = self._conn.execute(
            groups.insert().values(name=name, created_at=now).returning(groups.c.id)
        ).scalar_one()
        named = insert_for(self._conn, spaces).values(
            group_id=group, platform=space.platform, workspace=space.workspace, name=name[:200]
        )
        if inserted(self._conn, named.on_conflict_do_nothing(index_elements=["platform", "workspace"])):
            return group
        # Another process joined the same space at the same moment.
        self._conn.execute(delete(groups).where(groups.c.id == group))
        first = self.group_of(space)
        assert first is not None
        return first

    def serve(self, space: SpaceRef, name: str) -> None:
        """We are (again) in this space, which is called so now."""
        self._set_space(space, name=name[:200], left=False)

    def leave(self, space: SpaceRef) -> None:
        """We are in this space no more."""
        self._set_space(space, left=True)

    def is_left(self, space: SpaceRef) -> bool:
        """Whether we were removed from this space."""
        found = self._conn.execute(_LEFT, {"on": space.platform, "there": space.workspace}).scalar()
        return bool(found)

    def throttled(self, space: SpaceRef, now: datetime) -> None:
        """The platform held events of this space back."""
        self._set_space(space, throttled_at=now)

    def spaces(self, group: int) -> Sequence[Space]:
        """The group's spaces, oldest first."""
        rows = self._conn.execute(select(spaces).where(spaces.c.group_id == group).order_by(spaces.c.id))
        return [Space(SpaceRef(row.platform, row.workspace), row.name, row.left, row.throttled_at) for row in rows]

    def _set_space(self, space: SpaceRef, **values: Any) -> None:
        self._conn.execute(update(spaces).where(*_in(space)).values(**values))

    def hold(self, group: int, user: UserRef) -> None:
        """Until the transaction ends nobody else gets past this line for the same account, nor for another account of
        the same member. SQLite has one writer."""
        if self._conn.dialect.name != "postgresql" or (group, user) in self._held:
            return
        self._lock(group, user.platform, user.workspace, user.id)
        # Whose account it is cannot change from here on.
        member = self.by_user(group, user)
        if member is not None:
            self._lock(group, "member", member.id)
        self._held.add((group, user))

    def _lock(self, *name: str | int) -> None:
        key = "\n".join(map(str, name))
        self._conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))

    def by_user(self, group: int, user: UserRef) -> Member | None:
        """The member behind this account."""
        named = {"of": group, "on": user.platform, "there": user.workspace, "who": user.id}
        return self._one(_BY_USER, named)

    def by_id(self, group: int, member: int) -> Member | None:
        """The member with this id."""
        return self._one(_BY_ID, {"of": group, "one": member})

    def add(self, group: int, user: UserRef, name: str, zone: str | None, now: datetime) -> Member:
        """The member behind this account, made on first sight."""
        known = self.by_user(group, user)
        if known is not None:
            return known
        values = {"group_id": group, "name": name, "hidden": False, "welcomed": False, "left": False, "zone": zone}
        row = self._conn.execute(members.insert().values(**values, created_at=now).returning(members)).one()
        self._conn.execute(
            identities.insert().values(
                group_id=group,
                member_id=row.id,
                platform=user.platform,
                workspace=user.workspace,
                user_id=user.id,
                left=False,
            )
        )
        return _member(row)

    def update(self, group: int, member: int, name: str, zone: str | None) -> None:
        """The newest name and zone the platform told us."""
        self._change(group, member, name=name, zone=zone)

    def set_left(self, group: int, user: UserRef, left: bool) -> None:
        """Whether this account left. A member has left when none of their accounts is here any more."""
        mine = (identities.c.group_id == group, *_is(identities, user))
        member = self._conn.execute(
            update(identities).where(*mine).values(left=left).returning(identities.c.member_id)
        ).scalar()
        if member is None:
            return
        here = select(identities.c.id).where(identities.c.member_id == member, identities.c.left.is_(False))
        self._change(group, member, left=self._conn.execute(here.limit(1)).first() is None)

    def set_hidden(self, group: int, member: int, hidden: bool) -> None:
        """Whether the board shows this member's name."""
        self._change(group, member, hidden=hidden)

    def set_own_zone(self, group: int, member: int, zone: str | None) -> None:
        """The zone the member set, or that the platform's counts again."""
        self._change(group, member, own_zone=zone)

    def set_alias(self, group: int, member: int, alias: str) -> None:
        """The name boards show in place of the member's own; their own again where it is empty."""
        self._change(group, member, alias=alias)

    def names(self, group: int) -> Sequence[tuple[int, str, str]]:
        """Every member of a group with name and alias."""
        rows = self._conn.execute(
            select(members.c.id, members.c.name, members.c.alias).where(members.c.group_id == group)
        )
        return [(row.id, row.name, row.alias) for row in rows]

    def set_streaks(self, group: int, member: int, wanted: bool) -> None:
        """Whether the member wants to hear of their streak."""
        self._change(group, member, streaks=wanted)

    def set_welcomed(self, group: int, member: int) -> None:
        """The first word was owed; it is owed once."""
        self._change(group, member, welcomed=True)

    def set_organiser(self, group: int, user: UserRef, organiser: bool) -> None:
        """What the platform last said about this account's right to organise."""
        if not organiser:
            self._conn.execute(delete(organisers).where(organisers.c.group_id == group, *_is(organisers, user)))
            return
        self._conn.execute(
            insert_for(self._conn, organisers)
            .values(group_id=group, platform=user.platform, workspace=user.workspace, user_id=user.id)
            .on_conflict_do_nothing()
        )

    def organisers(self, group: int) -> Sequence[UserRef]:
        """The accounts that were organisers when last seen."""
        rows = self._conn.execute(select(organisers).where(organisers.c.group_id == group))
        return [UserRef(row.platform, row.workspace, row.user_id) for row in rows]

    def user_of(self, group: int, member: int, space: SpaceRef) -> UserRef | None:
        """The member's account in a space."""
        user = self._conn.execute(
            select(identities.c.user_id).where(
                identities.c.group_id == group,
                identities.c.member_id == member,
                identities.c.platform == space.platform,
                identities.c.workspace == space.workspace,
            )
        ).scalar()
        return None if user is None else UserRef(space.platform, space.workspace, user)

    def log(self, group: int, user: UserRef, what: str, outcome: str, now: datetime) -> None:
        """Notes a call of an organiser's command, refused ones included (F62)."""
        self._conn.execute(
            organiser_log.insert().values(group_id=group, user_id=user.id, what=what, outcome=outcome, at=now)
        )

    def log_lines(self, group: int, most: int) -> Sequence[tuple[datetime, str, str, str]]:
        """The newest lines of that log: when, account, what, outcome."""
        log = organiser_log.c
        rows = self._conn.execute(
            select(log.at, log.user_id, log.what, log.outcome)
            .where(log.group_id == group)
            .order_by(log.id.desc())
            .limit(most)
        )
        return [(row.at, row.user_id, row.what, row.outcome) for row in rows]

    def _change(self, group: int, member: int, **values: Any) -> None:
        self._conn.execute(update(members).where(members.c.group_id == group, members.c.id == member).values(**values))

    def _one(self, query: Any, named: Mapping[str, Any]) -> Member | None:
        row = self._conn.execute(query, named).first()
        return None if row is None else _member(row)


def _in(space: SpaceRef) -> tuple[Any, ...]:
    return (spaces.c.platform == space.platform, spaces.c.workspace == space.workspace)


def _is(table: Any, user: UserRef) -> tuple[Any, ...]:
    c = table.c
    return (c.platform == user.platform, c.workspace == user.workspace, c.user_id == user.id)


def _member(row: Row[Any]) -> Member:
    return Member(
        row.id,
        row.group_id,
        row.name,
        row.hidden,
        row.welcomed,
        row.zone,
        row.left,
        row.own_zone,
        row.streaks,
        row.alias,
    )
