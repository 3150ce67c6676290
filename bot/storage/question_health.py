"""The question health shelf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from bot.shelves import FIRST_ATTEMPT, AnswerState, AskedQuestion, GradedAnswer, Trust
from bot.storage.appeals import appeals, review_votes
from bot.storage.tables import answers, askings, postings, reviews


class SqlQuestionHealth:
    """Question health in one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def asked(self, group: int, since: date) -> Sequence[AskedQuestion]:
        """The questions, those asked last first."""
        c = askings.c
        posted = select(postings.c.asking_id).where(postings.c.asking_id == c.id, postings.c.posted_at.is_not(None))
        newest = func.max(c.id).label("newest")
        of_each = (
            select(c.question_id, func.count().label("times"), func.max(c.day).label("last_day"), newest)
            .where(c.group_id == group, c.day >= since, c.question_hash.is_not(None), posted.exists())
            .group_by(c.question_id)
            .subquery()
        )
        rows = self._conn.execute(
            select(of_each, c.question_hash)
            .join(askings, c.id == of_each.c.newest)
            .order_by(of_each.c.last_day.desc(), of_each.c.newest.desc())
        )
        return [AskedQuestion(row.question_id, row.times, row.last_day, row.question_hash) for row in rows]

    def graded(self, group: int, since: date) -> Sequence[GradedAnswer]:
        """The graded first answers to them, withdrawn ones left out."""
        counts = func.coalesce(appeals.c.score_millis, reviews.c.score_millis).label("millis")
        rows = self._conn.execute(
            _first_answers(group, since, askings.c.question_id, answers.c.member_id, counts)
            .join(reviews, (reviews.c.answer_id == answers.c.id) & (reviews.c.version == answers.c.version))
            .outerjoin(appeals, (appeals.c.answer_id == answers.c.id) & (appeals.c.version == answers.c.version))
        )
        return [GradedAnswer(row.question_id, row.member_id, row.millis / 1000) for row in rows]

    def trust(self, group: int, since: date) -> Mapping[str, Trust]:
        """Appeals and votes by question; those without any are left out."""
        filed = self._conn.execute(
            _first_answers(group, since, askings.c.question_id, func.count().label("filed"))
            .join(appeals, (appeals.c.answer_id == answers.c.id) & (appeals.c.version == answers.c.version))
            .group_by(askings.c.question_id)
        )
        helped = func.sum(case((review_votes.c.helpful, 1), else_=0)).label("helped")
        voted = self._conn.execute(
            _first_answers(group, since, askings.c.question_id, func.count().label("votes"), helped)
            .join(review_votes, review_votes.c.answer_id == answers.c.id)
            .group_by(askings.c.question_id)
        )
        appealed: dict[str, int] = {row.question_id: row.filed for row in filed}
        votes: dict[str, Row[Any]] = {row.question_id: row for row in voted}
        return {
            id: Trust(
                appealed.get(id, 0),
                int(votes[id].helped) if id in votes else 0,
                votes[id].votes - int(votes[id].helped) if id in votes else 0,
            )
            for id in appealed.keys() | votes.keys()
        }


def _first_answers(group: int, since: date, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(askings)
        .join(answers, answers.c.asking_id == askings.c.id)
        .where(
            askings.c.group_id == group,
            askings.c.day >= since,
            answers.c.group_id == group,
            answers.c.attempt == FIRST_ATTEMPT,
            answers.c.state != AnswerState.WITHDRAWN,
        )
    )
