"""Standings: booking points for answers, and the board as one viewer may see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.answers import Timeliness
from bot.domain.appeals import Decision
from bot.domain.fairness import Why
from bot.domain.questions import question_from_json
from bot.domain.reviews import Gate, Review
from bot.domain.reviews import score as score_of
from bot.domain.standings import (
    WHOLE_GROUP,
    Board,
    Period,
    Row,
    Scope,
    board_from,
    day_before,
    first_day,
    growth,
    last_day,
    period_key,
    points,
    possible_points,
)
from bot.services import fairness
from bot.shelves import SECOND_ATTEMPT, Answer, AnswerState, Appeal, Booking, StoredReview, Tx

#: RULES, Boards: the top, and the asker's neighbours.
TOP = 3
EACH_SIDE = 1
#: Boards that tell the viewer how much was possible for them (F49): over a day or a week they see it themselves.
SHARES = (Period.MONTH, Period.SEASON, Period.ALL)

#: Texts that are kept and earn nothing. One that misses the subject is still an attempt and scores at most 0.1.
NON_ANSWERS = frozenset({Gate.EMPTY, Gate.DONT_KNOW, Gate.ECHO, Gate.KEYWORD_LIST})


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade that counts: the review's, or the one an appeal ended with."""

    score: float
    non_answer: bool


def book_review(tx: Tx, answer: Answer, review: Review, score: float, now: datetime) -> None:
    """Brings the points of an answer to what its newest review earns; an edit keeps its date (RULES, Points)."""
    grade = Grade(score, review.gate in NON_ANSWERS)
    settle(tx, answer, f"answer:{answer.id}:{answer.version}", now, grade)


def settle(tx: Tx, answer: Answer, cause: str, now: datetime, grade: Grade | None = None) -> None:
    """Brings the points of an answer, and of the second attempt that grows from it, to what their grades earn. Whoever
    calls has it from `held_for_points`. `cause` names what happened, so that a repeat books nothing. An answer whose
    newest version is not graded yet keeps what it had. What its author remembers is found out anew from the grades."""
    _remember(tx, answer)
    if answer.is_second:
        first = tx.answers.of(answer.group, answer.asking, answer.member)
        if first is not None:
            _settle_growth(tx, answer, grade or grade_of(tx, answer), first, grade_of(tx, first), cause, now)
        return
    counts = grade or grade_of(tx, answer)
    if counts is None:
        return
    hints = tx.hints.paid(answer.group, answer.asking, answer.member)
    earned = points(counts.score, _time(answer), hints, counts.non_answer)
    _bring_to(tx, answer, 0 if fairness.unscored(tx, answer) else earned, 1, cause, now)
    second = tx.answers.of(answer.group, answer.asking, answer.member, SECOND_ATTEMPT)
    if second is not None and (second := tx.answers.held(answer.group, second.id)) is not None:
        _settle_growth(tx, second, grade_of(tx, second), answer, counts, f"{cause}:growth", now)


def held_for_points(tx: Tx, group: int, answer: int) -> Answer | None:
    """One answer whose points nobody else changes until the transaction ends: growth hangs on two answers, and the
    first of them is always held first."""
    found = tx.answers.by_id(group, answer)
    if found is not None and found.is_second:
        first = tx.answers.of(group, found.asking, found.member)
        if first is not None:
            tx.answers.held(group, first.id)
    return tx.answers.held(group, answer)


def grade_of(tx: Tx, answer: Answer) -> Grade | None:
    """The grade of an answer's newest version; None while there is none."""
    if answer.state is AnswerState.WITHDRAWN:
        return None
    review = tx.reviews.of(answer.group, answer.id, answer.version)
    if review is None:
        return None
    appeal = tx.appeals.of(answer.group, answer.id, answer.version)
    return graded(tx, answer, review, appeal)


def graded(tx: Tx, answer: Answer, stored: StoredReview, appeal: Appeal | None) -> Grade:
    """The grade a review gives, or what an appeal against it ended with. A moderator's 0 says that it is no answer."""
    if appeal is not None and appeal.decision is Decision.OWN and appeal.score is not None:
        return Grade(appeal.score, appeal.score == 0)
    review = stored.review
    if appeal is not None and appeal.decision is Decision.SECOND and appeal.second_score is not None:
        gate = appeal.second.gate if appeal.second is not None else None
        return Grade(appeal.second_score, gate in NON_ANSWERS)
    return Grade(_whole_score(tx, answer, stored), review.gate in NON_ANSWERS)


def _whole_score(tx: Tx, answer: Answer, stored: StoredReview) -> float:
    """The score to the last digit; rows keep thousandths, and a half point may hang on less."""
    asking = tx.asking.asking(answer.group, answer.asking)
    body = tx.asking.copy(asking.question_hash) if asking is not None and asking.question_hash is not None else None
    return stored.score if body is None else score_of(question_from_json(body), stored.review)


def _settle_growth(
    tx: Tx, second: Answer, grade: Grade | None, first: Answer, begun: Grade | None, cause: str, now: datetime
) -> None:
    if grade is None or begun is None or second.state is AnswerState.WITHDRAWN:
        return
    # No real answer to begin with is a score of nothing: whoever writes one then has grown by all of it.
    before = 0.0 if begun.non_answer else begun.score
    earned = 0 if grade.non_answer else growth(before, grade.score, _time(second))
    _bring_to(tx, second, earned if _may_grow(tx, first, second) else 0, 0, cause, now)


def _may_grow(tx: Tx, first: Answer, second: Answer) -> bool:
    """A second attempt that repeats somebody earns nothing, nor does one on an answer beyond the day's cap."""
    if fairness.unscored(tx, second) is not None:
        return False
    begun = fairness.unscored(tx, first)
    return begun is None or begun.why is not Why.CAP


def withdraw_points(tx: Tx, answer: Answer, now: datetime) -> None:
    """Withdrawn: all back, and nothing is remembered by it."""
    _remember(tx, answer)
    _bring_to(tx, answer, 0, 0, f"withdrawn:{answer.id}:{answer.version}", now)


def _remember(tx: Tx, answer: Answer) -> None:
    asking = tx.asking.asking(answer.group, answer.asking)
    if asking is not None and asking.question is not None:
        tx.repetition.touch(answer.group, answer.member, asking.question)


def _bring_to(tx: Tx, answer: Answer, earned: int, counted: int, key: str, now: datetime) -> None:
    """Books what is missing to these points; nothing when they stand there already."""
    had, was_counted = tx.standings.booked(answer.group, answer.id)
    if (had, was_counted) == (earned, counted):
        return
    change, answers = earned - had, counted - was_counted
    booking = Booking(key, answer.member, answer.asking, answer.id, change, answers, answer.day, answer.is_second)
    tx.standings.book(answer.group, booking, now)


def _time(answer: Answer) -> Timeliness:
    return Timeliness.LATE if answer.late else Timeliness.IN_TIME


def board_for(tx: Tx, group: int, viewer: int | None, period: Period, day: date, of: Scope = WHOLE_GROUP) -> Board:
    """The board of the period that this date lies in: the top, and around the viewer their neighbours."""
    key = period_key(period, day)
    top = tx.standings.top(group, period, key, TOP, of)
    mine = tx.standings.own(group, period, key, viewer, of) if viewer is not None else None
    around = _around(tx, group, period, key, mine, of) if mine is not None and mine.points > 0 else []
    shown = replace(board_from(period, key, top, around, mine, tx.standings.people(group, period, key, of)), of=of)
    return _for_viewer(tx, group, shown, day, mine) if mine is not None else shown


def _for_viewer(tx: Tx, group: int, board: Board, day: date, mine: Row) -> Board:
    """The board with what it says to the viewer of themselves alone."""
    told = replace(board, gain=_gain(tx, group, board, day, mine))
    if board.period not in SHARES or board.of.growth:
        return told
    left_out = tx.standings.unanswered(
        group, mine.member_id, first_day(board.period, day), last_day(board.period, day), board.of
    )
    possible = possible_points(mine.points, mine.answers + left_out.since_joined)
    return replace(told, possible=possible, joined_late=left_out.before > 0)


def _gain(tx: Tx, group: int, board: Board, day: date, mine: Row) -> int:
    """How many points more somebody has than in the period before, if they had any then (F48)."""
    earlier = day_before(board.period, day)
    if earlier is None:
        return 0
    had = tx.standings.own(group, board.period, period_key(board.period, earlier), mine.member_id, board.of)
    return max(0, mine.points - had.points) if had is not None and had.points > 0 else 0


def _around(tx: Tx, group: int, period: Period, key: str, mine: Row, of: Scope) -> list[tuple[int, Row]]:
    """The viewer and their neighbours with ranks: people above with equal points share the rank."""
    rows = [*tx.standings.neighbours(group, period, key, mine, EACH_SIDE, of), mine]
    rows.sort(key=lambda row: (-row.points, row.member_id))
    return [(tx.standings.ahead_of(group, period, key, row.points, of) + 1, row) for row in rows]
