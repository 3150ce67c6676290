"""The guesses' shelf."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, union_all

from bot.domain.guesses import Guessed
from bot.shelves import AnswerState
from bot.storage.appeals import appeals
from bot.storage.repetition import reasks
from bot.storage.tables import answers, guesses, reviews
from bot.storage.work import insert_for


class SqlGuesses:
    """Guesses of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def put(self, group: int, answer: int, version: int, guess: float, now: datetime) -> None:
        """The author's guess at this version's score; the newest one counts."""
        values = {"millis": round(guess * 1000), "at": now}
        insert = insert_for(self._conn, guesses).values(answer_id=answer, version=version, group_id=group, **values)
        self._conn.execute(insert.on_conflict_do_update(index_elements=["answer_id", "version"], set_=values))

    def of(self, group: int, answer: int, version: int) -> float | None:
        """The guess at a version's score."""
        mine = (guesses.c.group_id == group, guesses.c.answer_id == answer, guesses.c.version == version)
        millis = self._conn.execute(select(guesses.c.millis).where(*mine)).scalar()
        return None if millis is None else millis / 1000

    def is_known(self, group: int, answer: int) -> bool:
        """Whether the score of any version of this answer is known."""
        mine = (reviews.c.group_id == group, reviews.c.answer_id == answer)
        return self._conn.execute(select(reviews.c.version).where(*mine).limit(1)).first() is not None

    def newest(self, group: int, member: int, most: int) -> Sequence[Guessed]:
        """A member's newest guesses whose scores are known, newest first."""
        counts = func.coalesce(appeals.c.score_millis, reviews.c.score_millis).label("score")
        given = (
            select(guesses.c.millis.label("guess"), counts, guesses.c.at.label("at"))
            .join(answers, answers.c.id == guesses.c.answer_id)
            .join(reviews, _same_version(reviews))
            .outerjoin(appeals, _same_version(appeals))
            .where(
                guesses.c.group_id == group,
                answers.c.member_id == member,
                answers.c.attempt > 0,
                answers.c.state != AnswerState.WITHDRAWN,
            )
        )
        again = select(
            reasks.c.guess_millis.label("guess"), reasks.c.score_millis.label("score"), reasks.c.answered_at.label("at")
        ).where(
            reasks.c.group_id == group,
            reasks.c.member_id == member,
            reasks.c.guess_millis.is_not(None),
            reasks.c.score_millis.is_not(None),
        )
        both = union_all(given, again).subquery()
        rows = self._conn.execute(select(both).order_by(both.c.at.desc()).limit(most))
        return [Guessed(row.guess / 1000, row.score / 1000) for row in rows]


def _same_version(table: Any) -> Any:
    return (table.c.answer_id == guesses.c.answer_id) & (table.c.version == guesses.c.version)
