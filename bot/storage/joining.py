"""The joining shelf: two groups become one, two members become one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, select, update

from bot.domain.refs import UserRef
from bot.shelves import SECOND_ATTEMPT, Answer, AnswerState, Community, Member, TrackState
from bot.storage.answers import SqlAnswers
from bot.storage.appeals import SqlHints
from bot.storage.budgets import SqlBudgets
from bot.storage.repetition import SqlRepetition
from bot.storage.standings import SqlStandings
from bot.storage.tables import (
    answers,
    form_submissions,
    groups,
    identities,
    joined_groups,
    members,
    point_events,
    tallies,
    totals,
    tracks,
)
from bot.storage.types import metadata
from bot.storage.work import owed, parked

#: Their rows are moved with the sums they make.
POINTS = (point_events, totals, tallies)

# Asked after every story, so put together once.
_JOINED = select(joined_groups.c.group_id).where(joined_groups.c.former == bindparam("former"))


class SqlJoining:
    """Joining in one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # groups

    def community(self, group: int) -> Community:
        """A group in figures."""
        name = self._conn.execute(select(groups.c.name).where(groups.c.id == group)).scalar_one()
        people = self._count(members, members.c.group_id == group)
        asking = self._count(tracks, tracks.c.group_id == group, tracks.c.state == TrackState.ACTIVE)
        stands = self._count(answers, answers.c.group_id == group, answers.c.state != AnswerState.WITHDRAWN)
        return Community(name, people, asking, stands)

    def join(self, group: int, former: int, now: datetime) -> None:
        """All that the former group has is the group's from now on, and the former is no more. Nobody else does
        anything in either until the transaction ends."""
        both = select(groups.c.id).where(groups.c.id.in_([group, former])).order_by(groups.c.id).with_for_update()
        if len(self._conn.execute(both).all()) != 2:
            raise LookupError(f"groups {group} and {former} are not both there")
        self._forget_repeated_forms(group, former)
        SqlBudgets(self._conn).join(group, former)
        for table in metadata.sorted_tables:
            if "group_id" in table.c and table not in POINTS:
                self._conn.execute(update(table).where(table.c.group_id == former).values(group_id=group))
        for table in (owed, parked):
            self._tell_of(table, group, former)
        SqlStandings(self._conn).take_over(group, former)
        self._conn.execute(delete(groups).where(groups.c.id == former))
        self._conn.execute(joined_groups.insert().values(former=former, group_id=group, at=now))

    def _forget_repeated_forms(self, group: int, former: int) -> None:
        """Two platforms might name two sendings of forms alike; one name keeps a repeat out just as well."""
        theirs = select(form_submissions.c.submission).where(form_submissions.c.group_id == group)
        self._conn.execute(
            delete(form_submissions).where(
                form_submissions.c.group_id == former, form_submissions.c.submission.in_(theirs)
            )
        )

    def _tell_of(self, table: Table, group: int, former: int) -> None:
        """Stories that wait begin with their group's number."""
        rows = self._conn.execute(select(table.c.id, table.c.args).where(table.c.group_id == group)).all()
        changed = [
            {"row": row.id, "now": of_group(row.args, group)} for row in rows if row.args and row.args[0] == former
        ]
        if changed:
            self._conn.execute(
                update(table).where(table.c.id == bindparam("row")).values(args=bindparam("now")), changed
            )

    def _count(self, table: Table, *wanted: Any) -> int:
        return self._conn.execute(select(func.count()).select_from(table).where(*wanted)).scalar_one()

    # members

    def accounts(self, group: int, member: int) -> Sequence[UserRef]:
        """All accounts of a member, oldest first."""
        mine = (identities.c.group_id == group, identities.c.member_id == member)
        rows = self._conn.execute(select(identities).where(*mine).order_by(identities.c.id))
        return [UserRef(row.platform, row.workspace, row.user_id) for row in rows]

    def answered_twice(self, group: int, member: int, other: int) -> Sequence[tuple[Answer, Answer]]:
        """The answers of both where they answered the same asking. Nobody else changes any answer of theirs until the
        transaction ends."""
        theirs = (answers.c.group_id == group, answers.c.member_id.in_([member, other]))
        held = self._conn.execute(select(answers).where(*theirs).order_by(answers.c.id).with_for_update()).all()
        of_each = [{row.asking_id for row in held if row.member_id == each} for each in (member, other)]
        shelf = SqlAnswers(self._conn)
        both = (
            (shelf.of(group, asking, member), shelf.of(group, asking, other))
            for asking in sorted(set.intersection(*of_each))
        )
        return [(one, another) for one, another in both if one is not None and another is not None]

    def set_aside(self, group: int, answer: int) -> None:
        """A withdrawn answer makes room: its asking counts as not answered by it. It stays for the log's sake."""
        first = SqlAnswers(self._conn).by_id(group, answer)
        if first is None:
            return
        second = SqlAnswers(self._conn).of(group, first.asking, first.member, SECOND_ATTEMPT)
        both = [first.id] if second is None else [first.id, second.id]
        mine = (answers.c.group_id == group, answers.c.id.in_(both), answers.c.state == AnswerState.WITHDRAWN)
        self._conn.execute(update(answers).where(*mine).values(attempt=-answers.c.id))

    def merge(self, group: int, member: Member, other: Member) -> None:
        """All that the other member has is this one's from now on, and the other is no more."""
        SqlStandings(self._conn).hand_over(group, other.id, member.id)
        SqlHints(self._conn).merge(group, member.id, other.id)
        SqlRepetition(self._conn).merge(group, member.id, other.id)
        for table in metadata.sorted_tables:
            if "member_id" in table.c and table not in POINTS:
                theirs = (table.c.group_id == group, table.c.member_id == other.id)
                self._conn.execute(update(table).where(*theirs).values(member_id=member.id))
        values = {
            "name": member.name or other.name,
            "left": member.left and other.left,
            "hidden": member.hidden or other.hidden,
            "welcomed": member.welcomed or other.welcomed,
            "zone": member.zone or other.zone,
            "own_zone": member.own_zone or other.own_zone,
            "streaks": member.streaks and other.streaks,
            "alias": member.alias or other.alias,
        }
        self._conn.execute(update(members).where(members.c.group_id == group, members.c.id == member.id).values(values))
        self._conn.execute(delete(members).where(members.c.group_id == group, members.c.id == other.id))


def joined_by(conn: Connection, group: int | None) -> int | None:
    """The group that has this one's rows now; None where it is still there, or never was."""
    return conn.execute(_JOINED, {"former": group}).scalar()


def of_group(args: Sequence[Any], group: int) -> list[Any]:
    """What a story is told with, for another group."""
    return [group, *args[1:]]
