"""The digests' shelf: which are due, and what a track's week was made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, update

from bot.domain.digests import Goal, Taken
from bot.domain.reviews import Review
from bot.shelves import FIRST_ATTEMPT, Answer, AnswerState, AskingState, DigestSettings, PostingState, Track, TrackState
from bot.storage.answers import SqlAnswers
from bot.storage.asking import SqlAsking
from bot.storage.hidden import answer_consents
from bot.storage.reviews import review_of
from bot.storage.tables import answers, askings, members, postings, reviews, tracks


class SqlDigests:
    """Digests in one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # when

    def are_due(self, now: datetime) -> bool:
        """Whether `due` would find any."""
        return self._conn.execute(select(tracks.c.id).where(*_due(now)).limit(1)).first() is not None

    def due(self, now: datetime, most: int) -> Sequence[tuple[Track, datetime | None]]:
        """Active tracks whose digest has come, or whose next one is not settled; locked."""
        query = select(tracks.c.id, tracks.c.group_id, tracks.c.digest_at).where(*_due(now)).order_by(tracks.c.id)
        rows = self._conn.execute(query.limit(most).with_for_update(skip_locked=True)).all()
        shelf = SqlAsking(self._conn)
        found = [(shelf.track(row.group_id, row.id), row.digest_at) for row in rows]
        return [(track, at) for track, at in found if track is not None]

    def move_next(self, track: int, next_at: datetime) -> None:
        """When the track's next digest is due."""
        self._conn.execute(update(tracks).where(tracks.c.id == track).values(digest_at=next_at))

    # settings

    def settings(self, group: int, track: int) -> DigestSettings:
        """A track's settings."""
        row = self._conn.execute(select(tracks).where(tracks.c.group_id == group, tracks.c.id == track)).one()
        goal = Goal(row.goal_answers, row.goal_share) if row.goal_answers is not None else None
        return DigestSettings(row.digest, row.digest_at, goal)

    def switch(self, group: int, track: int, on: bool) -> None:
        """The track has a digest, or none; the next moment is settled by the next tick."""
        self._set(group, track, digest=on, digest_at=None)

    def set_goal(self, group: int, track: int, goal: Goal | None) -> None:
        """The group's goal in this track."""
        answers, share = (goal.answers, goal.share) if goal is not None else (None, None)
        self._set(group, track, goal_answers=answers, goal_share=share)

    def _set(self, group: int, track: int, **values: Any) -> None:
        self._conn.execute(update(tracks).where(tracks.c.group_id == group, tracks.c.id == track).values(**values))

    # a week

    def asked(self, group: int, track: int, first: date, last: date) -> Sequence[date]:
        """The days of the questions asked from the first to the last day, both included."""
        mine = (askings.c.group_id == group, askings.c.track_id == track, askings.c.state == AskingState.ASKED)
        query = select(askings.c.day).where(*mine, askings.c.day >= first, askings.c.day <= last)
        return list(self._conn.execute(query).scalars())

    def taken(self, group: int, track: int, first: date, last: date) -> Sequence[Taken]:
        """The first attempts that stand, with the days they are counted for."""
        query = _given(select(answers.c.day, answers.c.member_id, members.c.left), group, track)
        query = query.join(members, members.c.id == answers.c.member_id)
        rows = self._conn.execute(query.where(answers.c.day >= first, answers.c.day <= last))
        return [Taken(row.day, row.member_id, row.left) for row in rows]

    def reviewed(self, group: int, track: int, first: date, last: date) -> Sequence[tuple[str, Review]]:
        """The newest reviews of those answers, each with the hash of its question's wording."""
        current = (reviews.c.answer_id == answers.c.id) & (reviews.c.version == answers.c.version)
        query = _given(select(askings.c.question_hash, reviews), group, track).join(reviews, current)
        rows = self._conn.execute(query.where(answers.c.day >= first, answers.c.day <= last).order_by(answers.c.id))
        return [(row.question_hash, review_of(row)) for row in rows]

    def quoted(self, group: int, track: int, since: datetime, until: datetime) -> Sequence[Answer]:
        """The answers that were quoted at a close after `since` and not after `until`, best first."""
        current = (reviews.c.answer_id == answers.c.id) & (reviews.c.version == answers.c.version)
        agreed = (answer_consents.c.answer_id == answers.c.id) & (answer_consents.c.born == answers.c.born)
        query = (
            _given(select(answers.c.id), group, track)
            .join(postings, postings.c.id == answers.c.posting_id)
            .join(reviews, current)
            .join(answer_consents, agreed)
            .where(*_closed(since, until), answer_consents.c.chosen.is_(True))
            .order_by(reviews.c.score_millis.desc(), answers.c.id)
        )
        shelf = SqlAnswers(self._conn)
        found = (shelf.by_id(group, id) for id in self._conn.execute(query).scalars())
        return [each for each in found if each is not None]

    def was_quoted(self, group: int, answer: int) -> bool:
        """Whether this answer was quoted at a close, also when it was withdrawn since."""
        mine = (answer_consents.c.group_id == group, answer_consents.c.answer_id == answer)
        query = select(answer_consents.c.answer_id).where(*mine, answer_consents.c.chosen.is_(True))
        return self._conn.execute(query).first() is not None

    def changes(self, group: int, track: int, since: datetime, until: datetime) -> int:
        """A number that grows when an answer to a question that closed in this time is withdrawn or given anew."""
        query = (
            select(func.coalesce(func.sum(answers.c.version), 0))
            .select_from(askings)
            .join(answers, answers.c.asking_id == askings.c.id)
            .join(postings, postings.c.id == answers.c.posting_id)
            .where(askings.c.group_id == group, askings.c.track_id == track, *_closed(since, until))
        )
        return int(self._conn.execute(query).scalar_one())


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    has_come = or_(tracks.c.digest_at.is_(None), tracks.c.digest_at <= now)
    return (tracks.c.state == TrackState.ACTIVE, tracks.c.digest.is_(True), has_come)


def _closed(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    closed_at = postings.c.closes_at
    return (postings.c.state == PostingState.CLOSED, closed_at > since, closed_at <= until)


def _given(query: Select[Any], group: int, track: int) -> Select[Any]:
    """Of a track's askings with the first attempts that stand."""
    mine = (askings.c.group_id == group, askings.c.track_id == track)
    stands = (answers.c.attempt == FIRST_ATTEMPT, answers.c.state != AnswerState.WITHDRAWN)
    return query.select_from(askings).join(answers, answers.c.asking_id == askings.c.id).where(*mine, *stands)
