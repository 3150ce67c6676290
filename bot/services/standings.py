"""Standings: booking points for answers, and the board as one viewer may see it."""

from __future__ import annotations

from datetime import date, datetime

from bot.domain.answers import Timeliness
from bot.domain.reviews import Gate, Review
from bot.domain.standings import Board, Period, Row, board_from, period_key, points
from bot.shelves import Answer, Booking, Tx

#: RULES, Boards: the top, and the asker's neighbours.
TOP = 3
EACH_SIDE = 1

#: Texts that are kept and earn nothing. One that misses the subject is still an attempt and scores at most 0.1.
NON_ANSWERS = frozenset({Gate.EMPTY, Gate.DONT_KNOW, Gate.ECHO, Gate.KEYWORD_LIST})


def book_review(tx: Tx, answer: Answer, review: Review, score: float, now: datetime) -> None:
    """Brings the points of an answer to what its newest review earns; an edit keeps its date (RULES, Points)."""
    earned = points(
        score, Timeliness.LATE if answer.late else Timeliness.IN_TIME, non_answer=review.gate in NON_ANSWERS
    )
    had, counted = tx.standings.booked(answer.group, answer.id)
    _book(tx, answer, f"answer:{answer.id}:{answer.version}", earned - had, 1 - counted, now)


def withdraw_points(tx: Tx, answer: Answer, now: datetime) -> None:
    """Withdrawn: all back."""
    had, counted = tx.standings.booked(answer.group, answer.id)
    if had or counted:
        _book(tx, answer, f"withdrawn:{answer.id}:{answer.version}", -had, -counted, now)


def _book(tx: Tx, answer: Answer, key: str, change: int, answers: int, now: datetime) -> None:
    booking = Booking(key, answer.member, answer.asking, answer.id, change, answers, answer.day)
    tx.standings.book(answer.group, booking, now)


def board_for(tx: Tx, group: int, viewer: int | None, period: Period, today: date) -> Board:
    """The board of the period that `today` lies in: the top, and around the viewer their neighbours."""
    key = period_key(period, today)
    top = tx.standings.top(group, period, key, TOP)
    mine = tx.standings.own(group, period, key, viewer) if viewer is not None else None
    around = _around(tx, group, period, key, mine) if mine is not None and mine.points > 0 else []
    return board_from(period, key, top, around, mine, tx.standings.people(group, period, key))


def _around(tx: Tx, group: int, period: Period, key: str, mine: Row) -> list[tuple[int, Row]]:
    """The viewer and their neighbours with ranks: people above with equal points share the rank."""
    rows = [*tx.standings.neighbours(group, period, key, mine, EACH_SIDE), mine]
    rows.sort(key=lambda row: (-row.points, row.member_id))
    return [(tx.standings.ahead_of(group, period, key, row.points) + 1, row) for row in rows]
