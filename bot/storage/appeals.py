"""The shelves of hints, votes and appeals, and their tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    distinct,
    func,
    select,
    update,
)

from bot.domain.appeals import Decision
from bot.domain.refs import SpaceRef, UserRef
from bot.domain.reviews import Review
from bot.shelves import Appeal, AppealState, VoteCount
from bot.storage.reviews import review_from_text, review_text
from bot.storage.tables import answers, identities, members
from bot.storage.types import UtcDateTime, metadata
from bot.storage.work import insert_for, inserted

#: `event` is what took the hint, so that a repeat takes no other. `free`: it costs the answer that stands nothing.
hints = Table(
    "hints",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("asking_id", ForeignKey("askings.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("free", Boolean, nullable=False),
    Column("event", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_hints_member", "member_id", "asking_id"),
)

review_votes = Table(
    "review_votes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False, index=True),
    Column("answer_id", ForeignKey("answers.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("answer_id", "version", "member_id"),
)

#: `second` and `reason` hold words of people: they go with the answer's text.
appeals = Table(
    "appeals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("answer_id", ForeignKey("answers.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("second", Text),
    Column("second_millis", Integer),
    Column("decision", String(16)),
    Column("score_millis", Integer),
    Column("why", Text, nullable=False),
    UniqueConstraint("answer_id", "version"),
    Index("ix_appeals_group_state", "group_id", "state"),
)

#: Accounts that organisers appointed to decide appeals.
moderators = Table(
    "moderators",
    metadata,
    Column("group_id", ForeignKey("groups.id"), primary_key=True),
    Column("platform", String(32), primary_key=True),
    Column("workspace", String(64), primary_key=True),
    Column("user_id", String(64), primary_key=True),
)


class SqlHints:
    """Hints of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def taken(self, group: int, asking: int, member: int) -> int:
        """How many hints of this asking the member has seen."""
        seen = select(func.count(distinct(hints.c.number))).where(*_theirs(group, asking, member))
        return self._conn.execute(seen).scalar_one()

    def paid(self, group: int, asking: int, member: int) -> int:
        """How many of them cost something."""
        paid = select(func.count(distinct(hints.c.number))).where(*_theirs(group, asking, member))
        return self._conn.execute(paid.where(hints.c.free.is_(False))).scalar_one()

    def by_event(self, group: int, event: str) -> int | None:
        """The number of the hint that this event took already."""
        return self._conn.execute(
            select(hints.c.number).where(hints.c.group_id == group, hints.c.event == event).limit(1)
        ).scalar()

    def take(self, group: int, asking: int, member: int, number: int, event: str, free: bool, now: datetime) -> None:
        """Notes a hint. `free`: a real answer of theirs stands already."""
        self._conn.execute(
            hints.insert().values(
                group_id=group, asking_id=asking, member_id=member, number=number, free=free, event=event[:200], at=now
            )
        )

    def charge(self, group: int, asking: int, member: int) -> None:
        """The answer before which they were not needed is gone: free ones count for the next."""
        self._conn.execute(update(hints).where(*_theirs(group, asking, member)).values(free=False))

    def merge(self, group: int, member: int, other: int) -> None:
        """What the other member took is this one's too, once each, and takes nothing from an answer that stands."""
        owner = {
            row.asking_id: row.member_id
            for row in self._conn.execute(
                select(answers.c.asking_id, answers.c.member_id).where(
                    answers.c.group_id == group,
                    answers.c.member_id.in_([member, other]),
                    answers.c.attempt == 1,
                    answers.c.state != "withdrawn",
                )
            )
        }
        for asking, whose in owner.items():
            guest = other if whose == member else member
            self._conn.execute(update(hints).where(*_theirs(group, asking, guest)).values(free=True))
        theirs = (hints.c.group_id == group, hints.c.member_id == other)
        self._conn.execute(update(hints).where(*theirs).values(member_id=member))


def _theirs(group: int, asking: int, member: int) -> tuple[Any, ...]:
    return (hints.c.group_id == group, hints.c.asking_id == asking, hints.c.member_id == member)


class SqlAppeals:
    """Votes and appeals of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # votes

    def vote(self, group: int, answer: int, version: int, member: int, helpful: bool, now: datetime) -> None:
        """The member's one vote on this review; the newest counts."""
        values = {"helpful": helpful, "at": now}
        insert = insert_for(self._conn, review_votes).values(
            group_id=group, answer_id=answer, version=version, member_id=member, **values
        )
        self._conn.execute(
            insert.on_conflict_do_update(index_elements=["answer_id", "version", "member_id"], set_=values)
        )

    def votes(self, group: int) -> VoteCount:
        """All votes of a group."""
        rows = self._conn.execute(
            select(review_votes.c.helpful, func.count())
            .where(review_votes.c.group_id == group)
            .group_by(review_votes.c.helpful)
        )
        counts = {bool(helpful): int(number) for helpful, number in rows}
        return VoteCount(counts.get(True, 0), counts.get(False, 0))

    # appeals

    def file(self, group: int, answer: int, version: int, reason: str, now: datetime) -> Appeal | None:
        """A new appeal; None where this version has one."""
        filed = insert_for(self._conn, appeals).values(
            group_id=group,
            answer_id=answer,
            version=version,
            state=AppealState.ASKED,
            reason=reason,
            filed_at=now,
            why="",
        )
        if not inserted(self._conn, filed.on_conflict_do_nothing(index_elements=["answer_id", "version"])):
            return None
        return self.of(group, answer, version)

    def of(self, group: int, answer: int, version: int) -> Appeal | None:
        """The appeal against the review of this version."""
        return self._one(appeals.c.group_id == group, appeals.c.answer_id == answer, appeals.c.version == version)

    def by_id(self, group: int, appeal: int) -> Appeal | None:
        """One appeal."""
        return self._one(appeals.c.group_id == group, appeals.c.id == appeal)

    def held(self, group: int, appeal: int) -> Appeal | None:
        """One appeal, which nobody else changes until the transaction ends."""
        return self._one(appeals.c.group_id == group, appeals.c.id == appeal, hold=True)

    def change(self, appeal: Appeal) -> None:
        """Stores an appeal's new state."""
        self._conn.execute(
            update(appeals)
            .where(appeals.c.group_id == appeal.group, appeals.c.id == appeal.id)
            .values(
                state=appeal.state,
                reason=appeal.reason,
                second=review_text(appeal.second) if appeal.second is not None else None,
                second_millis=_millis(appeal.second_score),
                decision=appeal.decision,
                score_millis=_millis(appeal.score),
                why=appeal.why,
            )
        )

    def waiting(self, group: int) -> Sequence[Appeal]:
        """The living appeals that wait for a moderator, oldest first."""
        rows = self._conn.execute(
            select(appeals)
            .join(answers, (answers.c.id == appeals.c.answer_id) & (answers.c.version == appeals.c.version))
            .where(appeals.c.group_id == group, appeals.c.state == AppealState.WAITING)
            .order_by(appeals.c.filed_at, appeals.c.id)
        )
        return [_appeal(row) for row in rows]

    def _one(self, *wanted: Any, hold: bool = False) -> Appeal | None:
        query = select(appeals).where(*wanted)
        row = self._conn.execute(query.with_for_update() if hold else query).first()
        return None if row is None else _appeal(row)

    # moderators

    def called(self, group: int, space: SpaceRef, name: str) -> Sequence[UserRef]:
        """The accounts in a space with this id, else those of members with this name, whatever its case."""
        here = (
            identities.c.group_id == group,
            identities.c.platform == space.platform,
            identities.c.workspace == space.workspace,
        )
        account = select(identities.c.user_id).where(*here).limit(2)
        found = list(self._conn.execute(account.where(identities.c.user_id == name)).scalars())
        if not found:
            named = account.join(members, members.c.id == identities.c.member_id)
            found = list(self._conn.execute(named.where(func.lower(members.c.name) == name.lower())).scalars())
        return [UserRef(space.platform, space.workspace, id) for id in found]

    def set_moderator(self, group: int, user: UserRef, moderator: bool) -> None:
        """Appoints somebody, or no longer."""
        values = {"group_id": group, "platform": user.platform, "workspace": user.workspace, "user_id": user.id}
        if moderator:
            self._conn.execute(insert_for(self._conn, moderators).values(**values).on_conflict_do_nothing())
        else:
            self._conn.execute(
                delete(moderators).where(*(moderators.c[name] == value for name, value in values.items()))
            )

    def moderators(self, group: int) -> Sequence[UserRef]:
        """Whom organisers appointed."""
        rows = self._conn.execute(select(moderators).where(moderators.c.group_id == group))
        return [UserRef(row.platform, row.workspace, row.user_id) for row in rows]


def forget_words(conn: Connection, group: int, answer: int, before: Any = None) -> None:
    """The words in an answer's appeals go, and with `before` only those about earlier versions; without it its votes go
    as well. What was decided stays on record."""
    mine = [appeals.c.group_id == group, appeals.c.answer_id == answer]
    if before is not None:
        mine.append(appeals.c.version < before)
    else:
        conn.execute(delete(review_votes).where(review_votes.c.group_id == group, review_votes.c.answer_id == answer))
    conn.execute(update(appeals).where(*mine).values(reason="", why="", second=None))


def _millis(score: float | None) -> int | None:
    return None if score is None else round(score * 1000)


def _appeal(row: Row[Any]) -> Appeal:
    second: Review | None = review_from_text(row.second) if row.second else None
    return Appeal(
        row.id,
        row.group_id,
        row.answer_id,
        row.version,
        AppealState(row.state),
        row.reason,
        row.filed_at,
        second,
        None if row.second_millis is None else row.second_millis / 1000,
        Decision(row.decision) if row.decision else None,
        None if row.score_millis is None else row.score_millis / 1000,
        row.why,
    )
