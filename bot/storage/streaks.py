"""The streaks' shelf: read from answers and postings alone, so there is nothing that could differ from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, bindparam, exists, func, select

from bot.domain.streaks import Answered, Unanswered
from bot.shelves import FIRST_ATTEMPT, SCHEDULED, AnswerState
from bot.storage.tables import answer_versions, answers, askings, identities, postings

#: The member's answers that were given before the close and not taken back.
_IN_TIME = (
    answers.c.group_id == bindparam("of"),
    answers.c.member_id == bindparam("who"),
    answers.c.attempt == FIRST_ATTEMPT,
    answers.c.late.is_(False),
    answers.c.state != AnswerState.WITHDRAWN,
)
_VERSION = (answer_versions.c.answer_id == answers.c.id) & (answer_versions.c.number == answers.c.version)
_ANSWERED = (
    # Answers from before their author's own day was kept stand on the day they were booked on.
    select(answers.c.id, func.coalesce(answers.c.own_day, answers.c.day).label("own"), askings.c.track_id)
    .join(askings, askings.c.id == answers.c.asking_id)
    .join(answer_versions, _VERSION)
    .where(*_IN_TIME, answer_versions.c.dont_know.is_(False))
    .order_by(answers.c.id.desc())
)
_HAS_ACCOUNT = exists().where(
    identities.c.member_id == bindparam("who"),
    identities.c.platform == postings.c.platform,
    identities.c.workspace == postings.c.workspace,
)
# In the order of the index of askings, so that it is read backwards and no further than needed.
_UNANSWERED = (
    select(askings.c.id, askings.c.day, postings.c.posted_at, postings.c.closes_at)
    .join(postings, postings.c.asking_id == askings.c.id)
    .where(
        askings.c.track_id == bindparam("track"),
        askings.c.day >= bindparam("since"),
        askings.c.slot == SCHEDULED,
        postings.c.closes_at.is_not(None),
        postings.c.gone.is_(False),
        _HAS_ACCOUNT,
        ~exists().where(answers.c.asking_id == askings.c.id, *_IN_TIME),
    )
    .order_by(askings.c.day.desc())
)


class SqlStreaks:
    """Streaks of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def answered(self, group: int, member: int, most: int | None) -> Sequence[Answered]:
        """The member's newest answers in time that stand and say more than "I don't know", oldest first."""
        rows = self._conn.execute(_ANSWERED.limit(most), {"of": group, "who": member}).all()
        return [Answered(row.id, row.own, row.track_id) for row in reversed(rows)]

    def unanswered(self, group: int, member: int, track: int, since: date, most: int | None) -> Sequence[Unanswered]:
        """The scheduled questions of a track, of this date and later, that stood where the member has an account and
        have no answer in time from them; the newest ones, oldest first. An "I don't know" is an answer."""
        wanted = {"of": group, "who": member, "track": track, "since": since}
        rows = self._conn.execute(_UNANSWERED.limit(most), wanted).all()
        return [Unanswered(row.id, track, row.day, row.posted_at, row.closes_at) for row in reversed(rows)]
