"""The hidden shelf: who read the others' answers, and whose may be shown at the close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    Table,
    bindparam,
    delete,
    func,
    select,
    update,
)

from bot.domain.refs import ChannelRef
from bot.shelves import FIRST_ATTEMPT, Answer, AnswerState, Candidate, PostingState
from bot.storage.answers import SqlAnswers
from bot.storage.tables import answers, postings, reviews
from bot.storage.types import UtcDateTime, metadata
from bot.storage.work import insert_for

answer_reads = Table(
    "answer_reads",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: `born` names the giving of the answer that was agreed to.
answer_consents = Table(
    "answer_consents",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("born", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("chosen", Boolean, nullable=False, default=False),
)


class SqlHidden:
    """What may be read of others, in one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def answers(self, group: int, posting: int) -> Sequence[Answer]:
        """The answers to a posting that stand, oldest first."""
        ids = self._conn.execute(
            select(answers.c.id)
            .where(
                answers.c.group_id == group,
                *_given_to(posting),
                answers.c.attempt == FIRST_ATTEMPT,
                answers.c.state != AnswerState.WITHDRAWN,
            )
            .order_by(answers.c.received_at, answers.c.id)
        ).scalars()
        return self._by_ids(group, list(ids))

    def newest_in(self, group: int, channel: ChannelRef) -> int | None:
        """The newest posting that stands in a channel, closed or not."""
        here = (
            postings.c.platform == channel.platform,
            postings.c.workspace == channel.workspace,
            postings.c.channel_id == channel.id,
        )
        stands = postings.c.state.in_([PostingState.POSTED, PostingState.CLOSED])
        return self._conn.execute(
            select(func.max(postings.c.id)).where(postings.c.group_id == group, *here, stands)
        ).scalar()

    def changes(self, group: int, posting: int) -> int:
        """A number that grows with every answer in time, every change of one, and every one taken back."""
        mine = (answers.c.group_id == group, *_given_to(posting), answers.c.late.is_(False))
        total = select(func.coalesce(func.sum(answers.c.version), 0)).where(*mine, answers.c.attempt == FIRST_ATTEMPT)
        return int(self._conn.execute(total).scalar_one())

    def note_read(self, group: int, answer: int, now: datetime) -> None:
        """The author of this answer has read those of others."""
        self._conn.execute(
            insert_for(self._conn, answer_reads)
            .values(answer_id=answer, group_id=group, at=now)
            .on_conflict_do_nothing(index_elements=["answer_id"])
        )

    def has_read(self, group: int, answer: int) -> bool:
        """Whether its author has read those of others."""
        mine = (answer_reads.c.group_id == group, answer_reads.c.answer_id == answer)
        return self._conn.execute(select(answer_reads.c.answer_id).where(*mine)).first() is not None

    def agree(self, group: int, answer: int, born: int, now: datetime) -> None:
        """Its author agrees that it is shown at the close."""
        values = {"born": born, "at": now, "chosen": False}
        insert = insert_for(self._conn, answer_consents).values(answer_id=answer, group_id=group, **values)
        self._conn.execute(insert.on_conflict_do_update(index_elements=["answer_id"], set_=values))

    def take_back(self, group: int, answer: int) -> None:
        """Its author does not agree any more."""
        mine = (answer_consents.c.group_id == group, answer_consents.c.answer_id == answer)
        self._conn.execute(delete(answer_consents).where(*mine))

    def agreed(self, group: int, answer: int, born: int) -> bool:
        """Whether its author agreed."""
        mine = (answer_consents.c.group_id == group, answer_consents.c.answer_id == answer)
        row = self._conn.execute(select(answer_consents.c.answer_id).where(*mine, answer_consents.c.born == born))
        return row.first() is not None

    def candidates(self, group: int, posting: int) -> Sequence[Candidate]:
        """The answers that may be shown, best first; of equal ones the earlier."""
        rows = self._conn.execute(_MAY_BE_SHOWN, {"of": group, "posting": posting}).all()
        scores = {row.id: row.score_millis / 1000 for row in rows}
        return [Candidate(answer, scores[answer.id]) for answer in self._by_ids(group, list(scores))]

    def choose(self, group: int, answers: Sequence[int]) -> None:
        """These are shown."""
        mine = (answer_consents.c.group_id == group, answer_consents.c.answer_id.in_(answers))
        self._conn.execute(update(answer_consents).where(*mine).values(chosen=True))

    def chosen(self, group: int, posting: int) -> Sequence[Answer]:
        """The answers chosen to be shown that still stand, in the order of `candidates`."""
        rows = self._conn.execute(_CHOSEN, {"of": group, "posting": posting})
        return self._by_ids(group, [row.id for row in rows])

    def _by_ids(self, group: int, ids: Sequence[int]) -> list[Answer]:
        shelf = SqlAnswers(self._conn)
        return [found for id in ids if (found := shelf.by_id(group, id)) is not None]


def _given_to(posting: int | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    """Answers to a posting, found by the index on its asking."""
    asking = select(postings.c.asking_id).where(postings.c.id == posting).scalar_subquery()
    return (answers.c.asking_id == asking, answers.c.posting_id == posting)


# Asked at every close, so put together once.
_MAY_BE_SHOWN = (
    select(answers.c.id, reviews.c.score_millis)
    .join(reviews, (reviews.c.answer_id == answers.c.id) & (reviews.c.version == answers.c.version))
    .join(answer_consents, (answer_consents.c.answer_id == answers.c.id) & (answer_consents.c.born == answers.c.born))
    .where(
        answers.c.group_id == bindparam("of"),
        *_given_to(bindparam("posting")),
        answers.c.attempt == FIRST_ATTEMPT,
        answers.c.state != AnswerState.WITHDRAWN,
        answers.c.late.is_(False),
    )
    .order_by(reviews.c.score_millis.desc(), answers.c.received_at, answers.c.id)
)
_CHOSEN = _MAY_BE_SHOWN.where(answer_consents.c.chosen.is_(True))
