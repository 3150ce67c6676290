"""The shelf of fairness, and its table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
)

from bot.domain.fairness import Unscored, Why
from bot.shelves import FIRST_ATTEMPT, Answer, AnswerState
from bot.storage.tables import answer_versions, answers, askings, reviews
from bot.storage.types import metadata

#: Versions of answers that earn no points, and the earlier answer that they repeat.
unscored = Table(
    "unscored",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True, autoincrement=False),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("why", String(16), nullable=False),
    Column("like_id", Integer),
)

#: A text so many times longer or shorter repeats nothing, whatever its layout; it is not even read.
LONGER = 2


class SqlFairness:
    """Fairness of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def of(self, group: int, answer: int) -> Unscored | None:
        """What was settled last about an answer; it may be about an earlier version."""
        row = self._conn.execute(_OF, {"of": group, "one": answer}).first()
        return None if row is None else Unscored(Why(row.why), row.version, row.like_id)

    def settle(self, group: int, answer: int, found: Unscored | None) -> None:
        """Settles it anew; None lets the answer count."""
        mine = (unscored.c.group_id == group, unscored.c.answer_id == answer)
        self._conn.execute(delete(unscored).where(*mine))
        if found is not None:
            row = {"version": found.version, "why": found.why, "like_id": found.like}
            self._conn.execute(unscored.insert().values(answer_id=answer, group_id=group, **row))

    def earlier_that_day(self, group: int, answer: int) -> int:
        """How many first attempts their author gave before this answer on the same local day of theirs and that stand
        and count; 0 for a second attempt."""
        return self._conn.execute(_EARLIER, {"of": group, "one": answer}).scalar_one()

    def given_before(self, group: int, answer: Answer) -> Mapping[int, str]:
        """What others wrote about the same asking before this text, and what anybody wrote when its track asked the
        same before; by answer, without those that are copies themselves. An edited text counts from its review on, so
        where it is not sure who was first, it is left out."""
        named = {
            "of": group,
            "this": answer.id,
            "at": answer.received_at,
            "asking": answer.asking,
            "who": answer.member,
            "least": len(answer.text) // LONGER,
            "most": len(answer.text) * LONGER,
        }
        rows = self._conn.execute(_given_before(answer.version != answer.born), named)
        return {row.id: row.text for row in rows}


@cache
def _given_before(edited: bool) -> Select[tuple[int, str]]:
    # Asked with every review, so put together once.
    never_edited = and_(answers.c.version == answers.c.born, answers.c.id < bindparam("this"))
    reviewed = reviews.c.at.is_not(None) if edited else reviews.c.at < bindparam("at")
    version = and_(answer_versions.c.answer_id == answers.c.id, answer_versions.c.number == answers.c.version)
    return (
        select(answers.c.id, answer_versions.c.text)
        .join(answer_versions, version)
        .outerjoin(reviews, and_(reviews.c.answer_id == answers.c.id, reviews.c.version == answers.c.version))
        .where(
            answers.c.group_id == bindparam("of"),
            or_(
                and_(answers.c.asking_id == bindparam("asking"), answers.c.member_id != bindparam("who")),
                answers.c.asking_id.in_(_asked_before()),
            ),
            answers.c.state != AnswerState.WITHDRAWN,
            func.length(answer_versions.c.text).between(bindparam("least"), bindparam("most")),
            or_(never_edited, reviewed),
            ~_is_unscored(Why.COPY),
        )
        .order_by(answers.c.id)
    )


def _asked_before() -> Select[tuple[int]]:
    """The earlier askings of the same question by the same track."""
    this = askings.alias()
    same = (askings.c.track_id == this.c.track_id, askings.c.question_id == this.c.question_id)
    earlier = (this.c.id == bindparam("asking"), askings.c.id < bindparam("asking"))
    return select(askings.c.id).join(this, and_(*same)).where(*earlier)


def _is_unscored(*why: Why) -> ColumnElement[bool]:
    """Whether an answer's newest version earns no points, for one of these reasons where any are given."""
    here = [unscored.c.answer_id == answers.c.id, unscored.c.version == answers.c.version]
    return select(unscored.c.answer_id).where(*here, *([unscored.c.why.in_(why)] if why else [])).exists()


# Asked with every review, so put together once.
_OF = select(unscored).where(unscored.c.group_id == bindparam("of"), unscored.c.answer_id == bindparam("one"))
_THIS = answers.alias()
_EARLIER = (
    select(func.count())
    .select_from(answers)
    .join(
        _THIS,
        and_(
            answers.c.group_id == bindparam("of"),
            answers.c.member_id == _THIS.c.member_id,
            answers.c.own_day == _THIS.c.own_day,
            answers.c.id < _THIS.c.id,
            answers.c.attempt == FIRST_ATTEMPT,
            answers.c.state != AnswerState.WITHDRAWN,
        ),
    )
    .where(_THIS.c.id == bindparam("one"), ~_is_unscored())
)
