"""The repetition shelf: cards, who wants to be asked again, and what they were asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    update,
)

from bot.domain.questions import Question, content_hash, question_from_json, question_to_json
from bot.domain.refs import ChannelRef, UserRef
from bot.domain.repetition import Card, Recalled, Retained
from bot.domain.reviews import Review
from bot.shelves import AnswerState, Due, PostingState, Reask, ReaskState, Repeater
from bot.storage.appeals import appeals
from bot.storage.reviews import review_from_text, review_text
from bot.storage.tables import answers, askings, members, postings, question_copies, reviews
from bot.storage.types import UtcDateTime, metadata
from bot.storage.work import insert_for, insert_new

#: What a member remembers of a question. Without `due_at` it is to be made anew.
cards = Table(
    "cards",
    metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("question_id", String(120), primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("state", Text),
    Column("due_at", UtcDateTime),
    Column("last_at", UtcDateTime),
    Index("ix_cards_due", "due_at"),
)

repeaters = Table(
    "repeaters",
    metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("wanted", Boolean, nullable=False),
    Column("most", Integer, nullable=False),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("next_at", UtcDateTime),
    Column("closed", Boolean, nullable=False),
    Column("last_day", Date),
    Index("ix_repeaters_next", "next_at"),
)

#: `first_id` names the first question of the same private message; the first itself has none.
reasks = Table(
    "reasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("first_id", Integer, index=True),
    Column("question_id", String(120), nullable=False),
    Column("question_hash", ForeignKey("question_copies.hash"), nullable=False),
    Column("day", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("guess_millis", Integer),
    Column("score_millis", Integer),
    Column("review", Text),
    Index("ix_reasks_member", "member_id", "question_id"),
    Index("ix_reasks_group", "group_id", "answered_at"),
)

# Run with every review, so put together once.
_TOUCH = (
    update(cards)
    .where(cards.c.member_id == bindparam("who"), cards.c.question_id == bindparam("what"))
    .values(due_at=None)
)
_GIVEN = (
    select(
        answers.c.received_at.label("at"), func.coalesce(appeals.c.score_millis, reviews.c.score_millis).label("millis")
    )
    .join(askings, askings.c.id == answers.c.asking_id)
    .join(reviews, (reviews.c.answer_id == answers.c.id) & (reviews.c.version == answers.c.version))
    .outerjoin(appeals, (appeals.c.answer_id == answers.c.id) & (appeals.c.version == answers.c.version))
    .where(
        answers.c.group_id == bindparam("of"),
        answers.c.member_id == bindparam("who"),
        answers.c.attempt > 0,
        answers.c.state != AnswerState.WITHDRAWN,
        askings.c.question_id == bindparam("what"),
    )
)
_PRACTISED = select(reasks.c.answered_at.label("at"), reasks.c.score_millis.label("millis")).where(
    reasks.c.group_id == bindparam("of"),
    reasks.c.member_id == bindparam("who"),
    reasks.c.question_id == bindparam("what"),
    reasks.c.state == ReaskState.GRADED,
)
_NOT_ANSWERED = (ReaskState.OWED, ReaskState.ASKED)
_DUE = (repeaters.c.wanted.is_(True), repeaters.c.next_at <= bindparam("now"))


class SqlRepetition:
    """Repetition in one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # what is remembered

    def touch(self, group: int, member: int, question: str) -> None:
        """Something about the member's answers to this question has changed: its card is to be made anew."""
        row = {"member_id": member, "question_id": question, "group_id": group}
        if insert_new(self._conn, cards, ("member_id", "question_id"), row) is None:
            self._conn.execute(_TOUCH, {"who": member, "what": question})

    def touch_all(self, group: int, member: int) -> None:
        """All cards of this member are to be made anew, from everything they ever answered."""
        asked = (
            select(askings.c.question_id)
            .join(answers, answers.c.asking_id == askings.c.id)
            .where(answers.c.group_id == group, answers.c.member_id == member, askings.c.question_id.is_not(None))
            .distinct()
        )
        for question in self._conn.execute(asked).scalars().all():
            self.touch(group, member, question)

    def are_touched(self) -> bool:
        """Whether any card is to be made anew."""
        return (
            self._conn.execute(select(cards.c.member_id).where(cards.c.due_at.is_(None)).limit(1)).first() is not None
        )

    def touched(self, most: int, group: int | None = None, member: int | None = None) -> Sequence[tuple[int, int, str]]:
        """Cards that are to be made anew, of one member where named: group, member and question."""
        wanted: list[ColumnElement[bool]] = [cards.c.due_at.is_(None)]
        if member is not None:
            wanted += [cards.c.group_id == group, cards.c.member_id == member]
        rows = self._conn.execute(select(cards).where(*wanted).limit(most).with_for_update(skip_locked=True))
        return [(row.group_id, row.member_id, row.question_id) for row in rows]

    def past(self, group: int, member: int, question: str) -> Sequence[Recalled]:
        """All graded answers of a member to a question that stand, in threads, by form and re-asked."""
        named = {"of": group, "who": member, "what": question}
        rows = [*self._conn.execute(_GIVEN, named), *self._conn.execute(_PRACTISED, named)]
        return [Recalled(row.at, row.millis / 1000) for row in sorted(rows, key=lambda row: row.at)]

    def put(self, group: int, member: int, question: str, card: Card | None) -> None:
        """The card as it is now; none where nothing is remembered."""
        this = (cards.c.group_id == group, cards.c.member_id == member, cards.c.question_id == question)
        if card is None:
            self._conn.execute(delete(cards).where(*this))
            return
        values = {"state": card.state, "due_at": card.due_at, "last_at": card.last_at}
        self._conn.execute(update(cards).where(*this).values(values))

    def cards(self, group: int, member: int) -> Sequence[Due]:
        """A member's cards, the longest due first."""
        mine = (cards.c.group_id == group, cards.c.member_id == member, cards.c.due_at.is_not(None))
        rows = self._conn.execute(select(cards).where(*mine).order_by(cards.c.due_at, cards.c.question_id))
        return [Due(row.question_id, Card(row.due_at, row.last_at, row.state)) for row in rows]

    def remembered(self, group: int, questions: Collection[str]) -> Mapping[str, Sequence[Card]]:
        """The cards for these questions of all who are still here, in the order of the members."""
        query = (
            select(cards)
            .join(members, members.c.id == cards.c.member_id)
            .where(
                cards.c.group_id == group,
                cards.c.question_id.in_(questions),
                cards.c.due_at.is_not(None),
                members.c.left.is_(False),
            )
            .order_by(cards.c.member_id)
        )
        found: dict[str, list[Card]] = {}
        for row in self._conn.execute(query):
            found.setdefault(row.question_id, []).append(Card(row.due_at, row.last_at, row.state))
        return found

    def busy(self, group: int, member: int, since: date) -> frozenset[str]:
        """Questions that are open in the group now, or that wait for this member's answer since this date."""
        is_open = (
            select(askings.c.question_id)
            .join(postings, postings.c.asking_id == askings.c.id)
            .where(
                postings.c.group_id == group,
                postings.c.state == PostingState.POSTED,
                postings.c.gone.is_(False),
                askings.c.question_id.is_not(None),
            )
        )
        waits = select(reasks.c.question_id).where(
            reasks.c.group_id == group,
            reasks.c.member_id == member,
            reasks.c.state.in_(_NOT_ANSWERED),
            reasks.c.day >= since,
        )
        found = [*self._conn.execute(is_open).scalars(), *self._conn.execute(waits).scalars()]
        return frozenset(found)

    # who wants it

    def repeater(self, group: int, member: int) -> Repeater | None:
        """What a member said; None where they were never asked."""
        row = self._conn.execute(select(repeaters).where(*_mine(group, member))).first()
        return None if row is None else _repeater(row)

    def agree(self, group: int, member: int, user: UserRef, place: ChannelRef, most: int, next_at: datetime) -> None:
        """The member wants so many questions a day, there; the first time at this moment."""
        self._say(group, member, user, place, wanted=True, most=most, next_at=next_at)

    def refuse(self, group: int, member: int, user: UserRef, place: ChannelRef) -> None:
        """The member wants none (any more)."""
        self._say(group, member, user, place, wanted=False, most=0, next_at=None)

    def _say(self, group: int, member: int, user: UserRef, place: ChannelRef, **values: Any) -> None:
        values |= {
            "group_id": group,
            "platform": user.platform,
            "workspace": user.workspace,
            "user_id": user.id,
            "channel_id": place.id,
            "closed": False,
        }
        insert = insert_for(self._conn, repeaters).values(member_id=member, **values)
        self._conn.execute(insert.on_conflict_do_update(index_elements=["member_id"], set_=values))

    def stop(self, group: int, member: int, closed: bool) -> None:
        """It is off until they ask for it again."""
        self._change(group, member, wanted=False, next_at=None, closed=closed)

    def was_told(self, group: int, member: int) -> None:
        """They know that it is off."""
        self._change(group, member, closed=False)

    def are_due(self, now: datetime) -> bool:
        """Whether `due` would find anybody."""
        return self._conn.execute(select(repeaters.c.member_id).where(*_DUE).limit(1), {"now": now}).first() is not None

    def due(self, now: datetime, most: int) -> Sequence[Repeater]:
        """Members whose moment has come; locked."""
        query = select(repeaters).where(*_DUE).order_by(repeaters.c.next_at, repeaters.c.member_id)
        rows = self._conn.execute(query.limit(most).with_for_update(skip_locked=True), {"now": now})
        return [_repeater(row) for row in rows]

    def move_next(self, group: int, member: int, next_at: datetime, last_day: date | None) -> None:
        """The member's next moment, and the date of their newest private message."""
        self._change(group, member, next_at=next_at, last_day=last_day)

    def _change(self, group: int, member: int, **values: Any) -> None:
        self._conn.execute(update(repeaters).where(*_mine(group, member)).values(**values))

    # what they are asked

    def ask(
        self, group: int, member: int, first: int | None, question: Question, day: date, since: datetime, now: datetime
    ) -> int:
        """One more question for the message of `first`, or the first of a new one; returns its id."""
        hash, body = content_hash(question), question_to_json(question)
        copy = {"hash": hash, "question_id": question.id, "body": body, "kept_at": now}
        insert_new(self._conn, question_copies, ("hash",), copy)
        values = {
            "group_id": group,
            "member_id": member,
            "first_id": first,
            "question_id": question.id,
            "question_hash": hash,
            "day": day,
            "state": ReaskState.OWED,
            "since": since,
            "text": "",
        }
        return int(self._conn.execute(reasks.insert().values(values).returning(reasks.c.id)).scalar_one())

    def reask(self, group: int, id: int, *, hold: bool = False) -> Reask | None:
        """One question that is asked again."""
        query = _with_question().where(reasks.c.group_id == group, reasks.c.id == id)
        row = self._conn.execute(query.with_for_update(of=reasks) if hold else query).first()
        return None if row is None else _reask(row)

    def message(self, group: int, first: int) -> Sequence[Reask]:
        """The questions of one private message, in their order."""
        rows = self._conn.execute(_with_question().where(reasks.c.group_id == group, _of(first)).order_by(reasks.c.id))
        return [_reask(row) for row in rows]

    def set_state(self, group: int, first: int, state: ReaskState) -> None:
        """What became of the questions of a message that were still owed."""
        owed = (reasks.c.group_id == group, _of(first), reasks.c.state == ReaskState.OWED)
        self._conn.execute(update(reasks).where(*owed).values(state=state))

    def answer(self, group: int, id: int, text: str, guess: float | None, at: datetime) -> None:
        """The member's answer."""
        millis = None if guess is None else round(guess * 1000)
        self._set(group, id, state=ReaskState.ANSWERED, text=text, guess_millis=millis, answered_at=at)

    def grade(self, group: int, id: int, score: float, review: Review) -> None:
        """What the reviewer says of it."""
        self._set(group, id, state=ReaskState.GRADED, score_millis=round(score * 1000), review=review_text(review))

    def _set(self, group: int, id: int, **values: Any) -> None:
        self._conn.execute(update(reasks).where(reasks.c.group_id == group, reasks.c.id == id).values(**values))

    def retained(self, group: int, since: datetime, member: int | None = None) -> Sequence[Retained]:
        """All re-asked questions of a group, of one member where named, that were answered since then and graded,
        oldest first."""
        wanted = [reasks.c.group_id == group, reasks.c.state == ReaskState.GRADED, reasks.c.answered_at >= since]
        wanted += [] if member is None else [reasks.c.member_id == member]
        rows = self._conn.execute(select(reasks).where(*wanted).order_by(reasks.c.answered_at, reasks.c.id))
        return [
            Retained(
                row.member_id,
                row.question_id,
                (row.answered_at - row.since).days,
                row.score_millis / 1000,
                row.answered_at,
            )
            for row in rows
        ]

    def merge(self, group: int, member: int, other: int) -> None:
        """Two members become one: cards both have are made anew, and what the first one said holds."""
        theirs = select(cards.c.question_id).where(cards.c.group_id == group, cards.c.member_id == member)
        both = list(
            self._conn.execute(
                select(cards.c.question_id).where(cards.c.member_id == other, cards.c.question_id.in_(theirs))
            ).scalars()
        )
        self._conn.execute(delete(cards).where(cards.c.member_id == other, cards.c.question_id.in_(both)))
        for question in both:
            self.touch(group, member, question)
        if self.repeater(group, member) is not None:
            self._conn.execute(delete(repeaters).where(*_mine(group, other)))


def _mine(group: int, member: int) -> tuple[ColumnElement[bool], ...]:
    return (repeaters.c.group_id == group, repeaters.c.member_id == member)


def _of(first: int) -> ColumnElement[bool]:
    return (reasks.c.id == first) | (reasks.c.first_id == first)


def _with_question() -> Any:
    return select(reasks, question_copies.c.body).join(
        question_copies, question_copies.c.hash == reasks.c.question_hash
    )


def _repeater(row: Row[Any]) -> Repeater:
    user = UserRef(row.platform, row.workspace, row.user_id)
    place = ChannelRef(row.platform, row.workspace, row.channel_id)
    return Repeater(row.member_id, row.group_id, row.wanted, row.most, user, place, row.closed, row.last_day)


def _reask(row: Row[Any]) -> Reask:
    return Reask(
        row.id,
        row.group_id,
        row.member_id,
        row.id if row.first_id is None else row.first_id,
        question_from_json(row.body),
        row.day,
        ReaskState(row.state),
        row.since,
        row.text,
        row.answered_at,
        None if row.guess_millis is None else row.guess_millis / 1000,
        None if row.score_millis is None else row.score_millis / 1000,
        review_from_text(row.review) if row.review else None,
    )
