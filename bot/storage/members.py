"""The members' shelf: groups, spaces, members and identities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from bot.domain.refs import SpaceRef, UserRef
from bot.shelves import Member
from bot.storage.tables import groups, identities, members, organiser_log, organisers, spaces
from bot.storage.work import insert_for, inserted


class SqlMembers:
    """Groups and members of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def group_of(self, space: SpaceRef) -> int | None:
        """The group this space belongs to."""
        return self._conn.execute(
            select(spaces.c.group_id).where(spaces.c.platform == space.platform, spaces.c.workspace == space.workspace)
        ).scalar()

    def add_group(self, space: SpaceRef, name: str, now: datetime) -> int:
        """A group for a space seen for the first time; the one it has already otherwise."""
        known = self.group_of(space)
        if known is not None:
            return known
        group: int = self._conn.execute(
            groups.insert().values(name=name, created_at=now).returning(groups.c.id)
        ).scalar_one()
        named = insert_for(self._conn, spaces).values(
            group_id=group, platform=space.platform, workspace=space.workspace
        )
        if inserted(self._conn, named.on_conflict_do_nothing(index_elements=["platform", "workspace"])):
            return group
        # Another process joined the same space at the same moment.
        self._conn.execute(delete(groups).where(groups.c.id == group))
        first = self.group_of(space)
        assert first is not None
        return first

    def hold(self, group: int, user: UserRef) -> None:
        """Until the transaction ends nobody else gets past this line for the same account. SQLite has one writer."""
        if self._conn.dialect.name == "postgresql":
            key = "\n".join((str(group), user.platform, user.workspace, user.id))
            self._conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))

    def by_user(self, group: int, user: UserRef) -> Member | None:
        """The member behind this account."""
        return self._one(
            select(members)
            .join(identities, identities.c.member_id == members.c.id)
            .where(identities.c.group_id == group, *_is(identities, user))
        )

    def by_id(self, group: int, member: int) -> Member | None:
        """The member with this id."""
        return self._one(select(members).where(members.c.group_id == group, members.c.id == member))

    def add(self, group: int, user: UserRef, name: str, zone: str | None, now: datetime) -> Member:
        """The member behind this account, made on first sight."""
        known = self.by_user(group, user)
        if known is not None:
            return known
        values = {"group_id": group, "name": name, "hidden": False, "welcomed": False, "zone": zone}
        row = self._conn.execute(members.insert().values(**values, created_at=now).returning(members)).one()
        self._conn.execute(
            identities.insert().values(
                group_id=group,
                member_id=row.id,
                platform=user.platform,
                workspace=user.workspace,
                user_id=user.id,
            )
        )
        return _member(row)

    def update(self, group: int, member: int, name: str, zone: str | None) -> None:
        """The newest name and zone the platform told us."""
        self._change(group, member, name=name, zone=zone)

    def set_hidden(self, group: int, member: int, hidden: bool) -> None:
        """Whether the board shows this member's name."""
        self._change(group, member, hidden=hidden)

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

    def _one(self, query: Any) -> Member | None:
        row = self._conn.execute(query).first()
        return None if row is None else _member(row)


def _is(table: Any, user: UserRef) -> tuple[Any, ...]:
    c = table.c
    return (c.platform == user.platform, c.workspace == user.workspace, c.user_id == user.id)


def _member(row: Row[Any]) -> Member:
    return Member(row.id, row.group_id, row.name, row.hidden, row.welcomed, row.zone)
